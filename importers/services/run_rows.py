"""The rows of a run as they are kept: what the document said, what it changed, which records it wrote."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from history.services import insert_columns
from importers.calculations.plan import ChangePlan, PlannedRow
from importers.enums import Outcome
from importers.models import ImportRow, ImportRun, UnchangedRows
from importers.selectors.unchanged_rows import row_values
from importers.sources.wire import BATCH, encode, is_plain, row_batches

PART: Final = 2_000  # rows made ready together


def keep_rows(
    run: ImportRun,
    plan: ChangePlan,
    written: Mapping[int, Sequence[tuple[str, int]]] | None = None,
    *,
    with_source: bool = False,
) -> None:
    """Insert the rows of a plan as those of a run; `written` has the records by the row's index.

    `with_source` keeps the rows as they were read, for the review; without, those that change nothing and
    of which nothing is to be told are kept together.
    """
    records = written or {}
    told: list[int] = []
    unchanged: list[int] = []
    for index, row in enumerate(plan.rows):
        is_told = with_source or index in records or not _is_unchanged(row)
        (told if is_told else unchanged).append(index)
    for start in range(0, len(told), PART):
        _keep_part(run, plan, told[start : start + PART], records, with_source)
    _keep_unchanged(run, plan, unchanged)


def _is_unchanged(row: PlannedRow) -> bool:
    """Tell whether a row says what stands in hand, and its place and values are all there is to it."""
    return row.outcome is Outcome.SAME and not row.doubts and is_plain(row.source)


def _keep_part(
    run: ImportRun,
    plan: ChangePlan,
    indexes: Sequence[int],
    records: Mapping[int, Sequence[tuple[str, int]]],
    with_source: bool,
) -> None:
    rows = [row_values(plan.rows[index], records.get(index, ())) for index in indexes]
    columns: dict[str, Sequence[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
    columns["position"] = [index + 1 for index in indexes]
    if with_source:
        columns["source"] = [encode(plan.rows[index].source) for index in indexes]
    insert_columns(ImportRow, columns, {"run_id": run.pk})


def _keep_unchanged(run: ImportRun, plan: ChangePlan, indexes: Sequence[int]) -> None:
    parts = [indexes[start : start + BATCH] for start in range(0, len(indexes), BATCH)]
    sources = (plan.rows[index].source for index in indexes)
    UnchangedRows.objects.bulk_create(
        UnchangedRows(run=run, positions=[index + 1 for index in part], content=encode(batch))
        for part, batch in zip(parts, row_batches(list(sources)), strict=True)
    )
