"""Tables of yearly figures with the years down and the KPIs across, turned so that each KPI is a row.

Turned, the column of years is a header of years, and what stands beside the KPIs' names or under them
(単位, 担当課, 目標 and 実績) is a column like any other; places still lead to the cells where things stand.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from importers.enums import DocumentKind
from importers.sources.grids import Grid, Merge, Origin, Value
from importers.sources.heading_match import match_heading
from importers.sources.table_blocks import title_texts
from importers.sources.table_body import clean_text
from importers.sources.year_headings import read_year_heading
from tsukuba_kpi.lib.japanese_text import match_key
from tsukuba_kpi.lib.units import is_known_unit

_LEAST_YEARS: Final = 2
_FIRST_COLUMNS: Final = 3  # the years stand in one of them
_TALLEST_HEADER: Final = 5
_CORNERS: Final = frozenset(
    match_key(word)
    for word in (
        "",
        "年度",
        "年",
        "年次",
        "区分",
        "項目",
        "指標",
        "指標名",
        "KPI",
        "年度/指標",
        "指標/年度",
        "時点",
    )
)
_MEASURE: Final = re.compile(
    r"(?:(?:年度)?目標|計画|実績|実測|確定|速報|見込|推計|結果)(?:値|数)?(?:\(.*\))?\Z"
    r"|(?:目標)?(?:達成|進捗)(?:率|度|状況)\Z|(?:対?前年度?比|増減率?|伸び率)\Z"
)
_KPI_HEADING: Final = "指標名"


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a table stands: its row of names, first row of years, row behind the last one; its columns."""

    names: int
    first: int
    end: int
    years: int
    kpis: tuple[int, ...]  # columns that are KPIs or the figures under them
    labels: tuple[int, ...]  # columns between the years and the KPIs


def turned_tables(grid: Grid) -> Iterator[Grid]:
    """Yield the tables of a grid that have years down, turned; none from several pages at once."""
    start = 0
    while (block := _block(grid, start)) is not None:
        pages = {grid.pages[row] for row in range(block.names, block.end)} if grid.pages else set()
        if len(pages) < 2:
            yield _turned(grid, block)
        start = block.end


def _block(grid: Grid, start: int) -> _Block | None:
    for years in range(min(_FIRST_COLUMNS, grid.width)):
        rows = [row for row in range(start, len(grid.rows)) if _is_year(_text(grid, row, years))]
        if len(rows) < _LEAST_YEARS:
            continue
        first = rows[0]
        names = _names_row(grid, first, years, start)
        end = _end(grid, first, years)
        if names is None or sum(first <= row < end for row in rows) < _LEAST_YEARS:
            continue
        labels, kpis = _columns(grid, names, first, end, years)
        if kpis:
            return _Block(names, first, end, years, kpis, labels)
    return None


def _text(grid: Grid, row: int, column: int) -> str:
    cells = grid.rows[row]
    return (clean_text(cells[column]) or "") if column < len(cells) else ""


def _is_year(text: str) -> bool:
    heading = read_year_heading((text,)) if text else None
    return heading is not None and heading.year is not None and not heading.other


def _names_row(grid: Grid, first: int, years: int, start: int) -> int | None:
    """Return the row with the KPIs' names: the highest of the header above the first year."""
    found: int | None = None
    for row in range(first - 1, max(start, first - _TALLEST_HEADER) - 1, -1):
        texts = [clean_text(value) for value in grid.rows[row][years + 1 :]]
        if not any(texts):
            break
        corner = match_key(_text(grid, row, years)).replace("＼", "/").replace("\\", "/")
        if corner in _CORNERS and not _are_measures([text for text in texts if text]):
            found = row
    return found


def _end(grid: Grid, first: int, years: int) -> int:
    """Return the row behind the last one of years, targets and baselines, or that goes on with one."""
    row = first
    while row < len(grid.rows):
        text = _text(grid, row, years)
        filled = any(clean_text(value) is not None for value in grid.rows[row][years + 1 :])
        heading = read_year_heading((text,)) if text else None
        goes_on = heading is None or heading.year is not None or heading.measure is not None
        if not filled or not goes_on or (heading is not None and heading.other):
            break
        row += 1
    return row


def _columns(
    grid: Grid, names: int, first: int, end: int, years: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the columns of words beside the years, and those of the KPIs; known others are no KPIs."""
    labels: list[int] = []
    kpis: list[int] = []
    for column in range(years + 1, grid.width):
        texts = [text for row in range(first, end) if (text := _text(grid, row, column))]
        name = _text(grid, names, column)
        if not kpis and _are_measures(texts):
            labels.append(column)
        elif texts and (name or kpis) and not (name and match_heading((name,), DocumentKind.ACTUALS)[0]):
            kpis.append(column)
    return tuple(labels), tuple(kpis)


def _are_measures(texts: Sequence[str]) -> bool:
    """Tell whether texts say nothing but 目標 and 実績 and the like."""
    return bool(texts) and all(_MEASURE.match(match_key(text)) for text in texts)


def _turned(grid: Grid, block: _Block) -> Grid:
    """Return the block with its columns as rows; the corner says what its first column is."""
    columns = (block.years, *block.labels, *block.kpis)
    rows = range(block.names, block.end)
    heads = 1 + len(block.labels)
    cells: list[list[Value]] = []
    for position, column in enumerate(columns):
        cells.append([_value(grid, row, column) for row in rows])
        if position < heads:
            for at in range(block.first - block.names):
                cells[position][at] = _heading(grid, block, at) if position == 0 else None
    places = {(row, column): (at, row - block.names) for at, column in enumerate(columns) for row in rows}
    pages = [grid.pages[block.names]] * len(columns) if grid.pages else None
    title = "　".join([*([grid.title] if grid.title else []), *title_texts(grid, block.names)])
    return Grid(
        grid.name,
        cells,
        tuple(_merges(grid, columns, rows)),
        {places[at]: mark for at, mark in grid.marks.items() if at in places},
        frozenset(at for at, column in enumerate(columns) if column in grid.hidden_columns),
        frozenset(row - block.names for row in grid.hidden_rows if row in rows),
        grid.visible,
        pages=pages,
        boxes={places[at]: box for at, box in grid.boxes.items() if at in places},
        certain_edges=grid.certain_edges,
        title=title,
        origin=Origin(grid, block.names, columns),
    )


def _value(grid: Grid, row: int, column: int) -> Value:
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else None


def _heading(grid: Grid, block: _Block, at: int) -> str | None:
    """Return the heading of a row above the years: what it says itself, or what its values are."""
    if at == 0:
        return _KPI_HEADING
    row = block.names + at
    own = _text(grid, row, block.years)
    texts = [text for column in block.kpis if (text := _text(grid, row, column))]
    if own and match_key(own) not in _CORNERS:
        return own
    if _are_measures(texts):
        return "区分"
    return "単位" if texts and all(is_known_unit(text.strip("()（）")) for text in texts) else None


def _merges(grid: Grid, columns: Sequence[int], rows: range) -> Iterator[Merge]:
    """Yield the merged ranges inside of the block, turned; a corner's is left out."""
    for merge in grid.merges:
        inside = [
            at for at, column in enumerate(columns) if merge.first_column <= column <= merge.last_column
        ]
        first, last = max(merge.first_row, rows.start), min(merge.last_row, rows.stop - 1)
        if inside and first <= last and (inside[0], inside[-1], first, last) != (0, 0, rows.start, last):
            yield Merge(inside[0], first - rows.start, inside[-1], last - rows.start)
