"""The table of a plan's KPIs × years: planning corrects final figures there and fills in history."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from evaluations import permissions
from evaluations.calculations.blocks import Laid
from evaluations.forms.plan_figures import FigureSheet, lay, sent_sheet, shown_sheet, with_refusals
from evaluations.selectors.plan_figures import FigureRow, figure_rows, years_of
from evaluations.services.workflow import ReasonMissing
from evaluations.services.year_figures import save_year_figures
from evaluations.views.requests import authorship_of, user_of
from organization.models import Section
from strategy.models import Kpi, Plan, PlanNode
from strategy.selectors.definitions import (
    DefinitionFilter,
    DefinitionRow,
    definitions_of,
    matching,
    nodes_in_order,
    plans_and_chosen,
    sections_of,
)
from tsukuba_kpi import clock
from tsukuba_kpi.requests import sent_number

PAGE_SIZE = 100
UNPROCESSABLE = 422
CHECKED = "読み取りを確かめました。まだ保存していません。"


@dataclass(frozen=True)
class FigurePage:
    """One page of the table: its rows, and what to choose from."""

    plans: list[Plan]
    plan: Plan | None
    page: "Page[DefinitionRow]"
    years: tuple[int, ...]
    rows: tuple[FigureRow, ...]
    others: list[Kpi]
    nodes: list[PlanNode]
    sections: list[Section]
    wanted: DefinitionFilter


def _page(request: HttpRequest) -> FigurePage:
    asked = request.GET
    today_year = clock.current_fiscal_year()
    plans, plan = plans_and_chosen(asked.get("plan", ""), fiscal_year=today_year)
    every = definitions_of(plan) if plan else []
    nodes = nodes_in_order(plan) if plan else []
    wanted = DefinitionFilter(
        text=asked.get("q", "")[:100],
        node_id=sent_number(asked.get("node", "")),
        section_id=sent_number(asked.get("section", "")),
    )
    page = Paginator(matching(every, wanted, nodes), PAGE_SIZE).get_page(asked.get("page"))
    years: tuple[int, ...] = ()
    rows: tuple[FigureRow, ...] = ()
    if plan is not None:
        ids = [row.kpi.pk for row in every]
        years = years_of(plan, ids, first=sent_number(asked.get("from", "")), today_year=today_year)
        rows = figure_rows(user_of(request), plan, list(page.object_list), years, today=clock.today())
    here = {row.kpi.pk for row in rows}
    others = [row.kpi for row in every if row.kpi.pk not in here]
    return FigurePage(plans, plan, page, years, rows, others, nodes, sections_of(every), wanted)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_figures(request: HttpRequest) -> HttpResponse:
    """Show a plan's figures by year; a POST lays a pasted block, reads the boxes back, or saves them."""
    _guard(request)
    found = _page(request)
    if request.method != "POST" or found.plan is None:
        return _show(request, found, shown_sheet(found.rows, found.years))
    do, laid = request.POST.get("do", "save"), None
    if do == "lay":
        laid = lay(found.rows, found.years, found.others, request.POST)
        _tell_laid(request, laid)
    sheet = _sent(request, found, laid)
    if do in {"check", "lay"}:
        if do == "check":
            messages.info(request, CHECKED)
        return _show(request, found, sheet)
    return _save(request, found, found.plan, sheet)


@require_POST
def plan_figures_check(request: HttpRequest) -> JsonResponse:
    """Say how boxes are understood while they are typed, and where a pasted block lies. Writes nothing."""
    _guard(request)
    found = _page(request)
    laid = lay(found.rows, found.years, found.others, request.POST) if "block" in request.POST else None
    sheet = _sent(request, found, laid)
    laid_names = {f"c.{kpi}.{year}": text for (kpi, year), text in laid.texts.items()} if laid else {}
    asked = set(request.POST) | set(laid_names)
    answers = {
        box.name: {"state": box.mark, "answer": box.answer} for box in sheet.boxes if box.name in asked
    }
    told = [*([laid.problem] if laid.problem else []), *laid.told] if laid else []
    return JsonResponse({"cells": answers, "texts": laid_names, "told": told})


def _guard(request: HttpRequest) -> None:
    user = user_of(request)
    if not permissions.can_see_plan_figures(user):
        raise PermissionDenied("計画の年度別の値の表は、企画部門の人だけが開けます。")
    if request.method == "POST" and not permissions.can_record_figures(user):
        raise PermissionDenied("年度別の値を書けるのは企画部門の人だけです。")


def _sent(request: HttpRequest, found: FigurePage, laid: Laid | None) -> FigureSheet:
    assert found.plan is not None or not found.rows
    data: Mapping[str, str] = request.POST
    if found.plan is None:
        return shown_sheet((), ())
    return sent_sheet(found.rows, found.years, data, found.plan, today=clock.today(), laid=laid)


def _tell_laid(request: HttpRequest, laid: Laid) -> None:
    if laid.problem:
        messages.error(request, laid.problem)
    for told in laid.told:
        messages.warning(request, told)
    if laid.texts:
        messages.info(
            request, f"{len(laid.texts)}個の値を欄に入れました。読み取りを確かめて保存してください。"
        )


def _save(request: HttpRequest, found: FigurePage, plan: Plan, sheet: FigureSheet) -> HttpResponse:
    """Save what differs; what is refused keeps its words and says why."""
    reason = request.POST.get("reason", "")
    try:
        written = save_year_figures(
            entries=[box.entry for box in sheet.changed],
            is_demo=plan.is_demo,
            reason=reason,
            authorship=authorship_of(request),
        )
    except ReasonMissing:
        count = f"確定した値を{sheet.corrections}個変えています。"
        missing = f"{count}訂正の理由を書いてください。まだ何も保存していません。"
        return _show(request, found, sheet, status=UNPROCESSABLE, reason_problem=missing)
    done = [
        words
        for count, words in (
            (written.corrected, f"{written.corrected}個を訂正しました。"),
            (written.recorded, f"{written.recorded}個を記録しました。"),
        )
        if count
    ]
    if done:
        messages.success(request, "".join(done))
    left = len(written.refused) + len(sheet.refused)
    if not left:
        if not done:
            messages.info(request, "変更はありませんでした。")
        return redirect(f"{reverse('evaluations:plan_figures')}?{request.GET.urlencode()}")
    messages.error(request, f"{left}個は保存していません。理由を欄の下に示しました。")
    fresh = _page(request)
    shown = with_refusals(sheet, shown_sheet(fresh.rows, fresh.years), written.refused)
    return _show(request, fresh, shown, status=UNPROCESSABLE)


def _show(
    request: HttpRequest,
    found: FigurePage,
    sheet: FigureSheet,
    *,
    status: int = 200,
    reason_problem: str = "",
) -> HttpResponse:
    is_laid = request.POST.get("do") == "lay"
    context = {
        "found": found,
        "plan": found.plan,
        "page": found.page,
        "sheet": sheet,
        "may_write": permissions.can_record_figures(user_of(request)),
        "has_boxes": bool(sheet.boxes),
        "has_corrections": any(box.cell.place.sheet for box in sheet.boxes),
        "unsaved": sum(box.is_mine for box in sheet.boxes),
        "reason": request.POST.get("reason", ""),
        "reason_problem": reason_problem,
        # Not "block": a template's own word for the block it is in.
        "pasted": request.POST.get("block", "") if is_laid else "",
        "at_row": request.POST.get("at_row", ""),
        "at_year": request.POST.get("at_year", ""),
        "is_demo": bool(found.plan and found.plan.is_demo),
    }
    return render(request, "evaluations/plan_figures.html", context, status=status)
