"""The rows of a run as they are kept: what the document said, what it changed, which records it wrote."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from history.services import insert_columns
from importers.calculations.plain_rows import RowPieces
from importers.calculations.plan import ChangePlan, PlannedRow, PlannedRows
from importers.calculations.rows import CERTAIN, SourceRow
from importers.enums import Outcome
from importers.models import ImportRow, ImportRun, UnchangedRows
from importers.selectors.unchanged_rows import new_row_columns, row_values
from importers.sources.wire import BATCH, encode, is_plain, row_batches

Records = Mapping[int, Sequence[tuple[str, int]]]
PART: Final = 2_000  # rows made ready together


def keep_rows(
    run: ImportRun,
    plan: ChangePlan,
    written: Records | None = None,
    *,
    with_source: bool = False,
) -> None:
    """Insert the rows of a plan as those of a run; `written` has the records by the row's index.

    `with_source` keeps the rows as they were read, for the review; without, those that change nothing and
    of which nothing is to be told are kept together.
    """
    records = written or {}
    unchanged = set() if with_source else _unchanged(plan.rows) - records.keys()
    new = set() if with_source else _planned_together(plan.rows, Outcome.NEW)
    singly = [index for index in range(len(plan.rows)) if index not in unchanged and index not in new]
    for part in _parts(singly, PART):
        _keep_part(run, plan.rows, part, records, with_source)
    for part in _parts(sorted(new), PART):
        _keep_new(run, plan.rows, part, records)
    _keep_unchanged(run, plan.rows, sorted(unchanged))


def _parts(indexes: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(indexes), size):
        yield indexes[start : start + size]


def _planned_together(rows: Sequence[PlannedRow], outcome: Outcome) -> set[int]:
    """Return the rows with an outcome that were planned together, and are kept by column, too."""
    if isinstance(rows, PlannedRows) and isinstance(rows.sources, RowPieces):
        return rows.together(outcome) - rows.sources.alone.keys()
    return set()


def _unchanged(rows: Sequence[PlannedRow]) -> set[int]:
    """Return the rows that say what stands in hand, with nothing to tell but place and values."""
    if isinstance(rows, PlannedRows) and isinstance(rows.sources, RowPieces):
        return _planned_together(rows, Outcome.SAME)
    return {
        index
        for index, row in enumerate(rows)
        if row.outcome is Outcome.SAME and not row.doubts and is_plain(row.source)
    }


def _keep_part(
    run: ImportRun,
    rows: Sequence[PlannedRow],
    indexes: Sequence[int],
    records: Records,
    with_source: bool,
) -> None:
    values = [row_values(rows[index], records.get(index, ())) for index in indexes]
    columns: dict[str, Sequence[Any]] = {name: [row[name] for row in values] for name in values[0]}
    columns["position"] = [index + 1 for index in indexes]
    if with_source:
        columns["source"] = [encode(rows[index].source) for index in indexes]
    insert_columns(ImportRow, columns, {"run_id": run.pk})


def _keep_new(run: ImportRun, rows: Sequence[PlannedRow], indexes: Sequence[int], records: Records) -> None:
    """Insert new rows planned together: as `_keep_part` does, which makes every row of them."""
    assert isinstance(rows, PlannedRows)
    assert isinstance(rows.sources, RowPieces)
    columns = new_row_columns(rows, rows.sources.picked(indexes), indexes)
    columns["records"] = [[list(record) for record in records.get(index, ())] for index in indexes]
    columns["position"] = [index + 1 for index in indexes]
    insert_columns(
        ImportRow, columns, {"run_id": run.pk, "outcome": Outcome.NEW.value, "confidence": CERTAIN}
    )


def _keep_unchanged(run: ImportRun, rows: Sequence[PlannedRow], indexes: Sequence[int]) -> None:
    if not indexes:
        return
    parts = list(_parts(indexes, BATCH))
    batches = (row_batches(_sources(rows, part)) for part in parts)
    columns: dict[str, Sequence[Any]] = {
        "positions": [[index + 1 for index in part] for part in parts],
        "content": [encode(list(chain.from_iterable(batch))) for batch in batches],
    }
    insert_columns(UnchangedRows, columns, {"run_id": run.pk})


def _sources(rows: Sequence[PlannedRow], indexes: Sequence[int]) -> Sequence[SourceRow]:
    if isinstance(rows, PlannedRows) and isinstance(rows.sources, RowPieces):
        return rows.sources.picked(indexes)
    return [rows[index].source for index in indexes]
