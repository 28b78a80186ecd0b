"""Signing in and out, and one's own account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from history.services import Authorship
from organization.forms import OwnPasswordForm, SignInForm
from organization.services import change_own_password
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest


@method_decorator([login_not_required, require_http_methods(["GET", "POST"])], name="dispatch")
class SignInView(LoginView):
    """Let a person in. `next` leads only to addresses of this server."""

    template_name = "organization/sign_in.html"
    form_class: Any = SignInForm
    redirect_authenticated_user = True


# The view sends who is signed in already on to the work, whatever the method: ask for the method first.
sign_in = require_http_methods(["GET", "HEAD", "POST"])(SignInView.as_view())


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Let a person out; the new token tells static/js/shared_computer.js that their pages are done with."""
    response = LogoutView.as_view()(request)
    rotate_token(request)
    return response


@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    """Show who one is here: sections and roles with their dates."""
    user = request.user
    context = {
        "memberships": user.memberships.select_related("section__bureau"),
        "grants": user.role_grants.all(),
    }
    return render(request, "organization/account.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password_change(request: SignedInRequest) -> HttpResponse:
    """Change one's own password; this session stays, all others of the person end."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        was_first = request.user.must_change_password
        user = change_own_password(
            request.user,
            form.cleaned_data["new_password1"],
            authorship=Authorship(by=request.user, at=clock.now()),
        )
        update_session_auth_hash(request, user)
        messages.success(request, "パスワードを変更しました。")
        return redirect("home" if was_first else "organization:account")
    return render(request, "organization/password_change.html", {"form": form})
