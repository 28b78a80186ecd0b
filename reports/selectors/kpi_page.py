"""What the page of one KPI shows: definition, places, series, verdict of every year, sheets."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import prefetch_related_objects

from evaluations import permissions
from evaluations.calculations.outlook import Outlook, outlook
from evaluations.enums import Edition
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.definition_use import LateChange, late_changes
from evaluations.selectors.figures import KpiFigures, actuals_of, definition_of, figures_at, targets_of
from evaluations.selectors.judgements import Verdict, verdict_of
from evaluations.selectors.standing import Yardstick, Yardsticks, places_of, yardsticks_of_plan
from history.enums import Through
from history.selectors import Change, Key, as_they_stood, revisions_for
from organization.models import User
from reports.charts.series import Point, Range, SeriesPicture
from strategy.models import Kpi, KpiPart, Placement, Plan, Responsibility, Target
from strategy.selectors.wording import baseline_words


@dataclass(frozen=True)
class KpiYear:
    """One fiscal year of a KPI: of its own, or of the KPI before it that was in force then.

    `figures` are those of the time at which the year's round was settled, by `stick`. `seam` says with the
    first own year which KPI came before; `own_figure` is what this KPI measured already while the other was
    in force.
    """

    fiscal_year: int
    figures: KpiFigures
    stick: Yardstick
    kpi: Kpi
    target: Target | None
    actual: Actual | None
    verdict: Verdict
    broken: str
    seam: str = ""
    is_before: bool = False
    own_figure: Actual | None = None

    @property
    def stood_at(self) -> datetime | None:
        """Return when the year's round was settled, None where it is not."""
        return self.stick.stood_at


@dataclass(frozen=True)
class KpiPage:
    """One KPI as a person may see it."""

    kpi: Kpi
    baseline: str
    plan: Plan | None
    placements: tuple[Placement, ...]
    responsibilities: tuple[Responsibility, ...]
    parts: tuple[KpiPart, ...]
    wholes: tuple[KpiPart, ...]
    successors: tuple[Kpi, ...]
    years: tuple[KpiYear, ...]
    chosen: KpiYear | None
    stood_at: datetime | None
    late_changes: tuple[LateChange, ...]
    sheets: tuple[KpiSheet, ...]
    history: dict[Key, list[Change]]
    picture: SeriesPicture
    outlook: Outlook | None

    @property
    def is_another_unit_left_out(self) -> bool:
        """Tell whether the picture leaves out a KPI before because it counts in another unit."""
        return any(row.kpi.unit != self.kpi.unit for row in self.years)


def kpi_page(kpi: Kpi, *, plan: Plan | None, fiscal_year: int | None, viewer: User) -> KpiPage:
    """Return a KPI's page, judged in the plan it is looked at in.

    Of a fiscal year that is asked for and whose round is settled it tells what stood then.
    """
    placements = tuple(kpi.placements.select_related("node__plan", "node__parent"))
    plan = plan or (placements[0].node.plan if placements else None)
    judged = judged_years(kpi, plan, viewer=viewer)
    found, rows = judged.today, judged.years
    chosen = _chosen(rows, fiscal_year)
    # Who asks for no year reads the definition of today, beside the newest year's judgement.
    stood_at = chosen.stood_at if chosen and chosen.fiscal_year == fiscal_year else None
    if chosen is not None and stood_at is not None:
        found, kpi, plan = chosen.figures, chosen.figures.kpi, chosen.stick.plan
        placements = places_of(kpi, stood_at)
    projected = _outlook(found, plan, rows)
    sheets = permissions.visible_kpi_sheets(viewer).filter(kpi=kpi).select_related("round", "section")
    return KpiPage(
        kpi=kpi,
        baseline=baseline_words(kpi),
        plan=plan,
        placements=placements,
        responsibilities=_held(kpi, stood_at),
        parts=tuple(kpi.parts.select_related("part")),
        wholes=tuple(kpi.wholes.select_related("whole")),
        successors=tuple(kpi.successors.order_by("predecessor_fiscal_year", "code")),
        years=rows,
        chosen=chosen,
        stood_at=stood_at,
        late_changes=_late_changes(kpi, chosen, judged.sticks),
        sheets=tuple(sheets.order_by("-round__fiscal_year")),
        history=_history(kpi, rows, viewer),
        picture=_picture(kpi, rows, projected),
        outlook=projected,
    )


def _years_of(figures: KpiFigures) -> set[int]:
    """Return the years with figures or targets, each of the KPI that was in force."""
    own = {*figures.targets, *figures.actuals}
    if figures.before is None or figures.seam is None:
        return own
    before = {year for year in _years_of(figures.before) if year < figures.seam}
    return before | {year for year in own if year >= figures.seam or year in figures.actuals}


@dataclass(frozen=True)
class JudgedYears:
    """A KPI's figures of today, its years, each as its own round judges it, and by what they are judged."""

    today: KpiFigures
    years: tuple[KpiYear, ...]
    sticks: Yardsticks


def judged_years(kpi: Kpi, plan: Plan | None, *, viewer: User) -> JudgedYears:
    """Return every year of a KPI judged in a plan as the year's own round judges it.

    A constant number of queries, however many rounds have been settled.
    """
    sticks = yardsticks_of_plan(plan) if plan is not None else Yardsticks(Yardstick(None, None))
    times = [None, *dict.fromkeys(stick.stood_at for stick in sticks.of_rounds.values())]
    at = {
        time: figures[kpi.pk]
        for time, figures in figures_at(
            [kpi], times, viewer=viewer, is_demo=plan is not None and plan.is_demo
        ).items()
    }
    of_plan = _plan_years(plan)
    years = {year for figures in at.values() for year in _years_of(figures)} | {*of_plan}
    rows = (_row(year, sticks.of((year, Edition.FINAL)), at) for year in sorted(years))
    shown = (row for row in rows if row.target or row.actual or row.own_figure or row.fiscal_year in of_plan)
    return JudgedYears(at[None], tuple(shown), sticks)


def _row(year: int, stick: Yardstick, at: Mapping[datetime | None, KpiFigures]) -> KpiYear:
    figures = at[stick.stood_at]
    held = figures.in_force(year)
    is_before = held is not figures
    return KpiYear(
        fiscal_year=year,
        figures=figures,
        stick=stick,
        kpi=held.kpi,
        target=held.targets.get(year),
        actual=held.actuals.get(year),
        verdict=verdict_of(held, stick.plan, year, stick.scheme),
        broken=next((each.reason for each in held.breaks if each.fiscal_year == year), ""),
        seam=held.seam_words if held.seam == year else "",
        is_before=is_before,
        own_figure=figures.actuals.get(year) if is_before else None,
    )


def _history(kpi: Kpi, rows: Iterable[KpiYear], viewer: User) -> dict[Key, list[Change]]:
    """Return the changes beside the fields; of another section's work on a figure only corrections.

    The sheets tell no more: what a section tried before its figure was final is its own.
    """
    actuals = [row.actual for row in rows if row.actual]
    found = revisions_for([kpi, *(row.target for row in rows if row.target), *actuals])
    at_work = _of_others(actuals, viewer)
    label = Actual._meta.label_lower
    return {
        key: [each for each in changes if each.through is Through.CORRECTION]
        if key[0] == label and key[1] in at_work
        else changes
        for key, changes in found.items()
    }


def _of_others(actuals: Collection[Actual], viewer: User) -> set[int]:
    """Return the actuals entered on sheets whose work is not the person's business."""
    if viewer.access.reads_all:
        return set()
    rows = KpiSheet.objects.filter(kpi__in={actual.kpi_id for actual in actuals})
    sheets = rows.exclude(section__in=viewer.access.section_ids).order_by()
    theirs = set(sheets.values_list("kpi_id", "round__fiscal_year", "round__edition", "round__is_demo"))
    return {
        actual.pk
        for actual in actuals
        if (actual.kpi_id, actual.fiscal_year, actual.edition, actual.is_demo) in theirs
    }


def _late_changes(kpi: Kpi, chosen: KpiYear | None, sticks: Yardsticks) -> tuple[LateChange, ...]:
    """Return what of the definition changed after the chosen year's round had begun."""
    collection = sticks.rounds.get((chosen.fiscal_year, Edition.FINAL)) if chosen else None
    if chosen is None or collection is None:
        return ()
    return late_changes(kpi.pk, collection, until=chosen.stood_at)


def _held(kpi: Kpi, stood_at: datetime | None) -> tuple[Responsibility, ...]:
    rows = kpi.responsibilities.select_related("section__bureau")
    if stood_at is None:
        return tuple(rows)
    stood = as_they_stood(Responsibility, rows, stood_at, gone=lambda row: row.kpi_id == kpi.pk)
    prefetch_related_objects(stood, "section__bureau")
    return tuple(sorted(stood, key=lambda row: (row.position, row.pk)))


def _outlook(figures: KpiFigures, plan: Plan | None, rows: tuple[KpiYear, ...]) -> Outlook | None:
    known = [row.fiscal_year for row in rows if row.actual and row.actual.value is not None]
    last = figures.kpi.last_fiscal_year
    if not known or (last is not None and known[-1] >= last):
        return None
    series = definition_of(figures, plan), targets_of(figures, plan), actuals_of(figures)
    return outlook(*series, known[-1])


def _picture(kpi: Kpi, rows: tuple[KpiYear, ...], projected: Outlook | None) -> SeriesPicture:
    """Draw what was judged: for a cumulative KPI the sums, so that they compare with their targets.

    The figures of a KPI before it are drawn where they count in the same unit.
    """
    drawn = [row for row in rows if row.kpi.unit == kpi.unit]
    measured = [
        (row, row.verdict.value if row.verdict.value is not None else row.actual.value)
        for row in drawn
        if row.actual and row.actual.value is not None
    ]
    wholes = [(row, row.verdict.whole) for row in drawn if row.verdict.whole]
    targets = [(row.fiscal_year, whole.inputs.year_target) for row, whole in wholes]
    own = [whole.inputs.baseline for row, whole in wholes if not row.is_before]
    baseline = next((found for found in own if found), None)
    has_range = (
        projected and projected.final_year and projected.low is not None and projected.high is not None
    )
    return SeriesPicture(
        title=kpi.name,
        unit=kpi.unit,
        decimals=kpi.decimals,
        years=tuple(row.fiscal_year for row in rows),
        actuals=tuple(
            Point(row.fiscal_year, value, provisional=row.verdict.is_provisional)
            for row, value in measured
            if value is not None
        ),
        targets=tuple(Point(year, t.value) for year, t in targets if t and t.value is not None),
        expected=tuple(
            Point(row.fiscal_year, row.verdict.expected) for row in drawn if row.verdict.expected is not None
        ),
        baseline=baseline.value if baseline else None,
        breaks=tuple(row.fiscal_year for row in rows if row.broken or _is_parted(row)),
        seams=tuple(row.fiscal_year for row in rows if row.seam),
        outlook=Range(projected.final_year, projected.low, projected.high)  # type: ignore[union-attr, arg-type]
        if has_range
        else None,
    )


def _is_parted(row: KpiYear) -> bool:
    return bool(row.seam) and not row.kpi.predecessor_is_comparable


def _plan_years(plan: Plan | None) -> range:
    if plan is None or plan.first_fiscal_year is None or plan.last_fiscal_year is None:
        return range(0)
    return range(plan.first_fiscal_year, plan.last_fiscal_year + 1)


def _chosen(rows: tuple[KpiYear, ...], fiscal_year: int | None) -> KpiYear | None:
    for row in rows:
        if row.fiscal_year == fiscal_year:
            return row
    with_figures = [row for row in rows if row.actual]
    return with_figures[-1] if with_figures else (rows[-1] if rows else None)
