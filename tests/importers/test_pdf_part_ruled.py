"""Tables of PDFs that are ruled only in part: read with every row for a person, or refused."""

import random
from decimal import Decimal

import pytest

from importers.enums import DocumentKind
from tests.importers.made_actuals import make_actuals
from tests.importers.made_files import Made
from tests.importers.made_pdfs import Page, paper
from tests.importers.made_programs import ProgramSheet, draw_layout, program_records
from tests.importers.made_ruled_pdfs import print_ruled
from tests.importers.made_strategies import make_strategy
from tests.importers.reading import compare, read_here

PARTLY = [
    ("rows", "programs", 100),
    ("header", "programs", 103),
    ("header_rules", "programs", 103),
    ("frame_header", "programs", 103),
    ("dotted", "programs", 101),
    ("columns", "programs", 102),
    ("shaded_columns", "programs", 101),
    ("zebra", "programs", 100),
    ("rows", "strategy", 102),
    ("dotted_only", "strategy", 103),
    ("shaded_columns", "strategy", 103),
    ("columns", "strategy", 101),
    ("header", "strategy", 101),
    ("zebra", "strategy", 102),
    ("rows", "actuals", 100),
    ("frame_rows", "actuals", 102),
    ("dotted", "actuals", 101),
    ("zebra", "actuals", 100),
]
IRREGULAR = [("zebra", "actuals", 101)]


def made_list(folder, kind: str, seed: int) -> Made:
    """Make a list of a kind in a drawn layout."""
    draw = random.Random(seed)
    if kind == "strategy":
        return make_strategy(folder, seed)
    if kind == "actuals":
        made = make_actuals(folder, seed)
        for record in made.expected:
            record.pop("kind")
            for measure in ("target", "actual"):
                record[measure] = None if record[measure] is None else Decimal(str(record[measure]))
        return made
    records = program_records(draw, draw.randint(6, 20))
    sheet = ProgramSheet(draw_layout(draw), draw)
    sheet.layout.titles = draw.randint(0, 2)
    sheet.fill(records)
    with_order = "order" in sheet.layout.columns
    expected = [record | {"order": record["order"] if with_order else None} for record in records]
    return Made(folder, expected, repr(sheet.layout), sheet.rows, sheet.merges)


def read_drawn(folder, ruling: str, kind: str, seed: int):
    """Return what was meant and what is read from a list printed with one ruling."""
    made = made_list(folder, kind, seed)
    path = print_ruled(made, folder / "list.pdf", ruling, random.Random(f"{seed}{ruling}{kind}"))
    return made.expected, read_here(path, DocumentKind(kind))


@pytest.mark.parametrize(("ruling", "kind", "seed"), PARTLY)
def test_partly_ruled_list_is_read_and_every_row_is_for_a_person(tmp_path, ruling, kind, seed):
    expected, document = read_drawn(tmp_path, ruling, kind, seed)

    score = compare(expected, document.rows)

    assert score.wrong == []
    assert score.marked * 20 <= score.right
    assert all(row.needs_review for row in document.rows)
    assert document.notes[0].code in ("part_ruled_table", "aligned_table")


@pytest.mark.parametrize(("ruling", "kind", "seed"), IRREGULAR)
def test_rows_that_nothing_tells_apart_are_refused(tmp_path, ruling, kind, seed):
    _, document = read_drawn(tmp_path, ruling, kind, seed)

    assert [error.code for error in document.errors] == ["part_ruled"]
    assert list(document.rows) == []


@pytest.mark.parametrize("kind", ["programs", "strategy", "actuals"])
def test_fully_ruled_list_needs_nobody(tmp_path, kind):
    expected, document = read_drawn(tmp_path, "full", kind, 101)

    assert compare(expected, document.rows).wrong == []
    assert not any(row.needs_review for row in document.rows)


EDGES = [30.0, 90.0, 230.0, 330.0, 480.0]
LINES = [
    ["11", "広報紙発行事業", "秘書課", "市政を伝える。"],
    ["12", "図書館運営事業", "文化課", "学びを支える。"],
    ["25", "税務相談事業", "税務課", "相談に応じる。"],
]


def headed(rows: list[list[str]]) -> Page:
    """Return a page of a ruled heading with lines of text under it."""
    page = Page()
    page.row(EDGES, 40, 60, ["事業番号", "事務事業名", "担当課", "目的"])
    for number, cells in enumerate(rows):
        for left, text in zip(EDGES, cells, strict=False):
            page.text(left + 3, 68 + number * 22, text)
    return page


def test_text_beside_the_columns_of_a_ruled_heading_is_not_lost(tmp_path):
    page = headed(LINES)
    page.text(500, 90, "欄外")
    path = tmp_path / "list.pdf"
    path.write_bytes(paper(page))

    document = read_here(path, DocumentKind.PROGRAMS)

    assert [error.code for error in document.errors] == ["part_ruled"]


def test_pages_without_the_ruled_heading_go_on(tmp_path):
    more = Page()
    for left, text in zip(EDGES, ["31", "道路整備事業", "道路課", "道を直す。"], strict=False):
        more.text(left + 3, 40, text)
    path = tmp_path / "list.pdf"
    path.write_bytes(paper(headed(LINES), more))

    document = read_here(path, DocumentKind.PROGRAMS)

    assert [row.fields["number"] for row in document.rows] == [11, 12, 25, 31]
    assert [row.location.page for row in document.rows] == [1, 1, 1, 2]


def test_outer_columns_beside_the_inner_lines_are_read(tmp_path):
    page = Page()
    for left, text in zip(EDGES, ["事業番号", "事務事業名", "担当課", "目的"], strict=False):
        page.text(left + 3, 44, text)
    page.line(30, 60, 480, 60)
    for edge in EDGES[1:-1]:
        page.line(edge, 40, edge, 124)
    for number, cells in enumerate(LINES):
        for left, text in zip(EDGES, cells, strict=False):
            page.text(left + 3, 68 + number * 18, text)
    path = tmp_path / "list.pdf"
    path.write_bytes(paper(page))

    document = read_here(path, DocumentKind.PROGRAMS)

    assert [(row.fields["number"], row.fields["purpose"]) for row in document.rows] == [
        (11, "市政を伝える。"),
        (12, "学びを支える。"),
        (25, "相談に応じる。"),
    ]
    assert all(row.needs_review for row in document.rows)


def test_figure_that_reaches_into_the_cell_on_its_left_is_asked_about(tmp_path):
    page = Page()
    edges = [30.0, 150.0, 190.0, 260.0]
    page.row(edges, 40, 60, ["指標名", "R5実績", "R6実績"])
    page.row(edges, 60, 80, ["来訪者数", "4765.2", ""])
    page.text(186, 63, "8約16")
    path = tmp_path / "list.pdf"
    path.write_bytes(paper(page))

    document = read_here(path, DocumentKind.ACTUALS)

    assert document.rows
    assert all(row.needs_review for row in document.rows)
