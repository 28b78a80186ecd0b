"""Small raised signs behind figures and names: marks of notes, not digits. They are never read as a value."""

import struct
from pathlib import Path

import openpyxl
import pytest
import typst
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from importers.enums import DocumentKind
from importers.sources.biff import read_biff
from importers.sources.pdf.text import Character, without_note_marks
from tests.importers.raw_files import biff_workbook, record
from tests.importers.reading import read_here

FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"


def letters(text: str, size: float, *, raised: bool = False) -> list[Character]:
    return [
        Character(sign, 10.0 * at, 20.0, 10.0 * at + 8, 30.0, size, raised) for at, sign in enumerate(text)
    ]


def test_raised_digit_of_a_workbook_is_no_digit_of_the_figure(tmp_path):
    path = tmp_path / "actuals.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("実績")
        raised = book.add_format({"font_script": 1})
        for column, text in enumerate(["指標名", "単位", "R5実績", "R6実績"]):
            sheet.write_string(0, column, text)
        sheet.write_string(1, 0, "参加者数")
        sheet.write_string(1, 1, "人")
        sheet.write_rich_string(1, 2, "567", raised, "2")
        sheet.write_number(1, 3, 580)

    marked, plain = read_here(path, DocumentKind.ACTUALS).rows

    assert (marked.fields["actual"], plain.fields["actual"]) == (567, 580)
    assert [(doubt.code, doubt.field) for doubt in marked.doubts] == [("raised_mark", "actual")]
    assert not plain.needs_review


def test_raised_digit_of_a_text_inside_its_cell_is_no_digit_of_the_figure(tmp_path):
    path = tmp_path / "actuals.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["指標名", "単位", "R5実績", "R6実績"])
    book.active.append(["参加者数", "人", "", 580])
    small = TextBlock(InlineFont(vertAlign="superscript"), "2")
    book.active["C2"] = CellRichText("567", small)
    book.save(path)

    marked, plain = read_here(path, DocumentKind.ACTUALS).rows

    assert (marked.fields["actual"], plain.fields["actual"]) == (567, 580)
    assert (marked.needs_review, plain.needs_review) == (True, False)


@pytest.mark.parametrize("script", ["#super[2]", "#super(typographic: false)[2]"])
def test_raised_digit_of_a_pdf_is_no_digit_of_the_figure(tmp_path, script):
    path = tmp_path / "actuals.pdf"
    rows = f"[指標名], [単位], [R5実績], [R6実績], [参加者数], [人], [567{script}], [2,258]"
    source = f'#set text(font: "BIZ UDPGothic", size: 9pt)\n#table(columns: 4, {rows})'
    typst.compile(source.encode(), output=str(path), font_paths=[str(FONTS)], ignore_system_fonts=True)

    marked, plain = read_here(path, DocumentKind.ACTUALS).rows

    assert (marked.fields["actual"], plain.fields["actual"]) == (567, 2258)
    assert (marked.needs_review, plain.needs_review) == (True, False)


def test_power_of_a_unit_and_small_words_are_no_marks():
    assert without_note_marks([*letters("1,200m", 10.0), *letters("2", 6.0)]) is None
    assert without_note_marks([*letters("利用者数", 10.0), *letters("うち市民", 6.0)]) is None
    assert without_note_marks(letters("567", 6.0, raised=True)) is None  # all of them alike
    assert [
        found.text for found in without_note_marks([*letters("56", 10.0), *letters("1", 10.0, raised=True)])
    ] == ["5", "6"]


@pytest.mark.parametrize(("script", "asked"), [(1, True), (0, False)])
def test_old_workbook_with_raised_letters_is_known(script, asked):
    font = record(0x31, struct.pack("<HHHHHBBBBBB", 200, 0, 0, 400, script, 0, 0, 0, 0, 0, 0))

    (sheet,) = read_biff(biff_workbook(record(0x203, struct.pack("<HHHd", 0, 0, 0, 1.0)), before=font))

    assert sheet.has_raised is asked
