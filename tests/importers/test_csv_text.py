"""Bytes to characters and characters to cells, without guessing."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.sources.csv_table import SWALLOWED, read_delimited
from importers.sources.refusals import RefusedFile
from importers.sources.text_decoding import decode_text

TEXT = "事業番号,事業名\r\n12,市民の森・①Ⅰ～髙﨑\r\n"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("cp932", "cp932"),
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
    ],
)
def test_encodings_of_excel_are_told_apart(encoding, told):
    decoded = decode_text(TEXT.encode(encoding), "a.csv")

    assert (decoded.text, decoded.encoding) == (TEXT, told)


@settings(max_examples=200)
@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x3093), min_size=4, max_size=30))
def test_lines_of_two_encodings_are_refused_wherever_they_stand(text):
    cp932, utf8 = f"{text}亜熙\n".encode("cp932"), f"{text}亜熙\n".encode()

    for data, line in ((utf8 + cp932, 2), (cp932 + utf8, 1)):
        with pytest.raises(RefusedFile) as refused:
            decode_text(data, "a.csv")
        assert refused.value.errors[0].code == "mixed_encodings"
        assert refused.value.errors[0].location.line == line


@given(st.text(max_size=60).filter(lambda text: "\x00" not in text and text.isprintable()))
def test_any_utf8_text_comes_back_as_it_is(text):
    data = text.encode()

    if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        assert decode_text(data, "a.csv").text == text


CELLS = st.text(st.sampled_from("あ0,;\t\"\n 'x"), max_size=6)


@settings(max_examples=150)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=3, max_size=6), st.sampled_from(",\t;"))
def test_what_excel_writes_is_read_back(rows, delimiter):
    header = ["番号", "名称", "備考"]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows([header, *rows])

    found = read_delimited(stream.getvalue(), "a.csv")

    assert found.delimiter == delimiter
    assert [list(row) for row in found.grid.rows] == [header, *rows]


def test_rows_know_the_line_they_begin_on():
    found = read_delimited('a,b\n1,"x\ny"\n2,z\n', "a.csv")

    assert list(found.grid.lines) == [1, 2, 4]


def test_excel_directive_and_kept_zeros_are_understood():
    found = read_delimited('sep=;\na;b\n="007";2,5\n', "a.csv")

    assert [list(row) for row in found.grid.rows] == [["a", "b"], ["007", "2,5"]]
    assert list(found.grid.lines) == [2, 3]


def test_rows_of_another_length_are_remembered():
    found = read_delimited("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,\n", "a.csv")

    assert dict(found.grid.ragged) == {2: 2, 3: 4}


def test_cell_that_swallowed_rows_is_remembered():
    found = read_delimited('a,b,c\n1,2,"x\n2,3,"\n4,5,6\n', "a.csv")

    assert dict(found.grid.ragged) == {1: SWALLOWED}


def test_running_text_is_no_table():
    found = read_delimited("1 4 会議\n出席、調整を行う。\n交付件数 3,318件\n", "a.txt")

    assert found.is_table is False
