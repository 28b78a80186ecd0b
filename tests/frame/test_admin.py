"""The admin: superusers only, every write with its revision, nothing of the workflow writable."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from history.admin.recorded import STALE, ReadOnlyAdmin, RecordedAdmin
from history.models import Revision
from organization.enums import SiteRole
from organization.models import Bureau, RoleGrant, User
from strategy.models import Kpi
from tests.factories.evaluations import ActualFactory
from tests.factories.organization import (
    BureauFactory,
    MembershipFactory,
    RoleGrantFactory,
    SectionFactory,
    UserFactory,
)
from tests.factories.strategy import KpiFactory, TargetFactory
from tests.factories.world import World

pytestmark = pytest.mark.django_db
OWN_APPS = ("history", "organization", "strategy", "programs", "evaluations", "importers", "reports")
# What somebody types or looks at just now.
PASSING = {"evaluations.SheetDraft", "evaluations.SheetPresence", "organization.FormDraft"}
COUNTED = {
    "reports.KpiStanding",
    "reports.KpiScope",
    "reports.KpiWords",
    "reports.StandingCount",
    "reports.StandingsRead",
}


@pytest.fixture
def superuser() -> User:
    return UserFactory(username="root", is_superuser=True, is_staff=True)


@pytest.fixture
def client(superuser: User, as_user: Callable[[User], Client]) -> Client:
    return as_user(superuser)


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def own_admins() -> list[Any]:
    return [
        pytest.param(model, model_admin, id=model._meta.label)
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label in OWN_APPS
    ]


def form_of(response: Any) -> dict[str, Any]:
    """Return the fields of the admin's form as the browser would send them back."""
    form = response.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


# --- which models, for whom ------------------------------------------------------------


def test_every_model_of_ours_is_in_the_admin() -> None:
    ours = {model._meta.label for app in OWN_APPS for model in apps.get_app_config(app).get_models()}

    registered = {model._meta.label for model in admin.site._registry}

    assert ours - registered == PASSING | COUNTED


@pytest.mark.parametrize(("model", "model_admin"), own_admins())
def test_every_admin_writes_through_services_or_not_at_all(model: Any, model_admin: Any) -> None:
    assert isinstance(model_admin, RecordedAdmin)
    assert model_admin.inlines == ()


@pytest.mark.parametrize("rights", [{}, {"is_staff": True}, {"is_superuser": True, "is_active": False}])
def test_admin_refuses_everybody_but_active_superusers(
    as_user: Callable[[User], Client], rights: dict[str, bool]
) -> None:
    user = UserFactory(**rights)
    RoleGrantFactory(user=user, role=SiteRole.ADMINISTRATOR.value)

    response = as_user(user).get(reverse("admin:index"), follow=True)

    assert response.status_code == (403 if user.is_active else 200)
    assert "データの一覧" not in response.content.decode()


def test_admin_leads_a_stranger_to_the_sign_in_page_and_back() -> None:
    response = Client().get(address(Bureau, "changelist") + "?q=a&p=1", follow=True)

    assert response.redirect_chain[-1][0] == (
        "/account/sign-in/?next=/admin/organization/bureau/%3Fq%3Da%26p%3D1"
    )


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/"])
def test_admin_sign_in_never_leads_to_another_site(client: Client, target: str) -> None:
    assert client.get(reverse("admin:login"), {"next": target})["Location"] == "/admin/"


@pytest.mark.parametrize(("model", "model_admin"), own_admins())
def test_every_list_form_and_history_opens(
    client: Client, world: World, model: Any, model_admin: Any
) -> None:
    ActualFactory(kpi=world.industry_kpi)

    pages = [client.get(address(model, "changelist"), {"q": "1"} if model_admin.search_fields else {})]
    if model_admin.has_add_permission(pages[0].wsgi_request):
        pages.append(client.get(address(model, "add")))
    record = model._default_manager.first()
    if record is not None:
        pages.append(client.get(address(model, "change", record.pk)))
        pages.append(client.get(address(model, "history", record.pk)))

    assert {page.status_code for page in pages} == {200}


@pytest.mark.parametrize(
    ("model", "model_admin"), [p for p in own_admins() if isinstance(p.values[1], ReadOnlyAdmin)]
)
def test_workflow_and_history_cannot_be_written(
    client: Client, world: World, model: Any, model_admin: Any
) -> None:
    ActualFactory(kpi=world.industry_kpi)
    before = list(model._default_manager.order_by("pk").values())
    record = model._default_manager.first()
    pk = record.pk if record else 1

    answers = [
        client.post(address(model, "add"), {}).status_code,
        client.post(address(model, "delete", pk), {"post": "yes"}).status_code if record else 403,
        client.post(address(model, "change", pk), {"state": "finalised"}).status_code if record else 403,
    ]
    client.post(
        address(model, "changelist"), {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
    )

    assert answers == [403, 403, 403]
    assert list(model._default_manager.order_by("pk").values()) == before


# --- writes ------------------------------------------------------------


def test_add_change_and_delete_leave_their_revisions(client: Client, superuser: User) -> None:
    client.post(address(Bureau, "add"), {"name": "経済部", "position": "1"})
    bureau = Bureau.objects.get()
    client.post(address(Bureau, "change", bureau.pk), {"name": "経済局", "position": "1"})
    client.post(address(Bureau, "delete", bureau.pk), {"post": "yes"})

    assert not Bureau.objects.exists()
    assert list(Revision.objects.order_by("id").values_list("act", "field", "by", "why")) == [
        ("created", "", superuser.pk, "システム管理の画面"),
        ("changed", "name", superuser.pk, "システム管理の画面"),
        ("deleted", "", superuser.pk, "システム管理の画面"),
    ]


def test_deletion_of_several_leaves_a_revision_each(client: Client) -> None:
    bureaus = [BureauFactory(), BureauFactory()]

    client.post(
        address(Bureau, "changelist"),
        {"action": "delete_selected", "_selected_action": [b.pk for b in bureaus], "post": "yes"},
    )

    assert not Bureau.objects.exists()
    assert Revision.objects.filter(act="deleted").count() == 2


def test_change_that_changes_nothing_leaves_no_revision(client: Client) -> None:
    bureau = BureauFactory()
    form = form_of(client.get(address(Bureau, "change", bureau.pk)))

    client.post(address(Bureau, "change", bureau.pk), {k: v for k, v in form.items() if v is not False})

    assert Revision.objects.count() == 0


def test_record_that_others_hang_on_is_not_deleted(client: Client) -> None:
    kpi = TargetFactory().kpi

    page = client.post(address(Kpi, "delete", kpi.pk), {"post": "yes"})

    assert Kpi.objects.filter(pk=kpi.pk).exists()
    assert "関連するデータが残っています" in page.content.decode()
    assert Revision.objects.count() == 0


def test_form_filled_in_from_an_older_version_is_refused(client: Client) -> None:
    kpi = KpiFactory(name="前")
    form = form_of(client.get(address(Kpi, "change", kpi.pk)))
    Kpi.objects.filter(pk=kpi.pk).update(version=2, name="ほかの人")

    page = client.post(address(Kpi, "change", kpi.pk), form | {"name": "後"})

    assert STALE in page.content.decode()
    assert Kpi.objects.get(pk=kpi.pk).name == "ほかの人"


def test_change_of_a_versioned_record_raises_its_version(client: Client) -> None:
    kpi = KpiFactory(name="前")
    form = form_of(client.get(address(Kpi, "change", kpi.pk)))

    response = client.post(address(Kpi, "change", kpi.pk), form | {"name": "後"})

    assert response.status_code == 302
    assert list(Kpi.objects.values_list("name", "version")) == [("後", kpi.version + 1)]
    assert list(Revision.objects.values_list("field", "old", "new")) == [("name", "前", "後")]


def test_last_administrator_stays_in_the_admin_too(client: Client) -> None:
    grant: RoleGrant = RoleGrantFactory(role=SiteRole.ADMINISTRATOR.value)
    stopped = form_of(client.get(address(User, "change", grant.user_id))) | {"display_name": "改名"}
    stopped.pop("is_active")

    pages = [
        client.post(address(RoleGrant, "delete", grant.pk), {"post": "yes"}, follow=True),
        client.post(
            address(RoleGrant, "change", grant.pk),
            {"starts_on": "2015-04-01", "ends_on": "2016-03-31"},
            follow=True,
        ),
        client.post(
            address(RoleGrant, "changelist"),
            {"action": "delete_selected", "_selected_action": grant.pk, "post": "yes"},
            follow=True,
        ),
        client.post(
            address(User, "change", grant.user_id),
            {k: v for k, v in stopped.items() if v is not False},
            follow=True,
        ),
    ]

    assert ["の権限を持つ利用者がいなくなるため" in page.content.decode() for page in pages] == [True] * 4
    assert RoleGrant.objects.get().ends_on is None
    assert User.objects.get(pk=grant.user_id).is_active
    assert Revision.objects.count() == 0


def test_user_cannot_be_added_deleted_or_given_a_password(client: Client) -> None:
    user = UserFactory()

    page = client.get(address(User, "change", user.pk))

    assert client.get(address(User, "add")).status_code == 403
    assert client.post(address(User, "delete", user.pk), {"post": "yes"}).status_code == 403
    assert "password" not in page.context["adminform"].form.fields


def test_membership_keeps_its_person_and_section(client: Client) -> None:
    membership = MembershipFactory()
    other = SectionFactory()

    client.post(
        address(type(membership), "change", membership.pk),
        {"section": other.pk, "starts_on": "2015-04-01", "ends_on": "2024-03-31"},
    )

    membership.refresh_from_db()
    assert (membership.section_id == other.pk, str(membership.ends_on)) == (False, "2024-03-31")


def test_history_page_shows_words_instead_of_codes(client: Client) -> None:
    kpi = KpiFactory(direction="up")
    form = form_of(client.get(address(Kpi, "change", kpi.pk)))
    client.post(address(Kpi, "change", kpi.pk), form | {"direction": "down"})

    page = client.get(address(Kpi, "history", kpi.pk)).content.decode()

    assert "<td>方向</td><td>上向き</td><td>下向き</td>" in page
