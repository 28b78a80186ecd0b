"""Opinions on measures, the sections' answers and what was decided, on one page of a round."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evaluations.enums import DECISIONS
from evaluations.models import Round
from evaluations.selectors.opinions import MeasureRow, measure_rows
from evaluations.services.opinions import (
    OpinionRefused,
    decide_on_measure,
    opine_on_measure,
    reply_on_measure,
)
from evaluations.services.workflow import ActRefused
from evaluations.views.requests import authorship_of, round_or_404, user_of
from history.services import VersionConflict
from tsukuba_kpi.requests import sent_number

CONFLICT, UNPROCESSABLE = 409, 422


@require_http_methods(["GET", "HEAD", "POST"])
def round_opinions(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the measures that concern a person with what was said of them; a POST keeps one text."""
    collection = round_or_404(request, pk)
    rows = measure_rows(user_of(request), collection)
    if request.method == "POST":
        return _keep(request, collection, rows)
    return _show(request, collection, rows)


def _show(
    request: HttpRequest,
    collection: Round,
    rows: list[MeasureRow],
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "round": collection,
        "rows": rows,
        "typed": typed or {},
        "decisions": DECISIONS,
        "is_demo": collection.is_demo,
    }
    return render(request, "evaluations/round_opinions.html", context, status=status)


def _keep(request: HttpRequest, collection: Round, rows: list[MeasureRow]) -> HttpResponse:
    row = next((r for r in rows if str(r.node.pk) == request.POST.get("node")), None)
    if row is None:
        # Whoever sees no measure at all has no part here; a node of another plan is not there.
        if not rows:
            raise PermissionDenied
        raise Http404("この照会の施策ではありません。")
    kind, text = request.POST.get("kind", ""), request.POST.get("text", "")
    seen = sent_number(request.POST.get("version", "")) or 0
    try:
        if kind == "reply" and row.opinion is not None:
            done = reply_on_measure(
                opinion=row.opinion, text=text, seen_version=seen, authorship=authorship_of(request)
            )
        elif kind == "decision":
            done = decide_on_measure(
                collection=collection,
                node=row.node,
                decision=request.POST.get("decision", ""),
                note=text,
                seen_version=seen,
                authorship=authorship_of(request),
            )
        else:
            done = opine_on_measure(
                collection=collection,
                node=row.node,
                text=text,
                seen_version=seen,
                authorship=authorship_of(request),
            )
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    except (OpinionRefused, VersionConflict) as refused:
        messages.error(request, f"{refused} あなたの文章は下に残してあります。いまの内容と見比べてください。")
        fresh = measure_rows(user_of(request), collection)
        status = CONFLICT if isinstance(refused, VersionConflict) else UNPROCESSABLE
        typed = {"node": str(row.node.pk), "kind": kind, "text": text}
        return _show(request, collection, fresh, typed=typed, status=status)
    messages.success(request, "保存しました。" if done else "変更はありませんでした。")
    return redirect(f"{reverse('evaluations:round_opinions', args=[collection.pk])}#node-{row.node.pk}")
