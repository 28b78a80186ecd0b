"""What a column means depends on what stands above and beside it; a wrong guess would be silent."""

import pytest

from importers.enums import DocumentKind
from tests.importers.made_files import write_csv, write_xlsx
from tests.importers.reading import read_here


def read(tmp_path, kind, rows, merges=()):
    path = tmp_path / "list.xlsx"
    write_xlsx(path, {"一覧": (rows, list(merges))})
    return read_here(path, kind)


def figures(document):
    return {
        (row.fields["kpi"], row.fields["fiscal_year"]): (row.fields["target"], row.fields["actual"])
        for row in document.rows
    }


def test_value_and_year_under_the_baseline_are_no_figures_of_the_years(tmp_path):
    rows = [
        ["指標", "単位", "基準値", "", "令和5年度", "", "令和6年度", ""],
        ["", "", "値", "年度", "目標", "実績", "目標", "実績"],
        ["来訪者数", "人", 90, "R元", 100, 95, 110, 120],
    ]
    merges = [(0, 2, 0, 3), (0, 4, 0, 5), (0, 6, 0, 7), (0, 0, 1, 0), (0, 1, 1, 1)]

    document = read(tmp_path, DocumentKind.ACTUALS, rows, merges)

    assert figures(document) == {("来訪者数", 2023): (100, 95), ("来訪者数", 2024): (110, 120)}
    baseline = document.rows[0].extra["baseline"]
    assert (baseline["value"], baseline["fiscal_year"]) == (90, 2019)


@pytest.mark.parametrize("now", ["現状値", "現状", "現況"])
def test_number_and_year_under_one_heading_of_a_definition(tmp_path, now):
    rows = [
        ["指標", "単位", now, "", "目標値", ""],
        ["", "", "数値", "時点", "数値", "年度"],
        ["来訪者数", "人", 90, "R5", 120, "R11"],
    ]

    (row,) = read(tmp_path, DocumentKind.DEFINITIONS, rows, [(0, 2, 0, 3), (0, 4, 0, 5)]).rows

    names = ("baseline", "baseline_year", "final_target", "target_year")
    assert [row.fields[name] for name in names] == [90, 2023, 120, 2029]
    assert not row.needs_review


def test_words_about_the_present_are_no_baseline(tmp_path):
    rows = [["指標", "単位", "現状", "目標値"], ["来訪者数", "人", "順調", 120], ["出店数", "件", 90, 100]]

    words, figure = read(tmp_path, DocumentKind.DEFINITIONS, rows).rows

    assert (words.fields["baseline"], words.needs_review) == (None, True)
    assert (figure.fields["baseline"], figure.needs_review) == (90, False)


def test_state_beside_an_actual_of_its_own_row_counts(tmp_path):
    path = tmp_path / "long.csv"
    rows = [
        ["年度", "区分", "指標", "値", "状況"],
        ["R6", "目標", "来訪者数", "100", ""],
        ["R6", "実績", "来訪者数", "95", "速報"],
    ]
    write_csv(path, rows, "cp932")

    (row,) = read_here(path, DocumentKind.ACTUALS).rows

    assert (row.fields["target"], row.fields["actual"], row.fields["status"]) == (100, 95, "preliminary")


def test_second_row_of_one_figure_is_asked_about(tmp_path):
    long = [
        ["年度", "区分", "指標", "値"],
        ["R6", "実績", "来訪者数", 95],
        ["R6", "実績", "来訪者数", 97],
    ]
    wide = [["指標", "区分", "R6"], ["来訪者数", "実績", 95], ["", "実績", 97]]

    for rows in (long, wide):
        (row,) = read(tmp_path, DocumentKind.ACTUALS, rows).rows
        assert row.fields["actual"] == 95
        assert [doubt.code for doubt in row.doubts] == ["duplicate_row"]


def test_range_is_no_actual_but_may_be_a_target(tmp_path):
    rows = [["指標", "単位", "R6目標", "R6実績"], ["来訪者数", "人", "80～90", "85～90"]]

    (row,) = read(tmp_path, DocumentKind.ACTUALS, rows).rows

    assert (row.fields["target"], row.fields["actual"]) == (None, None)
    assert [(doubt.code, doubt.field) for doubt in row.doubts] == [("not_a_number", "actual")]


def test_list_of_moves_says_the_new_post_and_cuts_further_ones(tmp_path):
    rows = [
        ["職員番号", "氏名", "新所属", "", "新職名", "旧所属", "旧職名", "兼務先"],
        ["", "", "部", "課", "", "", "", ""],
        ["0012", "山田 太郎", "総務部", "総務課", "課長", "企画部企画課", "主幹", "福祉部高齢課"],
    ]
    merges = [(0, column, 1, column) for column in (0, 1, 4, 5, 6, 7)] + [(0, 2, 0, 3)]

    main, other = read(tmp_path, DocumentKind.STAFF, rows, merges).rows

    names = ("bureau", "section", "role", "concurrent")
    assert [main.fields[name] for name in names] == ["総務部", "総務課", "課長", False]
    assert [other.fields[name] for name in names] == ["福祉部", "高齢課", "課長", True]


def test_section_without_a_bureau_among_others_with_one_is_asked_about(tmp_path):
    rows = [
        ["部局", "課・室・センター"],
        ["総務部", "総務課"],
        ["同", "人事課"],
        ["", "市民課"],
        ["", "議会事務局"],
    ]
    rows += [["福祉部", "高齢課"], ["福祉部", "子育て課"]]

    found = read(tmp_path, DocumentKind.SECTIONS, rows).rows

    assert [(row.fields["bureau"], row.needs_review) for row in found[:4]] == [
        ("総務部", False),
        ("総務部", False),
        (None, True),
        (None, False),
    ]


def test_last_target_under_the_targets_of_a_definition(tmp_path):
    rows = [["指標", "単位", "目標", "", ""], ["", "", "R7", "R8", "最終"], ["来訪者数", "人", 100, 110, 150]]

    (row,) = read(tmp_path, DocumentKind.DEFINITIONS, rows, [(0, 2, 0, 4)]).rows

    assert row.fields["final_target"] == 150
    assert row.fields["targets"] == ["R7 100人", "R8 110人"]


def test_number_merged_over_years_is_asked_about_in_each_of_them(tmp_path):
    rows = [["指標", "R5実績", "R6実績"], ["来訪者数", 100, ""], ["満足度", 60, 61]]

    first, second, *others = read(tmp_path, DocumentKind.ACTUALS, rows, [(1, 1, 1, 2)]).rows

    assert [[doubt.code for doubt in row.doubts] for row in (first, second)] == [["merged_figure"]] * 2
    assert not any(row.needs_review for row in others)


@pytest.mark.parametrize("split", [True, False])
def test_codes_of_a_plans_levels_in_columns_of_their_own(tmp_path, split):
    whole = [["コード", "施策名", "KPI", "担当課"], ["1-2-1", "担い手を育てる", "新規就農者数", "農政課"]]
    levels = [
        ["基本目標", "", "基本施策", "", "個別施策", "", "KPI", "担当課"],
        ["番号", "名称", "番号", "名称", "番号", "名称", "", ""],
        ["Ⅰ", "しごと", 2, "農業", 1, "担い手を育てる", "新規就農者数", "農政課"],
    ]
    merges = [(0, 0, 0, 1), (0, 2, 0, 3), (0, 4, 0, 5), (0, 6, 1, 6), (0, 7, 1, 7)]

    rows = read(tmp_path, DocumentKind.STRATEGY, levels if split else whole, merges if split else ()).rows

    names = ("kind", "goal", "policy", "measure", "node", "kpi")
    assert [[row.fields[name] for name in names] for row in rows] == [
        ["measure", "Ⅰ", 2, 1, "担い手を育てる", "新規就農者数"]
    ]
    assert not rows[0].needs_review


def test_section_alone_on_a_group_row_takes_no_bureau_from_another_section(tmp_path):
    heading = ["事業番号", "事務事業名", "目的"]
    groups = ["【教育局　学務課】", "【会計課】", "【議会事務局】", "【福祉部】", "高齢課"]
    rows = [heading]
    for number, group in enumerate(groups, start=1):
        rows += [[group], [number, f"事業{number}", "守る。"]]

    found = read(tmp_path, DocumentKind.PROGRAMS, rows).rows

    assert [(row.fields["bureau"], row.fields["section"]) for row in found] == [
        ("教育局", "学務課"),
        (None, "会計課"),
        (None, "議会事務局"),
        ("福祉部", None),
        ("福祉部", "高齢課"),
    ]
    asked = [[doubt.field for doubt in row.doubts] for row in found]
    assert asked == [[], ["bureau"], ["bureau"], ["section"], []]
