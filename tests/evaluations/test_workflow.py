"""The acts on a sheet: every state × act × person does what the table says, once, and leaves a revision."""

import contextlib
from datetime import date

import pytest
from django.urls import reverse

from evaluations.enums import LOCKED_STATES, TRANSITIONS, Act, Actor, RoundState, SheetState
from evaluations.models import FieldComment, KpiSheet, Round
from evaluations.selectors import authors
from evaluations.services import workflow
from evaluations.services.workflow import (
    ActRefused,
    OwnEntry,
    ReasonMissing,
    Seen,
    SheetIncomplete,
    WrongState,
)
from history.enums import Through
from history.models import Revision
from history.services import VersionConflict
from organization.enums import MembershipRole, SiteRole
from tests.evaluations.acts import AT, by, figure, fresh, perform, save, seen
from tests.factories.evaluations import ActualFactory, RoundQuestionFactory
from tests.factories.organization import MembershipFactory, RoleGrantFactory, member_of
from tests.factories.world import World

PEOPLE: dict[str, set[Actor]] = {
    "clerk": {Actor.STAFF},
    "chief": {Actor.STAFF, Actor.APPROVER},
    "deputy": {Actor.STAFF, Actor.APPROVER},
    "planning": {Actor.PLANNING},
    "committee": {Actor.COMMITTEE},
    "administrator": set(),
    "reader": set(),
    "outsider": set(),
    "other_clerk": set(),
    "other_chief": set(),
}


def person(world: World, name: str):
    if name in {"clerk", "chief", "deputy"}:
        return getattr(world.of_industry, name)
    if name.startswith("other_"):
        return getattr(world.of_publicity, name.removeprefix("other_"))
    return getattr(world, name)


def put(sheet, state: SheetState) -> None:
    """Set a sheet back into a state, without the way there."""
    type(sheet).objects.filter(pk=sheet.pk).update(
        state=state.value,
        return_reason="",
        returned_by=None,
        returned_at=None,
        self_grade="",
        grade_reason="",
        reopened_until=None,
    )


def row_for(act: Act, state: SheetState, actors: set[Actor]):
    """Return the table's row for a sheet that was never opened again."""
    rows = [
        t
        for t in TRANSITIONS
        if t.act is act and t.actor in actors and state in t.sources and not t.reopened_only
    ]
    return rows[0] if rows else None


@pytest.mark.parametrize("state", SheetState)
@pytest.mark.parametrize("act", Act)
def test_every_act_at_every_state_does_what_the_table_says(world, act, state):
    ActualFactory(kpi=world.industry_kpi)
    for sheet in (world.industry_sheet, world.industry_evaluation):
        for name, actors in PEOPLE.items():
            put(sheet, state)
            before = fresh(sheet)
            row = row_for(act, state, actors)
            ever = any(t.act is act and t.actor in actors for t in TRANSITIONS)
            done = act is not Act.RETURN and any(
                t.act is act and t.actor in actors and t.target is state for t in TRANSITIONS
            )
            if row is not None:
                perform(act, before, person(world, name))
                after = fresh(sheet)
                assert after.state == (row.target or state), (name, sheet)
                assert after.version == before.version
            elif not ever:
                with pytest.raises(ActRefused):
                    perform(act, before, person(world, name))
                assert fresh(sheet).version == before.version, (name, sheet)
            elif done:
                assert perform(act, before, person(world, name)) is False
                assert fresh(sheet).version == before.version, (name, sheet)
            else:
                with pytest.raises(WrongState):
                    perform(act, before, person(world, name))
                assert fresh(sheet).version == before.version, (name, sheet)
                assert fresh(sheet).state == state


def test_each_act_and_state_leads_to_one_state_whoever_acts():
    for act in Act:
        for state in SheetState:
            targets = {t.target for t in TRANSITIONS if t.act is act and state in t.sources}
            assert len(targets) <= 1, (act, state)


def test_locked_states_know_only_correction_and_publication():
    acts = {t.act for t in TRANSITIONS if t.sources & LOCKED_STATES}

    assert acts == {Act.CORRECT, Act.REOPEN, Act.PUBLISH}


# --- a second click ---------------------------------------------------------------------------------


def test_a_second_submit_has_one_effect(world):
    ActualFactory(kpi=world.industry_kpi)
    first, second = fresh(world.industry_sheet), fresh(world.industry_sheet)

    assert perform(Act.SUBMIT, first, world.of_industry.clerk) is True
    assert (
        workflow.submit(sheet=second, seen=Seen(sheet=1, figure=1), authorship=by(world.of_industry.clerk))
        is False
    )
    assert (
        workflow.submit(sheet=fresh(first), seen=Seen(sheet=1), authorship=by(world.of_industry.clerk))
        is False
    )

    states = Revision.objects.filter(record_type="evaluations.kpisheet", field="state")
    assert states.count() == 1
    assert fresh(first).version == 2


def test_an_act_on_an_older_version_is_a_conflict(world):
    ActualFactory(kpi=world.industry_kpi)
    sheet = fresh(world.industry_sheet)
    perform(Act.SUBMIT, sheet, world.of_industry.clerk)
    perform(Act.WITHDRAW, sheet, world.of_industry.clerk)
    perform(Act.EDIT, sheet, world.of_industry.clerk)
    perform(Act.SUBMIT, sheet, world.of_industry.clerk)

    with pytest.raises(VersionConflict):
        workflow.approve(sheet=fresh(sheet), seen=Seen(sheet=2), authorship=by(world.of_industry.chief))
    assert fresh(sheet).state == SheetState.AWAITING_APPROVAL


def test_an_approval_of_a_figure_changed_since_is_a_conflict(world):
    actual = ActualFactory(kpi=world.industry_kpi)
    sheet = fresh(world.industry_sheet)
    perform(Act.SUBMIT, sheet, world.of_industry.clerk)
    looked_at = seen(sheet)
    type(actual).objects.update(value=9_999, version=2)

    with pytest.raises(VersionConflict):
        workflow.approve(sheet=sheet, seen=looked_at, authorship=by(world.of_industry.chief))


# --- who may not ------------------------------------------------------------------------------------


def test_nobody_approves_what_they_entered(world):
    save(fresh(world.industry_sheet), world.of_industry.chief)
    perform(Act.SUBMIT, fresh(world.industry_sheet), world.of_industry.clerk)

    with pytest.raises(OwnEntry):
        perform(Act.APPROVE, fresh(world.industry_sheet), world.of_industry.chief)
    assert perform(Act.APPROVE, fresh(world.industry_sheet), world.of_industry.deputy) is True


def test_a_trivial_save_by_another_does_not_make_an_entry_theirs(world):
    RoundQuestionFactory(round=world.round, key="problems")
    save(fresh(world.industry_sheet), world.of_industry.chief)
    save(fresh(world.industry_sheet), world.of_industry.clerk, problems="なし")
    perform(Act.SUBMIT, fresh(world.industry_sheet), world.of_industry.clerk)

    with pytest.raises(OwnEntry):
        perform(Act.APPROVE, fresh(world.industry_sheet), world.of_industry.chief)


def test_an_entry_replaced_by_another_is_no_longer_ones_own(world):
    chief, clerk = world.of_industry.chief, world.of_industry.clerk
    RoundQuestionFactory(round=world.round, key="problems")
    save(fresh(world.industry_sheet), chief, problems="人手の不足")
    assert authors.contributors(fresh(world.industry_sheet)) == {chief.pk}

    save(fresh(world.industry_sheet), clerk, figure(192), problems="人手の不足")
    assert authors.contributors(fresh(world.industry_sheet)) == {chief.pk, clerk.pk}

    save(fresh(world.industry_sheet), clerk, figure(192), problems="場所の不足")
    assert authors.contributors(fresh(world.industry_sheet)) == {clerk.pk}


def test_a_section_of_one_that_is_allowed_to_approves_its_own(world, as_user):
    chief = world.of_industry.chief
    world.industry.allows_self_approval = True
    world.industry.save()
    save(fresh(world.industry_sheet), chief)
    perform(Act.SUBMIT, fresh(world.industry_sheet), chief)
    address = reverse("evaluations:approval_list")

    # With others in the section the permission does not count.
    with pytest.raises(OwnEntry):
        perform(Act.APPROVE, fresh(world.industry_sheet), chief)
    assert "自分の入力" in as_user(chief).get(address).content.decode()

    world.industry.memberships.exclude(user=chief).update(ends_on=date(2026, 4, 1))
    assert "自分の入力" not in as_user(chief).get(address).content.decode()
    assert perform(Act.APPROVE, fresh(world.industry_sheet), chief) is True


def test_an_approval_by_the_deputy_is_recorded_as_such(world):
    ActualFactory(kpi=world.industry_kpi)
    perform(Act.SUBMIT, fresh(world.industry_sheet), world.of_industry.clerk)

    perform(Act.APPROVE, fresh(world.industry_sheet), world.of_industry.deputy)

    sheet = fresh(world.industry_sheet)
    assert (sheet.approved_by, sheet.approved_at, sheet.approved_as_deputy) == (
        world.of_industry.deputy,
        AT,
        True,
    )


def test_an_approval_by_the_chief_is_no_deputys(world):
    ActualFactory(kpi=world.industry_kpi)
    perform(Act.SUBMIT, fresh(world.industry_sheet), world.of_industry.clerk)

    perform(Act.APPROVE, fresh(world.industry_sheet), world.of_industry.chief)

    assert fresh(world.industry_sheet).approved_as_deputy is False


def test_a_command_cannot_act_on_a_sheet(world):
    with pytest.raises(ActRefused):
        workflow.review(sheet=world.industry_sheet, seen=Seen(sheet=1), authorship=by(None))


def test_a_membership_that_ended_gives_no_right(world):
    former = member_of(world.industry, MembershipRole.STAFF, "former")
    former.memberships.update(ends_on="2020-03-31")

    with pytest.raises(ActRefused):
        perform(Act.EDIT, fresh(world.industry_sheet), former)


def test_a_planner_who_is_also_in_the_section_acts_in_both_capacities(world):
    planner = member_of(world.industry, MembershipRole.STAFF, "both")
    RoleGrantFactory(user=planner, role=SiteRole.PLANNING.value)
    save(fresh(world.industry_sheet), planner)
    perform(Act.SUBMIT, fresh(world.industry_sheet), planner)
    perform(Act.APPROVE, fresh(world.industry_sheet), world.of_industry.chief)

    assert perform(Act.REVIEW, fresh(world.industry_sheet), planner) is True


# --- the round's state ------------------------------------------------------------------------------


def test_a_closed_round_takes_no_new_entries_but_what_came_back(world):
    clerk = world.of_industry.clerk
    world.round.state = RoundState.CLOSED.value
    world.round.save()

    with pytest.raises(WrongState):
        perform(Act.EDIT, fresh(world.industry_sheet), clerk)
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(
        state=SheetState.RETURNED.value, return_reason="出典を確かめてください"
    )
    assert perform(Act.EDIT, fresh(world.industry_sheet), clerk) is True
    assert perform(Act.SUBMIT, fresh(world.industry_sheet), clerk) is True


@pytest.mark.parametrize("round_state", [RoundState.PREPARING, RoundState.FINALISED, RoundState.PUBLISHED])
def test_no_sheet_moves_on_while_its_round_prepares_or_is_over(world, round_state):
    ActualFactory(kpi=world.industry_kpi)
    world.round.state = round_state.value
    world.round.save()
    for act in set(Act) - {Act.CORRECT, Act.REOPEN, Act.PUBLISH}:
        for state in SheetState:
            put(world.industry_sheet, state)
            for name in PEOPLE:
                before = fresh(world.industry_sheet)
                with contextlib.suppress(ActRefused, WrongState):
                    assert perform(act, before, person(world, name)) is False
                assert fresh(before).version == before.version


# --- reasons, comments, completeness ----------------------------------------------------------------


@pytest.mark.parametrize("blank", ["", "  \n　"])
def test_a_return_without_reason_is_refused(world, blank):
    put(world.industry_sheet, SheetState.SUBMITTED)
    sheet = fresh(world.industry_sheet)

    with pytest.raises(ReasonMissing):
        workflow.return_sheet(
            sheet=sheet, reason=blank, field_comments={}, seen=seen(sheet), authorship=by(world.planning)
        )
    assert fresh(sheet).state == SheetState.SUBMITTED


def test_a_return_leaves_reason_person_time_and_remarks(world):
    put(world.industry_sheet, SheetState.SUBMITTED)
    sheet = fresh(world.industry_sheet)

    workflow.return_sheet(
        sheet=sheet,
        reason="出典が違います。\r\n統計の年を確かめてください。",
        field_comments={"figure": "H30の数値では？", "answers.problems": "  "},
        seen=seen(sheet),
        authorship=by(world.planning),
    )

    sheet = fresh(sheet)
    assert sheet.return_reason == "出典が違います。\n統計の年を確かめてください。"
    assert (sheet.returned_by, sheet.returned_at) == (world.planning, AT)
    assert list(FieldComment.objects.values_list("field", "text", "by")) == [
        ("figure", "H30の数値では？", world.planning.pk)
    ]
    revision = Revision.objects.get(record_type="evaluations.kpisheet", field="state")
    assert (revision.old, revision.new, revision.by, revision.why) == (
        "submitted",
        "returned",
        world.planning,
        "出典が違います。\n統計の年を確かめてください。",
    )


def test_the_reason_of_a_return_stays_until_the_review(world):
    ActualFactory(kpi=world.industry_kpi)
    put(world.industry_sheet, SheetState.SUBMITTED)
    perform(Act.RETURN, fresh(world.industry_sheet), world.planning)
    perform(Act.SUBMIT, fresh(world.industry_sheet), world.of_industry.clerk)
    perform(Act.APPROVE, fresh(world.industry_sheet), world.of_industry.chief)
    assert fresh(world.industry_sheet).return_reason == "根拠が不足"

    perform(Act.REVIEW, fresh(world.industry_sheet), world.planning)

    assert fresh(world.industry_sheet).return_reason == ""


def test_a_second_return_with_other_words_is_not_swallowed(world):
    put(world.industry_sheet, SheetState.SUBMITTED)
    perform(Act.RETURN, fresh(world.industry_sheet), world.planning)

    with pytest.raises(WrongState):
        perform(Act.RETURN, fresh(world.industry_sheet), world.planning)


def test_a_sheet_without_figure_cannot_be_handed_in(world):
    with pytest.raises(SheetIncomplete) as caught:
        perform(Act.SUBMIT, fresh(world.industry_sheet), world.of_industry.clerk)

    assert list(caught.value.errors) == ["figure"]
    assert fresh(world.industry_sheet).state == SheetState.NOT_STARTED


def test_a_return_by_a_stale_page_writes_neither_state_nor_remark(world):
    put(world.industry_sheet, SheetState.SUBMITTED)
    sheet = fresh(world.industry_sheet)
    old = Seen(sheet=sheet.version - 1)

    with pytest.raises(VersionConflict):
        workflow.return_sheet(
            sheet=sheet,
            reason="理由",
            field_comments={"figure": "？"},
            seen=old,
            authorship=by(world.planning),
        )

    assert FieldComment.objects.count() == 0
    assert fresh(sheet).state == SheetState.SUBMITTED


# --- publication ------------------------------------------------------------------------------------


def test_publish_round_takes_the_finalised_sheets_only(world):
    put(world.industry_sheet, SheetState.FINALISED)
    put(world.publicity_sheet, SheetState.REVIEWED)

    published = workflow.publish_round(collection=world.round, authorship=by(world.planning))

    assert published == 1
    assert fresh(world.industry_sheet).state == SheetState.PUBLISHED
    assert fresh(world.publicity_sheet).state == SheetState.REVIEWED
    assert fresh(world.industry_sheet).round.state == RoundState.OPEN
    perform(Act.FINALISE, fresh(world.publicity_sheet), world.planning)
    assert fresh(world.publicity_sheet).state == SheetState.FINALISED


def test_publish_round_ends_a_round_that_is_over(world):
    put(world.industry_sheet, SheetState.FINALISED)
    put(world.publicity_sheet, SheetState.FINALISED)
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.FINALISED)
    world.round.refresh_from_db()

    workflow.publish_round(collection=world.round, authorship=by(world.planning))

    assert fresh(world.industry_sheet).round.state == RoundState.PUBLISHED


def test_a_correction_is_told_as_such_in_the_history(world):
    ActualFactory(kpi=world.industry_kpi)
    put(world.industry_sheet, SheetState.FINALISED)

    perform(Act.CORRECT, fresh(world.industry_sheet), world.planning)

    revision = Revision.objects.get(record_type="evaluations.actual", field="value")
    assert (revision.old, revision.new, revision.through, revision.why) == (
        "191",
        "205",
        Through.CORRECTION,
        "集計の誤り",
    )
    assert fresh(world.industry_sheet).state == SheetState.FINALISED


def test_memberships_in_two_sections_give_both(world):
    both = member_of(world.industry, MembershipRole.STAFF, "two")
    MembershipFactory(user=both, section=world.publicity, role=MembershipRole.STAFF.value)

    assert perform(Act.EDIT, fresh(world.industry_sheet), both) is True
    assert perform(Act.EDIT, fresh(world.publicity_sheet), both) is True
