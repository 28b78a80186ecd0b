"""Workbooks go through the rules of the sheets, and their errors come back in their cells."""

import datetime

import pytest
from django.urls import reverse

from evaluations.enums import SheetState
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.sheets import drafts_of
from evaluations.services import drafts
from importers.selectors.book_identity import read_identity
from tests.factories.evaluations import ActualFactory, RoundQuestionFactory
from tests.importers.round_books.desk import NAME, SECOND, actual_of, row, sheet_of, sides, told
from tests.importers.round_books.files import opened

# --- rules hold ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [SheetState.SUBMITTED, SheetState.FINALISED])
def test_sheet_that_is_no_longer_with_the_section_is_not_changed(desk, city, state):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(state=state.value)
    run = desk.bring(book.saved())
    desk.press(run)

    assert row(run).outcome == "refused"
    assert f"このシートは「{state.label}」" in told(run)
    assert actual_of(city) is None


def test_sheet_whose_reopening_is_over_is_not_changed_and_says_so(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(
        state=SheetState.RETURNED.value, return_reason="直す", reopened_until=datetime.date(2020, 3, 5)
    )
    run = desk.bring(book.saved())
    desk.press(run)

    assert "再開は2020年3月5日に終わりました（状態は「差戻し」）" in told(run)
    assert actual_of(city) is None


def test_workbook_of_another_section_changes_nothing(desk, city, as_user):
    book = opened(
        as_user(city.of_publicity.clerk)
        .get(reverse("importers:round_book_file", args=[city.round.pk]))
        .content
    )
    book.put("ホームページ閲覧数", {"figure": "5"})
    run = desk.bring(book.saved())
    desk.press(run)

    assert "あなたの課室のものではなくなりました" in told(run, "ホームページ閲覧数")
    assert Actual.objects.count() == 0


def test_planning_sees_the_difference_and_does_not_enter_for_a_section(desk, city, as_user):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    desk.client = as_user(city.planning)
    run = desk.bring(book.saved())
    desk.press(run)

    assert "入力できるのは、担当課室の職員だけです" in told(run)
    assert actual_of(city) is None
    page = desk.client.get(run.get_absolute_url()).content.decode()
    assert "企画部門からは反映できません" in page
    assert page.count("反映しない</span>") == 1
    assert '<td class="text book-text">191（確定）</td>' in page
    assert "field-" not in page
    assert "ほかの欄は反映できます" not in page


def test_workbook_is_applied_and_undone_by_who_brought_it(desk, city, as_user):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    run = desk.bring(book.saved())
    desk.client = as_user(city.of_industry.chief)

    assert desk.press(run).status_code == 404
    assert actual_of(city) is None


def test_undone_workbook_gives_back_what_stood_there(desk, city):
    ActualFactory(kpi=city.industry_kpi, value=180)
    book = desk.take()
    book.put(NAME, {"figure": "191", "answers.problems": "人手不足"})
    book.put(SECOND, {"figure": "5"})
    run = desk.bring(book.saved())
    desk.press(run)

    desk.client.post(reverse("importers:import_run_undo", args=[run.pk]))

    run.refresh_from_db()
    assert run.state == "undone"
    assert actual_of(city).value == 180
    assert (sheet_of(city).answers, sheet_of(city).state) == ({}, "not_started")
    assert Actual.objects.filter(kpi__name=SECOND).count() == 0


def test_undo_keeps_what_was_handed_in_since(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191", "answers.problems": "人手不足", "answers.overall": "A"})
    run = desk.bring(book.saved())
    response = desk.press(run, do="submit")
    assert "1件を承認へ回しました。" in response.content.decode()

    desk.client.post(reverse("importers:import_run_undo", args=[run.pk]))

    assert actual_of(city).value == 191
    assert sheet_of(city).state == SheetState.AWAITING_APPROVAL
    assert row(run).undo_result == "kept"
    page = desk.client.get(run.get_absolute_url()).content.decode()
    assert f"<strong>その後の変更があるため残した</strong> {row(run).undo_note}" in page


def test_incomplete_sheet_is_written_and_not_handed_in(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    response = desk.press(desk.bring(book.saved()), do="submit")

    assert "「課題」を入力してください。" in response.content.decode()
    assert (actual_of(city).value, sheet_of(city).state) == (191, "drafting")


def test_what_is_typed_on_the_page_and_not_saved_stays_beside_the_workbook(desk, city):
    drafts.keep(
        sheet=city.industry_sheet,
        user=city.of_industry.clerk,
        typed={"note": "画面の下書き"},
        version=1,
        at=datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC),
    )
    book = desk.take()
    book.put(NAME, {"figure": "191", "note": "Excelの注記"})
    desk.press(desk.bring(book.saved()))

    draft = drafts_of(sheet_of(city), city.of_industry.clerk)["note"]
    assert (draft.text, draft.sheet_version) == ("画面の下書き", 1)
    assert actual_of(city).note == "Excelの注記"


def test_surprising_figure_is_asked_about(desk, city):
    ActualFactory(kpi=city.industry_kpi, fiscal_year=2018, value=180)
    book = desk.take()
    book.put(NAME, {"figure": "18000"})
    run = desk.bring(book.saved())

    assert row(run).outcome == "changed"
    assert "桁" in told(run)


def test_program_texts_go_through_the_workbook(desk, city):
    name = "創業支援事業"
    type(city.industry_program).objects.filter(pk=city.industry_program.pk).update(name=name)
    RoundQuestionFactory(round=city.program_round, target="program", key="problems", label="課題")
    book = desk.take(city.program_round)
    book.put(name, {"results": "相談120件\n（前年の1.2倍）", "answers.problems": "周知"}, "事務事業")
    run = desk.bring(book.saved(), city.program_round)
    desk.press(run)

    city.industry_program.refresh_from_db()
    city.industry_evaluation.refresh_from_db()
    assert city.industry_program.results == "相談120件\n（前年の1.2倍）"
    assert city.industry_evaluation.answers == {"problems": "周知"}
    assert city.industry_evaluation.state == "drafting"


# --- errors come back in the workbook -----------------------------------------------------------------------


def test_marked_workbook_holds_the_entries_and_says_what_is_wrong(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "12x4", "answers.problems": "人手不足"})
    run = desk.bring(book.saved())

    marked = opened(desk.client.get(reverse("importers:round_book_marked", args=[run.pk])).content)
    cell = marked.cell(NAME, "figure")

    assert marked.workbook.sheetnames[0] == "確かめるところ"
    assert (cell.value, cell.fill.start_color.rgb) == ("12x4", "FFFAD4D4")
    assert cell.comment.text.startswith("【取込の結果】")
    assert marked.cell(NAME, "answers.problems").value == "人手不足"
    assert marked.identity(NAME).value == book.identity(NAME).value


def test_corrected_marked_workbook_is_taken_and_still_sees_others_changes(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "12x4", "answers.problems": "人手不足"})
    run = desk.bring(book.saved())
    desk.press(run)
    marked = opened(desk.client.get(reverse("importers:round_book_marked", args=[run.pk])).content)
    ActualFactory(kpi=city.industry_kpi, value=180)
    marked.put(NAME, {"figure": "124"})

    again = desk.bring(marked.saved())

    assert sides(again) == {"figure": "both", "answers.problems": "same"}
    assert "コメント" not in told(again)


def test_rows_that_lost_their_sheet_are_listed_in_the_marked_workbook(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    book.identity(NAME).value = "偽物"
    run = desk.bring(book.saved())

    marked = opened(desk.client.get(reverse("importers:round_book_marked", args=[run.pk])).content)
    lines = [[cell.value for cell in line] for line in marked.workbook["確かめるところ"].iter_rows(min_row=5)]

    assert len(lines) == 1
    assert "書き換えられているか" in lines[0][3]
    assert "191" in lines[0][3]


def test_identity_keeps_the_time_at_which_it_was_taken(desk, city):
    identity = read_identity(desk.take().identity(NAME).value)

    assert identity.taken_at.tzinfo is not None
