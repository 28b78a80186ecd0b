"""A sheet's judgement: in which plan, by which scheme, from which figures."""

from evaluations.enums import Edition
from evaluations.models import KpiSheet
from evaluations.selectors.judgements import KpiFigures, Verdict, figures_of, verdict_of
from organization.models import User
from strategy.calculations.rating import Scheme
from strategy.models import Plan
from strategy.selectors.schemes import scheme_of


def plan_of(sheet: KpiSheet) -> Plan | None:
    """Return the plan a sheet's KPI is judged in: of the round's plans the one it stands in, else the first.

    (A part that no document places stands in none; it runs with the plan of its whole.)
    """
    year = sheet.round.fiscal_year
    placed = set(sheet.kpi.placements.values_list("node__plan_id", flat=True))
    plans = list(sheet.round.plans.select_related("rating_scheme")) or list(
        Plan.objects.filter(pk__in=placed).select_related("rating_scheme")
    )
    running = [plan for plan in plans if _runs_in(plan, year)] or plans
    return next((plan for plan in running if plan.pk in placed), running[0] if running else None)


def _runs_in(plan: Plan, year: int) -> bool:
    first, last = plan.first_fiscal_year, plan.last_fiscal_year
    return (first is None or first <= year) and (last is None or year <= last)


def scheme_for(sheet: KpiSheet, plan: Plan | None) -> Scheme | None:
    """Return the scheme a sheet is judged by: the round's own, else the plan's."""
    stored = sheet.round.rating_scheme or (plan.rating_scheme if plan else None)
    return scheme_of(stored) if stored else None


def sheet_figures(user: User, sheet: KpiSheet) -> KpiFigures:
    """Return the figures a sheet is judged from, with its own round's in its own year."""
    figures = figures_of(
        [sheet.kpi],
        fiscal_year=sheet.round.fiscal_year,
        edition=Edition(sheet.round.edition),
        viewer=user,
    )
    return figures[sheet.kpi_id]


def sheet_verdict(
    sheet: KpiSheet, figures: KpiFigures, plan: Plan | None, scheme: Scheme | None
) -> Verdict | None:
    """Judge a sheet; None for a half year's, which no yearly target fits."""
    if sheet.round.edition == Edition.HALF:
        return None
    return verdict_of(figures, plan, sheet.round.fiscal_year, scheme)
