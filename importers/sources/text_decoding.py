"""Bytes of a text file to characters, without ever guessing.

Order: byte order mark, strict UTF-8, strict cp932 (what Windows writes in Japan). A file in which both
encodings occur is refused with the first line of the second one; so is everything else.
"""

import codecs
import re
from dataclasses import dataclass

from importers.calculations.rows import Location
from importers.sources.refusals import RefusedFile, refuse

# What Python's cp932 lets through although no Windows program writes it: C1 controls and the end-user
# defined single bytes 0xA0, 0xFD-0xFF. Their presence means that the file is in another encoding.
_NOT_CP932 = re.compile("[\x80-\x9f\xa0\uf8f0-\uf8f3]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
# More control characters than this share of a text mean that it is none; a stray one is cleaned away later.
_CONTROL_SHARE = 200
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]")
_MARKS = (
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The characters of a text file and the encoding they were in (`utf-8`, `utf-8-sig`, `cp932` …)."""

    text: str
    encoding: str


def decode_text(data: bytes, file: str) -> DecodedText:
    """Return the text of a file.

    :raises RefusedFile: two encodings in one file, an unknown one, or bytes that are no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], encoding, file)
    if b"\x00" in data:
        raise refuse("not_text", Location(file), _AS_UTF8.format("は文字コードが分からない"))
    if data.startswith(b"\x1b$") or b"\x1b$B" in data[:4096]:
        raise refuse(
            "unknown_encoding", Location(file), _AS_UTF8.format("の文字コードがJIS（ISO-2022-JP）な")
        )
    try:
        return _checked(data.decode("utf-8"), "utf-8", file)
    except UnicodeDecodeError as error:
        return _decode_cp932(data, error, file)


_AS_UTF8 = "{}ので、文字コードをUTF-8かShift_JIS（Windows標準）にして保存し直してください。"


def _decode_marked(data: bytes, encoding: str | None, file: str) -> DecodedText:
    if encoding is None:
        raise refuse("unknown_encoding", Location(file), _AS_UTF8.format("の文字コードがUTF-32な"))
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            raise _broken_utf8(data, error, file) from None
        raise refuse("not_text", Location(file), _AS_UTF8.format("は途中で壊れている")) from None
    return _checked(text, "utf-8-sig" if encoding == "utf-8" else encoding, file)


def _decode_cp932(data: bytes, utf8_error: UnicodeDecodeError, file: str) -> DecodedText:
    if _has_utf8_line(data):
        raise _broken_utf8(data, utf8_error, file)
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError as error:
        place = Location(file, line=_line_of(data, error.start))
        what = f"の{place.line}行目はUTF-8としてもShift_JISとしても読めない"
        raise refuse("unknown_encoding", place, _AS_UTF8.format(what)) from None
    if _NOT_CP932.search(text) or _looks_like_euc(data, text):
        raise refuse(
            "unknown_encoding", Location(file), _AS_UTF8.format("の文字コードがUTF-8でもShift_JISでもない")
        )
    return _checked(text, "cp932", file)


def _has_utf8_line(data: bytes) -> bool:
    """Tell whether some line can only have been written as UTF-8.

    Four Japanese characters in a row that are also well-formed UTF-8 do not happen by chance in cp932:
    every third byte would have to fall into one half of the second bytes.
    """
    return any(_is_utf8_japanese(line) for line in data.splitlines() if not line.isascii())


def _is_utf8_japanese(line: bytes) -> bool:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum(1 for character in text if character >= "\u0800") >= 4


def _broken_utf8(data: bytes, error: UnicodeDecodeError, file: str) -> RefusedFile:
    line = _line_of(data, error.start)
    place = Location(file, line=line)
    tail = data[error.start :]
    if error.end >= len(data) or (len(tail) < 4 and error.reason == "unexpected end of data"):
        return refuse(
            "truncated",
            place,
            f"は{line}行目の文字の途中で切れているので、元のファイルを保存し直してください。",
        )
    what = f"は二つの文字コードが混ざっていて{line}行目からUTF-8として読めない"
    return refuse("mixed_encodings", place, _AS_UTF8.format(what))


def _line_of(data: bytes, position: int) -> int:
    before = data[:position].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1


def _looks_like_euc(data: bytes, text: str) -> bool:
    """Tell whether cp932 gave little but half-width kana, as it does with EUC-JP, while EUC-JP fits."""
    wide = [character for character in text if not character.isascii()]
    kana = len(_HALF_WIDTH_KANA.findall(text))
    if not wide or kana * 2 < len(wide):
        return False
    try:
        data.decode("euc_jp")
    except UnicodeDecodeError:
        return False
    return True


def _checked(text: str, encoding: str, file: str) -> DecodedText:
    found = _CONTROLS.search(text)
    if found is not None and len(_CONTROLS.findall(text)) * _CONTROL_SHARE > len(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"の{line}行目に文字でないデータ（制御文字）がある"
        raise refuse("not_text", Location(file, line=line), _AS_UTF8.format(what))
    return DecodedText(text, encoding)
