"""Programs and their yearly sheets."""

import factory
from factory.django import DjangoModelFactory

from programs.enums import LineageKind
from programs.models import Program, ProgramCost, ProgramLineage, ProgramLink, ProgramSheet
from tests.factories.organization import SectionFactory
from tests.factories.strategy import PlanNodeFactory


class ProgramFactory(DjangoModelFactory):
    """A program without end."""

    class Meta:
        model = Program

    number = factory.Sequence(lambda n: 1000 + n)
    name = factory.Sequence(lambda n: f"試験事業{n}")


class ProgramSheetFactory(DjangoModelFactory):
    """A program's sheet of FY R6."""

    class Meta:
        model = ProgramSheet

    program = factory.SubFactory(ProgramFactory)
    fiscal_year = 2024
    position = factory.Sequence(int)
    section = factory.SubFactory(SectionFactory)
    name = factory.LazyAttribute(lambda sheet: sheet.program.name)
    purpose = "試験の目的。"
    summary = "試験の概要。"
    results = "試験の成果。"


class ProgramCostFactory(DjangoModelFactory):
    """A yearly sheet's cost, nothing filled in."""

    class Meta:
        model = ProgramCost

    sheet = factory.SubFactory(ProgramSheetFactory)


class ProgramLineageFactory(DjangoModelFactory):
    """A program that got another name."""

    class Meta:
        model = ProgramLineage

    predecessor = factory.SubFactory(ProgramFactory)
    successor = factory.SubFactory(ProgramFactory)
    fiscal_year = 2024
    kind = LineageKind.RENAMED.value


class ProgramLinkFactory(DjangoModelFactory):
    """A program that serves a node of a plan."""

    class Meta:
        model = ProgramLink

    program = factory.SubFactory(ProgramFactory)
    node = factory.SubFactory(PlanNodeFactory)
