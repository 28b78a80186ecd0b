"""Tables of a PDF that are ruled only in part, completed to tables of cells that the ruled reader can take.

Their columns are known by upright lines, by the sides of coloured areas, by a ruled heading, or by the gaps
under the words of a heading; their rows by level lines of any kind, and between these by gaps and by values
in the key column. Cells merged over rows are seen where a level line leaves their column out. Everything here
is an inference: each row is for a person, and what is less regular is refused.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from importers.enums import DocumentKind
from importers.sources.grids import SOFT_END, Value, text_of
from importers.sources.headings import Header
from importers.sources.pdf.aligned import (
    LoosePage,
    body_below,
    key_column,
    place_of,
)
from importers.sources.pdf.columns import column_bounds, upright_places
from importers.sources.pdf.furniture import without_furniture
from importers.sources.pdf.headings import (
    PrintedHeading,
    TextLine,
    find_headings,
    find_stacked_headings,
    text_lines,
)
from importers.sources.pdf.pages import PageCell, PageContent, PageTable
from importers.sources.pdf.part_rows import BodyOfPage, Frame, complete_bodies
from importers.sources.pdf.text import PrintedLine
from importers.sources.table_body import Table
from tsukuba_kpi.lib.japanese_text import match_key

_OPEN_ROWS = 2
_SEVERAL = 3  # lines of a key cell that are rather keys than one that is wrapped; lines outside of all cells
_MANY_LINES = 4  # of several cells of the only row of a page
_KEY_NUMBER = re.compile("[0-9０-９][0-9０-９,，]*\\Z")


def is_ruled_in_part(pages: Sequence[PageContent], tables: Sequence[Table], kind: DocumentKind) -> bool:
    """Tell whether the tables that lines gave cannot be all: no rows, rows of several keys, much text beside.

    What lines do rule as a whole stays what it is.
    """
    if not any(has_rows(table) for table in tables):
        return True
    if any(holds_several(table, kind) or is_one_tall_row(table, kind) for table in tables):
        return True
    coloured = [page for page in pages if page.is_coloured]
    between = [(line, page) for page in coloured for line in page.outside if _is_within(line, page)]
    if len(between) >= _SEVERAL or any(_is_wide(line, page) for line, page in between):
        return True
    return any(_has_open_columns(table) for page in coloured for table in page.tables)


def _is_within(line: PrintedLine, page: PageContent) -> bool:
    """Tell whether a line stands between the first and the last table of a page."""
    return page.tables[0].top < (line.top + line.bottom) / 2 < max(table.bottom for table in page.tables)


def _is_wide(line: PrintedLine, page: PageContent) -> bool:
    """Tell whether a line reaches over more than half of a table: one of its rows that has no colour."""
    widest = max(table.columns[-1] - table.columns[0] for table in page.tables)
    return (line.right - line.left) * 2 > widest


def _has_open_columns(table: PageTable) -> bool:
    """Tell whether some columns of coloured areas have one cell under the heading, others many."""
    last = table.rows - 1
    tall = [cell for cell in table.cells if cell.last_row == last and last - cell.first_row >= _OPEN_ROWS]
    return sum(cell.text.count("\n") >= _OPEN_ROWS for cell in tall) > 1


def has_rows(table: Table) -> bool:
    """Tell whether anything stands under the header of a table but the header again."""
    known = table.header.texts
    return any(
        (key := match_key(text_of(value))) and key not in known
        for row in _body(table)
        for value in table.grid.rows[row]
    )


def _body(table: Table) -> range:
    return range(table.header.last_row + 1, table.end)


def holds_several(table: Table, kind: DocumentKind) -> bool:
    """Tell whether some row of a table cannot be one: its key cell holds several keys."""
    return any(_holds_several(table, row, kind) for row in _body(table))


def is_one_tall_row(table: Table, kind: DocumentKind) -> bool:
    """Tell whether all that stands under a header is one row of many lines: more likely many rows."""
    rows = [row for row in _body(table) if any(text_of(value).strip() for value in table.grid.rows[row])]
    pages = table.grid.pages
    if len(rows) != len({pages[row] for row in rows} if pages is not None else rows):
        return False
    column = key_column(table.header, kind)
    return all(
        len(_lines_of(table.grid.rows[row][column])) >= _MANY_LINES
        and sum(len(_lines_of(value)) >= _MANY_LINES for value in table.grid.rows[row]) > 1
        for row in rows[:1]
    ) and bool(rows)


def _holds_several(table: Table, row: int, kind: DocumentKind) -> bool:
    """Tell whether a row's key cell holds several keys on lines, and a cell beside it as many."""
    column = key_column(table.header, kind)
    value = table.grid.rows[row][column]
    keys = value.split("\n") if isinstance(value, str) else []
    if kind is DocumentKind.PROGRAMS:
        numbers = [sum(map(_is_number, lines)) for lines in (keys, _lines_of(value))]
        return numbers[0] > 1 or numbers[1] >= _SEVERAL
    others = [_lines_of(cell) for at, cell in enumerate(table.grid.rows[row]) if at != column]
    return len(keys) >= _SEVERAL and any(len(lines) >= len(keys) for lines in others)


def _is_number(line: str) -> bool:
    return _KEY_NUMBER.match(line.strip()) is not None


def _lines_of(value: Value) -> list[str]:
    return (
        [line for line in re.split(f"[\n{SOFT_END}]", value) if line.strip()]
        if isinstance(value, str)
        else []
    )


def read_under_words(
    pages: Sequence[LoosePage], kind: DocumentKind, *, more_than: int = 0
) -> list[PageTable] | None:
    """Return the table under a heading of words that nothing rules, in pieces by page, None for none.

    It has `more_than` so many columns: those that lines gave, where the outer ones have none.
    """
    by_page = [(page, _lines_of_page(page)) for page in pages]
    return next(
        (
            pieces
            for heading in _headings(by_page, kind)
            if len(heading.columns) > more_than
            if (pieces := _pieces_under(by_page, heading, kind))
        ),
        None,
    )


def _lines_of_page(page: LoosePage) -> list[TextLine]:
    """Return the lines of a page, parted where upright lines stand at their height."""
    return [
        replace(line, cuts=tuple(upright_places(page.edges, line.middle)))
        for line in text_lines(page.characters)
    ]


def _headings(
    by_page: Sequence[tuple[LoosePage, list[TextLine]]], kind: DocumentKind
) -> list[PrintedHeading]:
    """Return what may be the heading, of the first page that has any: what names most columns first."""
    for _, lines in by_page:
        found = [*find_headings(lines, kind, wraps=True), *find_stacked_headings(lines, kind)]
        if found:
            return sorted(found, key=lambda heading: (-len(heading.header.fields), len(heading.lines)))
    return []


def _pieces_under(
    by_page: Sequence[tuple[LoosePage, list[TextLine]]], heading: PrintedHeading, kind: DocumentKind
) -> list[PageTable] | None:
    own = next(page.number for page, lines in by_page if heading.lines[0] in lines)
    bodies = without_furniture(
        [(page, body_below(lines, heading.texts)) for page, lines in by_page if page.number >= own]
    )
    fields = [column.field for column in heading.header.columns]
    rulings = [edge for page, _ in by_page for edge in page.edges]
    below = [line for _, lines in bodies for line in lines]
    edges = column_bounds(heading.columns, fields, below, rulings)
    if edges is None:
        return None
    frame = _frame(edges, heading.header, kind)
    bottom = max(line.bottom for line in heading.lines)
    shown: list[BodyOfPage] = []
    for page, lines in bodies:
        top = bottom if page.number == own else min((line.top for line in lines), default=0.0) - 1
        under = [line for line in lines if line.middle > top] if page.number == own else lines
        shown.append(BodyOfPage(page, under, top))
    found = complete_bodies(shown, frame)
    if found is None or not any(found):
        return None
    return [_heading_piece(heading, frame, own), *(piece for pieces in found for piece in pieces)]


def _frame(columns: Sequence[float], header: Header, kind: DocumentKind, *, whole: bool = False) -> Frame:
    names = tuple(column.field for column in header.columns)
    return Frame(tuple(columns), names, key_column(header, kind), kind, whole)


def _heading_piece(heading: PrintedHeading, frame: Frame, page: int) -> PageTable:
    """Return the heading as rows of cells, one a level."""
    top, bottom = min(line.top for line in heading.lines), max(line.bottom for line in heading.lines)
    height = (bottom - top) / len(heading.levels)
    cells = [
        PageCell(
            row,
            column,
            row,
            column,
            text,
            (round(left), round(top + row * height), round(right), round(top + (row + 1) * height)),
        )
        for row, level in enumerate(heading.levels)
        for column, (text, (left, right)) in enumerate(zip(level, pairwise(frame.columns), strict=True))
    ]
    return PageTable(page, top, bottom, frame.columns, len(heading.levels), tuple(cells))


def read_in_columns(
    pages: Sequence[PageContent],
    pieces: Sequence[PageTable],
    columns: Sequence[float],
    header: Header,
    kind: DocumentKind,
) -> list[PageTable] | None:
    """Return a table of which only the heading, the columns or every other row is ruled, None for none.

    `pieces` is what the lines gave, of which the first one begins with the header, at `columns` of the whole.
    """
    shown = [page for page in pages if page.number >= pieces[0].page]
    frame = _frame(columns, header, kind, whole=any(page.is_coloured for page in shown))
    head = _head(pieces[0], header.last_row + 1)
    texts = {cell.text for cell in head.cells}
    repeated = _furniture(pages)
    heads: list[list[PageTable]] = []
    bodies: list[BodyOfPage] = []
    for page in shown:
        if page.loose is None:
            return None
        own = next((piece for piece in pieces if piece.page == page.number), None)
        count = _heading_rows(own, texts, header.last_row + 1) if own is not None else 0
        top = 0.0
        heads.append([_head(own, count)] if own is not None and count else [])
        if heads[-1]:
            top = heads[-1][0].bottom
        lines = [line for line in text_lines(page.loose.characters) if line.middle > top]
        lines = [line for line in lines if place_of(line) not in repeated]
        if not count:
            top = min((line.top for line in lines), default=0.0) - 1
        bodies.append(BodyOfPage(page.loose, lines, top))
    found = complete_bodies(bodies, frame)
    if found is None:
        return None
    return [piece for pair in zip(heads, found, strict=True) for pieces in pair for piece in pieces]


def _head(piece: PageTable, rows: int) -> PageTable:
    """Return the first rows of a table."""
    cells = tuple(cell for cell in piece.cells if cell.last_row < rows)
    bottom = max((float(cell.box[3]) for cell in cells), default=piece.top)
    return replace(piece, rows=rows, cells=cells, bottom=bottom, open_bottom=False)


def _heading_rows(piece: PageTable, texts: set[str], most: int) -> int:
    """Return how many rows at the top of a page's table say only what the heading says."""
    count = 0
    while count < min(most, piece.rows):
        row = [cell.text for cell in piece.cells if cell.first_row == count]
        if not any(row) or not texts.issuperset(row):
            break
        count += 1
    return count


def _furniture(pages: Sequence[PageContent]) -> set[tuple[int, str]]:
    """Return the single texts that stand at the same place of several pages."""
    counted = Counter(
        place_of(line)
        for page in pages
        if page.loose is not None
        for line in text_lines(page.loose.characters)
        if len(line.pieces()) == 1
    )
    return {place for place, count in counted.items() if count > 1 and count * 2 >= len(pages)}
