"""The cells of a sheet as people see them, merged ones whole, and the blocks of yearly figures among them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from importers.enums import DocumentKind
from importers.sources.grids import Grid, Value
from importers.sources.heading_match import match_heading
from importers.sources.table_body import clean_text
from importers.sources.year_headings import YearHeading, complete_bare_years, read_year_heading

_LEAST_YEARS: Final = 2
_APART: Final = 3  # points by which tables side by side may overlap
_LONGEST_YEAR: Final = 16
_TALLEST_BLOCK: Final = 12
_MEASURES: Final = ("target", "actual", "preliminary", "estimated")
_ONE_FOR_ALL: Final = ("baseline", "final_target", "unit", "baseline_year")

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class CardCell:
    """A cell or a merged range: its first and last row and column, its value and its text."""

    row: int
    column: int
    last_row: int
    last_column: int
    value: Value
    text: str

    @property
    def place(self) -> Place:
        """The row and column of the cell that holds the value."""
        return self.row, self.column


class Cells:
    """All cells of a grid, or of its columns from `left` to before `right`, by any place that they cover."""

    def __init__(self, grid: Grid, left: int = 0, right: int | None = None) -> None:
        self.grid = grid
        self._left, self._width = left, grid.width if right is None else right
        self._covered = {
            (row, column): merge
            for merge in grid.merges
            for row in range(merge.first_row, min(merge.last_row, len(grid.rows) - 1) + 1)
            for column in range(max(merge.first_column, left), min(merge.last_column, self._width - 1) + 1)
        }
        found = (
            self.at(row, column)
            for row, cells in enumerate(grid.rows)
            for column, value in enumerate(cells)
            if value is not None and value != "" and left <= column < self._width
        )
        self.all: list[CardCell] = [cell for cell in found if cell is not None and cell.text]
        self._by_row: dict[int, list[CardCell]] = {}
        for cell in self.all:
            self._by_row.setdefault(cell.row, []).append(cell)

    def at(self, row: int, column: int) -> CardCell | None:
        """Return the cell that covers a place, a blank one for nothing, None outside of the sheet."""
        if not (0 <= row < len(self.grid.rows) and self._left <= column < self._width):
            return None
        merge = self._covered.get((row, column))
        first, left, last, right = (
            (merge.first_row, merge.first_column, merge.last_row, merge.last_column)
            if merge is not None
            else (row, column, row, column)
        )
        cells = self.grid.rows[first]
        value = cells[left] if left < len(cells) else None
        return CardCell(first, left, last, right, value, clean_text(value) or "")

    def in_row(self, row: int) -> Sequence[CardCell]:
        """Return the cells with something in them that begin on a row, from left to right."""
        return self._by_row.get(row, ())

    def between(self, first: int, end: int) -> Iterator[CardCell]:
        """Yield the cells with something in them that begin on some rows."""
        for row in range(first, end):
            yield from self.in_row(row)


def stacked(grids: Sequence[Grid]) -> list[Grid]:
    """Return the tables of a PDF as one grid in the order of their pages: a card may have several tables.

    Of tables side by side those at the left come first. A blank row stands between two tables. Sheets come
    back as they are.
    """
    if len(grids) < 2 or not all(grid.pages and grid.page_rows for grid in grids):
        return list(grids)
    beside = _tables_beside(grids)
    order = sorted(
        (grid.pages[row], beside.get((grid.pages[row], number), 0), _top(grid, row), number, row)
        for number, grid in enumerate(grids)
        if grid.pages is not None
        for row in range(len(grid.rows))
    )
    rows: list[list[Value]] = []
    pages: list[int] = []
    page_rows: list[int] = []
    at: dict[tuple[int, int], int] = {}
    last: int | None = None
    for page, _, _, number, row in order:
        grid = grids[number]
        if last is not None and last != number:
            rows.append([])
            pages.append(page)
            page_rows.append(0)
        at[number, row] = len(rows)
        rows.append(list(grid.rows[row]))
        pages.append(page)
        page_rows.append(grid.page_rows[row] if grid.page_rows is not None else 0)
        last = number
    return [
        Grid(
            "",
            rows,
            tuple(
                replace(merge, first_row=at[number, merge.first_row], last_row=at[number, merge.last_row])
                for number, grid in enumerate(grids)
                for merge in grid.merges
            ),
            {
                (at[number, row], column): mark
                for number, grid in enumerate(grids)
                for (row, column), mark in grid.marks.items()
            },
            pages=pages,
            page_rows=page_rows,
            boxes={
                (at[number, row], column): box
                for number, grid in enumerate(grids)
                for (row, column), box in grid.boxes.items()
            },
            certain_edges=all(grid.certain_edges for grid in grids),
            title=grids[0].title,
        )
    ]


def _tables_beside(grids: Sequence[Grid]) -> dict[tuple[int, int], int]:
    """Return, by page and number of a table, behind how many others it stands, where they do not overlap."""
    sides: dict[int, dict[int, tuple[int, int]]] = {}
    for number, grid in enumerate(grids):
        for (row, _), (left, _, right, _) in grid.boxes.items():
            page = grid.pages[row] if grid.pages is not None else 0
            own = sides.setdefault(page, {})
            known = own.get(number, (left, right))
            own[number] = min(known[0], left), max(known[1], right)
    found: dict[tuple[int, int], int] = {}
    for page, tables in sides.items():
        reach, order = -_APART, -1
        for number, (left, right) in sorted(tables.items(), key=lambda item: item[1]):
            order += left > reach - _APART
            reach = max(reach, right)
            found[page, number] = order
    return found


def _top(grid: Grid, row: int) -> int:
    """Return the height at which a row begins: rows of one page stand in this order."""
    tops = [box[1] for column in range(len(grid.rows[row])) if (box := grid.boxes.get((row, column)))]
    return min(tops, default=_top(grid, row - 1) if row else 0)


@dataclass(frozen=True, slots=True)
class Block:
    """Yearly figures: their headings (year over measure) with the cells, and every place of the block."""

    first: int
    figures: tuple[tuple[tuple[str, ...], CardCell], ...]
    places: frozenset[Place]


def read_blocks(cells: Cells, kind: DocumentKind) -> list[Block]:
    """Return the blocks of years and measures of a sheet, from top to bottom."""
    blocks: list[Block] = []
    row = 0
    while row < len(cells.grid.rows):
        block = _across(cells, row, kind) or _down(cells, row)
        if block is not None:
            blocks.append(block)
            row = max(place[0] for place in block.places) + 1
        else:
            row += 1
    return blocks


def _years(found: Sequence[CardCell]) -> list[tuple[CardCell, YearHeading]]:
    """Return the cells that are years, rising; nothing where too few are."""
    short = [cell for cell in found if len(cell.text) <= _LONGEST_YEAR]
    headings = complete_bare_years([read_year_heading((cell.text,)) for cell in short])
    years = [(cell, said) for cell, said in zip(short, headings, strict=True) if said.year and not said.other]
    numbers = [int(said.year or 0) for _, said in years]
    steps = [after - before for before, after in pairwise(numbers)]
    bare = all(cell.text.isdigit() for cell, _ in years)
    if len(set(numbers)) < _LEAST_YEARS or any(step < 0 for step in steps) or (bare and set(steps) - {1}):
        return []
    return years


def _across(cells: Cells, row: int, kind: DocumentKind) -> Block | None:
    """Return the block whose years stand on a row, with a row for each measure under them."""
    years = _years(cells.in_row(row))
    if not years:
        return None
    left = years[0][0].column
    figures: list[tuple[tuple[str, ...], CardCell]] = []
    places = {cell.place for cell in cells.in_row(row)}
    rows: list[int] = []
    for below in range(row + 1, min(row + _TALLEST_BLOCK, len(cells.grid.rows))):
        words = [cell for cell in cells.in_row(below) if cell.column < left]
        said = read_year_heading((words[-1].text,)) if words else YearHeading()
        if not (said.other or said.measure in _MEASURES):
            break
        rows.append(below)
        places.update(cell.place for cell in cells.in_row(below))
        if said.measure in _MEASURES and not said.other:
            for cell, _ in years:
                figure = cells.at(below, cell.column)
                if figure is not None:
                    figures.append(((cell.text, words[-1].text), figure))
    if not figures and all(said.measure for _, said in years) and row + 1 < len(cells.grid.rows):
        rows.append(row + 1)
        places.update(cell.place for cell in cells.in_row(row + 1) if cell.column >= left)
        under = [(cell, cells.at(row + 1, cell.column)) for cell, _ in years]
        figures.extend(((cell.text,), figure) for cell, figure in under if figure is not None)
    if not figures:
        return None
    figures.extend(_for_all_years(cells, row, rows, kind))
    return Block(row, tuple(figures), frozenset(places))


def _for_all_years(
    cells: Cells, row: int, rows: Sequence[int], kind: DocumentKind
) -> Iterator[tuple[tuple[str, ...], CardCell]]:
    """Yield what stands once in a column beside the years: the baseline, the unit."""
    for heading in cells.in_row(row):
        if match_heading((heading.text,), kind)[0] not in _ONE_FOR_ALL:
            continue
        under = (cells.at(below, heading.column) for below in rows)
        filled = {cell.place: cell for cell in under if cell is not None and cell.text}
        if len(filled) == 1:
            yield (heading.text,), next(iter(filled.values()))


def _down(cells: Cells, row: int) -> Block | None:
    """Return the block whose measures stand on a row, with a row for each year under them."""
    measures = [
        cell
        for cell in cells.in_row(row)
        if len(cell.text) <= _LONGEST_YEAR
        and (said := read_year_heading((cell.text,))).measure in _MEASURES
        and said.year is None
        and not said.other
    ]
    if len(measures) < _LEAST_YEARS:
        return None
    firsts: list[CardCell] = []
    for below in range(row + 1, min(row + _TALLEST_BLOCK * 2, len(cells.grid.rows))):
        words = [cell for cell in cells.in_row(below) if cell.column < measures[0].column]
        if not words or not _is_year(words[-1].text):
            break
        firsts.append(words[-1])
    years = _years(firsts)
    if len(years) != len(firsts) or not years:
        return None
    figures = [
        ((year.text, measure.text), figure)
        for year, _ in years
        for measure in measures
        if (figure := cells.at(year.row, measure.column)) is not None
    ]
    places = {cell.place for at in (row, *(year.row for year in firsts)) for cell in cells.in_row(at)}
    return Block(row, tuple(figures), frozenset(places))


def _is_year(text: str) -> bool:
    said = read_year_heading((text,))
    return (said.year is not None or said.bare is not None) and not said.other
