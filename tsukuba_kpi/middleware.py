"""What every request passes: signed in or not, the first password, methods a page does not take."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from organization.services.form_drafts import NoDraft, settle_form_drafts
from tsukuba_kpi import clock
from tsukuba_kpi.unsent import HANDED_OUT, came_from_here, is_anothers, page_of_form, sent_drafts, unsent_form

Handler = Callable[[HttpRequest], HttpResponse]


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Lead people who are not signed in to the sign-in page, and keep what they typed.

    A form sent after the session ran out would otherwise end in a redirect, which throws its texts away.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponse:
        """Show an unsent form once more; send everything else to the sign-in page."""
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        if request.POST and came_from_here(request):
            context = {"unsent": unsent_form(request), "sign_in_url": reverse("organization:sign_in")}
            return render(request, "session_over.html", context, status=403)
        # The address of a form may refuse GET: go back to the page it stood on.
        return redirect_to_login(page_of_form(request) or reverse("home"), self.get_login_url(view_func))


def refuse_anothers_form(get_response: Handler) -> Handler:
    """Take no form that somebody else has opened: the text in it is not the signed-in person's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_anothers(request):
            return render(request, "others_form.html", status=409)
        return get_response(request)

    return middleware


def own_password_first(get_response: Handler) -> Handler:
    """Let a person with a one-time password do nothing before they chose their own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or not user.must_change_password:
            return get_response(request)
        allowed = {
            reverse("organization:password_change"),
            reverse("organization:sign_in"),
            reverse("organization:sign_out"),
            reverse("health"),
        }
        if request.path in allowed:
            return get_response(request)
        return redirect("organization:password_change")

    return middleware


def look_after_drafts(get_response: Handler) -> Handler:
    """Let go of what was typed into a form, once the form was taken; no cache keeps it.

    A view that has taken a form leads on to another page, or says that something was created (201). One that
    refuses it shows it again, or leads on with a message of an error: then what was typed is still wanted
    (ADR 0030).
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if HANDED_OUT in vars(request):
            response["Cache-Control"] = "private, no-store"
        is_taken = isinstance(response, HttpResponseRedirect) or response.status_code == HTTPStatus.CREATED
        if not is_taken or not request.user.is_authenticated:
            return response
        sent = sent_drafts(request)
        if any(sent.values()) and not _tells_of_an_error(request):
            for place, parts in sent.items():
                with suppress(NoDraft):  # somebody wrote the form's hidden box by hand
                    settle_form_drafts(user=request.user, place=place, parts=parts, at=clock.now())
        return response

    return middleware


def _tells_of_an_error(request: HttpRequest) -> bool:
    told = messages.get_messages(request)
    levels = [message.level for message in told]
    if isinstance(told, BaseStorage):
        told.used = False  # only looked at: the next page shows them
    return any(level >= messages.ERROR for level in levels)


def explain_refused_method(get_response: Handler) -> Handler:
    """Give the empty 405 answer a page that says what to do."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    return middleware
