"""The rows of a PDF's table of which only the columns are known: by level lines, gaps and keys."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from importers.enums import DocumentKind
from importers.sources.pdf_aligned import LoosePage, blocks_by_gaps, crosses, has_text, is_note
from importers.sources.pdf_edges import Edge, Ruling
from importers.sources.pdf_headings import TextLine
from importers.sources.pdf_pages import PageTable, boundaries, table_of_boxes
from importers.sources.pdf_text import PrintedLine, printed_lines, was_wrapped

_LEADING = 1.5  # of the type size: what lines of one cell are apart at most
_CLEAR, _CLEARER, _CLEAREST = 1.1, 1.25, 1.6  # times wider: gaps between rows
_MOST_LINES = 3  # that somebody typed in one cell of a key
_ONE_TEXT = 2.0  # of the type size: a gap that may stand inside of one text
_PAGE_NUMBER = re.compile(r"[-‐−－ー\s]*[0-9０-９]{1,4}(?:\s*[/／]\s*[0-9０-９]{1,4})?[-‐−－ー\s]*\Z")
_FULL_LINES = 3
_RULED_ROWS = 3  # more level lines than so many part the rows
_SAME = 2.5  # points between two heights that are one
_SIDE = 2.0  # points by which letters may reach over the sides of a table
CellBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of a table before its rows: the boundaries of its columns, which one holds the key.

    `whole` tells that a level line parts the rows of all columns, wherever it stands, as for coloured areas.
    """

    columns: tuple[float, ...]
    key: int
    kind: DocumentKind
    whole: bool = False
    reach: float = 0.0  # where the longest line of the key column ends


@dataclass(frozen=True, slots=True)
class _Band:
    """One row: its lines, its lower end, and the columns that a line closes there."""

    lines: tuple[TextLine, ...]
    bottom: float
    closed: frozenset[int]


def complete_body(
    page: LoosePage, lines: Sequence[TextLine], frame: Frame, top: float
) -> list[PageTable] | None:
    """Return the rows of a page below `top` as a table of cells, none where there are none.

    None is returned where the rows are not told apart for sure, or something stands beside the columns.
    """
    lines = _without_page_number(lines)
    frame = replace(frame, reach=_reach(_key_lines(lines, frame)))
    levels = [edge for edge in page.edges if not edge.upright and edge.at > top + _SAME]
    bands = _bands(lines, levels, frame, top)
    if bands is None:
        return None
    if not any(band.lines for band in bands):
        return []
    if any(_is_beside(band.lines, frame) for band in bands):
        return None
    boxes = _boxes(bands, frame, top)
    characters = [found for band in bands for line in band.lines for found in line.characters]
    table = table_of_boxes(boxes, characters, page.number, set(), Ruling(()))
    return [table] if table is not None else None


def _reach(lines: Sequence[PrintedLine]) -> float:
    """Return where several of the longest lines end together, 0 where each ends elsewhere."""
    longest = max((line.right for line in lines), default=0.0)
    full = [line for line in lines if longest - line.right < line.size]
    return longest if len(full) >= _FULL_LINES else 0.0


def _without_page_number(lines: Sequence[TextLine]) -> Sequence[TextLine]:
    """Leave out a number that stands alone on the last line."""
    texts = lines[-1].texts() if lines else []
    return lines[:-1] if len(texts) == 1 and _PAGE_NUMBER.match(texts[0]) else lines


def _is_beside(lines: Sequence[TextLine], frame: Frame) -> bool:
    left, right = frame.columns[0] - _SIDE, frame.columns[-1] + _SIDE
    return any(not left <= found.middle[0] <= right for line in lines for found in line.characters)


def _bands(lines: Sequence[TextLine], levels: Sequence[Edge], frame: Frame, top: float) -> list[_Band] | None:
    """Return the rows from top to bottom: those between level lines, and what gaps tell of the rest."""
    heights = boundaries([edge.at for edge in levels if _covered([edge], frame)])
    bands: list[_Band] = []
    above = top
    for height in heights:
        inside = [line for line in lines if above < line.middle <= height]
        closed = _covered([edge for edge in levels if abs(edge.at - height) <= _SAME], frame)
        parts = _parts(inside, frame, is_row=len(heights) > _RULED_ROWS)
        if parts is None:
            return None
        bands.extend(_closed(parts, height, closed, frame))
        above = height
    rest = [line for line in lines if line.middle > above]
    found = _rest(rest, frame, is_ruled=bool(bands))
    if found is None:
        return None
    bottom = max((line.bottom for part in found for line in part), default=above)
    bands.extend(_closed(found, bottom + 1, _all(frame), frame) if found else [])
    return bands


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


def _closed(
    parts: Sequence[Sequence[TextLine]], bottom: float, closed: frozenset[int], frame: Frame
) -> list[_Band]:
    """Return rows that end at `bottom`, the boundaries between them in the middle of their gaps."""
    bands: list[_Band] = []
    for before, after in pairwise(parts):
        height = (max(line.bottom for line in before) + min(line.top for line in after)) / 2
        bands.append(_Band(tuple(before), height, _all(frame)))
    return [*bands, _Band(tuple(parts[-1]) if parts else (), bottom, closed)]


def _parts(lines: Sequence[TextLine], frame: Frame, *, is_row: bool) -> list[list[TextLine]] | None:
    """Return what stands between two level lines as one row, or as several where it holds several keys.

    Where lines rule the rows (`is_row`) it is several ones only with something beside each key.
    """
    if len(_keys(lines, frame)) < 2 or (is_row and not _is_stacked(lines, frame)):
        return [list(lines)]
    parts = _split(lines, frame)
    return [list(lines)] if parts is None and not _is_stacked(lines, frame) else parts


def _keys(lines: Sequence[TextLine], frame: Frame) -> list[PrintedLine]:
    """Return the lines of the key column that are no rest of the one above."""
    own = _key_lines(lines, frame)
    if frame.kind is DocumentKind.PROGRAMS:
        return [line for line in own if any(character.isdigit() for character in line.text)]
    edge = _key_edge(own, frame)
    rests = [after for before, after in pairwise(own) if was_wrapped(before, after, edge)]
    return [line for line in own if line not in rests]


def _is_stacked(lines: Sequence[TextLine], frame: Frame) -> bool:
    """Tell whether there are several keys with something beside each, or too many for one."""
    keys = _keys(lines, frame)
    if len(keys) < 2 or frame.kind is DocumentKind.PROGRAMS or len(keys) > _MOST_LINES:
        return len(keys) > 1
    beside = []
    for column in range(len(frame.columns) - 1):
        shown = [line for line in lines if has_text(line, column, frame.columns)]
        if column != frame.key and shown:
            beside.append(
                all(any(line.top < key.bottom and line.bottom > key.top for line in shown) for key in keys)
            )
    return sum(beside) * 2 >= len(beside) > 0


def _split(lines: Sequence[TextLine], frame: Frame) -> list[list[TextLine]] | None:
    """Return the rows that gaps and keys tell, with the rows of a single text over several columns."""
    found: list[list[TextLine]] = []
    segment: list[TextLine] = []
    for line in [*lines, None]:
        if line is not None and not _is_group(line, frame):
            segment.append(line)
            continue
        blocks = _keyed_blocks(segment, frame)
        if blocks is None:
            return None
        found.extend(blocks)
        found.extend([[line]] if line is not None else [])
        segment = []
    return found


def _keyed_blocks(lines: Sequence[TextLine], frame: Frame) -> list[list[TextLine]] | None:
    """Return the rows of lines: parted by gaps that are wider than all between the lines of one row.

    Each has one key; without one only where the gaps leave no doubt.
    """
    if not lines:
        return []
    if any(crosses(line, frame.columns) for line in lines):
        return None
    gaps = [round(after.top - before.top, 1) for before, after in pairwise(lines)]
    best: tuple[float, list[list[TextLine]]] | None = None
    for least in sorted({0.0, *gaps}):
        blocks = blocks_by_gaps(lines, gaps, least)
        clear = _clearness(blocks, gaps, least)
        if _are_rows(blocks, frame, clear) and (best is None or clear > best[0]):
            best = (clear, blocks)
    return best[1] if best is not None else None


def _clearness(blocks: Sequence[Sequence[TextLine]], gaps: Sequence[float], least: float) -> float:
    """Return how many times wider the gaps between rows are than those inside of them, or than the type."""
    between = min((gap for gap in gaps if gap > least), default=0.0)
    inside = least or max(line.characters[0].size for block in blocks for line in block) * _LEADING
    return between / inside


def _are_rows(blocks: Sequence[Sequence[TextLine]], frame: Frame, clear: float) -> bool:
    plain = all(len(block) == 1 for block in blocks)
    if clear < _CLEAR and len(blocks) > 1 and not plain:
        return False
    above: PrintedLine | None = None
    for block in blocks:
        own = _key_lines(block, frame)
        if not own and not _may_lack_key(block, frame, clear):
            return False
        if _is_stacked(block, frame):
            return False
        if own and above is not None and frame.kind is not DocumentKind.PROGRAMS:
            edge = _key_edge(own, frame)
            if clear < _CLEAREST and was_wrapped(above, own[0], edge):
                return False
        above = own[-1] if own else None
    return bool(blocks) and (bool(_key_lines(blocks[0], frame)) or frame.kind is DocumentKind.PROGRAMS)


def _may_lack_key(block: Sequence[TextLine], frame: Frame, clear: float) -> bool:
    """Tell whether a row goes on with the one above, or is a group's: for programs the first column only.

    A line with something in most columns is no rest of a cell, however near it is.
    """
    columns = range(len(frame.columns) - 1)
    filled = {column for column in columns for line in block if has_text(line, column, frame.columns)}
    if frame.kind is DocumentKind.PROGRAMS:
        return clear >= _CLEARER and filled == {0}
    return clear >= _CLEARER or len(filled) * 2 > len(columns)


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


def _rest(lines: Sequence[TextLine], frame: Frame, *, is_ruled: bool) -> list[list[TextLine]] | None:
    """Return the rows below the last level line; texts without a key there are notes, or spoil it all."""
    keyed = [
        at for at, line in enumerate(lines) if has_text(line, frame.key, frame.columns) and not is_note(line)
    ]
    keyed = [at for at in keyed if not crosses(lines[at], frame.columns)]
    if not keyed:
        plain = [line for line in lines if not is_note(line) and not crosses(line, frame.columns)]
        if is_ruled and all(len(line.pieces()) == 1 for line in plain):
            return []
        return None if plain else []
    end = next((at for at in range(keyed[-1] + 1, len(lines)) if is_note(lines[at])), len(lines))
    return _split(lines[:end], frame)


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
