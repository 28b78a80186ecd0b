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
