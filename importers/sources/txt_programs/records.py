"""Where records begin: at an order that counts on and a number, followed by a name and a department.

Lines of results may look like it (a table of two numbers, a list that counts), so a start must also have the
head of a record behind it, and the orders of all starts must form one row.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from importers.sources.txt_geometry import STREAMED, Alignment, PageGeometry
from importers.sources.txt_language import Continuity
from importers.sources.txt_lines import Gap, Piece
from importers.sources.txt_order import is_streamed
from importers.sources.txt_programs.evidence import Evidence, gather_evidence
from importers.sources.txt_programs.heads import HeadLayout, department_candidates, read_heads
from importers.sources.txt_typography import USUAL_MEASURES

_MOST_DIGITS = 6
_HEAD_PIECES = 16
_START = 1_000
_COUNTS_ON = 800
_JUMPS = 500
_TOLERATED = 250
_GEOMETRIES = (PageGeometry(Alignment.CENTRE, 1), PageGeometry(Alignment.CENTRE, 2))


@dataclass(frozen=True, slots=True)
class RecordStart:
    """The first piece of a record, its order and number (None where the document has no such column)."""

    at: int
    order: int | None
    number: int | None
    name_at: int
    head_cost: int


def find_starts(pieces: Sequence[Piece], continuity: Continuity) -> list[RecordStart]:
    """Return the starts of all records: with order and number, or else with a number only."""
    both = _chain(_priced(_candidates(pieces, numbers=2), pieces, continuity))
    single = _candidates(pieces, numbers=1)
    if len(both) >= 2 or not single:
        return both
    priced = _plausible(_priced(single, pieces, continuity))
    if len(priced) <= len(both) or len(priced) < 2:
        return both
    return _as_orders(priced)


def whole_number(text: str) -> int | None:
    """Return a plain whole number in half- or full-width digits, or None."""
    plain = unicodedata.normalize("NFKC", text)
    if plain.isascii() and plain.isdigit() and len(plain) <= _MOST_DIGITS:
        return int(plain)
    return None


def _candidates(pieces: Sequence[Piece], numbers: int) -> list[RecordStart]:
    found: list[RecordStart] = []
    for index, piece in enumerate(pieces):
        if piece.before is Gap.SPACE:
            continue
        values: list[int] = []
        while len(values) < numbers and index + len(values) < len(pieces):
            follower = pieces[index + len(values)]
            value = whole_number(follower.text)
            if value is None or (values and follower.before is not Gap.SPACE):
                break
            values.append(value)
        if len(values) == numbers and index + numbers < len(pieces):
            order = values[0] if numbers == 2 else None
            found.append(RecordStart(index, order, values[-1], index + numbers, 0))
    return found


def _priced(
    starts: Sequence[RecordStart], pieces: Sequence[Piece], continuity: Continuity
) -> list[RecordStart]:
    """Return the starts with the cost of the best reading of a record's head behind each.

    The document's geometry is not known yet: the one under which the likeliest two thirds of the heads
    cost least is taken, the usual one where they do not differ.
    """
    windows = []
    departments: Counter[str] = Counter()
    for start in starts:
        window = gather_evidence(pieces[start.name_at - 1 : start.name_at + _HEAD_PIECES], continuity)
        windows.append(window)
        departments.update(set(department_candidates(window, 1)))
    geometries = STREAMED if is_streamed([piece.line for piece in pieces]) else _GEOMETRIES
    layouts = [HeadLayout(geometry, USUAL_MEASURES, None, None, departments) for geometry in geometries]
    costs = min(([_head_cost(window, layout) for window in windows] for layout in layouts), key=_of_likely)
    return [
        replace(start, head_cost=cost + (200 if pieces[start.at].before is Gap.NEXT else 0))
        for start, cost in zip(starts, costs, strict=True)
    ]


def _head_cost(window: Evidence, layout: HeadLayout) -> int:
    readings = read_heads(window, 1, layout, keep=1)
    return readings[0].cost if readings else 3_000


def _of_likely(costs: Sequence[int]) -> int:
    return sum(sorted(costs)[: max(len(costs) * 2 // 3, 1)])


def _value(start: RecordStart, usual: int) -> int:
    return _START - 2 * max(0, start.head_cost - usual - _TOLERATED)


def _chain(starts: Sequence[RecordStart]) -> list[RecordStart]:
    """Return the starts whose orders count on, choosing between rivals by their heads."""
    if not starts:
        return []
    usual = _usual_cost(starts)
    best: list[tuple[int, int]] = []  # value of the best chain that ends here, and the start before
    for index, start in enumerate(starts):
        value, previous = (0 if start.order == 1 else -_JUMPS), -1
        for earlier in range(index - 1, -1, -1):
            link = _link(starts[earlier], start)
            if best[earlier][0] + link > value:
                value, previous = best[earlier][0] + link, earlier
        best.append((value + _value(start, usual), previous))
    index = max(range(len(starts)), key=lambda position: best[position][0])
    if best[index][0] <= 0:
        return []
    chain = []
    while index >= 0:
        chain.append(starts[index])
        index = best[index][1]
    return chain[::-1]


def _link(earlier: RecordStart, later: RecordStart) -> int:
    if earlier.order is None or later.order is None:
        return 0
    if later.order == earlier.order + 1:
        return _COUNTS_ON
    # Numbering that begins anew, or records that are missing.
    return -_JUMPS if later.order == 1 or later.order > earlier.order else -3 * _JUMPS


def _usual_cost(starts: Sequence[RecordStart]) -> int:
    """Return the head cost of true starts: the middle of those that count on from another."""
    orders = {start.order for start in starts}
    linked = [
        start.head_cost
        for start in starts
        if start.order is not None and (start.order - 1 in orders or start.order + 1 in orders)
    ]
    return round(median(sorted(linked)[: max(1, len(linked) * 2 // 3)])) if linked else 0


def _plausible(starts: Sequence[RecordStart]) -> list[RecordStart]:
    return [start for start in starts if start.head_cost <= _TOLERATED * 2]


def _as_orders(starts: list[RecordStart]) -> list[RecordStart]:
    """A single number that counts 1, 2, 3 … is the order, any other the program's number."""
    values = [start.number for start in starts]
    if values == list(range(1, len(values) + 1)) and len(values) > 2:
        return [RecordStart(start.at, start.number, None, start.name_at, start.head_cost) for start in starts]
    return starts
