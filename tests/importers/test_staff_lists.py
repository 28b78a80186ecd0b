"""How staff lists print people: names in one column or two, kana, second posts, groups, transfers."""

from datetime import date

import pytest

from importers.calculations.staff_roles import read_role
from importers.enums import DocumentKind
from tests.importers.made_files import write_csv, write_xlsx
from tests.importers.reading import read_here

HEADING = ["職員番号", "氏名", "所属", "職名"]


def read_staff(tmp_path, rows, merges=()):
    path = tmp_path / "staff.xlsx"
    write_xlsx(path, {"名簿": (rows, list(merges))})
    return read_here(path, DocumentKind.STAFF)


def codes(row):
    return [(doubt.code, doubt.field) for doubt in row.doubts]


@pytest.mark.parametrize(
    "headings",
    [
        ["職員番号", "姓", "名", "セイ", "メイ", "所属"],
        ["職員番号", "氏", "名", "フリガナ（氏）", "フリガナ（名）", "所属"],
        ["職員番号", "氏名（姓）", "氏名（名）", "姓（ふりがな）", "名（ふりがな）", "所属"],
    ],
)
def test_family_and_given_name_of_two_columns_are_one_name(tmp_path, headings):
    (row,) = read_staff(tmp_path, [headings, ["0012", "小林", "誠", "コバヤシ", "マコト", "道路課"]]).rows

    assert (row.fields["name"], row.fields["kana"]) == ("小林　誠", "コバヤシ　マコト")
    assert row.doubts == ()


def test_names_under_a_heading_of_two_levels_are_joined(tmp_path):
    rows = [
        ["職員番号", "氏名", "", "フリガナ", "", "所属"],
        ["", "姓", "名", "姓", "名", ""],
        ["0012", "小林", "誠", "コバヤシ", "マコト", "道路課"],
    ]
    merged = read_staff(tmp_path, rows, [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4), (0, 5, 1, 5)])
    write_csv(tmp_path / "staff.csv", rows, "cp932")
    plain = read_here(tmp_path / "staff.csv", DocumentKind.STAFF)

    for document in (merged, plain):
        assert [row.fields["name"] for row in document.rows] == ["小林　誠"]
        assert document.rows[0].fields["kana"] == "コバヤシ　マコト"


def test_second_column_without_a_heading_is_the_given_name(tmp_path):
    rows = [["職員番号", "氏名", "", "所属"], ["0012", "小林", "誠", "道路課"], ["13", "東", "愛", "道路課"]]
    write_csv(tmp_path / "staff.csv", rows, "utf-8")

    document = read_here(tmp_path / "staff.csv", DocumentKind.STAFF)

    assert [row.fields["name"] for row in document.rows] == ["小林　誠", "東　愛"]
    assert [note.code for note in document.notes].count("column_inferred") == 2


def test_half_of_a_name_asks(tmp_path):
    rows = [["職員番号", "姓", "名", "所属"], ["1", "小林", "", "道路課"]]

    (row,) = read_staff(tmp_path, rows).rows

    assert (row.fields["name"], codes(row)) == ("小林", [("name_unsure", "name")])


def test_given_name_alone_is_no_name(tmp_path):
    document = read_staff(tmp_path, [["職員番号", "名", "所属"], ["1", "誠", "道路課"]])

    assert [error.code for error in document.errors] == ["column_missing"]


@pytest.mark.parametrize("printed", ["柴田　誠（しばた　まこと）", "柴田　誠\nしばた　まこと"])
@pytest.mark.parametrize("heading", ["氏名", "氏名（ふりがな）"])
def test_kana_printed_with_the_name_is_taken_apart(tmp_path, heading, printed):
    rows = [["職員番号", heading, "所属", "職名"], ["1", printed, "農政課", "課長"]]

    (row,) = read_staff(tmp_path, rows).rows

    assert (row.fields["name"], row.fields["kana"]) == ("柴田　誠", "しばた　まこと")


def test_words_beside_a_name_ask(tmp_path):
    (row,) = read_staff(tmp_path, [HEADING, ["1", "柴田　誠（再任用）", "農政課", "主事"]]).rows

    assert codes(row) == [("name_unsure", "name")]


@pytest.mark.parametrize(
    ("section", "role"), [("（兼）契約課", "課長"), ("契約課", "課長（兼務）"), ("契約課（兼務）", "課長")]
)
def test_second_post_is_told_by_words_in_other_cells(tmp_path, section, role):
    rows = [HEADING, ["1", "中村　茂", "財政課", "課長"], ["1", "中村　茂", section, role]]

    first, second = read_staff(tmp_path, rows).rows

    assert [row.fields["concurrent"] for row in (first, second)] == [False, True]
    assert (second.fields["section"], second.extra["role_code"]) == ("契約課", "chief")
    assert codes(first) == codes(second) == []


@pytest.mark.parametrize(
    ("title", "role", "certain"),
    [
        ("課長（兼務）", "chief", True),
        ("課長補佐（グループ長）", "deputy", False),
        ("部長兼課長", "chief", False),
        ("課長事務取扱", "chief", False),
        ("係長兼主査", "staff", True),
        ("（再任用）", "staff", True),
        ("主事（再任用）", "staff", True),
        ("課長（代理）", "chief", False),
        ("課長（相当）", "chief", False),
        ("主幹（課長）", "staff", False),
    ],
)
def test_role_is_what_stands_outside_of_brackets(title, role, certain):
    assert (read_role(title).role, read_role(title).is_certain) == (role, certain)


def test_sections_on_rows_of_their_own_hold_for_the_people_below(tmp_path):
    rows = [
        ["職員番号", "氏名", "職名"],
        ["【総務部　総務課】", "", ""],
        ["1", "阿部　進", "課長"],
        ["【総務部　人事課】", "", ""],
        ["2", "西村　学", "主査"],
    ]

    document = read_staff(tmp_path, rows)

    assert [(row.fields["bureau"], row.fields["section"]) for row in document.rows] == [
        ("総務部", "総務課"),
        ("総務部", "人事課"),
    ]


def test_section_of_the_title_holds_for_all(tmp_path):
    rows = [["所属：商工観光課"], ["職員番号", "氏名", "職名"], ["1", "上田　航", "課長"]]

    (row,) = read_staff(tmp_path, rows).rows

    assert row.fields["section"] == "商工観光課"
    assert row.inferred["section"].confidence < 1


def test_list_without_any_section_is_asked_about(tmp_path):
    document = read_staff(tmp_path, [["職員番号", "氏名", "職名"], ["1", "上田　航", "課長"]])

    assert [error.code for error in document.errors] == ["column_missing"]


def test_new_side_of_a_list_of_transfers_is_read(tmp_path):
    rows = [
        ["職員番号", "氏名", "新", "", "旧", ""],
        ["", "", "所属", "職名", "所属", "職名"],
        ["1", "池田　信", "企画課", "課長", "財政課", "係長"],
    ]

    (row,) = read_staff(tmp_path, rows, [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 0, 5)]).rows

    assert (row.fields["section"], row.fields["role"], row.doubts) == ("企画課", "課長", ())


def test_row_of_somebody_who_leaves_asks(tmp_path):
    rows = [[*HEADING, "異動区分"], ["1", "横山　勝", "水道課", "課長", "退職"]]

    assert codes(read_staff(tmp_path, rows).rows[0]) == [("leaving", "section")]


def test_several_columns_of_second_posts_are_rows_of_their_own(tmp_path):
    rows = [
        ["職員番号", "氏名", "本務所属", "本務職名", "兼務所属１", "兼務職名１", "兼務所属２"],
        ["1", "古川　望", "企画課", "主査", "財政課", "主査", "契約課"],
    ]

    document = read_staff(tmp_path, rows)

    assert [(row.fields["section"], row.fields["concurrent"]) for row in document.rows] == [
        ("企画課", False),
        ("財政課", True),
        ("契約課", True),
    ]


@pytest.mark.parametrize("period", ["R6.4.1～R7.3.31", "令和6年4月1日から令和7年3月31日"])
def test_period_in_one_cell_is_two_days(tmp_path, period):
    (row,) = read_staff(tmp_path, [[*HEADING, "任用期間"], ["1", "原　雪", "図書館", "", period]]).rows

    assert (row.fields["valid_from"], row.fields["valid_to"]) == (date(2024, 4, 1), date(2025, 3, 31))


def test_row_that_counts_the_people_is_a_total(tmp_path):
    document = read_staff(tmp_path, [HEADING, ["1", "原　雪", "図書館", "主事"], ["計　1名", "", "", ""]])

    assert (len(document.rows), document.tables[0].counts["totals"]) == (1, 1)


@pytest.mark.parametrize("headings", [("新所属", "旧所属"), ("所属", "前所属")])
def test_person_who_goes_nowhere_keeps_no_section_of_the_row_above(tmp_path, headings):
    rows = [
        ["職員番号", "氏名", *headings],
        ["1", "池田　信", "企画課", "財政課"],
        ["2", "橋本　玲", "", "税務課"],
    ]

    document = read_staff(tmp_path, rows)

    assert [row.fields["section"] for row in document.rows] == ["企画課", None]
    assert codes(document.rows[1]) == [("section_missing", "section")]


def test_row_of_kana_over_the_name_asks(tmp_path):
    rows = [HEADING, ["1", "やまだ　たろう", "総務課", "課長"], ["", "山田　太郎", "", ""]]

    first, second = read_staff(tmp_path, rows).rows

    assert codes(first) == [("name_unsure", "name")]
    assert "職員番号が空" in (second.refused or "")


def test_given_name_may_be_called_the_name(tmp_path):
    rows = [["職員番号", "苗字", "名前", "所属"], ["1", "内藤", "翠", "環境課"]]

    (row,) = read_staff(tmp_path, rows).rows

    assert (row.fields["name"], row.doubts) == ("内藤　翠", ())


def test_name_without_the_family_name_beside_it_asks(tmp_path):
    rows = [
        ["職員番号", "姓", "氏名", "所属"],
        ["1", "内藤", "内藤　翠", "環境課"],
        ["2", "西", "花", "環境課"],
    ]

    first, second = read_staff(tmp_path, rows).rows

    assert (codes(first), codes(second)) == ([], [("name_unsure", "name")])


def test_numbered_sections_are_the_main_one_and_second_posts(tmp_path):
    rows = [
        ["職員番号", "氏名", "所属1", "職名1", "所属2", "職名2"],
        ["1", "西　花", "総務課", "主事", "税務課", ""],
    ]

    document = read_staff(tmp_path, rows)

    assert [(row.fields["section"], row.fields["concurrent"]) for row in document.rows] == [
        ("総務課", False),
        ("税務課", True),
    ]


@pytest.mark.parametrize("title", ["所属：{}", "課名：{}", "{}", "【{}】"])
def test_header_repeated_under_another_section_begins_its_table(tmp_path, title):
    heading = ["職員番号", "氏名", "職名"]
    first, second = ([title.format(name), "", ""] for name in ("総務課", "税務課"))
    rows = [first, heading, ["1", "青山　進", "課長"], [], second, heading, ["2", "白石　学", "課長"]]

    document = read_staff(tmp_path, rows)

    assert [row.fields["section"] for row in document.rows] == ["総務課", "税務課"]


def test_endless_name_takes_no_time(tmp_path):
    (row,) = read_staff(tmp_path, [HEADING, ["1", "あ（い" * 10_000, "総務課", "主事"]]).rows

    assert codes(row) == [("name_unsure", "name")]
