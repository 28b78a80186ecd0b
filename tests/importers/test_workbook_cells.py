"""What workbooks hold beside values: reach, formats, errors, formulas, in both formats."""

import contextlib
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.enums import DocumentKind
from importers.sources.biff import read_biff
from importers.sources.ole_container import OleContainer
from importers.sources.sheet_marks import read_marks, read_styles
from importers.sources.sheet_scan import BrokenSheetError, column_letters, column_number, scan_sheet
from tests.importers.raw_files import (
    MAIN,
    biff_workbook,
    ole,
    record,
    rows_xml,
    sheet_xml,
    text_cell,
    workbook,
    workbook_parts,
    zipped,
)
from tests.importers.reading import read_here


@given(st.integers(1, 16_384))
def test_column_letters_and_numbers_are_inverse(number):
    assert column_number(column_letters(number)) == number


ROWS = st.lists(
    st.tuples(
        st.integers(1, 60), st.lists(st.integers(1, 800), min_size=1, max_size=6, unique=True).map(sorted)
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[0],
).map(sorted)


@settings(max_examples=80, deadline=None)
@given(ROWS, st.integers(7, 400))
def test_quick_scan_finds_the_same_reach_as_the_exact_one(rows, piece):
    def xml(quote: str) -> bytes:
        body = "".join(
            f"<row r={quote}{row}{quote}>"
            + "".join(f"<c r={quote}{column_letters(column)}{row}{quote}><v>1</v></c>" for column in columns)
            + "</row>"
            for row, columns in rows
        )
        return sheet_xml(body).encode()

    def scanned(data: bytes):
        pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
        return scan_sheet(lambda: pieces, 10**9)

    quick, exact = scanned(xml('"')), scanned(xml("'"))

    assert (quick.rows, quick.columns, quick.cells) == (exact.rows, exact.columns, exact.cells)
    assert quick.rows == max(row for row, _ in rows)
    assert quick.columns == max(max(columns) for _, columns in rows)


def test_scan_stops_where_the_cells_reach_too_far():
    taken = []

    def pieces():
        for row in range(20_000, 1_000_000, 20_000):
            taken.append(row)
            yield f'<row r="{row}"><c r="D{row}"><v>1</v></c></row>'.encode()

    scan = scan_sheet(pieces, 100_000)

    assert (scan.rows, scan.columns, len(taken)) == (40_000, 4, 2)


def test_rows_without_cells_lead_nowhere():
    rows = "".join(f'<row r="{row}" hidden="1"/>' for row in range(2, 40_000))
    taken = []

    def pieces():
        taken.append(sheet_xml('<row r="1"><c r="Z1"><v>1</v></c></row>' + rows).encode())
        return taken[-1:]

    scan = scan_sheet(pieces, 300_000)

    assert scan.area <= 300_000
    assert len(taken) == 1  # the exact pass, five times as long, was not needed


def test_columns_without_width_are_hidden():
    columns = '<cols><col min="2" max="3" width="0" customWidth="1"/><col min="5" max="5" width="10"/></cols>'
    xml = sheet_xml('<row r="1" ht="0.0"><c r="A1"><v>1</v></c></row>', before=columns).encode()

    marks = read_marks([xml], read_styles(b"<styleSheet/>"))

    assert (marks.hidden_columns, marks.hidden_rows) == ({1, 2}, {0})
    assert scan_sheet(lambda: [xml], 10**6).marked is True


PLAIN_ROW = '<row r="1" ht="13.5" customHeight="1" hidden="false"><c r="A1" s="1"><v>1</v></c></row>'
PLAIN_COLUMN = '<cols><col min="1" max="1" width="10.0" hidden="0"/></cols>'


@pytest.mark.parametrize(
    ("row", "column", "marked"),
    [
        (PLAIN_ROW, PLAIN_COLUMN, False),
        (PLAIN_ROW + '<row r="2"><c r="A2" t="inlineStr"><is><t>&lt;f</t></is></c></row>', "", False),
        (PLAIN_ROW.replace("false", "1"), "", True),
        (PLAIN_ROW.replace("false", "true"), "", True),
        (PLAIN_ROW.replace("false", "&#49;"), "", True),
        (PLAIN_ROW.replace(' hidden="false"', " hidden='1'"), "", True),
        (PLAIN_ROW.replace('r="1"', 'r="1" x=">" hidden="1"').replace(' hidden="false"', ""), "", True),
        (PLAIN_ROW.replace("13.5", "0"), "", True),
        (PLAIN_ROW.replace("<v>", "<f>A2</f><v>"), "", True),
        (PLAIN_ROW.replace('s="1"', 't="e"'), "", True),
        (PLAIN_ROW.replace('s="1"', "t='e'"), "", True),
        (PLAIN_ROW.replace("<v>1</v>", "<is><r><rPr><strike/></rPr><t>1</t></r></is>"), "", True),
        (PLAIN_ROW, PLAIN_COLUMN.replace('"0"', '"1"'), True),
        (PLAIN_ROW, PLAIN_COLUMN.replace("10.0", "0.0"), True),
        (PLAIN_ROW, PLAIN_COLUMN.replace("<col ", "<x:col ").replace('"0"', '"1"'), True),
    ],
)
@pytest.mark.parametrize("piece", [7, 10_000])
def test_sheet_with_more_than_values_is_marked(row, column, marked, piece):
    data = sheet_xml(row, before=column).encode()

    scan = scan_sheet(lambda: [data[at : at + piece] for at in range(0, len(data), piece)], 10**6)

    assert scan.marked is marked
    assert (scan.columns, scan.cells) == (1, row.count("<c "))


@pytest.mark.parametrize("tag", ['<row r="1" ', "<col ", '<col a="', "<row ", '<row r="1" a="b" ', "<c "])
def test_tags_that_never_end_cost_nothing(tag):
    data = sheet_xml("", before=tag * (1_000_000 // len(tag))).encode()
    before = time.process_time()

    with contextlib.suppress(BrokenSheetError):
        scan_sheet(lambda: [data], 10**6)

    assert time.process_time() - before < 2


def test_hidden_columns_that_lie_over_one_another_cost_nothing():
    columns = "".join(f'<col min="{at}" max="16383" hidden="1"/>' for at in range(1, 16_384))
    xml = sheet_xml("", before=f'<cols>{columns}<col min="9" max="x" hidden="1"/></cols>').encode()
    before = time.process_time()

    marks = read_marks([xml], read_styles(b"<styleSheet/>"))

    assert marks.hidden_columns == set(range(16_383))
    assert time.process_time() - before < 2


def test_text_longer_than_a_cell_of_excel_is_refused(tmp_path):
    body = rows_xml(["事業番号", "事業名", "担当課"], ["7", "道" * 40_000, "道路課"])
    path = tmp_path / "long.xlsx"
    path.write_bytes(zipped(workbook_parts(sheet_xml(body))))

    document = read_here(path, DocumentKind.PROGRAMS)

    assert [error.message for error in document.errors] == [
        "「long.xlsx」のシート「一覧」に32,767文字を超えるセルがあるので、"
        "文章を短くして保存したものを取り込んでください。"
    ]


def test_telling_formats_are_kept_and_plain_ones_are_not():
    formats = ["General", "0%", "#,##0.0", "0.0%", '#,##0"人"', "#,##0,", "00000", "#,##0;[Red]-#,##0", "ge"]
    custom = "".join(
        f'<numFmt numFmtId="{164 + at}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for at, code in enumerate(formats)
    )
    xfs = "".join(f'<xf numFmtId="{164 + at}" fontId="0"/>' for at in range(len(formats)))
    styles = read_styles(
        f'<styleSheet xmlns="{MAIN}"><numFmts>{custom}</numFmts><fonts><font/></fonts>'
        f"<cellXfs>{xfs}</cellXfs></styleSheet>".encode()
    )

    assert sorted(styles.formats.values()) == sorted(["0%", "0.0%", '#,##0"人"', "#,##0,", "00000", "ge"])


def test_cells_without_reference_follow_one_another():
    xml = sheet_xml(
        '<row><c t="e"><v>#N/A</v></c><c><f>1</f></c></row><row><c/><c><f>2</f><v>2</v></c></row>'
    )
    marks = read_marks([xml.encode()], read_styles(b"<styleSheet/>")).marks

    assert marks[0, 0].error == "#N/A"
    assert (marks[0, 1].formula, marks[0, 1].has_cache) == (True, False)
    assert (marks[1, 1].formula, marks[1, 1].has_cache) == (True, True)


def test_formula_that_gives_an_empty_text_has_its_result():
    xml = sheet_xml('<row r="1"><c r="A1" t="str"><f>""</f><v></v></c></row>')

    assert read_marks([xml.encode()], read_styles(b"<styleSheet/>")).marks[0, 0].has_cache is True


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_workbook_of_another_writer_is_read(tmp_path, prefix):
    """Namespaces with a prefix, absolute targets, rich text with readings above the characters."""
    rich = (
        f'<{prefix}c r="A1" t="inlineStr"><{prefix}is><{prefix}r><{prefix}t>事業</{prefix}t></{prefix}r>'
        f"<{prefix}r><{prefix}t>番号</{prefix}t></{prefix}r>"
        f'<{prefix}rPh sb="0" eb="2"><{prefix}t>ジギョウ</{prefix}t></{prefix}rPh></{prefix}is></{prefix}c>'
    )
    others = "".join(text_cell(f"{letter}1", text) for letter, text in (("B", "事業名"), ("C", "担当課")))
    values = "".join(
        text_cell(f"{letter}2", text) for letter, text in (("A", "7"), ("B", "道路"), ("C", "道路課"))
    )
    body = f'<row r="1">{rich}{others}</row><row r="2">{values}</row>'
    parts = workbook_parts(sheet_xml(body).replace("<worksheet ", f'<worksheet xmlns:x="{MAIN}" '))
    relations = parts["xl/_rels/workbook.xml.rels"].replace(b'"worksheets/', b'"/xl/worksheets/')
    path = tmp_path / "other.xlsx"
    path.write_bytes(zipped(parts | {"xl/_rels/workbook.xml.rels": relations}))

    document = read_here(path, DocumentKind.PROGRAMS)

    assert [row.fields["number"] for row in document.rows] == [7]


def test_crossed_out_part_of_a_shared_text_is_told(tmp_path):
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>道路</t></si>'
        "<si><r><rPr><strike/></rPr><t>旧</t></r><r><t>道路課</t></r></si></sst>"
    )
    header = rows_xml(["事業番号", "事業名", "担当課"])
    row = '<row r="2"><c r="A2"><v>7</v></c><c r="B2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row>'
    path = tmp_path / "struck.xlsx"
    path.write_bytes(
        zipped(workbook_parts(sheet_xml(header + row)) | {"xl/sharedStrings.xml": strings.encode()})
    )

    document = read_here(path, DocumentKind.PROGRAMS)

    assert [(doubt.code, doubt.field) for doubt in document.rows[0].doubts] == [("struck_text", "section")]


def test_records_of_an_old_workbook_tell_formats_errors_and_hidden_rows():
    number_format = record(0x41E, struct.pack("<HHB", 164, 4, 0) + b"0.0%")
    styles = b"".join(record(0xE0, struct.pack("<HH", 0, code) + bytes(16)) for code in (0, 164))
    cells = (
        record(0x208, struct.pack("<HHHHHHI", 0, 0, 4, 255, 0, 0, 0x20))
        + record(0x7D, struct.pack("<HHHHHH", 2, 3, 100, 0, 1, 0))
        + record(0x203, struct.pack("<HHHd", 0, 0, 1, 0.5))
        + record(0x205, struct.pack("<HHHBB", 0, 1, 0, 42, 1))
        + record(0x06, struct.pack("<HHHdHI", 0, 2, 0, 2.0, 0x02, 0) + bytes(2))
        + record(0xBD, struct.pack("<HH", 1, 0) + struct.pack("<HI", 1, 0) * 2 + struct.pack("<H", 1))
    )

    (sheet,) = read_biff(biff_workbook(cells, before=number_format + styles))

    assert sheet.cells[1, 1].format == "0.0%"
    assert sheet.cells[1, 2].error == "#N/A"
    assert sheet.cells[1, 3].stale_formula is True
    assert (2, 1) in sheet.cells
    assert (2, 2) in sheet.cells
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({1}, {3, 4})
    assert (sheet.rows, sheet.columns) == (2, 3)


@given(st.binary(min_size=1, max_size=9000))
def test_streams_come_out_of_a_compound_file(data):
    container = OleContainer(ole({"Workbook": data, "Other": b"x" * 5000}))

    assert container.read("Workbook")[: len(data)] == data
    assert container.read("Other")[:5000] == b"x" * 5000


def test_plain_workbook_is_read(tmp_path):
    path = tmp_path / "plain.xlsx"
    path.write_bytes(workbook())

    assert [row.fields["number"] for row in read_here(path, DocumentKind.PROGRAMS).rows] == [12]
