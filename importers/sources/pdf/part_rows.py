"""The rows of a PDF's table of which only the columns are known: by level lines, gaps and keys."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from importers.enums import DocumentKind
from importers.sources.pdf.aligned import LoosePage, crosses, has_text, is_note
from importers.sources.pdf.edges import Edge, Ruling
from importers.sources.pdf.headings import TextLine
from importers.sources.pdf.pages import PageTable, boundaries, table_of_boxes
from importers.sources.pdf.row_merges import with_merged_cells
from importers.sources.pdf.row_search import BodyLine, FoundRow, RowRules, divide, learn_rules
from importers.sources.pdf.text import PrintedLine, printed_lines, was_wrapped
from tsukuba_kpi.lib.japanese_text import parse_node_code

_MOST_LINES = 3  # that somebody typed in one cell of a key
_ONE_TEXT = 2.0  # of the type size: a gap that may stand inside of one text
_PAGE_NUMBER = re.compile(r"[-‐−－ー\s]*[0-9０-９]{1,4}(?:\s*[/／]\s*[0-9０-９]{1,4})?[-‐−－ー\s]*\Z")
_FIGURE = re.compile(r"[-‐―−－△▲約]?\s*[0-9０-９][0-9０-９,，.．]*\s*[%％]?\Z|[-‐―−－ー]\Z")
_FULL_LINES = 3
_RULED_ROWS = 3  # more level lines than so many part the rows
_MOST_UNSURE = 3  # one row in so many
_SET_OFF = 1.5  # times the widest gap between rows: what follows after more is none
_SAMPLED = 150  # lines, from which the rules of the rows are learnt
_MOST = 1_500  # lines of a page: no printed list has more
_SAME = 2.5  # points between two heights that are one
_SIDE = 2.0  # points by which letters may reach over the sides of a table
_SINGLE = frozenset(("number", "order", "number_or_order", "fiscal_year", "staff_number"))
_LABELS = frozenset(("kind", "node", "goal", "policy", "measure", "bureau", "section", "department"))
CellBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of a table before its rows: its columns' boundaries and fields, which one holds the key.

    `whole` tells that a level line parts the rows of all columns, wherever it stands, as for coloured areas.
    """

    columns: tuple[float, ...]
    names: tuple[str | None, ...]
    key: int
    kind: DocumentKind
    whole: bool = False
    reach: float = 0.0  # where the longest line of the key column ends
    rules: RowRules | None = None


@dataclass(frozen=True, slots=True)
class BodyOfPage:
    """The lines of a page below `top`, where its heading ends."""

    page: LoosePage
    lines: Sequence[TextLine]
    top: float


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands between two level lines, or below the last one (`is_rest`); what is closed at `bottom`."""

    lines: tuple[TextLine, ...]
    bottom: float
    closed: frozenset[int]
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class _Band:
    """One row: its lines, its lower end, and the columns that a line closes there."""

    lines: tuple[TextLine, ...]
    bottom: float
    closed: frozenset[int]
    is_sure: bool = True


def complete_bodies(bodies: Sequence[BodyOfPage], frame: Frame) -> list[list[PageTable]] | None:
    """Return the rows of each page as a table of cells, none for a page where there are none.

    None is returned where the rows are not told apart for sure, or something stands beside the columns.
    """
    parts: list[list[_Part]] = []
    for body in bodies:
        found = _page_parts(replace(body, lines=_without_page_number(body.lines)), frame)
        if found is None:
            return None
        parts.append(found)
    frame = replace(
        frame, reach=_reach([line for page in parts for part in page for line in part.lines], frame)
    )
    frame = replace(frame, rules=_rules(parts, frame))
    pages: list[list[_Band]] = []
    for own in parts:
        bands = _bands(own, frame)
        if bands is None or any(_is_beside(band.lines, frame) for band in bands):
            return None
        pages.append(bands)
    pages = [_with_values_closed(bands, frame) for bands in pages]
    unsure = sum(not band.is_sure for bands in pages for band in bands)
    if unsure * _MOST_UNSURE > sum(bool(band.lines) for bands in pages for band in bands):
        return None
    return [_tables(body, bands, frame) for body, bands in zip(bodies, pages, strict=True)]


def _tables(body: BodyOfPage, bands: Sequence[_Band], frame: Frame) -> list[PageTable]:
    """Return the rows of a page as the one table that they are."""
    if not any(band.lines for band in bands):
        return []
    characters = [found for band in bands for line in band.lines for found in line.characters]
    boxes = _boxes(bands, frame, body.top)
    table = table_of_boxes(boxes, characters, body.page.number, set(), Ruling(()))
    if table is None:
        return []
    tops = [body.top, *(band.bottom for band in bands)]
    unsure = [(top, band.bottom) for top, band in zip(tops, bands, strict=False) if not band.is_sure]
    cells = tuple(
        replace(cell, unsure=True)
        if any(top <= (cell.box[1] + cell.box[3]) / 2 <= bottom for top, bottom in unsure)
        else cell
        for cell in table.cells
    )
    return [replace(table, cells=cells)]


def _reach(lines: Sequence[TextLine], frame: Frame) -> float:
    """Return where several of the longest lines of the key column end, 0 where each ends elsewhere."""
    own = _key_lines(lines, frame)
    longest = max((line.right for line in own), default=0.0)
    full = [line for line in own if longest - line.right < line.size]
    return longest if len(full) >= _FULL_LINES else 0.0


def _without_page_number(lines: Sequence[TextLine]) -> Sequence[TextLine]:
    """Leave out a number that stands alone on the last line."""
    texts = lines[-1].texts() if lines else []
    return lines[:-1] if len(texts) == 1 and _PAGE_NUMBER.match(texts[0]) else lines


def _is_beside(lines: Sequence[TextLine], frame: Frame) -> bool:
    left, right = frame.columns[0] - _SIDE, frame.columns[-1] + _SIDE
    return any(not left <= found.middle[0] <= right for line in lines for found in line.characters)


def _page_parts(body: BodyOfPage, frame: Frame) -> list[_Part] | None:
    """Return what level lines part on a page, and what is below them; None where texts there spoil it all."""
    levels = [edge for edge in body.page.edges if not edge.upright and edge.at > body.top + _SAME]
    parts: list[_Part] = []
    above = body.top
    for height in boundaries([edge.at for edge in levels if _covered([edge], frame)]):
        inside = tuple(line for line in body.lines if above < line.middle <= height)
        closed = _covered([edge for edge in levels if abs(edge.at - height) <= _SAME], frame)
        parts.append(_Part(inside, height, closed))
        above = height
    rest = _rest([line for line in body.lines if line.middle > above], frame, is_ruled=bool(parts))
    if rest is None:
        return None
    bottom = max((line.bottom for line in rest), default=above) + 1
    return [*parts, _Part(tuple(rest), bottom, _all(frame), is_rest=True)] if rest else parts


def _all(frame: Frame) -> frozenset[int]:
    return frozenset(range(len(frame.columns) - 1))


def _covered(edges: Sequence[Edge], frame: Frame) -> frozenset[int]:
    """Return the columns that level lines at one height part, by their middles."""
    found = {
        column
        for column, (left, right) in enumerate(pairwise(frame.columns))
        if any(edge.start <= (left + right) / 2 <= edge.end for edge in edges)
    }
    return _all(frame) if found and frame.whole else frozenset(found)


def _rest(lines: Sequence[TextLine], frame: Frame, *, is_ruled: bool) -> list[TextLine] | None:
    """Return the rows below the last level line; texts without a key there are notes, or spoil it all."""
    keyed = [
        at for at, line in enumerate(lines) if has_text(line, frame.key, frame.columns) and not is_note(line)
    ]
    keyed = [at for at in keyed if not crosses(lines[at], frame.columns)]
    if not keyed:
        plain = [line for line in lines if not is_note(line) and not crosses(line, frame.columns)]
        return [] if not plain or (is_ruled and all(len(line.pieces()) == 1 for line in plain)) else None
    below = range(keyed[-1] + 1, len(lines))
    end = next((at for at in below if is_note(lines[at]) or crosses(lines[at], frame.columns)), len(lines))
    return list(lines[:end])


def _rules(pages: Sequence[Sequence[_Part]], frame: Frame) -> RowRules | None:
    """Return what the rows are told by, None where lines rule all of them."""
    samples: list[list[BodyLine]] = []
    seen = 0
    for part in _unruled(pages, frame):
        samples.extend(
            _body_lines(run[:_SAMPLED], frame)
            for run in _runs(part.lines, frame)
            if run and not any(crosses(line, frame.columns) for line in run)
        )
        seen += len(part.lines)
        if seen > _SAMPLED:
            break
    if not samples:
        return None
    columns = range(len(frame.columns) - 1)
    texts = {
        at: [cell.text.strip() for lines in samples for line in lines if (cell := line.cells[at]) is not None]
        for at in columns
    }
    single = frozenset(
        at for at in columns if frame.names[at] in _SINGLE or all(_FIGURE.match(text) for text in texts[at])
    )
    loose = [at for at in columns if frame.names[at] in _LABELS and at != frame.key and at not in single]
    return learn_rules(samples, frame.columns, frame.key, single, loose)


def _unruled(pages: Sequence[Sequence[_Part]], frame: Frame) -> list[_Part]:
    return [part for parts in pages for part in parts if not _is_row(part, parts, frame)]


def _is_row(part: _Part, parts: Sequence[_Part], frame: Frame) -> bool:
    """Tell whether what stands between two level lines is one row: with one key, or too little for more."""
    if part.is_rest or not part.lines:
        return not part.lines
    ruled = sum(not other.is_rest for other in parts) > _RULED_ROWS
    return ruled and not _is_stacked(part.lines, frame)


def _runs(lines: Sequence[TextLine], frame: Frame) -> list[list[TextLine]]:
    """Return the lines between texts that stand alone over several columns."""
    runs: list[list[TextLine]] = [[]]
    for line in lines:
        if _is_group(line, frame):
            runs.append([])
        else:
            runs[-1].append(line)
    return runs


def _body_lines(lines: Sequence[TextLine], frame: Frame) -> list[BodyLine]:
    found: list[BodyLine] = []
    for line in lines:
        cells: list[PrintedLine | None] = []
        for left, right in pairwise(frame.columns):
            own = [shown for shown in line.characters if left <= shown.middle[0] < right]
            cells.append(next(iter(printed_lines(own)), None))
        found.append(BodyLine(line.top, line.bottom, tuple(cells)))
    return found


def _bands(parts: Sequence[_Part], frame: Frame) -> list[_Band] | None:
    """Return the rows from top to bottom: those between level lines, and what else tells of the others."""
    bands: list[_Band] = []
    for part in parts:
        if not part.lines or _is_row(part, parts, frame):
            bands.append(_Band(part.lines, part.bottom, part.closed))
            continue
        found = _split(part, frame, is_first=not bands)
        if found is None:
            return None
        bands.extend(found)
    return bands


def _with_values_closed(bands: Sequence[_Band], frame: Frame) -> list[_Band]:
    """Return the rows with no cell open that has a value of its own right below: it is not merged."""
    found: list[_Band] = []
    for at, band in enumerate(bands):
        below = bands[at + 1].lines if at + 1 < len(bands) else ()
        own = frozenset(
            column
            for column in _all(frame) - band.closed
            if _begins_anew(_column_texts(band.lines, column, frame), _column_texts(below, column, frame))
            or (column == frame.key and _is_another_key(band.lines, below, frame))
        )
        found.append(replace(band, closed=band.closed | own))
    return found


def _begins_anew(above: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether what is below is no part of a cell that begins above: a figure, a code, the same again."""
    if not above or not below:
        return False
    figures = len(above) == len(below) == 1 and all(_FIGURE.match(text) for text in (*above, *below))
    return figures or above[0] == below[0] or parse_node_code(below[0]) is not None


def _is_another_key(above: Sequence[TextLine], below: Sequence[TextLine], frame: Frame) -> bool:
    """Tell whether a key is no rest of the one above it."""
    keys, others = _key_lines(above, frame), _key_lines(below, frame)
    return bool(keys and others) and not was_wrapped(keys[-1], others[0], _key_edge(keys, frame))


def _column_texts(lines: Sequence[TextLine], column: int, frame: Frame) -> list[str]:
    cells = [line.cells[column] for line in _body_lines(lines, frame)]
    return [cell.text.strip() for cell in cells if cell is not None]


def _split(part: _Part, frame: Frame, *, is_first: bool) -> list[_Band] | None:
    """Return the rows of a part, those of a single text over several columns among them."""
    found: list[_Band] = []
    run: list[TextLine] = []
    for line in [*part.lines, None]:
        if line is not None and not _is_group(line, frame):
            run.append(line)
            continue
        rows = _rows(run, frame, is_first=is_first and not found)
        if rows is None:
            return None
        found.extend(rows)
        found.extend([_Band((line,), 0.0, _all(frame))] if line is not None else [])
        run = []
    while part.is_rest and len(found) > 1 and _is_set_off(found, frame):
        found.pop()
    return _with_bottoms(found, part)


def _rows(lines: Sequence[TextLine], frame: Frame, *, is_first: bool) -> list[_Band] | None:
    """Return the rows that keys, gaps and the places of cells tell, None where letters cross the columns."""
    if not lines:
        return []
    if frame.rules is None or len(lines) > _MOST or any(crosses(line, frame.columns) for line in lines):
        return None
    body = _body_lines(lines, frame)
    division = divide(body, frame.rules, is_first=is_first, is_final=True)
    return [_band(row, lines, frame) for row in with_merged_cells(body, division.rows, frame.rules)]


def _band(row: FoundRow, lines: Sequence[TextLine], frame: Frame) -> _Band:
    return _Band(tuple(lines[row.first : row.last + 1]), 0.0, _all(frame) - row.open, row.is_sure)


def _is_set_off(bands: Sequence[_Band], frame: Frame) -> bool:
    """Tell whether the last row has no key and stands farther below than any row: a remark."""
    if any(has_text(line, frame.key, frame.columns) for line in bands[-1].lines):
        return False
    gaps = [_gap_between(above, below) for above, below in pairwise(bands)]
    return gaps[-1] > max(gaps[:-1], default=0.0) * _SET_OFF


def _gap_between(above: _Band, below: _Band) -> float:
    return min(line.top for line in below.lines) - max(line.bottom for line in above.lines)


def _with_bottoms(bands: Sequence[_Band], part: _Part) -> list[_Band]:
    """Return rows with their lower ends: in the middle of the gap to the next one, the last as given."""
    found = [
        replace(
            above,
            bottom=(max(line.bottom for line in above.lines) + min(line.top for line in below.lines)) / 2,
        )
        for above, below in pairwise(bands)
    ]
    last = bands[-1]
    return [*found, replace(last, bottom=part.bottom, closed=part.closed)]


def _keys(lines: Sequence[TextLine], frame: Frame) -> list[PrintedLine]:
    """Return the lines of the key column that are no rest of the one above."""
    own = _key_lines(lines, frame)
    if frame.names[frame.key] in _SINGLE:
        return [line for line in own if any(character.isdigit() for character in line.text)]
    edge = _key_edge(own, frame)
    rests = [after for before, after in pairwise(own) if was_wrapped(before, after, edge)]
    return [line for line in own if line not in rests]


def _is_stacked(lines: Sequence[TextLine], frame: Frame) -> bool:
    """Tell whether there are several keys with something beside each, or too many for one."""
    keys = _keys(lines, frame)
    if len(keys) < 2 or frame.names[frame.key] in _SINGLE or len(keys) > _MOST_LINES:
        return len(keys) > 1
    beside = []
    for column in range(len(frame.columns) - 1):
        shown = [line for line in lines if has_text(line, column, frame.columns)]
        if column != frame.key and shown:
            beside.append(
                all(any(line.top < key.bottom and line.bottom > key.top for line in shown) for key in keys)
            )
    return sum(beside) * 2 >= len(beside) > 0


def _key_edge(own: Sequence[PrintedLine], frame: Frame) -> float:
    """Return where lines of the key column were wrapped at the latest."""
    left, right = frame.columns[frame.key], frame.columns[frame.key + 1]
    edge = right - (min((line.left for line in own), default=left) - left)
    return min(edge, frame.reach) if frame.reach else edge


def _key_lines(lines: Sequence[TextLine], frame: Frame) -> list[PrintedLine]:
    left, right = frame.columns[frame.key], frame.columns[frame.key + 1]
    return printed_lines(
        [found for line in lines for found in line.characters if left <= found.middle[0] < right]
    )


def _is_group(line: TextLine, frame: Frame) -> bool:
    """Tell whether a line is one text that begins in the first column and reaches over its end."""
    pieces = line.pieces()
    near = all(
        after[0].left - before[-1].right < _ONE_TEXT * before[-1].size for before, after in pairwise(pieces)
    )
    begins = pieces[0][0].left < frame.columns[1]
    return near and begins and crosses(line, frame.columns) and not is_note(line)


def _boxes(bands: Sequence[_Band], frame: Frame, top: float) -> list[CellBox]:
    """Return the cells: down to the next line that closes their column, over all columns for a lone text."""
    boxes: list[CellBox] = []
    starts = dict.fromkeys(range(len(frame.columns) - 1), top)
    above = top
    for number, band in enumerate(bands):
        is_last = number == len(bands) - 1
        if _is_lone(band, frame) and all(start == above for start in starts.values()):
            boxes.append((frame.columns[0], above, frame.columns[-1], band.bottom))
            starts = dict.fromkeys(starts, band.bottom)
        else:
            for column in band.closed if not is_last else _all(frame):
                box = (frame.columns[column], starts[column], frame.columns[column + 1], band.bottom)
                boxes.append(box)
                starts[column] = band.bottom
        above = band.bottom
    return boxes


def _is_lone(band: _Band, frame: Frame) -> bool:
    return len(band.lines) == 1 and _is_group(band.lines[0], frame)
