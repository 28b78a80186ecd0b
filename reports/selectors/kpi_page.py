"""What the page of one KPI shows: definition, places, series, verdict of every year, sheets."""

from dataclasses import dataclass

from evaluations import permissions
from evaluations.calculations.outlook import Outlook, outlook
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.judgements import (
    KpiFigures,
    Verdict,
    actual_of,
    definition_of,
    figures_of,
    targets_of,
    verdicts_of,
)
from history.selectors import Change, Key, revisions_for
from organization.models import User
from reports.charts.series import Point, Range, SeriesPicture
from strategy.models import Kpi, KpiPart, Placement, Plan, Responsibility, Target
from strategy.selectors.schemes import scheme_of
from strategy.selectors.wording import baseline_words


@dataclass(frozen=True)
class KpiYear:
    """One fiscal year of a KPI."""

    fiscal_year: int
    target: Target | None
    actual: Actual | None
    verdict: Verdict
    broken: str


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
    years: tuple[KpiYear, ...]
    chosen: KpiYear | None
    sheets: tuple[KpiSheet, ...]
    history: dict[Key, list[Change]]
    picture: SeriesPicture
    outlook: Outlook | None


def kpi_page(kpi: Kpi, *, plan: Plan | None, fiscal_year: int | None, viewer: User) -> KpiPage:
    """Return a KPI's page, judged by the scheme of the plan it is looked at in."""
    placements = tuple(kpi.placements.select_related("node__plan", "node__parent"))
    plan = plan or (placements[0].node.plan if placements else None)
    figures = figures_of([kpi], viewer=viewer)
    found = figures[kpi.pk]
    years = sorted({*found.targets, *found.actuals, *_plan_years(plan)})
    scheme = scheme_of(plan.rating_scheme) if plan and plan.rating_scheme else None
    breaks = {broken.fiscal_year: broken.reason for broken in found.breaks}
    rows = tuple(
        KpiYear(
            year,
            found.targets.get(year),
            found.actuals.get(year),
            verdicts_of(figures, plan=plan, fiscal_year=year, scheme=scheme)[kpi.pk],
            breaks.get(year, ""),
        )
        for year in years
    )
    chosen = _chosen(rows, fiscal_year)
    projected = _outlook(found, plan, rows)
    sheets = permissions.visible_kpi_sheets(viewer).filter(kpi=kpi).select_related("round", "section")
    return KpiPage(
        kpi=kpi,
        baseline=baseline_words(kpi),
        plan=plan,
        placements=placements,
        responsibilities=tuple(kpi.responsibilities.select_related("section__bureau")),
        parts=tuple(kpi.parts.select_related("part")),
        wholes=tuple(kpi.wholes.select_related("whole")),
        years=rows,
        chosen=chosen,
        sheets=tuple(sheets.order_by("-round__fiscal_year")),
        history=revisions_for([kpi, *found.targets.values(), *found.actuals.values()]),
        picture=_picture(kpi, rows, projected),
        outlook=projected,
    )


def _outlook(figures: KpiFigures, plan: Plan | None, rows: tuple[KpiYear, ...]) -> Outlook | None:
    known = [row.fiscal_year for row in rows if row.actual and row.actual.value is not None]
    if not known:
        return None
    actuals = {year: actual_of(row) for year, row in figures.actuals.items()}
    return outlook(definition_of(figures, plan), targets_of(figures, plan), actuals, known[-1])


def _picture(kpi: Kpi, rows: tuple[KpiYear, ...], projected: Outlook | None) -> SeriesPicture:
    """Draw what was judged: for a cumulative KPI the sums, so that they compare with their targets."""
    measured = [
        (row, row.verdict.value if row.verdict.value is not None else row.actual.value)
        for row in rows
        if row.actual and row.actual.value is not None
    ]
    wholes = [(row.fiscal_year, row.verdict.whole) for row in rows if row.verdict.whole]
    targets = [(year, whole.inputs.year_target) for year, whole in wholes]
    baseline = next((whole.inputs.baseline for _, whole in wholes if whole.inputs.baseline), None)
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
            Point(row.fiscal_year, row.verdict.expected) for row in rows if row.verdict.expected is not None
        ),
        baseline=baseline.value if baseline else None,
        breaks=tuple(row.fiscal_year for row in rows if row.broken),
        outlook=Range(projected.final_year, projected.low, projected.high)  # type: ignore[union-attr, arg-type]
        if has_range
        else None,
    )


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
