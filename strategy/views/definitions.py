"""Planning's table of all KPIs of a plan, with what is missing in each definition."""

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from strategy.forms.definition_filter import DefinitionFilterForm
from strategy.forms.definition_sheet import cells_asked, sent_sheet
from strategy.models import Kpi
from strategy.permissions import can_define
from strategy.selectors.definitions import (
    count_definitions,
    definition_rows,
    definitions_of,
    matching,
    nodes_in_order,
    plans_and_chosen,
    sections_of,
)
from strategy.views.access import for_definers
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

PAGE_SIZE = 100


@require_safe
@for_definers
def kpi_definition_list(request: SignedInRequest) -> HttpResponse:
    """List a plan's KPIs; filter by what is missing, by place, section, words."""
    plans, plan = plans_and_chosen(request.GET.get("plan", ""), fiscal_year=clock.current_fiscal_year())
    rows = definitions_of(plan) if plan else []
    nodes = nodes_in_order(plan) if plan else []
    form = DefinitionFilterForm(
        {**request.GET.dict(), "plan": plan.code if plan else ""},
        plans=plans,
        nodes=nodes,
        sections=sections_of(rows),
    )
    wanted = form.wanted()
    found = matching(rows, wanted, nodes)
    context = {
        "plan": plan,
        "form": form,
        "counts": count_definitions(rows),
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "is_filtered": len(found) != len(rows),
        "may_define": can_define(request.user),
        "is_demo": bool(plan and plan.is_demo),
    }
    return render(request, "strategy/kpi_definition_list.html", context)


@require_POST
@for_definers
def kpi_definition_check(request: SignedInRequest) -> JsonResponse:
    """Say how cells would be understood, while they are typed or after a paste. Writes nothing.

    Takes inputs as the pages send them; answers for each sent cell with its state and a sentence.
    """
    asked = cells_asked(request.POST)
    kpis = Kpi.objects.filter(pk__in=asked.kpi_ids)
    rows = definition_rows(kpis, {})
    sheet = sent_sheet(rows, asked.years, request.POST.dict())
    answers = {
        cell.name: {"state": cell.state, "answer": cell.answer}
        for row in sheet.rows
        for cell in row.cells
        if cell.name in request.POST
    }
    return JsonResponse({"cells": answers})
