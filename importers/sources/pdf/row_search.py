"""The rows of a PDF's table of which only the columns are known, where no line parts them.

Every division of a page's lines into rows is given a cost: for cells that do not begin on their row's first
line (or do not stand in its middle), for rows without a key or with two of what each row has once, for cells
that end with a full line or go on behind one that is not, for lines of one cell that are not one pitch apart,
and for gaps that are wider inside of rows than between them. The cheapest division is taken, and rows that
another one of almost the same cost would part elsewhere are unsure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from statistics import median

from importers.sources.pdf.text import PrintedLine, was_wrapped
from tsukuba_kpi.lib.japanese_text import parse_node_code

_MOST_LINES = 60  # of one row
_HOPELESS = 70.0  # more than this inside of a row, and it is none
_OFF = 3.0  # a cell half a pitch beside its place in the row
_MOST_OFF = 12.0
_APART = 4.0  # lines of a cell that are more than a pitch apart
_CLOSE = 8.0  # or less
_TWO_VALUES = 12.0  # a dash, a number or a code with other lines in its cell
_TWO_SINGLE = 40.0  # two lines in a column of which each row has one
_NO_KEY = 9.0
_GROUP = 4.0  # a row with nothing but words in its first column
_LONE = 3.0  # a row with nothing but one text
_REST = 3.0  # lines at a page's top that go on with the last row of the page before
_NOT_FULL = 0.7  # a line that is not full and goes on
_KEY_NOT_FULL = 2.5  # the same in the key column
_KEY_LINES, _LONG_KEY = 3, 3.0  # and each line of it after the third
_SENTENCE = 0.1  # the same behind the end of a sentence
_FULL_END = 0.9  # a cell that ends with a full line, with a line of its column right below
_OPEN = 2.0  # a cell that ends inside of brackets
_NARROW, _WIDE = 2.5, 2.5  # a gap between rows narrower than the usual one; one inside as wide as that
_ROW = 0.05  # every row
_FULL_LINES = 3
_VARIED = 2  # lengths of the texts of a column; codes have one
_CLOSEST, _WIDEST = 0.9, 1.95  # of the type size: what the lines of a cell are apart
_MOST_PITCHES = 3
_BETTER = 0.05  # a difference of the cost of all rows
_SOME_LACK = 8  # one key in so many has nothing beside it
_TOLERANCE = 0.14  # of a pitch
_SAME_GAP = 1.0  # points
_UNSURE = 1.0  # what another division must cost more, or the rows are for a person
_HARDLY = 6.0  # the cost of a row of which nobody should say that it is one
_LOW = 0.15  # cells that stand low in their rows, for every row
_LATE = 5.0  # a column whose first label stands below the first key, as it does in merged cells
_MERGED = 0.35  # what merged cells in a column cost, for every row
_DASH = re.compile(r"[-\u2010-\u2015\u2212\uff0d\u30fc]+\Z")
_FIGURE = re.compile(r"[-\u2010-\u2015\u2212\uff0d▲△約]?[0-9０-９][0-9０-９,，.．]*[%％]?\Z")
_ITEM = re.compile(r"[・‧○●◆◇■□①-⑳※＊【(（]")
_ENDS = ("。", "．", "）", ")")

Cells = tuple[PrintedLine | None, ...]


@dataclass(frozen=True, slots=True)
class BodyLine:
    """What stands at one height of a page, column by column."""

    top: float
    bottom: float
    cells: Cells


class Setting(Enum):
    """Where the cells of a column stand in their row."""

    TOP = 0
    MIDDLE = 1
    BOTTOM = 2


@dataclass(frozen=True, slots=True)
class RowRules:
    """What the rows of a table are told by.

    `single` are columns with at most one figure a row, `loose` those with cells merged over rows, `settings`
    tell where the cells of each column stand. `pitch` is from line to line of a cell, `gap` what rows are
    apart where that is more than the lines of a cell. `reach` is where the fullest line of each column ends.
    `rival` are other rules that nothing speaks against: of cells that stand low in their rows, or do not.
    """

    key: int
    single: frozenset[int]
    loose: frozenset[int]
    settings: tuple[Setting, ...]
    pitch: float
    reach: tuple[float, ...]
    gap: float | None = None
    rival: "RowRules | None" = None


@dataclass(frozen=True, slots=True)
class FoundRow:
    """The lines `first` to `last` of a page as a row; `open` are columns whose merged cell goes on below."""

    first: int
    last: int
    cost: float
    is_sure: bool
    open: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Division:
    """The rows of some lines, and what they cost."""

    cost: float
    rows: tuple[FoundRow, ...]


def learn_rules(
    parts: Sequence[Sequence[BodyLine]],
    edges: Sequence[float],
    key: int,
    single: frozenset[int],
    mergeable: Sequence[int],
) -> RowRules:
    """Return the rules under which the lines of a table, in parts that surely end rows, come out best."""
    width = len(edges) - 1
    reach = tuple(
        _reach([cell for lines in parts for cell in _column(lines, column)], bound)
        for column, bound in enumerate(edges[1:])
    )
    plain = RowRules(key, single, frozenset(), (Setting.TOP,) * width, 0.0, reach)
    pitches = _pitches(parts, width)
    tried = [
        replace(plain, pitch=pitch, settings=(setting,) * width) for pitch in pitches for setting in Setting
    ]
    found = [_settled(parts, rules) for rules in tried]
    best = min(found, key=lambda one: one[0])[1]
    late = [at for at in mergeable if _begins_late(parts, key, at)]
    found = [(price + _LATE * len(late), rules) for price, rules in found]
    merged = _some_of([at for at in mergeable if _lacks_some(parts, key, at)])
    tried = [
        replace(best, loose=frozenset(loose), settings=(setting,) * width, gap=None)
        for loose in merged
        for setting in (Setting.TOP, Setting.MIDDLE)
    ]
    found += [_settled(parts, rules) for rules in tried]
    cost, best = min(found, key=lambda one: one[0])
    cost -= 0.0 if best.loose else _LATE * len(late)
    if best.gap is not None:
        return best
    if best.settings[key] is Setting.BOTTOM:
        usual = [one for one in found if one[1].settings[key] is not Setting.BOTTOM]
        return replace(best, rival=min(usual, key=lambda one: one[0])[1])
    low = replace(best, settings=(Setting.BOTTOM,) * width)
    # Cells at the top of their rows are usual; of cells in the middle nobody can say so.
    least = cost + (-_BETTER if best.settings[key] is Setting.TOP else _BETTER)
    is_rival = sum(divide(lines, low).cost for lines in parts) < least
    return replace(best, rival=low if is_rival else None)


def _settled(parts: Sequence[Sequence[BodyLine]], rules: RowRules) -> tuple[float, RowRules]:
    """Return what all rows cost, and the rules with what the rows tell of gaps and places."""
    readings = [divide(lines, rules) for lines in parts]
    gap, settings = _gap(parts, readings, rules), _settings(parts, readings, rules)
    if (gap, settings) != (rules.gap, rules.settings):
        rules = replace(rules, gap=gap, settings=settings)
        readings = [divide(lines, rules) for lines in parts]
        rules = replace(rules, gap=_gap(parts, readings, rules))
    rows = sum(len(reading.rows) for reading in readings)
    price = _MERGED * len(rules.loose) + (_LOW if rules.settings[rules.key] is Setting.BOTTOM else 0.0)
    return sum(reading.cost for reading in readings) + price * rows, rules


def _begins_late(parts: Sequence[Sequence[BodyLine]], key: int, column: int) -> bool:
    """Tell whether the first label of a page stands below the first key: in the middle of merged rows."""
    own, keys = _column(parts[0], column), _column(parts[0], key)
    if not own or not keys or not _lacks_some(parts, key, column):
        return False
    return middle_of(own[0]) - middle_of(keys[0]) > keys[0].size / 2


def _lacks_some(parts: Sequence[Sequence[BodyLine]], key: int, column: int) -> bool:
    """Tell whether a column has nothing beside a good part of the keys, as merged cells have."""
    keyed = [line for lines in parts for line in lines if line.cells[key] is not None]
    return sum(line.cells[column] is None for line in keyed) * _SOME_LACK > len(keyed)


def _some_of(columns: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the sets of neighbouring columns that may have merged cells."""
    return [*(tuple(columns[first:end]) for end in range(1, len(columns) + 1) for first in range(end))]


def _column(lines: Sequence[BodyLine], column: int) -> list[PrintedLine]:
    return [cell for line in lines if (cell := line.cells[column]) is not None]


def _reach(cells: Sequence[PrintedLine], bound: float) -> float:
    """Return where the lines of a column are wrapped: where several of them end, or else at its end."""
    longest = max((cell.right for cell in cells), default=bound)
    if len({len(cell.text.strip()) for cell in cells}) < _VARIED:
        return bound
    full = {cell.text for cell in cells if longest - cell.right < cell.size}
    return longest if len(full) >= _FULL_LINES else bound


def middle_of(cell: PrintedLine) -> float:
    """Return the height of a line's middle."""
    return (cell.top + cell.bottom) / 2


def _pitches(parts: Sequence[Sequence[BodyLine]], width: int) -> list[float]:
    """Return how far the lines of a cell may be from one another: the steps that are most frequent."""
    steps = sorted(
        step
        for lines in parts
        for column in range(width)
        for upper, lower in pairwise(_column(lines, column))
        if (step := middle_of(lower) - middle_of(upper)) > upper.size * _CLOSEST
    )
    clusters: list[list[float]] = []
    for step in steps:
        if clusters and step - clusters[-1][0] < clusters[-1][0] * _TOLERANCE / 2:
            clusters[-1].append(step)
        else:
            clusters.append([step])
    often = [median(cluster) for cluster in sorted(clusters, key=len, reverse=True)]
    usual = [pitch for pitch in often if pitch <= _height(parts) * _WIDEST]
    return (usual or often)[:_MOST_PITCHES] or [_height(parts) * _CLOSEST]


def _height(parts: Sequence[Sequence[BodyLine]]) -> float:
    return median(line.bottom - line.top for lines in parts for line in lines)


def _gap(parts: Sequence[Sequence[BodyLine]], readings: Sequence[Division], rules: RowRules) -> float | None:
    """Return what rows are apart, None where the lines of a cell are as far apart."""
    between = [
        _space(lines, row.last, rules)
        for lines, reading in zip(parts, readings, strict=True)
        for row in reading.rows[:-1]
    ]
    if not between:
        return None
    usual = sorted(between)[len(between) // 5]
    return usual if usual > rules.pitch * (1 + _TOLERANCE) - _height(parts) else None


def _strict(line: BodyLine, rules: RowRules) -> list[PrintedLine]:
    return [cell for at, cell in enumerate(line.cells) if cell is not None and at not in rules.loose]


def _space(lines: Sequence[BodyLine], at: int, rules: RowRules) -> float:
    """Return how far the line below line `at` is from it."""
    above, below = lines[at], lines[at + 1]
    top = min((cell.top for cell in _strict(below, rules)), default=below.top)
    return top - max((cell.bottom for cell in _strict(above, rules)), default=above.bottom)


def _settings(
    parts: Sequence[Sequence[BodyLine]], readings: Sequence[Division], rules: RowRules
) -> tuple[Setting, ...]:
    """Return where the cells of each column stand in the rows, as far as the rows tell."""
    costs = [dict.fromkeys(Setting, 0.0) for _ in rules.reach]
    for lines, reading in zip(parts, readings, strict=True):
        for row in reading.rows:
            held = lines[row.first : row.last + 1]
            shown = [middle_of(cell) for line in held for cell in _strict(line, rules)]
            for column, own in enumerate(costs):
                cells = _column(held, column)
                if cells and column not in rules.loose:
                    for setting in Setting:
                        off = _offset(
                            setting, middle_of(cells[0]), middle_of(cells[-1]), min(shown), max(shown)
                        )
                        own[setting] += min(off, rules.pitch)
    return tuple(
        min(
            Setting if usual is Setting.BOTTOM else (Setting.TOP, Setting.MIDDLE),
            key=lambda setting: (own[setting], setting is not usual),
        )
        for own, usual in zip(costs, rules.settings, strict=True)
    )


def _offset(setting: Setting, first: float, last: float, top: float, bottom: float) -> float:
    """Return how far a cell of lines `first` to `last` is from its place in a row `top` to `bottom`."""
    if setting is Setting.TOP:
        return first - top
    return bottom - last if setting is Setting.BOTTOM else abs(first + last - top - bottom) / 2


def divide(
    lines: Sequence[BodyLine], rules: RowRules, *, is_first: bool = False, is_final: bool = False
) -> Division:
    """Return the cheapest division of lines into rows; `is_first` for those at a page's top.

    Whether the rows are sure is only told for the final one. Lines with nothing but merged cells say nothing
    of rows, and come to the row in whose height they are.
    """
    strict = [at for at, line in enumerate(lines) if _strict(line, rules)]
    if not strict:
        return Division(0.0, (FoundRow(0, len(lines) - 1, 0.0, is_sure=False),) if lines else ())
    own = [lines[at] for at in strict]
    search = _Search(own, rules, is_first=is_first)
    rows = search.rows(is_final=is_final)
    if is_final and rules.rival is not None:
        same = {(row.first, row.last) for row in _Search(own, rules.rival, is_first=is_first).rows()}
        rows = [replace(row, is_sure=row.is_sure and (row.first, row.last) in same) for row in rows]
    starts = [0, *(_between(strict[row.first - 1], strict[row.first]) for row in rows[1:]), len(lines)]
    placed = [
        replace(row, first=first, last=after - 1)
        for row, (first, after) in zip(rows, pairwise(starts), strict=True)
    ]
    return Division(search.cost, tuple(placed))


def _between(above: int, below: int) -> int:
    """Return which of the lines behind `above` begins the next row: half of those between two rows."""
    return above + 1 + (below - above - 1) // 2


class _Search:
    """The costs of all rows that lines may form, and the cheapest way through them."""

    def __init__(self, lines: Sequence[BodyLine], rules: RowRules, *, is_first: bool) -> None:
        self._lines, self._rules = lines, rules
        size = len(lines)
        self._ways: list[dict[int, float]] = [{} for _ in range(size + 1)]  # by end: first line and cost
        closing = _closings(lines, rules)
        inner = [self._inner(at) for at in range(size - 1)]
        for end in range(1, size + 1):
            row = _GrowingRow(lines, end - 1, rules)
            after = closing[end - 1] + self._outer(end - 1) if end < size else 0.0
            gaps = 0.0
            for first in range(end - 1, max(end - 1 - _MOST_LINES, -1), -1):
                row.grow(first)
                gaps += inner[first] if first < end - 1 else 0.0
                if row.inside + gaps > _HOPELESS:
                    break
                cost = row.cost() + gaps + after + _ROW
                if first == 0 and is_first and row.may_be_rest:
                    cost = min(cost, _REST + row.inside + gaps)
                self._ways[end][first] = cost
        self._before, self._behind = self._forward(), self._backward()

    @property
    def cost(self) -> float:
        """What the cheapest division costs."""
        return self._before[-1]

    def rows(self, *, is_final: bool = False) -> list[FoundRow]:
        """Return the rows of the cheapest division, when it is the final one with how sure they are."""
        found: list[FoundRow] = []
        end = len(self._lines)
        while end:
            first = min(self._ways[end], key=lambda at: self._before[at] + self._ways[end][at])
            cost = self._ways[end][first]
            is_sure = is_final and cost < _HARDLY and self._is_sure(first, end)
            found.append(FoundRow(first, end - 1, cost, is_sure))
            end = first
        return found[::-1]

    def _is_sure(self, first: int, end: int) -> bool:
        """Tell whether all divisions that part a row elsewhere cost more."""
        inside = (self._before[at] + self._behind[at] for at in range(first + 1, end))
        across = (
            self._before[start] + cost + self._behind[last]
            for last in range(first + 1, min(end + _MOST_LINES, len(self._lines)) + 1)
            for start, cost in self._ways[last].items()
            if (start < first < last or start < end < last) and (start, last) != (first, end)
        )
        return min([*inside, *across], default=float("inf")) - self.cost >= _UNSURE

    def _forward(self) -> list[float]:
        best = [0.0]
        for ways in self._ways[1:]:
            best.append(min((best[first] + cost for first, cost in ways.items()), default=float("inf")))
        return best

    def _backward(self) -> list[float]:
        best = [float("inf")] * len(self._lines) + [0.0]
        for end in range(len(self._lines), 0, -1):
            for first, cost in self._ways[end].items():
                best[first] = min(best[first], best[end] + cost)
        return best

    def _inner(self, at: int) -> float:
        """Return what it costs that a row goes on behind line `at`."""
        gap = self._rules.gap
        return _WIDE if gap is not None and _space(self._lines, at, self._rules) > gap - _SAME_GAP else 0.0

    def _outer(self, at: int) -> float:
        """Return what it costs that a row ends with line `at`."""
        gap = self._rules.gap
        return _NARROW if gap is not None and _space(self._lines, at, self._rules) < gap - _SAME_GAP else 0.0


class _GrowingRow:
    """A row that takes in one more line above at a time, with what its joints have cost."""

    def __init__(self, lines: Sequence[BodyLine], last: int, rules: RowRules) -> None:
        self._lines, self._rules = lines, rules
        self._held: list[list[PrintedLine]] = [[] for _ in rules.reach]
        self._top, self._bottom = float("inf"), float("-inf")
        self.inside = 0.0

    def grow(self, first: int) -> None:
        """Take in the line above."""
        rules = self._rules
        for column, cell in enumerate(self._lines[first].cells):
            if cell is None or column in rules.loose:
                continue
            held = self._held[column]
            if len(held) >= _KEY_LINES and column == rules.key:
                self.inside += _LONG_KEY
            if held:
                self.inside += joint_cost(cell, held[-1], column, rules)
            held.append(cell)
            self._top, self._bottom = min(self._top, middle_of(cell)), max(self._bottom, middle_of(cell))

    @property
    def may_be_rest(self) -> bool:
        """Whether the lines lack what a row has once, so that they may go on with another one."""
        return not any(self._held[column] for column in (self._rules.key, *self._rules.single))

    def cost(self) -> float:
        """Return what the lines cost as one row."""
        rules = self._rules
        total = self.inside
        filled = 0
        for column, held in enumerate(self._held):
            if not held:
                continue
            filled += 1
            off = _offset(
                rules.settings[column], middle_of(held[-1]), middle_of(held[0]), self._top, self._bottom
            )
            if off > rules.pitch * _TOLERANCE:
                total += min(_OFF * off / (rules.pitch / 2), _MOST_OFF)
        if filled == 1 and self._held[0] and rules.key != 0 and not _is_whole(self._held[0][0].text):
            return total + _GROUP
        if not self._held[rules.key]:
            total += _NO_KEY
        return total + (_LONE if filled < 2 else 0.0)


def joint_cost(upper: PrintedLine, lower: PrintedLine, column: int, rules: RowRules) -> float:
    """Return the cost of a cell that goes on from one line to the next."""
    step = middle_of(lower) - middle_of(upper)
    cost = 0.0
    if step > rules.pitch * (1 + _TOLERANCE):
        cost = _APART
    elif step < rules.pitch * (1 - _TOLERANCE):
        cost = _CLOSE
    if parse_node_code(lower.text.strip()) is not None:
        return cost + _TWO_VALUES
    if column in rules.single and (_is_whole(upper.text) or _is_whole(lower.text)):
        return cost + _TWO_SINGLE
    full = _is_full(upper, lower, column, rules)
    if _is_whole(upper.text) or (_is_whole(lower.text) and not full) or upper.text == lower.text:
        return cost + _TWO_VALUES
    if full:
        return cost
    if column == rules.key:
        return cost + _KEY_NOT_FULL
    is_end = upper.text.rstrip().endswith(_ENDS) or _ITEM.match(lower.text.strip())
    return cost + (_SENTENCE if is_end else _NOT_FULL)


def _is_whole(text: str) -> bool:
    shown = text.strip()
    return _DASH.match(shown) is not None or _FIGURE.match(shown) is not None


def _is_full(upper: PrintedLine, lower: PrintedLine, column: int, rules: RowRules) -> bool:
    return was_wrapped(upper, lower, rules.reach[column])


def _closings(lines: Sequence[BodyLine], rules: RowRules) -> list[float]:
    """Return what a row costs that ends with each line: its cells are rarely full, or open, there."""
    below: list[PrintedLine | None] = [None] * len(rules.reach)
    costs: list[float] = []
    for line in reversed(lines):
        cost = 0.0
        for column, cell in enumerate(line.cells):
            if cell is None or column in rules.loose:
                continue
            cost += closing_cost(cell, below[column], column, rules)
            below[column] = cell
        costs.append(cost)
    return costs[::-1]


def closing_cost(cell: PrintedLine, below: PrintedLine | None, column: int, rules: RowRules) -> float:
    """Return what it costs that a cell ends with a line, though another one stands a pitch below it."""
    text = cell.text.strip()
    if below is None or middle_of(below) - middle_of(cell) > rules.pitch * (1 + _TOLERANCE):
        return 0.0
    if text.endswith("。") or _is_whole(text):
        return 0.0
    cost = 0.0
    if len(text) > 4 and _is_full(cell, below, column, rules):
        cost += _FULL_END
    if text.count("（") > text.count("）") or text.count("「") > text.count("」"):
        cost += _OPEN
    return cost
