"""What a workbook's number format says about a number beside its digits."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

_PLAIN: Final = frozenset({"", "general", "@", "g/標準", "標準"})
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|!(.)')
_BRACKETS = re.compile(r"\[[^\]]*\]")
_PADDING = re.compile(r"[_*].")
_DATE_LETTERS = re.compile(r"[ymdhs]|g+e|(?<![0#?.])e(?![+-])|ge", re.IGNORECASE)
_TRAILING_COMMAS = re.compile(r"[0#?](,+)(?![0#?,])")
_FRACTION = re.compile(r"[?#0]\s*/\s*[?#0-9]")
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a cell shows its number.

    `percent`: shown a hundredfold; `thousands`: how many times divided by 1,000 when shown (trailing
    commas); `prefix`, `suffix`: text printed beside the digits, often a unit.
    """

    percent: bool = False
    date: bool = False
    fraction: bool = False
    thousands: int = 0
    prefix: str = ""
    suffix: str = ""


PLAIN_FORMAT: Final = NumberFormat()


def read_number_format(code: str | None, value: Decimal) -> NumberFormat:
    """Read the format code of the section that applies to a value (positive;negative;zero)."""
    if code is None or code.strip().lower() in _PLAIN:
        return PLAIN_FORMAT
    return _read_section(code, int(value.compare(0)))


@lru_cache(maxsize=1024)
def _read_section(code: str, sign: int) -> NumberFormat:
    section = _section_for(code, sign)
    bare = _PADDING.sub("", _BRACKETS.sub("", _QUOTED.sub("", section)))
    codes = re.sub(r"[^\x00-\x7f]", "", bare)
    prefix, suffix = _literals(section)
    if codes.strip().lower() in _PLAIN:
        return NumberFormat(prefix=prefix, suffix=suffix)
    commas = _TRAILING_COMMAS.search(codes)
    return NumberFormat(
        percent="%" in codes,
        date=_ELAPSED.search(section) is not None or _DATE_LETTERS.search(codes) is not None,
        fraction=_FRACTION.search(codes) is not None,
        thousands=len(commas[1]) if commas else 0,
        prefix=prefix,
        suffix=suffix,
    )


_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^\]-]+)(?:-[0-9A-Fa-f]+)?\]|\[[^\]]*\]|[_*].|E[+-]'
    r"|(?P<digit>[0#?]|General|G/標準)|(?P<sign>[()+-])|(?P<letter>[^\x00-\x7f])|.",
    re.IGNORECASE | re.DOTALL,
)


def _literals(section: str) -> tuple[str, str]:
    """Return the text printed before and behind the digits."""
    parts = ["", ""]
    behind = 0
    for piece in _PIECE.finditer(section):
        if piece["digit"]:
            behind = 1
            continue
        text = (
            piece["quoted"] or piece["escaped"] or piece["currency"] or piece["sign"] or piece["letter"] or ""
        )
        parts[behind] += text
    before, after = (part.strip().replace("\\", "¥") for part in parts)
    return before, after


def _section_for(code: str, sign: int) -> str:
    sections = _split(code)
    if len(sections) > 1 and sign < 0:
        return sections[1]
    if len(sections) > 2 and sign == 0:
        return sections[2]
    return sections[0]


def _split(code: str) -> list[str]:
    """Split at semicolons outside quotes."""
    return re.findall(r'(?:^|(?<=;))((?:"[^"]*"|\\.|[^;"\\])*)', code) or [code]
