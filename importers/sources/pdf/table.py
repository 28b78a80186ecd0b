"""The ruled tables of a PDF as grids: tables of successive pages with the same columns are one table."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pdfplumber
from pdfminer.psexceptions import PSException
from pdfplumber.utils.exceptions import PdfminerException

from importers.calculations.rows import Box, Location, SourceNote
from importers.enums import DocumentKind
from importers.sources.grids import Grid, Mark, Merge, Value
from importers.sources.headings import find_header, missing_fields
from importers.sources.pdf.inspection import inspect_pdf
from importers.sources.pdf.overflow import OVERFLOWS
from importers.sources.pdf.page_ends import PageEnds, header_rows
from importers.sources.pdf.pages import PageContent, PageTable, nearest, read_page
from importers.sources.pdf.part_ruled import (
    has_rows,
    holds_several,
    is_ruled_in_part,
    read_in_columns,
    read_under_words,
)
from importers.sources.pdf.text import PrintedLine, is_unreadable
from importers.sources.refusals import refuse
from importers.sources.table_body import Table
from importers.sources.tables import find_tables

Progress = Callable[[int, int, str], None]

_TOLERANCE = 4.0  # points by which the columns of one table may differ between pages
_PAGE_NUMBER = re.compile(
    r"[-‐−－ー\s\u3000(（p.P]*[0-9０-９]{1,4}(?:\s*[/／]\s*[0-9０-９]{1,4})?[-‐−－ー\s\u3000)）]*(?:ページ|頁)?\Z"
)
_LONGEST_TITLE = 120
_DIGITS = re.compile(r"[0-9０-９\s\u3000]+")
_ALIGNED = (
    "枠をなす罫線がないので、文字の位置から列と行を読みました。どの行も元の文書と見比べてください。"
    "表の外の文字（表題・注記）は取り込みません。"
)
_PART_RULED = (
    "罫線が一部にしかないので、文字の位置と合わせて列と行を読みました。どの行も元の文書と見比べてください。"
    "表の外の文字（表題・注記）は取り込みません。"
)
_UNSURE_ROW = "行の境目がはっきりしません。上下の行の文字が混じっていないか、元の文書と見比べてください。"
_QUOTED = 30
_UNREADABLE_SHARE = 5  # one in so many cells
# What the libraries raise on objects that are not what they should be.
_BROKEN = (
    PdfminerException,
    PSException,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
)


@dataclass(slots=True)
class _Joined:
    """Tables that are one: the union of their columns and the pieces in order."""

    columns: list[float]
    pieces: list[PageTable] = field(default_factory=list)


def read_pdf(
    path: Path, file: str, kind: DocumentKind, progress: Progress
) -> tuple[list[Grid], list[SourceNote]]:
    """Return the tables of a PDF as grids, and what is to be told.

    Without ruled tables one of the `kind` whose columns are aligned is looked for.

    :raises RefusedFile: no text, no table, a password, damage.
    """
    notes = inspect_pdf(path, file)
    try:
        pages = _read_pages(path, progress)
    except _BROKEN as error:
        what = "は壊れているので、元のPDFをもう一度保存したものを取り込んでください。"
        raise refuse("damaged", Location(file), what) from error
    if not any(page.characters for page in pages):
        what = (
            "は画像だけのPDFで文字を読めないので、元のExcelや文字の入ったPDFを取り込んでください"
            "（紙をスキャンしたものは取り込めません）。"
        )
        raise refuse("no_text", Location(file), what)
    joined = _join([table for page in pages for table in page.tables])
    title = _title(pages)
    if not joined:
        loose = [page.loose for page in pages if page.loose is not None]
        grid = _completed(read_under_words(loose, kind), kind, file, "")
        if grid is None:
            what = (
                "に罫線で区切られた表がなく、文字の位置からも列と行を決められないので、"
                "Excelブックか罫線のある表のPDFを取り込んでください。"
            )
            raise refuse("no_ruled_table", Location(file), what)
        _refuse_unreadable([grid], file)
        return [grid], [*notes, SourceNote("aligned_table", _ALIGNED, Location(file))]
    grids = [_grid(table, number, title) for number, table in enumerate(joined, start=1)]
    if (cards := _with_boxes(pages, grids, kind, file)) is not None:
        joined, grids = cards
    if (grid := _part_ruled(pages, joined, grids, kind, file)) is not None:
        _refuse_unreadable([grid], file)
        return [grid], [*notes, SourceNote("part_ruled_table", _PART_RULED, Location(file))]
    notes.extend(_notes(pages, file))
    _refuse_unreadable(grids, file)
    return grids, notes


def _with_boxes(
    pages: Sequence[PageContent], grids: Sequence[Grid], kind: DocumentKind, file: str
) -> tuple[list[_Joined], list[Grid]] | None:
    """Return the tables of a document of cards with those of one column, which hold a card's long texts.

    None for lists, where boxes around a text are none of it.
    """
    if not any(table.grid.cards is not None for table, _ in find_tables(grids, kind, file).tables):
        return None
    pieces = [table for page in pages for table in (*page.tables, *page.boxes)]
    joined = _join(sorted(pieces, key=lambda piece: (piece.page, piece.top)))
    title = _title(pages)
    found = [_grid(table, number, title) for number, table in enumerate(joined, start=1)]
    return joined, _with_lost_texts(found, pages, title)


def _with_lost_texts(grids: Sequence[Grid], pages: Sequence[PageContent], title: str) -> list[Grid]:
    """Mark the row above each text that is in no cell: a card's text that a page's end has cut off, maybe."""
    counted = Counter(_DIGITS.sub("", line.text) for page in pages for line in page.outside)
    tops = {
        (number, row): (pages_of[row], min(box[1] for box in boxes))
        for number, grid in enumerate(grids)
        if (pages_of := grid.pages) is not None
        for row in range(len(grid.rows))
        if (boxes := [grid.boxes[row, at] for at in range(len(grid.rows[row])) if (row, at) in grid.boxes])
    }
    lost: dict[tuple[int, int], str] = {}
    for page in pages:
        for line in page.outside:
            text = line.text.strip()
            if not text or _PAGE_NUMBER.match(text) or text in title or text.startswith(("※", "（注", "(注")):
                continue
            above = [at for at, place in tops.items() if place < (page.number, line.top)]
            if above and counted[_DIGITS.sub("", line.text)] == 1:
                lost.setdefault(max(above, key=tops.__getitem__), text)
    return [
        _with_marks(grid, {row: text for (at, row), text in lost.items() if at == number})
        for number, grid in enumerate(grids)
    ]


def _with_marks(grid: Grid, lost: Mapping[int, str]) -> Grid:
    marks = dict(grid.marks)
    for row, text in lost.items():
        unclear = f"この下に枠に入らない文字「{_short(text)}」があります。元の文書と見比べてください。"
        for column in range(len(grid.rows[row])):
            marks[row, column] = replace(marks.get((row, column), Mark()), unclear=unclear)
    return replace(grid, marks=marks) if lost else grid


def _part_ruled(
    pages: Sequence[PageContent],
    joined: Sequence[_Joined],
    grids: Sequence[Grid],
    kind: DocumentKind,
    file: str,
) -> Grid | None:
    """Return the one table that lines rule only in part, None where they rule all of it.

    :raises RefusedFile: they cannot be all, but nothing tells the rows for sure.
    """
    found = find_tables(grids, kind, file).tables
    if not is_ruled_in_part(pages, [table for table, _ in found], kind):
        return None
    most = 0
    for table, grid in zip(joined, grids, strict=True):
        header = find_header(grid, kind)
        if header is None or missing_fields(header, kind) or header.last_row >= table.pieces[0].rows:
            continue
        most = max(most, len(header.columns))
        pieces = read_in_columns(pages, table.pieces, table.columns, header, kind)
        whole = _completed(pieces, kind, file, grid.title)
        if whole is not None:
            return whole
    loose = [page.loose for page in pages if page.loose is not None]
    if len(loose) == len(pages):
        whole = _completed(read_under_words(loose, kind, more_than=most), kind, file, "")
        if whole is not None:
            return whole
    if found:
        what = (
            "は罫線が一部にしかなく、列や行の区切りを決められないので、"
            "Excelブックかすべての枠に罫線のある表のPDFを取り込んでください。"
        )
        raise refuse("part_ruled", Location(file), what)
    return None


def _completed(pieces: Sequence[PageTable] | None, kind: DocumentKind, file: str, title: str) -> Grid | None:
    """Return completed pieces as one grid, None where it is no table of the kind with rows."""
    if not pieces:
        return None
    joined = _join(pieces)
    if len(joined) != 1:
        return None
    grid = replace(_grid(joined[0], 1, title), certain_edges=False)
    tables = find_tables([grid], kind, file).tables
    if any(holds_several(table, kind) or _lacks_measures(table) for table, _ in tables):
        return None
    return grid if any(has_rows(table) for table, _ in tables) else None


def _lacks_measures(table: Table) -> bool:
    """Tell whether some columns of a table say a year alone, of which nobody knows what they are."""
    fields = table.header.fields
    return "measure" not in fields and any(name.startswith("year:") for name in fields)


def _read_pages(path: Path, progress: Progress) -> list[PageContent]:
    pages: list[PageContent] = []
    with pdfplumber.open(path) as document:
        total = len(document.pages)
        for number, page in enumerate(document.pages, start=1):
            progress(number - 1, total, f"{number}／{total}ページを読んでいます")
            pages.append(read_page(page, number))
            page.close()
    return pages


def _join(tables: Sequence[PageTable]) -> list[_Joined]:
    """Put tables together whose columns agree; one may lack boundaries where its cells are merged."""
    joined: list[_Joined] = []
    for table in tables:
        match = next((found for found in reversed(joined) if _agree(found.columns, table.columns)), None)
        if match is None:
            joined.append(_Joined(list(table.columns), [table]))
            continue
        match.pieces.append(table)
        for value in table.columns:
            if min(abs(value - known) for known in match.columns) > _TOLERANCE:
                match.columns.append(value)
        match.columns.sort()
    return joined


def _agree(known: Sequence[float], columns: Sequence[float]) -> bool:
    def within(some: Sequence[float], all_of: Sequence[float]) -> bool:
        return all(min(abs(value - other) for other in all_of) <= _TOLERANCE for value in some)

    ends = abs(known[0] - columns[0]) <= _TOLERANCE and abs(known[-1] - columns[-1]) <= _TOLERANCE
    return ends and (within(columns, known) or within(known, columns))


def _grid(table: _Joined, number: int, title: str) -> Grid:
    rows: list[list[Value]] = []
    merges: list[Merge] = []
    marks: dict[tuple[int, int], Mark] = {}
    boxes: dict[tuple[int, int], Box] = {}
    pages: list[int] = []
    page_rows: list[int] = []
    width = len(table.columns) - 1
    counted: dict[int, int] = {}
    ends = PageEnds(rows, marks)
    above_open = False
    for piece in table.pieces:
        start = len(rows)
        goes_on = start > 0 and pages[-1] != piece.page and (above_open or piece.open_top)
        for _ in range(piece.rows):
            rows.append([None] * width)
            counted[piece.page] = counted.get(piece.page, 0) + 1
            pages.append(piece.page)
            page_rows.append(counted[piece.page])
        found = _place_cells(piece, table.columns, ends, start, boxes)
        if start and pages[start - 1] != piece.page:
            body = start + header_rows(rows, start, marks)
            ends.link(found, merges, start, body, row_split=goes_on)
            if goes_on:
                ends.join_split_row(start - 1, body)
        merges.extend(found)
        above_open = piece.open_bottom
    ends.resolve()
    multiple = [
        merge
        for merge in merges
        if merge.first_row != merge.last_row or merge.first_column != merge.last_column
    ]
    return Grid(
        f"表{number}",
        rows,
        tuple(multiple),
        marks,
        pages=pages,
        page_rows=page_rows,
        boxes=boxes,
        title=title,
    )


def _place_cells(
    piece: PageTable,
    columns: Sequence[float],
    ends: PageEnds,
    start: int,
    boxes: dict[tuple[int, int], Box],
) -> list[Merge]:
    """Write a piece's texts into the grid's rows and return the range that each of its cells covers."""
    ranges: list[Merge] = []
    for cell in piece.cells:
        first = nearest(columns, piece.columns[cell.first_column])
        last = max(nearest(columns, piece.columns[cell.last_column + 1]) - 1, first)
        row = start + cell.first_row
        ends.rows[row][first] = cell.text or None
        boxes[row, first] = cell.box
        ranges.append(Merge(row, first, start + cell.last_row, last))
        unclear = OVERFLOWS if cell.overflows else _UNSURE_ROW if cell.unsure else None
        if unclear or cell.base is not None:
            ends.marks[row, first] = Mark(unclear=unclear, base=cell.base)
        if cell.fills_end:
            ends.filled.add((row, first))
        if cell.goes_on:
            ends.open_after.add((row, first))
    return ranges


def _title(pages: Sequence[PageContent]) -> str:
    """Return the text above the first table."""
    first = next((page for page in pages if page.tables), None)
    if first is None:
        return ""
    top = first.tables[0].top
    texts = [line.text.strip() for line in first.outside if line.bottom <= top + line.size]
    return "　".join(texts)[:_LONGEST_TITLE]


def _notes(pages: Sequence[PageContent], file: str) -> list[SourceNote]:
    """Tell what stands outside of the tables; page numbers and what every page repeats are left out."""
    notes: list[SourceNote] = []
    blank = [str(page.number) for page in pages if not page.characters and page.pictures]
    if blank:
        message = f"「{file}」の{'・'.join(blank[:20])}ページは画像だけで読めません。"
        notes.append(SourceNote("page_without_text", message, Location(file, page=int(blank[0]))))
    seen: dict[str, int] = {}
    title = _title(pages)
    for page in pages:
        for line in page.outside:
            key = re.sub(r"[0-9０-９\s\u3000]+", "", line.text)
            seen[key] = seen.get(key, 0) + 1
    for page in pages:
        texts = [
            line
            for line in page.outside
            if _is_told(line, seen, len(pages)) and line.text.strip() not in title
        ]
        if texts:
            quoted = "、".join(f"「{_short(line.text)}」" for line in texts[:6])
            message = f"表の外の文字は取り込みません：{quoted}。"
            notes.append(SourceNote("outside_tables", message, Location(file, page=page.number)))
        if page.beside:
            quoted = "、".join(f"「{_short(line.text)}」" for line in page.beside[:6])
            message = f"表の横に枠に入らない文字があるので、値が欠けていないか確かめてください：{quoted}。"
            notes.append(SourceNote("beside_tables", message, Location(file, page=page.number)))
    return notes


def _is_told(line: PrintedLine, seen: dict[str, int], pages: int) -> bool:
    text = line.text.strip()
    key = re.sub(r"[0-9０-９\s\u3000]+", "", text)
    repeated = pages > 2 and seen.get(key, 0) * 2 > pages
    return bool(text) and not _PAGE_NUMBER.match(text) and not repeated


def _short(text: str) -> str:
    plain = text.strip()
    return plain if len(plain) <= _QUOTED else plain[: _QUOTED - 1] + "…"


def _refuse_unreadable(grids: Sequence[Grid], file: str) -> None:
    texts = [value for grid in grids for row in grid.rows for value in row if isinstance(value, str)]
    unreadable = sum(1 for text in texts if is_unreadable(text))
    if unreadable * _UNREADABLE_SHARE > len(texts):
        what = "は文字の情報が壊れていて（文字化け）読めないので、元のExcelを取り込んでください。"
        raise refuse("garbled", Location(file), what)
