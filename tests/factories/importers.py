"""Import runs and their rows."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from importers.enums import DocumentKind, Outcome, RunState, SourceFormat
from importers.models import ImportRow, ImportRun


class ImportRunFactory(DjangoModelFactory):
    """A previewed run of a strategy's text."""

    class Meta:
        model = ImportRun

    kind = DocumentKind.STRATEGY.value
    format = SourceFormat.TXT.value
    file_name = factory.Sequence(lambda n: f"strategy{n}.txt")
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size = 1000
    state = RunState.PREVIEWED.value
    created_at = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


class ImportRowFactory(DjangoModelFactory):
    """A row that would create something."""

    class Meta:
        model = ImportRow

    run = factory.SubFactory(ImportRunFactory)
    position = factory.Sequence(int)
    outcome = Outcome.NEW.value
