"""When a round was settled: from then on its pages show plan, definitions and targets as they stood."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evaluations.enums import Edition, RoundState
from evaluations.models import Round
from evaluations.selectors.parts import ADDRESS
from history.models import Revision
from history.selectors import as_they_stood, stood_at_each
from strategy.calculations.rating import Scheme
from strategy.models import Kpi, Placement, Plan, PlanNode, RatingScheme, Responsibility
from strategy.selectors.schemes import scheme_of

_SETTLED = frozenset({RoundState.FINALISED.value, RoundState.PUBLISHED.value})


def settled_at(collection: Round) -> datetime | None:
    """Return when a round was finalised, or published at once; None while it is under way (one query)."""
    return settled_times([collection]).get(collection.pk)


def settled_times(rounds: Iterable[Round]) -> dict[int, datetime]:
    """Return when rounds were finalised, or published at once, without those under way (one query)."""
    over = [collection.pk for collection in rounds if collection.state in _SETTLED]
    if not over:
        return {}
    moves = Revision.objects.for_records(Round._meta.label_lower, over)
    settled = moves.filter(field="state", new__in=_SETTLED).exclude(old__in=_SETTLED)
    return dict(settled.order_by("at", "id").values_list("record_id", "at"))


def schemes_of_round(collection: Round) -> list[RatingScheme]:
    """Return the schemes a round is judged by: its own, else those of its plans."""
    if collection.rating_scheme is not None:
        return [collection.rating_scheme]
    plans = collection.plans.select_related("rating_scheme")
    return [plan.rating_scheme for plan in plans if plan.rating_scheme is not None]


# --- a plan in its rounds -----------------------------------------------------------------------------------

Period = tuple[int, Edition]


@dataclass(frozen=True)
class Yardstick:
    """By what the KPIs of a plan are judged: the plan's years, a scheme, and when definitions were read.

    `stood_at` None is today: no round of the period is settled. A KPI may stand in no plan.
    """

    plan: Plan | None
    scheme: Scheme | None
    stood_at: datetime | None = None


@dataclass(frozen=True)
class Yardsticks:
    """A plan's yardstick of today, and those of the periods that a round judges otherwise.

    `rounds` are the rounds that asked, whether they judge otherwise or not.
    """

    today: Yardstick
    of_rounds: Mapping[Period, Yardstick] = field(default_factory=dict)
    rounds: Mapping[Period, Round] = field(default_factory=dict)

    def of(self, period: Period) -> Yardstick:
        """Return by what a period is judged."""
        return self.of_rounds.get(period, self.today)


def yardsticks_of_plan(
    plan: Plan, periods: Collection[Period] | None = None, *, own: Round | None = None
) -> Yardsticks:
    """Return by what a plan is judged in its rounds, as the sheets of these rounds are.

    `periods` are the ones asked for (None: all). A constant number of queries. Where a real and a
    demonstration's round asked for the same period, the one of the plan's own kind counts, or `own`.
    """
    found: dict[Period, Round] = {}
    rounds = Round.objects.filter(plans=plan).exclude(state=RoundState.PREPARING.value)
    for collection in rounds.order_by("pk"):
        period = (int(collection.fiscal_year), Edition(collection.edition))
        if periods is None or period in periods:
            kept = found.get(period)
            if kept is None or kept.is_demo != plan.is_demo:
                found[period] = collection
    if own is not None:
        found[int(own.fiscal_year), Edition(own.edition)] = own
    settled = settled_times(found.values())
    plans = {
        at: each[0]
        for at, each in stood_at_each(Plan, [plan], set(settled.values()), kept=ADDRESS).items()
        if each
    }
    schemes = _schemes([plan, *plans.values(), *found.values()])
    today = Yardstick(plan, schemes.get(plan.rating_scheme_id))
    sticks = {}
    for period, collection in found.items():
        at = settled.get(collection.pk)
        stood = plan if at is None else plans.get(at, plan)
        scheme = schemes.get(collection.rating_scheme_id or stood.rating_scheme_id)
        stick = Yardstick(stood, scheme, at)
        if stick != today:
            sticks[period] = stick
    return Yardsticks(today, sticks, found)


def _schemes(users: Iterable[Plan | Round]) -> dict[int | None, Scheme]:
    """Return the schemes of some plans and rounds, each made once (two queries, none without a scheme)."""
    used = {pk for each in users if (pk := each.rating_scheme_id) is not None}
    if not used:
        return {}
    stored = RatingScheme.objects.filter(pk__in=used).prefetch_related("bands")
    return {each.pk: scheme_of(each) for each in stored}


def plans_as_stood(plans: Sequence[Plan], stood_at: datetime | None) -> list[Plan]:
    """Return plans as they are, or with the years and the scheme of a time."""
    return list(plans) if stood_at is None else as_they_stood(Plan, plans, stood_at, kept=ADDRESS)


def places_of(kpi: Kpi, stood_at: datetime | None) -> tuple[Placement, ...]:
    """Return where a KPI stands, or stood: with the names that its nodes had."""
    places = list(Placement.objects.filter(kpi_id=kpi.pk).select_related("node__plan", "node__parent"))
    if stood_at is None:
        return tuple(places)
    stood = as_they_stood(Placement, places, stood_at, gone=lambda place: place.kpi_id == kpi.pk)
    ids = {place.node_id for place in stood}
    today = PlanNode.objects.filter(pk__in=ids).select_related("plan", "parent")
    nodes = {
        node.pk: node for node in as_they_stood(PlanNode, today, stood_at, gone=lambda node: node.pk in ids)
    }
    for place in stood:
        place.node = nodes[place.node_id]
    return tuple(sorted(stood, key=lambda place: (place.position, place.pk)))


def responsibilities_of(kpi: Kpi, year: int, stood_at: datetime | None) -> tuple[Responsibility, ...]:
    """Return who answers for a KPI in a fiscal year, or who answered as things stood at a time."""
    rows = Responsibility.objects.filter(kpi_id=kpi.pk).select_related("section")
    if stood_at is None:
        return tuple(rows.for_year(year))
    stood = as_they_stood(Responsibility, rows, stood_at, gone=lambda row: row.kpi_id == kpi.pk)
    holding = [
        row for row in stood if (row.first_fiscal_year or year) <= year <= (row.last_fiscal_year or year)
    ]
    return tuple(sorted(holding, key=lambda row: (row.position, row.pk)))
