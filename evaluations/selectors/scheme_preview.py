"""What another rating scheme would change: which KPIs would get another grade, and why."""

from dataclasses import dataclass

from django.db.models import Max

from evaluations.permissions import visible_actuals
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import Verdict, verdicts_of
from organization.models import User
from strategy.calculations.rating import Scheme
from strategy.models import Kpi, Plan
from strategy.selectors.definitions import kpis_of_plan


@dataclass(frozen=True)
class GradeChange:
    """One KPI whose grade, or whose reason for having none, would change."""

    kpi: Kpi
    before: Verdict
    after: Verdict


@dataclass(frozen=True)
class SchemePreview:
    """What a scheme would change in one fiscal year of a plan."""

    plan: Plan
    fiscal_year: int
    total: int
    changes: tuple[GradeChange, ...]


def latest_year(plan: Plan, viewer: User) -> int | None:
    """Return the last fiscal year of the plan of which it has figures, None without any."""
    kpis = Kpi.objects.filter(placements__node__plan=plan)
    rows = visible_actuals(viewer).filter(kpi__in=kpis)
    if plan.first_fiscal_year is not None:
        rows = rows.filter(fiscal_year__gte=plan.first_fiscal_year)
    if plan.last_fiscal_year is not None:
        rows = rows.filter(fiscal_year__lte=plan.last_fiscal_year)
    found: int | None = rows.aggregate(year=Max("fiscal_year"))["year"]
    return found


def preview_scheme(plan: Plan, scheme: Scheme, *, fiscal_year: int, viewer: User) -> SchemePreview:
    """Judge a plan's KPIs by its own scheme and by another one, and return where they differ."""
    kpis, _ = kpis_of_plan(plan)
    figures = figures_of(kpis, fiscal_year=fiscal_year, viewer=viewer)
    before = verdicts_of(figures, plan=plan, fiscal_year=fiscal_year)
    after = verdicts_of(figures, plan=plan, fiscal_year=fiscal_year, scheme=scheme)
    changes = tuple(
        GradeChange(kpi, before[kpi.pk], after[kpi.pk])
        for kpi in kpis
        if _shown(before[kpi.pk]) != _shown(after[kpi.pk])
    )
    return SchemePreview(plan, fiscal_year, len(kpis), changes)


def _shown(verdict: Verdict) -> tuple[str, str]:
    """Return grade and reason; several numbers judged one by one count with all their grades."""
    grades = [part.grade.label if part.grade else "" for _, part in verdict.parts]
    own = verdict.grade.label if verdict.grade else ""
    return "・".join([own, *grades]), verdict.why_none
