"""Work out how KPIs stand: the one place that judges for the counts and the lists.

`services.standings` stores what is worked out here; for a person who sees more than their audience
(their own section's sheets under way) the pages ask here directly.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q, QuerySet

from evaluations.calculations.outlook import outlook
from evaluations.enums import LOCKED_STATES, Edition, Reason, SheetState
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.figures import KpiFigures, actuals_of, definition_of, figures_of, targets_of
from evaluations.selectors.judgements import Verdict, verdict_of
from organization.models import Section
from reports.calculations.standings import Standing, movement_of, rank_of, scopes_text
from reports.enums import Audience, OutlookSaid
from reports.permissions import actuals_for, sheets_for
from reports.selectors.kpi_places import Places, lines_above, places_of
from strategy.calculations.rating import Scheme
from strategy.models import Kpi, KpiPart, Plan, PlanNode
from strategy.selectors.schemes import scheme_of

KpiPeriod = tuple[int, Edition]
Key = tuple[int, int, str]
SAID = frozenset(said.value for said in OutlookSaid)


@dataclass(frozen=True)
class PlanFrame:
    """What of a plan every KPI's standing needs."""

    plan: Plan
    scheme: Scheme | None
    nodes: tuple[PlanNode, ...]

    @cached_property
    def lines(self) -> dict[int, tuple[int, ...]]:
        """Return for every node itself and the nodes above it."""
        return lines_above(self.nodes)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Return each band's place in the scheme, 1 the best."""
        return {band.label: rank for rank, band in enumerate(self.scheme.bands, 1)} if self.scheme else {}


def frame_of(plan: Plan) -> PlanFrame:
    """Return a plan's frame (two queries)."""
    scheme = scheme_of(plan.rating_scheme) if plan.rating_scheme else None
    return PlanFrame(plan, scheme, tuple(plan.nodes.all()))


def standings_for_audiences(
    frame: PlanFrame, kpi_ids: Collection[int], periods: Collection[KpiPeriod]
) -> dict[Audience, dict[Key, Standing]]:
    """Return how some KPIs stand in some periods for every audience.

    Only KPIs with a sheet under way, their own or a part's, stand differently for different audiences.
    """
    everything = standings_of(
        frame, kpi_ids, periods, rows=actuals_for(Audience.ALL), sheets=sheets_for(Audience.ALL)
    )
    under_way = _under_way(kpi_ids)
    found = {Audience.ALL: everything}
    for audience in (Audience.COMMITTEE, Audience.FINISHED):
        differing = standings_of(
            frame, under_way, periods, rows=actuals_for(audience), sheets=sheets_for(audience)
        )
        found[audience] = {**everything, **differing}
    return found


def _under_way(kpi_ids: Collection[int]) -> set[int]:
    """Return the KPIs of which a sheet, or that of a KPI they rest on, is not finished."""
    others = resting_on(kpi_ids)
    asked = set(kpi_ids).union(*others.values())
    locked = [state.value for state in LOCKED_STATES]
    open_ones = set(
        KpiSheet.objects.filter(kpi_id__in=asked).exclude(state__in=locked).values_list("kpi_id", flat=True)
    )
    return {pk for pk in kpi_ids if pk in open_ones or open_ones & others.get(pk, set())}


def resting_on(kpi_ids: Collection[int]) -> dict[int, set[int]]:
    """Return for KPIs made of others those others, however deep (a query for each depth).

    They are its parts and the KPI it follows.
    """
    below: dict[int, set[int]] = defaultdict(set)
    owners: dict[int, set[int]] = {pk: {pk} for pk in kpi_ids}
    while owners:
        following: dict[int, set[int]] = defaultdict(set)
        for kpi, other in _links(Q(whole_id__in=list(owners)), Q(pk__in=list(owners))):
            for top in owners[kpi]:
                if other not in below[top] and other != top:
                    below[top].add(other)
                    following[other].add(top)
        owners = following
    return {pk: others for pk, others in below.items() if others}


def standing_on(kpi_ids: Collection[int]) -> set[int]:
    """Return the KPIs, all that contain them as parts, and all that follow them (a query for each depth)."""
    found, waiting = set(kpi_ids), set(kpi_ids)
    while waiting:
        above = {kpi for kpi, _ in _links(Q(part_id__in=waiting), Q(predecessor_id__in=waiting))}
        waiting = above - found
        found |= waiting
    return found


def _links(parts: Q, followers: Q) -> Iterable[tuple[int, int]]:
    """Return (KPI, what its figures rest on) of some parts and of some KPIs that follow others."""
    of_parts = KpiPart.objects.filter(parts).order_by().values_list("whole_id", "part_id")
    of_followers = Kpi.objects.filter(followers, predecessor_fiscal_year__isnull=False)
    return of_parts.union(of_followers.order_by().values_list("pk", "predecessor_id"))


def standings_of(
    frame: PlanFrame,
    kpi_ids: Collection[int],
    periods: Collection[KpiPeriod],
    *,
    rows: QuerySet[Actual],
    sheets: QuerySet[KpiSheet],
) -> dict[Key, Standing]:
    """Judge some KPIs of a plan in some periods by the actuals and sheets given."""
    if not kpi_ids or not periods:
        return {}
    places = places_of(frame.plan, kpi_ids)
    kpis = list(Kpi.objects.filter(pk__in=list(places)))
    states = _states(sheets, places)
    whole_years = figures_of(kpis, rows=rows)
    finals = {pk: _Years(frame, figures) for pk, figures in whole_years.items()}
    found: dict[Key, Standing] = {}
    for year, edition in periods:
        of_edition = finals
        if edition is not Edition.FINAL:
            figures_then = figures_of(kpis, fiscal_year=year, edition=edition, rows=rows)
            of_edition = {pk: _Years(frame, figures) for pk, figures in figures_then.items()}
        for pk, own in of_edition.items():
            state = states.get((pk, year, edition.value), "")
            standing = _standing(own, finals[pk], places[pk], (year, edition), state)
            found[pk, year, edition.value] = standing
    return found


def _states(sheets: QuerySet[KpiSheet], kpi_ids: Iterable[int]) -> dict[Key, str]:
    found = sheets.filter(kpi_id__in=list(kpi_ids)).order_by("round_id")
    rows = found.values_list("kpi_id", "round__fiscal_year", "round__edition", "state")
    return {(kpi, year, edition): state for kpi, year, edition, state in rows}


class _Years:
    """A KPI's figures, and what was judged of them year by year, each year once."""

    def __init__(self, frame: PlanFrame, figures: KpiFigures) -> None:
        self.frame = frame
        self.figures = figures
        self._verdicts: dict[int, Verdict] = {}

    def verdict(self, year: int) -> Verdict:
        """Return the verdict of a year by the figures up to it."""
        if year not in self._verdicts:
            known = up_to(self.figures, year)
            self._verdicts[year] = verdict_of(known, self.frame.plan, year, self.frame.scheme)
        return self._verdicts[year]

    def verdict_before(self, year: int) -> Verdict | None:
        """Return the verdict of the year before a year; None before the plan began."""
        first = self.frame.plan.first_fiscal_year
        return self.verdict(year - 1) if first is None or first < year else None

    def outlook(self, year: int) -> str:
        """Return what a projection from the figures up to a year says, blank where there is none."""
        figures = up_to(self.figures, year)
        known = [each for each, row in figures.actuals.items() if row.value is not None]
        if not known or figures.parts:
            return ""
        plan = self.frame.plan
        said = outlook(
            definition_of(figures, plan), targets_of(figures, plan), actuals_of(figures), max(known)
        )
        return said.verdict.value if said.verdict.value in SAID else ""


def up_to(figures: KpiFigures, year: int) -> KpiFigures:
    """Return the figures without the actuals of later years, those of parts and of the KPI before, too."""
    if not figures.parts and figures.before is None and all(each <= year for each in figures.actuals):
        return figures
    return replace(
        figures,
        actuals={each: row for each, row in figures.actuals.items() if each <= year},
        parts=tuple(replace(part, figures=up_to(part.figures, year)) for part in figures.parts),
        before=up_to(figures.before, year) if figures.before else None,
    )


def _standing(own: _Years, finals: _Years, places: Places, period: KpiPeriod, state: str) -> Standing:
    year, edition = period
    verdict, before, ranks = own.verdict(year), finals.verdict_before(year), own.frame.ranks
    rank = ranks.get(verdict.grade.label) if verdict.grade else None
    rank_before = ranks.get(before.grade.label) if before and before.grade else None
    broken = {each.fiscal_year for each in own.figures.breaks} | {own.figures.seam}
    is_comparable = before is not None and year not in broken
    sections = places.sections(year)
    kpi = own.figures.kpi
    return Standing(
        kpi_id=kpi.pk,
        fiscal_year=year,
        edition=edition.value,
        position=places.position,
        grade=verdict.grade.label if verdict.grade else "",
        grade_rank=rank,
        reason="" if verdict.grade else (verdict.reason or Reason.NO_SCHEME).value,
        direction=kpi.direction,
        is_provisional=verdict.is_provisional,
        has_actual=year in own.figures.actuals,
        state=SheetState(state).value if state else "",
        movement=movement_of(rank, rank_before, is_comparable=is_comparable),
        has_fallen=is_comparable and _has_fallen(verdict, before),
        outlook=own.outlook(year),
        is_undefined=bool(missing_definition(kpi, own.figures.targets, sections)),
        needs_review=bool(kpi.unconfirmed) or places.needs_review,
        progress_rank=rank_of(verdict.progress_rate),
        achievement_rank=rank_of(verdict.achievement_rate),
        scopes=scopes_text(
            (pk for node in places.nodes for pk in own.frame.lines.get(node.pk, (node.pk,))),
            (section.pk for section in sections),
            (section.bureau_id for section in sections if section.bureau_id),
        ),
    )


def _has_fallen(now: Verdict, before: Verdict | None) -> bool:
    """Tell whether a KPI fell back: less progress than the year before, or met then and not now."""
    if before is None:
        return False
    if now.progress_rate is not None and before.progress_rate is not None:
        return now.progress_rate < before.progress_rate
    return before.met is True and now.met is False


def missing_definition(
    kpi: Kpi, targets: Mapping[int, object], sections: Collection[Section]
) -> tuple[str, ...]:
    """Return what planning has not defined yet, in the words of the definition page."""
    lacks = {
        "単位": not kpi.unit,
        "方向": not kpi.direction,
        "集計方法": not kpi.aggregation,
        "基準値": kpi.baseline_value is None,
        "目標値": not targets,
        "担当課": not sections,
    }
    return tuple(name for name, is_missing in lacks.items() if is_missing)
