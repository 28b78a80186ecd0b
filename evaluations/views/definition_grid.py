"""The table of all KPIs of a plan: their definitions and targets edited in place, with paste from Excel."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evaluations.services.definitions import ChangeReasonMissing, change_definitions
from evaluations.views.definitions import CHECKED, CONFLICT, SOMEBODY_WAS_FIRST, UNPROCESSABLE, tell_saved
from history.services import VersionConflict
from strategy.calculations.definition_cells import COLUMN, Column
from strategy.forms.definition_sheet import DefinitionSheet, sent_sheet, shown_sheet
from strategy.models import Plan
from strategy.permissions import can_define
from strategy.selectors.definitions import DefinitionRow, definitions_of, plans_and_chosen, target_years
from strategy.views.access import authorship_of, for_definers
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

PAGE_SIZE = 40
GRID_COLUMNS: tuple[Column, ...] = tuple(
    COLUMN[key]
    for key in (
        "unit",
        "decimals",
        "direction",
        "aggregation",
        "baseline_value",
        "baseline_years",
        "rationale",
        "method",
        "final_note",
    )
)


@dataclass(frozen=True)
class GridPage:
    """One page of the table, read anew."""

    plans: list[Plan]
    plan: Plan | None
    page: "Page[DefinitionRow]"
    years: list[int]


def grid_page(request: SignedInRequest) -> GridPage:
    """Return the rows that the address asks for."""
    plans, plan = plans_and_chosen(request.GET.get("plan", ""), fiscal_year=clock.current_fiscal_year())
    rows = definitions_of(plan) if plan else []
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return GridPage(plans, plan, page, target_years([plan] if plan else [], rows))


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def kpi_definition_grid(request: SignedInRequest) -> HttpResponse:
    """Show definitions and targets as a table of inputs; a POST checks or saves them, all or nothing."""
    grid = grid_page(request)
    if request.method != "POST":
        return _show(request, grid, shown_sheet(grid.page.object_list, grid.years, GRID_COLUMNS))
    sheet = _sent(request, grid)
    if request.POST.get("do") == "check":
        messages.info(request, CHECKED)
        return _show(request, grid, sheet)
    if not sheet.can_be_saved:
        if sheet.clashes:
            messages.error(request, SOMEBODY_WAS_FIRST)
        return _show(request, grid, sheet, status=CONFLICT if sheet.clashes else UNPROCESSABLE)
    try:
        changed = change_definitions(
            changes=sheet.changes,
            reason=request.POST.get("reason", ""),
            authorship=authorship_of(request),
        )
    except ChangeReasonMissing as missing:
        return _show(request, grid, sheet, status=UNPROCESSABLE, reason_problem=str(missing))
    except VersionConflict:
        grid = grid_page(request)
        messages.error(request, SOMEBODY_WAS_FIRST)
        return _show(request, grid, _sent(request, grid), status=CONFLICT)
    tell_saved(request, sheet, changed)
    return redirect(f"{reverse('strategy:kpi_definition_grid')}?{request.GET.urlencode()}")


def _sent(request: SignedInRequest, grid: GridPage) -> DefinitionSheet:
    confirmed = request.POST.getlist("confirm")
    if request.POST.get("do") == "confirm":
        confirmed = shown_sheet(grid.page.object_list, grid.years, GRID_COLUMNS).marked
    return sent_sheet(
        grid.page.object_list,
        grid.years,
        request.POST.dict(),
        confirmed=confirmed,
        columns=GRID_COLUMNS,
    )


def _show(
    request: SignedInRequest,
    grid: GridPage,
    sheet: DefinitionSheet,
    *,
    status: int = 200,
    reason_problem: str = "",
) -> HttpResponse:
    context = {
        "grid": grid,
        "plan": grid.plan,
        "page": grid.page,
        "sheet": sheet,
        "reviews": len(sheet.marked),
        "may_define": can_define(request.user),
        "reason": request.POST.get("reason", ""),
        "reason_problem": reason_problem,
        "is_demo": bool(grid.plan and grid.plan.is_demo),
    }
    return render(request, "strategy/kpi_definition_grid.html", context, status=status)
