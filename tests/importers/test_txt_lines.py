"""Text files into lines: encodings, line ends, pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.calculations.rows import SourceError
from importers.sources.txt_lines import Gap, decode_text, ends_within_line, read_lines, split_pieces

TEXT = "Ⅰ　①～－髙の一覧\n1 2 防災\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_decode_reads_what_cities_write(encoding):
    assert decode_text(TEXT.encode(encoding), "a.txt") == TEXT


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "text_empty"),
        (b" \n", "text_empty"),
        (b"\x81\x0a\xe3\x81", "text_encoding"),
        (b"PK\x03\x04\x00\x00\x00", "text_encoding"),
    ],
)
def test_decode_refuses_what_is_no_text_with_a_sentence(content, code):
    error = decode_text(content, "a.txt")

    assert isinstance(error, SourceError)
    assert error.code == code
    assert error.message.startswith("a.txt：")
    assert error.message.endswith("ください。")


def test_lines_know_their_number_page_gap_and_typed_break():
    lines = read_lines(" 見出し\r\n\r\n一行目 \r\n二行目\n 次のページ\n\fその次")

    assert [(line.number, line.page, line.text, line.before, line.typed_break) for line in lines] == [
        (1, 1, "見出し", Gap.PAGE, False),
        (3, 1, "一行目", Gap.BLANK, True),
        (4, 1, "二行目", Gap.NEXT, False),
        (5, 2, "次のページ", Gap.PAGE, False),
        (6, 3, "その次", Gap.PAGE, False),
    ]


def test_pieces_are_cut_at_half_width_spaces_only():
    pieces = split_pieces(read_lines("1 10年用　大人 3,318件 \n次"))

    assert [(piece.text, piece.before, piece.typed_break) for piece in pieces] == [
        ("1", Gap.PAGE, False),
        ("10年用　大人", Gap.SPACE, False),
        ("3,318件", Gap.SPACE, True),
        ("次", Gap.NEXT, False),
    ]


@pytest.mark.parametrize(
    ("text", "within"), [("終わり\n", False), ("終わり\n ", False), ("終わ", True), ("", False)]
)
def test_a_text_without_a_last_line_end_may_be_cut_off(text, within):
    assert ends_within_line(text) is within


@given(st.text())
def test_no_character_but_white_space_and_marks_is_lost(text):
    kept = "".join(line.text for line in read_lines(text))

    visible = [
        c
        for c in text
        if c.isprintable() and not c.isspace() and c not in "\u00ad\u200b\u200c\u200d\u2060\ufeff"
    ]
    assert [c for c in kept if c in set(visible)] == visible
