"""Cells merged over rows: each stands in the middle of the rows that it holds for."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import product

from importers.sources.txt_aligned.cells import join
from importers.sources.txt_aligned.rows import RowRules, RowSpan, Setting, TableLine, is_full
from tsukuba_kpi.lib.japanese_text import parse_node_code

_OFF = 1.0  # a cell that stands one line beside the middle of its rows
_NOT_FULL = 1.5
_FULL_END = 0.8
_CODE_INSIDE = 12.0
_FARTHEST = 5.0
_MOST_LINES = 8
_MOST_ROWS = 80
_PADDING = 0.4  # of a line's height: the room above and below the lines of a row


def spread(lines: Sequence[TableLine], spans: Sequence[RowSpan], column: int, rules: RowRules) -> list[str]:
    """Return the text that holds for each row of a page: "" where nothing does.

    Every division of the column's lines into cells, and of the rows among them, is compared.
    """
    held = [at for at, line in enumerate(lines) if line.texts[column]]
    texts = [lines[at].texts[column] for at in held]
    middles = _Middles(lines, spans, held, rules)
    size, rows = len(held), len(spans)
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {(0, 0): (0.0, None)}
    for cell, row in product(range(size), range(rows)):
        start = best.get((cell, row))
        if start is None:
            continue
        inside = start[0]
        for end in range(cell + 1, min(cell + _MOST_LINES, size) + 1):
            if end > cell + 1:
                inside += _joint(texts[end - 2], texts[end - 1], column, rules)
            if inside >= start[0] + _CODE_INSIDE:
                break
            ending = _ending(texts[end - 1], texts[end], column, rules) if end < size else 0.0
            for last, off in middles.rows_for(cell, end, row):
                cost = inside + ending + _OFF * off
                if cost < best.get((end, last), (float("inf"), None))[0]:
                    best[end, last] = (cost, (cell, row))
    return _texts(best, texts, column, rules, rows)


class _Middles:
    """Where the cells of a column and the rows of a page have their middles."""

    def __init__(
        self, lines: Sequence[TableLine], spans: Sequence[RowSpan], held: Sequence[int], rules: RowRules
    ) -> None:
        heights = _heights(lines, spans, rules)
        self._cells = [heights[at] for at in held]
        self._first_lines = [heights[span.first] for span in spans]
        self._tops = [heights[span.first] - 0.5 - _PADDING for span in spans]
        self._bottoms = [heights[span.last] + 0.5 + _PADDING for span in spans]
        self._at_top = rules.setting is Setting.TOP

    def rows_for(self, cell: int, end: int, row: int) -> Iterator[tuple[int, float]]:
        """Yield up to before which row a cell may hold from `row` on, and how far off it then stands."""
        middle = (self._cells[cell] + self._cells[end - 1]) / 2
        for last in range(row + 1, min(row + _MOST_ROWS, len(self._tops)) + 1):
            if self._at_top:
                off = self._first_lines[row] - self._cells[cell]
            else:
                off = (self._tops[row] + self._bottoms[last - 1]) / 2 - middle
            if off > _FARTHEST:
                break
            if off >= -_FARTHEST:
                yield last, abs(off)


def _texts(
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]],
    lines: Sequence[str],
    column: int,
    rules: RowRules,
    rows: int,
) -> list[str]:
    texts = [""] * rows
    at: tuple[int, int] | None = (len(lines), rows)
    while at is not None and at in best and at != (0, 0):
        before = best[at][1]
        assert before is not None
        text = join(lines[before[0] : at[0]], column, rules)
        texts[before[1] : at[1]] = [text] * (at[1] - before[1])
        at = before
    return texts


def _joint(upper: str, lower: str, column: int, rules: RowRules) -> float:
    if upper == lower or parse_node_code(lower) is not None:
        return _CODE_INSIDE
    return 0.0 if is_full(upper, lower, column, rules) else _NOT_FULL


def _ending(upper: str, lower: str, column: int, rules: RowRules) -> float:
    if parse_node_code(lower) is not None or len(upper) <= 4:
        return 0.0
    return _FULL_END if is_full(upper, lower, column, rules) else 0.0


def _heights(lines: Sequence[TableLine], spans: Sequence[RowSpan], rules: RowRules) -> list[float]:
    """Return where each line stands on the page, in lines: half a line apart where no column has both.

    Lines with nothing but merged cells stand between their neighbours.
    """
    starts = {span.first for span in spans}
    heights: list[float | None] = []
    before: TableLine | None = None
    height = 0.0
    for at, line in enumerate(lines):
        if not any(text and column not in rules.loose for column, text in enumerate(line.texts)):
            heights.append(None)
            continue
        if before is not None:
            together = any(
                one and other and column not in rules.loose
                for column, (one, other) in enumerate(zip(before.texts, line.texts, strict=True))
            )
            height += 1.0 + 2 * _PADDING if at in starts else 1.0 if together else 0.5
        heights.append(height)
        before = line
    return _filled(heights)


def _filled(heights: Sequence[float | None]) -> list[float]:
    known = [at for at, height in enumerate(heights) if height is not None]
    found: list[float] = []
    for at, height in enumerate(heights):
        place = bisect_left(known, at)
        above = known[place - 1] if place else None
        below = known[place] if place < len(known) else None
        upper = heights[above] if above is not None else None
        lower = heights[below] if below is not None else None
        if height is not None:
            found.append(height)
        elif above is not None and below is not None and upper is not None and lower is not None:
            found.append(upper + (lower - upper) * (at - above) / (below - above))
        elif above is not None and upper is not None:
            found.append(upper + (at - above) * 0.5)
        elif below is not None and lower is not None:
            found.append(lower - (below - at) * 0.5)
        else:
            found.append(at * 0.5)
    return found
