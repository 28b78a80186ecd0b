"""Work out how KPIs stand: the one place that judges for the counts and the lists.

`services.standings` stores what is worked out here; for a person who sees more than their audience
(their own section's sheets under way) the pages ask here directly.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from evaluations.calculations.outlook import outlook
from evaluations.enums import LOCKED_STATES, Edition, Reason, SheetState
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.figures import (
    KpiFigures,
    actuals_of,
    definition_of,
    figures_at,
    figures_of,
    targets_of,
)
from evaluations.selectors.judgements import Verdict, verdict_in
from evaluations.selectors.parts import former_links
from organization.models import Section
from reports.calculations.standings import Standing, movement_of, rank_of, scopes_text
from reports.enums import Audience, OutlookSaid
from reports.permissions import actuals_for, sheets_for
from reports.selectors.frames import KpiPeriod, PlanFrame, PlanFrames
from reports.selectors.kpi_places import Places, places_of
from strategy.models import Kpi, KpiPart

Key = tuple[int, int, str]
SAID = frozenset(said.value for said in OutlookSaid)


def standings_for_audiences(
    frames: PlanFrames, kpi_ids: Collection[int], periods: Collection[KpiPeriod]
) -> dict[Audience, dict[Key, Standing]]:
    """Return how some KPIs stand in some periods for every audience.

    Only KPIs with a sheet under way, their own or a part's, stand differently for different audiences.
    """
    everything = standings_of(
        frames, kpi_ids, periods, rows=actuals_for(Audience.ALL), sheets=sheets_for(Audience.ALL)
    )
    under_way = _under_way(kpi_ids)
    found = {Audience.ALL: everything}
    for audience in (Audience.COMMITTEE, Audience.FINISHED):
        differing = standings_of(
            frames, under_way, periods, rows=actuals_for(audience), sheets=sheets_for(audience)
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

    They are its parts and the KPI it follows, those of once, too.
    """
    below: dict[int, set[int]] = defaultdict(set)
    owners: dict[int, set[int]] = {pk: {pk} for pk in kpi_ids}
    former = former_links()
    while owners:
        following: dict[int, set[int]] = defaultdict(set)
        for kpi, other in (
            *_links(Q(whole_id__in=list(owners)), Q(pk__in=list(owners))),
            *((kpi, other) for kpi, other in former if kpi in owners),
        ):
            for top in owners[kpi]:
                if other not in below[top] and other != top:
                    below[top].add(other)
                    following[other].add(top)
        owners = following
    return {pk: others for pk, others in below.items() if others}


def standing_on(kpi_ids: Collection[int]) -> set[int]:
    """Return the KPIs, all that contain them as parts, and all that follow them (a query for each depth).

    What once contained or followed them counts, too: settled rounds are judged by it.
    """
    found, waiting = set(kpi_ids), set(kpi_ids)
    former = former_links() if waiting else ()
    while waiting:
        above = {kpi for kpi, _ in _links(Q(part_id__in=waiting), Q(predecessor_id__in=waiting))}
        above |= {kpi for kpi, other in former if other in waiting}
        waiting = above - found
        found |= waiting
    return found


def _links(parts: Q, followers: Q) -> Iterable[tuple[int, int]]:
    """Return (KPI, what its figures rest on) of some parts and of some KPIs that follow others."""
    of_parts = KpiPart.objects.filter(parts).order_by().values_list("whole_id", "part_id")
    of_followers = Kpi.objects.filter(followers, predecessor_fiscal_year__isnull=False)
    return of_parts.union(of_followers.order_by().values_list("pk", "predecessor_id"))


def standings_of(
    frames: PlanFrames,
    kpi_ids: Collection[int],
    periods: Collection[KpiPeriod],
    *,
    rows: QuerySet[Actual],
    sheets: QuerySet[KpiSheet],
) -> dict[Key, Standing]:
    """Judge some KPIs of a plan in some periods by the actuals and sheets given.

    A period whose round is settled is judged by the definitions, targets and scheme of that time, and its
    KPIs stand where they stood then.
    """
    if not kpi_ids or not periods:
        return {}
    places = _places(frames, kpi_ids, periods)
    ever = {pk for each in places.values() for pk in each}
    kpis, is_demo = list(Kpi.objects.filter(pk__in=ever)), frames.plan.is_demo
    times = {
        frame.stood_at
        for period in periods
        for frame in (frames.of(period), frames.beside(period, period[0] - 1))
    }
    finals = figures_at(kpis, times, rows=rows, is_demo=is_demo)
    states = _states(sheets, ever)
    verdicts: dict[tuple[object, ...], Verdict] = {}
    found: dict[Key, Standing] = {}
    for year, edition in periods:
        frame, before = frames.of((year, edition)), frames.beside((year, edition), year - 1)
        figures, own_verdicts = finals[frame.stood_at], verdicts
        if edition is not Edition.FINAL:
            own_verdicts = {}
            figures = figures_of(
                kpis, fiscal_year=year, edition=edition, rows=rows, is_demo=is_demo, stood_at=frame.stood_at
            )
        for pk, placed in places[frame.stood_at].items():
            if pk not in figures:
                continue
            view = _View(
                _Years(frame, figures[pk], own_verdicts, edition),
                _Years(frame, finals[frame.stood_at][pk], verdicts),
                _Years(before, finals[before.stood_at][pk], verdicts),
            )
            state = states.get((pk, year, edition.value), "")
            found[pk, year, edition.value] = _standing(view, placed, (year, edition), state)
    return found


def _places(
    frames: PlanFrames, kpi_ids: Collection[int], periods: Collection[KpiPeriod]
) -> dict[datetime | None, dict[int, Places]]:
    """Return at each time that is looked at where the KPIs stood."""
    found: dict[datetime | None, dict[int, Places]] = {}
    for frame in (frames.of(period) for period in periods):
        if frame.stood_at not in found:
            found[frame.stood_at] = places_of(frame.plan, kpi_ids, nodes=frame.nodes, stood_at=frame.stood_at)
    return found


def _states(sheets: QuerySet[KpiSheet], kpi_ids: Iterable[int]) -> dict[Key, str]:
    found = sheets.filter(kpi_id__in=list(kpi_ids)).order_by("round_id")
    rows = found.values_list("kpi_id", "round__fiscal_year", "round__edition", "state")
    return {(kpi, year, edition): state for kpi, year, edition, state in rows}


class _Years:
    """A KPI's figures by one frame, and what was judged of them year by year, each year once."""

    def __init__(
        self,
        frame: PlanFrame,
        figures: KpiFigures,
        verdicts: dict[tuple[object, ...], Verdict],
        edition: Edition = Edition.FINAL,
    ) -> None:
        self.frame = frame
        self.figures = figures
        self._verdicts = verdicts
        self._edition = edition

    def verdict(self, year: int) -> Verdict:
        """Return the verdict of a year by the figures up to it."""
        # Where nothing changed since, figures and scheme are the very same objects (`figures_at`).
        plan, scheme = self.frame.plan, self.frame.scheme
        key = (id(self.figures), year, plan.first_fiscal_year, plan.last_fiscal_year, id(scheme))
        if key not in self._verdicts:
            known = up_to(self.figures, year)
            self._verdicts[key] = verdict_in(known, plan, (year, self._edition), scheme)
        return self._verdicts[key]

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


@dataclass(frozen=True)
class _View:
    """A KPI in a period: by its edition's figures, by the final ones, and as the year before was judged."""

    own: _Years
    finals: _Years
    before: _Years


def _standing(view: _View, places: Places, period: KpiPeriod, state: str) -> Standing:
    year, edition = period
    own = view.own
    verdict, before = own.verdict(year), view.finals.verdict_before(year)
    rank = own.frame.ranks.get(verdict.grade.label) if verdict.grade else None
    broken = {each.fiscal_year for each in own.figures.breaks} | {own.figures.seam}
    unjudged = (Reason.NOT_IN_FORCE, Reason.HALF_YEAR)
    is_comparable = year not in broken and all(
        each is not None and each.reason not in unjudged for each in (before, verdict)
    )
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
        movement=_movement(view, year, rank) if is_comparable else "",
        has_fallen=is_comparable and _has_fallen(verdict, before),
        outlook="" if verdict.reason in unjudged else own.outlook(year),
        is_undefined=bool(missing_definition(kpi, own.figures.targets, sections)),
        needs_review=bool(kpi.unconfirmed) or places.needs_review,
        progress_rank=rank_of(verdict.progress_rate),
        achievement_rank=rank_of(verdict.achievement_rate),
        weight=places.weight,
        scopes=scopes_text(
            (pk for node in places.nodes for pk in own.frame.lines.get(node.pk, (node.pk,))),
            (section.pk for section in sections),
            (section.bureau_id for section in sections if section.bureau_id),
        ),
    )


def _movement(view: _View, year: int, rank: int | None) -> str:
    """Compare the grades that both years' pages show; those of unlike schemes compare with nothing."""
    before, frame = view.before.verdict_before(year), view.before.frame
    is_comparable = before is not None and frame.labels == view.own.frame.labels
    rank_before = frame.ranks.get(before.grade.label) if before and before.grade else None
    return movement_of(rank, rank_before, is_comparable=is_comparable)


def _has_fallen(now: Verdict, before: Verdict | None) -> bool:
    """Tell whether a KPI fell back: less progress than the year before, or met then and not now.

    Both years are judged alike: a target set higher since is no falling back.
    """
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
