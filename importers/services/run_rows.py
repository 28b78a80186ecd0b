"""The rows of a run as they are kept: what the document said, what it changed, which records it wrote."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from history.services import insert_columns
from importers.calculations.plan import ChangePlan, PlannedRow
from importers.calculations.report import plain_value, told
from importers.models import ImportRow, ImportRun
from importers.sources.wire import encode

PART: Final = 2_000  # rows made ready together
_THOUSANDTH: Final = Decimal("0.001")


def keep_rows(
    run: ImportRun,
    plan: ChangePlan,
    written: Mapping[int, Sequence[tuple[str, int]]] | None = None,
    *,
    with_source: bool = False,
) -> None:
    """Insert the rows of a plan as those of a run; `written` has the records by the row's index.

    `with_source` keeps the rows as they were read, for the review.
    """
    for start in range(0, len(plan.rows), PART):
        planned = plan.rows[start : start + PART]
        rows = [
            row_values(row, (written or {}).get(index, ())) for index, row in enumerate(planned, start=start)
        ]
        columns: dict[str, Sequence[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
        columns["position"] = range(start + 1, start + 1 + len(planned))
        if with_source:
            columns["source"] = [encode(row.source) for row in planned]
        insert_columns(ImportRow, columns, {"run_id": run.pk})


def row_values(row: PlannedRow, records: Sequence[tuple[str, int]] = ()) -> dict[str, Any]:
    """Return the fields of an import row: what the document said, and what becomes of it."""
    source = row.source
    return {
        "location": source.location.to_dict(),
        "raw": source.raw,
        "fields": plain_value(source.fields),
        "outcome": row.outcome.value,
        "confidence": source.confidence.quantize(_THOUSANDTH),
        "doubts": [
            {**doubt.to_dict(), "review": doubt.review} for doubt in told(row) if doubt.code != "changed"
        ],
        "before": {change.field: plain_value(change.old) for change in row.changes},
        "after": {change.field: plain_value(change.new) for change in row.changes},
        "records": [list(record) for record in dict.fromkeys(records)],
    }
