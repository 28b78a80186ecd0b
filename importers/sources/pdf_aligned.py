"""Tables of a PDF without upright lines: columns by what stands below one another, rows by lines or gaps.

Only where a line of headings has all that a kind of document needs, nothing crosses the columns and every
row is told by a level line, a wider gap or a value in its key column. What is found is an inference, every
row of it for a person; anything less regular stays refused.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from importers.calculations.rows import Box
from importers.enums import DocumentKind
from importers.sources.grids import Grid, Value
from importers.sources.headings import find_header, missing_fields
from importers.sources.pdf_text import Character, PrintedLine, cell_text, printed_lines

_PIECE_GAP = 0.9  # of the type size: a gap between two cells of one line
_LEAST_FIELDS = 3
_LONGEST_TITLE = 120
_BINS = 4  # a point is divided into so many places
_NARROWEST_GAP = 2  # places
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
    """The characters of a page without ruled tables, and the heights of its long level lines."""

    number: int
    characters: tuple[Character, ...]
    levels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """The characters that stand side by side, and where wide gaps part them."""

    characters: tuple[Character, ...]

    @property
    def top(self) -> float:
        return min(found.top for found in self.characters)

    @property
    def bottom(self) -> float:
        return max(found.bottom for found in self.characters)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def pieces(self) -> list[tuple[Character, ...]]:
        shown = sorted(
            (found for found in self.characters if found.text.strip()), key=lambda found: found.left
        )
        parts: list[list[Character]] = []
        for character in shown:
            if parts and character.left - parts[-1][-1].right < character.size * _PIECE_GAP:
                parts[-1].append(character)
            else:
                parts.append([character])
        return [tuple(part) for part in parts]


def read_aligned(pages: Sequence[LoosePage], kind: DocumentKind) -> Grid | None:
    """Return the one table of pages without ruled tables, None where it is not regular enough."""
    by_page = [(page, _lines(page.characters)) for page in pages]
    heading = next((found for _, lines in by_page if (found := _heading(lines, kind)) is not None), None)
    if heading is None:
        return None
    words = _texts(heading.pieces())
    bodies = _without_repeats([(page, _body(lines, words)) for page, lines in by_page])
    edges = _edges(heading, [line for _, lines in bodies for line in lines])
    if edges is None:
        return None
    key = _key_column(words, kind)
    reach = _reach([line for _, lines in bodies for line in lines if not _crosses(line, edges)], edges)
    rows: list[list[Value]] = [list(words)]
    numbers: list[int] = [next(page.number for page, lines in by_page if heading in lines)]
    boxes: dict[tuple[int, int], Box] = {}
    for page, lines in bodies:
        blocks = _blocks(lines, page.levels, key, edges)
        if blocks is None:
            return None
        for block in blocks:
            _place(block, edges, reach, rows, boxes)
            numbers.append(page.number)
    if len(rows) < 2:
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


def _title(by_page: Sequence[tuple[LoosePage, list[_Line]]], heading: _Line) -> str:
    """Return the text above the heading."""
    lines = next(lines for _, lines in by_page if heading in lines)
    texts = ("".join(_texts(line.pieces())) for line in lines[: lines.index(heading)])
    return "　".join(texts)[:_LONGEST_TITLE]


def _lines(characters: Iterable[Character]) -> list[_Line]:
    lines: list[list[Character]] = []
    for character in sorted(characters, key=lambda found: found.middle[1]):
        if not character.text.strip():
            continue
        if lines and abs(character.middle[1] - lines[-1][0].middle[1]) < character.size * 0.4:
            lines[-1].append(character)
        else:
            lines.append([character])
    return [_Line(tuple(line)) for line in lines]


def _texts(pieces: Sequence[Sequence[Character]]) -> list[str]:
    return ["".join(line.text for line in printed_lines(piece)).strip() for piece in pieces]


def _heading(lines: Sequence[_Line], kind: DocumentKind) -> _Line | None:
    """Return the line whose pieces are headings of all that the kind needs."""
    for line in lines:
        words = _texts(line.pieces())
        if len(words) < _LEAST_FIELDS:
            continue
        header = find_header(Grid("", [list(words), []]), kind)
        if header is not None and len(header.fields) >= _LEAST_FIELDS and not missing_fields(header, kind):
            return line
    return None


def _body(lines: Sequence[_Line], words: Sequence[str]) -> list[_Line]:
    """Return the lines below the heading, all of them on a page that does not repeat it."""
    for at, line in enumerate(lines):
        if _texts(line.pieces()) == list(words):
            return list(lines[at + 1 :])
    return list(lines)


def _without_repeats(bodies: Sequence[tuple[LoosePage, list[_Line]]]) -> list[tuple[LoosePage, list[_Line]]]:
    """Leave out the one line at the top or the bottom that every page prints at the same place."""
    if len(bodies) < 2:
        return list(bodies)
    for end in (0, -1):
        shown = {_place_of(lines[end]) for _, lines in bodies if lines}
        if len(shown) == 1 and all(lines and len(lines[end].pieces()) == 1 for _, lines in bodies):
            bodies = [(page, lines[1:] if end == 0 else lines[:-1]) for page, lines in bodies]
    return list(bodies)


def _place_of(line: _Line) -> tuple[int, str]:
    return round(line.top), "".join(_texts(line.pieces()))


def _edges(heading: _Line, body: Sequence[_Line]) -> list[float] | None:
    """Return the boundaries of the columns: the one gap between two headings where no letter stands.

    Notes and lines that reach over most of the table do not count.
    """
    pieces = heading.pieces()
    lefts, rights = [piece[0].left for piece in pieces], [piece[-1].right for piece in pieces]
    rows = [line for line in body if not _is_running_text(line, rights[-1] - lefts[0])]
    taken: set[int] = set()
    for line in (heading, *rows):
        for character in line.characters:
            if character.text.strip():
                taken.update(range(int(character.left * _BINS), int(character.right * _BINS) + 1))
    inner: list[float] = []
    for at in range(len(pieces) - 1):
        gaps = _gaps(taken, int(rights[at] * _BINS), int(lefts[at + 1] * _BINS))
        if len(gaps) == 2:
            before = inner[-1] if inner else 0.0
            after = [*lefts, float("inf")][at + 2]
            gaps = _chosen(gaps, [(before, gaps[0]), (gaps[0], gaps[1]), (gaps[1], after)], rows)
        if len(gaps) != 1:
            return None
        inner.append(gaps[0])
    return [min(taken) / _BINS - 2.0, *inner, max(taken) / _BINS + 2.0]


def _is_running_text(line: _Line, width: float) -> bool:
    pieces = line.pieces()
    longest = max((piece[-1].right - piece[0].left for piece in pieces), default=0.0)
    return longest > width * 0.6 or (len(pieces) == 1 and _NOTE.match(_texts(pieces)[0]) is not None)


def _chosen(gaps: list[float], spans: Sequence[tuple[float, float]], rows: Sequence[_Line]) -> list[float]:
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


def _stands_in(line: _Line, left: float, right: float) -> bool:
    return any(left <= found.middle[0] < right for found in line.characters if found.text.strip())


def _gaps(taken: set[int], first: int, last: int) -> list[float]:
    """Return the middles of the gaps between two places in points."""
    found: list[float] = []
    start: int | None = None
    for at in range(first, last + 2):
        if at not in taken and at <= last:
            start = at if start is None else start
        elif start is not None:
            if at - start >= _NARROWEST_GAP:
                found.append((start + at) / 2 / _BINS)
            start = None
    return found


def _key_column(words: Sequence[str], kind: DocumentKind) -> int:
    header = find_header(Grid("", [list(words), []]), kind)
    assert header is not None
    return next(column for name in _KEYS[kind] for column in header.columns_of(name))


def _blocks(
    lines: Sequence[_Line], levels: Sequence[float], key: int, edges: Sequence[float]
) -> list[list[_Line]] | None:
    """Return the lines of each row of a page, None where nothing tells the rows apart for sure.

    Every row has one line with a key. What stands below the last row and is set off from it is a note.
    """
    keyed = [at for at, line in enumerate(lines) if _has_text(line, key, edges)]
    crossing = [at for at, line in enumerate(lines) if _crosses(line, edges)]
    if not keyed:
        return []
    if crossing and crossing[0] < keyed[-1]:
        return None
    lines = lines[: crossing[0]] if crossing else lines
    gaps = [round(after.middle - before.middle, 1) for before, after in pairwise(lines)]
    candidates = [_by_gaps(lines, gaps, least) for least in sorted({0.0, *gaps})]
    if len(levels) > 2:
        candidates.insert(0, _by_levels(lines, levels))
    for blocks in candidates:
        found = _with_one_key(blocks, key, edges)
        if found:
            return found
    return _by_keys(lines, key, edges)


def _with_one_key(
    blocks: Sequence[list[_Line]], key: int, edges: Sequence[float]
) -> list[list[_Line]] | None:
    """Return the blocks that are rows; those at the end without a key only where they are set off further."""
    counts = [sum(_has_text(line, key, edges) for line in block) for block in blocks]
    last = max(at for at, count in enumerate(counts) if count)
    if any(count != 1 for count in counts[: last + 1]):
        return None
    rows, notes = list(blocks[: last + 1]), blocks[last + 1 :]
    apart = [after[0].middle - before[-1].middle for before, after in pairwise(rows)]
    if notes and notes[0][0].middle - rows[-1][-1].middle <= max(apart, default=0.0) * _SET_OFF:
        return None
    return rows


def _by_levels(lines: Sequence[_Line], levels: Sequence[float]) -> list[list[_Line]]:
    blocks: dict[int, list[_Line]] = {}
    for line in lines:
        blocks.setdefault(bisect_right(levels, line.middle), []).append(line)
    return list(blocks.values())


def _by_gaps(lines: Sequence[_Line], gaps: Sequence[float], least: float) -> list[list[_Line]]:
    blocks = [[lines[0]]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        if gap > least:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _by_keys(lines: Sequence[_Line], key: int, edges: Sequence[float]) -> list[list[_Line]] | None:
    """Let every line with a key begin a row, where all cells of a row begin on its first line."""
    blocks: list[list[_Line]] = []
    for line in lines:
        if _has_text(line, key, edges):
            blocks.append([])
        elif not blocks:
            return None
        blocks[-1].append(line)
    for block in blocks:
        for column in range(len(edges) - 1):
            below = any(_has_text(line, column, edges) for line in block[1:])
            if below and not _has_text(block[0], column, edges):
                return None
    return blocks


def _crosses(line: _Line, edges: Sequence[float]) -> bool:
    return any(
        found.left < edge - _STRADDLE and found.right > edge + _STRADDLE
        for found in line.characters
        for edge in edges[1:-1]
    )


def _has_text(line: _Line, column: int, edges: Sequence[float]) -> bool:
    return _stands_in(line, edges[column], edges[column + 1])


def _reach(lines: Sequence[_Line], edges: Sequence[float]) -> list[float]:
    """Return how far to the right the fullest line of each column reaches: there lines are wrapped."""
    return [
        max(
            (found.right for line in lines for found in line.characters if left <= found.middle[0] < right),
            default=right,
        )
        for left, right in pairwise(edges)
    ]


def _place(
    block: Sequence[_Line],
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
