"""Pages of one KPI and of programs."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluations import permissions
from programs.models import Program
from reports.filters import ProgramSheetFilter
from reports.selectors import programs as program_selectors
from reports.selectors.decisions import decisions_on
from reports.selectors.kpi_page import kpi_page
from reports.selectors.periods import year_of
from reports.views.files import table_file
from strategy.models import Kpi, Plan
from tsukuba_kpi.requests import SignedInRequest

PAGE_SIZE = 50


@require_safe
def kpi_detail(request: SignedInRequest, code: str) -> HttpResponse:
    """Show a KPI with its series, the judgement of every year, and its history."""
    kpi = get_object_or_404(Kpi.objects.select_related("predecessor"), code=code)
    plan = (
        Plan.objects.filter(code=request.GET.get("plan", ""), nodes__placements__kpi=kpi).distinct().first()
    )
    page = kpi_page(kpi, plan=plan, fiscal_year=year_of(request.GET), viewer=request.user)
    return render(request, "reports/kpi_detail.html", {"page": page, "kpi": page.kpi, "today": kpi})


@require_safe
def program_list(request: SignedInRequest) -> HttpResponse:
    """List the programs of one fiscal year."""
    filtered = _programs(request)
    rows = program_selectors.in_order(filtered.qs, request.GET.get("sort", ""))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reports/program_list.html", {"form": filtered.form, "page": page})


@require_safe
def program_list_file(request: SignedInRequest, form: str) -> HttpResponse:
    """Send the list of programs as it is filtered and sorted: csv (UTF-8 or cp932) or xlsx."""
    filtered = _programs(request)
    rows = program_selectors.in_order(filtered.qs, request.GET.get("sort", ""))
    return table_file(program_selectors.flat_table(rows), "programs", form)


def _programs(request: SignedInRequest) -> ProgramSheetFilter:
    years = program_selectors.program_years()
    query = request.GET.copy()
    if years and not query.get("fiscal_year"):
        query["fiscal_year"] = str(years[0])
    return ProgramSheetFilter(
        query,
        queryset=program_selectors.program_sheets(request.user),
        years=years,
        sections=program_selectors.sections_with_programs(),
        evaluations=permissions.visible_program_evaluations(request.user),
    )


@require_safe
def program_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a program in a fiscal year, with its other years, where it comes from and what it serves."""
    program = get_object_or_404(Program, pk=pk)
    page = program_selectors.program_page(program, fiscal_year=year_of(request.GET), viewer=request.user)
    decisions = decisions_on(request.user, program_ids={program.pk})
    context = {"page": page, "program": program, "decisions": decisions}
    return render(request, "reports/program_detail.html", context)
