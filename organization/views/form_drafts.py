"""Drafts of forms, as static/js/form_drafts.js sends them. They are handed out with their form only."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from organization.services.form_drafts import (
    DraftTooLarge,
    NoDraft,
    Part,
    TypedText,
    keep_form_draft,
    settle_form_drafts,
)
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest, sent_number
from tsukuba_kpi.unsent import sent_parts

_NO_DRAFT = "下書きの送り方が正しくありません。"


@require_POST
def form_draft_keep(request: SignedInRequest, place: str, window: str) -> HttpResponse:
    """Keep what is being typed into a form: 204. Where it is no news (the form was taken): 200."""
    turn = sent_number(request.POST.get("turn", ""))
    if turn is None:
        raise Http404(_NO_DRAFT)
    typed = {
        name: TypedText(text, request.POST.get(f"shown.{name}", ""))
        for full_name, text in request.POST.items()
        if full_name.startswith("draft.") and isinstance(text, str) and (name := full_name[6:])
    }
    try:
        is_kept = keep_form_draft(
            user=request.user,
            place=place,
            part=Part(window, turn),
            typed=typed,
            over=sent_parts(request.POST.get("over", "")),
            at=clock.now(),
        )
    except NoDraft as error:
        raise Http404(_NO_DRAFT) from error
    except DraftTooLarge as error:
        return HttpResponse(str(error), status=413, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204) if is_kept else HttpResponse("saved", content_type="text/plain")


@require_POST
def form_draft_discard(request: SignedInRequest, place: str) -> HttpResponse:
    """Throw away what was typed into a form and not sent: 204."""
    parts = sent_parts(request.POST.get("parts", ""))
    try:
        settle_form_drafts(user=request.user, place=place, parts=parts, at=clock.now())
    except NoDraft as error:
        raise Http404(_NO_DRAFT) from error
    return HttpResponse(status=204)
