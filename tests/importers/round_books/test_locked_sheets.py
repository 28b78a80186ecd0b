"""A filled workbook meets a sheet that is locked by now: refused with words, and nothing of it written."""

from datetime import timedelta

import pytest

from evaluations.enums import SheetState
from evaluations.models import KpiSheet
from importers.enums import RunState
from importers.models import ImportRun
from tests.importers.round_books.desk import NAME, actual_of, row, sheet_of, told
from tsukuba_kpi import clock

pytestmark = pytest.mark.django_db
FILLED = {"figure": 191, "answers.problems": "持ち帰って書いた文"}


def filled(desk) -> bytes:
    book = desk.take()
    book.put(NAME, FILLED)
    return book.saved()


def lock(state: SheetState, **changes) -> None:
    KpiSheet.objects.filter(kpi__name=NAME).update(state=state.value, **changes)


@pytest.mark.parametrize("state", [SheetState.FINALISED, SheetState.PUBLISHED, SheetState.SUBMITTED])
def test_filled_workbook_writes_nothing_on_a_sheet_that_went_on(desk, city, state):
    content = filled(desk)
    lock(state)

    run = desk.bring(content)
    desk.press(run)

    assert row(run).outcome == "refused"
    assert f"「{state.label}」" in told(run)
    assert (sheet_of(city).answers, actual_of(city)) == ({}, None)


def test_sheet_locked_while_the_workbook_is_under_review_is_left_alone(desk, city):
    run = desk.bring(filled(desk))
    assert row(run).outcome == "changed"
    lock(SheetState.FINALISED)

    page = desk.press(run)

    assert "もう一度確認してください" in page.content.decode()
    assert ImportRun.objects.get(pk=run.pk).state == RunState.PREVIEWED
    desk.press(run)
    assert (sheet_of(city).answers, actual_of(city)) == ({}, None)


def test_reopened_sheet_takes_no_workbook_after_its_time(desk, city):
    content = filled(desk)
    lock(SheetState.RETURNED, reopened_until=clock.today() - timedelta(days=1), return_reason="統計の訂正")

    run = desk.bring(content)
    desk.press(run)

    assert "再開は" in told(run)
    assert (sheet_of(city).answers, actual_of(city)) == ({}, None)
