"""Pages of signing in and of one's own account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from organization.enums import MembershipRole, SiteRole
from organization.models import User
from tests.factories.organization import (
    MembershipFactory,
    RoleGrantFactory,
    SectionFactory,
    UserFactory,
    holder_of,
    member_of,
)
from tests.organization.words import texts

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PASSWORD = "richtiges-Wort-7"


def with_password(user: User, password: str = PASSWORD) -> User:
    user.set_password(password)
    user.save()
    return user


# --- signing in -----------------------------------------------------------------------------------


def test_sign_in_leads_to_the_page_asked_for() -> None:
    with_password(UserFactory(username="hanako"))
    client = Client()

    response = client.post(
        reverse("organization:sign_in"), {"username": "hanako", "password": PASSWORD, "next": "/help/"}
    )

    assert (response.status_code, response["Location"]) == (302, "/help/")
    assert SESSION_KEY in client.session


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:x"])
def test_sign_in_never_leads_to_another_site(target: str) -> None:
    with_password(UserFactory(username="hanako"))

    response = Client().post(
        reverse("organization:sign_in"), {"username": "hanako", "password": PASSWORD, "next": target}
    )

    assert response["Location"] == "/"


def test_sign_in_takes_a_full_width_user_name() -> None:
    with_password(UserFactory(username="hanako"))

    response = Client().post(
        reverse("organization:sign_in"), {"username": "ｈａｎａｋｏ", "password": PASSWORD}
    )

    assert response.status_code == 302


def test_sign_in_says_nothing_about_which_part_was_wrong() -> None:
    with_password(UserFactory(username="hanako"))
    sign_in = reverse("organization:sign_in")

    wrong_password = Client().post(sign_in, {"username": "hanako", "password": "x"})
    wrong_name = Client().post(sign_in, {"username": "taro", "password": "x"})

    assert "利用者名またはパスワードが違います" in texts(wrong_password)
    assert texts(wrong_password) == texts(wrong_name)


def test_sign_in_is_locked_after_too_many_failures_until_the_password_is_replaced(
    settings: Any, as_user: SignIn
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    administrator = as_user(holder_of(SiteRole.ADMINISTRATOR, "administrator"))
    user = with_password(UserFactory(username="hanako"))
    sign_in = reverse("organization:sign_in")
    for _ in range(3):
        locked = Client().post(sign_in, {"username": "hanako", "password": "x"})
    still = Client().post(sign_in, {"username": "hanako", "password": PASSWORD})

    page = administrator.post(reverse("organization:user_password_reset", args=[user.pk]))
    password = page.context["account"].password
    opened = Client().post(sign_in, {"username": "hanako", "password": password})

    assert (locked.status_code, still.status_code, opened.status_code) == (429, 429, 302)
    assert "3回続いたため" in texts(locked)


def test_stopped_person_cannot_sign_in() -> None:
    with_password(UserFactory(username="hanako", is_active=False))

    response = Client().post(reverse("organization:sign_in"), {"username": "hanako", "password": PASSWORD})

    assert "利用者名またはパスワードが違います" in texts(response)


def test_sign_out_ends_the_session(as_user: SignIn) -> None:
    client = as_user(UserFactory())

    response = client.post(reverse("organization:sign_out"))

    assert response["Location"] == reverse("organization:sign_in")
    assert SESSION_KEY not in client.session


# --- one's own account ----------------------------------------------------------------------------


def test_password_change_replaces_a_one_time_password_and_goes_to_work(as_user: SignIn) -> None:
    user = with_password(UserFactory(must_change_password=True))
    client = as_user(user)

    response = client.post(
        reverse("organization:password_change"),
        {"old_password": PASSWORD, "new_password1": "neues-Wort-88", "new_password2": "neues-Wort-88"},
    )

    assert response["Location"] == reverse("home")
    assert User.objects.get(pk=user.pk).check_password("neues-Wort-88")
    assert client.get(reverse("help")).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"old_password": "falsch"}, "old_password"),
        ({"new_password2": "anders-Wort-88"}, "new_password2"),
        ({"new_password1": "12345678", "new_password2": "12345678"}, "new_password2"),
    ],
)
def test_password_change_refuses(as_user: SignIn, fields: dict[str, str], field: str) -> None:
    user = with_password(UserFactory())
    good = {"old_password": PASSWORD, "new_password1": "neues-Wort-88", "new_password2": "neues-Wort-88"}

    response = as_user(user).post(reverse("organization:password_change"), good | fields)

    assert list(response.context["form"].errors) == [field]
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_account_shows_who_one_is(as_user: SignIn) -> None:
    clerk = member_of(SectionFactory(name="産業振興課"), MembershipRole.STAFF, "clerk")
    RoleGrantFactory(user=clerk, role=SiteRole.COMMITTEE.value)

    page = texts(as_user(clerk).get(reverse("organization:account")))

    assert "職員 clerk 産業振興課 担当者（外部評価委員）" in page.replace("　", " ")


def test_section_known_under_two_bureaus_is_named_once(as_user: SignIn) -> None:
    clerk = member_of(SectionFactory(name="産業振興課"), MembershipRole.STAFF, "clerk")
    MembershipFactory(user=clerk, section=SectionFactory(name="産業振興課"))

    assert User.objects.get(pk=clerk.pk).access.posts == ["産業振興課 担当者"]
