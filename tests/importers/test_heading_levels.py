"""Where a header begins and ends: rows of figures are no headings, headings merged downwards are not cut."""

from datetime import date

import pytest
import xlsxwriter

from importers.enums import DocumentKind
from importers.sources.section_cells import read_sections_cell
from tests.importers.made_files import write_csv, write_xlsx
from tests.importers.reading import read_here

ACTUALS = DocumentKind.ACTUALS
TYPICAL = [
    ["基本目標", "重要業績評価指標（KPI）", "単位", "目標値\n（令和６年度）", "実績値", ""],
    ["", "", "", "", "令和２年度", "令和３年度"],
    ["しごと", "就業者数", "人", 120, 100, 105],
    ["", "起業数", "件", 12, 10, 11],
]
DOWN = [(0, column, 1, column) for column in range(4)]


def figures(document) -> list[tuple[object, ...]]:
    return [
        (row.fields["kpi"], row.fields["fiscal_year"], row.fields["target"], row.fields["actual"])
        for row in document.rows
    ]


def read(tmp_path, rows, merges=(), kind=ACTUALS):
    path = tmp_path / "list.xlsx"
    write_xlsx(path, {"一覧": (rows, list(merges))})
    return read_here(path, kind)


EXPECTED = [
    ("就業者数", 2020, None, 100),
    ("就業者数", 2021, None, 105),
    ("就業者数", 2024, 120, None),
    ("起業数", 2020, None, 10),
    ("起業数", 2021, None, 11),
    ("起業数", 2024, 12, None),
]


def test_years_under_a_word_beside_a_final_target_keep_the_word(tmp_path):
    document = read(tmp_path, TYPICAL, [*DOWN, (0, 4, 0, 5)])

    assert figures(document) == EXPECTED
    assert not any(row.needs_review for row in document.rows)


def test_years_under_a_word_in_a_csv_keep_the_word(tmp_path):
    path = tmp_path / "list.csv"
    write_csv(path, TYPICAL, "cp932")

    assert figures(read_here(path, ACTUALS)) == EXPECTED


def test_figure_under_a_year_alone_beside_other_figures_is_asked_about(tmp_path):
    rows = [["指標", "単位", "R2", "目標値（R6）", "R5予算額"], ["就業者数", "人", 5, 10, 300]]

    document = read(tmp_path, rows)

    assert figures(document) == [("就業者数", 2024, 10, None)]
    assert [doubt.code for doubt in document.rows[0].doubts] == ["measure_unknown"]
    unused = next(note.message for note in document.notes if note.code == "unused_columns")
    assert unused == "使わなかった列があります：「R2」、「R5予算額」。"


@pytest.mark.parametrize("value", [20, 63.4, "1,200"])
def test_row_of_figures_is_no_heading(tmp_path, value):
    rows = [
        ["指標", "", "単位", "R2目標", "R2実績"],
        ["観光客数", "", "人", value, 15],
        ["", "うち宿泊", "人", 3, 4],
    ]

    document = read(tmp_path, rows, [(0, 0, 0, 1)])

    assert [error.code for error in document.errors] == ["column_missing"]


def test_row_that_numbers_the_columns_is_no_record(tmp_path):
    rows = [["指標", "単位", "R2目標", "R2実績"], ["(1)", "(2)", "(3)", "(4)"], ["出店数", "件", 30, 40]]

    document = read(tmp_path, rows)

    assert figures(document) == [("出店数", 2020, 30, 40)]
    assert document.tables[0].counts["headings"] == 1


def test_name_under_a_heading_merged_over_an_empty_column_is_read(tmp_path):
    rows = [["指標", "", "単位", "R2目標", "R2実績"], ["出店数", "", "件", 30, 40], ["人口", "", "人", 3, 4]]

    document = read(tmp_path, rows, [(0, 0, 0, 1), (1, 0, 1, 1), (2, 0, 2, 1)])

    assert figures(document) == [("出店数", 2020, 30, 40), ("人口", 2020, 3, 4)]


def test_totals_of_excels_own_tables_are_no_record(tmp_path):
    rows = [["指標", "単位", "R2目標", "R2実績"], ["出店数", "件", 30, 40], ["集計", "", 30, 40]]

    document = read(tmp_path, rows)

    assert figures(document) == [("出店数", 2020, 30, 40)]
    assert document.tables[0].counts["totals"] == 1


def test_figure_merged_over_two_kpis_is_asked_about(tmp_path):
    rows = [["指標", "単位", "R2目標", "R2実績"], ["男性", "人", 80, 75], ["女性", "人", "", 70]]

    document = read(tmp_path, rows, [(1, 2, 2, 2)])

    assert figures(document) == [("男性", 2020, 80, 75), ("女性", 2020, 80, 70)]
    assert [[(doubt.code, doubt.field) for doubt in row.doubts] for row in document.rows] == [
        [("merged_figure", "target")],
        [("merged_figure", "target")],
    ]


def test_figure_merged_over_two_rows_of_one_kpi_is_not(tmp_path):
    rows = [["区分", "指標", "単位", "R2", "R3"], ["目標", "人口", "人", 80, 81], ["実績", "", "人", 80, 75]]

    document = read(tmp_path, rows, [(1, 1, 2, 1), (1, 3, 2, 3)])

    assert figures(document) == [("人口", 2020, 80, 80), ("人口", 2021, 81, 75)]
    assert not any(row.needs_review for row in document.rows)


def test_units_that_differ_from_heading_to_heading_are_asked_about(tmp_path):
    rows = [["指標", "R2目標（千人）", "R2実績（人）"], ["来館者数", 120, 118000]]

    (row,) = read(tmp_path, rows).rows

    assert row.extra["unit"] is None
    assert [doubt.code for doubt in row.doubts] == ["unit_conflict"]


@pytest.mark.parametrize("sign", ["・", "/", "＞", "　", "\n"])
def test_sign_between_bureau_and_section_belongs_to_neither(tmp_path, sign):
    rows = [
        ["事業番号", "事務事業名", "担当部課"],
        [12, "戸籍事務", f"市民部{sign}市民課"],
        [15, "道路事業", f"建設部{sign}道路管理課"],
    ]

    document = read(tmp_path, rows, kind=DocumentKind.PROGRAMS)

    assert [(row.fields["bureau"], row.fields["section"]) for row in document.rows] == [
        ("市民部", "市民課"),
        ("建設部", "道路管理課"),
    ]


def test_two_sections_in_a_cell_of_a_register_are_asked_about_and_a_lone_one_is_told(tmp_path):
    rows = [["部局", "課室"], ["市長公室", "秘書課、広報課"], ["会計課", ""], ["総務部", "税務課"]]

    document = read(tmp_path, rows, kind=DocumentKind.SECTIONS)

    assert [[doubt.code for doubt in row.doubts] for row in document.rows] == [["several_sections"], []]
    assert [note.message for note in document.notes if "会計課" in note.message] == [
        "区分の見出しと読んだ行があります：シート「一覧」の3行目「会計課」。"
    ]


def test_chiefs_role_is_asked_about_in_the_section_of_a_second_post(tmp_path):
    rows = [
        ["職員番号", "氏名", "所属", "職名", "兼務先"],
        ["1", "山田", "秘書課", "課長", "広報課"],
        ["2", "鈴木", "秘書課", "主事", "広報課"],
    ]

    document = read(tmp_path, rows, kind=DocumentKind.STAFF)

    assert [(row.fields["section"], row.needs_review) for row in document.rows] == [
        ("秘書課", False),
        ("広報課", True),
        ("秘書課", False),
        ("広報課", False),
    ]


def test_name_longer_than_any_is_refused_in_few_words(tmp_path):
    rows = [["指標", "単位", "R2目標", "R2実績"], ["数" * 5_000, "件", 1, 2], ["出店数", "件", 3, 4]]

    long, short = read(tmp_path, rows).rows

    assert (len(str(long.fields["kpi"])), short.refused) == (41, None)
    assert long.refused is not None
    assert long.refused.endswith("指標名が長すぎます（500文字まで）。短い名称にしてください。")


def test_target_takes_its_year_from_a_column_of_its_own(tmp_path):
    rows = [
        ["指標", "基準値", "", "実績値", "", "目標値", ""],
        ["", "年度", "数値", "R2年度", "R3年度", "年度", "数値"],
        ["就業者数", "R元", 90, 100, 105, "R6", 120],
        ["起業数", "R元", 9, 10, 11, "－", "－"],
    ]

    document = read(tmp_path, rows, [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4), (0, 5, 0, 6)])

    assert figures(document) == [*EXPECTED[:3], *EXPECTED[3:5]]
    assert not any(row.needs_review for row in document.rows)


@pytest.mark.parametrize("heading", ["目標値", "最終目標値", "目標値（最終）"])
def test_target_without_any_year_is_asked_about(tmp_path, heading):
    rows = [["指標", "単位", heading, "R2実績"], ["就業者数", "人", 120, 100], ["起業数", "件", "－", 10]]

    first, second = read(tmp_path, rows).rows

    assert [doubt.code for doubt in first.doubts] == ["figure_without_year"]
    assert (second.fields["actual"], second.doubts) == (10, ())


def test_blank_measure_under_a_policy_printed_again_is_asked_about(tmp_path):
    rows = [
        ["基本目標", "基本施策", "個別施策", "指標", "担当課"],
        ["Ⅰ　しごと", "Ⅰ-１", "Ⅰ-１-（１）企業誘致", "立地企業数", "産業課"],
        ["", "Ⅰ-１", "", "雇用者数", "産業課"],
        ["", "Ⅰ-１", "Ⅰ-１-（２）創業支援", "創業件数", "産業課"],
        ["", "Ⅰ-２", "", "観光客数", "観光課"],
    ]

    document = read(tmp_path, rows, kind=DocumentKind.STRATEGY)

    assert [(row.fields["policy"], row.fields["measure"], row.needs_review) for row in document.rows] == [
        (1, 1, False),
        (1, 1, True),
        (1, 2, False),
        (2, None, False),
    ]


def test_numeric_targets_under_a_goal_on_a_row_of_its_own_are_the_goals(tmp_path):
    rows = [
        ["施策", "KPI", "担当課"],
        ["基本目標Ⅰ　しごとをつくる", "", ""],
        ["数値目標", "就業者数", "産業課"],
        ["Ⅰ-１-（１）企業誘致", "立地企業数", "産業課"],
    ]

    document = read(tmp_path, rows, kind=DocumentKind.STRATEGY)

    assert [(row.fields["kind"], row.fields["node"]) for row in document.rows] == [
        ("goal", "しごとをつくる"),
        ("measure", "企業誘致"),
    ]


@pytest.mark.parametrize(
    ("text", "sections", "unsure"),
    [
        ("◎産業課、○労政課", ["産業課", "労政課"], False),
        ("主：産業課　副：労政課", ["産業課", "労政課"], True),
        ("産業課 他", ["産業課他"], True),
        ("産業課→経済課", ["産業課→経済課"], True),
    ],
)
def test_marks_before_sections_are_no_part_of_their_names(text, sections, unsure):
    cell = read_sections_cell(text)

    assert (list(cell.sections), cell.unsure is not None) == (sections, unsure)


def test_year_heading_may_be_a_number_with_its_words_in_the_format(tmp_path):
    path = tmp_path / "formats.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["指標", "単位"])
        for column, year in ((2, 2), (4, 3)):
            year_format = book.add_format({"num_format": '"令和"0"年度"'})
            sheet.merge_range(0, column, 0, column + 1, year, year_format)
        sheet.write_row(1, 2, ["目標", "実績"] * 2)
        sheet.write_row(2, 0, ["出店数", "件", 10, 9, 12, 11])

    assert figures(read_here(path, ACTUALS)) == [("出店数", 2020, 10, 9), ("出店数", 2021, 12, 11)]


@pytest.mark.parametrize(
    ("day", "code", "year"),
    [
        (date(2020, 1, 1), 'yyyy"年度"', 2020),
        (date(2020, 4, 1), 'yyyy"年度"', 2020),
        (date(2021, 3, 31), "yyyy/m/d", 2020),
    ],
)
def test_year_heading_may_be_a_day_of_which_the_year_alone_is_shown(tmp_path, day, code, year):
    path = tmp_path / "days.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["指標", "単位"])
        sheet.merge_range(0, 2, 0, 3, day, book.add_format({"num_format": code}))
        sheet.write_row(1, 2, ["目標", "実績"])
        sheet.write_row(2, 0, ["出店数", "件", 10, 9])

    assert figures(read_here(path, ACTUALS)) == [("出店数", year, 10, 9)]


def test_present_value_beside_the_target_of_its_year_is_the_actual(tmp_path):
    rows = [
        ["指標", "令和2年度", "", "令和3年度", ""],
        ["", "目標値", "現況値", "目標値", "現況値"],
        ["出店数", 10, 9, 12, 11],
    ]

    document = read(tmp_path, rows, [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)])

    assert figures(document) == [("出店数", 2020, 10, 9), ("出店数", 2021, 12, 11)]


@pytest.mark.parametrize("first", ["策定時の値（H30）", "基準値"])
def test_present_value_of_a_later_year_than_the_baseline_is_asked_about(tmp_path, first):
    rows = [["指標", first, "現状値（R4）", "目標値（R6）"], ["出店数", 10, 9, 12], ["起業数", 5, "－", 8]]

    one, other = read(tmp_path, rows).rows

    assert (one.fields["target"], one.extra["baseline"]["value"]) == (12, 10)
    assert [doubt.code for doubt in one.doubts] == ["measure_unknown"]
    assert other.doubts == ()


@pytest.mark.parametrize(
    ("first", "value", "asked"), [("現状値（R1）", None, [True]), ("基準値", 90, [False])]
)
def test_definitions_present_values_that_are_not_taken_are_told(tmp_path, first, value, asked):
    rows = [
        ["指標", "単位", first, "現状値（R4）", "目標値", "目標年度"],
        ["出店数", "件", 90, 95, 120, "R6"],
    ]

    (row,) = read(tmp_path, rows, kind=DocumentKind.DEFINITIONS).rows

    assert row.fields["baseline"] == value
    assert [(d.code, d.review) for d in row.doubts] == [("years_not_taken", a) for a in asked]


def test_third_level_of_a_csv_goes_with_the_heading_to_its_left(tmp_path):
    rows = [
        ["指標名", "単位", "基準値", "", "令和5年度", "", "最終目標"],
        ["", "", "", "", "目標値", "実績値", "R8"],
        ["", "", "値", "年度", "", "", ""],
        ["就業者数", "人", "90", "R3", "100", "105", "120"],
    ]
    write_csv(tmp_path / "list.csv", rows, "cp932")

    document = read_here(tmp_path / "list.csv", ACTUALS)

    assert figures(document) == [("就業者数", 2023, 100, 105), ("就業者数", 2026, 120, None)]
    assert document.rows[0].extra["baseline"]["fiscal_year"] == 2021


def test_bare_year_beside_baseline_and_target_is_theirs(tmp_path):
    rows = [["指標名", "基準値", "年度", "目標値", "年度", "R5実績"], ["就業者数", 90, "R3", 120, "R8", 105]]

    document = read(tmp_path, rows)

    assert figures(document) == [("就業者数", 2023, None, 105), ("就業者数", 2026, 120, None)]
    assert document.rows[0].extra["baseline"]["fiscal_year"] == 2021


def test_estimate_said_of_the_year_is_the_status_of_its_actual(tmp_path):
    rows = [
        ["指標名", "R5（実績見込）", "", "R6（見込みを含む）", ""],
        ["", "目標", "実績", "目標", "実績"],
        ["就業者数", 100, 95, 110, 105],
    ]

    document = read(tmp_path, rows, [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)])

    assert [row.fields["status"] for row in document.rows] == ["estimated", "final"]
    assert [row.fields["target"] for row in document.rows] == [100, 110]


@pytest.mark.parametrize("above", ["", "実績"])
def test_era_over_its_years_is_completed(tmp_path, above):
    rows = [
        ["実績の推移"],
        ["指標名", *(above or "平成", "", above or "令和", "")],
        ["", "平成", "", "令和", ""],
        ["", "29", "30", "元", "2"],
        ["就業者数", 10, 11, 12, 13],
    ]
    if not above:
        del rows[2]
    write_csv(tmp_path / "list.csv", rows, "utf-8")

    document = read_here(tmp_path / "list.csv", ACTUALS)

    assert [(year, actual) for _, year, _, actual in figures(document)] == [
        (2017, 10), (2018, 11), (2019, 12), (2020, 13),
    ]  # fmt: skip


def test_target_on_the_way_is_the_target_of_its_year(tmp_path):
    rows = [["指標名", "中間目標値（R6）", "最終目標値（R10）", "R5中間実績"], ["就業者数", 110, 120, 50]]

    document = read(tmp_path, rows)

    assert figures(document) == [("就業者数", 2024, 110, None), ("就業者数", 2028, 120, None)]


def test_ditto_marks_repeat_years(tmp_path):
    rows = [["指標名", "年度", "区分", "値"], ["就業者数", "R5", "目標", 100], ["〃", "〃", "実績", 95]]

    assert figures(read(tmp_path, rows)) == [("就業者数", 2023, 100, 95)]


def test_hidden_column_is_no_rival_of_the_one_that_is_seen(tmp_path):
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("一覧")
        sheet.write_row(0, 0, ["指標名", "R5実績（内部）", "R5実績"])
        sheet.write_row(1, 0, ["就業者数", 99, 95])
        sheet.set_column(1, 1, None, None, {"hidden": True})

    document = read_here(path, ACTUALS)

    assert figures(document) == [("就業者数", 2023, None, 95)]
    assert "hidden_columns" in {note.code for note in document.notes}


def test_definitions_take_formula_source_and_bare_years(tmp_path):
    rows = [
        ["KPI番号", "指標名", "単位", "現況値", "年度", "目標値", "年度", "算定式", "データの出所"],
        ["K-1", "就業率", "％", 50, "R3", 55, "R8", "就業者÷人口", "国勢調査"],
    ]

    (row,) = read(tmp_path, rows, kind=DocumentKind.DEFINITIONS).rows

    wanted = {"baseline_year": 2021, "target_year": 2026, "method": "就業者÷人口", "source": "国勢調査"}
    assert {name: row.fields[name] for name in wanted} == wanted
    assert row.extra["number"] == "K-1"


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("R6実績（12月末現在）", True),
        ("R6実績（R7.1.31時点）", True),
        ("R6実績（3月末現在）", False),
        ("R6実績（4月1日現在）", False),
        ("R6実績（年度末時点）", False),
    ],
)
def test_actual_of_a_part_of_the_year_asks(tmp_path, heading, asked):
    document = read(tmp_path, [["指標名", "R5実績", heading], ["接種件数", 1200, 800]])

    told = [(doubt.code, doubt.field) for doubt in document.rows[1].doubts]
    assert figures(document) == [("接種件数", 2023, None, 1200), ("接種件数", 2024, None, 800)]
    assert told == ([("part_of_year", "actual")] if asked else [])


def test_year_of_two_like_columns_is_asked_about_in_a_row_of_its_own(tmp_path):
    document = read(tmp_path, [["指標名", "R5実績値", "R5実績値", "R6目標値"], ["件数", 10, 11, 12]])

    assert figures(document) == [("件数", 2023, None, None), ("件数", 2024, 12, None)]
    assert [doubt.code for doubt in document.rows[0].doubts] == ["column_ambiguous"]


def test_title_of_a_csv_is_no_level_of_its_headings(tmp_path):
    rows = [["進捗（上段：目標値、下段：実績値）", "", ""], ["指標名", "R4", "R5"], ["件数", "800", "850"]]
    write_csv(tmp_path / "list.csv", rows, "utf-8")

    document = read_here(tmp_path / "list.csv", ACTUALS)

    assert [error.code for error in document.errors] == ["column_missing"]


def test_numeric_goal_beside_the_names_is_the_target(tmp_path):
    rows = [["指標名", "数値目標", "基準値"], ["就業率", "55％（R8）", "50.1％（R3）"]]

    (row,) = read(tmp_path, rows, kind=DocumentKind.DEFINITIONS).rows

    assert (row.fields["final_target"], row.fields["target_year"], row.fields["baseline_year"]) == (
        55,
        2026,
        2021,
    )


def test_second_row_of_years_belongs_to_the_headings_of_definitions(tmp_path):
    rows = [
        ["指標名", "単位", "基準値", "目標値", "R7", "R8"],
        ["", "", "令和3年度", "令和9年度", "目標", "目標"],
        ["講座数", "回", "10", "15", "12", "13"],
    ]
    write_csv(tmp_path / "list.csv", rows, "utf-8")

    (row,) = read_here(tmp_path / "list.csv", DocumentKind.DEFINITIONS).rows

    assert (row.fields["baseline"], row.fields["baseline_year"]) == (10, 2021)
    assert row.fields["targets"] == ["R7 12回", "R8 13回", "R9 15回"]


def test_year_printed_once_holds_for_the_rows_below(tmp_path):
    rows = [["年度", "指標名", "目標"], ["R5", "来館者数", 10], ["", "貸出冊数", 20], ["R6", "来館者数", 11]]
    write_csv(tmp_path / "list.csv", rows, "utf-8")

    document = read_here(tmp_path / "list.csv", ACTUALS)

    assert [(name, year) for name, year, *_ in figures(document)] == [
        ("来館者数", 2023), ("貸出冊数", 2023), ("来館者数", 2024),
    ]  # fmt: skip
    assert document.rows[1].inferred["fiscal_year"].confidence < 1


def test_long_table_of_kinds_and_numbers_is_not_turned(tmp_path):
    rows = [
        ["KPI番号", "KPI名", "年度", "種別", "数値", "単位", "更新日"],
        ["K1", "人口", "2022", "実績", "104,211", "人", "2023/4/10"],
        ["K1", "人口", "2022", "目標", "105,000", "人", "2021/4/1"],
    ]

    assert figures(read(tmp_path, rows)) == [("人口", 2022, 105000, 104211)]
    unknown = read(tmp_path, [[*rows[0][:4], "量", *rows[0][5:]], *rows[1:]])
    assert [error.code for error in unknown.errors] == ["column_missing"]


def test_kind_of_indicator_is_not_which_of_its_figures_a_row_holds(tmp_path):
    rows = [
        ["区分", "指標", "R5実績", "R6（目標）"],
        ["活動指標", "講習会", 13, 15],
        ["成果指標", "就職率", 55, 60],
    ]

    assert figures(read(tmp_path, rows)) == [
        ("講習会", 2023, None, 13), ("講習会", 2024, 15, None),
        ("就職率", 2023, None, 55), ("就職率", 2024, 60, None),
    ]  # fmt: skip


def test_column_of_goals_in_words_holds_no_targets(tmp_path):
    rows = [
        ["目標", "指標", "R5実績", "目標値（R8）"],
        ["健康づくり", "受診率", 41, 50],
        ["安全", "団員数", 566, 600],
    ]

    document = read(tmp_path, rows)

    assert figures(document)[:2] == [("受診率", 2023, None, 41), ("受診率", 2026, 50, None)]
    assert [row.doubts for row in document.rows] == [()] * 4
