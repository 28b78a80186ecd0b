"""What every page of a plan begins with: the plan, the period looked at, and counts that are up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from evaluations.enums import Edition
from organization.models import User
from reports.calculations.standings import number_under
from reports.enums import Scope
from reports.filters import KpiStandingFilter, ListFrame, sorted_rows
from reports.models import KpiStanding
from reports.selectors.counts import OwnView, counts_for, own_view, standings_for
from reports.selectors.dashboard import in_order
from reports.selectors.frames import PlanFrame, PlanFrames, frames_of
from reports.selectors.kpi_list import counted_units
from reports.selectors.kpi_rows import KpiRow, kpi_rows
from reports.selectors.periods import Period, choice_of, edition_of, period_of
from reports.services import standings
from reports.services.standings import Freshness, keep_up
from reports.tasks import bring_counts_up_to_date
from strategy.models import Plan
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

if TYPE_CHECKING:
    from django.core.paginator import Page

PAGE_SIZE = 50
# A combination of filters that finds more than this is not counted, nor paged, to its end.
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Look:
    """A plan in the period looked at, how up to date its counts are, and what the person sees beyond them."""

    frames: PlanFrames
    period: Period
    fresh: Freshness
    own: OwnView

    @property
    def frame(self) -> PlanFrame:
        """Return the plan as it stood in the period, or stands."""
        return self.frames.of(self.period.key)

    @property
    def plan(self) -> Plan:
        """Return the plan."""
        return self.frame.plan


def look_at(request: SignedInRequest, plan: Plan) -> Look:
    """Return what a page of a plan begins with."""
    current = clock.current_fiscal_year()
    choice = choice_of(plan, viewer=request.user, current_year=current)
    fresh = keep_up(wanted=[(plan, (year, Edition.FINAL)) for year in choice.years], at=clock.now())
    period = period_of(choice, request.GET, viewer=request.user, current_year=current)
    if edition_of(request.GET) is not Edition.FINAL:
        fresh = keep_up(wanted=[(plan, period.key)], at=clock.now())
    ask_for_counts(fresh, [plan])
    frames = frames_of(plan)
    return Look(frames, period, fresh, own_view(frames, [period.key], request.user))


def ask_for_counts(fresh: Freshness, plans: Sequence[Plan]) -> None:
    """Ask the worker for what the page could not wait for."""
    if not fresh.is_fresh and standings.claim_asking(at=clock.now()):
        for plan in plans:
            bring_counts_up_to_date.enqueue(plan.pk)


class CountedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of a list whose length is known already, or known to be beyond what is counted."""

    def __init__(self, rows: "QuerySet[KpiStanding]", size: int, *, total: int, is_cut: bool = False) -> None:
        super().__init__(rows, size)
        self.total = total
        self.is_cut = is_cut

    @property
    def count(self) -> int:
        """Return the known length."""
        return self.total


def filtered(look: Look, query: QueryDict, viewer: User) -> KpiStandingFilter:
    """Return the filter of a plan's list with its choices."""
    sections, bureaus = counted_units(look.frame, look.period.key, viewer)
    year, edition = look.period.key
    rows = standings_for(viewer, look.plan).filter(fiscal_year=year, edition=edition.value)
    frame = ListFrame(
        plan=look.plan,
        scheme=look.frame.scheme,
        nodes=tuple(node for node, _ in in_order(look.frame.nodes)),
        sections=sections,
        bureaus=bureaus,
        own=tuple(look.own.of_period(look.period.key)),
    )
    return KpiStandingFilter(query, queryset=rows, frame=frame)


def page_of(look: Look, asked: KpiStandingFilter, query: QueryDict, viewer: User) -> "Page[KpiStanding]":
    """Return one page of a list; a length among the kept counts is not counted again."""
    rows = sorted_rows(asked, query.get("sort", ""))
    kept = asked.kept_count
    total = _kept_total(look, kept, viewer) if kept else rows[: MOST_COUNTED + 1].count()
    is_cut = not kept and total > MOST_COUNTED
    pages = CountedPaginator(rows, PAGE_SIZE, total=MOST_COUNTED if is_cut else total, is_cut=is_cut)
    return pages.get_page(query.get("page"))


def _kept_total(look: Look, kept: tuple[str, int, str], viewer: User) -> int:
    scope, scope_id, entry = kept
    period = look.period.key
    found = counts_for(look.frames, [period], viewer, scopes=[Scope(scope)], scope_id=scope_id, own=look.own)
    counts = found[period].get((scope, scope_id), {})
    return number_under(counts, entry)


def lines_of(look: Look, rows: Sequence[KpiStanding], viewer: User) -> list[KpiRow]:
    """Return the lines of a list as the person sees them."""
    own = {standing.kpi_id: standing for standing in look.own.of_period(look.period.key)}
    return kpi_rows(look.frame, [own.get(row.kpi_id, row) for row in rows], look.period.key, viewer)
