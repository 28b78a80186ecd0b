"""Pages of people and sections."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from history.models import Revision
from organization.enums import SiteRole
from organization.models import Bureau, FormDraft, Membership, RoleGrant, Section, User
from tests.factories.organization import (
    BureauFactory,
    MembershipFactory,
    RoleGrantFactory,
    SectionFactory,
    UserFactory,
    holder_of,
)
from tests.organization.words import texts

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def administrator() -> User:
    return holder_of(SiteRole.ADMINISTRATOR, "administrator")


@pytest.fixture
def client(administrator: User, as_user: SignIn) -> Client:
    return as_user(administrator)


# --- people ---------------------------------------------------------------------------------------


def test_user_list_costs_the_same_for_one_and_three_people(
    client: Client, assert_queries: Callable[[int], Any]
) -> None:
    for people in (1, 2):
        for _ in range(people):
            person = MembershipFactory().user
            RoleGrantFactory(user=person, role=SiteRole.COMMITTEE.value)
        # session, user, roles, memberships, count, users, their memberships, their roles, sections to choose
        with assert_queries(9):
            response = client.get(reverse("organization:user_list"))
    assert len(response.context["page"].object_list) == 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "花子"}, {"hanako"}),
        ({"q": "ｈａｎａ"}, {"hanako"}),
        ({"q": "筑波　花"}, {"hanako"}),
        ({"q": "１０１"}, {"taro"}),
        ({"role": "committee"}, {"taro"}),
        ({"status": "stopped"}, {"stopped"}),
        ({"q": "花子", "role": "committee"}, set()),
        ({"role": "emperor", "section": "x", "sort": "password", "page": "x"}, None),
    ],
)
def test_user_list_finds(client: Client, query: dict[str, str], expected: set[str] | None) -> None:
    UserFactory(username="hanako", display_name="筑波 花子")
    taro = UserFactory(username="taro", staff_number="101")
    RoleGrantFactory(user=taro, role=SiteRole.COMMITTEE.value)
    UserFactory(username="stopped", is_active=False)

    response = client.get(reverse("organization:user_list"), query)

    found = {person.username for person in response.context["page"]}
    assert found == ({"administrator", "hanako", "taro", "stopped"} if expected is None else expected)


def test_user_list_finds_the_people_who_are_in_a_section_today(client: Client) -> None:
    section = SectionFactory()
    MembershipFactory(section=section, user__username="now")
    MembershipFactory(section=section, user__username="before", ends_on="2016-03-31")
    MembershipFactory(user__username="elsewhere")

    response = client.get(reverse("organization:user_list"), {"section": section.pk})

    assert [person.username for person in response.context["page"]] == ["now"]


@pytest.mark.parametrize(
    ("sort", "expected"), [("number", ["b", "a"]), ("-number", ["a", "b"]), ("-username", ["b", "a"])]
)
def test_user_list_sorts(client: Client, sort: str, expected: list[str]) -> None:
    UserFactory(username="a", staff_number="9")
    UserFactory(username="b", staff_number="1")

    response = client.get(reverse("organization:user_list"), {"sort": sort})

    names = [person.username for person in response.context["page"] if person.username in {"a", "b"}]
    assert names == expected


def test_user_create_shows_the_password_once_and_never_again(client: Client) -> None:
    section = SectionFactory()
    place, window = "organization.user_create", "0123456789abcdef"
    typed = {"turn": "1", "draft.display_name": "筑波 花子", "shown.display_name": ""}
    client.post(reverse("organization:form_draft_keep", args=[place, window]), typed)
    assert "筑波 花子" in client.get(reverse("organization:user_create")).content.decode()

    page = client.post(
        reverse("organization:user_create"),
        {
            "draft_of": f"{place} {window}:1",
            "username": "hanako",
            "display_name": "筑波 花子",
            "staff_number": "",
            "section": section.pk,
            "role": "chief",
            "starts_on": "2024-04-01",
        },
    )

    assert page.status_code == 201
    assert not FormDraft.objects.filter(done_at=None).exists(), "what was typed is not offered again"
    password = page.context["account"].password
    user = User.objects.get(username="hanako")
    assert password in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert user.check_password(password)
    assert list(user.memberships.values_list("section", "role")) == [(section.pk, "chief")]
    assert password not in client.get(reverse("organization:user_detail", args=[user.pk])).content.decode()


def test_user_create_asks_for_the_first_day_of_a_section(client: Client) -> None:
    response = client.post(
        reverse("organization:user_create"),
        {"username": "hanako", "display_name": "花子", "section": SectionFactory().pk, "role": "staff"},
    )

    assert response.context["form"].errors == {"starts_on": ["所属の開始日を入力してください。"]}
    assert not User.objects.filter(username="hanako").exists()


def test_user_detail_changes_names_and_shows_who_changed_them(client: Client) -> None:
    user = UserFactory(username="hanako", display_name="筑波 花子")
    address = reverse("organization:user_detail", args=[user.pk])

    client.post(address, {"username": "hanako", "display_name": "土浦 花子", "staff_number": ""})
    page = texts(client.get(address))

    assert User.objects.get(pk=user.pk).display_name == "土浦 花子"
    assert "変更前筑波 花子 → 変更後土浦 花子" in page
    assert "職員 administrator（画面入力・変更）" in page


def test_user_detail_refuses_the_name_of_another_and_keeps_the_heading(client: Client) -> None:
    UserFactory(username="taken")
    user = UserFactory(username="hanako", display_name="筑波 花子")

    response = client.post(
        reverse("organization:user_detail", args=[user.pk]), {"username": "taken", "display_name": "改名"}
    )

    assert response.context["form"].errors == {"username": ["この利用者名はすでに使われています。"]}
    assert "<h1>筑波 花子</h1>" in response.content.decode()
    assert Revision.objects.count() == 0


def test_user_detail_costs_the_same_for_one_and_three_memberships(
    client: Client, assert_queries: Callable[[int], Any]
) -> None:
    user = UserFactory()
    address = reverse("organization:user_detail", args=[user.pk])
    for places in (1, 2):
        for _ in range(places):
            MembershipFactory(user=user)
        # session, user, roles, memberships, person, memberships, roles, revisions
        with assert_queries(9):
            client.get(address)


def test_user_activity_stops_and_resumes(client: Client) -> None:
    user = UserFactory()
    address = reverse("organization:user_activity", args=[user.pk])

    client.post(address, {"is_active": "0"})
    stopped = User.objects.get(pk=user.pk).is_active
    client.post(address, {"is_active": "1"})

    assert (stopped, User.objects.get(pk=user.pk).is_active) == (False, True)


def test_user_activity_tells_that_the_last_administrator_stays(client: Client, administrator: User) -> None:
    response = client.post(
        reverse("organization:user_activity", args=[administrator.pk]), {"is_active": "0"}, follow=True
    )

    assert "「管理者」の権限を持つ利用者がいなくなるため" in texts(response)


def test_membership_create_adds_a_second_section(client: Client) -> None:
    user = MembershipFactory().user
    section = SectionFactory()

    client.post(
        reverse("organization:membership_create", args=[user.pk]),
        {"section": section.pk, "role": "deputy", "starts_on": "2024-04-01", "ends_on": "2025-03-31"},
    )

    membership = user.memberships.get(section=section)
    assert (membership.role, str(membership.starts_on), str(membership.ends_on)) == (
        "deputy",
        "2024-04-01",
        "2025-03-31",
    )


def test_membership_create_tells_that_it_is_there_already(client: Client) -> None:
    membership = MembershipFactory()

    response = client.post(
        reverse("organization:membership_create", args=[membership.user_id]),
        {"section": membership.section_id, "role": "staff", "starts_on": str(membership.starts_on)},
    )

    assert "同じ所属がすでに登録されています" in texts(response)
    assert Membership.objects.count() == 1


def test_membership_edit_ends_and_takes_back(client: Client) -> None:
    membership = MembershipFactory()
    address = reverse("organization:membership_edit", args=[membership.pk])

    client.post(address, {"act": "save", "starts_on": str(membership.starts_on), "ends_on": "2024-03-31"})
    ended = str(Membership.objects.get().ends_on)
    client.post(address, {"act": "delete"})

    assert (ended, Membership.objects.count()) == ("2024-03-31", 0)


def test_membership_edit_refuses_an_end_before_the_beginning(client: Client) -> None:
    membership = MembershipFactory()

    response = client.post(
        reverse("organization:membership_edit", args=[membership.pk]),
        {"act": "save", "starts_on": "2024-04-01", "ends_on": "2024-03-31"},
    )

    assert response.context["form"].errors == {"ends_on": ["終了日は開始日より前にできません。"]}


def test_role_grant_create_and_edit(client: Client) -> None:
    user = UserFactory()

    client.post(
        reverse("organization:role_grant_create", args=[user.pk]),
        {"role": "planning", "starts_on": "2024-04-01", "ends_on": ""},
    )
    grant = RoleGrant.objects.get(user=user)
    client.post(reverse("organization:role_grant_edit", args=[grant.pk]), {"act": "delete"})

    assert (grant.role, user.role_grants.count()) == ("planning", 0)


def test_role_grant_edit_refuses_to_take_the_last_administrator_away(
    client: Client, administrator: User
) -> None:
    grant = administrator.role_grants.get()

    response = client.post(reverse("organization:role_grant_edit", args=[grant.pk]), {"act": "delete"})

    assert "「管理者」の権限を持つ利用者がいなくなるため" in texts(response)
    assert administrator.role_grants.count() == 1


# --- sections -------------------------------------------------------------------------------------


def test_section_list_costs_the_same_for_one_and_three_sections(
    client: Client, assert_queries: Callable[[int], Any]
) -> None:
    for sections in (1, 2):
        for _ in range(sections):
            MembershipFactory()
        # session, user, roles, memberships, sections with people, bureaus
        with assert_queries(6):
            client.get(reverse("organization:section_list"))


def test_section_list_shows_the_organisation_of_its_year(client: Client) -> None:
    SectionFactory(name="旧課", closed_fiscal_year=2023)
    SectionFactory(name="新課", opened_fiscal_year=2024)
    address = reverse("organization:section_list")

    old, new = (texts(client.get(address, {"year": year})) for year in ("2023", "R6"))

    assert ("旧課" in old, "新課" in old) == (True, False)
    assert ("旧課" in new, "新課" in new) == (False, True)


@pytest.mark.parametrize("year", ["", "x", "99999999999", "-5", "0", "9999"])
def test_section_list_takes_any_year(client: Client, year: str) -> None:
    assert client.get(reverse("organization:section_list"), {"year": year}).status_code == 200


def test_section_create_and_edit(client: Client) -> None:
    bureau = BureauFactory()
    form = {
        "name": "新設課",
        "bureau": bureau.pk,
        "code": "0100",
        "position": "3",
        "opened_fiscal_year": "2024",
    }

    client.post(reverse("organization:section_create"), form)
    section = Section.objects.get(name="新設課")
    client.post(reverse("organization:section_edit", args=[section.pk]), form | {"code": "0200"})

    assert Section.objects.get(pk=section.pk).code == "0200"
    assert list(Revision.objects.order_by("id").values_list("act", "field", "new"))[1:] == [
        ("changed", "code", "0200")
    ]


def test_section_edit_tells_years_in_the_wrong_order(client: Client) -> None:
    section = SectionFactory(opened_fiscal_year=2024)

    response = client.post(
        reverse("organization:section_edit", args=[section.pk]),
        {"name": section.name, "position": "1", "opened_fiscal_year": "2024", "closed_fiscal_year": "2023"},
    )

    assert "最終年度は設置年度より前にできません" in texts(response)


def test_bureau_create_and_edit(client: Client) -> None:
    client.post(reverse("organization:bureau_create"), {"name": "経済部", "position": "1"})
    bureau = Bureau.objects.get(name="経済部")
    client.post(reverse("organization:bureau_edit", args=[bureau.pk]), {"name": "経済局", "position": "1"})

    assert Bureau.objects.get(pk=bureau.pk).name == "経済局"


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in SiteRole if role != SiteRole.ADMINISTRATOR])
@pytest.mark.parametrize("name", ["user_list", "user_create", "section_list", "section_create"])
def test_organization_pages_refuse_everybody_but_administrators(
    as_user: SignIn, role: SiteRole, name: str
) -> None:
    client = as_user(holder_of(role, "somebody"))

    response = client.get(reverse(f"organization:{name}"))

    assert response.status_code == 403
    assert "「管理者」の権限を持つ人だけ" in texts(response)


def test_refused_administration_changes_nothing(as_user: SignIn) -> None:
    client = as_user(holder_of(SiteRole.PLANNING, "planner"))
    victim = MembershipFactory()
    grant = RoleGrantFactory()

    for name, pk in (
        ("user_detail", victim.user_id),
        ("user_activity", victim.user_id),
        ("user_password_reset", victim.user_id),
        ("membership_create", victim.user_id),
        ("role_grant_create", victim.user_id),
        ("membership_edit", victim.pk),
        ("role_grant_edit", grant.pk),
        ("section_edit", victim.section_id),
        ("bureau_edit", victim.section.bureau_id),
    ):
        response = client.post(
            reverse(f"organization:{name}", args=[pk]),
            {"act": "delete", "is_active": "0", "name": "x", "username": "x", "role": "administrator"},
        )
        assert (name, response.status_code) == (name, 403)

    assert Revision.objects.count() == 0
