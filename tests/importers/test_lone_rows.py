"""Rows that are no records, or hardly: totals behind a count, names alone. None is lost untold."""

import pytest

from importers.enums import DocumentKind
from tests.importers.made_files import write_xlsx
from tests.importers.reading import read_here

PROGRAMS = ["通番", "事業番号", "事務事業名", "部局", "担当課", "目的", "概要", "成果"]
WIDE = ["指標名", "単位", "R5目標", "R5実績"]


def read(tmp_path, kind, rows, merges=()):
    path = tmp_path / "list.xlsx"
    write_xlsx(path, {"一覧": (rows, list(merges))})
    return read_here(path, kind)


def program(number: int, name: str, *texts: str) -> list[object]:
    return [number, number * 10, name, "総務部", "税務課", *texts]


def noted(document, code: str) -> list[str]:
    return [note.message for note in document.notes if note.code == code]


@pytest.mark.parametrize(
    "total",
    [[5, None, "合計"], [12, None, "小計"], [None, 3, "総計"], [2, "小計"], [1, 1, "税務課計", "1事業"]],
)
def test_total_behind_a_count_is_told_and_no_program(tmp_path, total):
    rows = [PROGRAMS, program(1, "道路の補修", "守る。", "直す。", "10件"), total]

    document = read(tmp_path, DocumentKind.PROGRAMS, rows)

    assert [row.fields["number"] for row in document.rows] == [10]
    assert document.tables[0].counts["totals"] == 1
    (told,) = noted(document, "totals_left_out")
    assert "3行目" in told


def test_title_of_several_cells_printed_again_is_no_program(tmp_path):
    title = ["事務事業一覧", None, None, None, None, None, None, "（令和６年度）"]
    rows = [
        title,
        PROGRAMS,
        program(1, "道路の補修"),
        title,
        PROGRAMS,
        program(2, "橋の補修"),
        [2, None, "事業数"],
    ]

    document = read(tmp_path, DocumentKind.PROGRAMS, rows)

    assert [row.fields["number"] for row in document.rows] == [10, 20]
    assert (document.tables[0].counts["headings"], document.tables[0].counts["totals"]) == (2, 1)


def test_program_with_a_totals_word_in_its_name_is_not_lost(tmp_path):
    text = "市民の負担を軽くするための長い目的。"
    rows = [
        PROGRAMS,
        program(1, "合計特殊出生率の向上", text, text, ""),
        program(2, "合計", text, "", ""),
        program(3, "一般会計", "", "", ""),
    ]

    plain, doubted, account = read(tmp_path, DocumentKind.PROGRAMS, rows).rows

    assert [row.fields["name"] for row in (plain, doubted, account)] == [
        "合計特殊出生率の向上",
        "合計",
        "一般会計",
    ]
    assert [row.needs_review for row in (plain, doubted, account)] == [False, True, False]


def test_kpi_of_a_name_alone_is_asked_about_and_a_heading_is_named(tmp_path):
    rows = [WIDE, ["産業"], ["来訪者数", "人", 1, 2], ["市民満足度"], ["【交通】"], ["駅の利用", "人", 3, 4]]

    document = read(tmp_path, DocumentKind.ACTUALS, rows)

    assert [(row.fields["kpi"], row.needs_review) for row in document.rows] == [
        ("来訪者数", False),
        ("市民満足度", True),
        ("駅の利用", False),
    ]
    (told,) = noted(document, "groups_left_out")
    assert "「産業」" in told
    assert "交通" not in told  # its brackets leave no doubt


def test_last_name_alone_heads_nothing_and_is_asked_about(tmp_path):
    rows = [WIDE, ["来訪者数", "人", 1, 2], ["観光の振興"]]

    document = read(tmp_path, DocumentKind.ACTUALS, rows)

    assert [(row.fields["kpi"], row.needs_review) for row in document.rows] == [
        ("来訪者数", False),
        ("観光の振興", True),
    ]


def test_name_over_the_rows_of_its_years_is_the_kpi(tmp_path):
    rows = [
        ["指標名", "年度", "実績"],
        ["つくバス"],
        [None, "R5", 1],
        [None, "R6", 2],
        ["交通"],
        ["駅", "R6", 3],
    ]

    document = read(tmp_path, DocumentKind.ACTUALS, rows)

    assert [
        (row.fields["kpi"], row.fields["fiscal_year"], row.fields["actual"]) for row in document.rows
    ] == [
        ("つくバス", 2023, 1),
        ("つくバス", 2024, 2),
        ("駅", 2024, 3),
    ]


def test_definition_of_a_name_alone_is_asked_about(tmp_path):
    rows = [["指標名", "単位", "方向"], ["来訪者数", "人", "増加"], ["市民満足度"]]

    document = read(tmp_path, DocumentKind.DEFINITIONS, rows)

    assert [(row.fields["kpi"], row.needs_review) for row in document.rows] == [
        ("来訪者数", False),
        ("市民満足度", True),
    ]
