"""Where a pasted block lies: by names and years, or down from a chosen cell; nothing is guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.calculations.blocks import BlockRow, lay_block, read_block, year_of

NAMES = ("創業者数", "待機児童数", "つくバス利用者数")
ROWS = [BlockRow(number, (name, f"KPI-000{number}"), unit="人") for number, name in enumerate(NAMES, 1)]
ELSEWHERE = BlockRow(9, ("まちなか人口密度", "KPI-0009"), is_here=False)
YEARS = (2017, 2018, 2019)


def lay(text, at=None, rows=(*ROWS, ELSEWHERE)):
    return lay_block(text, rows, YEARS, at=at)


@pytest.mark.parametrize(
    ("heading", "year"),
    [
        ("R6", 2024),
        ("Ｒ６", 2024),
        ("令和6年度", 2024),
        ("2024年度", 2024),
        ("2024", 2024),
        ("平成31年度", 2019),
        ("R6実績", 2024),
        ("令和6年度（実績値）", 2024),
        ("R6目標", None),
        ("2024年4月", None),
        ("基準値", None),
        ("191", None),
        ("", None),
    ],
)
def test_headings_are_years_or_nothing(heading, year):
    assert year_of(heading) == year


def test_cells_with_line_ends_and_quotes_are_read_as_excel_writes_them():
    assert read_block('"創業\n者数"\t" 1,234 "\r\n"5"" の"\t"開いた引用\n') == [
        ["創業\n者数", "1,234"],
        ['5" の', '"開いた引用'],
    ]


@pytest.mark.parametrize(
    ("block", "at", "texts", "told"),
    [
        # By name and year, in whatever order; other columns and titles are told.
        (
            "指標\tR1\tH30\nつくバス利用者数\t9\t8\n創業者数\t\t１２人",
            None,
            {(3, 2019): "9", (3, 2018): "8", (1, 2018): "１２人"},
            (),
        ),
        ("\t2018\n創業者数\t7", None, {(1, 2018): "7"}, ()),
        (
            "実績の推移\n番号\t指標\t単位\tH30実績\t備考\nKPI-0002\t待機児童数\t人\t5\t速報値",
            None,
            {(2, 2018): "5"},
            ("見出しの上の行は使いませんでした：実績の推移", "年度でない列は使いませんでした：備考"),
        ),
        (
            "指標\tH30\tR9\n創業者数\t7\t8",
            None,
            {(1, 2018): "7"},
            ("表にない年度（R9）の列は使いませんでした。",),
        ),
        (
            "指標\tH30\n合計\t7\nまちなか人口密度\t4",
            None,
            {},
            (
                "どの指標の値か分からないため、使いませんでした：合計　7",
                "このページに出ていない指標のため、使いませんでした：まちなか人口密度　4",
            ),
        ),
        (
            "番号\t指標\tH30\nKPI-0001\t待機児童数\t7",
            None,
            {},
            ("指標名と番号が別の指標を指しているため、使いませんでした：KPI-0001　待機児童数　7",),
        ),
        # The table as this product hands it out: years with their status beside them.
        (
            "KPIコード\t指標・KPI\t単位\t基準値\t基準年度\t平成30年度（2018）実績\t平成30年度（2018）状態\n"
            "KPI-0001\t創業者数\t人\t180\t2014\t191\t見込\nKPI-0002\t待機児童数\t人\t\t\t\t集計中",
            None,
            {(1, 2018): "191"},
            ("年度でない列は使いませんでした：平成30年度（2018）状態",),
        ),
        # The block's own unit goes with a bare number where it is not the KPI's.
        (
            "指標\t単位\tH29\tH30\tR1\n創業者数\t千人\t1.2\t▲３\t集計中\n待機児童数\t人\t5\t6人\t－",
            None,
            {
                (1, 2017): "1.2千人",
                (1, 2018): "▲３千人",
                (1, 2019): "集計中",
                (2, 2017): "5",
                (2, 2018): "6人",
                (2, 2019): "－",
            },
            (),
        ),
        (
            "指標の推移（単位：千人）\n指標\tH30\n創業者数\t1.2",
            None,
            {(1, 2018): "1.2千人"},
            ("見出しの上の行は使いませんでした：指標の推移（単位：千人）",),
        ),
        ("指標\tH30\t単位\n創業者数\t1.2\t千人", None, {(1, 2018): "1.2千人"}, ()),
        (
            "指標\tH30\n創業者数\t1.2\n（単位：千人）\t",
            None,
            {(1, 2018): "1.2千人"},
            ("どの指標の値か分からないため、使いませんでした：（単位：千人）",),
        ),
        # A KPI printed twice: the same figure is one, two different ones are none.
        ("指標\tH30\n創業者数\t7\n創業者数\t7", None, {(1, 2018): "7"}, ()),
        (
            "指標\tH30\n創業者数\t7\n創業者数\t8",
            None,
            {},
            ("同じ欄に違う値が1個あるため、どちらも使いませんでした。",),
        ),
        # Years without names: down from the chosen row; names without years: right from the chosen year.
        (
            "H30\tR1\n1\t2\n3\t4",
            (2, 2017),
            {(2, 2018): "1", (2, 2019): "2", (3, 2018): "3", (3, 2019): "4"},
            (),
        ),
        ("待機児童数\t5\t6", (1, 2018), {(2, 2018): "5", (2, 2019): "6"}, ()),
        # Neither: a rectangle from the chosen cell; an empty cell changes nothing.
        (
            "1\t2\n\n集計中\t4\t5",
            (1, 2018),
            {(1, 2018): "1", (1, 2019): "2", (3, 2018): "集計中", (3, 2019): "4"},
            ("表の外になる1個の値は使いませんでした。",),
        ),
        ("2018\t2019", (1, 2018), {(1, 2018): "2018", (1, 2019): "2019"}, ()),
        (
            "5\n6\n7",
            (2, 2017),
            {(2, 2017): "5", (3, 2017): "6"},
            ("表の外になる1個の値は使いませんでした。",),
        ),
    ],
)
def test_a_block_lies_where_its_headings_say_or_where_it_was_put(block, at, texts, told):
    laid = lay(block, at)

    assert (dict(laid.texts), laid.told, laid.problem) == (texts, told, "")


@pytest.mark.parametrize(
    ("block", "at", "problem"),
    [
        ("2018\t2019\n1\t2", (1, 2018), "年度なのか値なのか決められません"),
        ("指標\tR1\t\n\t目標\t実績\n創業者数\t1\t2", None, "見出しが二段"),
        ("指標\tH30\t\n創業者数\t1\t2", None, "見出しのない列"),
        ("指標\tH30\t平成30年度\n創業者数\t1\t2", None, "同じ年度の列が二つ"),
        ("創業者数\t人\t5", (1, 2017), "値として読めない列があります（人）"),
        ("知らない指標\t5", (1, 2017), "値として読めない列があります（知らない指標）"),
        ("創業者数\t5", None, "年度の見出しがありません"),
        ("H30\n5", None, "指標名の列がありません"),
        (" \t\n", (1, 2017), "空です"),
        ("1\n" * 3000, (1, 2017), "2,000行"),
    ],
)
def test_what_can_be_read_in_two_ways_lies_nowhere(block, at, problem):
    laid = lay(block, at)

    assert laid.texts == {}
    assert problem in laid.problem


def test_a_name_two_kpis_share_leads_nowhere_and_their_codes_do():
    rows = [*ROWS, BlockRow(4, ("創業者数", "KPI-0004"), is_here=False)]

    by_name = lay("指標\tH30\n創業者数\t7", rows=rows)
    by_code = lay("番号\t指標\tH30\nKPI-0001\t創業者数\t7", rows=rows)

    assert (by_name.texts, by_name.told) == (
        {},
        ("同じ名前の指標が二つ以上あるため、使いませんでした：創業者数　7",),
    )
    assert by_code.texts == {(1, 2018): "7"}


figures = st.one_of(
    st.just(""), st.integers(-9999, 99999).map(str), st.sampled_from(["１２人", "▲5", "－", "集計中"])
)
blocks = st.lists(st.lists(figures, min_size=1, max_size=5), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(blocks, st.sampled_from([1, 2, 3]), st.sampled_from(YEARS))
def test_a_rectangle_keeps_its_shape(block, row, year):
    """Every figure lies as far from the chosen cell as from the block's corner, or is counted as told."""
    laid = lay("\n".join("\t".join(line) for line in block), (row, year))

    if laid.problem:
        assert laid.texts == {}
        return
    expected = {
        (row + down, year + right): cell
        for down, line in enumerate(block)
        for right, cell in enumerate(line)
        if cell and row + down <= 3 and year + right <= 2019
    }
    filled = sum(bool(cell) for line in block for cell in line)
    outside = filled - len(expected)
    assert laid.texts == expected
    assert laid.told == ((f"表の外になる{outside}個の値は使いませんでした。",) if outside else ())


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from(YEARS)), st.integers(1, 9999).map(str)
    ),
    st.permutations(ROWS),
    st.permutations(YEARS),
)
def test_headings_decide_whatever_the_order(wanted, rows, years):
    """A table with names and years says the same in any order of its lines and columns."""
    lines = ["\t".join(["指標", *(f"{year}年度" for year in years)])]
    lines += ["\t".join([row.names[0], *(wanted.get((row.key, year), "") for year in years)]) for row in rows]

    laid = lay("\r\n".join(lines))

    assert (dict(laid.texts), laid.told, laid.problem) == (wanted, (), "")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from([None, (1, 2017), (2, 2019), (77, 1900)]))
def test_whatever_is_pasted_is_laid_inside_the_table_or_told(text, at):
    laid = lay(text, at)

    assert all(key in {1, 2, 3} and year in YEARS for key, year in laid.texts)
    assert laid.texts or laid.told or laid.problem or not text.strip() or at is not None
