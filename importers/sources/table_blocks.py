"""Several tables in one sheet: side by side with blank columns between them, or one below the other."""

from collections.abc import Iterator
from dataclasses import replace

from importers.sources.grids import Grid, Value
from importers.sources.headings import Header
from tsukuba_kpi.lib.fiscal_year import find_years

_TITLE_ROWS = 6
_WIDEST_TITLE = 3  # a row above a header with more texts than this is no title
_MOST_BLOCKS = 12
_NARROWEST = 2  # columns of a table


def title_texts(grid: Grid, row: int) -> tuple[str, ...]:
    """Return the texts on the rows above a header that begins on `row`, from top to bottom.

    A row with more than a few cells, or with numbers, is data of a table above, and so is all over it.
    """
    found: list[str] = []
    for above in range(row - 1, max(row - _TITLE_ROWS, 0) - 1, -1):
        filled = [value for value in grid.rows[above] if value is not None and str(value).strip()]
        is_data = len(filled) > 1 and not all(isinstance(value, str) for value in filled)
        if len(filled) > _WIDEST_TITLE or is_data:
            break
        found[:0] = [value.strip() for value in filled if isinstance(value, str)]
    return tuple(found)


def has_other_year(grid: Grid, header: Header, following: Header) -> bool:
    """Tell whether a repeated header stands under a title of another fiscal year: another table then."""
    years = [_years(title_texts(grid, found.first_row)) for found in (header, following)]
    return bool(years[0] and years[1]) and years[0] != years[1]


def _years(texts: tuple[str, ...]) -> set[int]:
    return {reading.fiscal_year for text in texts for reading in find_years(text) if reading.kind == "fiscal"}


def side_by_side(grid: Grid) -> list[Grid]:
    """Return a grid for every block of columns that blank ones part, all cells at their places.

    A grid of one block comes back alone.
    """
    used = [False] * grid.width
    for row in grid.rows:
        for column, value in enumerate(row):
            used[column] = used[column] or (value is not None and value != "")
    blocks = [block for block in _blocks(used) if block[1] - block[0] >= _NARROWEST]
    if not 1 < len(blocks) <= _MOST_BLOCKS:
        return [grid]
    return [_only(grid, first, end) for first, end in blocks]


def _blocks(used: list[bool]) -> Iterator[tuple[int, int]]:
    first: int | None = None
    for column, is_used in enumerate([*used, False]):
        if is_used and first is None:
            first = column
        elif not is_used and first is not None:
            yield first, column
            first = None


def _only(grid: Grid, first: int, end: int) -> Grid:
    """Return the grid with nothing outside of some columns."""

    def cut(row: list[Value]) -> list[Value]:
        kept = row[first:end]
        return [None] * min(first, len(row)) + kept

    return replace(
        grid,
        rows=[cut(list(row)) for row in grid.rows],
        merges=tuple(
            merge for merge in grid.merges if merge.first_column >= first and merge.last_column < end
        ),
        marks={place: mark for place, mark in grid.marks.items() if first <= place[1] < end},
    )
