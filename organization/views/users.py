"""Pages on which administrators keep people: accounts, memberships, site roles."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from history.selectors import revisions_for
from history.services import Authorship
from organization import services
from organization.enums import MembershipRole, SiteRole
from organization.forms import (
    MembershipForm,
    NewUserForm,
    RoleGrantForm,
    TermForm,
    UserFilterForm,
    UserForm,
)
from organization.models import Membership, RoleGrant, User
from organization.permissions import can_keep_organization
from organization.selectors import user_list as users_wanted
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

PAGE_SIZE = 50
P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, P], HttpResponse]


def for_administrators(view: View[P]) -> View[P]:
    """Refuse everybody else with a sentence."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not can_keep_organization(request.user):
            raise PermissionDenied("利用者と組織の管理は、「管理者」の権限を持つ人だけができます。")
        return view(request, *args, **kwargs)

    return guarded


def authorship_of(request: SignedInRequest) -> Authorship:
    """Return who acts now."""
    return Authorship(by=request.user, at=clock.now())


@require_safe
@for_administrators
def user_list(request: SignedInRequest) -> HttpResponse:
    """List people; search, filter, sort."""
    form = UserFilterForm(request.GET, fiscal_year=clock.current_fiscal_year())
    users = users_wanted(form.wanted(request.GET.get("sort", "")), today=clock.today())
    page = Paginator(users, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "organization/user_list.html", {"form": form, "page": page})


@require_http_methods(["GET", "POST"])
@for_administrators
def user_create(request: SignedInRequest) -> HttpResponse:
    """Create a person, if wished with their first section; the one-time password is shown once."""
    form = NewUserForm(request.POST or None, fiscal_year=clock.current_fiscal_year())
    if request.method != "POST" or not form.is_valid():
        return render(request, "organization/user_create.html", {"form": form})
    found = form.cleaned_data
    authorship = authorship_of(request)
    account = services.create_user_with_membership(
        username=found["username"],
        display_name=found["display_name"],
        staff_number=found["staff_number"],
        section=found["section"],
        role=MembershipRole(found["role"] or MembershipRole.STAFF),
        starts_on=found["starts_on"],
        authorship=authorship,
    )
    response = _show_password_once(request, account, "利用者を登録しました")
    response.status_code = HTTPStatus.CREATED
    return response


@require_http_methods(["GET", "POST"])
@for_administrators
def user_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a person with memberships, roles and history; change names and number."""
    user = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        changed = services.change_user(user, form.cleaned_data, authorship=authorship_of(request))
        messages.success(request, "保存しました。" if changed else "変更はありませんでした。")
        return redirect("organization:user_detail", pk)
    memberships = list(user.memberships.select_related("section__bureau"))
    grants = list(user.role_grants.all())
    context = {
        "person": User.objects.get(pk=pk) if form.errors else user,
        "form": form,
        "memberships": memberships,
        "grants": grants,
        "history": revisions_for([user, *memberships, *grants]),
        "today": clock.today(),
    }
    return render(request, "organization/user_detail.html", context)


@require_POST
@for_administrators
def user_activity(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop a person from signing in, or let them again."""
    user = get_object_or_404(User, pk=pk)
    is_active = request.POST.get("is_active") == "1"
    try:
        services.change_user(user, {"is_active": is_active}, authorship=authorship_of(request))
    except services.LastAdministrator as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "使用を再開しました。" if is_active else "使用を停止しました。")
    return redirect("organization:user_detail", pk)


@require_POST
@for_administrators
def user_password_reset(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a person a one-time password, shown once."""
    user = get_object_or_404(User, pk=pk)
    account = services.reset_password(user, authorship=authorship_of(request))
    return _show_password_once(request, account, "パスワードを再発行しました")


def _show_password_once(request: SignedInRequest, account: services.Account, title: str) -> HttpResponse:
    """Answer the POST itself: after a redirect the password would have to be kept somewhere."""
    response = render(request, "organization/one_time_password.html", {"account": account, "title": title})
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "POST"])
@for_administrators
def membership_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a person belong to a section."""
    user = get_object_or_404(User, pk=pk)
    form = MembershipForm(request.POST or None, user=user, fiscal_year=clock.current_fiscal_year())
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        services.add_membership(
            user=user,
            section=found["section"],
            role=MembershipRole(found["role"]),
            starts_on=found["starts_on"],
            ends_on=found["ends_on"],
            authorship=authorship_of(request),
        )
        messages.success(request, "所属を追加しました。")
        return redirect("organization:user_detail", pk)
    context = {"person": user, "form": form, "title": "所属の追加"}
    return render(request, "organization/term_create.html", context)


@require_http_methods(["GET", "POST"])
@for_administrators
def role_grant_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a person a site role."""
    user = get_object_or_404(User, pk=pk)
    form = RoleGrantForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        services.grant_role(
            user=user,
            role=SiteRole(found["role"]),
            starts_on=found["starts_on"],
            ends_on=found["ends_on"],
            authorship=authorship_of(request),
        )
        messages.success(request, "権限を追加しました。")
        return redirect("organization:user_detail", pk)
    context = {"person": user, "form": form, "title": "全庁の権限の追加"}
    return render(request, "organization/term_create.html", context)


@require_http_methods(["GET", "POST"])
@for_administrators
def membership_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change from when to when a person belongs to a section, or take it back."""
    membership = get_object_or_404(Membership.objects.select_related("user", "section"), pk=pk)
    return _term_page(
        request, membership, "所属の期間", f"{membership.section} {membership.get_role_display()}"
    )


@require_http_methods(["GET", "POST"])
@for_administrators
def role_grant_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change from when to when a person has a site role, or take it back."""
    grant = get_object_or_404(RoleGrant.objects.select_related("user"), pk=pk)
    return _term_page(request, grant, "全庁の権限の期間", grant.get_role_display())


def _term_page(request: SignedInRequest, term: Membership | RoleGrant, title: str, what: str) -> HttpResponse:
    initial = {"starts_on": term.starts_on, "ends_on": term.ends_on}
    is_deletion = request.POST.get("act") == "delete"
    form = TermForm(None if is_deletion else request.POST or None, initial=initial)
    if request.method == "POST" and (is_deletion or form.is_valid()):
        try:
            _write_term(term, None if is_deletion else form.cleaned_data, authorship_of(request))
        except services.LastAdministrator as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "取り消しました。" if is_deletion else "保存しました。")
            return redirect("organization:user_detail", term.user_id)
    context = {"term": term, "form": form, "title": title, "what": what}
    return render(request, "organization/term_edit.html", context)


def _write_term(term: Membership | RoleGrant, days: dict[str, Any] | None, authorship: Authorship) -> None:
    if days is None:
        services.delete_term(term, authorship=authorship)
    else:
        services.change_term(
            term, starts_on=days["starts_on"], ends_on=days["ends_on"], authorship=authorship
        )
