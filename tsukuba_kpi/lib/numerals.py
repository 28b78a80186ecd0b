"""Numbers as people write them in Japanese: digits of any width, groups of three, 万 and 億."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tsukuba_kpi.lib.decimals import EXACT
from tsukuba_kpi.lib.japanese_text import DASHES, TILDES, VARIATION_SELECTORS

NEGATIVE_MARK: Final = "△"  # one shape for △ ▲ ∆ Δ in plain text
_MULTIPLIERS: Final = {"十": 1, "百": 2, "千": 3, "万": 4, "億": 8, "兆": 12}
_MYRIAD: Final = 4  # from 万 on a multiplier covers the whole section before it

_SAME_SHAPE: Final = (
    {ord(dash): "-" for dash in DASHES}
    | {ord(tilde): "~" for tilde in TILDES}
    | dict.fromkeys(map(ord, "△▲∆Δ▵▴"), NEGATIVE_MARK)
    | {ord("￥"): "¥", ord("⁄"): "/", ord("∕"): "/", ord("÷"): "/", ord("萬"): "万", ord("‥"): "…"}
)
# What shows nothing and joins what stands beside it. Marks that strike digits out or turn the direction of
# writing stay, so that nobody reads a number that is not seen.
INVISIBLE: Final = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text with one shape for every digit, sign and bracket, and the way back to what was written."""

    text: str
    written: str
    origins: tuple[int, ...]

    def source(self, start: int, end: int) -> str:
        """Return the characters of the document that stand behind a part of the plain text."""
        if start >= end:
            return ""
        return self.written[self.origins[start] : self.origins[end - 1] + 1].strip()


def plain_text(written: str) -> PlainText:
    """Fold widths, dashes, tildes, minus triangles and white space; leave every other character.

    Unlike NFKC this keeps ①, ², ½, ㎡ and Ⅰ apart from digits and letters.
    """
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(written):
        folded = _fold(character)
        if folded:
            characters.append(folded)
            origins.append(index)
    first, last = 0, len(characters)
    while first < last and characters[first] == " ":
        first += 1
    while last > first and characters[last - 1] == " ":
        last -= 1
    return PlainText("".join(characters[first:last]), written, tuple(origins[first:last]))


def _fold(character: str) -> str:
    code = ord(character)
    if code in _SAME_SHAPE:
        return _SAME_SHAPE[code]
    if 0xFF01 <= code <= 0xFF5E:
        return chr(code - 0xFEE0)
    if character.isspace() or unicodedata.category(character) == "Cc":
        return " "
    if character in INVISIBLE or code in VARIATION_SELECTORS:
        return ""
    return "・" if character == "･" else "ー" if character == "ｰ" else character


def foreign_digit(text: str) -> str | None:
    """Return the first character that means a number and is no digit 0-9: ①, ½, Ⅳ, ٣, a superscript.

    A 2 or 3 set high or low behind a letter belongs to a unit (m², CO₂).
    """
    for index, character in enumerate(text):
        if character in "0123456789" or unicodedata.category(character) not in {"Nd", "No", "Nl"}:
            continue
        behind_letter = index > 0 and text[index - 1].isascii() and text[index - 1].isalpha()
        if not (character in SUPERSCRIPTS and behind_letter):
            return character
    return None


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number read from the start of a text; value None where its writing cannot be trusted."""

    value: Decimal | None
    end: int
    scaled: bool  # written with 十 … 兆

    @property
    def readable(self) -> bool:
        """Whether the number could be read."""
        return self.value is not None


_RUN = re.compile(r"\.?[0-9][0-9,.]*")
_GROUPED = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+")
_TOKEN = re.compile(r" *(?:(?P<multiplier>[十百千万億兆])|(?P<run>\.?[0-9][0-9,.]*))")


def read_numeral(text: str, start: int = 0) -> Numeral | None:
    """Read an unsigned number of plain text from a place on; None where none begins there.

    1,234 / 12.5 / .5 / 2.8万 / 3億1,480万 / 7万2千. Digits grouped in any other way, and multipliers that
    do not descend, make it unreadable.
    """
    if _RUN.match(text, start) is None:
        return None
    tokens: list[str] = []
    position = start
    while (match := _TOKEN.match(text, position)) is not None:
        run = match["run"]
        if run is not None and tokens and tokens[-1] not in _MULTIPLIERS:
            break
        tokens.append(run or match["multiplier"])
        position = match.end()
    return Numeral(_evaluate(tokens), position, scaled=len(tokens) > 1)


def _evaluate(tokens: list[str]) -> Decimal | None:
    runs = [token for token in tokens if token not in _MULTIPLIERS]
    if not all(_GROUPED.fullmatch(run) for run in runs):
        return None
    if len(runs) > 1 and any("." in run for run in runs):
        return None
    total, section, current = Decimal(0), Decimal(0), None
    room_in_section: int | None = None  # what still comes must be smaller than 10^room
    room: int | None = None
    for token in tokens:
        power = _MULTIPLIERS.get(token)
        if power is None:
            current = Decimal(token.replace(",", ""))
        elif power < _MYRIAD:
            if current is None or not _fits(current, power, room_in_section):
                return None
            section = EXACT.add(section, current.scaleb(power, EXACT))
            room_in_section, current = power, None
        else:
            amount = EXACT.add(section, current or Decimal(0))
            no_digits = current is None and room_in_section is None
            if no_digits or not _section_fits(current, room_in_section) or not _fits(amount, power, room):
                return None
            total = EXACT.add(total, amount.scaleb(power, EXACT))
            section, current, room_in_section, room = Decimal(0), None, None, power
    if not _section_fits(current, room_in_section):
        return None
    amount = EXACT.add(section, current or Decimal(0))
    return EXACT.add(total, amount) if _fits(amount, 0, room) else None


def _fits(amount: Decimal, power: int, room: int | None) -> bool:
    return room is None or amount.scaleb(power, EXACT) < Decimal(1).scaleb(room)


def _section_fits(current: Decimal | None, room: int | None) -> bool:
    return current is None or _fits(current, 0, room)
