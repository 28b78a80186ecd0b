"""How lists of sections print reorganisations: old and new side, days, what is abolished, subdivisions."""

import pytest
import xlsxwriter

from importers.enums import DocumentKind
from tests.importers.made_files import write_csv, write_xlsx
from tests.importers.reading import read_here


def read_sections(tmp_path, rows, merges=()):
    path = tmp_path / "sections.xlsx"
    write_xlsx(path, {"組織": (rows, list(merges))})
    return read_here(path, DocumentKind.SECTIONS)


def found(document, *names):
    return [tuple(row.fields[name] for name in names) for row in document.rows]


def codes(row):
    return [(doubt.code, doubt.field) for doubt in row.doubts]


SIDES = [
    ["旧", "", "新", "", "施行日"],
    ["部", "課", "部", "課", ""],
    ["市民部", "環境課", "環境部", "環境政策課", "令和6年4月1日"],
    ["市民部", "戸籍課", "市民部", "廃止", "令和6年4月1日"],
    ["", "", "市民部", "窓口課", "令和6年4月1日"],
]


def test_old_side_gives_the_former_name_and_what_is_abolished(tmp_path):
    document = read_sections(tmp_path, SIDES, [(0, 0, 0, 1), (0, 2, 0, 3), (0, 4, 1, 4)])

    assert found(document, "bureau", "section", "former_name", "opened", "closed") == [
        ("環境部", "環境政策課", "環境課", 2024, None),
        ("市民部", "戸籍課", None, None, 2023),
        ("市民部", "窓口課", None, 2024, None),
    ]
    assert ("section_abolished", "closed") in codes(document.rows[1])


@pytest.mark.parametrize(
    ("change", "day", "years", "asked"),
    [
        ("新設", "R6.4.1", (2024, None), []),
        ("廃止", "R6.4.1", (None, 2023), []),
        ("廃止", "R6.3.31", (None, 2023), []),
        ("廃止", "令和6年度", (None, 2023), [("change_unclear", "closed")]),
        ("廃止", "", (None, None), [("change_unclear", "closed")]),
        ("存続", "R6.4.1", (None, None), []),
        ("本庁", "R6.4.1", (None, None), [("change_unclear", "opened")]),
        ("廃止・新設", "R6.4.1", (None, None), [("change_unclear", "closed")]),
    ],
)
def test_change_and_day_say_when_a_section_begins_or_ends(tmp_path, change, day, years, asked):
    rows = [["部", "課", "区分", "適用日"], ["総務部", "契約課", change, day]]

    (row,) = read_sections(tmp_path, rows).rows

    assert (row.fields["opened"], row.fields["closed"]) == years
    assert codes(row) == asked


def test_new_and_old_name_in_one_row_of_headings(tmp_path):
    rows = [
        ["新部署名", "所属部", "旧部署名", "改正年月日"],
        ["市民窓口課", "市民部", "市民課", "令和5年4月1日"],
    ]

    assert found(read_sections(tmp_path, rows), "bureau", "section", "former_name", "opened") == [
        ("市民部", "市民窓口課", "市民課", 2023)
    ]


def test_headings_that_list_kinds_of_units_are_bureau_and_section(tmp_path):
    rows = [["局・部・公室名", "課・室・センター等名"], ["市長公室", "秘書課"]]

    assert found(read_sections(tmp_path, rows), "bureau", "section") == [("市長公室", "秘書課")]


def test_subdivisions_of_a_section_are_one_section(tmp_path):
    rows = [["部", "課", "係"], ["総務部", "総務課", "総務係"], ["総務部", "総務課", "文書係"]]

    document = read_sections(tmp_path, rows)

    assert found(document, "section") == [("総務課",)]
    assert document.tables[0].counts["continued"] == 1


def test_zeros_that_the_format_shows_belong_to_the_code(tmp_path):
    path = tmp_path / "sections.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("組織")
        sheet.write_row(0, 0, ["所属コード", "部", "課"])
        sheet.write_number(1, 0, 210, book.add_format({"num_format": "00000"}))
        sheet.write_row(1, 1, ["教育局", "学務課"])

    assert found(read_here(path, DocumentKind.SECTIONS), "code") == [("00210",)]


def test_column_of_new_names_goes_before_the_plain_one(tmp_path):
    rows = [["課名", "課名（新）", "部名", "適用日"], ["農政課", "農業振興課", "産業部", "R7.4.1"]]

    document = read_sections(tmp_path, rows)

    assert found(document, "section", "former_name", "opened") == [("農業振興課", "農政課", 2025)]
    assert codes(document.rows[0]) == [("former_value", "section")]


def test_last_day_of_all_is_no_end(tmp_path):
    rows = [["所属名称", "上位組織", "開始日", "終了日"], ["人事課", "総務部", "2020-04-01", "9999-12-31"]]

    assert found(read_sections(tmp_path, rows), "bureau", "opened", "closed") == [("総務部", 2020, None)]


def test_sections_of_two_years_side_by_side_are_old_and_new(tmp_path):
    rows = [
        ["令和６年度", "", "令和７年度", ""],
        ["部", "課", "部", "課"],
        ["経済部", "商工課", "産業部", "商工振興課"],
    ]

    document = read_sections(tmp_path, rows, [(0, 0, 0, 1), (0, 2, 0, 3)])

    assert found(document, "bureau", "section", "former_name") == [("産業部", "商工振興課", "商工課")]


def test_bureau_alone_in_its_row_holds_for_the_rows_below(tmp_path):
    rows = [["部", "課", "内線"], ["総務部", "", ""], ["", "総務課", "1"], ["", "人事課", "2"]]

    document = read_sections(tmp_path, rows)

    assert found(document, "bureau", "section") == [("総務部", "総務課"), ("総務部", "人事課")]
    assert [row.doubts for row in document.rows] == [(), ()]


def test_sides_of_a_csv_have_a_second_row_of_headings(tmp_path):
    path = tmp_path / "list.csv"
    rows = [
        ["改正前", "", "改正後", ""],
        ["部局名", "課室名", "部局名", "課室名"],
        ["市民部", "環境課", "環境部", "環境政策課"],
    ]
    write_csv(path, rows, "utf-8")

    document = read_here(path, DocumentKind.SECTIONS)

    assert found(document, "bureau", "section", "former_name") == [("環境部", "環境政策課", "環境課")]
