"""Ruled tables of PDFs: cells by their places, whatever the producer's order, lines and pages."""

import io
import random
from pathlib import Path

import pypdf
import pytest

from importers.enums import DocumentKind, SourceFormat
from importers.sources.grids import Grid
from importers.sources.parse_document import ParseRequest, parse_grids
from importers.sources.pdf.text import Character, printed_lines
from tests.importers.made_pdfs import Page, paper
from tests.importers.raw_files import HEADER, ROW
from tests.importers.reading import read_here

PROGRAMS = DocumentKind.PROGRAMS
EDGES = [20.0, 70.0, 190.0, 290.0, 440.0, 610.0, 800.0]
SECOND = ["13", "公園管理事業", "公園・緑地課", "緑を守る。", "剪定する。", "－"]


def read(tmp_path, *pages: Page, draw: random.Random | None = None, kind: DocumentKind = PROGRAMS):
    path = tmp_path / "list.pdf"
    path.write_bytes(paper(*pages, draw=draw))
    return read_here(path, kind)


def table(*rows: list[str], top: float = 40, height: float = 50, page: Page | None = None) -> Page:
    page = page or Page()
    for number, cells in enumerate(rows):
        page.row(EDGES, top + number * height, top + (number + 1) * height, cells)
    return page


def values(document, name: str) -> list[object]:
    return [row.fields[name] for row in document.rows]


def test_full_lines_are_joined_and_typed_line_ends_stay(tmp_path):
    full = "国や県と連携して制度の周知を図り、/申請の方法を分かりやすく市民に案内し、"
    wrapped = f"{full}/相談窓口を設ける。/・窓口３か所"
    document = read(tmp_path, table(HEADER, [*ROW[:4], wrapped, ROW[5]], height=70))

    joined = f"{full.replace('/', '')}相談窓口を設ける。\n・窓口３か所"
    assert values(document, "summary") == [joined]


def test_order_of_the_producer_makes_no_difference(tmp_path):
    page = table(HEADER, [*ROW[:4], "一行目の文章である。/二行目", ROW[5]], SECOND)

    straight = read(tmp_path, page)
    shuffled = read(tmp_path, page, draw=random.Random(5))

    assert [row.fields for row in shuffled.rows] == [row.fields for row in straight.rows]
    assert values(shuffled, "number") == [12, 13]


@pytest.mark.parametrize("repeated", [True, False])
def test_table_goes_on_with_the_next_page(tmp_path, repeated):
    second = table(*([HEADER] if repeated else []), SECOND)
    second.text(400, 570, "- 2 -")
    document = read(tmp_path, table(HEADER, ROW), second)

    assert values(document, "number") == [12, 13]
    assert [row.location.page for row in document.rows] == [1, 2]
    assert document.tables[0].counts["headings"] == (1 if repeated else 0)
    assert [note.code for note in document.notes] == ["rows_accounted"]


def test_row_cut_by_a_page_end_is_joined_and_marked(tmp_path):
    first = table(HEADER)
    first.row(EDGES, 90, 140, [*ROW[:4], "前半の文章", ""], borders="ltr")
    second = Page()
    second.row(EDGES, 20, 70, ["", "", "", "", "後半の文章", "3件を直した。"], borders="lrb")
    second.row(EDGES, 70, 120, SECOND)
    document = read(tmp_path, first, second)

    assert values(document, "number") == [12, 13]
    assert values(document, "summary") == ["前半の文章後半の文章", "剪定する。"]
    assert values(document, "results") == ["3件を直した。", None]
    assert [row.needs_review for row in document.rows] == [True, False]


def test_row_that_continues_on_a_closed_page_is_joined_and_marked(tmp_path):
    second = table(HEADER, ["", "", "", "", "後半の文章", ""], SECOND)
    document = read(tmp_path, table(HEADER, [*ROW[:4], "前半の文章", ROW[5]]), second)

    assert values(document, "summary") == ["前半の文章後半の文章", "剪定する。"]
    assert [doubt.code for doubt in document.rows[0].doubts] == ["page_break"]
    assert document.tables[0].counts["continued"] == 1


def test_cells_merged_over_rows_hold_for_each(tmp_path):
    page = table(HEADER)
    for number, cells in enumerate((ROW, SECOND)):
        top = 90 + number * 50
        for at in (0, 1, 3, 4, 5):
            page.cell(EDGES[at], top, EDGES[at + 1], top + 50, cells[at])
    page.cell(EDGES[2], 90, EDGES[3], 190, "道路公園課")
    document = read(tmp_path, page)

    assert values(document, "section") == ["道路公園課", "道路公園課"]


def test_merged_cell_cut_by_a_page_goes_on_below(tmp_path):
    pages = []
    for number, section in enumerate(("道路公園課", "")):
        page = table(HEADER)
        for at in (0, 1, 3, 4, 5):
            page.cell(EDGES[at], 90, EDGES[at + 1], 140, [ROW, SECOND][number][at])
            page.cell(
                EDGES[at],
                140,
                EDGES[at + 1],
                190,
                ["14", "川の事業", "", "a。", "b。", "c。"][at]
                if number
                else ["11", "橋の事業", "", "a。", "b。", "c。"][at],
            )
        page.cell(EDGES[2], 90, EDGES[3], 190, section)
        pages.append(page)
    document = read(tmp_path, *pages)

    assert values(document, "number") == [12, 11, 13, 14]
    assert values(document, "section") == ["道路公園課"] * 4


def test_letters_printed_twice_for_boldness_count_once(tmp_path):
    page = table(HEADER, ROW)
    for text in list(page.texts):
        page.texts.append(text.replace(b" Td", b" Td 0.3 0 Td"))
    document = read(tmp_path, page)

    assert values(document, "name") == ["道路管理事業"]


def test_dotted_borders_are_borders(tmp_path):
    page = Page()
    for number, cells in enumerate((HEADER, ROW, SECOND)):
        page.row(EDGES, 40 + number * 50, 90 + number * 50, cells, borders="")
    for number in range(4):
        y = 595 - 40 - number * 50
        page.lines.extend(b"%.2f %.2f 0.7 0.7 re f\n" % (20 + dot * 2, y) for dot in range(391))
    for edge in EDGES:
        page.lines.extend(b"%.2f %.2f 0.7 0.7 re f\n" % (edge, 555 - dot * 2) for dot in range(76))
    document = read(tmp_path, page)

    assert values(document, "number") == [12, 13]


def test_table_without_its_outer_borders_is_closed(tmp_path):
    page = Page()
    for number, cells in enumerate((HEADER, ROW, SECOND)):
        top = 40 + number * 50
        page.row(EDGES, top, top + 50, cells, borders="tb")
        for edge in EDGES[1:-1]:
            page.line(edge, top, edge, top + 50)
    document = read(tmp_path, page)

    assert values(document, "number") == [12, 13]


def test_coloured_areas_without_lines_are_cells(tmp_path):
    page = Page()
    for number, cells in enumerate((HEADER, ROW)):
        top = 40 + number * 50
        for at, text in enumerate(cells):
            width = EDGES[at + 1] - EDGES[at]
            page.lines.insert(
                0, b"0.9 g %.2f %.2f %.2f 49 re f 0 g\n" % (EDGES[at], 595 - top - 50, width - 1)
            )
            page.text(EDGES[at] + 3, top + 10, text)
    document = read(tmp_path, page)

    assert values(document, "number") == [12]


def test_shapes_that_pdfs_confuse_are_restored():
    characters = [
        Character(sign, 10.0 * at, 20.0, 10.0 * at + 10, 30.0, 10.0)
        for at, sign in enumerate("市⺠‧⻑寿〜⼀∕ʻ\u2329\u232a‒")
    ]

    assert [line.text for line in printed_lines(characters)] == ["市民・長寿～一／‘\u3008\u3009–"]


def test_letters_spread_evenly_over_a_cell_get_no_blanks():
    spread = [
        Character(sign, 30.0 * at, 20.0, 30.0 * at + 10, 30.0, 10.0) for at, sign in enumerate("担当課")
    ]
    apart = [
        Character(sign, 10.0 * at + (at > 1) * 9, 20.0, 10.0 * at + 10 + (at > 1) * 9, 30.0, 10.0)
        for at, sign in enumerate("件数三件")
    ]

    assert printed_lines(spread)[0].text == "担当課"
    assert printed_lines(apart)[0].text == "件数 三件"


def test_text_beside_the_table_is_told(tmp_path):
    page = table(HEADER, ROW)
    page.text(802, 110, "欄外")
    document = read(tmp_path, page)

    assert "beside_tables" in [note.code for note in document.notes]


def test_record_knows_its_rectangle_on_the_page(tmp_path):
    document = read(tmp_path, table(HEADER, ROW))

    assert document.rows[0].location.box == (20, 90, 800, 140)


def test_unreadable_letters_are_told_for_their_row():
    rows = (HEADER, [*ROW[:3], "外字\ue001です", *ROW[4:]], SECOND)
    grid = Grid("表1", rows, pages=(1, 1, 1), page_rows=(1, 2, 3))
    request = ParseRequest(Path("list.pdf"), "list.pdf", PROGRAMS, SourceFormat.PDF)

    document = parse_grids([grid], request, lambda done, total, words: None)

    assert [[doubt.code for doubt in row.doubts] for row in document.rows] == [["garbled"], []]


def test_file_locked_against_changes_only_is_read(tmp_path):
    writer = pypdf.PdfWriter(io.BytesIO(paper(table(HEADER, ROW))))
    writer.encrypt("", "owner")
    path = tmp_path / "locked.pdf"
    writer.write(path)

    document = read_here(path, PROGRAMS)

    assert values(document, "number") == [12]


def test_file_with_a_password_is_refused(tmp_path):
    writer = pypdf.PdfWriter(io.BytesIO(paper(table(HEADER, ROW))))
    writer.encrypt("secret", "owner")
    path = tmp_path / "locked.pdf"
    writer.write(path)

    document = read_here(path, PROGRAMS)

    assert [error.code for error in document.errors] == ["encrypted"]


def test_turned_page_is_read_as_it_is_shown(tmp_path):
    writer = pypdf.PdfWriter()
    writer.append(pypdf.PdfReader(io.BytesIO(paper(Page()))))
    page = writer.pages[0]
    page.mediabox.upper_right = (595, 842)
    stream = pypdf.generic.DecodedStreamObject()
    stream.set_data(b"0 1 -1 0 595 0 cm\n" + table(HEADER, ROW).content())
    page[pypdf.generic.NameObject("/Contents")] = writer._add_object(stream)
    page.rotate(90)
    path = tmp_path / "turned.pdf"
    writer.write(path)

    document = read_here(path, PROGRAMS)

    assert values(document, "number") == [12]


def test_actuals_of_a_pdf_are_read(tmp_path):
    edges = [20.0, 200.0, 260.0, 360.0, 460.0, 560.0, 660.0]
    page = Page()
    for at, text in ((0, "指標名"), (1, "単位")):
        page.cell(edges[at], 40, edges[at + 1], 90, text)
    page.cell(edges[2], 40, edges[4], 65, "令和５年度")
    page.cell(edges[4], 40, edges[6], 65, "令和６年度")
    page.row(edges[2:], 65, 90, ["目標", "実績", "目標", "実績"])
    page.row(edges, 90, 130, ["利用者数", "人", "1,200", "約1,250", "1,300", "集計中"])
    document = read(tmp_path, page, kind=DocumentKind.ACTUALS)

    read_figures = [tuple(row.fields.values()) for row in document.rows]
    assert read_figures == [
        ("利用者数", 2023, 1200, 1250, "estimated"),
        ("利用者数", 2024, 1300, None, "pending"),
    ]


def test_name_of_a_kpi_cut_by_a_page_is_joined_and_marked(tmp_path):
    edges = [20.0, 200.0, 420.0, 560.0]
    header = ["目標・施策・事業名", "指標・KPI名", "担当課"]
    pages = []
    for rows in (
        [header, ["Ⅰ-１-（１）農業の振興", "農産物直売所の年間売", "農業課"]],
        [header, ["", "上額", ""], ["Ⅰ-１-（２）商業の振興", "来街者数", "商業課"]],
    ):
        page = Page()
        for number, cells in enumerate(rows):
            page.row(edges, 40 + number * 40, 80 + number * 40, cells)
        pages.append(page)
    document = read(tmp_path, *pages, kind=DocumentKind.STRATEGY)

    assert values(document, "kpi") == ["農産物直売所の年間売上額", "来街者数"]
    assert [row.needs_review for row in document.rows] == [True, False]


def test_record_knows_the_rectangle_of_each_field(tmp_path):
    document = read(tmp_path, table(HEADER, ROW))

    assert document.rows[0].extra["boxes"]["name"] == [70, 90, 190, 140]


def test_page_number_inside_the_last_cell_is_left_out(tmp_path):
    page = table(HEADER, [*ROW[:5], "3件を直した。"])
    page.text(EDGES[5] + 40, 122, "- 1 -")
    document = read(tmp_path, page)

    assert values(document, "results") == ["3件を直した。"]


def test_fraction_at_the_end_of_the_last_cell_stays(tmp_path):
    document = read(tmp_path, table(HEADER, [*ROW[:5], "達成した施設1／2"]))

    assert values(document, "results") == ["達成した施設1／2"]


@pytest.mark.parametrize("number_on", [0, 1])
def test_halves_of_a_centred_row_are_joined_wherever_its_number_stands(tmp_path, number_on):
    halves = [
        ["", "道路管理", "", "安全を", "点検", "3件を"],
        ["", "事業", "道路課", "保つ。", "する。", "直した。"],
    ]
    halves[number_on][0] = "12"
    document = read(tmp_path, table(HEADER, halves[0]), table(HEADER, halves[1], SECOND))

    assert values(document, "number") == [12, 13]
    assert values(document, "name") == ["道路管理事業", "公園管理事業"]
    assert values(document, "results") == ["3件を直した。", None]
    assert [row.needs_review for row in document.rows] == [True, False]
