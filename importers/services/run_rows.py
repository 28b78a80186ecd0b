"""The rows of a run as they are kept: what the document said, what it changed, which records it wrote."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from importers.calculations.plan import ChangePlan, PlannedRow
from importers.calculations.report import plain_value, told
from importers.models import ImportRow, ImportRun


def row_records(
    run: ImportRun, plan: ChangePlan, written: Mapping[int, Sequence[tuple[str, int]]]
) -> Iterator[ImportRow]:
    """Yield the rows of a plan as records of a run; `written` has the records by the row's index."""
    for index, row in enumerate(plan.rows):
        yield row_record(run, index, row, written.get(index, ()))


def row_record(
    run: ImportRun, index: int, row: PlannedRow, records: Sequence[tuple[str, int]] = ()
) -> ImportRow:
    """Return one row as the record of a run; positions count from 1."""
    source = row.source
    return ImportRow(
        run=run,
        position=index + 1,
        location=source.location.to_dict(),
        raw=source.raw,
        fields={name: plain_value(value) for name, value in source.fields.items()},
        outcome=row.outcome.value,
        confidence=source.confidence.quantize(Decimal("0.001")),
        doubts=[
            {**doubt.to_dict(), "review": doubt.review} for doubt in told(row) if doubt.code != "changed"
        ],
        before={change.field: plain_value(change.old) for change in row.changes},
        after={change.field: plain_value(change.new) for change in row.changes},
        records=_distinct(records),
    )


def _distinct(records: Sequence[tuple[str, int]]) -> list[Any]:
    return [list(record) for record in dict.fromkeys(records)]
