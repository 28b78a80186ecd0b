"""A plan's roll-up by a scheme: counts for every node, and a score where planning has set points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evaluations.calculations.exact import exact, scaled_half_up
from evaluations.calculations.grant_effect import GrantEffect, propose_effect
from evaluations.calculations.results import Judgement
from evaluations.calculations.rollup import RollUp, Score, roll_up, weighted_score
from evaluations.calculations.wording import fixed
from evaluations.enums import Reason
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import Verdict, verdicts_of
from organization.models import User
from strategy.calculations.rating import Scheme
from strategy.calculations.ready_schemes import GRANT_EFFECT
from strategy.enums import NodeLevel
from strategy.models import Kpi, Placement, Plan, PlanNode
from strategy.selectors.definitions import kpis_of_plan, nodes_in_order
from tsukuba_kpi.lib.figures import format_figure

ONE = Decimal(1)


@dataclass(frozen=True)
class ScoreLine:
    """The plan as a whole (`node` None) or one node with everything below it.

    `effect` is what is proposed of a grant program; a person decides.
    """

    node: PlanNode | None
    rolled: RollUp
    score: Score | None
    effect: GrantEffect | None = None

    @property
    def ungraded(self) -> int:
        """Return how many have no grade."""
        return self.rolled.total - self.rolled.graded

    @property
    def words(self) -> str:
        """Return the score as it is shown, half up to one place; a dash where there is none."""
        return "－" if self.score is None else fixed(scaled_half_up(exact(self.score.value), 1), 1)


@dataclass(frozen=True)
class Weighed:
    """One KPI with what it counts for: its band's points and its weight."""

    kpi: Kpi
    verdict: Verdict
    points: Decimal | None
    weight: Decimal

    @property
    def points_words(self) -> str:
        """Return the points as they are shown; a dash where there are none."""
        return "－" if self.points is None else format_figure(self.points)

    @property
    def weight_words(self) -> str:
        """Return the weight as it is shown."""
        return format_figure(self.weight)


@dataclass(frozen=True)
class PlanScores:
    """A plan's roll-up in one fiscal year."""

    fiscal_year: int
    scheme: Scheme
    lines: tuple[ScoreLine, ...]
    kpis: tuple[Weighed, ...]

    @property
    def has_points(self) -> bool:
        """Return whether planning has set points at all."""
        return bool(self.scheme.points)

    @property
    def points_words(self) -> str:
        """Return what each band counts for: 順調＝2点、遅れている＝0点."""
        return "、".join(
            f"{label}＝{format_figure(points)}点" for label, points in self.scheme.points.items()
        )


def plan_scores(plan: Plan, scheme: Scheme, *, fiscal_year: int, viewer: User) -> PlanScores:
    """Count a plan's grades for every node, and weigh them where the scheme has points.

    Each KPI counts once in a node however often it stands below it, with the weight of its first place (1
    where none is set). Parts of a KPI are not counted beside it. A constant number of queries.
    """
    found, places = kpis_of_plan(plan)
    kpis = [kpi for kpi in found if kpi.pk in places]
    figures = figures_of(kpis, fiscal_year=fiscal_year, viewer=viewer, is_demo=plan.is_demo)
    verdicts = verdicts_of(figures, plan=plan, fiscal_year=fiscal_year, scheme=scheme)
    weights = {pk: _weight(held) for pk, held in places.items()}
    nodes = nodes_in_order(plan)
    below = kpis_below(nodes, places)
    groups: list[tuple[PlanNode | None, set[int]]] = [(None, set(places)), *((n, below[n.pk]) for n in nodes)]
    return PlanScores(
        fiscal_year,
        scheme,
        tuple(_line(node, ids, kpis, verdicts, weights, scheme) for node, ids in groups if ids),
        tuple(_weighed(kpi, verdicts[kpi.pk], weights[kpi.pk]) for kpi in kpis),
    )


def _weight(places: Sequence[Placement]) -> Decimal:
    return next((place.weight for place in places if place.weight is not None), ONE)


def _weighed(kpi: Kpi, verdict: Verdict, weight: Decimal) -> Weighed:
    return Weighed(kpi, verdict, verdict.grade.points if verdict.grade else None, weight)


def kpis_below(nodes: Sequence[PlanNode], places: Mapping[int, Sequence[Placement]]) -> dict[int, set[int]]:
    """Return for each node the KPIs at it and below it; `nodes` come with what is below behind."""
    found: dict[int, set[int]] = {node.pk: set() for node in nodes}
    for kpi_id, held in places.items():
        for place in held:
            found[place.node_id].add(kpi_id)
    for node in reversed(nodes):
        if node.parent_id in found:
            found[node.parent_id] |= found[node.pk]
    return found


def _line(
    node: PlanNode | None,
    ids: set[int],
    kpis: Sequence[Kpi],
    verdicts: Mapping[int, Verdict],
    weights: Mapping[int, Decimal],
    scheme: Scheme,
) -> ScoreLine:
    counted = [kpi.pk for kpi in kpis if kpi.pk in ids]
    points = scheme.points
    score = weighted_score([(verdicts[pk], weights[pk]) for pk in counted], points) if points else None
    return ScoreLine(
        node, roll_up((verdicts[pk] for pk in counted), scheme), score, _effect(node, counted, verdicts)
    )


def proposed_effect(verdicts: Iterable[Verdict]) -> GrantEffect:
    """Return what the rule proposes of a grant program from the verdicts on its KPIs in force."""
    counted = [verdict for verdict in verdicts if verdict.reason is not Reason.NOT_IN_FORCE]
    judged = [judgement for verdict in counted for judgement in _judgements(verdict)]
    return propose_effect(judged, GRANT_EFFECT)


def _effect(
    node: PlanNode | None, kpi_ids: Sequence[int], verdicts: Mapping[int, Verdict]
) -> GrantEffect | None:
    if node is None or node.level != NodeLevel.GRANT:
        return None
    return proposed_effect(verdicts[pk] for pk in kpi_ids)


def _judgements(verdict: Verdict) -> tuple[Judgement, ...]:
    """Return a KPI's judgement, or those of its numbers where it is judged number by number."""
    return (verdict.whole,) if verdict.whole else tuple(judgement for _, judgement in verdict.parts)
