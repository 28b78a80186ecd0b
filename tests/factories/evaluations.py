"""Rounds, actuals and sheets."""

from datetime import UTC, datetime
from decimal import Decimal

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from evaluations.enums import QuestionTarget, RoundState, ValueStatus
from evaluations.models import (
    Actual,
    FieldComment,
    KpiSheet,
    ProgramEvaluation,
    Round,
    RoundQuestion,
    SheetAttachment,
)
from tests.factories.organization import SectionFactory, UserFactory
from tests.factories.programs import ProgramSheetFactory
from tests.factories.strategy import KpiFactory


class RoundFactory(DjangoModelFactory):
    """An open round; every new one asks for another year."""

    class Meta:
        model = Round
        skip_postgeneration_save = True

    name = factory.LazyAttribute(lambda made: f"{made.fiscal_year}年度照会")
    fiscal_year = factory.Sequence(lambda n: 2030 + n)
    state = RoundState.OPEN.value


class RoundQuestionFactory(DjangoModelFactory):
    """A text asked on every KPI sheet."""

    class Meta:
        model = RoundQuestion

    round = factory.SubFactory(RoundFactory)
    target = QuestionTarget.KPI.value
    key = factory.Sequence(lambda n: f"question-{n}")
    label = factory.LazyAttribute(lambda question: question.key)


class ActualFactory(DjangoModelFactory):
    """A final figure."""

    class Meta:
        model = Actual

    kpi = factory.SubFactory(KpiFactory)
    fiscal_year = 2019
    value = Decimal(191)
    status = ValueStatus.FINAL.value


class KpiSheetFactory(DjangoModelFactory):
    """A KPI's sheet nobody has touched."""

    class Meta:
        model = KpiSheet

    round = factory.SubFactory(RoundFactory)
    kpi = factory.SubFactory(KpiFactory)
    section = factory.SubFactory(SectionFactory)


class ProgramEvaluationFactory(DjangoModelFactory):
    """A program's evaluation nobody has touched."""

    class Meta:
        model = ProgramEvaluation

    round = factory.SubFactory(RoundFactory)
    program_sheet = factory.SubFactory(ProgramSheetFactory)
    section = factory.SelfAttribute("program_sheet.section")


class FieldCommentFactory(DjangoModelFactory):
    """A remark on a KPI's sheet."""

    class Meta:
        model = FieldComment

    kpi_sheet = factory.SubFactory(KpiSheetFactory)
    text = "確認してください。"
    by = factory.SubFactory(UserFactory)
    at = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


class SheetAttachmentFactory(DjangoModelFactory):
    """A file of the section's on a KPI's sheet."""

    class Meta:
        model = SheetAttachment

    kpi_sheet = factory.SubFactory(KpiSheetFactory)
    name = "根拠.pdf"
    size = 5
    sha256 = "0" * 64
    stored_file = factory.LazyFunction(lambda: ContentFile(b"%PDF-", name="a.bin"))
    added_by = factory.SubFactory(UserFactory)
    added_at = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
