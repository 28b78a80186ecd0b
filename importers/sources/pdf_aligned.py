"""Tables of a PDF without upright lines: columns by what stands below one another, rows by lines or gaps.

Only where a line of headings has all that a kind of document needs, nothing crosses the columns and every
row is told by a level line, a wider gap or a value in its key column. What is found is an inference, every
row of it for a person; anything less regular stays refused.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from importers.calculations.rows import Box
from importers.enums import DocumentKind
from importers.sources.grids import Grid, Value
from importers.sources.headings import Header
from importers.sources.pdf_edges import Edge
from importers.sources.pdf_headings import PrintedHeading, TextLine, find_headings, text_lines
from importers.sources.pdf_text import Character, PrintedLine, cell_text, printed_lines

_LONGEST_TITLE = 120
_BINS = 4  # a point is divided into so many places
_NARROWEST_GAP = 2  # places
_WIDER = 2  # times as wide as all others: a gap between columns, not one between letters
_SET_OFF = 1.2  # times the widest gap between rows: what follows after more is no row's rest
_STRADDLE = 0.5  # points by which a letter must reach over a boundary on both sides
_NOTE = re.compile("[※＊*]|[(（]?注|備考|出典|資料|以上")
_KEYS: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.PROGRAMS: ("number",),
    DocumentKind.STRATEGY: ("kpi",),
    DocumentKind.ACTUALS: ("kpi",),
    DocumentKind.SECTIONS: ("section",),
    DocumentKind.STAFF: ("staff_number",),
    DocumentKind.DEFINITIONS: ("kpi",),
}


@dataclass(frozen=True, slots=True)
class LoosePage:
    """The characters of a page, the heights of its long level lines, and all lines that were found on it."""

    number: int
    characters: tuple[Character, ...]
    levels: tuple[float, ...]
    edges: tuple[Edge, ...] = ()


def read_aligned(pages: Sequence[LoosePage], kind: DocumentKind) -> Grid | None:
    """Return the one table of pages without ruled tables, None where it is not regular enough."""
    by_page = [(page, text_lines(page.characters)) for page in pages]
    headings = next((found for _, lines in by_page if (found := find_headings(lines, kind))), [])
    grids = (_read(by_page, heading, kind) for heading in headings)
    return next((grid for grid in grids if grid is not None), None)


def _read(
    by_page: Sequence[tuple[LoosePage, list[TextLine]]], heading: PrintedHeading, kind: DocumentKind
) -> Grid | None:
    """Return the table under a heading, None where it is not regular enough."""
    bodies = without_repeats([(page, body_below(lines, heading.texts)) for page, lines in by_page])
    edges = column_edges(heading, [line for _, lines in bodies for line in lines])
    if edges is None:
        return None
    key = key_column(heading.header, kind)
    reach = _reach([line for _, lines in bodies for line in lines if not crosses(line, edges)], edges)
    rows: list[list[Value]] = [list(level) for level in heading.levels]
    own = next(page.number for page, lines in by_page if heading.lines[0] in lines)
    numbers: list[int] = [own] * len(rows)
    boxes: dict[tuple[int, int], Box] = {}
    for page, lines in bodies:
        blocks = row_blocks(lines, page.levels, key, edges)
        if blocks is None:
            return None
        for block in blocks:
            _place(block, edges, reach, rows, boxes)
            numbers.append(page.number)
    if len(rows) == len(heading.levels):
        return None
    counted: Counter[int] = Counter()
    page_rows: list[int] = []
    for number in numbers:
        counted[number] += 1
        page_rows.append(counted[number])
    above = _title(by_page, heading)
    return Grid(
        "表1", rows, pages=numbers, page_rows=page_rows, boxes=boxes, certain_edges=False, title=above
    )


def key_column(header: Header, kind: DocumentKind) -> int:
    """Return the column in which every row has a value."""
    return next(column for name in _KEYS[kind] for column in header.columns_of(name))


def is_note(line: TextLine) -> bool:
    """Tell whether a line is a remark below a table."""
    return _NOTE.match(line.texts()[0]) is not None


def _title(by_page: Sequence[tuple[LoosePage, list[TextLine]]], heading: PrintedHeading) -> str:
    """Return the text above the heading."""
    lines = next(lines for _, lines in by_page if heading.lines[0] in lines)
    texts = ("".join(line.texts()) for line in lines[: lines.index(heading.lines[0])])
    return "　".join(texts)[:_LONGEST_TITLE]


def body_below(lines: Sequence[TextLine], heading: Sequence[list[str]]) -> list[TextLine]:
    """Return the lines below the heading, all of them on a page that does not repeat it."""
    texts = [line.texts() for line in lines]
    height = len(heading)
    for at in range(len(lines) - height + 1):
        if texts[at : at + height] == heading:
            return list(lines[at + height :])
    return list(lines)


def without_repeats(
    bodies: Sequence[tuple[LoosePage, list[TextLine]]],
) -> list[tuple[LoosePage, list[TextLine]]]:
    """Leave out the one line at the top or the bottom that every page prints at the same place."""
    if len(bodies) < 2:
        return list(bodies)
    for end in (0, -1):
        shown = {place_of(lines[end]) for _, lines in bodies if lines}
        if len(shown) == 1 and all(lines and len(lines[end].pieces()) == 1 for _, lines in bodies):
            bodies = [(page, lines[1:] if end == 0 else lines[:-1]) for page, lines in bodies]
    return list(bodies)


def place_of(line: TextLine) -> tuple[int, str]:
    """Return the height and the text of a line, by which one that pages repeat is known."""
    return round(line.top), "".join(line.texts())


def column_edges(
    heading: PrintedHeading, body: Sequence[TextLine], *, is_strict: bool = True
) -> list[float] | None:
    """Return the boundaries of the columns: the one gap between two headings where no letter stands.

    Notes and lines that reach over most of the table do not count. Where it need not be strict, a gap much
    wider than all others between two headings is their boundary.
    """
    lefts, rights = [found.left for found in heading.columns], [found.right for found in heading.columns]
    rows = [line for line in body if not _is_running_text(line, rights[-1] - lefts[0])]
    taken: set[int] = set()
    words = [found for column in heading.columns for found in column.characters()]
    for character in (*words, *(found for line in rows for found in line.characters)):
        if character.text.strip():
            taken.update(range(int(character.left * _BINS), int(character.right * _BINS) + 1))
    inner: list[float] = []
    for at in range(len(lefts) - 1):
        spans = _gaps(taken, int(rights[at] * _BINS), int(lefts[at + 1] * _BINS))
        gaps = [(first + last) / 2 / _BINS for first, last in (spans if is_strict else _widest(spans))]
        if len(gaps) == 2:
            before = inner[-1] if inner else 0.0
            after = [*lefts, float("inf")][at + 2]
            gaps = _chosen(gaps, [(before, gaps[0]), (gaps[0], gaps[1]), (gaps[1], after)], rows)
        if len(gaps) != 1:
            return None
        inner.append(gaps[0])
    return [min(taken) / _BINS - 2.0, *inner, max(taken) / _BINS + 2.0]


def _is_running_text(line: TextLine, width: float) -> bool:
    pieces = line.pieces()
    longest = max((piece[-1].right - piece[0].left for piece in pieces), default=0.0)
    return longest > width * 0.6 or (len(pieces) == 1 and _NOTE.match(line.texts()[0]) is not None)


def _chosen(gaps: list[float], spans: Sequence[tuple[float, float]], rows: Sequence[TextLine]) -> list[float]:
    """Return which of two gaps is the boundary: values between them, set off from their heading by alignment.

    They belong to the side on which their lines have nothing else. With something on both sides they are a
    column without a heading, and nothing is returned.
    """
    left, middle, right = (
        {number for number, line in enumerate(rows) if _stands_in(line, *span)} for span in spans
    )
    if not middle & left and middle & right:
        return gaps[1:]
    if middle & left and not middle & right:
        return gaps[:1]
    return []


def _stands_in(line: TextLine, left: float, right: float) -> bool:
    return any(left <= found.middle[0] < right for found in line.characters if found.text.strip())


def _widest(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the one gap that is much wider than the others, or all of them."""
    widest = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    others = (last - first for first, last in spans if (first, last) != widest)
    return [widest] if max(others, default=0) * _WIDER <= widest[1] - widest[0] > 0 else spans


def _gaps(taken: set[int], first: int, last: int) -> list[tuple[int, int]]:
    """Return the first and last places of the gaps between two places."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for at in range(first, last + 2):
        if at not in taken and at <= last:
            start = at if start is None else start
        elif start is not None:
            if at - start >= _NARROWEST_GAP:
                found.append((start, at))
            start = None
    return found


def row_blocks(
    lines: Sequence[TextLine], levels: Sequence[float], key: int, edges: Sequence[float]
) -> list[list[TextLine]] | None:
    """Return the lines of each row of a page, None where nothing tells the rows apart for sure.

    Every row has one line with a key. What stands below the last row and is set off from it is a note.
    """
    keyed = [at for at, line in enumerate(lines) if has_text(line, key, edges)]
    crossing = [at for at, line in enumerate(lines) if crosses(line, edges)]
    if not keyed:
        return []
    if crossing and crossing[0] < keyed[-1]:
        return None
    lines = lines[: crossing[0]] if crossing else lines
    gaps = [round(after.middle - before.middle, 1) for before, after in pairwise(lines)]
    candidates = [blocks_by_gaps(lines, gaps, least) for least in sorted({0.0, *gaps})]
    if len(levels) > 2:
        candidates.insert(0, _by_levels(lines, levels))
    for blocks in candidates:
        found = _with_one_key(blocks, key, edges)
        if found:
            return found
    return _by_keys(lines, key, edges)


def _with_one_key(
    blocks: Sequence[list[TextLine]], key: int, edges: Sequence[float]
) -> list[list[TextLine]] | None:
    """Return the blocks that are rows; those at the end without a key only where they are set off further."""
    counts = [sum(has_text(line, key, edges) for line in block) for block in blocks]
    last = max(at for at, count in enumerate(counts) if count)
    if any(count != 1 for count in counts[: last + 1]):
        return None
    rows, notes = list(blocks[: last + 1]), blocks[last + 1 :]
    apart = [after[0].middle - before[-1].middle for before, after in pairwise(rows)]
    if notes and notes[0][0].middle - rows[-1][-1].middle <= max(apart, default=0.0) * _SET_OFF:
        return None
    return rows


def _by_levels(lines: Sequence[TextLine], levels: Sequence[float]) -> list[list[TextLine]]:
    blocks: dict[int, list[TextLine]] = {}
    for line in lines:
        blocks.setdefault(bisect_right(levels, line.middle), []).append(line)
    return list(blocks.values())


def blocks_by_gaps(lines: Sequence[TextLine], gaps: Sequence[float], least: float) -> list[list[TextLine]]:
    """Return the lines in blocks, a new one behind each gap of more than `least` points."""
    blocks = [[lines[0]]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        if gap > least:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _by_keys(lines: Sequence[TextLine], key: int, edges: Sequence[float]) -> list[list[TextLine]] | None:
    """Let every line with a key begin a row, where all cells of a row begin on its first line."""
    blocks: list[list[TextLine]] = []
    for line in lines:
        if has_text(line, key, edges):
            blocks.append([])
        elif not blocks:
            return None
        blocks[-1].append(line)
    for block in blocks:
        for column in range(len(edges) - 1):
            below = any(has_text(line, column, edges) for line in block[1:])
            if below and not has_text(block[0], column, edges):
                return None
    return blocks


def crosses(line: TextLine, edges: Sequence[float]) -> bool:
    """Tell whether a letter of a line lies on both sides of a boundary between two columns."""
    return any(
        found.left < edge - _STRADDLE and found.right > edge + _STRADDLE
        for found in line.characters
        for edge in edges[1:-1]
    )


def has_text(line: TextLine, column: int, edges: Sequence[float]) -> bool:
    """Tell whether a line has something in a column."""
    return _stands_in(line, edges[column], edges[column + 1])


def _reach(lines: Sequence[TextLine], edges: Sequence[float]) -> list[float]:
    """Return how far to the right the fullest line of each column reaches: there lines are wrapped."""
    return [
        max(
            (found.right for line in lines for found in line.characters if left <= found.middle[0] < right),
            default=right,
        )
        for left, right in pairwise(edges)
    ]


def _place(
    block: Sequence[TextLine],
    edges: Sequence[float],
    reach: Sequence[float],
    rows: list[list[Value]],
    boxes: dict[tuple[int, int], Box],
) -> None:
    """Write the texts of one row's lines into the grid."""
    cells: list[Value] = []
    top, bottom = min(line.top for line in block), max(line.bottom for line in block)
    for column, (left, right) in enumerate(pairwise(edges)):
        own = [found for line in block for found in line.characters if left <= found.middle[0] < right]
        lines: Sequence[PrintedLine] = printed_lines(own)
        near = min((line.left for line in lines), default=left)
        cells.append(cell_text(lines, near, reach[column]) or None)
        boxes[len(rows), column] = (round(left), round(top), round(right), round(bottom))
    rows.append(cells)
