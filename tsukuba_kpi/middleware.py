"""What every request passes: signed in or not, the first password, methods a page does not take."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse

from tsukuba_kpi.unsent import came_from_here, is_anothers, page_of_form, unsent_form

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
