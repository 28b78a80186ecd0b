"""A final sheet opened again: for one sheet, for a time, with a reason, and locked again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from evaluations.enums import Act, RoundState, SheetState
from evaluations.models import KpiSheet, ProgramEvaluation, Round
from evaluations.selectors.outstanding import outstanding_of
from evaluations.selectors.tasks import Group, task_page
from evaluations.services import workflow
from evaluations.services.workflow import ReopeningOver, WrongState
from history.models import Revision
from organization.models import User
from tests.evaluations.acts import AT, by, fresh, perform, save, seen
from tests.factories.evaluations import ActualFactory
from tests.rights_table import finish

FAR, OVER = date(2099, 1, 1), date(2020, 1, 1)


@pytest.fixture
def final(world) -> KpiSheet:
    """A final sheet of a finished round."""
    ActualFactory(kpi=world.industry_kpi)
    finish(world.round)
    return fresh(world.industry_sheet)


def reopened(sheet: KpiSheet, world, until: date = FAR) -> KpiSheet:
    perform(Act.REOPEN, sheet, world.planning)
    KpiSheet.objects.filter(pk=sheet.pk).update(reopened_until=until)
    return fresh(sheet)


def test_one_sheet_goes_back_to_its_section_and_the_round_has_to_be_finished_again(world, final):
    workflow.reopen(
        sheet=final, reason="統計の訂正", until=FAR, seen=seen(final), authorship=by(world.planning)
    )

    sheet = fresh(final)
    assert (sheet.state, sheet.reopened_until, sheet.return_reason) == ("returned", FAR, "統計の訂正")
    assert Round.objects.get(pk=sheet.round_id).state == RoundState.CLOSED
    assert KpiSheet.objects.get(pk=world.publicity_sheet.pk).state == SheetState.FINALISED
    assert Revision.objects.for_record(sheet).filter(field="state", why="統計の訂正").count() == 1
    groups = {g.group: g.count for g in task_page(world.of_industry.clerk, today=AT.date()).groups if g.count}
    assert groups == {Group.RETURNED: 1, Group.ENTER: 1}  # the other one is the program of the open round


def test_the_way_back_to_final_is_the_usual_one_and_ends_the_reopening(world, final):
    sheet = reopened(final, world)
    save(sheet, world.of_industry.clerk)
    for act, user in (
        (Act.SUBMIT, world.of_industry.clerk),
        (Act.APPROVE, world.of_industry.chief),
        (Act.REVIEW, world.planning),
        (Act.FINALISE, world.planning),
    ):
        perform(act, fresh(sheet), user)

    again = fresh(sheet)
    assert (again.state, again.reopened_until, again.return_reason) == ("finalised", None, "")


@pytest.mark.parametrize("act", [Act.EDIT, Act.SUBMIT])
def test_when_the_time_is_over_the_section_does_nothing_more(world, final, act):
    sheet = reopened(final, world, OVER)

    with pytest.raises(WrongState):
        perform(act, sheet, world.of_industry.clerk)

    # It is nobody's task in the section any more, and nobody there is reminded of it: planning has to act.
    clerk, later = world.of_industry.clerk, OVER + timedelta(days=2)
    assert sheet not in [task.sheet for task in task_page(clerk, today=later).tasks]
    assert sheet in [task.sheet for task in task_page(clerk, today=OVER).tasks]
    assert outstanding_of([fresh(sheet).round], today=later) == []
    assert [each.returned for each in outstanding_of([fresh(sheet).round], today=OVER)] == [1]
    late = task_page(world.planning, today=later).groups
    tasks = [task for group in late if group.group is Group.REOPENED for task in group.tasks]
    assert [(task.sheet, task.days_late) for task in tasks] == [(sheet, 2)]


@pytest.mark.parametrize("until", [FAR, OVER])
def test_planning_locks_it_again_as_it_stands(world, final, until):
    sheet = reopened(final, world, until)

    assert perform(Act.RELOCK, sheet, world.planning) is True

    again = fresh(sheet)
    assert (again.state, again.reopened_until, again.return_reason) == ("finalised", None, "")


def test_a_sheet_that_only_came_back_is_not_locked_this_way(world):
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.RETURNED.value)

    with pytest.raises(WrongState):
        perform(Act.RELOCK, fresh(world.industry_sheet), world.planning)


def test_a_published_round_is_corrected_not_reopened(world, final):
    Round.objects.filter(pk=final.round_id).update(state=RoundState.PUBLISHED.value)

    with pytest.raises(WrongState):
        perform(Act.REOPEN, fresh(final), world.planning)


def test_a_day_that_is_over_opens_nothing(world, final):
    with pytest.raises(ReopeningOver):
        workflow.reopen(
            sheet=final, reason="訂正", until=OVER, seen=seen(final), authorship=by(world.planning)
        )
    assert fresh(final).state == SheetState.FINALISED


def test_sheet_reopen_asks_for_a_reason_and_a_near_day(world, final, as_user):
    client = as_user(world.planning)
    address = reverse("evaluations:sheet_reopen", args=["kpi", final.pk])
    versions = {"sheet_version": final.version, "figure_version": 1}

    for wrong in ({}, {"reason": "訂正"}, {"reason": "訂正", "until": "2099-01-01"}):
        assert client.post(address, {**versions, **wrong}).status_code == 422
    near = date.today() + timedelta(days=10)
    assert client.post(address, {**versions, "reason": "訂正", "until": near.isoformat()}).status_code == 302

    sheet = fresh(final)
    assert (sheet.state, sheet.due_on) == ("returned", near)
    clerk = User.objects.get(pk=world.of_industry.clerk.pk)
    assert "再開したシートです" in as_user(clerk).get(sheet.get_absolute_url()).content.decode()


def test_readers_lose_sight_of_a_reopened_sheet_of_either_kind(world, as_user):
    evaluation = fresh(world.industry_evaluation)
    ProgramEvaluation.objects.filter(pk=evaluation.pk).update(state=SheetState.FINALISED.value)
    reader = as_user(world.reader)
    assert reader.get(evaluation.get_absolute_url()).status_code == 200

    perform(Act.REOPEN, fresh(evaluation), world.planning)

    assert reader.get(evaluation.get_absolute_url()).status_code == 404
