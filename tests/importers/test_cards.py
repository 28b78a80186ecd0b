"""Cards, one small table of labels and values per program or KPI: read like the rows of a list."""

from decimal import Decimal

import pytest

from importers.enums import DocumentKind
from tests.importers.made_cards import make_cards
from tests.importers.made_files import Merges, Rows, write_xlsx
from tests.importers.reading import folded, read_here

PROGRAMS = DocumentKind.PROGRAMS
CARD: Rows = [
    ["事業番号", 12, "事務事業名", "広報紙発行事業"],
    ["担当課", "秘書課", "予算額", "1,204千円"],
    ["事業の目的", "市政を伝える。", "", ""],
    ["事業の概要", "広報紙を発行する。", "", ""],
    ["成果", "年１２回発行した。", "", ""],
]
WIDE: Merges = [(row, 1, row, 3) for row in (2, 3, 4)]


def read(tmp_path, rows: Rows, merges: Merges = (), kind: DocumentKind = PROGRAMS, **sheets):
    path = tmp_path / "cards.xlsx"
    write_xlsx(path, {"個票": (rows, list(merges)), **sheets})
    return read_here(path, kind)


def second(number: int, name: str, result: str = "") -> Rows:
    """Return another card of the same form."""
    rows = [list(row) for row in CARD]
    rows[0][1], rows[0][3], rows[4][1] = number, name, result
    return rows


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
@pytest.mark.parametrize("kind", ["programs", "actuals", "definitions"])
@pytest.mark.parametrize("seed", [5, 16, 19, 33])
def test_drawn_cards_are_read_like_a_list(tmp_path, seed, kind, form):
    made = make_cards(tmp_path, seed, kind, form)

    rows = read_here(made.path, DocumentKind(kind)).rows

    names = ("number",) if kind == "programs" else ("kpi", "fiscal_year") if kind == "actuals" else ("kpi",)
    found = {tuple(folded(row.fields[name]) for name in names): row for row in rows}
    assert len(found) == len(rows) == len(made.expected), made.layout
    wrong = [
        (name, value, row.fields[name])
        for record in made.expected
        if (row := found[tuple(folded(record[name]) for name in names)])
        for name, value in record.items()
        if folded(row.fields[name]) != folded(value) and not row.needs_review
    ]
    assert wrong == [], made.layout
    assert sum(row.needs_review for row in rows) * 3 <= len(rows), made.layout


def test_every_value_keeps_its_sheet_and_cell(tmp_path):
    document = read(tmp_path, CARD, WIDE)

    (row,) = document.rows
    assert row.fields["results"] == "年１２回発行した。"
    assert (row.location.sheet, row.location.row) == ("個票", 1)
    assert row.extra["cells"] == {
        "number": "B1",
        "name": "D1",
        "section": "B2",
        "purpose": "B3",
        "summary": "B4",
        "results": "B5",
    }
    assert document.tables[0].turned
    note = next(note for note in document.notes if note.code == "cards_gathered")
    assert note.message.startswith("個票1枚を")
    assert [column.heading for column in document.tables[0].columns if column.field is None] == ["予算額"]


def test_the_title_of_the_next_card_is_no_value(tmp_path):
    over = [["事業番号", 12], ["事業名", "広報"], ["課名", "秘書課"], ["成果", ""], ["", ""]]
    title = [["事務事業評価シート", ""]]
    rows = [
        *title,
        *over[:4],
        *title,
        ["事業番号", 13],
        ["事業名", "図書"],
        ["課名", "文化課"],
        ["成果", "良"],
    ]

    document = read(tmp_path, rows, [(0, 0, 0, 1), (5, 0, 5, 1)])

    assert [row.fields["results"] for row in document.rows] == [None, "良"]


def test_figures_of_a_card_keep_their_cells(tmp_path):
    rows = [
        ["指標名", "来訪者数", "単位", "人"],
        ["担当課", "観光課", "基準値", 80],
        ["", "R5", "R6", ""],
        ["目標値", 100, 110, ""],
        ["実績値", 95, "集計中", ""],
    ]

    document = read(tmp_path, rows, kind=DocumentKind.ACTUALS)

    assert [
        (row.fields["fiscal_year"], row.fields["target"], row.fields["status"]) for row in document.rows
    ] == [
        (2023, Decimal(100), "final"),
        (2024, Decimal(110), "pending"),
    ]
    assert [row.location.cell for row in document.rows] == ["B5", "C5"]
    assert document.rows[0].extra["baseline"]["value"] == Decimal(80)


def test_what_could_be_a_label_or_a_value_is_asked_about(tmp_path):
    rows = [
        ["事業番号", 12, "事業名", "広報"],
        ["担当課", "秘書課", "目的", "市政を伝える。"],
        ["不明な語", "値", "別の語", "別の値"],
    ]

    document = read(tmp_path, rows)

    (row,) = document.rows
    assert row.fields["section"] == "秘書課"
    assert {doubt.field for doubt in row.doubts} == {"section", "purpose"}


def test_cells_beside_a_tall_label_are_joined_and_asked_about(tmp_path):
    rows = [*CARD[:2], ["事業の目的", "対象", "市民", ""], ["", "何を", "市政を伝える。", ""]]

    document = read(tmp_path, rows, [(2, 0, 3, 0)])

    (row,) = document.rows
    assert row.fields["purpose"] == "対象\u3000市民\n何を\u3000市政を伝える。"
    assert "purpose" in {doubt.field for doubt in row.doubts}


def test_a_list_stays_a_list_beside_cards_and_remarks(tmp_path):
    listed = [
        ["事業番号", "事務事業名", "担当課", "目的"],
        [12, "広報", "秘書課", "伝える。"],
        [13, "図書", "文化課", "学ぶ。"],
        ["", "", "", ""],
        ["事業名", "担当課", "概要", ""],
        ["広報", "秘書課", "広報紙を出す。", ""],
    ]

    document = read(tmp_path, listed, シート2=(CARD, WIDE))

    assert [row.fields["number"] for row in document.rows][:2] == [12, 13]
    assert "cards_gathered" not in {note.code for note in document.notes}


def test_a_card_without_what_is_needed_is_refused_by_name(tmp_path):
    rows = [["事業名", "広報"], ["担当課", "秘書課"], ["目的", "伝える。"], ["概要", "広報紙"]]

    document = read(tmp_path, rows)

    assert [error.code for error in document.errors] == ["column_missing"]
    assert "「事業番号」" in document.errors[0].message
    assert [column.field for column in document.tables[0].columns] == [
        "name",
        "section",
        "purpose",
        "summary",
    ]


def test_a_card_that_lacks_a_label_of_the_others_is_asked_about(tmp_path):
    blank: Rows = [["", "", "", ""]]
    rows = [*CARD, *blank, *second(13, "図書"), *blank, *second(14, "税務")[:4]]

    document = read(tmp_path, rows, WIDE)

    assert [(row.fields["number"], row.needs_review) for row in document.rows] == [
        (12, False),
        (13, False),
        (14, True),
    ]


def test_cards_of_a_strategy_carry_nothing_from_one_to_the_next(tmp_path):
    rows = [
        ["基本目標", "Ⅰ　にぎわい", "担当課", "観光課"],
        ["個別施策", "Ⅰ-１-（１）　観光", "指標名", "来訪者数"],
        ["", "", "", ""],
        ["基本目標", "Ⅱ　くらし", "担当課", "福祉課"],
        ["個別施策", "", "指標名", "満足度"],
    ]

    document = read(tmp_path, rows, kind=DocumentKind.STRATEGY)

    first, last = document.rows
    assert (first.fields["kpi"], first.fields["measure"], first.fields["sections"]) == (
        "来訪者数",
        1,
        ["観光課"],
    )
    assert (last.fields["kpi"], last.fields["goal"], last.fields["measure"]) == ("満足度", "Ⅱ", None)


def beside(gap: int) -> Rows:
    """Return two cards beside each other with blank columns between them, under them one more."""
    blank = [""] * gap
    left, right, below = CARD, second(13, "図書"), second(14, "税務")
    rows = [[*one, *blank, *other] for one, other in zip(left, right, strict=True)]
    return [*rows, [""] * (8 + gap), *([*row, *[""] * (gap + 4)] for row in below)]


@pytest.mark.parametrize("gap", [0, 1])
def test_cards_beside_each_other_are_read_one_by_one(tmp_path, gap):
    merges = [
        (top + row, left + 1, top + row, left + 3)
        for top, left in ((0, 0), (0, 4 + gap), (6, 0))
        for row in (2, 3, 4)
    ]

    document = read(tmp_path, beside(gap), merges)

    assert [(row.fields["number"], row.fields["name"]) for row in document.rows] == [
        (12, "広報紙発行事業"),
        (13, "図書"),
        (14, "税務"),
    ]
    assert not any(row.needs_review for row in document.rows)
    assert document.rows[1].extra["cells"]["name"] == ("H1", "I1")[gap]


def test_cards_beside_each_other_that_nothing_parts_are_asked_about(tmp_path):
    rows = beside(1)

    document = read(tmp_path, rows, [(2, 1, 2, 6)])

    assert document.rows
    assert all(row.needs_review for row in document.rows)


def test_cards_beside_each_other_with_other_labels_are_asked_about(tmp_path):
    rows = beside(0)
    rows[4][4] = "備考"

    document = read(tmp_path, rows)

    assert {row.fields["number"] for row in document.rows} == {12, 13, 14}
    assert all(row.needs_review for row in document.rows)
