"""Odd lists of programs, sections, staff and definitions, one by one."""

import datetime
from decimal import Decimal

import xlsxwriter

from importers.enums import DocumentKind
from tests.importers.made_files import write_csv, write_xlsx
from tests.importers.reading import read_here

PROGRAMS = DocumentKind.PROGRAMS


def read_rows(tmp_path, kind, rows, merges=(), name="list.xlsx"):
    path = tmp_path / name
    write_xlsx(path, {"一覧": (rows, list(merges))})
    return read_here(path, kind)


# --- programs -------------------------------------------------------------------------------------------


def test_number_and_position_are_told_apart_without_headings(tmp_path):
    document = read_rows(
        tmp_path,
        PROGRAMS,
        [
            ["", "", "事業名", "担当課", "成果"],
            [1, 5, "道路", "道路課", "直した。"],
            [2, 9, "公園", "公園課", "－"],
        ],
    )

    assert [(row.fields["order"], row.fields["number"]) for row in document.rows] == [(1, 5), (2, 9)]
    assert [note.code for note in document.notes].count("column_inferred") == 2


def test_single_column_that_only_counts_up_is_asked_about(tmp_path):
    document = read_rows(
        tmp_path, PROGRAMS, [["番号", "事業名", "担当課"], [1, "道路", "道路課"], [2, "公園", "公園課"]]
    )

    assert document.rows == ()
    assert [error.code for error in document.errors] == ["column_missing"]
    assert document.tables[0].missing == ("事業番号",)


def test_answer_to_a_mapping_question_is_used_for_its_layout(tmp_path):
    rows = [["番号", "事業名", "担当課", "やったこと"], [1, "道路", "道路課", "直した。"]]
    asked = read_rows(tmp_path, PROGRAMS, rows)
    mapping = {asked.tables[0].fingerprint: {"A": "number", "D": "results", "C": None}}

    document = read_here(tmp_path / "list.xlsx", PROGRAMS, mapping=mapping)

    fields = document.rows[0].fields
    assert (fields["number"], fields["results"], fields["section"]) == (1, "直した。", None)
    assert [column.how for column in document.tables[0].columns] == [
        "mapping",
        "heading",
        "ignored",
        "mapping",
    ]


def test_other_layout_does_not_take_the_answer(tmp_path):
    rows = [["番号", "事業名", "担当課"], [1, "道路", "道路課"]]
    mapping = {"0" * 16: {"A": "number"}}

    assert read_rows(tmp_path, PROGRAMS, rows).errors[0].code == "column_missing"
    assert read_here(tmp_path / "list.xlsx", PROGRAMS, mapping=mapping).errors[0].code == "column_missing"


def test_unknown_columns_are_told(tmp_path):
    document = read_rows(
        tmp_path, PROGRAMS, [["事業番号", "事業名", "担当課", "予算額（千円）"], [5, "道路", "道路課", 100]]
    )

    unused = next(note for note in document.notes if note.code == "unused_columns")
    assert "予算額（千円）" in unused.message


def test_heading_that_names_two_fields_is_not_guessed(tmp_path):
    document = read_rows(
        tmp_path, PROGRAMS, [["事業番号", "事業名", "担当課", "目的・内容"], [5, "道路", "道路課", "文。"]]
    )

    assert document.rows[0].fields["purpose"] is None
    assert document.rows[0].fields["summary"] is None
    assert document.tables[0].columns[3].how == "ambiguous"


def test_heading_of_something_old_is_not_the_field(tmp_path):
    document = read_rows(
        tmp_path,
        PROGRAMS,
        [["事業番号", "事業名", "事業名（旧）", "担当課"], [5, "道路", "道", "道路課"]],
    )

    assert document.rows[0].fields["name"] == "道路"


def test_totals_titles_and_repeated_headings_are_counted_and_give_no_program(tmp_path):
    header = ["事業番号", "事業名", "担当課"]
    document = read_rows(
        tmp_path,
        PROGRAMS,
        [
            ["事務事業一覧", "", ""],
            header,
            [5, "道路", "道路課"],
            ["小計", "1事業", ""],
            ["事務事業一覧", "", ""],
            header,
            [6, "公園", "公園課"],
            ["合　計", "2事業", ""],
            ["※　注記", "", ""],
        ],
    )

    counts = document.tables[0].counts
    assert [row.fields["number"] for row in document.rows] == [5, 6]
    assert (counts["totals"], counts["headings"], counts["notes"]) == (2, 2, 1)
    assert counts["read"] == 7


def test_second_table_of_another_layout_in_the_same_sheet_is_read(tmp_path):
    document = read_rows(
        tmp_path,
        PROGRAMS,
        [
            ["事業番号", "事業名", "担当課", ""],
            [5, "道路", "道路課", ""],
            ["", "", "", ""],
            ["事業名", "事業番号", "目的", "担当課"],
            ["公園", 6, "緑を守る。", "公園課"],
        ],
    )

    assert [(row.fields["number"], row.fields["name"]) for row in document.rows] == [(5, "道路"), (6, "公園")]
    assert [table.counts["records"] for table in document.tables] == [1, 1]


def test_same_name_under_one_number_asks_which_row_stays(tmp_path):
    document = read_rows(
        tmp_path,
        PROGRAMS,
        [["事業番号", "事業名", "担当課"], [5, "道路", "道路課"], [6, "橋", "道路課"], [5, "道路", "公園課"]],
    )

    doubts = [[doubt.code for doubt in row.doubts] for row in document.rows]
    assert doubts == [["duplicate_number"], [], ["duplicate_number"]]
    assert "2行目とシート「一覧」の4行目" in document.rows[0].doubts[0].message


def test_number_that_is_none_refuses_its_row_only(tmp_path):
    document = read_rows(
        tmp_path, PROGRAMS, [["事業番号", "事業名", "担当課"], ["1-2", "道路", "道路課"], [6, "橋", "道路課"]]
    )

    assert [row.refused is None for row in document.rows] == [False, True]
    assert "事業番号が読めない" in (document.rows[0].refused or "")
    assert [error.code for error in document.errors] == ["row_refused"]


def test_error_cell_and_comment_are_told_with_their_cell(tmp_path):
    path = tmp_path / "marks.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("一覧")
        sheet.write_row(0, 0, ["事業番号", "事業名", "担当課", "成果"])
        sheet.write_row(1, 0, [5, "道路", "道路課"])
        sheet.write_formula(1, 3, "=A1+1", None, "#VALUE!")
        sheet.write_comment(1, 1, "名称は要確認")

    document = read_here(path, PROGRAMS)

    found = {doubt.code: doubt for doubt in document.rows[0].doubts}
    assert "D2" in found["error_cell"].message
    assert "#VALUE!" in found["error_cell"].message
    assert found["comment"].review is False
    assert "名称は要確認" in found["comment"].message


def test_shifted_row_of_a_csv_is_told(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "事業番号,事業名,担当課,成果\n5,道路,道路課,1,234件\n6,橋,道路課\n7,川,河川課,直した。\n8,池,河川課,－\n",
        encoding="utf-8",
    )

    document = read_here(path, PROGRAMS)

    codes = [[doubt.code for doubt in row.doubts] for row in document.rows]
    assert codes == [["too_many_cells"], ["too_few_cells"], [], []]
    assert (document.rows[1].location.line, document.rows[1].location.row) == (3, 2)


def test_stray_quotes_that_swallow_rows_are_told(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        '事業番号,事業名,担当課,成果\n5,道路,道路課,"直した。\n6,橋,道路課,"\n7,川,河川課,直した。\n8,池,河川課,－\n',
        encoding="utf-8",
    )

    document = read_here(path, PROGRAMS)

    assert [doubt.code for doubt in document.rows[0].doubts] == ["swallowed_rows"]


def test_ditto_marks_repeat_the_cell_above(tmp_path):
    document = read_rows(
        tmp_path,
        PROGRAMS,
        [["事業番号", "事業名", "担当課"], [5, "道路", "道路課"], [6, "橋", "〃"], [7, "川", "〃"]],
    )

    assert [row.fields["section"] for row in document.rows] == ["道路課", "道路課", "道路課"]


# --- sections and staff ------------------------------------------------------------------------------


def test_sections_are_read_with_bureaus_printed_once(tmp_path):
    document = read_rows(
        tmp_path,
        DocumentKind.SECTIONS,
        [
            ["部・局", "課・室", "設置年度", "廃止年度", "旧名称"],
            ["総務部", "総務課", "平成17年度", "", ""],
            ["", "情報政策室", "R2", "R6", "情報課"],
            ["建設部", "道路課", "", "", ""],
            ["", "公園・緑地課", "", "", ""],
        ],
    )

    read = [
        (row.fields["bureau"], row.fields["section"], row.fields["opened"], row.fields["closed"])
        for row in document.rows
    ]
    assert read == [
        ("総務部", "総務課", 2005, None),
        ("総務部", "情報政策室", 2020, 2024),
        ("建設部", "道路課", None, None),
        ("建設部", "公園・緑地課", None, None),
    ]
    assert document.rows[1].fields["former_name"] == "情報課"
    assert "bureau" in document.rows[1].inferred


def test_staff_keep_leading_zeros_dates_and_second_posts(tmp_path):
    path = tmp_path / "staff.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("職員")
        zeros = book.add_format({"num_format": "00000"})
        day = book.add_format({"num_format": "yyyy/mm/dd"})
        sheet.write_row(0, 0, ["職員番号", "氏名", "所属", "職名", "発令日", "兼務"])
        sheet.write_number(1, 0, 123, zeros)
        sheet.write_row(1, 1, ["山田　太郎", "総務課", "課長"])
        sheet.write_datetime(1, 4, datetime.datetime(2025, 4, 1), day)
        sheet.write_row(2, 0, ["00456", "谷戸　花子", "道路課", "課長補佐", "令和7年4月1日", "公園・緑地課"])

    document = read_here(path, DocumentKind.STAFF)

    read = [
        (row.fields["staff_number"], row.fields["section"], row.fields["concurrent"], row.extra["role_code"])
        for row in document.rows
    ]
    assert read == [
        ("00123", "総務課", False, "chief"),
        ("00456", "道路課", False, "deputy"),
        ("00456", "公園・緑地課", True, "deputy"),
    ]
    assert {row.fields["valid_from"] for row in document.rows} == {datetime.date(2025, 4, 1)}


def test_staff_number_of_two_people_is_told(tmp_path):
    path = tmp_path / "staff.csv"
    rows = [
        ["職員番号", "氏名", "所属"],
        ["7", "山田", "総務課"],
        ["7", "谷戸", "道路課"],
        ["8", "森", "総務課"],
    ]
    write_csv(path, rows, "cp932")

    document = read_here(path, DocumentKind.STAFF)

    assert [[doubt.code for doubt in row.doubts] for row in document.rows] == [
        ["duplicate_number"],
        ["duplicate_number"],
        [],
    ]


def test_one_person_in_two_sections_asks_which_is_the_second_post(tmp_path):
    path = tmp_path / "staff.csv"
    rows = [
        ["職員番号", "氏名", "所属", "本務・兼務"],
        ["7", "山田", "総務課", "本務"],
        ["7", "山田", "道路課", "兼務"],
    ]
    write_csv(path, rows, "cp932")
    told = read_here(path, DocumentKind.STAFF)
    write_csv(path, [row[:3] for row in rows], "cp932")
    untold = read_here(path, DocumentKind.STAFF)

    assert [row.fields["concurrent"] for row in told.rows] == [False, True]
    assert [row.doubts for row in told.rows] == [(), ()]
    assert [doubt.code for doubt in untold.rows[0].doubts] == ["two_posts"]


def test_day_that_does_not_exist_is_told(tmp_path):
    path = tmp_path / "staff.csv"
    write_csv(path, [["職員番号", "氏名", "所属", "発令日"], ["7", "山田", "総務課", "2025/2/30"]], "utf-8")

    document = read_here(path, DocumentKind.STAFF)

    assert document.rows[0].fields["valid_from"] is None
    assert [doubt.code for doubt in document.rows[0].doubts] == ["not_a_day"]


# --- definitions -----------------------------------------------------------------------------------


def test_definitions_are_read(tmp_path):
    document = read_rows(
        tmp_path,
        DocumentKind.DEFINITIONS,
        [
            [
                "指標名",
                "単位",
                "方向",
                "集計方法",
                "基準値",
                "基準年度",
                "目標値",
                "目標年度",
                "計算方法",
                "担当課",
            ],
            [
                "利用者数",
                "人",
                "上向き",
                "単年度",
                "1.2万人",
                "H30",
                "15,000",
                "R6",
                "券売機の集計",
                "道路課、企画課",
            ],
            ["待機児童数", "人", "減少", "年度末時点", 12, "R1", "0人", "令和6年度", "－", "保育課"],
            ["満足度", "％", "どちらとも", "", "調査中", "", "", "", "", ""],
        ],
    )

    first, second, third = (row.fields for row in document.rows)
    assert (first["direction"], first["aggregation"]) == ("up", "yearly")
    assert (first["baseline"], first["baseline_year"]) == (Decimal(12000), 2018)
    assert (first["final_target"], first["target_year"]) == (Decimal(15000), 2024)
    assert first["sections"] == ["道路課", "企画課"]
    assert (second["direction"], second["aggregation"]) == ("down", "year_end")
    assert (second["final_target"], second["method"]) == (Decimal(0), None)
    assert third["direction"] is None
    assert [doubt.code for doubt in document.rows[2].doubts] == ["word_unknown"]


def test_programs_under_a_repeated_header_are_those_of_the_section_over_it(tmp_path):
    heading = ["事業番号", "事業名", "目的"]
    document = read_rows(
        tmp_path,
        PROGRAMS,
        [
            ["担当課：道路課", "", ""],
            heading,
            [1, "道路", "直す。"],
            [7, "橋", "架ける。"],
            ["担当課：公園課", "", ""],
            heading,
            [9, "公園", "育てる。"],
        ],
    )

    assert [row.fields["section"] for row in document.rows] == ["道路課", "道路課", "公園課"]
