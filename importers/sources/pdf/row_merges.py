"""Cells merged over the rows of a PDF's table that no line shows: each stands in the middle of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from importers.sources.pdf.row_search import (
    BodyLine,
    FoundRow,
    RowRules,
    Setting,
    closing_cost,
    joint_cost,
    middle_of,
)
from importers.sources.pdf.text import PrintedLine

_OFF = 3.0  # a cell one pitch beside the middle of its rows
_FARTHEST = 1.5  # pitches
_HOPELESS = 8.0
_MOST_LINES, _MOST_ROWS = 8, 80


def with_merged_cells(lines: Sequence[BodyLine], rows: Sequence[FoundRow], rules: RowRules) -> list[FoundRow]:
    """Return the rows with the columns whose merged cell goes on below each.

    A row beside which no division of a merged column into cells fits is no longer sure.
    """
    found = list(rows)
    for column in rules.loose:
        cells = [cell for line in lines if (cell := line.cells[column]) is not None]
        ends = _ends(cells, [_extent(lines, row, rules) for row in rows], column, rules)
        for at, row in enumerate(found):
            if ends is None:
                found[at] = replace(row, is_sure=False)
            elif at not in ends:
                found[at] = replace(row, open=row.open | {column})
    return found


def _extent(lines: Sequence[BodyLine], row: FoundRow, rules: RowRules) -> tuple[float, float]:
    """Return the middles of the first and the last line of a row, merged columns aside."""
    middles = [
        middle_of(cell)
        for line in lines[row.first : row.last + 1]
        for at, cell in enumerate(line.cells)
        if cell is not None and at not in rules.loose
    ]
    return (min(middles), max(middles)) if middles else (lines[row.first].top, lines[row.last].bottom)


def _ends(
    cells: Sequence[PrintedLine], rows: Sequence[tuple[float, float]], column: int, rules: RowRules
) -> set[int] | None:
    """Return the rows with which merged cells end: of all divisions of lines and rows the best.

    None where some row has no cell, or a cell stands nowhere near the middle of its rows.
    """
    size = len(cells)
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {(0, 0): (0.0, None)}
    for cell, row in product(range(size), range(len(rows))):
        start = best.get((cell, row))
        if start is None:
            continue
        inside = start[0]
        for end in range(cell + 1, min(cell + _MOST_LINES, size) + 1):
            if end > cell + 1:
                inside += joint_cost(cells[end - 2], cells[end - 1], column, rules)
            if inside >= start[0] + _HOPELESS:
                break
            ending = closing_cost(cells[end - 1], cells[end] if end < size else None, column, rules)
            for last, off in _rows_for(cells[cell:end], rows, row, column, rules):
                cost = inside + ending + _OFF * off
                if cost < best.get((end, last), (float("inf"), None))[0]:
                    best[end, last] = (cost, (cell, row))
    at: tuple[int, int] | None = (size, len(rows))
    if at not in best:
        return None
    ends: set[int] = set()
    while at is not None and at != (0, 0):
        ends.add(at[1] - 1)
        at = best[at][1]
    return ends


def _rows_for(
    cell: Sequence[PrintedLine],
    rows: Sequence[tuple[float, float]],
    first: int,
    column: int,
    rules: RowRules,
) -> Iterator[tuple[int, float]]:
    """Yield up to before which row a cell may hold from `first` on, and how many pitches it is off then."""
    top, bottom = middle_of(cell[0]), middle_of(cell[-1])
    for last in range(first, min(first + _MOST_ROWS, len(rows))):
        if rules.settings[column] is Setting.MIDDLE:
            off = (rows[first][0] + rows[last][1] - top - bottom) / 2 / rules.pitch
        else:
            off = (rows[first][0] - top) / rules.pitch
        if off > _FARTHEST:
            break
        if off >= -_FARTHEST:
            yield last + 1, abs(off)
