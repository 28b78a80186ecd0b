"""A sheet's judgement: in which plan, by which scheme, from which figures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from evaluations.enums import Edition
from evaluations.models import Actual, KpiSheet, Round
from evaluations.selectors.figures import KpiFigures, figures_of
from evaluations.selectors.judgements import Verdict, verdict_of
from evaluations.selectors.standing import plans_as_stood, settled_at
from organization.models import User
from strategy.calculations.rating import Scheme
from strategy.models import Placement, Plan
from strategy.selectors.schemes import scheme_of


def plan_of(sheet: KpiSheet) -> Plan | None:
    """Return the plan a sheet's KPI is judged in: of the round's plans the one it stands in, else the first.

    (A part that no document places stands in none; it runs with the plan of its whole.)
    """
    placed = set(sheet.kpi.placements.values_list("node__plan_id", flat=True))
    plans = list(sheet.round.plans.select_related("rating_scheme")) or list(
        Plan.objects.filter(pk__in=placed).select_related("rating_scheme")
    )
    plans = plans_as_stood(plans, settled_at(sheet.round))
    return choose_plan(plans, placed, sheet.round.fiscal_year)


def choose_plan(plans: Sequence[Plan], placed: Collection[int], fiscal_year: int) -> Plan | None:
    """Return of some plans the one a KPI stands in and that runs in a year, else the nearest to that."""
    running = [plan for plan in plans if _runs_in(plan, fiscal_year)] or plans
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
        is_demo=sheet.round.is_demo,
        stood_at=settled_at(sheet.round),
    )
    return figures[sheet.kpi_id]


def sheet_verdict(
    sheet: KpiSheet, figures: KpiFigures, plan: Plan | None, scheme: Scheme | None
) -> Verdict | None:
    """Judge a sheet; None for a half year's, which no yearly target fits."""
    if sheet.round.edition == Edition.HALF:
        return None
    return verdict_of(figures, plan, sheet.round.fiscal_year, scheme)


def verdict_if(
    sheet: KpiSheet, figures: KpiFigures, plan: Plan | None, scheme: Scheme | None, typed: Actual | None
) -> Verdict | None:
    """Judge a sheet as it would be with a figure that is only typed yet (None: without any)."""
    year = sheet.round.fiscal_year
    others = {each: row for each, row in figures.actuals.items() if each != year}
    actuals = others if typed is None else {**others, year: typed}
    return sheet_verdict(sheet, replace(figures, actuals=actuals), plan, scheme)


@dataclass(frozen=True)
class Judged:
    """A sheet with the figures and the plan it is judged from, and its judgement (None: half a year's)."""

    figures: KpiFigures
    verdict: Verdict | None
    plan: Plan | None = None


def judged_sheets(user: User, sheets: Sequence[KpiSheet]) -> dict[int, Judged]:
    """Judge many sheets, each in the plan and by the scheme of its round.

    The number of queries grows with the rounds and schemes, not with the sheets.
    """
    by_round: dict[int, list[KpiSheet]] = {}
    for sheet in sheets:
        by_round.setdefault(sheet.round_id, []).append(sheet)
    schemes: dict[int, Scheme] = {}
    found: dict[int, Judged] = {}
    for of_round in by_round.values():
        found |= _judged_round(user, of_round, schemes)
    return found


def _judged_round(user: User, sheets: Sequence[KpiSheet], schemes: dict[int, Scheme]) -> dict[int, Judged]:
    collection = sheets[0].round
    figures = figures_of(
        [sheet.kpi for sheet in sheets],
        fiscal_year=collection.fiscal_year,
        edition=Edition(collection.edition),
        viewer=user,
        is_demo=collection.is_demo,
        stood_at=settled_at(collection),
    )
    judged_in = yardsticks_of(collection, figures, schemes)
    found = {}
    for sheet in sheets:
        plan, scheme = judged_in[sheet.kpi_id]
        verdict = sheet_verdict(sheet, figures[sheet.kpi_id], plan, scheme)
        found[sheet.pk] = Judged(figures[sheet.kpi_id], verdict, plan)
    return found


def yardsticks_of(
    collection: Round, kpi_ids: Collection[int], schemes: dict[int, Scheme] | None = None
) -> dict[int, tuple[Plan | None, Scheme | None]]:
    """Return in which plan and by which scheme each KPI of a round is judged.

    `schemes` keeps what has been read already, by primary key.
    """
    known: dict[int, Scheme] = {} if schemes is None else schemes
    placed: dict[int, set[int]] = {}
    places = Placement.objects.filter(kpi_id__in=kpi_ids).values_list("kpi_id", "node__plan_id")
    for kpi_id, plan_id in places:
        placed.setdefault(kpi_id, set()).add(plan_id)
    own = list(collection.plans.select_related("rating_scheme"))
    others = {pk for plans in placed.values() for pk in plans} if not own else set()
    plans = own or list(Plan.objects.filter(pk__in=others).select_related("rating_scheme"))
    plans = plans_as_stood(plans, settled_at(collection))
    found: dict[int, tuple[Plan | None, Scheme | None]] = {}
    for kpi_id in kpi_ids:
        plan = choose_plan(plans, placed.get(kpi_id, set()), collection.fiscal_year)
        stored = collection.rating_scheme or (plan.rating_scheme if plan else None)
        if stored is not None and stored.pk not in known:
            known[stored.pk] = scheme_of(stored)
        found[kpi_id] = plan, known[stored.pk] if stored else None
    return found
