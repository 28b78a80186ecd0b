"""What forms carry: the token with the person for whom they were shown, and what that person had typed."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template import Library
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from organization.models import FormDraft, User
from organization.selectors import form_drafts_of
from organization.services.form_drafts import KEPT_FOR
from tsukuba_kpi import clock
from tsukuba_kpi.unsent import DRAFT_OF, HANDED_OUT, OPENED_BY, sent_drafts

register = Library()


class OwnFormNode(CsrfTokenNode):
    """Django's token, and beside it who has opened the form."""

    def render(self, context: Context) -> str:
        """Write the hidden boxes."""
        user = getattr(context.get("request"), "user", None)
        token = super().render(context)
        if user is None or not user.is_authenticated:
            return token
        return format_html('{}<input type="hidden" name="{}" value="{}">', token, OPENED_BY, user.pk)


@register.tag
def csrf_token(parser: Parser, token: Token) -> OwnFormNode:
    """Stand in for Django's tag of this name in all templates (`builtins` in the settings)."""
    return OwnFormNode()


@dataclass(frozen=True)
class Kept:
    """A draft as its form shows it again."""

    window: str
    turn: int
    at: str
    fields: dict[str, list[str]]

    @property
    def texts(self) -> list[str]:
        """Return what was typed, for a browser that runs no script."""
        return [text for text, _ in self.fields.values()]


@register.inclusion_tag("_form_draft.html", takes_context=True)
def keep_drafts(context: Context, form: str = "", *of: object) -> dict[str, Any]:
    """Keep what is typed into the form around this: `{% keep_drafts "sheet_return" kind sheet.pk %}`.

    Form and what it is about are its place, one of its kind in the house; a form that is alone on its page
    and sent to the page's own address needs no words: `{% keep_drafts %}`. What this person had typed there
    and not sent is handed out here and nowhere else: whoever may not open the form any more is not shown it.
    """
    request: HttpRequest = context["request"]
    if not isinstance(request.user, User):
        return {}
    place = ".".join([form, *map(str, of)]) if form else _place_of_page(request)
    sent = sent_drafts(request)
    posted = {part.window for part in sent.get(place, ())}
    kept = [_kept(draft, request, draft.window in posted) for draft in _drafts(request).get(place, ())]
    if kept:
        vars(request)[HANDED_OUT] = True
    words = [f"{part.window}:{part.turn}" for part in (*kept, *sent.get(place, ()))]
    return {
        "name": DRAFT_OF,
        "value": " ".join([place, *words]),
        "address": reverse("organization:form_draft_discard", args=[place]).removesuffix("discard/"),
        "owner": request.user.pk,
        "kept": kept,
        "kept_json": json.dumps([vars(each) for each in kept], ensure_ascii=False) if kept else "",
        "was_sent": place in sent,
    }


def _place_of_page(request: HttpRequest) -> str:
    page = request.resolver_match
    assert page is not None
    return ".".join([page.view_name.replace(":", "."), *map(str, page.kwargs.values())])


def _drafts(request: HttpRequest) -> dict[str, list[FormDraft]]:
    """Return this person's drafts: asked for once, however many forms a page has."""
    asked = vars(request)
    if "form_drafts" not in asked:
        assert isinstance(request.user, User)
        asked["form_drafts"] = form_drafts_of(request.user, since=clock.now() - KEPT_FOR)
    found: dict[str, list[FormDraft]] = asked["form_drafts"]
    return found


def _kept(draft: FormDraft, request: HttpRequest, was_posted: bool) -> Kept:
    """Return a draft; what has just been sent from its window is newer than what was kept of it."""
    fields = {
        name: [_posted(request, name, text) if was_posted else text, shown]
        for name, (text, shown) in draft.typed.items()
    }
    return Kept(draft.window, draft.turn, date_format(localtime(draft.at), "n月j日 H:i"), fields)


def _posted(request: HttpRequest, name: str, text: str) -> str:
    return request.POST.get(name, text).replace("\r\n", "\n")
