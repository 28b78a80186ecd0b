"""Pages of a PDF: their ruled tables as cells with text, and the lines of text outside of them."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from importers.calculations.rows import Box
from importers.sources.pdf.aligned import LoosePage
from importers.sources.pdf.edges import Ruling, read_ruling
from importers.sources.pdf.overflow import overflowing_cells
from importers.sources.pdf.text import Character, PrintedLine, cell_text, printed_lines, without_note_marks

_SNAP = 3.0
_LONGEST_NUMBER = 14
_MUCH_OUTSIDE = 5  # one in so many characters
_FEW_ROWS = 4
_DASH = "[-\u2010-\u2015\u2212\uff0d]"
_NUMBERS = (
    rf"(?:{_DASH}\s*(?P<dashed>[0-9０-９]{{1,3}})\s*{_DASH}|(?P<counted>[0-9０-９]{{1,3}})\s*[/／]\s*[0-9０-９]{{1,3}}(?:\s*(?:ページ|頁))?"
    r"|(?P<worded>[0-9０-９]{1,3})\s*(?:ページ|頁))"
)
_FIRST_NUMBER, _LAST_NUMBER = re.compile(rf"\A\s*{_NUMBERS}\s*"), re.compile(rf"\s*{_NUMBERS}\s*\Z")
_NARROW = 0.8  # of a digit's width: the raised one of the same font
_SAME_LINE = 2.5  # points between two boundaries that are one


@dataclass(frozen=True, slots=True)
class PageCell:
    """A cell of a page's table: the rows and columns it covers (from 0, last inside), its text and box.

    `overflows` tells that letters of a text too long for its cell lie in it or may be missing from it.
    `goes_on` tells that it ends with the page, and no line closes it there, `fills_end` that its text reaches
    down to its lower border there, or begins at its upper one. `base` is as in `Mark`. `unsure` tells that
    its row may begin or end elsewhere.
    """

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    text: str
    box: Box
    overflows: bool = False
    goes_on: bool = False
    fills_end: bool = False
    base: str | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class PageTable:
    """One ruled table of a page: boundaries of its columns and its cells.

    Open at the top or bottom means that no line closed it there: the page ended inside a row.
    """

    page: int
    top: float
    bottom: float
    columns: tuple[float, ...]  # boundaries from left to right
    rows: int
    cells: tuple[PageCell, ...]
    open_top: bool = False
    open_bottom: bool = False


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a page holds: tables from top to bottom, text lines outside of them, and how much text at all."""

    number: int
    tables: tuple[PageTable, ...]
    outside: tuple[PrintedLine, ...]
    characters: int
    pictures: int
    beside: tuple[PrintedLine, ...] = field(default=())
    loose: LoosePage | None = None  # of a page that lines rule nowhere, or maybe only in part
    is_coloured: bool = False  # its tables are of coloured areas, not of lines
    boxes: tuple[PageTable, ...] = ()  # tables of one column: the rest of a card, or boxes around a text


def read_page(page: Any, number: int) -> PageContent:
    """Return the content of a page of pdfplumber."""
    characters = _characters(page.chars)
    visible = sum(1 for character in characters if character.text.strip())
    numbers = page_number_run(characters, number)
    taken = set(numbers)
    ruling = read_ruling(page)
    tables, boxes = _tables(page, ruling, characters, number, taken)
    is_coloured = not tables
    if is_coloured:
        ruling = read_ruling(page, with_fills=True)
        tables, boxes = _tables(page, ruling, characters, number, taken)
    rest = [character for index, character in enumerate(characters) if index not in taken]
    outside = printed_lines(rest)
    beside = tuple(line for line in outside if _is_beside(line, tables))
    loose: LoosePage | None = None
    if is_coloured or _may_be_part(tables, sum(len(line.text) for line in outside), visible):
        shown = tuple(found for index, found in enumerate(characters) if index not in numbers)
        loose = LoosePage(number, shown, ruling.edges)
    pictures = len(page.images)
    is_coloured = is_coloured and bool(tables)
    return PageContent(
        number, tuple(tables), tuple(outside), visible, pictures, beside, loose, is_coloured, tuple(boxes)
    )


def _may_be_part(tables: Sequence[PageTable], outside: int, visible: int) -> bool:
    """Tell whether the lines may rule a part of a table only: much text is outside, or rows are few."""
    return outside * _MUCH_OUTSIDE > visible or max(table.rows for table in tables) <= _FEW_ROWS


def _tables(
    page: Any, ruling: Ruling, characters: Sequence[Character], number: int, taken: set[int]
) -> tuple[list[PageTable], list[PageTable]]:
    """Return the tables of a page, and those of one column; only the former take their characters."""
    tables: list[PageTable] = []
    single: list[PageTable] = []
    for boxes in _table_boxes(page, ruling):
        table = table_of_boxes(boxes, characters, number, taken, ruling)
        if table is not None:
            tables.append(_with_ends(table, ruling))
        elif (table := table_of_boxes(boxes, characters, number, set(taken), ruling, least=1)) is not None:
            single.append(_with_ends(table, ruling))
    return sorted(tables, key=lambda found: found.top), single


def _with_ends(table: PageTable, ruling: Ruling) -> PageTable:
    open_top = ruling.open_top is not None and abs(table.top - ruling.open_top) <= _SNAP
    open_bottom = ruling.open_bottom is not None and abs(table.bottom - ruling.open_bottom) <= _SNAP
    return replace(table, open_top=open_top, open_bottom=open_bottom)


def _characters(printed: Sequence[dict[str, Any]]) -> list[Character]:
    """Return the characters of a page; a digit narrower than the same one of its font is a raised one."""
    widths: dict[tuple[object, ...], float] = {}
    for found in printed:
        if (text := str(found["text"])).isdigit():
            key = (found["fontname"], round(found["size"], 1), text)
            widths[key] = max(widths.get(key, 0.0), found["x1"] - found["x0"])
    return [_character(found, widths) for found in printed]


def _character(found: dict[str, Any], widths: dict[tuple[object, ...], float]) -> Character:
    widest = widths.get((found["fontname"], round(found["size"], 1), str(found["text"])), 0.0)
    return Character(
        str(found["text"]),
        float(found["x0"]),
        float(found["top"]),
        float(found["x1"]),
        float(found["bottom"]),
        float(found["size"]),
        found["x1"] - found["x0"] < widest * _NARROW,
    )


def _is_beside(line: PrintedLine, tables: Sequence[PageTable]) -> bool:
    """Tell whether a line stands at the height of a table, but outside of its cells."""
    middle = (line.top + line.bottom) / 2
    return any(table.top < middle < table.bottom for table in tables)


def _table_boxes(page: Any, ruling: Ruling) -> list[list[tuple[float, float, float, float]]]:
    upright = [edge.for_pdfplumber() for edge in ruling.edges if edge.upright]
    level = [edge.for_pdfplumber() for edge in ruling.edges if not edge.upright]
    if len(upright) < 2 or len(level) < 2:
        return []
    settings = {
        "vertical_strategy": "explicit",
        "horizontal_strategy": "explicit",
        "explicit_vertical_lines": upright,
        "explicit_horizontal_lines": level,
        "snap_tolerance": _SNAP,
        "join_tolerance": _SNAP,
        "intersection_tolerance": _SNAP,
        "edge_min_length": 0,
    }
    return [list(table.cells) for table in page.find_tables(settings)]


def table_of_boxes(
    boxes: list[tuple[float, float, float, float]],
    characters: Sequence[Character],
    number: int,
    taken: set[int],
    ruling: Ruling,
    *,
    least: int = 2,
) -> PageTable | None:
    """Return the table of some cells on page `number`; the characters in them are added to `taken`.

    None where it has fewer than `least` columns.
    """
    columns = boundaries([value for box in boxes for value in (box[0], box[2])])
    rows = boundaries([value for box in boxes for value in (box[1], box[3])])
    if len(columns) <= least or len(rows) < 2:
        return None
    held = _by_cell(boxes, characters, taken)
    lines = {index: printed_lines(found) for index, found in held.items()}
    overflowing = overflowing_cells(boxes, lines, held)
    cells: list[PageCell] = []
    for index, (left, top, right, bottom) in enumerate(boxes):
        first_row, last_row = nearest(rows, top), nearest(rows, bottom) - 1
        first_column, last_column = nearest(columns, left), nearest(columns, right) - 1
        text = cell_text(lines.get(index, ()), left, right)
        box = (round(left), round(top), round(right), round(bottom))
        goes_on = last_row == len(rows) - 2 and ruling.is_open_below(left, right, bottom)
        cells.append(
            PageCell(
                first_row,
                first_column,
                last_row,
                last_column,
                text,
                box,
                index in overflowing,
                goes_on,
                _fills_end(lines.get(index, ()), top, bottom, ends=goes_on),
                _base(held.get(index, ()), left, right),
            )
        )
    return PageTable(number, rows[0], rows[-1], tuple(columns), len(rows) - 1, tuple(cells))


def _base(characters: Sequence[Character], left: float, right: float) -> str | None:
    kept = without_note_marks(characters)
    return cell_text(printed_lines(kept), left, right) if kept is not None else None


def _fills_end(lines: Sequence[PrintedLine], top: float, bottom: float, *, ends: bool) -> bool:
    """Tell whether a text leaves no room for a line below it, or above it."""
    if not lines:
        return False
    height = lines[0].bottom - lines[0].top
    return (bottom - lines[-1].bottom if ends else lines[0].top - top) < height


def _by_cell(
    boxes: list[tuple[float, float, float, float]], characters: Sequence[Character], taken: set[int]
) -> dict[int, list[Character]]:
    """Return the characters of each cell; a character belongs where its centre is."""
    order = sorted(range(len(boxes)), key=lambda index: boxes[index][1])
    tops = [boxes[index][1] for index in order]
    tallest = max(bottom - top for _, top, _, bottom in boxes)
    held: dict[int, list[Character]] = {}
    for position, character in enumerate(characters):
        if position in taken:
            continue
        x, y = character.middle
        at = bisect_right(tops, y) - 1
        while at >= 0 and tops[at] >= y - tallest:
            left, _, right, bottom = boxes[order[at]]
            if left <= x < right and y < bottom:
                held.setdefault(order[at], []).append(character)
                taken.add(position)
                break
            at -= 1
    return held


def page_number_run(characters: Sequence[Character], number: int) -> set[int]:
    """Return which characters are the page's number, printed first or last of all: - 2 -, 2/5, 2ページ.

    A table that reaches into the margin has it inside of a cell. What follows other text on its line is
    no page number.
    """
    count = len(characters)
    for start, end, pattern in (
        (0, min(count, _LONGEST_NUMBER), _FIRST_NUMBER),
        (max(count - _LONGEST_NUMBER, 0), count, _LAST_NUMBER),
    ):
        text = "".join(characters[index].text[:1] or " " for index in range(start, end))
        match = pattern.search(text)
        if match is None or int(match["dashed"] or match["counted"] or match["worded"]) != number:
            continue
        first, last = start + match.start(), start + match.end()
        outer = (first - 1, first) if start or first else (last - 1, last)
        if not (outer[0] >= 0 and outer[1] < count and _are_neighbours(*(characters[at] for at in outer))):
            return set(range(first, last))
    return set()


def _are_neighbours(before: Character, after: Character) -> bool:
    """Tell whether two characters stand side by side on a line."""
    same_line = abs(before.bottom - after.bottom) < before.size / 2
    return same_line and -before.size < after.left - before.right < before.size * 1.5


def boundaries(values: Sequence[float]) -> list[float]:
    """Return the distinct boundaries among coordinates, those almost equal being one."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _SAME_LINE:
            found.append(value)
    return found


def nearest(found: Sequence[float], value: float) -> int:
    """Return the number of the boundary next to a coordinate."""
    return min(range(len(found)), key=lambda index: abs(found[index] - value))
