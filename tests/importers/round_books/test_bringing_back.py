"""A filled-in workbook coming back: three ways for every field, nothing overwritten in silence."""

import datetime

import openpyxl
import pytest
from openpyxl.comments import Comment

from evaluations.models import Actual, KpiSheet
from history.enums import Through
from history.models import Revision
from importers.services.round_runs import comparison_stamp
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory
from tests.importers.round_books.desk import NAME, SECOND, actual_of, row, sheet_of, sides, told

# --- what is proposed and written ---------------------------------------------------------------------------


def test_round_book_brought_back_untouched_changes_nothing(desk, city):
    ActualFactory(kpi=city.industry_kpi, value="1234.5", note="注記")
    run = desk.bring(desk.take().saved())

    assert run.state == "previewed"
    assert run.counts == {"new": 0, "changed": 0, "same": 2, "review": 0, "refused": 0}
    assert sides(run) == {}


def test_round_book_writes_what_only_the_workbook_changed(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "１，９２０人", "note": "速報値を精査", "answers.problems": "人手\n不足"})
    book.put(NAME, {"answers.overall": "B", "self_grade": "順調", "grade_reason": "計画どおり"})
    run = desk.bring(book.saved())
    assert Actual.objects.filter(fiscal_year=2019).count() == 0

    response = desk.press(run)

    assert "1件のシートに反映しました。" in response.content.decode()
    actual, sheet = actual_of(city), sheet_of(city)
    assert (actual.value, actual.status, actual.note) == (1920, "final", "速報値を精査")
    assert sheet.answers == {"problems": "人手\n不足", "overall": "B"}
    assert (sheet.self_grade, sheet.state, sheet.edited_by) == ("順調", "drafting", city.of_industry.clerk)
    run.refresh_from_db()
    written = Revision.objects.filter(import_run_id=run.pk)
    assert set(written.values_list("through", flat=True)) == {Through.WORKBOOK.value}
    assert run.state == "applied"


def test_round_book_brought_twice_is_the_same_the_second_time(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191", "answers.problems": "人手不足"})
    desk.press(desk.bring(book.saved()))
    revisions = Revision.objects.count()

    again = desk.bring(book.saved())
    desk.press(again)

    assert again.counts["same"] == 2
    assert sides(again) == {"figure": "same", "answers.problems": "same"}
    assert Revision.objects.count() == revisions


def test_field_changed_by_both_waits_for_a_person(desk, city):
    ActualFactory(kpi=city.industry_kpi, value=180)
    book = desk.take()
    book.put(NAME, {"figure": "191", "answers.problems": "Excelの文"})
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(answers={"problems": "画面の文"}, version=2)
    run = desk.bring(book.saved())

    refused = desk.press(run)

    assert sides(run) == {"figure": "workbook", "answers.problems": "both"}
    assert row(run).outcome == "review"
    assert refused.status_code == 422
    assert "1か所でどちらを残すか選ばれていません" in refused.content.decode()
    assert actual_of(city).value == 180

    desk.press(run, **{f"field-{row(run).position}-1": "workbook"})
    assert sheet_of(city).answers == {"problems": "Excelの文"}
    assert actual_of(city).value == 191


def test_field_changed_by_both_may_stay_as_it_is(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191", "answers.problems": "Excelの文"})
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(answers={"problems": "画面の文"}, version=2)
    run = desk.bring(book.saved())

    desk.press(run, **{f"field-{row(run).position}-1": "system", f"field-{row(run).position}-0": "system"})

    assert sheet_of(city).answers == {"problems": "画面の文"}
    assert actual_of(city) is None


def test_field_changed_on_the_page_alone_is_kept_and_told(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(answers={"problems": "画面の文"}, version=2)
    run = desk.bring(book.saved())

    page = desk.client.get(run.get_absolute_url()).content.decode()
    desk.press(run)

    assert sides(run) == {"figure": "workbook", "answers.problems": "system"}
    assert "画面で直された内容を残す" in page
    assert sheet_of(city).answers == {"problems": "画面の文"}
    assert actual_of(city).value == 191


def test_review_is_renewed_when_the_sheet_changes_before_it_is_applied(desk, city):
    book = desk.take()
    book.put(NAME, {"answers.problems": "Excelの文"})
    run = desk.bring(book.saved())
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(answers={"problems": "画面の文"}, version=2)

    response = desk.press(run)

    assert "もう一度確認してください" in response.content.decode()
    run.refresh_from_db()
    assert (run.state, sides(run)) == ("previewed", {"answers.problems": "both"})
    assert sheet_of(city).answers == {"problems": "画面の文"}


def test_choice_made_on_an_older_page_is_not_taken_for_what_is_compared_now(desk, city):
    book = desk.take()
    book.put(NAME, {"answers.problems": "Excelの文"})
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(answers={"problems": "画面の文"}, version=2)
    run = desk.bring(book.saved())
    seen = comparison_stamp(list(run.rows.all()))
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(answers={"problems": "その後の文"}, version=3)
    desk.press(run, **{"field-1-0": "workbook"})  # in one window: it is compared anew
    assert sheet_of(city).answers == {"problems": "その後の文"}

    response = desk.press(run, stamp=seen, **{"field-1-0": "workbook"})  # in the window from before

    assert "もう一度確認してください" in response.content.decode()
    assert sheet_of(city).answers == {"problems": "その後の文"}


def test_emptied_box_is_shown_as_taken_away(desk, city):
    ActualFactory(kpi=city.industry_kpi, value=180)
    book = desk.take()
    book.put(NAME, {"figure": None})
    run = desk.bring(book.saved())

    page = desk.client.get(run.get_absolute_url()).content.decode()
    desk.press(run)

    assert "（消す）" in page
    assert actual_of(city) is None


@pytest.mark.parametrize(
    ("typed", "status", "value", "found"),
    [
        (1920, None, 1920, "final"),
        ("▲5", None, -5, "final"),
        ("約120", None, 120, "estimated"),
        ("1.2万人", None, 12000, "final"),
        ("190", "速報", 190, "preliminary"),
        (None, "未把握", None, "unknown"),
        ("－", None, None, "unknown"),
    ],
)
def test_figure_is_read_as_on_the_page(desk, city, typed, status, value, found):
    book = desk.take()
    book.put(NAME, {"figure": typed, "status": status, "note": "理由"})
    desk.press(desk.bring(book.saved()))

    assert (actual_of(city).value, actual_of(city).status) == (value, found)


def test_percent_formatted_number_is_taken_as_shown(desk, city):
    type(city.industry_kpi).objects.filter(pk=city.industry_kpi.pk).update(unit="％")
    book = desk.take()
    cell = book.cell(NAME, "figure")
    cell.value, cell.number_format = 0.634, "0.0%"
    desk.press(desk.bring(book.saved()))

    assert str(actual_of(city).value.normalize()) == "63.4"


def test_status_left_as_it_was_does_not_outlive_the_figure_that_came(desk, city):
    ActualFactory(kpi=city.industry_kpi, value=None, status="pending", expected_on=datetime.date(2030, 8, 31))
    book = desk.take()
    assert book.cell(NAME, "status").value == "集計中"
    book.put(NAME, {"figure": "191"})
    desk.press(desk.bring(book.saved()))

    actual = actual_of(city)
    assert (actual.value, actual.status, actual.expected_on) == (191, "final", None)


def test_days_are_read_as_people_write_them(desk, city):
    book = desk.take()
    book.put(NAME, {"status": "集計中", "expected_on": "R20.8.31", "as_of": datetime.datetime(2020, 3, 1)})
    desk.press(desk.bring(book.saved()))

    actual = actual_of(city)
    assert (actual.expected_on, actual.as_of) == (datetime.date(2038, 8, 31), datetime.date(2020, 3, 1))


# --- what people do with a workbook -------------------------------------------------------------------------


def test_lines_are_known_by_identity_wherever_they_stand(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    book.put(SECOND, {"figure": "5"})
    sheet = book.sheet()
    first, second = book.rows()[NAME], book.rows()[SECOND]
    for column in range(1, sheet.max_column + 1):
        above, below = sheet.cell(first, column), sheet.cell(second, column)
        above.value, below.value = below.value, above.value
    sheet.insert_rows(first, 2)
    sheet.insert_cols(3)
    sheet.row_dimensions[first + 2].hidden = True
    sheet.delete_cols(book.columns()["note"])
    run = desk.bring(book.saved())
    desk.press(run)

    values = dict(Actual.objects.filter(fiscal_year=2019).values_list("kpi__name", "value"))
    assert values == {NAME: 191, SECOND: 5}


def test_deleted_line_changes_nothing_and_is_told(desk, city):
    ActualFactory(kpi=city.industry_kpi, value=180)
    book = desk.take()
    book.sheet().delete_rows(book.rows()[NAME])
    run = desk.bring(book.saved())

    assert [note["message"] for note in run.notes] == ["このファイルにない1件のシートは、変更しません。"]
    assert run.counts["same"] == 1


def test_line_without_identity_is_refused_with_its_words(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    book.identity(NAME).value = None
    run = desk.bring(book.saved())
    lost = run.rows.get(outcome="refused")

    assert "控え（隠れた列の文字）がない" in lost.doubts[0]["message"]
    assert "191" in lost.raw
    assert actual_of(city) is None


def test_forged_identity_is_refused(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    text = book.identity(NAME).value
    book.identity(NAME).value = text[:20] + ("x" if text[20] != "x" else "y") + text[21:]
    run = desk.bring(book.saved())

    assert row(run).outcome == "refused"
    assert "書き換えられている" in told(run)


def test_copied_line_is_refused_twice(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    sheet, source = book.sheet(), book.rows()[NAME]
    for column in range(1, sheet.max_column + 1):
        sheet.cell(source + 5, column).value = sheet.cell(source, column).value
    run = desk.bring(book.saved())

    assert [line.outcome for line in run.rows.all() if NAME in line.fields["title"]] == ["refused", "refused"]
    assert "2行あります" in told(run)


def test_line_torn_from_its_identity_is_refused(desk, city):
    book = desk.take()
    first, second = book.identity(NAME), book.identity(SECOND)
    first.value, second.value = second.value, first.value
    book.put(NAME, {"figure": "191"})
    run = desk.bring(book.saved())

    assert run.counts["refused"] == 2
    assert "名前が書き換えられて" in told(run)


def test_workbook_of_another_round_is_refused_with_a_sentence(desk, city):
    other = RoundFactory(name="前の照会", fiscal_year=2017)
    KpiSheetFactory(round=other, kpi=city.industry_kpi, section=city.industry)
    run = desk.bring(desk.take(other).saved())

    assert run.state == "refused"
    assert (
        "「前の照会」で取り出したものなので、「2019年度照会」には取り込めません" in run.errors[0]["message"]
    )


def test_file_that_is_no_round_book_is_refused_with_a_sentence(desk):
    blank = openpyxl.Workbook()
    blank.active["A1"] = "指標"
    stream = desk.take()
    stream.workbook = blank
    run = desk.bring(stream.saved())

    assert run.state == "refused"
    assert "照会のExcelの印" in run.errors[0]["message"]
    assert desk.client.get(run.get_absolute_url()).status_code == 200


def test_csv_is_refused_with_a_sentence(desk):
    run = desk.bring("指標,値\n".encode(), name="a.csv")

    assert "照会のExcel（xlsx）ではありません" in run.errors[0]["message"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"figure": "12x4"}, "数値"),
        ({"figure": "=1/0"}, "数式の計算結果が保存されていません"),
        ({"figure": "5", "status": "集計中"}, "「集計中」にできません"),
        ({"status": "だいたい"}, "選択肢にありません"),
        ({"figure": "5", "expected_on": "そのうち"}, "日付として読めません"),
        ({"answers.overall": "C"}, "選択肢にありません（A／B）"),
        ({"self_grade": "満点"}, "選択肢にありません"),
        ({"note": "注記だけ"}, "実績値か値の状態を入れると"),
        ({"answers.problems": "あ" * 20_001}, "20,000文字まで"),
        ({"figure": datetime.datetime(2026, 1, 2)}, "日付が入っています"),
    ],
)
def test_cell_that_cannot_be_taken_is_told_and_nothing_of_it_written(desk, city, values, reason):
    book = desk.take()
    book.put(NAME, values)
    book.put(SECOND, {"answers.problems": "書ける"})
    run = desk.bring(book.saved())
    desk.press(run)

    assert reason in told(run)
    assert actual_of(city) is None
    assert sheet_of(city).answers == {}
    assert KpiSheet.objects.get(kpi__name=SECOND).answers == {"problems": "書ける"}


def test_merged_and_crossed_out_cells_are_told(desk, city):
    ActualFactory(kpi=city.industry_kpi, value=180, note="残る")
    book = desk.take()
    sheet, first = book.sheet(), book.cell(NAME, "note")
    book.cell(NAME, "figure").font = openpyxl.styles.Font(strike=True)
    sheet.merge_cells(
        start_row=first.row, end_row=first.row, start_column=first.column - 1, end_column=first.column
    )
    run = desk.bring(book.saved())
    desk.press(run)

    assert "取り消し線" in told(run)
    assert "結合されたセル" in told(run)
    assert (actual_of(city).value, actual_of(city).note) == (180, "残る")


def test_comment_in_a_cell_is_told_because_it_is_not_taken(desk, city):
    book = desk.take()
    book.put(NAME, {"figure": "191"})
    book.cell(NAME, "figure").comment = Comment("速報です", "担当")
    run = desk.bring(book.saved())

    assert "速報です" in told(run)
