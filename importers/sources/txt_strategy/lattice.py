"""The rows of a strategy list, cell by cell: the cheapest way through all divisions of a block of lines.

Every stretch of pieces may be a cell of every column; a way through them from the first to the last
piece is a reading of the block. The cheapest is taken; the sum over all ways tells how sure each of its
cells is.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from importers.sources.txt_geometry import PageGeometry
from importers.sources.txt_lines import Gap, Piece
from importers.sources.txt_strategy.columns import MOST_PIECES, Column, cell_of, character_of, text_cost
from importers.sources.txt_typography import (
    USUAL_MEASURES,
    FontMeasures,
    count_glyphs,
    distance_from_full,
    leading_unit,
)
from tsukuba_kpi.lib.japanese_text import parse_node_code

GAP_DISAGREES = 700
ROW_WITHOUT_BLANK = 450
NO_SECTION = 750
SPACE_INSIDE = 500
SEVERAL_UNITS = 500
MANY_LINES = 5

# The cost of leaving columns out at the start of a row, and between two cells of a row.
_SKIPPED_AT_START = {Column.LABEL: 0, Column.PROJECT: 100, Column.KPI: 240, Column.SECTION: 300}
_SKIPPED_BETWEEN = {
    (Column.LABEL, Column.PROJECT): 0,
    (Column.LABEL, Column.KPI): 350,
    (Column.LABEL, Column.SECTION): 700,
    (Column.PROJECT, Column.KPI): 0,
    (Column.PROJECT, Column.SECTION): 450,
    (Column.KPI, Column.SECTION): 0,
}


@dataclass(frozen=True, slots=True)
class StrategyLayout:
    """What is estimated about a document: geometry, font, column widths (None: not known), texts seen."""

    geometry: PageGeometry
    measures: FontMeasures = USUAL_MEASURES
    widths: tuple[int | None, ...] = (None, None, None, None)
    widest: tuple[int, ...] = (0, 0, 0, 0)
    seen: tuple[Counter[str], ...] = field(default_factory=lambda: tuple(Counter() for _ in Column))

    def room_in(self, column: Column) -> int | None:
        """Return a column's width, or a generous guess from its widest line, or None."""
        known = self.widths[column]
        if known is not None or not self.widest[column]:
            return known
        return self.widest[column] * 13 // 10


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its column, its pieces from `start` to before `end`, and how sure it is (0 to 1)."""

    column: Column
    start: int
    end: int
    share: float = 1.0


class _Node(NamedTuple):
    """A place in the block: before piece `at`, behind a cell of `column` (-1: none) with so many lines."""

    at: int
    column: int
    lines: int


class _Edge(NamedTuple):
    """A cell as a step between two places (by their numbers), at a cost."""

    source: int
    target: int
    cost: int


class Lattice:
    """All divisions of one block that are worth following."""

    def __init__(self, pieces: Sequence[Piece], layout: StrategyLayout) -> None:
        self._pieces = pieces
        self._layout = layout
        self._lines = _line_indices(pieces)
        self._opened = [piece.line.before in (Gap.BLANK, Gap.PAGE) for piece in pieces]
        # Prefix sums of what joints and too wide lines cost, per column.
        self._joints = [self._joint_sums(column) for column in Column]
        self._nodes: list[_Node] = []
        self._numbers: dict[_Node, int] = {}
        self._edges: list[_Edge] = []
        self._best: list[int] = []
        self._back: list[_Edge | None] = []
        self._cells: dict[tuple[Column, int], list[tuple[int, int]]] = {}

    def read(self) -> tuple[int, list[Cell]]:
        """Return the cost of the cheapest reading and its cells in order."""
        self._follow()
        size = len(self._pieces)
        ends = [number for number, node in enumerate(self._nodes) if node.at == size]
        if not ends:
            return NO_READING, []
        closing = {
            number: 0 if self._nodes[number].column == Column.SECTION else NO_SECTION for number in ends
        }
        last = min(ends, key=lambda number: self._best[number] + closing[number])
        path: list[_Edge] = []
        step = self._back[last]
        while step is not None:
            path.append(step)
            step = self._back[step.source]
        ahead, behind = self._sums(closing)
        cells = []
        for source, target, cost in reversed(path):
            share = math.exp(min(0.0, ahead[source] - cost / 100 + behind[target] - behind[0]))
            column = Column(self._nodes[target].column)
            cells.append(Cell(column, self._nodes[source].at, self._nodes[target].at, share))
        return self._best[last] + closing[last], cells

    def _end_cost(self, number: int) -> int:
        return 0 if self._nodes[number].column == Column.SECTION else NO_SECTION

    def _follow(self) -> None:
        """Go through the block once, from every place reached to the places behind each possible cell."""
        self._number(_Node(0, -1, 0), 0)
        size = len(self._pieces)
        reached: list[list[int]] = [[] for _ in range(size + 1)]
        reached[0].append(0)
        for position in range(size):
            if not reached[position]:
                continue
            worth = min(self._best[number] for number in reached[position]) + BEAM
            for number in reached[position]:
                if self._best[number] <= worth:
                    self._step_from(number, reached)

    def _step_from(self, number: int, reached: list[list[int]]) -> None:
        at, left, lines_left = self._nodes[number]
        before = self._best[number]
        for column in Column:
            opening = self._opening(at, left, column)
            if opening is None:
                continue
            same_row = 0 <= left < column
            for end, own in self._cells_at(column, at):
                lines = min(self._lines[end - 1] - self._lines[at] + 1, MANY_LINES)
                cost = opening + own
                if same_row:
                    expected = self._layout.geometry.gap_between(lines_left, lines, self._opened[at - 1])
                    if expected is not self._pieces[at].before:
                        cost += GAP_DISAGREES
                target = self._number_of(_Node(end, column, lines), reached)
                edge = _Edge(number, target, cost)
                self._edges.append(edge)
                if before + cost < self._best[target]:
                    self._best[target], self._back[target] = before + cost, edge

    def _opening(self, at: int, left: int, column: Column) -> int | None:
        """Return what beginning a cell of this column costs before its text is looked at."""
        if left < 0:
            return _SKIPPED_AT_START[column]
        if column > left:
            return _SKIPPED_BETWEEN[Column(left), column]
        gap = self._pieces[at].before
        if gap is Gap.SPACE:
            return None
        expected = gap is Gap.BLANK or self._layout.geometry.beside is not None
        new_row = 0 if expected else ROW_WITHOUT_BLANK
        left_open = 0 if left == Column.SECTION else NO_SECTION
        return _SKIPPED_AT_START[column] + new_row + left_open

    def _number_of(self, node: _Node, reached: list[list[int]]) -> int:
        number = self._numbers.get(node)
        if number is None:
            number = self._number(node, NO_READING)
            reached[node.at].append(number)
        return number

    def _number(self, node: _Node, best: int) -> int:
        self._numbers[node] = len(self._nodes)
        self._nodes.append(node)
        self._best.append(best)
        self._back.append(None)
        return len(self._nodes) - 1

    def _sums(self, closing: dict[int, int]) -> tuple[list[float], list[float]]:
        """Return the logarithms of the summed weights of all ways to each place, and from it to the end."""
        ahead = [-math.inf] * len(self._nodes)
        behind = [-math.inf] * len(self._nodes)
        ahead[0] = 0.0
        for number, cost in closing.items():
            behind[number] = -cost / 100
        for source, target, cost in self._edges:
            ahead[target] = _log_add(ahead[target], ahead[source] - cost / 100)
        for source, target, cost in reversed(self._edges):
            behind[source] = _log_add(behind[source], behind[target] - cost / 100)
        return ahead, behind

    def _cells_at(self, column: Column, start: int) -> list[tuple[int, int]]:
        """Return the ends and costs of the cells of a column that may begin here."""
        key = (column, start)
        if key not in self._cells:
            self._cells[key] = self._find_cells(column, start)
        return self._cells[key]

    def _find_cells(self, column: Column, start: int) -> list[tuple[int, int]]:
        found = []
        sums = self._joints[column]
        for end in range(start + 1, min(start + MOST_PIECES[column], len(self._pieces)) + 1):
            inside = sums[end] - sums[start] - self._joint(start, column)
            if inside >= TOO_DEAR:
                break
            text = cell_of(self._pieces[start:end])
            cost = inside + text_cost(column, text, self._layout.seen[column])
            if column is Column.SECTION:
                cost += self._several_units(start, end)
            if cost < TOO_DEAR:
                found.append((end, cost))
        return found

    def _several_units(self, start: int, end: int) -> int:
        """Lines that are names of units each are more likely cells of several rows."""
        return SEVERAL_UNITS * sum(
            character_of(cell_of(self._pieces[start:cut])).unit
            and character_of(cell_of(self._pieces[cut:end])).unit
            for cut in range(start + 1, end)
        )

    def _joint_sums(self, column: Column) -> list[int]:
        """Sum up, piece by piece, the joint before it and what it is too wide for the column."""
        sums = [0]
        width = self._layout.widths[column]
        for index, piece in enumerate(self._pieces):
            cost = self._joint(index, column)
            if width is not None:
                excess = self._layout.measures.width_of(piece.text) - width
                cost += min(max(excess - 60, 0) * 3, 900)
            sums.append(sums[-1] + cost)
        return sums

    def _joint(self, index: int, column: Column) -> int:
        """The cost of a cell going on before this piece."""
        if index == 0:
            return 0
        gap = self._pieces[index].before
        if gap is Gap.SPACE:
            return self._space_inside(index)
        cost = 0 if gap is self._layout.geometry.gap_in_cell else GAP_DISAGREES
        width = self._layout.widths[column]
        return cost if width is None else cost + self._not_full(index, width)

    def _space_inside(self, index: int) -> int:
        before, after = self._pieces[index - 1].text, self._pieces[index].text
        code = parse_node_code(before)
        if code is not None and not code.rest:
            return 50
        both = before[-1].isascii() and after[0].isascii() and before[-1].isalnum() and after[0].isalnum()
        return 200 if both else SPACE_INSIDE

    def _not_full(self, index: int, width: int) -> int:
        before, after = self._pieces[index - 1], self._pieces[index]
        if before.typed_break:
            return 60
        measures = self._layout.measures
        missing = distance_from_full(
            width, measures.width_of(before.text), measures.width_of(leading_unit(after.text))
        )
        # A break may have been typed without a trace, before a bracket most of all.
        most = 150 if after.text[0] in "（(" else 400
        return min(max(missing - 60, 0) * 2, most)


BEAM = 1_600
TOO_DEAR = 1_700
NO_READING = 1_000_000


def _line_indices(pieces: Sequence[Piece]) -> list[int]:
    indices: list[int] = []
    for piece in pieces:
        indices.append(0 if not indices else indices[-1] + (piece.before is not Gap.SPACE))
    return indices


def _log_add(left: float, right: float) -> float:
    high, low = (left, right) if left > right else (right, left)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def wrapped_lines(
    pieces: Sequence[Piece], cells: Iterable[Cell]
) -> list[tuple[Column, tuple[int, ...], tuple[int, ...]]]:
    """Return a reading's wrapped lines: column, counted characters, and of the unit that had no room."""
    found = []
    for cell in cells:
        for index in range(cell.start + 1, cell.end):
            before, after = pieces[index - 1], pieces[index]
            if after.before is not Gap.SPACE and not before.typed_break and before.before is not Gap.SPACE:
                found.append((cell.column, count_glyphs(before.text), count_glyphs(leading_unit(after.text))))
    return found
