"""The boundaries of the columns under a PDF's heading: upright lines, or the gaps where no letter stands.

Where several gaps lie between two headings, the values between them belong to the heading whose kind they are
(numbers under a number, words under a name), or beside which their lines have nothing else.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from importers.sources.pdf.aligned import is_note
from importers.sources.pdf.edges import Edge
from importers.sources.pdf.headings import HeadingColumn, TextLine

_BINS = 4  # a point is divided into so many places
_NARROWEST = 1.0  # points: a gap between columns
_LETTERS = 0.35  # of the type size: what may stand between a kanji and a figure of one text
_WIDER = 2  # times as wide as all others: a gap between columns, not one between letters
_STRAY = 20  # one line in so many may reach over a gap: a remark, or the foot of a page
_NEAR = 6.0  # points
_MARGIN = 2.0  # points beside the outermost letters
_LONGEST = 0.6  # of the table's width: running text
_MOSTLY = 0.8
_SHORTEST_RULE = 6.0  # points
_FIGURE = re.compile(r"[-‐―−－ー△▲約]?\s*(?:[0-9０-９][0-9０-９,，.．]*\s*[%％]?)?\Z")
_NUMBERS = frozenset(("number", "order", "number_or_order", "fiscal_year", "staff_number", "baseline"))
_WORDS = frozenset(
    (
        *("name", "purpose", "summary", "results", "kpi", "node", "kind", "goal", "policy", "measure"),
        *("bureau", "section", "department", "sections", "project", "unit", "method", "rationale"),
    )
)


@dataclass(frozen=True, slots=True)
class _Gap:
    """Places between two columns where nothing stands, in points."""

    left: float
    right: float

    @property
    def middle(self) -> float:
        """Where a boundary goes."""
        return (self.left + self.right) / 2


def column_bounds(
    columns: Sequence[HeadingColumn],
    fields: Sequence[str | None],
    body: Sequence[TextLine],
    edges: Sequence[Edge] = (),
) -> list[float] | None:
    """Return the boundaries of the columns from left to right, None where two headings leave no sure one."""
    shown = [line for line in body if not is_note(line)]
    width = columns[-1].right - columns[0].left
    for lines in (shown, [line for line in shown if not _is_running(line, width)]):
        inner = _inner_bounds(columns, fields, lines, edges)
        if inner is not None:
            printed = [found for line in shown for found in line.characters if found.text.strip()]
            left = min((found.left for found in printed), default=columns[0].left)
            right = max((found.right for found in printed), default=columns[-1].right)
            ends = min(left, columns[0].left) - _MARGIN, max(right, columns[-1].right) + _MARGIN
            return [ends[0], *inner, ends[1]]
    return None


def _inner_bounds(
    columns: Sequence[HeadingColumn],
    fields: Sequence[str | None],
    lines: Sequence[TextLine],
    edges: Sequence[Edge],
) -> list[float] | None:
    """Return the boundaries between the columns that lines leave room for."""
    counts = _counts(columns, lines)
    printed = [found for line in lines for found in line.characters if found.text.strip()]
    uprights = upright_places(edges)
    inner: list[float] = []
    for at, (before, after) in enumerate(pairwise(columns)):
        drawn = [place for place in uprights if before.right - 1 < place < after.left + 1]
        if len(drawn) == 1:
            inner.append(drawn[0])
            continue
        gaps = _gaps(counts, before.right, after.left, len(lines))
        start = inner[-1] if inner else 0.0
        # Under a heading in the middle of its column both sides of the column are as far from it.
        own = min((found.left for found in printed if start < found.left < before.left), default=before.left)
        likely = before.left + before.right - own + _MARGIN if before.left - own > _MARGIN else None
        chosen = _choose(gaps, lines, (start, likely, _end(columns, at)), fields[at : at + 2])
        if chosen is None:
            return None
        inner.append(chosen)
    return inner


def upright_places(edges: Sequence[Edge], height: float | None = None) -> list[float]:
    """Return where upright lines stand that may part columns, at one height of the page or anywhere."""
    found: list[float] = []
    for place in sorted(
        edge.at
        for edge in edges
        if edge.upright
        and edge.length >= _SHORTEST_RULE
        and (height is None or edge.start <= height <= edge.end)
    ):
        if not found or place - found[-1] > _MARGIN:
            found.append(place)
    return found


def _end(columns: Sequence[HeadingColumn], at: int) -> float:
    """Return where the column behind a boundary ends at the latest."""
    return columns[at + 2].left if at + 2 < len(columns) else float("inf")


def _is_running(line: TextLine, width: float) -> bool:
    return max((piece[-1].right - piece[0].left for piece in line.pieces()), default=0.0) > width * _LONGEST


def _counts(columns: Sequence[HeadingColumn], lines: Sequence[TextLine]) -> Counter[int]:
    """Return how many lines have a letter at each place; a heading counts as all of them."""
    counts: Counter[int] = Counter()
    for line in lines:
        places: set[int] = set()
        for found in line.characters:
            if found.text.strip():
                places.update(range(int(found.left * _BINS), int(found.right * _BINS) + 1))
        counts.update(places)
    for column in columns:
        for found in column.characters():
            for place in range(int(found.left * _BINS), int(found.right * _BINS) + 1):
                counts[place] += len(lines) + 1
    return counts


def _gaps(counts: Counter[int], left: float, right: float, lines: int) -> list[_Gap]:
    """Return the gaps between two headings: where nothing stands, or next to nothing."""
    for most in (0, lines // _STRAY):
        found: list[_Gap] = []
        start: int | None = None
        first, last = int(left * _BINS), int(right * _BINS)
        for place in range(first, last + 2):
            if place <= last and counts[place] <= most:
                start = place if start is None else start
            elif start is not None:
                if (place - start) / _BINS >= _NARROWEST:
                    found.append(_Gap(start / _BINS, place / _BINS))
                start = None
        if found:
            return found
    return []


def _choose(
    gaps: Sequence[_Gap],
    lines: Sequence[TextLine],
    places: tuple[float, float | None, float],
    fields: Sequence[str | None],
) -> float | None:
    """Return the boundary between two headings: what stands between two gaps goes to one of them.

    `places` are where the first column begins, where it ends if its heading stands in its middle, and where
    the second one ends at the latest.
    """
    if not gaps:
        return None
    start, likely, end = places
    kinds = [_kind_of(field) for field in fields]
    first, last = 0, len(gaps) - 1
    while first < last:
        own = [_text_in(line, gaps[first].right, gaps[first + 1].left) for line in lines]
        side = _side([text for text in own if text], kinds)
        if side is None:
            break
        if side == 1:
            last = first
        else:
            first += 1
    left = gaps[first : last + 1]
    if len(left) == 1:
        return left[0].middle
    size = max((found.size for line in lines for found in line.characters), default=0.0)
    wide = [gap for gap in left if gap.right - gap.left > size * _LETTERS]
    if len(wide) == 1 and wide[0].right - wide[0].left > size:
        return wide[0].middle
    if len(left) == 2:
        spans = ((start, left[0].middle), (left[0].middle, left[1].middle), (left[1].middle, end))
        alone = _beside_nothing(spans, lines)
        if alone is not None:
            return left[1].middle if alone == 0 else left[0].middle
    middle = [gap for gap in left if likely and gap.left - _NEAR <= likely <= gap.right + _NEAR]
    if len(middle) == 1 and kinds[0] != "number":
        return middle[0].middle
    widest = max(left, key=lambda gap: gap.right - gap.left)
    others = max(gap.right - gap.left for gap in left if gap is not widest)
    return widest.middle if others * _WIDER <= widest.right - widest.left else None


def _kind_of(field: str | None) -> str | None:
    if field is None:
        return None
    if field in _NUMBERS or ":" in field:
        return "number"
    return "word" if field in _WORDS else None


def _side(texts: Sequence[str], kinds: Sequence[str | None]) -> int | None:
    """Return which of two columns values are of: 0 the left one, 1 the right one, None for either."""
    if not texts or None in kinds or kinds[0] == kinds[1]:
        return None
    figures = sum(_FIGURE.match(text) is not None for text in texts)
    if figures >= len(texts) * _MOSTLY:
        return kinds.index("number")
    return kinds.index("word") if figures <= len(texts) * (1 - _MOSTLY) else None


def _text_in(line: TextLine, left: float, right: float) -> str:
    return "".join(found.text for found in line.characters if left <= found.middle[0] < right).strip()


def _beside_nothing(spans: Sequence[tuple[float, float]], lines: Sequence[TextLine]) -> int | None:
    """Return the side beside whose texts values between two gaps never stand: theirs, None for either."""
    left, middle, right = (
        {number for number, line in enumerate(lines) if _text_in(line, *span)} for span in spans
    )
    if not middle & left and middle & right:
        return 0
    return 1 if middle & left and not middle & right else None
