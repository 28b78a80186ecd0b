"""The columns of an aligned text: on each page the places between them where no word stands."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from importers.sources.txt_aligned.pages import AlignedLine, Word

_NEAR = 2  # columns by which a cell may begin beside the boundary of its column
_CROSSING = 4  # what a line with a word across a boundary speaks against it, in lines that begin there
_PARTED = 0.3  # what two words with one space between them speak against it
_MOVED_HEADING = 4
_FARTHER = 0.3  # how much less a cell says by each column by which it begins behind the boundary
_SOMEWHERE = 0.05
_EMPTY = 0.5  # what a column without any word speaks against its boundaries, for every line
_WIDE = 2  # spaces that part two cells for sure
_NARROW = 1.0  # what a cell costs that begins behind one space
_ROOM_INSIDE = 3.0  # and wide room inside of one
_MOVED = 0.6  # what a cell costs by each column by which it begins before its boundary
_OVER = 1.0  # or reaches over the next one
_INDENTED = 0.4  # or begins behind the usual place
_MOST_INDENTED = 6.0
_ALIGNED_TENTHS = 6
_ELSEWHERE = 5.0  # and a word that stands in another column again and again
_WHOLE = 8.0  # and a dash beside other words
_OFTEN = 3
_MOST_MOVED = 6  # columns by which the cells of a line may be moved on average
_DASH = re.compile(r"[-\u2010-\u2015\u2212\uff0d]\Z")
_STRETCH = 1.0  # the same for each column by which a page's columns differ in width from those of another


@dataclass(frozen=True, slots=True)
class Place:
    """Where one heading stands: the columns from `left` to before `right`."""

    left: int
    right: int


def edges_under(
    places: Sequence[Place], head: Sequence[AlignedLine], body: Sequence[AlignedLine]
) -> list[int] | None:
    """Return the boundaries between the headings of a page, None where two of them leave no place for one.

    The line of headings may be moved like any other.
    """
    windows = [
        range(before.right, min(after.left + _MOVED_HEADING, after.right - 1) + 1)
        for before, after in pairwise(places)
    ]
    page = _PageScores([*head, *body], body)
    return page.best(lambda at, last, column: 0.0 if at in windows[column] else None, len(windows))


def edges_like(known: Sequence[int], lines: Sequence[AlignedLine]) -> list[int] | None:
    """Return the boundaries of a page without headings, its columns about as wide as those `known`."""
    widths = [after - before for before, after in pairwise([0, *known])]

    def stretched(at: int, last: int, column: int) -> float | None:
        width = widths[column]
        return _STRETCH * abs(at - last - width) if width / 2 <= at - last <= width * 2 + _NEAR else None

    return _PageScores(lines, lines).best(stretched, len(widths))


class _PageScores:
    """What speaks for a boundary at each place of a page, and for a column between two places."""

    def __init__(self, lines: Sequence[AlignedLine], body: Sequence[AlignedLine]) -> None:
        self._end = max((line.words[-1].end for line in lines), default=0)
        self._scores = [_score(at, lines) for at in range(self._end + 1)]
        middles = Counter((word.start + word.end) // 2 for line in body for word in line.words)
        self._words = list(accumulate((middles[at] for at in range(self._end + 1)), initial=0))
        self._empty = _EMPTY * len(body)

    def best(self, price: Callable[[int, int, int], float | None], count: int) -> list[int] | None:
        """Return so many boundaries with the best sum of scores, None where there are none.

        `price(at, last, column)` is what a boundary costs behind the last one, None where it must not be.
        """
        ways: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
        for column in range(count):
            following: dict[int, tuple[float, list[int]]] = {}
            for at in range(self._end + 1):
                found = [
                    (value + self._scores[at] - cost - self._emptiness(last, at), [*path, at])
                    for last, (value, path) in ways.items()
                    if at > last and (cost := price(at, last, column)) is not None
                ]
                if found:
                    following[at] = max(found, key=lambda one: one[0])
            ways = following
        closed = [
            (value - self._emptiness(last, self._end + 1), path) for last, (value, path) in ways.items()
        ]
        return max(closed, key=lambda one: one[0])[1] if closed else None

    def _emptiness(self, left: int, right: int) -> float:
        return self._empty if self._words[right] == self._words[left] else 0.0


def _score(at: int, lines: Sequence[AlignedLine]) -> float:
    """Return how many lines have a cell that begins or ends at a place, less those it would cut."""
    value = 0.0
    for line in lines:
        end = -_NEAR
        for word in line.words:
            if word.start < at < word.end:
                value -= _CROSSING
            elif word.start - end == 1 and end <= at <= word.start:
                value -= _PARTED
            elif end <= at <= word.start:
                value += max(1.0 - _FARTHER * (word.start - at), _SOMEWHERE)
            end = word.end
    return value


@dataclass(frozen=True, slots=True)
class Habits:
    """What the cells of a page's columns have in common.

    `own` is the column of words that stand alone in one column again and again; `begins` tells where the
    cells of each column begin, None where they do not begin below one another.
    """

    own: Mapping[str, int] = field(default_factory=dict)
    begins: Sequence[int | None] = ()


def cut(line: AlignedLine, edges: Sequence[int], habits: Habits) -> list[tuple[Word, ...]] | None:
    """Return the words of a line in each column, None where they do not fit the columns.

    Where a line is fuller than others, all behind it is moved: a cell may begin or end beside its boundary.
    Of all ways to part the words the one with the least moved is taken.
    """
    width = len(edges) + 1
    lefts, rights = [0, *edges], [*edges, line.words[-1].end]
    # The least cost with the last word in each column, and the columns of all words so far.
    best: list[tuple[float, list[int]]] = [(0.0, [])]
    for at, word in enumerate(line.words):
        gap = word.start - line.words[at - 1].end if at else _WIDE
        following: list[tuple[float, list[int]]] = []
        for column in range(width):
            own = _OVER * max(word.end - rights[column], 0)
            own += _ELSEWHERE if habits.own.get(word.text, column) != column else 0.0
            begins = _begins(word, column, lefts[column], rights[column], gap, habits)
            ways = [(value + begins, path) for value, path in best if not path or path[-1] < column]
            inside = _ROOM_INSIDE if gap >= _WIDE else 0.0
            inside += (
                _WHOLE if at and any(_DASH.match(one.text) for one in (line.words[at - 1], word)) else 0.0
            )
            ways += [(value + inside, path) for value, path in best if path and path[-1] == column]
            if ways:
                value, path = min(ways, key=lambda way: way[0])
                following.append((value + own, [*path, column]))
        best = following
    value, path = min(best, key=lambda way: way[0])
    if value > _MOST_MOVED * len(set(path)):
        return None
    return [
        tuple(word for word, own in zip(line.words, path, strict=True) if own == column)
        for column in range(width)
    ]


def _begins(word: Word, column: int, left: int, right: int, gap: int, habits: Habits) -> float:
    """Return the cost of a cell that begins with a word."""
    cost = _MOVED * max(left - word.start, 0) + max(word.start - right + 1, 0)
    if gap < _WIDE:
        cost += _NARROW
    usual = habits.begins[column] if column < len(habits.begins) else None
    if usual is not None:
        cost += min(_INDENTED * max(word.start - usual - _NEAR, 0), _MOST_INDENTED)
    return cost


def learn_habits(lines: Sequence[Sequence[tuple[Word, ...]]], width: int) -> Habits:
    """Return what the cells of lines have in common."""
    seen: dict[str, Counter[int]] = {}
    starts: list[Counter[int]] = [Counter() for _ in range(width)]
    for cells in lines:
        for column, words in enumerate(cells):
            if words:
                starts[column][words[0].start] += 1
            if len(words) == 1:
                seen.setdefault(words[0].text, Counter())[column] += 1
    own: dict[str, int] = {}
    for text, columns in seen.items():
        column, count = columns.most_common(1)[0]
        if count >= _OFTEN and count * 5 >= columns.total() * 4:
            own[text] = column
    return Habits(own, [_usual_start(found) for found in starts])


def _usual_start(starts: Counter[int]) -> int | None:
    """Return where most cells of a column begin."""
    for start, _ in starts.most_common(3):
        near = sum(count for other, count in starts.items() if abs(other - start) <= _NEAR)
        if near * 10 >= starts.total() * _ALIGNED_TENTHS:
            return start
    return None
