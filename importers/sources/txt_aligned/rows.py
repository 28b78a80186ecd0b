"""The rows of an aligned page: which lines belong to one row of the table.

The cells of a row are centred (or begin on its first line), so the lines of one row mirror each other: what
stands so many lines above its middle stands as many below. Every division of a page into rows is given a cost
for what does not mirror, for rows without a value in their key column, for cells that end with a full line or
go on behind one that is not full, and for empty lines inside; the cheapest is taken.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from importers.sources.txt_typography import FontMeasures, leading_unit
from tsukuba_kpi.lib.japanese_text import parse_node_code

MOST_LINES = 60  # of one row
_ASYMMETRIC = 3.0  # a line without its mirror image
_APART = 3.0  # a cell with room between its lines
_HOPELESS = 70.0  # more than this inside of a row, and it is none
_NO_KEY = 30.0
_TWO_KEYS = 40.0
_REST = 4.0  # lines at a page's top that go on with the last row of the page before
_BLANK_INSIDE = 2.5
_NO_BLANK = 0.4
_FULL_END = 0.8  # a cell that ends with a full line
_NOT_FULL = 0.6  # a line that is not full and goes on
_SENTENCE = 0.1  # the same behind the end of a sentence
_TWO_VALUES = 12.0  # a dash, a number or a code with other lines in its cell
_OPEN = 2.0  # a cell that ends inside of brackets
_SLACK = 60  # hundredths of a kanji's width
_DASH = re.compile(r"[-\u2010-\u2015\u2212\uff0d\u30fc]+\Z")
_FIGURE = re.compile(r"[-\u2010-\u2015\u2212\uff0d▲△約]?[0-9０-９][0-9０-９,，.．]*[%％]?\Z")
_ITEM = re.compile(r"[・○●◆◇■□①-⑳※＊【(（]")


class Setting(Enum):
    """How a row sets a cell of few lines beside one of many."""

    CENTRE = "centre"
    TOP = "top"


@dataclass(frozen=True, slots=True)
class RowRules:
    """What the rows of a table are told by.

    `keys` are the columns of which every row has a value, `single` those with one line a row, `loose` those
    with cells merged over rows. `reach` is the width of the fullest line of each column.
    """

    width: int
    keys: tuple[int, ...]
    single: frozenset[int]
    loose: frozenset[int]
    reach: tuple[int, ...]
    setting: Setting
    measures: FontMeasures
    blanks: bool


@dataclass(frozen=True, slots=True)
class TableLine:
    """The texts of one line, column by column ("" for none); `blank` tells of an empty line above."""

    number: int
    texts: tuple[str, ...]
    blank: bool


@dataclass(frozen=True, slots=True)
class RowSpan:
    """The lines `first` to `last` of a page; a `rest` goes on with the row before it."""

    first: int
    last: int
    cost: float
    rest: bool = False


def divide(lines: Sequence[TableLine], rules: RowRules) -> tuple[float, list[RowSpan]]:
    """Return the cost of the cheapest division of a page's lines into rows, and the rows.

    Lines with nothing but merged cells say nothing and belong to no row.
    """
    strict = [at for at, line in enumerate(lines) if _is_strict(line, rules)]
    cost, spans = _divide([lines[at] for at in strict], rules)
    return cost, [replace(span, first=strict[span.first], last=strict[span.last]) for span in spans]


def _is_strict(line: TableLine, rules: RowRules) -> bool:
    return any(text and column not in rules.loose for column, text in enumerate(line.texts))


def _divide(lines: Sequence[TableLine], rules: RowRules) -> tuple[float, list[RowSpan]]:
    best: list[tuple[float, RowSpan | None]] = [(0.0, None)]
    size = len(lines)
    closing = _closings(lines, rules)
    for end in range(1, size + 1):
        found: tuple[float, RowSpan | None] = (float("inf"), None)
        row = _GrowingRow(lines, end - 1, rules)
        for first in range(end - 1, max(end - 1 - MOST_LINES, -1), -1):
            row.grow(first)
            if row.inside > _HOPELESS:
                break
            cost = row.cost()
            if end < size:
                cost += closing[end - 1] + (_NO_BLANK if rules.blanks and not lines[end].blank else 0.0)
            if best[first][0] + cost < found[0]:
                found = (best[first][0] + cost, RowSpan(first, end - 1, cost))
            if first == 0 and row.may_be_rest and (rest := _REST + row.inside) < found[0]:
                found = (rest, RowSpan(0, end - 1, rest, rest=True))
        best.append(found)
    spans: list[RowSpan] = []
    at = size
    while at:
        span = best[at][1]
        assert span is not None
        spans.append(span)
        at = span.first
    return best[size][0], spans[::-1]


class _GrowingRow:
    """A row that takes in one more line above at a time, with what its joints have cost."""

    def __init__(self, lines: Sequence[TableLine], last: int, rules: RowRules) -> None:
        self._lines, self._last, self._rules = lines, last, rules
        self._held: list[list[int]] = [[] for _ in range(rules.width)]
        self._first = last + 1
        self.inside = 0.0

    def grow(self, first: int) -> None:
        """Take in the line above."""
        lines, rules = self._lines, self._rules
        if first < self._last and lines[first + 1].blank:
            self.inside += _BLANK_INSIDE
        for column in range(rules.width):
            text = lines[first].texts[column]
            if not text or column in rules.loose:
                continue
            held = self._held[column]
            if held and column in rules.single:
                self.inside += _TWO_KEYS
            elif held:
                self.inside += _joint(text, lines[held[-1]].texts[column], column, rules)
            held.append(first)
        self._first = first

    @property
    def may_be_rest(self) -> bool:
        """Whether the lines lack what every row has, so that they may go on with another one."""
        values = [bool(self._held[column]) for column in self._rules.keys]
        single = any(self._held[column] for column in self._rules.single)
        return not single and not all(values)

    def cost(self) -> float:
        """Return what the lines cost as one row."""
        rules = self._rules
        total = self.inside
        for held in filter(None, self._held):
            total += _shape(held, self._first, self._last, rules.setting)
        return total + _NO_KEY * sum(not self._held[column] for column in rules.keys)


def _shape(held: Sequence[int], first: int, last: int, setting: Setting) -> float:
    """Return the cost of a cell on some lines (from the lowest up) of a row of many."""
    if setting is Setting.TOP:
        return _ASYMMETRIC * (held[-1] - first) + _APART * (held[0] - held[-1] + 1 - len(held))
    places = set(held)
    odd = sum(first + last - at not in places for at in held)
    apart = sum(upper - lower > 2 for upper, lower in pairwise(held))
    return _ASYMMETRIC * odd / 2 + _APART * apart


def _joint(upper: str, lower: str, column: int, rules: RowRules) -> float:
    """Return the cost of a cell that goes on from one line to the next."""
    if upper == lower or any(_is_whole(text) for text in (upper, lower)):
        return _TWO_VALUES
    if parse_node_code(lower) is not None:
        return _TWO_VALUES
    if is_full(upper, lower, column, rules):
        return 0.0
    return _SENTENCE if upper.endswith("。") or _ITEM.match(lower) else _NOT_FULL


def _is_whole(text: str) -> bool:
    return _DASH.match(text) is not None or _FIGURE.match(text) is not None


def is_full(upper: str, lower: str, column: int, rules: RowRules) -> bool:
    """Tell whether a line ended because what begins the next one had no room."""
    measures = rules.measures
    room = rules.reach[column] - measures.width_of(upper)
    return room < measures.width_of(leading_unit(lower)) + _SLACK


def _closings(lines: Sequence[TableLine], rules: RowRules) -> list[float]:
    """Return what a row costs that ends with each line: its cells are rarely full, or open, there."""
    below = [""] * rules.width
    costs: list[float] = []
    for line in reversed(lines):
        cost = 0.0
        for column, text in enumerate(line.texts):
            if not text or column in rules.loose:
                continue
            if not text.endswith("。"):
                following = below[column]
                if len(text) > 4 and following and is_full(text, following, column, rules):
                    cost += _FULL_END
                if text.count("（") > text.count("）") or text.count("「") > text.count("」"):
                    cost += _OPEN
            below[column] = text
        costs.append(cost)
    return costs[::-1]
