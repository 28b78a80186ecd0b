"""Pages of a PDF: their ruled tables as cells with text, and the lines of text outside of them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from importers.calculations.rows import Box
from importers.sources.pdf_text import Character, PrintedLine, cell_text, printed_lines

_SHORTEST_EDGE = 6.0  # points: shorter strokes are parts of drawn letters
_STRAIGHT = 1.0
_MOST_EDGES = 8_000
_LONG_EDGE = 20.0
_SNAP = 3.0
_SAME_LINE = 2.5  # points between two boundaries that are one


@dataclass(frozen=True, slots=True)
class PageCell:
    """A cell of a page's table: the rows and columns it covers (from 0, last inside), its text and box."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class PageTable:
    """One ruled table of a page: boundaries of its columns and its cells."""

    page: int
    top: float
    bottom: float
    columns: tuple[float, ...]  # boundaries from left to right
    rows: int
    cells: tuple[PageCell, ...]


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a page holds: tables from top to bottom, text lines outside of them, and how much text at all."""

    number: int
    tables: tuple[PageTable, ...]
    outside: tuple[PrintedLine, ...]
    characters: int
    pictures: int
    beside: tuple[PrintedLine, ...] = field(default=())


def read_page(page: Any, number: int) -> PageContent:
    """Return the content of a page of pdfplumber."""
    characters = [_character(found) for found in page.chars]
    visible = sum(1 for character in characters if character.text.strip())
    boxes = _table_boxes(page)
    tables: list[PageTable] = []
    taken: set[int] = set()
    for cells in boxes:
        table = _table(cells, characters, number, taken)
        if table is not None:
            tables.append(table)
    tables.sort(key=lambda found: found.top)
    rest = [character for index, character in enumerate(characters) if index not in taken]
    outside = printed_lines(rest)
    beside = tuple(line for line in outside if _is_beside(line, tables))
    return PageContent(number, tuple(tables), tuple(outside), visible, len(page.images), beside)


def _character(found: dict[str, Any]) -> Character:
    return Character(
        str(found["text"]),
        float(found["x0"]),
        float(found["top"]),
        float(found["x1"]),
        float(found["bottom"]),
        float(found["size"]),
    )


def _is_beside(line: PrintedLine, tables: Sequence[PageTable]) -> bool:
    """Tell whether a line stands at the height of a table, but outside of its cells."""
    middle = (line.top + line.bottom) / 2
    return any(table.top < middle < table.bottom for table in tables)


def _table_boxes(page: Any) -> list[list[tuple[float, float, float, float]]]:
    edges = [edge for edge in page.edges if _length(edge) >= _SHORTEST_EDGE]
    if len(edges) > _MOST_EDGES:
        edges = [edge for edge in edges if _length(edge) >= _LONG_EDGE][:_MOST_EDGES]
    upright = [edge for edge in edges if edge["orientation"] == "v"]
    level = [edge for edge in edges if edge["orientation"] == "h"]
    if not upright or not level:
        return []
    upright += _open_sides(upright, level)
    settings = {
        "vertical_strategy": "explicit",
        "horizontal_strategy": "explicit",
        "explicit_vertical_lines": upright,
        "explicit_horizontal_lines": level,
        "snap_tolerance": _SNAP,
        "join_tolerance": _SNAP,
        "intersection_tolerance": _SNAP,
        "edge_min_length": _SHORTEST_EDGE,
    }
    return [list(table.cells) for table in page.find_tables(settings)]


def _length(edge: dict[str, Any]) -> float:
    if edge["orientation"] == "v":
        return float(edge["bottom"] - edge["top"])
    return float(edge["x1"] - edge["x0"]) if edge["orientation"] == "h" else 0.0


def _open_sides(upright: list[Any], level: list[Any]) -> Iterator[Any]:
    """Close tables that are printed without their left and right border.

    Level lines that reach beyond the outermost upright ones at a common end close there.
    """
    for side, end in (("x0", min), ("x1", max)):
        reach = end(float(edge[side]) for edge in level)
        border = end(float(edge["x0"]) for edge in upright)
        ends = [edge for edge in level if abs(float(edge[side]) - reach) <= _SAME_LINE]
        if abs(border - reach) <= _SNAP or len(ends) < 3:
            continue
        top, bottom = min(edge["top"] for edge in ends), max(edge["top"] for edge in ends)
        pattern = upright[0]
        yield {
            **pattern,
            "x0": reach,
            "x1": reach,
            "top": top,
            "bottom": bottom,
            "height": bottom - top,
            "width": 0,
            "orientation": "v",
        }


def _table(
    boxes: list[tuple[float, float, float, float]],
    characters: Sequence[Character],
    number: int,
    taken: set[int],
) -> PageTable | None:
    columns = boundaries([value for box in boxes for value in (box[0], box[2])])
    rows = boundaries([value for box in boxes for value in (box[1], box[3])])
    if len(columns) < 3 or len(rows) < 2:
        return None
    held = _by_cell(boxes, characters, taken)
    cells: list[PageCell] = []
    for index, (left, top, right, bottom) in enumerate(boxes):
        first_row, last_row = nearest(rows, top), nearest(rows, bottom) - 1
        first_column, last_column = nearest(columns, left), nearest(columns, right) - 1
        text = cell_text(printed_lines(held.get(index, ())), left, right)
        box = (round(left), round(top), round(right), round(bottom))
        cells.append(PageCell(first_row, first_column, last_row, last_column, text, box))
    return PageTable(number, rows[0], rows[-1], tuple(columns), len(rows) - 1, tuple(cells))


def _by_cell(
    boxes: list[tuple[float, float, float, float]], characters: Sequence[Character], taken: set[int]
) -> dict[int, list[Character]]:
    """Return the characters of each cell; a character belongs where its centre is."""
    order = sorted(range(len(boxes)), key=lambda index: boxes[index][1])
    tops = [boxes[index][1] for index in order]
    tallest = max(bottom - top for _, top, _, bottom in boxes)
    held: dict[int, list[Character]] = {}
    for position, character in enumerate(characters):
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
