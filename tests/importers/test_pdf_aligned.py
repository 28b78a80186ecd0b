"""Tables of PDFs without upright lines: read by what is aligned, every row for a person, or refused."""

import pytest

from importers.enums import DocumentKind
from tests.importers.made_pdfs import Page, paper
from tests.importers.reading import read_here

HEADER = ["番号", "事務事業名", "担当課", "目的"]
LEFTS = [30.0, 80.0, 220.0, 320.0]
LINES = [
    ["11", "広報紙発行事業", "秘書課", "市政を伝える。"],
    ["12", "図書館運営事業", "文化課", "学びを支える。"],
    ["25", "税務相談事業", "税務課", "相談に応じる。"],
]
WORDS = ["事業番号", *HEADER[1:]]


def read(tmp_path, *pages: Page):
    path = tmp_path / "list.pdf"
    path.write_bytes(paper(*pages))
    return read_here(path, DocumentKind.PROGRAMS)


def printed(page: Page, top: float, cells: list[str], leading: float = 11) -> None:
    for left, text in zip(LEFTS, cells, strict=True):
        for number, line in enumerate(text.split("/")):
            page.text(left, top + number * leading, line)


def plain(lines: list[list[str]], distance: float = 20) -> Page:
    page = Page()
    page.text(300, 20, "令和６年度　事務事業一覧")
    printed(page, 50, WORDS)
    for number, cells in enumerate(lines, start=1):
        printed(page, 50 + number * distance, cells)
    return page


def values(document, name: str) -> list[object]:
    return [row.fields[name] for row in document.rows]


def test_columns_are_told_by_their_headings_and_every_row_is_for_a_person(tmp_path):
    page = plain(LINES)
    page.text(30, 180, "（注）番号は予算科目による。")

    document = read(tmp_path, page)

    assert values(document, "number") == [11, 12, 25]
    assert values(document, "section") == ["秘書課", "文化課", "税務課"]
    assert {doubt.code for row in document.rows for doubt in row.doubts} == {"aligned_columns"}
    assert all(row.needs_review for row in document.rows)
    assert [note.code for note in document.notes][:1] == ["aligned_table"]


@pytest.mark.parametrize("ruled", [True, False])
def test_wrapped_cells_belong_to_the_row_of_their_gap_or_line(tmp_path, ruled):
    long = "市民が安心して暮らせるよう相談窓口を/設けて、支援を行う。"
    lines = [[*cells[:3], long] if number != 1 else cells for number, cells in enumerate(LINES)]
    page = plain(lines, distance=26 if ruled else 40)
    if ruled:
        for number in range(5):
            page.line(25, 46 + number * 26, 560, 46 + number * 26)

    document = read(tmp_path, page)

    joined = long.replace("/", "")
    assert values(document, "purpose") == [joined, "学びを支える。", joined]


def test_second_page_goes_on_with_and_without_its_header(tmp_path):
    bare = Page()
    printed(bare, 40, ["31", "道路整備事業", "道路課", "道を直す。"])

    document = read(tmp_path, plain(LINES), plain([["30", "公園整備事業", "公園課", "緑を守る。"]]), bare)

    assert values(document, "number") == [11, 12, 25, 30, 31]
    assert [row.location.page for row in document.rows] == [1, 1, 1, 2, 3]


def test_rows_that_nothing_parts_are_refused(tmp_path):
    lines = [
        ["", "", "", "市民が安心して暮らせるよう相談"],
        ["11", "広報紙発行事業", "秘書課", "窓口を設ける。"],
        ["", "", "", "学びを支えるため図書を購入する。"],
        ["12", "図書館運営事業", "文化課", "貸し出す。"],
    ]
    document = read(tmp_path, plain(lines, distance=11))

    assert [error.code for error in document.errors] == ["no_ruled_table"]


def test_text_that_crosses_the_columns_is_refused(tmp_path):
    crossing = ["12", "とても長い名称の事務事業で担当課の欄にまで達する", "", "学びを支える。"]

    document = read(tmp_path, plain([LINES[0], crossing, LINES[2]]))

    assert [error.code for error in document.errors] == ["no_ruled_table"]


YEARS = ["指標名", "単位", "目標", "実績", "目標", "実績"]
PLACES = [30.0, 180.0, 240.0, 310.0, 380.0, 450.0]
FIGURES = [["来訪者数", "人", "100", "95", "110", "120"], ["満足度", "％", "60", "61.5", "65", "64"]]


@pytest.mark.parametrize(
    "years",
    [(240.0, 380.0), (258.0, 398.0), (275.0, 415.0)],  # flush left, in the middle, flush right
)
@pytest.mark.parametrize("split", [False, True])
def test_years_over_targets_and_actuals_are_read_where_they_stand(tmp_path, years, split):
    page = Page()
    page.text(200, 20, "指標の推移")
    for left, text in zip(years, ["令和５年度", "令和６年度"], strict=True):
        page.text(left, 50, text)
    for place, (left, text) in enumerate(zip(PLACES, YEARS, strict=True)):
        page.text(left, 57 if split and place < 2 else 64, text)
    for number, cells in enumerate(FIGURES):
        for left, text in zip(PLACES, cells, strict=True):
            page.text(left, 84 + number * 20, text)
    path = tmp_path / "figures.pdf"
    path.write_bytes(paper(page))

    document = read_here(path, DocumentKind.ACTUALS)

    found = [(row.fields["fiscal_year"], row.fields["target"], row.fields["actual"]) for row in document.rows]
    assert [(year, str(target), str(actual)) for year, target, actual in found] == [
        (2023, "100", "95"),
        (2024, "110", "120"),
        (2023, "60", "61.5"),
        (2024, "65", "64"),
    ]
    assert all(row.needs_review for row in document.rows)


def test_words_wrapped_over_two_lines_are_one_heading(tmp_path):
    page = Page()
    for left, text in zip(LEFTS, ["事業", "事務", "担当課", "目的"], strict=True):
        page.text(left, 50, text)
    page.text(LEFTS[0], 61, "番号")
    page.text(LEFTS[1], 61, "事業名")
    for number, cells in enumerate(LINES, start=1):
        printed(page, 61 + number * 20, cells)

    assert values(read(tmp_path, page), "number") == [11, 12, 25]


def test_year_that_stands_over_no_columns_is_refused(tmp_path):
    page = Page()
    page.text(500, 50, "令和５年度")
    for left, text in zip(PLACES[:4], YEARS[:4], strict=True):
        page.text(left, 64, text)
    for left, text in zip(PLACES[:4], FIGURES[0][:4], strict=True):
        page.text(left, 84, text)
    path = tmp_path / "figures.pdf"
    path.write_bytes(paper(page))

    document = read_here(path, DocumentKind.ACTUALS)

    assert [error.code for error in document.errors] == ["no_ruled_table"]
