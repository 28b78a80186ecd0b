"""The rows of a run whether they are kept one by one or, unchanged, many together."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django.db.models import QuerySet

from importers.calculations.plain_rows import RowPieces
from importers.calculations.plan import PlannedRow, PlannedRows
from importers.calculations.report import plain_value, plain_values, told
from importers.calculations.rows import CERTAIN
from importers.enums import Outcome, RunState
from importers.models import ImportRow, ImportRun, UnchangedRows
from importers.selectors.runs import rows_of
from importers.sources.wire import decode, rows_from

_THOUSANDTH: Final = Decimal("0.001")
_REVIEWED: Final = frozenset({RunState.APPLIED.value, RunState.UNDONE.value})


def row_values(row: PlannedRow, records: Sequence[tuple[str, int]] = ()) -> dict[str, Any]:
    """Return the fields of an import row: what the document said, and what becomes of it."""
    source = row.source
    return {
        "location": source.location.to_dict(),
        "raw": source.raw,
        "fields": plain_value(source.fields),
        "outcome": row.outcome.value,
        "confidence": source.confidence.quantize(_THOUSANDTH) if source.inferred else CERTAIN,
        "doubts": [
            {**doubt.to_dict(), "review": doubt.review} for doubt in told(row) if doubt.code != "changed"
        ],
        "before": {change.field: plain_value(change.old) for change in row.changes},
        "after": {change.field: plain_value(change.new) for change in row.changes},
        "records": [list(record) for record in dict.fromkeys(records)],
    }


def new_row_columns(
    rows: PlannedRows, sources: RowPieces, indexes: Sequence[int]
) -> dict[str, Sequence[Any]]:
    """Return by column what `row_values` gives for new rows planned together; `sources` are those rows.

    Without what is the same in all of them: outcome, confidence and the records written.
    """
    names = sources.names
    values = zip(*(plain_values(sources.column(name)) for name in names), strict=True)
    shown: dict[int, list[dict[str, Any]]] = {}  # many rows share what is told about their section
    doubts = []
    for index in indexes:
        found = rows.doubts_of(index)
        if id(found) not in shown:
            shown[id(found)] = [{**doubt.to_dict(), "review": doubt.review} for doubt in found]
        doubts.append(shown[id(found)])
    return {
        "location": [place.to_dict() for place in sources.places],
        "fields": [dict(zip(names, row, strict=True)) for row in values],
        "doubts": doubts,
    }


def rows_shown(run: ImportRun, key: str) -> "QuerySet[ImportRow] | Sequence[ImportRow]":
    """Return all rows of one tab, in the order of the document."""
    together = _kept_together(run) if key in ("", Outcome.SAME.value) else []
    return _MixedRows(run, rows_of(run, key), together) if together else rows_of(run, key)


def row_at(run: ImportRun, position: int) -> ImportRow | None:
    """Return the row at a position of the document, None where there is none."""
    return next(iter(rows_at(run, [position])), None)


def rows_at(run: ImportRun, positions: Sequence[int]) -> list[ImportRow]:
    """Return the rows at some positions, in the order of the document."""
    found = list(run.rows.filter(position__in=positions).defer("source"))
    missing = set(positions) - {row.position for row in found}
    if missing:
        found += _unchanged_at(run, missing, _kept_together(run))
    return sorted(found, key=lambda row: row.position)


def _kept_together(run: ImportRun) -> list[tuple[int, list[int]]]:
    """Return the records of unchanged rows with the positions of their rows."""
    if run.state not in _REVIEWED or not run.counts.get(Outcome.SAME.value):
        return []
    return list(run.unchanged.values_list("pk", "positions"))


def _unchanged_at(
    run: ImportRun, wanted: Iterable[int], together: Sequence[tuple[int, list[int]]]
) -> Iterator[ImportRow]:
    wanted = set(wanted)
    holding = [pk for pk, positions in together if not wanted.isdisjoint(positions)]
    for record in UnchangedRows.objects.filter(pk__in=holding) if holding else ():
        sources = rows_from(decode(record.content), run.file_name)
        for position, source in zip(record.positions, sources, strict=True):
            if position in wanted:
                values = row_values(PlannedRow(source, Outcome.SAME))
                yield ImportRow(run=run, position=position, **values)


class _MixedRows(Sequence[ImportRow]):
    """Rows of both kinds in the order of the document; only those of a page are loaded."""

    def __init__(
        self, run: ImportRun, alone: QuerySet[ImportRow], together: Sequence[tuple[int, list[int]]]
    ) -> None:
        self._run = run
        self._alone = alone
        self._together = together

    @cached_property
    def _positions(self) -> list[int]:
        single = self._alone.values_list("position", flat=True)
        return sorted([*single, *(number for _, numbers in self._together for number in numbers)])

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, wanted: Any) -> Any:
        if not isinstance(wanted, slice):
            return self[wanted : wanted + 1][0]
        positions = self._positions[wanted]
        alone = list(self._alone.filter(position__in=positions))
        missing = set(positions) - {row.position for row in alone}
        rows = [*alone, *_unchanged_at(self._run, missing, self._together)]
        return sorted(rows, key=lambda row: row.position)
