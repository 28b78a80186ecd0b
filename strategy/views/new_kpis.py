"""The page on which planning adds KPIs to a plan, several at once, with paste from Excel."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from history.services import VersionConflict
from organization.models import Section
from strategy.forms.new_kpis import Known, NewKpis, blank_kpis, sent_kpis
from strategy.models import Kpi, Plan
from strategy.permissions import can_define
from strategy.selectors.definitions import nodes_in_order, target_years
from strategy.services.new_kpis import add_kpis
from strategy.services.plans import PlanRefused
from strategy.views.access import authorship_of, for_definers
from tsukuba_kpi import clock
from tsukuba_kpi.lib.japanese_text import match_key
from tsukuba_kpi.requests import SignedInRequest, sent_number

UNPROCESSABLE, CONFLICT = 422, 409
SOMEBODY_WAS_FIRST = "ほかの人が先にこの計画を保存しました（同じ指標が加わっていないか、確かめてください）。"


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def plan_kpis_add(request: SignedInRequest, code: str) -> HttpResponse:
    """Show a table for new KPIs of a plan; a POST checks it, or adds them, all or none."""
    plan = get_object_or_404(Plan, code=code)
    known = _known(plan)
    if request.method != "POST":
        node = next((n for n in known.nodes if str(n.pk) == request.GET.get("node", "")), None)
        return _show(request, plan, known, blank_kpis(known, place=str(node) if node else ""))
    table = sent_kpis(request.POST.dict(), known)
    if request.POST.get("do") == "check":
        return _show(
            request, plan, known, table, told="読み取った内容を確かめてください。まだ加えていません。"
        )
    if table.problems:
        return _show(request, plan, known, table, status=UNPROCESSABLE)
    if not table.drafts:
        return _show(request, plan, known, table, "指標名を入力してください。", status=UNPROCESSABLE)
    try:
        added = add_kpis(
            plan=plan,
            drafts=table.drafts,
            seen_version=sent_number(request.POST.get("version", "")) or 0,
            authorship=replace(authorship_of(request), why=request.POST.get("why", "").strip()),
        )
    except PlanRefused as refused:
        return _show(request, plan, known, table, str(refused), status=UNPROCESSABLE)
    except VersionConflict:
        return _show(request, plan, _known(plan), table, SOMEBODY_WAS_FIRST, status=CONFLICT)
    _tell(request, added)
    return redirect(f"{reverse('strategy:kpi_definition_list')}?plan={plan.code}")


def _known(plan: Plan) -> Known:
    year = clock.current_fiscal_year()
    sections = Section.objects.for_year(year).filter(is_demo=plan.is_demo).order_by("position", "pk")
    kpis = list(Kpi.objects.order_by("code"))
    return Known(
        nodes=nodes_in_order(plan),
        sections=list(sections),
        codes={kpi.code: kpi for kpi in kpis},
        names={match_key(kpi.name): kpi for kpi in kpis if kpi.is_demo == plan.is_demo},
        years=target_years([plan], []),
    )


def _tell(request: SignedInRequest, added: list[Kpi]) -> None:
    named = "、".join(f"{kpi.code} {kpi.name}" for kpi in added)
    messages.success(
        request,
        f"{len(added)}指標を加えました（{named}）。すでに開いている照会には、照会の「追加する」で加えます。",
    )


def _show(
    request: SignedInRequest,
    plan: Plan,
    known: Known,
    table: NewKpis,
    problem: str = "",
    *,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "plan": plan,
        "known": known,
        "table": table,
        "problem": problem,
        "told": told,
        # After a conflict the next save is made knowing what stands there now.
        "version": Plan.objects.values_list("version", flat=True).get(pk=plan.pk),
        "why": request.POST.get("why", ""),
        "may_define": can_define(request.user),
        "is_demo": plan.is_demo,
    }
    return render(request, "strategy/plan_kpis_add.html", context, status=status)
