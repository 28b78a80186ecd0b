"""The page on which planning confirms what an import inferred about places in a plan."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from strategy.models import Plan, PlanNode
from strategy.permissions import can_define
from strategy.selectors.places import InferredPlace, inferred_places
from strategy.services.places import PlaceTaken, confirm_places
from strategy.views.access import authorship_of, for_definers
from tsukuba_kpi.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def place_review(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the places an import inferred; confirm the ticked ones as chosen."""
    plan = get_object_or_404(Plan, code=code)
    places = inferred_places(plan)
    problem, ticked = "", frozenset[str]()
    if request.method == "POST":
        chosen, problem = _chosen(request, places)
        if not problem:
            try:
                count = confirm_places(places=places, chosen=chosen, authorship=authorship_of(request))
            except PlaceTaken as refused:
                problem = str(refused)
            else:
                messages.success(request, f"{count}件を確認しました。")
                return redirect("strategy:place_review", code)
        places, ticked = _as_sent(request, places)
    context = {
        "plan": plan,
        "places": places,
        "ticked": ticked,
        "problem": problem,
        "may_write": can_define(request.user),
        "is_demo": plan.is_demo,
    }
    return render(request, "strategy/place_review.html", context, status=422 if problem else 200)


def _as_sent(
    request: SignedInRequest, places: tuple[InferredPlace, ...]
) -> tuple[tuple[InferredPlace, ...], frozenset[str]]:
    """Return the places with what was chosen for them, and the keys of the ticked ones."""
    sent = []
    for place in places:
        asked = request.POST.get(f"node-{place.key}", "")
        node = next((node for node in place.choices if str(node.pk) == asked), place.chosen)
        sent.append(replace(place, chosen=node))
    return tuple(sent), frozenset(place.key for place in places if f"confirm-{place.key}" in request.POST)


def _chosen(request: SignedInRequest, places: tuple[InferredPlace, ...]) -> tuple[dict[str, PlanNode], str]:
    """Return the chosen node of every ticked place, and what is wrong with the choice."""
    everything = request.POST.get("do") == "all"
    chosen: dict[str, PlanNode] = {}
    for place in places:
        if not everything and f"confirm-{place.key}" not in request.POST:
            continue
        asked = request.POST.get(f"node-{place.key}", "")
        node = next((node for node in place.choices if str(node.pk) == asked), None)
        if node is None:
            return {}, f"「{place.title}」の項目を選び直してください。"
        chosen[place.key] = node
    return (chosen, "") if chosen else ({}, "確認するものに印を付けてください。")
