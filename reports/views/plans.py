"""Dashboards of plans and their parts, and the list of KPIs every number of them leads to."""

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluations.selectors.effects import decided_effects
from evaluations.selectors.lists import has_late_kpi_sheets
from reports.enums import Scope
from reports.filters import sorted_rows
from reports.selectors.counts import NOTHING, counts_for
from reports.selectors.dashboard import dashboard, in_order, tally_of, year_table
from reports.selectors.decisions import decisions_on
from reports.selectors.frames import gone_node
from reports.selectors.kpi_list import flat_table
from reports.selectors.programs import programs_serving
from reports.selectors.values_by_year import values_by_year
from reports.views.files import table_file
from reports.views.looking import Look, filtered, lines_of, look_at, page_of
from strategy.enums import NodeLevel
from strategy.models import Plan, PlanNode, Responsibility
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

MOST_ROWS = 10_000


@require_safe
def plan_list(request: SignedInRequest) -> HttpResponse:
    """List the plans."""
    return render(request, "reports/plan_list.html", {"plans": Plan.objects.select_related("rating_scheme")})


@require_safe
def plan_detail(request: SignedInRequest, code: str) -> HttpResponse:
    """Show where a plan stands: counts of grades, reasons and sheets, for every node."""
    look = look_at(request, _plan(code))
    board = dashboard(look.frames, look.period.key, request.user, look.own)
    collection = look.period.round
    late = (
        board.tally.waiting > 0
        and collection is not None
        and has_late_kpi_sheets(collection, look.plan, today=clock.today())
    )
    return render(request, "reports/plan_detail.html", _context(look) | {"board": board, "is_late": late})


@require_safe
def plan_years(request: SignedInRequest, code: str) -> HttpResponse:
    """Show how the grades of every goal moved over the plan's years."""
    look = look_at(request, _plan(code))
    table = year_table(look.frames, look.period.years, request.user)
    return render(
        request,
        "reports/plan_years.html",
        _context(look) | {"table": table, "has_settled": len(look.frames.times) > 1},
    )


@require_safe
def plan_values_file(request: SignedInRequest, code: str, form: str) -> HttpResponse:
    """Send the actuals of all years side by side: csv (UTF-8 or cp932) or xlsx."""
    table = values_by_year(_plan(code), viewer=request.user)
    return table_file(table, f"values_{code}", form)


@require_safe
def kpi_list(request: SignedInRequest, code: str) -> HttpResponse:
    """List a plan's KPIs, filtered and sorted: every number of the dashboards leads here."""
    look = look_at(request, _plan(code))
    asked = filtered(look, request.GET, request.user)
    page = page_of(look, asked, request.GET, request.user)
    context = {
        "form": asked.form,
        "page": page,
        "rows": lines_of(look, list(page.object_list), request.user),
    }
    return render(request, "reports/kpi_list.html", _context(look) | context)


@require_safe
def kpi_list_file(request: SignedInRequest, code: str, form: str) -> HttpResponse:
    """Send the list as it is filtered and sorted: csv (UTF-8 or cp932) or xlsx."""
    look = look_at(request, _plan(code))
    asked = filtered(look, request.GET, request.user)
    rows = list(sorted_rows(asked, request.GET.get("sort", ""))[: MOST_ROWS + 1])
    if len(rows) > MOST_ROWS:
        context = _context(look) | {"most": MOST_ROWS}
        return render(request, "reports/list_too_long.html", context, status=409)
    table = flat_table(look.frame, lines_of(look, rows, request.user), look.period.key)
    year, edition = look.period.key
    return table_file(table, f"kpi_{code}_{year}_{edition.value}", form)


@require_safe
def node_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a goal, policy, measure, grant program or project with its KPIs and programs."""
    node = PlanNode.objects.select_related("plan__rating_scheme").filter(pk=pk).first() or gone_node(pk)
    if node is None:
        raise Http404
    look = look_at(request, node.plan)
    period = look.period.key
    node, *above = look.frames.line_of(node, period)
    counts = counts_for(look.frames, [period], request.user, scopes=[Scope.NODE], own=look.own)[period]
    query = request.GET.copy()
    query["node"] = str(node.pk)
    page = page_of(look, filtered(look, query, request.user), query, request.user)
    tally = tally_of(counts.get((Scope.NODE.value, node.pk), NOTHING), look.frame.scheme)
    below = [each.pk for each in look.frame.nodes if node.pk in look.frame.lines[each.pk]]
    serving = programs_serving(node, below)
    context = {
        "node": node,
        "ancestors": above[::-1],
        "children": [
            (child, tally_of(counts.get((Scope.NODE.value, child.pk), NOTHING), look.frame.scheme))
            for child, _ in in_order(look.frame.nodes)
            if child.parent_id == node.pk
        ],
        "page": page,
        "rows": lines_of(look, list(page.object_list), request.user),
        "tally": tally,
        "sections": [held.section for held in _held(node, period[0])],
        "serving": serving,
        "decisions": decisions_on(
            request.user, node_ids=below, program_ids={each.program.pk for each in serving}
        ),
        "effects": decided_effects(
            request.user,
            [n.pk for n in look.frame.nodes if n.pk in set(below) and n.level == NodeLevel.GRANT],
        ),
        "level_name": look.plan.level_name(node.level),
    }
    return render(request, "reports/node_detail.html", _context(look) | context)


def _held(node: PlanNode, fiscal_year: int) -> "QuerySet[Responsibility]":
    held = Responsibility.objects.for_year(fiscal_year).filter(node=node)
    return held.select_related("section__bureau")


def _plan(code: str) -> Plan:
    return get_object_or_404(Plan.objects.select_related("rating_scheme"), code=code)


def _context(look: Look) -> dict[str, object]:
    return {
        "plan": look.plan,
        "period": look.period,
        "fresh": look.fresh,
        "scheme": look.frame.scheme,
        "stood_at": look.frame.stood_at,
    }
