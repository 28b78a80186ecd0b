"""The page on which planning joins programs to measures and KPIs."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from history.services import Authorship
from programs.enums import LinkState
from programs.forms import LinkForm
from programs.permissions import can_link, can_see_links
from programs.selectors import link_page
from programs.services import decide_link
from strategy.models import Plan
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def program_link_list(request: SignedInRequest, code: str) -> HttpResponse:
    """Show links, gaps and proposals of a plan; store what planning decides about one link."""
    if not can_see_links(request.user):
        raise PermissionDenied
    plan = get_object_or_404(Plan, code=code)
    form = LinkForm(plan=plan)
    if request.method == "POST":
        if not can_link(request.user):
            raise PermissionDenied
        form = LinkForm(request.POST, plan=plan)
        if form.is_valid():
            given = form.cleaned_data
            decide_link(
                program=given["program"],
                node=given["node"],
                kpi=given["kpi"],
                state=LinkState(given["state"]),
                reason=given["reason"],
                authorship=Authorship(by=request.user, at=clock.now()),
            )
            messages.success(
                request,
                f"「{given['program'].name}」の関連を「{LinkState(given['state']).label}」にしました。",
            )
            return redirect("programs:program_link_list", plan.code)
    context = {
        "plan": plan,
        "page": link_page(plan),
        "form": form,
        "may_write": can_link(request.user),
        "decide_acts": [(LinkState.ACCEPTED.value, "関連づける"), (LinkState.REFUSED.value, "採らない")],
        "undo_acts": [(LinkState.REFUSED.value, "外す")],
        "back_acts": [(LinkState.ACCEPTED.value, "関連づける"), (LinkState.PROPOSED.value, "提案に戻す")],
        "is_demo": plan.is_demo,
    }
    return render(request, "programs/program_link_list.html", context, status=422 if form.errors else 200)
