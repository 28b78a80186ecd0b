"""Writes to people and sections: what they do, refuse and leave in the history."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from history.models import Revision
from history.services import Authorship
from organization import services
from organization.enums import MembershipRole, SiteRole
from organization.models import Membership, RoleGrant, User
from tests.factories.organization import (
    LONG_AGO,
    BureauFactory,
    MembershipFactory,
    RoleGrantFactory,
    SectionFactory,
    UserFactory,
    holder_of,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 4, 10, 1, tzinfo=UTC)
TODAY = date(2024, 4, 10)


@pytest.fixture
def administrator() -> User:
    return holder_of(SiteRole.ADMINISTRATOR, "administrator")


@pytest.fixture
def by(administrator: User) -> Authorship:
    return Authorship(by=administrator, at=NOW)


def written() -> list[tuple[str, str, str | None, str | None]]:
    """Return what the history says, oldest first: act, field, old, new (records' snapshots left out)."""
    return [
        (r.act, r.field, None if r.act != "changed" else r.old, None if r.act != "changed" else r.new)
        for r in Revision.objects.order_by("id")
    ]


def test_create_user_gives_a_one_time_password_that_has_to_be_changed(by: Authorship) -> None:
    account = services.create_user(username="hanako", display_name="筑波 花子", authorship=by)

    stored = User.objects.get(username="hanako")
    assert stored.check_password(account.password)
    assert stored.must_change_password
    assert written() == [("created", "", None, None)]
    assert account.password not in str(list(Revision.objects.values()))


def test_create_user_reads_a_full_width_user_name_as_the_plain_one(by: Authorship) -> None:
    services.create_user(username="ｈａｎａｋｏ", display_name="筑波 花子", authorship=by)

    assert User.objects.filter(username="hanako").count() == 1


@pytest.mark.parametrize("taken", [{"username": "hanako"}, {"staff_number": "100"}])
def test_create_user_refuses_what_another_has(by: Authorship, taken: dict[str, str]) -> None:
    UserFactory(**taken)

    with pytest.raises(ValidationError):
        services.create_user(
            **{"username": "other", "display_name": "別人", "staff_number": "101"} | taken, authorship=by
        )

    assert Revision.objects.count() == 0


def test_create_user_with_membership_does_both_or_neither(by: Authorship) -> None:
    section = SectionFactory()

    with pytest.raises(ValidationError):
        services.create_user_with_membership(
            username="hanako",
            display_name="筑波 花子",
            staff_number="100",
            section=section,
            role=MembershipRole.STAFF,
            starts_on="not a day",  # type: ignore[arg-type]
            authorship=by,
        )

    assert not User.objects.filter(username="hanako").exists()
    assert Revision.objects.count() == 0


def test_new_passwords_are_long_and_unmistakable() -> None:
    passwords = {services.new_password() for _ in range(200)}

    assert len(passwords) == 200
    assert {len(password) for password in passwords} == {14}
    assert not set("".join(passwords)) & set("0o1liOI")


def test_change_user_writes_only_what_differs(by: Authorship) -> None:
    user = UserFactory(username="hanako", display_name="筑波 花子")

    changed = services.change_user(user, {"username": "hanako", "display_name": "土浦 花子"}, authorship=by)
    again = services.change_user(user, {"display_name": "土浦 花子"}, authorship=by)

    assert (changed, again) == (True, False)
    assert written() == [("changed", "display_name", "筑波 花子", "土浦 花子")]


def test_change_user_sees_through_a_form_that_wrote_into_the_record_in_hand(by: Authorship) -> None:
    user = UserFactory(display_name="筑波 花子")
    user.display_name = "土浦 花子"

    services.change_user(user, {"display_name": "土浦 花子"}, authorship=by)

    assert User.objects.get(pk=user.pk).display_name == "土浦 花子"
    assert written() == [("changed", "display_name", "筑波 花子", "土浦 花子")]


def test_reset_password_replaces_it_and_keeps_it_out_of_the_history(by: Authorship) -> None:
    user = UserFactory()
    user.set_password("before-1234")
    user.save()

    account = services.reset_password(user, authorship=by)

    stored = User.objects.get(pk=user.pk)
    assert (stored.check_password("before-1234"), stored.check_password(account.password)) == (False, True)
    assert stored.must_change_password
    assert {field for _, field, _, _ in written()} == {"password", "must_change_password"}
    assert stored.password not in str(list(Revision.objects.values()))


def test_change_own_password_lifts_the_duty_to_change_it(by: Authorship) -> None:
    user = UserFactory(must_change_password=True)

    services.change_own_password(user, "eigenes-Wort-9", authorship=Authorship(by=user, at=NOW))

    stored = User.objects.get(pk=user.pk)
    assert stored.check_password("eigenes-Wort-9")
    assert not stored.must_change_password


# --- the last administrator ----------------------------------------------------------------------------


def test_last_administrator_cannot_be_stopped(administrator: User, by: Authorship) -> None:
    with pytest.raises(services.LastAdministrator):
        services.change_user(administrator, {"is_active": False}, authorship=by)

    assert User.objects.get(pk=administrator.pk).is_active
    assert Revision.objects.count() == 0


def test_last_administrator_cannot_lose_the_role(administrator: User, by: Authorship) -> None:
    grant = administrator.role_grants.get()

    with pytest.raises(services.LastAdministrator):
        services.delete_term(grant, authorship=by)
    with pytest.raises(services.LastAdministrator):
        services.change_term(grant, starts_on=LONG_AGO, ends_on=date(2030, 3, 31), authorship=by)
    with pytest.raises(services.LastAdministrator):
        services.change_term(grant, starts_on=date(2024, 4, 11), ends_on=None, authorship=by)

    assert list(administrator.role_grants.values_list("starts_on", "ends_on")) == [(LONG_AGO, None)]
    assert Revision.objects.count() == 0


@pytest.mark.parametrize(
    "other",
    [
        {"ends_on": date(2025, 3, 31)},
        {"starts_on": date(2024, 6, 1)},
        {"user__is_active": False},
        {"role": SiteRole.PLANNING.value},
    ],
    ids=["ends", "begins too late", "stopped", "another role"],
)
def test_administrator_is_the_last_when_the_other_does_not_count(
    administrator: User, by: Authorship, other: dict[str, object]
) -> None:
    RoleGrantFactory(**{"role": SiteRole.ADMINISTRATOR.value} | other)

    with pytest.raises(services.LastAdministrator):
        services.change_term(
            administrator.role_grants.get(), starts_on=LONG_AGO, ends_on=date(2024, 4, 30), authorship=by
        )


def test_administrator_may_go_when_the_next_one_has_begun(administrator: User, by: Authorship) -> None:
    RoleGrantFactory(role=SiteRole.ADMINISTRATOR.value, starts_on=date(2024, 5, 1))

    services.change_term(
        administrator.role_grants.get(), starts_on=LONG_AGO, ends_on=date(2024, 4, 30), authorship=by
    )

    assert written() == [("changed", "ends_on", None, "2024-04-30")]


def test_other_people_are_changed_even_where_nobody_administers_without_end(by: Authorship) -> None:
    RoleGrant.objects.update(ends_on=date(2025, 3, 31))
    reader = holder_of(SiteRole.READER, "reader")

    services.change_user(reader, {"is_active": False}, authorship=by)
    services.delete_term(reader.role_grants.get(), authorship=by)

    assert not RoleGrant.objects.filter(user=reader).exists()


# --- memberships ---------------------------------------------------------------------------------------


def test_add_membership_lets_one_person_belong_to_two_sections(by: Authorship) -> None:
    user = UserFactory()
    first, second = SectionFactory(), SectionFactory()

    for section, role in ((first, MembershipRole.STAFF), (second, MembershipRole.CHIEF)):
        services.add_membership(user=user, section=section, role=role, starts_on=TODAY, authorship=by)

    assert list(user.memberships.order_by("id").values_list("section_id", "role")) == [
        (first.pk, "staff"),
        (second.pk, "chief"),
    ]
    assert [act for act, *_ in written()] == ["created", "created"]


def test_add_membership_refuses_the_same_twice_and_days_in_the_wrong_order(by: Authorship) -> None:
    membership = MembershipFactory(starts_on=TODAY)
    same = {
        "user": membership.user,
        "section": membership.section,
        "role": MembershipRole.STAFF,
        "authorship": by,
    }

    with pytest.raises(ValidationError, match="同じ所属がすでに登録されています"):
        services.add_membership(**same, starts_on=TODAY)
    with pytest.raises(ValidationError, match="終了日は開始日より前にできません"):
        services.add_membership(**same, starts_on=date(2024, 5, 2), ends_on=date(2024, 5, 1))

    assert Membership.objects.count() == 1


def test_delete_term_keeps_the_membership_in_the_history(by: Authorship) -> None:
    membership = MembershipFactory()
    section = membership.section_id

    services.delete_term(membership, authorship=by)

    revision = Revision.objects.get()
    assert (revision.act, revision.by_id) == ("deleted", by.by.pk)  # type: ignore[union-attr]
    assert f'"section_id": "{section}"' in (revision.old or "")


# --- sections ------------------------------------------------------------------------------------------


def test_change_unit_corrects_a_section(by: Authorship) -> None:
    section = SectionFactory(name="産業振興科")

    services.change_unit(section, {"name": "産業振興課"}, authorship=by)

    assert written() == [("changed", "name", "産業振興科", "産業振興課")]


def test_create_unit_refuses_a_bureau_of_the_same_name_and_year(by: Authorship) -> None:
    bureau = BureauFactory(name="経済部")

    with pytest.raises(ValidationError, match="同じ部局がすでに登録されています"):
        services.create_unit(type(bureau)(name="経済部"), authorship=by)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_taking_away_each_others_role_leave_one() -> None:
    people = [holder_of(SiteRole.ADMINISTRATOR, name) for name in ("first", "second")]
    start = threading.Barrier(2)

    def take_away(by: User, grant: RoleGrant) -> str:
        start.wait(timeout=10)
        try:
            services.delete_term(grant, authorship=Authorship(by=by, at=NOW))
        except services.LastAdministrator:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(take_away, by, other.role_grants.get()) for by, other in (people, reversed(people))
        ]
        outcomes = sorted(job.result(timeout=30) for job in jobs)

    assert outcomes == ["done", "refused"]
    assert RoleGrant.objects.count() == 1
