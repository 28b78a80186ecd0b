"""Flat tables as CSV and workbooks: what went in comes out, and nothing becomes a formula."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsukuba_kpi.lib.flat_table import (
    CELL_LIMIT,
    CUT_SHORT,
    FlatTable,
    cell_length,
    cut_to_cell,
    guard,
    to_csv,
    to_xlsx,
)

CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(1)", "＝１＋１", "\t=1", "-", "－", "＋５人"])
def test_guard_text_that_could_become_a_formula_gets_an_apostrophe(text):
    assert guard(text) == "'" + text


@pytest.mark.parametrize("text", ["-5", "+1,234", "-12.5%", "平成27年度", "1-1", "", "a=b"])
def test_guard_numbers_and_plain_texts_stay(text):
    assert guard(text) == text


@given(st.lists(st.tuples(CELL, st.integers(-(10**9), 10**9)), max_size=5))
def test_csv_gives_back_what_went_in(rows):
    written = to_csv(FlatTable("表", ("名称", "数"), rows))

    header, *found = csv.reader(io.StringIO(written.content.decode("utf-8-sig"), newline=""))
    assert header == ["名称", "数"]
    assert found == [[guard(text), str(number)] for text, number in rows]
    assert not any(cell[:1] in tuple("=@＝＠") and cell for row in found for cell in row)


def test_csv_in_cp932_replaces_and_tells_what_is_lost():
    written = to_csv(FlatTable("表", ("名称",), [("𠮷野家〜①",)]), "cp932")

    assert written.lost == ("𠮷", "〜")
    assert written.content.decode("cp932") == "名称\r\n〓野家〓①\r\n"


def test_xlsx_keeps_numbers_as_numbers_and_texts_as_texts():
    rows = [("=1+1", 3, Decimal("91.6")), ("2024", None, Decimal("12345678901234567.5"))]

    book = openpyxl.load_workbook(io.BytesIO(to_xlsx([FlatTable("一覧", ("a", "b", "c"), rows)]).content))

    values = [[cell.value for cell in row] for row in book["一覧"].iter_rows(min_row=2)]
    assert values == [["=1+1", 3, 91.6], ["2024", None, "12345678901234567.5"]]
    assert book["一覧"]["A2"].data_type == "s"


def test_xlsx_refuses_a_text_that_no_cell_holds():
    with pytest.raises(ValueError, match="32768"):
        to_xlsx([FlatTable("一覧", ("a",), [("あ" * 32_768,)])])


@pytest.mark.parametrize("text", ["あ" * 40_000, "𠮷" * 20_000, "a" + "𠮷" * 20_000])
def test_a_text_cut_to_a_cell_fits_and_says_so(text):
    found = cut_to_cell(text)

    assert CELL_LIMIT - 2 <= cell_length(found) <= CELL_LIMIT
    assert found.endswith(CUT_SHORT)
    assert text.startswith(found.removesuffix(CUT_SHORT))
    written = to_xlsx([FlatTable("一覧", ("a",), [(text,)])], cut_long=True).content
    assert openpyxl.load_workbook(io.BytesIO(written))["一覧"]["A2"].value == found


def test_characters_that_count_twice_are_counted_twice():
    assert cell_length("𠮷野") == 3
    with pytest.raises(ValueError, match="40000"):
        to_xlsx([FlatTable("一覧", ("a",), [("𠮷" * 20_000,)])])
