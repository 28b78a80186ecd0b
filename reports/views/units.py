"""Dashboards of sections and bureaus."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluations.enums import Edition
from organization.models import Bureau, Section
from reports.selectors.frames import KpiPeriod, frames_of
from reports.selectors.periods import edition_of, newest_year, plan_years, year_of
from reports.selectors.sections import (
    UnitBoard,
    plans_of,
    program_states,
    section_lines,
    section_page,
    unit_board,
)
from reports.services.standings import Freshness, keep_up
from reports.views.looking import ask_for_counts
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest


@dataclass(frozen=True)
class UnitPeriod:
    """The year and edition a section's or bureau's page looks at, and the years to choose from."""

    fiscal_year: int
    edition: Edition
    years: tuple[int, ...]


@require_safe
def section_list(request: HttpRequest) -> HttpResponse:
    """List the sections by bureau."""
    return render(request, "reports/section_list.html", {"lines": section_lines()})


@require_safe
def section_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a section with what it answers for."""
    section = get_object_or_404(Section.objects.select_related("bureau"), pk=pk)
    period, boards, fresh = _boards(request, section, [section])
    context = {
        "period": period,
        "boards": boards,
        "fresh": fresh,
        "page": section_page(section, fiscal_year=period.fiscal_year, viewer=request.user),
        "program_states": program_states(request.user, [section.pk], period.fiscal_year),
    }
    return render(request, "reports/section_detail.html", context)


@require_safe
def bureau_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a bureau with what its sections answer for."""
    bureau = get_object_or_404(Bureau, pk=pk)
    sections = list(bureau.sections.all())
    period, boards, fresh = _boards(request, bureau, sections)
    states = program_states(request.user, [section.pk for section in sections], period.fiscal_year)
    context = {
        "bureau": bureau,
        "sections": sections,
        "period": period,
        "boards": boards,
        "fresh": fresh,
        "program_states": states,
    }
    return render(request, "reports/bureau_detail.html", context)


def _boards(
    request: SignedInRequest, unit: Section | Bureau, sections: Sequence[Section]
) -> tuple[UnitPeriod, list[UnitBoard], Freshness]:
    """Return the period looked at and the counts of every plan that runs in it."""
    current = clock.current_fiscal_year()
    plans = plans_of([section.pk for section in sections])
    years = {plan.pk: plan_years(plan, current) for plan in plans}
    every_year: list[KpiPeriod] = [(year, Edition.FINAL) for year in sorted(set().union(*years.values()))]
    wanted = [(plan, period) for plan in plans for period in every_year if period[0] in years[plan.pk]]
    fresh = keep_up(wanted=wanted, at=clock.now())
    known = tuple(year for year, _ in every_year) or (current,)
    asked = year_of(request.GET)
    year = asked if asked in known else newest_year(unit, request.user, known, current)
    period = UnitPeriod(year, edition_of(request.GET), known)
    running = [plan for plan in plans if year in years[plan.pk]]
    if period.edition is not Edition.FINAL:
        fresh = keep_up(wanted=[(plan, (year, period.edition)) for plan in running], at=clock.now())
    ask_for_counts(fresh, running)
    boards = [
        unit_board(
            frames_of(plan),
            (year, period.edition),
            request.user,
            unit,
            sections,
        )
        for plan in running
    ]
    return period, boards, fresh
