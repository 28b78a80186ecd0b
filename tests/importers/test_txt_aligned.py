"""Texts that keep the places of their cells by spaces: read where they are regular, always for a person."""

import json
from pathlib import Path

import pytest

from importers.enums import DocumentKind, SourceFormat
from importers.sources.grids import SOFT_END
from importers.sources.txt_aligned import is_aligned, read_aligned_text
from importers.sources.txt_aligned.cells import join
from importers.sources.txt_aligned.columns import Habits, Place, cut, edges_like, edges_under
from importers.sources.txt_aligned.pages import read_pages
from importers.sources.txt_aligned.rows import RowRules, Setting, TableLine, divide
from importers.sources.txt_typography import USUAL_MEASURES
from tests.importers.reading import read_here
from tests.importers.txt_documents import Tally, tally_programs, tally_strategy

TEXTS = Path(__file__).parent / "aligned"
FIXTURES = Path(__file__).parents[2] / "fixtures"


def read_text(tmp_path, text: str, kind: DocumentKind, encoding: str = "utf-8"):
    path = tmp_path / "list.txt"
    path.write_bytes(text.encode(encoding))
    return read_here(path, kind)


def laid_out(rows: list[list[str]], places: list[int], *, wide: bool = False) -> str:
    """Return lines with the cells of each row at the same places; with `wide` a kanji takes two."""
    lines = []
    for row in rows:
        line, width = "", 0
        for place, text in zip(places, row, strict=True):
            if text:
                line += " " * (place - width) + text
                width = place + sum(1 + (wide and not sign.isascii()) for sign in text)
        lines.append(line)
    return "\n".join(lines) + "\n"


HEADER = ["番号", "事業名", "担当課", "目的", "概要", "成果"]
PLACES = [0, 6, 20, 28, 42, 56]
ROWS = [
    ["11", "広報紙発行事業", "秘書課", "市政を伝える。", "毎月発行する。", "12回発行した。"],
    ["", "", "", "学びを支え、交流の", "", ""],
    ["25", "図書館運営事業", "文化課", "", "本を貸し出す。", "9,850冊貸した。"],
    ["", "", "", "場をつくる。", "", ""],
    ["31", "税務相談事業", "税務課", "相談に応じる。", "窓口を設ける。", "－"],
]


@pytest.mark.parametrize("name", ["centred", "cut_rows", "unruled"])
def test_lists_of_programs_come_out_as_they_were_typeset(name):
    truth = json.loads((TEXTS / f"programs_{name}.json").read_text(encoding="utf-8"))

    document = read_here(TEXTS / f"programs_{name}.txt", DocumentKind.PROGRAMS)

    assert document.format is SourceFormat.TXT
    assert tally_programs(document, truth) == Tally(right=8 * len(truth), rows_marked=len(truth))


@pytest.mark.parametrize(("name", "wrong"), [("merged", 5), ("unruled", 0)])
def test_strategies_come_out_as_they_were_typeset_or_marked(name, wrong):
    truth = json.loads((TEXTS / f"strategy_{name}.json").read_text(encoding="utf-8"))

    document = read_here(TEXTS / f"strategy_{name}.txt", DocumentKind.STRATEGY)

    tally = tally_strategy(document, truth)
    assert (tally.silent, tally.rows_marked, len(document.rows)) == (0, len(truth), len(truth))
    assert tally.marked <= wrong


def test_rows_say_their_page_and_their_line(tmp_path):
    text = laid_out([HEADER, *ROWS], PLACES) + "\f" + laid_out([["40", *ROWS[0][1:]]], PLACES)

    document = read_text(tmp_path, text, DocumentKind.PROGRAMS)

    places = [(row.location.page, row.location.line) for row in document.rows]
    assert places == [(1, 2), (1, 3), (1, 6), (2, 7)]
    assert [row.fields["purpose"] for row in document.rows][1] == "学びを支え、交流の場をつくる。"
    assert all(row.needs_review for row in document.rows)


def test_programs_that_count_a_kanji_as_two_columns_are_read_the_same(tmp_path):
    places = [0, 6, 26, 38, 60, 80]

    document = read_text(
        tmp_path, laid_out([HEADER, *ROWS], places, wide=True), DocumentKind.PROGRAMS, "cp932"
    )

    assert [row.fields["number"] for row in document.rows] == [11, 25, 31]
    assert document.rows[1].fields["results"] == "9,850冊貸した。"
    assert document.rows[2].fields["results"] is None


def test_yearly_figures_are_read_from_aligned_text_too(tmp_path):
    rows = [
        ["", "", "令和５年度", "", "令和６年度", ""],
        ["指標名", "単位", "目標", "実績", "目標", "実績"],
        ["来訪者数", "人", "1,300", "1,250", "1,400", "集計中"],
        ["満足度", "％", "65.0", "64.2", "66.0", "－"],
    ]

    document = read_text(tmp_path, laid_out(rows, [0, 20, 28, 38, 48, 58]), DocumentKind.ACTUALS)

    found = [
        (row.fields["kpi"], row.fields["fiscal_year"], row.fields["target"], row.fields["status"])
        for row in document.rows
    ]
    assert [(kpi, year, str(target), status) for kpi, year, target, status in found] == [
        ("来訪者数", 2023, "1300", "final"),
        ("来訪者数", 2024, "1400", "pending"),
        ("満足度", 2023, "65", "final"),
        ("満足度", 2024, "66", "unknown"),
    ]
    assert all(row.needs_review for row in document.rows)


def test_a_quotation_mark_in_an_aligned_text_is_no_quoted_cell(tmp_path):
    rows = [*ROWS, ["40", '"みどり"事業', "秘書課", '"緑を守る。', "植える。", "植えた。"]]

    document = read_text(tmp_path, laid_out([HEADER, *rows], PLACES), DocumentKind.PROGRAMS)

    assert not document.errors
    assert document.rows[-1].fields["name"] == '"みどり"事業'


def test_a_note_below_is_told_and_a_row_across_the_columns_refuses_the_file(tmp_path):
    note = "※　番号は予算科目によるものであり、事業の順序や重要さを示すものではない。前年度からの変更はない。"
    across = "12    とても長い名称の事務事業で担当課と目的の欄にまで達していて欄の区切りが分からないもの"
    text = laid_out([HEADER, *ROWS], PLACES)

    noted = read_text(tmp_path, text + note + "\n", DocumentKind.PROGRAMS)
    crossed = read_text(tmp_path, text + across + "\n" + laid_out([ROWS[0]], PLACES), DocumentKind.PROGRAMS)

    assert len(noted.rows) == 3
    assert any(note[:20] in told.message for told in noted.notes if told.code == "outside_tables")
    assert [error.code for error in crossed.errors] == ["aligned_unclear"]
    assert not crossed.rows


def test_a_row_that_its_lines_do_not_fit_is_named_beside_the_mark_of_all(tmp_path):
    rows = [*ROWS[:2], ["", "", "", "広げ、育て、支える", "", ""], *ROWS[2:]]

    document = read_text(tmp_path, laid_out([HEADER, *rows], PLACES), DocumentKind.PROGRAMS)

    unsure = [
        row.fields["number"] for row in document.rows if "text_overlaps" in {d.code for d in row.doubts}
    ]
    assert unsure == [25]
    assert all("aligned_columns" in {doubt.code for doubt in row.doubts} for row in document.rows)


@pytest.mark.parametrize(
    "name",
    [
        "tsukuba/programs_r6.txt",
        "tsukuba/strategy_kpi_h27_h31.txt",
        "midoridai/programs_r6.txt",
        "midoridai/strategy.txt",
        "midoridai/definitions.csv",
    ],
)
def test_texts_without_places_are_not_taken_for_such(name):
    assert not is_aligned((FIXTURES / name).read_text(encoding="utf-8-sig"))


def test_lines_filled_to_an_edge_that_has_cut_letters_off_are_refused():
    lines = laid_out([HEADER, *ROWS], PLACES).splitlines()
    whole = "\n".join(line.ljust(70) for line in lines)
    cut_off = "\n".join(line.ljust(70)[:58] for line in lines)

    assert read_aligned_text(whole, DocumentKind.PROGRAMS) is not None
    assert read_aligned_text(cut_off, DocumentKind.PROGRAMS) is None


def test_prose_with_wide_room_has_no_table():
    text = "市長  あいさつ\n市民の皆さまへ    日ごろからの  ご協力に\n感謝    申し上げます。  敬具\n" * 4

    assert is_aligned(text)
    assert read_aligned_text(text, DocumentKind.PROGRAMS) is None


def test_boundaries_stand_where_the_cells_begin_and_follow_a_narrower_page():
    first = read_pages(laid_out([HEADER, *ROWS], PLACES), wide=False)[0]
    second = read_pages(laid_out(ROWS, [0, 5, 18, 25, 38, 51]), wide=False)[0]
    places = [Place(at, at + len(text)) for at, text in zip(PLACES, HEADER, strict=True)]

    edges = edges_under(places, first[:1], first[1:])

    assert edges == [6, 20, 28, 42, 56]
    assert edges_like(edges, second) == [5, 18, 25, 38, 51]


def test_a_cell_moved_by_a_full_one_before_it_stays_in_its_column():
    text = "31    税務相談事業   企画課  相談に応じて支える 窓口を設けて話を聞く。\n"
    line = read_pages(text, wide=False)[0][0]

    cells = cut(line, [6, 15, 20, 34], Habits(begins=[0, 6, 15, 20, 34]))

    assert cells is not None
    assert [" ".join(word.text for word in words) for words in cells][3:] == [
        "相談に応じて支える",
        "窓口を設けて話を聞く。",
    ]


def test_wrapped_lines_are_joined_and_typed_breaks_stay():
    rules = row_rules(Setting.CENTRE, (100, 1_000))
    wrapped = join(["市民が安心して利用する", "ことができるようにする。"], 1, rules)
    typed = join(["○講座を３回開いた。", "○相談に応じた。"], 1, rules)

    assert wrapped.replace(SOFT_END, "") == "市民が安心して利用することができるようにする。"
    assert typed == "○講座を３回開いた。\n○相談に応じた。"


def row_rules(setting: Setting, reach: tuple[int, ...]) -> RowRules:
    return RowRules(
        len(reach), (0,), frozenset((0,)), frozenset(), reach, setting, USUAL_MEASURES, blanks=False
    )


def lines_of(*texts: tuple[str, ...]) -> list[TableLine]:
    return [TableLine(number, found, False) for number, found in enumerate(texts, start=1)]


def test_lines_of_centred_rows_mirror_each_other():
    lines = lines_of(
        ("", "講座を開き、"), ("1", ""), ("", "支える。"), ("", "会を"), ("2", "設け、"), ("", "助ける。")
    )

    _, spans = divide(lines, row_rules(Setting.CENTRE, (100, 600)))

    assert [(span.first, span.last) for span in spans] == [(0, 2), (3, 5)]


def test_lines_above_the_first_number_of_a_page_go_on_with_the_row_before():
    lines = lines_of(("", "前の事業の続きで、"), ("", "ここまで。"), ("2", "次の事業"))

    _, spans = divide(lines, row_rules(Setting.TOP, (100, 900)))

    assert [(span.first, span.last, span.rest) for span in spans] == [(0, 1, True), (2, 2, False)]
