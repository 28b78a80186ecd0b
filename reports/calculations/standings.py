"""How KPIs stand, counted: what one KPI adds to which counts, and which revisions are still to be read.

Counts are kept, not computed, when a page is opened: a KPI that changes takes its old entries out of the
counts and puts its new ones in. Both come from `entries_of`, so that the counts are always the sum of the
standings and can be compared with them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from evaluations.enums import SheetState
from reports.enums import Movement

IN_HAND = frozenset(
    {SheetState.NOT_STARTED, SheetState.DRAFTING, SheetState.AWAITING_APPROVAL, SheetState.RETURNED}
)
WAITING, NOT_SET = "waiting", "none"
WEIGHT, WEIGHTLESS, WEIGHT_PLACES = "weight", "weightless", 8
GRADED, UNGRADED, PROVISIONAL = "graded", "ungraded", "provisional"
LARGEST_RANK = 10**15
MOST_GAPS = 200
ScopeKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """A KPI of a plan in one fiscal year and edition, as those see it who see the same figures.

    `grade_rank` is the band's place in its scheme, 1 the best; `progress_rank` and `achievement_rank` the
    rates in 1/10000, for sorting only. `weight` is what it counts for in a score. `scopes` name the nodes,
    sections and bureaus it is counted under.
    """

    kpi_id: int
    fiscal_year: int
    edition: str
    position: int
    grade: str
    grade_rank: int | None
    reason: str
    direction: str
    is_provisional: bool
    has_actual: bool
    state: str
    movement: str
    has_fallen: bool
    outlook: str
    is_undefined: bool
    needs_review: bool
    progress_rank: int | None
    achievement_rank: int | None
    weight: Decimal
    scopes: str

    @property
    def scope_keys(self) -> tuple[ScopeKey, ...]:
        """Return what the KPI is counted under, the plan itself first."""
        letters = {"n": "node", "s": "section", "b": "bureau"}
        return (("plan", 0), *((letters[part[0]], int(part[1:])) for part in self.scopes.split()))

    @property
    def is_waiting(self) -> bool:
        """Return whether the section still has the sheet in hand."""
        return self.state in IN_HAND


def scopes_text(nodes: Iterable[int], sections: Iterable[int], bureaus: Iterable[int]) -> str:
    """Return the scopes as they are stored: each between blanks, so that one can be searched for."""
    parts = [
        *(f"n{pk}" for pk in sorted(set(nodes))),
        *(f"s{pk}" for pk in sorted(set(sections))),
        *(f"b{pk}" for pk in sorted(set(bureaus))),
    ]
    return f" {' '.join(parts)} " if parts else ""


def rank_of(rate: Decimal | None) -> int | None:
    """Return a rate as a whole number for sorting; rates beyond all measure stand at the ends."""
    if rate is None:
        return None
    scaled = int((rate * 10_000).to_integral_value(ROUND_FLOOR))
    return max(-LARGEST_RANK, min(LARGEST_RANK, scaled))


def entries_of(standing: Standing) -> tuple[str, ...]:
    """Return under which keys a KPI is counted: `grade:順調`, `state:drafting`, `fallen` …"""
    flags = {
        "actual": standing.has_actual,
        "fallen": standing.has_fallen,
        "undefined": standing.is_undefined,
        "review": standing.needs_review,
        WAITING: standing.is_waiting,
    }
    values = {
        "state": standing.state,
        "movement": standing.movement,
        "outlook": standing.outlook,
        "provisional": standing.grade if standing.is_provisional else "",
    }
    judged = f"grade:{standing.grade}" if standing.grade else f"reason:{standing.reason}"
    return (
        "total",
        judged,
        f"direction:{standing.direction or NOT_SET}",
        *(f"{name}:{value}" for name, value in values.items() if value),
        *(name for name, is_so in flags.items() if is_so),
    )


def sums_of(standing: Standing) -> Counter[str]:
    """Return what a KPI adds to which counts: 1 to each entry, and what its weight differs from 1 by.

    `weight:順調` is in 1/100,000,000, so that a sum of weights is exact and, where none is set, not there;
    `weightless:順調` counts those that a score leaves out.
    """
    found = Counter(entries_of(standing))
    if standing.grade and standing.weight != 1:
        found[f"{WEIGHT}:{standing.grade}"] = int((standing.weight - 1).scaleb(WEIGHT_PLACES))
    if standing.grade and standing.weight <= 0:
        found[f"{WEIGHTLESS}:{standing.grade}"] = 1
    return found


def number_under(counts: Mapping[str, int], entry: str) -> int:
    """Return a kept number, or one that is the sum of kept ones: graded, ungraded, provisional."""
    graded = _sum_under(counts, "grade:")
    sums = {
        GRADED: graded,
        UNGRADED: counts.get("total", 0) - graded,
        PROVISIONAL: _sum_under(counts, "provisional:"),
    }
    return sums[entry] if entry in sums else counts.get(entry, 0)


def _sum_under(counts: Mapping[str, int], start: str) -> int:
    return sum(number for entry, number in counts.items() if entry.startswith(start))


def is_under(standing: Standing, entry: str) -> bool:
    """Return whether a KPI is counted under an entry, or in one of the sums of `number_under`."""
    return bool(number_under(Counter(entries_of(standing)), entry))


def counts_of(standings: Iterable[Standing]) -> dict[ScopeKey, Counter[str]]:
    """Count standings of one period under every scope."""
    found: dict[ScopeKey, Counter[str]] = {}
    for standing in standings:
        sums = sums_of(standing)
        for scope in standing.scope_keys:
            found.setdefault(scope, Counter()).update(sums)
    return found


def movement_of(now: int | None, before: int | None, *, is_comparable: bool) -> str:
    """Tell how a grade moved; the ranks are 1 for the best band. Nothing is said across a series break."""
    if not is_comparable or (now is None and before is None):
        return ""
    if before is None:
        return Movement.NEW.value
    if now is None:
        return Movement.LOST.value
    if now == before:
        return Movement.SAME.value
    return Movement.BETTER.value if now < before else Movement.WORSE.value


# --- which revisions have been read -----------------------------------------------------------------------

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """Up to which revision everything was read, but for numbers that had not appeared yet.

    PostgreSQL hands out numbers before transactions end: a smaller one may appear after a larger one. A
    transaction that failed leaves a gap for good, so only the newest gaps are watched.
    """

    last: int
    gaps: Ranges

    def after(self, read: Iterable[int]) -> "ReadSoFar":
        """Return the same after more revisions were read: numbers that were passed over become gaps."""
        numbers = sorted(set(read))
        new = [number for number in numbers if number > self.last]
        gaps = [*self.gaps]
        expected = self.last + 1
        for number in new:
            if number > expected:
                gaps.append((expected, number - 1))
            expected = number + 1
        old = [number for number in numbers if number <= self.last]
        return ReadSoFar(expected - 1, _without(gaps, old)[-MOST_GAPS:])


def _without(gaps: Iterable[tuple[int, int]], numbers: Iterable[int]) -> Ranges:
    """Return ranges without some numbers in them."""
    left = list(gaps)
    for number in numbers:
        left = [
            piece
            for first, last in left
            for piece in (
                ((first, number - 1), (number + 1, last)) if first <= number <= last else ((first, last),)
            )
            if piece[0] <= piece[1]
        ]
    return tuple(left)
