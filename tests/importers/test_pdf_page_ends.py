"""Tables of PDFs at the ends of pages, and texts too long for their cells: never wrong without a mark."""

from importers.enums import DocumentKind
from tests.importers.made_pdfs import Page, paper
from tests.importers.reading import read_here

EDGES = [20.0, 60.0, 110.0, 210.0, 300.0, 400.0, 560.0, 700.0, 820.0]
HEADER = ["通番", "事業番号", "事務事業名", "部局", "担当課", "目的", "概要", "成果"]


def record(number: int, bureau: str = "", section: str = "") -> list[str]:
    return [str(number), str(number + 100), f"事業{number}", bureau, section, "守る。", "直す。", "3件"]


def read(tmp_path, *pages: Page):
    path = tmp_path / "list.pdf"
    path.write_bytes(paper(*pages))
    return read_here(path, DocumentKind.PROGRAMS)


def rows(page: Page, *records: list[str], top: float, merged: str = "", section: bool = False) -> Page:
    """Draw records without their bureau (and section), which one cell holds for all of them."""
    bottom = top + 30 * len(records)
    for position, cells in enumerate(records):
        for at, text in enumerate(cells):
            if at != 3:
                y = top + 30 * position
                page.cell(EDGES[at], y, EDGES[at + 1], y + 30, *text.split("/"))
    page.cell(EDGES[3], top, EDGES[4], bottom, *([merged] if merged else []), borders="ltr")
    return page


def values(document, name: str) -> list[object]:
    return [row.fields[name] for row in document.rows]


def test_merged_cell_that_no_line_closes_goes_on_and_a_closed_one_is_a_question(tmp_path):
    for closed in (False, True):
        first, second = Page(), Page()
        first.row(EDGES, 20, 50, HEADER)
        rows(first, record(1, section="税務課"), record(2, section="税務課"), top=50, merged="総務部")
        if closed:
            first.line(EDGES[3], 110, EDGES[4], 110)
        second.row(EDGES, 20, 50, HEADER)
        rows(second, record(3, section="財政課"), record(4, section="財政課"), top=50)
        second.line(EDGES[3], 110, EDGES[4], 110)

        document = read(tmp_path, first, second)

        assert values(document, "bureau") == ["総務部"] * 4
        assert [row.needs_review for row in document.rows] == [False, False, closed, closed]


def test_bureau_of_the_next_page_is_not_taken_for_the_one_before_the_last(tmp_path):
    pages = []
    for number, bureau in enumerate(("総務部", "", "教育部")):
        page = Page()
        page.row(EDGES, 20, 50, HEADER)
        two = (record(number * 2 + 1, section="庶務課"), record(number * 2 + 2, section="庶務課"))
        rows(page, *two, top=50, merged=bureau)
        if number:
            page.line(EDGES[3], 110, EDGES[4], 110)
        pages.append(page)

    document = read(tmp_path, *pages)

    assert values(document, "bureau") == ["総務部"] * 4 + ["教育部"] * 2
    assert not any(row.needs_review for row in document.rows)


def test_only_the_lower_row_of_the_header_repeated_is_no_record(tmp_path):
    first, second = Page(), Page()
    for at, text in enumerate(HEADER):
        if at in (3, 4):
            first.cell(EDGES[at], 35, EDGES[at + 1], 60, text)
        else:
            first.cell(EDGES[at], 20, EDGES[at + 1], 60, text)
    first.cell(EDGES[3], 20, EDGES[5], 35, "所管")
    rows(first, record(1, section="税務課"), record(2, section="税務課"), top=60, merged="総務部")
    for at, text in enumerate(["", "番号", "", "部局", "担当課", "", "", ""]):
        second.cell(EDGES[at], 20, EDGES[at + 1], 40, text, borders="ltrb" if at in (3, 4) else "lrb")
    rows(second, record(3, section="財政課"), record(4, section="財政課"), top=40)
    second.line(EDGES[3], 100, EDGES[4], 100)

    document = read(tmp_path, first, second)

    assert values(document, "number") == [101, 102, 103, 104]
    assert values(document, "bureau") == ["総務部"] * 4
    assert document.tables[0].counts["headings"] == 1


def test_lines_of_neighbouring_rows_that_overlap_are_told(tmp_path):
    page = Page()
    page.row(EDGES, 20, 50, HEADER)
    page.row(EDGES, 50, 64, record(1, "総務部", "税務課"))
    page.row(EDGES, 64, 78, record(2, "総務部", "財政課"))
    page.row(EDGES, 78, 92, record(3, "総務部", "管財課"))
    page.text(EDGES[5] + 3, 59, "二行目が下へ。")  # of the first row, over its lower border
    page.row(EDGES, 92, 120, record(4, "総務部", "会計室"))

    document = read(tmp_path, page)

    told = {row.fields["number"]: {doubt.field for doubt in row.doubts} for row in document.rows}
    assert told == {101: {"purpose"}, 102: {"purpose"}, 103: set(), 104: set()}


def test_text_that_runs_into_the_cell_beside_it_is_told(tmp_path):
    page = Page()
    page.row(EDGES, 20, 50, HEADER)
    page.row(EDGES, 50, 80, record(1, "総務部", "税務課"))
    filled = record(2, "総務部", "財政課")
    filled[2] = "とても長くて欄に入りきらない名称"
    page.row(EDGES, 80, 110, filled)
    empty = record(3, "", "財政課")
    empty[2] = "とても長くて欄に入りきらない名称"
    page.row(EDGES, 110, 140, empty)

    document = read(tmp_path, page)

    first, second, third = document.rows
    assert not first.needs_review
    for row in (second, third):
        assert {"name", "bureau"} <= {doubt.field for doubt in row.doubts if doubt.code == "text_overlaps"}
