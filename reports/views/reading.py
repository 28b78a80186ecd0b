"""Pages that are read: plans, nodes, KPIs, programs, sections."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from organization.models import Section
from programs.models import Program
from reports.filters import ProgramSheetFilter
from reports.forms import KpiListForm
from reports.selectors import programs as program_selectors
from reports.selectors.dashboard import dashboard, tally
from reports.selectors.kpi_page import kpi_page
from reports.selectors.kpi_rows import kpi_rows
from reports.selectors.periods import Period, period_of
from reports.selectors.plan_tree import plan_tree
from reports.selectors.sections import section_list as sections_with_counts
from reports.selectors.sections import section_page
from strategy.models import Kpi, Plan, PlanNode
from strategy.selectors.schemes import scheme_of
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

PAGE_SIZE = 100


@require_safe
def plan_list(request: SignedInRequest) -> HttpResponse:
    """List the plans."""
    return render(request, "reports/plan_list.html", {"plans": Plan.objects.select_related("rating_scheme")})


@require_safe
def plan_detail(request: SignedInRequest, code: str) -> HttpResponse:
    """Show where a plan stands: counts of grades, reasons and sheets, for every node."""
    plan, period = _plan_and_period(request, code)
    tree = plan_tree(plan, fiscal_year=period.fiscal_year)
    rows = kpi_rows(tree, fiscal_year=period.fiscal_year, edition=period.edition, viewer=request.user)
    due_on = period.round.due_on if period.round else None
    board = dashboard(tree, rows, is_late=due_on is not None and due_on < clock.today())
    return render(request, "reports/plan_detail.html", {"plan": plan, "period": period, "board": board})


@require_safe
def plan_years(request: SignedInRequest, code: str) -> HttpResponse:
    """Show how the grades of every goal moved over the plan's years."""
    # pandas takes a third of a second to load: only who opens this page waits for it.
    from reports.selectors.years import year_table

    plan, period = _plan_and_period(request, code)
    table = year_table(plan_tree(plan), years=period.years, viewer=request.user)
    return render(request, "reports/plan_years.html", {"plan": plan, "table": table})


@require_safe
def kpi_list(request: SignedInRequest, code: str) -> HttpResponse:
    """List a plan's KPIs, filtered: every number of the dashboard leads here."""
    plan, period = _plan_and_period(request, code)
    tree = plan_tree(plan, fiscal_year=period.fiscal_year)
    rows = kpi_rows(tree, fiscal_year=period.fiscal_year, edition=period.edition, viewer=request.user)
    scheme = scheme_of(plan.rating_scheme) if plan.rating_scheme else None
    form = KpiListForm(request.GET, tree=tree, rows=rows, scheme=scheme)
    found = form.keep(rows)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"plan": plan, "period": period, "form": form, "page": page, "tally": tally(found, scheme)}
    return render(request, "reports/kpi_list.html", context)


@require_safe
def node_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a goal, policy, measure, grant program or project with its KPIs and programs."""
    node = get_object_or_404(PlanNode.objects.select_related("plan__rating_scheme"), pk=pk)
    plan, period = node.plan, _period(request, node.plan)
    tree = plan_tree(plan, fiscal_year=period.fiscal_year)
    branch = tree.by_id[node.pk]
    inside = branch.kpi_ids()
    rows = kpi_rows(tree, fiscal_year=period.fiscal_year, edition=period.edition, viewer=request.user)
    found = [row for row in rows if row.kpi.pk in inside]
    context = {
        "plan": plan,
        "period": period,
        "branch": branch,
        "ancestors": tree.ancestors(node),
        "rows": found,
        "tally": tally(found, scheme_of(plan.rating_scheme) if plan.rating_scheme else None),
        "links": node.program_links.select_related("program"),
        "level_name": plan.level_name(node.level),
    }
    return render(request, "reports/node_detail.html", context)


@require_safe
def kpi_detail(request: SignedInRequest, code: str) -> HttpResponse:
    """Show a KPI with its series, the judgement of every year, and its history."""
    kpi = get_object_or_404(Kpi.objects.select_related("predecessor"), code=code)
    plan = (
        Plan.objects.filter(code=request.GET.get("plan", ""), nodes__placements__kpi=kpi).distinct().first()
    )
    page = kpi_page(kpi, plan=plan, fiscal_year=_year_of(request), viewer=request.user)
    return render(request, "reports/kpi_detail.html", {"page": page, "kpi": kpi})


@require_safe
def program_list(request: SignedInRequest) -> HttpResponse:
    """List the programs of one fiscal year."""
    years = program_selectors.program_years()
    query = request.GET.copy()
    if years and not query.get("fiscal_year"):
        query["fiscal_year"] = str(years[0])
    filtered = ProgramSheetFilter(
        query,
        queryset=program_selectors.program_sheets(request.user),
        years=years,
        sections=program_selectors.sections_with_programs(),
    )
    page = Paginator(filtered.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reports/program_list.html", {"form": filtered.form, "page": page})


@require_safe
def program_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a program in a fiscal year, with its other years, where it comes from and what it serves."""
    program = get_object_or_404(Program, pk=pk)
    page = program_selectors.program_page(program, fiscal_year=_year_of(request), viewer=request.user)
    return render(request, "reports/program_detail.html", {"page": page, "program": program})


@require_safe
def section_list(request: HttpRequest) -> HttpResponse:
    """List the sections by bureau."""
    return render(request, "reports/section_list.html", {"sections": sections_with_counts()})


@require_safe
def section_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a section with what it answers for."""
    section = get_object_or_404(Section.objects.select_related("bureau"), pk=pk)
    return render(
        request, "reports/section_detail.html", {"page": section_page(section, viewer=request.user)}
    )


def _plan_and_period(request: SignedInRequest, code: str) -> tuple[Plan, Period]:
    plan = get_object_or_404(Plan.objects.select_related("rating_scheme"), code=code)
    return plan, _period(request, plan)


def _period(request: SignedInRequest, plan: Plan) -> Period:
    return period_of(plan, request.GET, viewer=request.user, current_year=clock.current_fiscal_year())


def _year_of(request: SignedInRequest) -> int | None:
    asked = request.GET.get("fiscal_year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None
