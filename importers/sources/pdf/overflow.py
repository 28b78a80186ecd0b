"""Text that does not fit its cell on a PDF's page, so that letters of neighbouring cells mix.

Programs print a text that is too long over its cell's borders and only cut what is seen of it; its letters
then lie in the cells around. Which letters belong where is not to be told: such cells are for a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from importers.sources.pdf.text import Character, PrintedLine

OVERFLOWS: Final = "枠に入りきらない文字が重なっています。元の文書と見比べてください。"
_OVERLAP = 0.7  # of a line's height: the middles of two lines nearer than this overlap
_OUTSIDE = 0.15  # of a line's height: what may reach over a border
_NEAR_BORDER = 0.3  # of a line's height: a line so near to a border may come from behind it
_MIXED = 0.4  # of a letter's width: what two letters side by side may cover of one another
_CONTIGUOUS = 0.12  # of the type size: letters on both sides of a border that are one text
_SAME_PLACE = 1.5  # points

CellBox = tuple[float, float, float, float]


def overflowing_cells(
    boxes: Sequence[CellBox],
    lines: Mapping[int, Sequence[PrintedLine]],
    characters: Mapping[int, Sequence[Character]],
) -> frozenset[int]:
    """Return which cells hold, or may have lost, letters of a text that reaches over a border."""
    found: set[int] = set()
    neighbours = _Neighbours(boxes)
    for index, box in enumerate(boxes):
        own = lines.get(index, ())
        if not own:
            continue
        above, below = _reaches(own, box)
        upright, level = _mixed(characters[index])
        above, below = above or upright, below or upright
        if level:
            found.update((index, *neighbours.beside(index)))
        if above or below:
            found.add(index)
            found.update(neighbours.above(index) if above else ())
            found.update(neighbours.below(index) if below else ())
        if any(line.left < box[0] - (line.bottom - line.top) * _OUTSIDE for line in own):
            found.update((index, *neighbours.left(index)))
        for other in neighbours.right(index):
            if any(_goes_on(line, box[2], lines.get(other, ())) for line in own):
                found.update((index, other))
    return frozenset(found)


def _reaches(lines: Sequence[PrintedLine], box: CellBox) -> tuple[bool, bool]:
    """Tell whether lines reach over the upper and the lower border, or overlap next to them."""
    _, top, _, bottom = box
    above = below = False
    for line in lines:
        height = line.bottom - line.top
        above = above or line.top < top - height * _OUTSIDE
        below = below or line.bottom > bottom + height * _OUTSIDE
    for first, second in pairwise(lines):
        if not _overlap(first, second):
            continue
        near = _NEAR_BORDER * (first.bottom - first.top)
        at_top, at_bottom = first.top - top < near, bottom - second.bottom < near
        above = above or at_top or not at_bottom
        below = below or at_bottom or not at_top
    return above, below


def _overlap(first: PrintedLine, second: PrintedLine) -> bool:
    """Tell whether a line is printed partly over the one above it."""
    smaller = min(first.bottom - first.top, second.bottom - second.top)
    apart = (second.top + second.bottom - first.top - first.bottom) / 2
    return apart < smaller * _OVERLAP and min(first.right, second.right) > max(first.left, second.left)


def _mixed(characters: Iterable[Character]) -> tuple[bool, bool]:
    """Tell whether letters stand on one another: of texts above one another, of texts side by side."""
    shown = sorted((found for found in characters if found.text.strip()), key=lambda found: found.left)
    upright = level = 0
    for position, character in enumerate(shown):
        for other in shown[position + 1 : position + 12]:
            if other.left >= character.right:
                break
            if _covers(character, other):
                same_line = abs(character.top - other.top) < _SAME_PLACE
                upright, level = upright + (not same_line), level + same_line
    return upright > 1, level > 1


def _covers(one: Character, other: Character) -> bool:
    width = min(one.right - one.left, other.right - other.left)
    height = min(one.bottom - one.top, other.bottom - other.top)
    across = min(one.right, other.right) - max(one.left, other.left)
    along = min(one.bottom, other.bottom) - max(one.top, other.top)
    if across <= width * _MIXED or along <= height * _MIXED:
        return False
    near = abs(one.left - other.left) < _SAME_PLACE and abs(one.top - other.top) < _SAME_PLACE
    return not (near and one.text == other.text)  # printed twice for boldness


def _goes_on(line: PrintedLine, border: float, others: Sequence[PrintedLine]) -> bool:
    """Tell whether a line's text goes on behind the border to its right."""
    height = line.bottom - line.top
    if line.right > border + height * _OUTSIDE * 2:
        return True
    return any(
        abs(other.top - line.top) < _SAME_PLACE
        and other.left - line.right < line.size * _CONTIGUOUS
        and border - line.right < line.size * _CONTIGUOUS
        for other in others
    )


class _Neighbours:
    """Which cells of a table touch one another."""

    def __init__(self, boxes: Sequence[CellBox]) -> None:
        self._boxes = boxes
        self._tops: dict[int, list[int]] = {}
        self._bottoms: dict[int, list[int]] = {}
        self._lefts: dict[int, list[int]] = {}
        self._rights: dict[int, list[int]] = {}
        for index, (left, top, right, bottom) in enumerate(boxes):
            self._tops.setdefault(round(top), []).append(index)
            self._bottoms.setdefault(round(bottom), []).append(index)
            self._lefts.setdefault(round(left), []).append(index)
            self._rights.setdefault(round(right), []).append(index)

    def above(self, index: int) -> list[int]:
        """Return the cells that end where this one begins."""
        return [
            other for other in _near(self._bottoms, self._boxes[index][1]) if self._share(index, other, 0)
        ]

    def below(self, index: int) -> list[int]:
        """Return the cells that begin where this one ends."""
        return [other for other in _near(self._tops, self._boxes[index][3]) if self._share(index, other, 0)]

    def right(self, index: int) -> list[int]:
        """Return the cells to the right."""
        return [other for other in _near(self._lefts, self._boxes[index][2]) if self._share(index, other, 1)]

    def left(self, index: int) -> list[int]:
        """Return the cells to the left."""
        return [other for other in _near(self._rights, self._boxes[index][0]) if self._share(index, other, 1)]

    def beside(self, index: int) -> list[int]:
        """Return the cells of the same height to both sides, any of which may have lost letters."""
        return [*self.left(index), *self.right(index)]

    def _share(self, one: int, other: int, axis: int) -> bool:
        first, second = self._boxes[one], self._boxes[other]
        return min(first[axis + 2], second[axis + 2]) - max(first[axis], second[axis]) > _SAME_PLACE


def _near(places: Mapping[int, list[int]], at: float) -> list[int]:
    return [index for place in range(round(at) - 1, round(at) + 2) for index in places.get(place, ())]
