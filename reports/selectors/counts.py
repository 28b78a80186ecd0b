"""The kept counts as one person may see them.

A person's audience has its counts. A member of a section also sees its sheets under way: the KPIs of these
are taken out of the counts and put in again as they stand for that person.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields

from django.db.models import QuerySet

from evaluations import permissions
from evaluations.enums import Edition
from organization.models import User
from reports.calculations.standings import ScopeKey, Standing, counts_of
from reports.enums import Scope
from reports.models import KpiStanding, StandingCount
from reports.permissions import audience_of, sheets_beyond_audience
from reports.selectors.frames import KpiPeriod, PlanFrames
from reports.selectors.standing_rows import standing_on, standings_of
from strategy.models import Plan

NAMES = tuple(each.name for each in fields(Standing))
Counts = Mapping[ScopeKey, Mapping[str, int]]
NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True)
class OwnView:
    """How the KPIs under way stand for a person, where that is otherwise than for their audience."""

    standings: Mapping[tuple[int, int, str], Standing]

    @property
    def kpi_ids(self) -> frozenset[int]:
        """Return the KPIs concerned."""
        return frozenset(kpi for kpi, _, _ in self.standings)

    def of_period(self, period: KpiPeriod) -> list[Standing]:
        """Return the standings of one period."""
        return [
            each
            for each in self.standings.values()
            if (each.fiscal_year, each.edition) == (period[0], period[1].value)
        ]


def own_view(frames: PlanFrames, periods: Collection[KpiPeriod], viewer: User) -> OwnView:
    """Return how the KPIs of a person's own section under way stand for them (no query for others)."""
    if viewer.access.reads_all or not viewer.access.section_ids:
        return OwnView({})
    under_way = sheets_beyond_audience(viewer).values_list("kpi_id", flat=True)
    return OwnView(
        standings_of(
            frames,
            standing_on(set(under_way)),
            periods,
            rows=permissions.visible_actuals(viewer),
            sheets=permissions.visible_kpi_sheets(viewer),
        )
    )


def standings_for(viewer: User, plan: Plan) -> "QuerySet[KpiStanding]":
    """Return the kept standings of a plan for a person's audience."""
    return KpiStanding.objects.filter(plan=plan, **{f"for_{audience_of(viewer).value}": True})


def counts_for(
    frames: PlanFrames,
    periods: Collection[KpiPeriod],
    viewer: User,
    *,
    scopes: Iterable[Scope],
    scope_id: int | None = None,
    own: OwnView | None = None,
) -> dict[KpiPeriod, Counts]:
    """Return the counts of some periods by scope as a person may see them."""
    rows = StandingCount.objects.filter(
        plan=frames.plan,
        audience=audience_of(viewer).value,
        scope__in=[scope.value for scope in scopes],
        fiscal_year__in={year for year, _ in periods},
        edition__in={edition.value for _, edition in periods},
    )
    if scope_id is not None:
        rows = rows.filter(scope_id=scope_id)
    found: dict[KpiPeriod, dict[ScopeKey, Counter[str]]] = {period: {} for period in periods}
    for row in rows:
        period = (int(row.fiscal_year), Edition(row.edition))
        if period in found:
            found[period][row.scope, row.scope_id] = Counter(row.counts)
    own = own_view(frames, periods, viewer) if own is None else own
    if own.standings:
        _correct(found, own, frames.plan, viewer)
    return {period: dict(counts) for period, counts in found.items()}


def _correct(
    found: dict[KpiPeriod, dict[ScopeKey, Counter[str]]], own: OwnView, plan: Plan, viewer: User
) -> None:
    kept = [
        Standing(*row)
        for row in standings_for(viewer, plan).filter(kpi_id__in=own.kpi_ids).values_list(*NAMES)
    ]
    for period, scopes in found.items():
        held = [row for row in kept if (row.fiscal_year, row.edition) == (period[0], period[1].value)]
        for scope, counter in counts_of(held).items():
            if scope in scopes:
                scopes[scope].subtract(counter)
        for scope, counter in counts_of(own.of_period(period)).items():
            scopes.setdefault(scope, Counter()).update(counter)
