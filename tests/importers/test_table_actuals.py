"""Odd layouts of yearly figures, one by one."""

import datetime
from decimal import Decimal

import pytest
import xlsxwriter

from importers.enums import DocumentKind
from tests.importers.made_files import write_csv, write_xlsx
from tests.importers.reading import read_here

ACTUALS = DocumentKind.ACTUALS


def figures(document) -> dict[tuple[str, int], tuple[object, object, object]]:
    return {
        (str(row.fields["kpi"]), row.fields["fiscal_year"]): (
            row.fields["target"],
            row.fields["actual"],
            row.fields["status"],
        )
        for row in document.rows
    }


def read_rows(tmp_path, rows, merges=()):
    path = tmp_path / "actuals.xlsx"
    write_xlsx(path, {"実績": (rows, list(merges))})
    return read_here(path, ACTUALS)


def test_years_without_era_go_on_from_the_year_before(tmp_path):
    document = read_rows(
        tmp_path,
        [
            ["指標名", "H30", "", "元", "", "2", ""],
            ["", "目標", "実績", "目標", "実績", "目標", "実績"],
            ["利用者数", 1, 2, 3, 4, 5, 6],
        ],
        [(0, 1, 0, 2), (0, 3, 0, 4), (0, 5, 0, 6), (0, 0, 1, 0)],
    )

    assert {key: value[:2] for key, value in figures(document).items()} == {
        ("利用者数", 2018): (1, 2),
        ("利用者数", 2019): (3, 4),
        ("利用者数", 2020): (5, 6),
    }


def test_rates_beside_the_figures_are_not_taken_in(tmp_path):
    document = read_rows(
        tmp_path,
        [
            ["指標名", "令和5年度", "", "", "令和6年度", "", ""],
            ["", "目標", "実績", "達成率", "目標", "実績", "達成率"],
            ["利用者数", 100, 95, 0.95, 110, 120, 1.09],
        ],
        [(0, 1, 0, 3), (0, 4, 0, 6), (0, 0, 1, 0)],
    )

    assert figures(document) == {
        ("利用者数", 2023): (100, 95, "final"),
        ("利用者数", 2024): (110, 120, "final"),
    }


def test_half_years_and_periods_are_no_fiscal_years(tmp_path):
    document = read_rows(
        tmp_path,
        [
            ["指標名", "R5実績", "R6上半期実績", "R2～R6累計実績", "R6目標"],
            ["利用者数", 10, 4, 99, 20],
        ],
    )

    assert figures(document) == {
        ("利用者数", 2023): (None, 10, "final"),
        ("利用者数", 2024): (20, None, None),
    }
    unused = next(note.message for note in document.notes if note.code == "unused_columns")
    assert "R6上半期実績" in unused
    assert "R2～R6累計実績" in unused


def test_preliminary_column_serves_until_the_final_one_is_filled(tmp_path):
    document = read_rows(
        tmp_path,
        [
            ["指標名", "R5実績（速報）", "R5実績（確定）", "R6実績（速報）", "R6実績（確定）"],
            ["利用者数", 10, 11, 20, ""],
        ],
    )

    assert figures(document) == {
        ("利用者数", 2023): (None, 11, "final"),
        ("利用者数", 2024): (None, 20, "preliminary"),
    }


def test_year_of_the_title_serves_a_table_of_one_year(tmp_path):
    document = read_rows(
        tmp_path,
        [["令和６年度　実績報告", "", ""], ["指標名", "目標値", "実績値"], ["利用者数", 100, 95]],
    )

    assert figures(document) == {("利用者数", 2024): (100, 95, "final")}
    assert document.rows[0].inferred["fiscal_year"].confidence < 1
    assert [(doubt.code, doubt.review) for doubt in document.rows[0].doubts] == [("year_of_title", True)]


def test_years_alone_are_what_the_title_says(tmp_path):
    document = read_rows(tmp_path, [["実績値の推移", "", ""], ["指標名", "R5", "R6"], ["利用者数", 7, 8]])

    assert figures(document) == {
        ("利用者数", 2023): (None, 7, "final"),
        ("利用者数", 2024): (None, 8, "final"),
    }


def test_years_without_a_word_for_target_or_actual_are_refused(tmp_path):
    path = tmp_path / "actuals.csv"
    write_csv(path, [["指標名", "R5", "R6"], ["利用者数", 7, 8]], "utf-8")

    document = read_here(path, ACTUALS)

    assert document.rows == ()
    assert [error.code for error in document.errors] == ["column_missing"]
    assert "年度ごとの目標値・実績値" in document.errors[0].message


def test_two_values_for_one_year_are_told_with_their_rows(tmp_path):
    document = read_rows(tmp_path, [["指標名", "R6実績"], ["利用者数", 7], ["売上額", 1], ["利用者数", 8]])

    doubtful = [row for row in document.rows if row.needs_review]
    assert [row.location.row for row in doubtful] == [2, 4]
    assert "令和6年度の値が" in doubtful[0].doubts[0].message


def test_number_merged_over_two_years_is_a_question_and_a_word_counts_for_both(tmp_path):
    document = read_rows(
        tmp_path,
        [["指標名", "R5実績", "R6実績"], ["利用者数", 7, ""], ["満足度", "調査未実施", ""]],
        [(1, 1, 1, 2), (2, 1, 2, 2)],
    )

    assert figures(document)[("満足度", 2024)] == (None, None, "not_surveyed")
    merged = next(row for row in document.rows if row.fields["fiscal_year"] == 2024)
    assert [doubt.code for doubt in merged.doubts] == ["merged_figure"]


def test_percent_format_is_not_taken_for_a_count_and_dates_are_told(tmp_path):
    path = tmp_path / "formats.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("実績")
        percent = book.add_format({"num_format": "0.0%"})
        day = book.add_format({"num_format": "yyyy/m/d"})
        for column, text in enumerate(["指標名", "単位", "R5実績", "R6実績"]):
            sheet.write_string(0, column, text)
        for row, (name, unit) in enumerate(
            [("満足度", "％"), ("利用者数", "人"), ("開催日数", "日")], start=1
        ):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, unit)
            sheet.write_number(row, 2, 0.634, percent)
            sheet.write_datetime(row, 3, datetime.datetime(2024, 3, 8), day)

    document = read_here(path, ACTUALS)

    values = figures(document)
    assert values[("満足度", 2023)] == (None, Decimal("63.4"), "final")
    assert values[("利用者数", 2023)] == (None, None, None)
    codes = {
        (row.fields["kpi"], row.fields["fiscal_year"]): [doubt.code for doubt in row.doubts]
        for row in document.rows
    }
    assert codes[("利用者数", 2023)] == ["percent_format"]
    assert codes[("開催日数", 2024)] == ["date_in_figure"]


def test_formula_without_saved_result_is_told_and_one_with_it_is_read(tmp_path):
    path = tmp_path / "formulas.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("実績")
        sheet.write_row(0, 0, ["指標名", "R5実績", "R6実績"])
        sheet.write_string(1, 0, "利用者数")
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_formula(1, 2, "=1+1", None, "")

    document = read_here(path, ACTUALS)

    assert figures(document)[("利用者数", 2023)] == (None, 2, "final")
    assert [doubt.code for doubt in document.rows[1].doubts] == ["formula"]
    assert document.rows[1].fields["actual"] is None


def test_struck_out_figure_is_told(tmp_path):
    path = tmp_path / "struck.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("実績")
        sheet.write_row(0, 0, ["指標名", "R6実績"])
        sheet.write_string(1, 0, "利用者数")
        sheet.write_number(1, 1, 12, book.add_format({"font_strikeout": True}))

    document = read_here(path, ACTUALS)

    assert [(doubt.code, doubt.review) for doubt in document.rows[0].doubts] == [("struck_text", True)]


def test_long_table_refuses_a_year_without_era(tmp_path):
    document = read_rows(
        tmp_path, [["指標名", "年度", "目標", "実績"], ["利用者数", "R5", 1, 2], ["売上額", "6年度", 3, 4]]
    )

    assert figures(document)[("利用者数", 2023)] == (1, 2, "final")
    refused = document.rows[1]
    assert refused.refused is not None
    assert "6年度" in refused.refused


@pytest.mark.parametrize(
    ("word", "status"), [("確定", "final"), ("速報", "preliminary"), ("見込", "estimated")]
)
def test_status_column_decides_what_a_number_is(tmp_path, word, status):
    document = read_rows(tmp_path, [["指標名", "年度", "実績", "状況"], ["利用者数", "R5", 2, word]])

    assert figures(document) == {("利用者数", 2023): (None, 2, status)}


def test_status_that_contradicts_the_number_is_told(tmp_path):
    document = read_rows(tmp_path, [["指標名", "年度", "実績", "状況"], ["利用者数", "R5", 2, "集計中"]])

    assert [doubt.code for doubt in document.rows[0].doubts] == ["status_conflict"]


def test_unit_behind_the_name_reads_the_figures_and_stays_in_the_name(tmp_path):
    document = read_rows(tmp_path, [["指標名", "R6実績"], ["転入者数（千人）", "1万2千人"]])

    row = document.rows[0]
    assert (row.fields["kpi"], row.fields["actual"]) == ("転入者数（千人）", 12)
    assert row.extra["unit"] == "千人"


def test_baseline_year_is_read_from_heading_column_or_brackets(tmp_path):
    heading = read_rows(tmp_path, [["指標名", "基準値（H30）", "R6実績"], ["利用者数", 5, 7]])
    brackets = read_rows(tmp_path, [["指標名", "現状値", "R6実績"], ["利用者数", "5人（R1）", 7]])
    period = read_rows(
        tmp_path, [["指標名", "基準値", "基準年度", "R6実績"], ["利用者数", 5, "H22～26の5年間", 7]]
    )

    assert heading.rows[0].extra["baseline"] | {"baseline_text": "5"} == {
        "value": 5,
        "fiscal_year": 2018,
        "status": "final",
        "baseline_text": "5",
    }
    assert brackets.rows[0].extra["baseline"]["fiscal_year"] == 2019
    assert period.rows[0].extra["baseline"]["period"] == [2010, 2014]


def test_hidden_rows_and_columns_are_told_and_read_only_when_asked(tmp_path):
    path = tmp_path / "hidden.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("実績")
        for number, row in enumerate([["指標名", "R5実績", "R6実績"], ["利用者数", 1, 2], ["売上額", 3, 4]]):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        book.add_worksheet("昔").write_row(0, 0, ["指標名", "R1実績"])
        book.worksheets()[1].hide()

    document = read_here(path, ACTUALS)
    asked = read_here(path, ACTUALS, include_hidden=True)

    assert figures(document) == {("利用者数", 2024): (None, 2, "final")}
    assert {"hidden_rows", "hidden_columns", "hidden_sheet"} <= {note.code for note in document.notes}
    assert set(figures(asked)) == {
        ("利用者数", 2023), ("利用者数", 2024), ("売上額", 2023), ("売上額", 2024),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "headings", "unit", "reviewed"),
    [
        ("（単位：千人）", ("R4目標", "R4実績"), "千人", False),
        ("令和４年度実績　単位:万円", ("R4目標", "R4実績"), "万円", False),
        ("（単位：千人、％）", ("R4目標", "R4実績"), None, True),
        ("指標一覧", ("R4目標（千人）", "R4実績（千人）"), "千人", False),
    ],
)
def test_unit_over_the_table_holds_for_its_figures(tmp_path, title, headings, unit, reviewed):
    (row,) = read_rows(tmp_path, [[title], ["指標名", *headings], ["来訪者", 1200, 1180]]).rows

    assert (row.extra["unit"], row.fields["target"], row.needs_review) == (unit, 1200, reviewed)


def test_unit_of_a_heading_that_contradicts_the_row_is_told(tmp_path):
    rows = [["指標名", "単位", "R4目標（千人）", "R4実績"], ["来訪者", "人", 1200, 1180000]]
    (row,) = read_rows(tmp_path, rows).rows

    assert [(doubt.code, doubt.field) for doubt in row.doubts] == [("unit_conflict", "target")]


def test_tables_side_by_side_are_read_at_their_places(tmp_path):
    rows = [
        ["指標名", "R5目標", "R5実績", None, "指標名", "R5目標", "R5実績"],
        ["件数", 5, 6, None, "人数", 50, 60],
    ]
    document = read_rows(tmp_path, rows)

    assert figures(document) == {("件数", 2023): (5, 6, "final"), ("人数", 2023): (50, 60, "final")}
    assert [row.location.cell for row in document.rows] == ["C2", "G2"]


def test_header_repeated_under_the_title_of_another_year_begins_another_table(tmp_path):
    heading = ["指標名", "目標", "実績"]
    rows = [["令和5年度"], heading, ["件数", 5, 6], [], ["令和6年度"], heading, ["件数", 7, 8]]

    assert figures(read_rows(tmp_path, rows)) == {
        ("件数", 2023): (5, 6, "final"),
        ("件数", 2024): (7, 8, "final"),
    }


def test_year_over_all_columns_belongs_to_the_header(tmp_path):
    rows = [["指標名", "R5", None, None], [None, "目標", "実績", "累計実績"], ["件数", 5, 6, 20]]

    document = read_rows(tmp_path, rows, [(0, 0, 1, 0), (0, 1, 0, 3)])

    assert figures(document) == {("件数", 2023): (5, 6, "final")}


def test_numbers_are_quoted_as_people_see_them(tmp_path):
    path = tmp_path / "actuals.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("実績")
    sheet.write_row(0, 0, ["指標名", "単位", "R5目標", "R5実績"])
    sheet.write_row(1, 0, ["満足度", "％", 60])
    sheet.write_number(1, 3, 0.452, book.add_format({"num_format": "0.0%"}))
    book.close()

    (row,) = read_here(path, ACTUALS).rows

    assert (row.extra["target_text"], row.extra["actual_text"]) == ("60", "45.2％")


def test_names_that_begin_like_a_total_are_figures(tmp_path):
    rows = [
        ["指標名", "単位", "R5目標", "R5実績"],
        ["合計特殊出生率", "", 1.5, 1.4],
        ["合計　2指標", "", 5, 6],
    ]

    document = read_rows(tmp_path, rows)

    assert list(figures(document)) == [("合計特殊出生率", 2023)]
    assert document.tables[0].counts["totals"] == 1


def test_year_that_is_none_refuses_its_own_row_only(tmp_path):
    rows = [
        ["指標", "年度", "目標値", "実績値"],
        ["件数", "R5", 1, 2],
        ["件数", 6, 3, 4],
        ["件数", "R7", 5, 6],
    ]

    document = read_rows(tmp_path, rows)

    taken = [(row.fields["fiscal_year"], row.location.row) for row in document.rows if row.refused is None]
    assert taken == [(2023, 2), (2025, 4)]
    assert [row.location.row for row in document.rows if row.refused is not None] == [3]


def test_column_without_heading_that_says_target_and_actual_is_understood(tmp_path):
    rows = [["指標名", "", "R4", "R5"], ["件数", "目標", 1, 2], ["", "実績", 3, ""], ["人数", "目標", 5, 6]]

    document = read_rows(tmp_path, [*rows, ["", "実績", "", 8], ["", "達成率", "90%", "95%"]])

    assert figures(document) == {
        ("件数", 2022): (1, 3, "final"),
        ("件数", 2023): (2, None, None),
        ("人数", 2022): (5, None, None),
        ("人数", 2023): (6, 8, "final"),
    }
    assert "column_inferred" in [note.code for note in document.notes]
