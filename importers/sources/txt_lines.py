"""The lines of a text extracted from a PDF, with what separates each from the line before.

The extractor writes one text line per line on the page, an empty line where it sees a new paragraph,
and, where a page or a group of displaced cells begins, a space in front of the line. A space at a
line's end is a line break that somebody typed into the cell.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from importers.calculations.rows import Location, SourceError
from tsukuba_kpi.lib.japanese_text import restore_kanji

MAX_BYTES = 20_000_000
MAX_LINE_LENGTH = 4_000


class Gap(IntEnum):
    """What stands between a piece of text and the piece before it."""

    SPACE = 0  # the same line, a space
    NEXT = 1  # a line end
    BLANK = 2  # an empty line
    PAGE = 3  # a new page, or a group of displaced cells


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. `number` counts all lines of the file, `page` the boundaries met, both from 1."""

    number: int
    page: int
    text: str
    before: Gap
    typed_break: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line without a half-width space: a cell, or a part of one.

    `line` is the line it stands on; `before` what separates it from the piece before.
    """

    text: str
    line: Line
    before: Gap
    ends_line: bool

    @property
    def typed_break(self) -> bool:
        """Whether somebody typed a line break behind this piece."""
        return self.ends_line and self.line.typed_break


def decode_text(content: bytes, file_name: str) -> str | SourceError:
    """Return a text file's content, or the reason why it is not one.

    UTF-16 is read only with its byte order mark; else UTF-8 and then cp932 (Windows' Japanese encoding),
    both strictly: a file that is neither is refused, never guessed.
    """
    place = Location(file=file_name)
    if len(content) > MAX_BYTES:
        return SourceError(
            "text_too_large",
            place,
            f"{file_name}：テキストが大きすぎます（上限{MAX_BYTES // 1_000_000}MB）。"
            "一覧だけのファイルに分けてください。",
        )
    if not content.strip():
        return SourceError(
            "text_empty", place, f"{file_name}：中身がありません。文書を書き出し直してください。"
        )
    for encoding in _encodings_of(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    return SourceError(
        "text_encoding",
        place,
        f"{file_name}：文字コードを判別できません（UTF-8でもシフトJIS（CP932）でもありません）。"
        "UTF-8のテキストとして保存し直してください。",
    )


def _encodings_of(content: bytes) -> tuple[str, ...]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if content.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    return ("utf-8", "cp932")


_LINE_ENDS = re.compile("\r\n|[\r\x0b\x85\u2028\u2029]")
# Zero-width marks and control characters that some exports leave; they take no room on the page.
_RADICALS = re.compile("[\u2e80-\u2fd5]")
_UNSEEN = re.compile("[\ufeff\u200b\u200c\u200d\u2060\u00ad\x00-\x08\x0e-\x1f\x7f]")


def normalised(text: str) -> str:
    """Return a text with line feeds for line ends, plain spaces, kanji for radicals, and nothing unseen."""
    plain = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\u00a0", " ")
    return restore_kanji(plain) if _RADICALS.search(plain) else plain


def read_lines(text: str) -> tuple[Line, ...]:
    """Return the lines that hold text, each with the gap before it."""
    lines: list[Line] = []
    page = 0
    gap = Gap.PAGE
    for number, raw in enumerate(normalised(text).split("\n"), start=1):
        for index, part in enumerate(raw.split("\f")):
            body = part.strip(" \t")
            if index:
                gap = Gap.PAGE
            if not body:
                gap = max(gap, Gap.BLANK)
                continue
            if part.startswith((" ", "\t")):
                gap = Gap.PAGE
            if gap is Gap.PAGE:
                page += 1
            lines.append(Line(number, page, body, gap, part.endswith((" ", "\t"))))
            gap = Gap.NEXT
    return tuple(lines)


def ends_within_line(text: str) -> bool:
    """Whether a text stops without the line end that closes every page: it may have been cut off."""
    return text[-1:] not in ("\n", "\r", "\f", " ", "")


def overlong_line(lines: tuple[Line, ...]) -> Line | None:
    """Return the first line longer than any page has room for: the file is not such a text."""
    return next((line for line in lines if len(line.text) > MAX_LINE_LENGTH), None)


_SPACES = re.compile("[ \t]+")


def split_pieces(lines: tuple[Line, ...]) -> tuple[Piece, ...]:
    """Cut the lines at their half-width spaces, where cells of one line each meet (and texts have spaces)."""
    pieces: list[Piece] = []
    for line in lines:
        words = _SPACES.split(line.text)
        for index, word in enumerate(words):
            before = line.before if index == 0 else Gap.SPACE
            pieces.append(Piece(word, line, before, index == len(words) - 1))
    return tuple(pieces)
