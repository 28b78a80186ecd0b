"""The effects of grant programs, on one page of a round: proposed by rule, decided by planning."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.enums import NextStep, RoundState
from evaluations.models import Round
from evaluations.selectors.effects import EffectRow, effect_history, effect_rows
from evaluations.services.effects import EFFECTS, EffectRefused, decide_effect
from evaluations.services.workflow import ActRefused
from evaluations.views.requests import authorship_of, round_or_404, user_of
from history.services import VersionConflict
from tsukuba_kpi.requests import sent_number

CONFLICT, UNPROCESSABLE = 409, 422


@require_http_methods(["GET", "HEAD", "POST"])
def round_effects(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the grant programs of a round with their proposed and decided effects; a POST decides one."""
    collection = round_or_404(request, pk)
    if not permissions.can_see_all_opinions(user_of(request)):
        raise PermissionDenied("交付金事業の効果の検討は、企画部門と外部評価委員だけが開けます。")
    rows = effect_rows(user_of(request), collection)
    if request.method != "POST":
        return _show(request, collection, rows)
    if not permissions.can_manage_rounds(user_of(request)):
        raise PermissionDenied("交付金事業の効果を決められるのは、企画部門の人だけです。")
    row = next((row for row in rows if str(row.node.pk) == request.POST.get("node")), None)
    if row is None:
        raise Http404("この照会の交付金事業ではありません。")
    return _decide(request, collection, row)


def _decide(request: HttpRequest, collection: Round, row: EffectRow) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("effect", "reason", "next_step")}
    try:
        done = decide_effect(
            collection=collection,
            node=row.node,
            effect=typed["effect"],
            proposed=row.proposed,
            reason=typed["reason"],
            next_step=next((step for step in NextStep if step.value == typed["next_step"]), None),
            seen_version=sent_number(request.POST.get("version", "")) or 0,
            authorship=authorship_of(request),
        )
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    except (EffectRefused, VersionConflict) as refused:
        is_conflict = isinstance(refused, VersionConflict)
        fresh = effect_rows(user_of(request), collection)
        more = {"problem": str(refused), "at": row.node.pk, "typed": typed, "is_conflict": is_conflict}
        return _show(request, collection, fresh, status=CONFLICT if is_conflict else UNPROCESSABLE, **more)
    messages.success(request, "保存しました。" if done else "変更はありませんでした。")
    return redirect(f"{reverse('evaluations:round_effects', args=[collection.pk])}#node-{row.node.pk}")


def _show(
    request: HttpRequest, collection: Round, rows: list[EffectRow], *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "round": collection,
        "rows": rows,
        "effects": EFFECTS,
        "steps": NextStep.choices(),
        "may_decide": permissions.can_manage_rounds(user_of(request))
        and collection.state != RoundState.PREPARING,
        "history": effect_history(rows),
        "is_demo": collection.is_demo,
        **more,
    }
    return render(request, "evaluations/round_effects.html", context, status=status)
