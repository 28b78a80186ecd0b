"""Where a plan, a part of it, a section or a bureau stands: counts, each with the list behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from evaluations.calculations.exact import exact, scaled_half_up
from evaluations.calculations.rollup import Score, from_counts, score_of_weights
from evaluations.calculations.wording import fixed
from evaluations.enums import Edition, Reason, SheetState
from organization.models import User
from reports.calculations.standings import WAITING, WEIGHT, WEIGHT_PLACES, WEIGHTLESS
from reports.enums import Movement, OutlookSaid, Scope
from reports.selectors.counts import NOTHING, Counts, OwnView, counts_for
from reports.selectors.frames import KpiPeriod, PlanFrames
from strategy.calculations.rating import Band, Scheme
from strategy.enums import NodeLevel
from strategy.models import PlanNode
from tsukuba_kpi.lib.figures import format_figure


@dataclass(frozen=True)
class Count:
    """A number that leads to its list: `key` and `value` are the parameter of the list's address."""

    label: str
    key: str
    value: str
    number: int
    band: Band | None = None


@dataclass(frozen=True)
class Tally:
    """KPIs counted by grade and by the reason why there is none, and what else there is to count.

    `score` is there where planning has set points, with the sums of the KPIs' `weights` by grade.
    """

    total: int
    grades: tuple[Count, ...]
    reasons: tuple[Count, ...]
    provisional: int
    states: tuple[Count, ...]
    movements: tuple[Count, ...]
    outlooks: tuple[Count, ...]
    waiting: int
    fallen: int
    undefined: int
    unconfirmed: int
    score: Score | None = None
    weights: tuple[tuple[str, Decimal], ...] = ()

    @property
    def graded(self) -> int:
        """Return how many have a grade."""
        return sum(count.number for count in self.grades)

    @property
    def ungraded(self) -> int:
        """Return how many cannot be judged."""
        return self.total - self.graded

    @property
    def score_words(self) -> str:
        """Return the score as it is shown, half up to one place; a dash where there is none."""
        return "－" if self.score is None else fixed(scaled_half_up(exact(self.score.value), 1), 1)

    @property
    def weight_words(self) -> str:
        """Return the sums of the weights by grade: 順調 4、遅れている 3."""
        return "、".join(f"{label} {format_figure(weight)}" for label, weight in self.weights)

    @property
    def moved(self) -> int:
        """Return for how many a movement against the year before is known."""
        return sum(count.number for count in self.movements)


@dataclass(frozen=True)
class NodeSummary:
    """One line of the tree table."""

    node: PlanNode
    depth: int
    tally: Tally


@dataclass(frozen=True)
class Dashboard:
    """Everything the plan's page counts; `is_kept` tells whether the period is counted at all."""

    scheme: Scheme | None
    tally: Tally
    lines: tuple[NodeSummary, ...]
    is_kept: bool


def tally_of(counts: Mapping[str, int], scheme: Scheme | None) -> Tally:
    """Put kept counts into words and into their order."""

    def numbers(name: str) -> dict[str, int]:
        return {key.removeprefix(f"{name}:"): n for key, n in counts.items() if key.startswith(f"{name}:")}

    rolled = from_counts(
        total=counts.get("total", 0),
        grades=numbers("grade"),
        provisional=numbers("provisional"),
        missing={Reason(value): number for value, number in numbers("reason").items()},
        scheme=scheme,
    )
    states, movements, outlooks = numbers("state"), numbers("movement"), numbers("outlook")
    score, weights = _score(numbers("grade"), numbers(WEIGHT), numbers(WEIGHTLESS), rolled.total, scheme)
    return Tally(
        total=rolled.total,
        grades=tuple(
            Count(each.band.label, "grade", each.band.label, each.count, each.band) for each in rolled.grades
        ),
        reasons=tuple(Count(each.label, "reason", each.reason.value, each.count) for each in rolled.reasons),
        provisional=sum(each.provisional for each in rolled.grades),
        states=_counts("state", SheetState, states),
        movements=_counts("movement", Movement, movements),
        outlooks=_counts("outlook", OutlookSaid, outlooks),
        waiting=counts.get(WAITING, 0),
        fallen=counts.get("fallen", 0),
        undefined=counts.get("undefined", 0),
        unconfirmed=counts.get("review", 0),
        score=score,
        weights=weights,
    )


def _score(
    grades: Mapping[str, int],
    extra: Mapping[str, int],
    weightless: Mapping[str, int],
    total: int,
    scheme: Scheme | None,
) -> tuple[Score | None, tuple[tuple[str, Decimal], ...]]:
    """Return the weighted score and the sums of weights: each KPI weighs 1, and what its own adds."""
    points = scheme.points if scheme else {}
    weights = {
        label: Decimal(grades[label]) + Decimal(extra.get(label, 0)).scaleb(-WEIGHT_PLACES)
        for label in points
        if grades.get(label, 0) > weightless.get(label, 0)
    }
    counted = sum(grades[label] - weightless.get(label, 0) for label in weights)
    shares = {label: exact(weight) for label, weight in weights.items()}
    score = score_of_weights(shares, points, counted=counted, left_out=total - counted)
    return score, tuple(weights.items()) if score else ()


def _counts(
    key: str, members: Iterable[SheetState | Movement | OutlookSaid], numbers: Mapping[str, int]
) -> tuple[Count, ...]:
    return tuple(
        Count(each.label, key, each.value, numbers[each.value]) for each in members if numbers.get(each.value)
    )


def dashboard(frames: PlanFrames, period: KpiPeriod, viewer: User, own: OwnView | None = None) -> Dashboard:
    """Return a plan's counts in a period, over all and for every node of then."""
    frame = frames.of(period)
    counts = counts_for(frames, [period], viewer, scopes=(Scope.PLAN, Scope.NODE), own=own)[period]
    whole = counts.get((Scope.PLAN.value, 0))
    return Dashboard(
        scheme=frame.scheme,
        tally=tally_of(whole or NOTHING, frame.scheme),
        lines=tuple(
            NodeSummary(node, depth, tally_of(of_node(counts, node), frame.scheme))
            for node, depth in in_order(frame.nodes)
        ),
        is_kept=whole is not None,
    )


def of_node(counts: Counts, node: PlanNode) -> Mapping[str, int]:
    """Return the counts of a node, nothing where no KPI stands at or below it."""
    return counts.get((Scope.NODE.value, node.pk), NOTHING)


def in_order(nodes: Iterable[PlanNode]) -> list[tuple[PlanNode, int]]:
    """Return nodes as the document has them, each with its depth: goals first, then grant programs."""
    children: dict[int | None, list[PlanNode]] = {}
    for node in nodes:
        children.setdefault(node.parent_id, []).append(node)
    first = {NodeLevel.GOAL.value, NodeLevel.POLICY.value, NodeLevel.MEASURE.value}
    tops = sorted(children.get(None, []), key=lambda node: (node.level not in first, node.position, node.pk))
    ordered: list[tuple[PlanNode, int]] = []

    def walk(node: PlanNode, depth: int) -> None:
        ordered.append((node, depth))
        for child in children.get(node.pk, []):
            walk(child, depth + 1)

    for top in tops:
        walk(top, 0)
    return ordered


# --- years ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class YearCell:
    """A goal in a fiscal year: its counts, and the share of KPIs graded at all for the cell's shade."""

    fiscal_year: int
    tally: Tally


@dataclass(frozen=True)
class GoalLine:
    """One line of the table; `node` is None for the whole plan, `is_gone` where only former years have it."""

    node: PlanNode | None
    cells: tuple[YearCell, ...]
    is_gone: bool = False


@dataclass(frozen=True)
class YearTable:
    """Goals × fiscal years; `schemes` tells which years each scheme grades."""

    years: tuple[int, ...]
    schemes: tuple[tuple[Scheme, tuple[int, ...]], ...]
    lines: tuple[GoalLine, ...]


def year_table(frames: PlanFrames, years: tuple[int, ...], viewer: User) -> YearTable:
    """Return the final edition's counts per top node and year, each year's by its own scheme."""
    periods = [(year, Edition.FINAL) for year in years]
    counts = counts_for(frames, periods, viewer, scopes=(Scope.PLAN, Scope.NODE))
    graded: dict[Scheme, list[int]] = {}
    for period in periods:
        if scheme := frames.of(period).scheme:
            graded.setdefault(scheme, []).append(period[0])
    return YearTable(
        years=years,
        schemes=tuple((scheme, tuple(of_years)) for scheme, of_years in graded.items()),
        lines=tuple(
            GoalLine(
                top,
                tuple(
                    YearCell(period[0], tally_of(_of_line(counts[period], top), frames.of(period).scheme))
                    for period in periods
                ),
                is_gone=top is not None and top.pk not in frames.today.lines,
            )
            for top in (None, *_tops(frames, periods))
        ),
    )


def _tops(frames: PlanFrames, periods: Iterable[KpiPeriod]) -> list[PlanNode]:
    """Return the top nodes of today, then those that stood only in a settled year."""
    found: dict[int, PlanNode] = {}
    for frame in (frames.today, *(frames.of(period) for period in periods)):
        for node, depth in in_order(frame.nodes):
            if depth == 0:
                found.setdefault(node.pk, node)
    return list(found.values())


def _of_line(counts: Counts, node: PlanNode | None) -> Mapping[str, int]:
    return of_node(counts, node) if node else counts.get((Scope.PLAN.value, 0), NOTHING)
