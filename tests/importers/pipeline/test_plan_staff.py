"""Staff lists: people by number, posts from a day on, ends that are asked, nobody locked out."""

import json
from dataclasses import replace
from datetime import date

import pytest

from history.models import Revision
from importers.calculations.plan import CONFIRMED
from importers.enums import DocumentKind, UndoResult
from importers.models import ImportRun
from importers.services.imports import complete
from importers.services.undo import undo_run
from organization.enums import MembershipRole
from organization.models import Membership, RoleGrant, User
from tests.factories.organization import (
    MembershipFactory,
    RoleGrantFactory,
    SectionFactory,
    SectionSuccessionFactory,
    UserFactory,
)
from tests.importers.pipeline.documents import by_hand, codes, document, imported, options, outcomes, planned
from tests.importers.pipeline.test_commands import run

pytestmark = pytest.mark.django_db

APRIL = date(2025, 4, 1)
MARCH = date(2025, 3, 31)


@pytest.fixture
def sections():
    """Return two sections that exist in every year."""
    return SectionFactory(name="総務課", bureau=None), SectionFactory(name="道路課", bureau=None)


def person(number="00123", /, **fields):
    """Return the fields of one row of a staff list."""
    return {
        "staff_number": number,
        "name": "山田　太郎",
        "kana": None,
        "email": None,
        "bureau": None,
        "section": "総務課",
        "role": None,
        "valid_from": APRIL,
        "valid_to": None,
        "concurrent": False,
    } | fields


def staff(*rows):
    """Return a staff list."""
    return document(DocumentKind.STAFF, list(rows))


def confirmed(doc, index=0):
    """Return the document as somebody left it who confirmed one row."""
    rows = list(doc.rows)
    rows[index] = rows[index]._replace(extra={**rows[index].extra, CONFIRMED: True})
    return replace(doc, rows=tuple(rows))


def posts(user=None):
    """Return who works where from when to when."""
    rows = Membership.objects.filter(user=user) if user else Membership.objects.all()
    return [
        (post.section.name, post.role, post.starts_on, post.ends_on)
        for post in rows.select_related("section").order_by("starts_on", "pk")
    ]


def test_staff_new_person_gets_an_account_without_a_password(sections):
    applied = imported(staff(person(role="課長", email="taro@example.jp")))

    user = User.objects.get()
    assert outcomes(applied.plan) == ["new"]
    assert (user.username, user.staff_number, user.display_name) == ("00123", "00123", "山田　太郎")
    assert (user.email, user.has_usable_password(), user.must_change_password) == (
        "taro@example.jp", False, True,
    )  # fmt: skip
    assert posts() == [("総務課", "chief", APRIL, None)]
    assert codes(applied.plan) == ["account_new"]


def test_staff_twice_equals_once(sections):
    doc = staff(person(), person(section="道路課", concurrent=True), person("7", name="谷戸　花子"))
    imported(doc)
    revisions = Revision.objects.count()

    again = imported(doc)

    assert outcomes(again.plan) == ["same", "same", "same"]
    assert (again.run, Revision.objects.count()) == (None, revisions)


def test_staff_second_post_is_a_second_membership(sections):
    imported(staff(person(role="所属長"), person(section="道路課", concurrent=True, role="担当者")))

    assert posts() == [("総務課", "chief", APRIL, None), ("道路課", "staff", APRIL, None)]


def test_staff_transfer_ends_the_old_post_the_day_before(sections):
    old = MembershipFactory(user__staff_number="00123", user__display_name="山田太郎", section=sections[0])

    applied = imported(staff(person(section="道路課")))

    assert outcomes(applied.plan) == ["changed"]
    assert [(change.field, change.old) for change in applied.plan.rows[0].changes] == [
        ("ends", "総務課 担当者（2025/03/31まで）")
    ]
    assert posts(old.user) == [
        ("総務課", "staff", old.starts_on, MARCH),
        ("道路課", "staff", APRIL, None),
    ]


def test_staff_new_role_is_shown_and_begins_on_the_day(sections):
    old = MembershipFactory(user__staff_number="00123", user__display_name="山田太郎", section=sections[0])

    applied = imported(staff(person(role="所属長")))

    assert [(c.field, c.old, c.new) for c in applied.plan.rows[0].changes] == [("role", "担当者", "所属長")]
    assert posts(old.user) == [("総務課", "staff", old.starts_on, MARCH), ("総務課", "chief", APRIL, None)]


def test_staff_role_that_began_on_the_same_day_is_asked_before_it_is_taken_back(sections):
    imported(staff(person(role="所属長")))
    by_somebody = Membership.objects.get()
    Membership.objects.filter(pk=by_somebody.pk).update(role="staff")

    again = imported(staff(person(role="所属長")))

    assert (outcomes(again.plan), again.run) == (["review"], None)
    assert "posts_end" in codes(again.plan)
    assert posts() == [("総務課", "staff", APRIL, None)]


def test_staff_kana_is_told_not_to_be_kept(sections):
    assert "kana_not_kept" in codes(planned(staff(person(kana="やまだ たろう"))))


def test_staff_list_without_roles_keeps_the_chief(sections):
    MembershipFactory(
        user__staff_number="00123",
        user__display_name="山田太郎",
        section=sections[0],
        role=MembershipRole.CHIEF.value,
    )

    assert outcomes(planned(staff(person()))) == ["same"]


@pytest.mark.parametrize("title", ["課長補佐", "次長", "部長"])
def test_staff_title_that_may_approve_is_asked_and_waits(sections, title):
    doc = staff(person(role=title))

    waiting = imported(doc)
    taken = imported(confirmed(doc))

    assert outcomes(waiting.plan) == ["review"]
    assert codes(waiting.plan)[-1] == "role_unsure"
    assert (waiting.run, taken.run is None) == (None, False)
    assert Membership.objects.get().role in {"deputy", "chief"}


@pytest.mark.parametrize("title", ["係長", "主任", "班長", None])
def test_staff_title_of_staff_gives_no_right_to_approve(sections, title):
    imported(staff(person(role=title)))

    assert Membership.objects.get().role == "staff"


def test_staff_second_post_left_out_is_a_question(sections):
    user = UserFactory(staff_number="00123", display_name="山田太郎")
    MembershipFactory(user=user, section=sections[0])
    MembershipFactory(user=user, section=sections[1])
    doc = staff(person())

    waiting = planned(doc)
    imported(confirmed(doc))

    assert outcomes(waiting) == ["review"]
    assert "posts_end" in codes(waiting)
    assert [(name, last) for name, _, _, last in posts(user)] == [("総務課", None), ("道路課", MARCH)]


def test_staff_list_of_second_posts_alone_ends_nothing(sections):
    user = UserFactory(staff_number="00123", display_name="山田太郎")
    MembershipFactory(user=user, section=sections[0])

    imported(staff(person(section="道路課", concurrent=True)))

    assert [(name, last) for name, _, _, last in posts(user)] == [("総務課", None), ("道路課", None)]


def test_staff_other_name_under_a_number_is_refused(sections):
    UserFactory(staff_number="00123", display_name="森　次郎")

    plan = planned(staff(person()))

    assert outcomes(plan) == ["refused"]
    assert "別の氏名「森　次郎」" in plan.rows[0].refused


def test_staff_shared_given_name_is_a_rename_to_confirm(sections):
    user = UserFactory(staff_number="00123", display_name="森　太郎")
    doc = staff(person())

    waiting = planned(doc)
    imported(confirmed(doc))

    assert (outcomes(waiting), codes(waiting)) == (["review"], ["person_renamed"])
    user.refresh_from_db()
    assert user.display_name == "山田　太郎"


def test_staff_number_that_lost_its_zeros_is_asked(sections):
    UserFactory(staff_number="00123", display_name="山田太郎")

    plan = planned(staff(person("123")))

    assert (outcomes(plan), codes(plan)) == (["review"], ["account_new", "number_zeros"])


def test_staff_same_name_under_another_number_is_asked(sections):
    UserFactory(staff_number="900", display_name="山田太郎")

    assert codes(planned(staff(person()))) == ["account_new", "same_name"]


def test_staff_user_name_of_somebody_else_is_refused(sections):
    UserFactory(username="a12", staff_number=None)

    assert "利用者名「A12」" in planned(staff(person("A12"))).rows[0].refused


def test_staff_one_number_for_two_people_refuses_both(sections):
    plan = planned(staff(person(), person(name="谷戸　花子", section="道路課", concurrent=True)))

    assert outcomes(plan) == ["refused", "refused"]


def test_staff_without_any_day_is_refused_unless_the_import_names_one(sections):
    doc = staff(person(valid_from=None))

    assert "適用日" in planned(doc).rows[0].refused
    imported(doc, effective_on=APRIL)
    assert posts() == [("総務課", "staff", APRIL, None)]


def test_staff_renamed_section_is_a_proposal(sections):
    old = SectionFactory(name="情報課", bureau=None, closed_fiscal_year=2024)
    new = SectionFactory(name="デジタル課", bureau=None, opened_fiscal_year=2025)
    SectionSuccessionFactory(predecessor=old, successor=new, fiscal_year=2025)
    doc = staff(person(section="情報課"))

    waiting = imported(doc)
    imported(confirmed(doc))

    assert codes(waiting.plan) == ["section_succeeded", "account_new"]
    assert (waiting.run, [name for name, *_ in posts()]) == (None, ["デジタル課"])


def test_staff_who_is_missing_is_asked_and_never_ended_unasked(sections):
    for number, name in (("1", "谷戸花子"), ("2", "森次郎"), ("3", "原三郎")):
        MembershipFactory(user__staff_number=number, user__display_name=name, section=sections[0])
    doc = staff(person("1", name="谷戸花子"), person("2", name="森次郎"))
    whole = complete(doc, options(doc))

    waiting = imported(whole)
    answered = imported(confirmed(whole, 2))

    assert outcomes(waiting.plan) == ["same", "same", "review"]
    assert (codes(waiting.plan, 2), waiting.run) == (["missing_in_file"], None)
    assert answered.run is not None
    assert posts(User.objects.get(staff_number="3"))[0][3] == MARCH
    assert User.objects.get(staff_number="3").is_active


def test_staff_list_of_transfers_asks_about_nobody(sections):
    for number in ("1", "2", "3"):
        MembershipFactory(user__staff_number=number, section=sections[0])
    doc = staff(person())

    whole = complete(doc, options(doc))

    assert len(whole.rows) == 1
    assert [note.code for note in whole.notes] == ["staff_not_listed"]


def test_staff_import_never_touches_who_administers(sections):
    admin = RoleGrantFactory(role="administrator", user__staff_number="9", user__display_name="管理者").user
    MembershipFactory(user=admin, section=sections[0])
    MembershipFactory(user__staff_number="00123", user__display_name="山田太郎", section=sections[0])
    doc = staff(person())

    imported(confirmed(complete(doc, options(doc)), 1))

    admin.refresh_from_db()
    assert admin.is_active
    assert RoleGrant.objects.filter(user=admin, ends_on=None).count() == 1
    assert posts(admin)[0][3] == MARCH


def test_staff_import_is_undone_as_a_whole(sections):
    old = MembershipFactory(user__staff_number="1", user__display_name="谷戸花子", section=sections[0])
    imported(staff(person("1", name="谷戸花子", section="道路課"), person()))

    report = undo_run(ImportRun.objects.get(), authorship=by_hand())

    assert report.counts == {UndoResult.REVERSED: 2, UndoResult.KEPT: 0, UndoResult.FAILED: 0}
    assert posts() == [("総務課", "staff", old.starts_on, None)]
    assert User.objects.get() == old.user


def test_staff_with_a_password_since_stays_when_the_import_is_undone(sections):
    from organization.services import reset_password

    imported(staff(person()))
    reset_password(User.objects.get(), authorship=by_hand())

    report = undo_run(ImportRun.objects.get(), authorship=by_hand())

    assert report.counts[UndoResult.KEPT] == 1
    assert User.objects.count() == 1


def test_import_staff_command_reads_a_csv_and_takes_questions_only_when_told(tmp_path, sections):
    path = tmp_path / "staff.csv"
    path.write_text("職員番号,氏名,所属,職名\r\n00123,山田　太郎,総務課,課長補佐\r\n", encoding="cp932")
    given = ("import_staff", str(path), "--effective-on", "R7.4.1", "--apply", "--json")

    waiting = json.loads(run(*given))
    assert (waiting["kind"], waiting["counts"]["review"], User.objects.count()) == ("staff", 1, 0)

    run(*given, "--take-review")
    assert posts() == [("総務課", "deputy", APRIL, None)]
