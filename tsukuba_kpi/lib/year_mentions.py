"""How a year stands in Japanese text: eras, and the grammar of one mention. Read through `fiscal_year`."""

import datetime
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final, Literal

from tsukuba_kpi.lib.japanese_text import DASHES, TILDES

FIRST_YEAR: Final = 1868
LAST_YEAR: Final = 2100
APRIL: Final = 4

YearKind = Literal["fiscal", "calendar", "month"]


@dataclass(frozen=True, slots=True)
class Era:
    """An era of the Japanese calendar and the day it began."""

    name: str
    letter: str
    first_day: datetime.date
    base: int  # Gregorian year = base + year of the era


# Each era ends on the day before the next one begins (laws and cabinet orders on 元号; Meiji by the
# Gregorian calendar from 1873 on, which no plan's figures precede).
ERAS: Final = (
    Era("明治", "M", datetime.date(1868, 10, 23), 1867),
    Era("大正", "T", datetime.date(1912, 7, 30), 1911),
    Era("昭和", "S", datetime.date(1926, 12, 25), 1925),
    Era("平成", "H", datetime.date(1989, 1, 8), 1988),
    Era("令和", "R", datetime.date(2019, 5, 1), 2018),
)
ERA_BY_SPELLING: Final = {
    spelling: era for era in ERAS for spelling in (era.name, era.letter, era.letter.lower(), era.name[0])
}


@dataclass(frozen=True, slots=True)
class YearReading:
    """What a text says about a year.

    `kind` is "fiscal" for 年度 and for a year without a word behind it, "calendar" for 年 (its
    `fiscal_year` is then the calendar year's number), "month" for a month or a day (its fiscal year is
    the one that contains it). `note` is a Japanese sentence for a person where the spelling is odd.
    """

    fiscal_year: int
    kind: YearKind = "fiscal"
    note: str | None = None


def fiscal_year_of_month(year: int, month: int) -> int:
    """Return the fiscal year that contains a month of a calendar year."""
    return year if month >= APRIL else year - 1


# --- the grammar: one mention of a year, as it stands in normalised text -----------------------------

_KANJI_DIGITS: Final = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0}
_ERA_WORDS: Final = "令和|平成|昭和|大正|明治"
_NUMERAL: Final = r"(?:元|[0-9]{1,3}|[〇零一二三四五六七八九十]{1,5})"
# One letter or one kanji stands for an era only before a number of two digits; M and T, which also begin
# names and magnitudes, only where 年 follows.
MENTION: Final = re.compile(
    r"(?:"
    rf"(?:(?P<word>{_ERA_WORDS})|(?P<letter>(?<![A-Za-z])(?:[SHRshr]|[MTmt](?=[0-9元]+年))|(?<![一-鿿])[令平昭])\.?)"
    rf"(?P<era_year>(?(word){_NUMERAL}|(?:元|[0-9]{{1,2}}(?![0-9]))))"
    r"|(?:西暦|(?P<fy>FY|fy))?"
    r"(?P<western>(?<![0-9.,])(?:1[89]|20|21)[0-9]{2}|[一二][〇零一二三四五六七八九]{3})(?![0-9])"
    r"|(?P<bare>(?<![0-9.,])(?:元|[0-9]{1,2})(?![0-9]))"
    r")"
    r"(?P<unit>年度|年)?"
)
_AFTER_YEAR: Final = re.compile(
    r"(?P<kanji>(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>[0-9]{1,2})日)?)"
    r"|[./-](?P<month2>1[0-2]|0?[1-9])(?:[./-](?P<day2>[0-9]{1,2}))?(?![0-9.])月?"
)
_IMPOSSIBLE_MONTH: Final = re.compile(r"[0-9]+月")


@dataclass(frozen=True, slots=True)
class Mention:
    """One year as written, before it is settled what it means."""

    start: int
    end: int
    year: int | None  # None: written as a year, and contradictory or impossible
    explicit: bool  # says by itself that it is a year (an era word, 年, 年度, FY)
    unit: str | None
    month: int | None
    note: str | None

    @property
    def reading(self) -> YearReading | None:
        """Return the year meant, or None when the text does not settle it."""
        if self.year is None:
            return None
        if self.month is not None:
            return YearReading(fiscal_year_of_month(self.year, self.month), "month", self.note)
        return YearReading(self.year, "calendar" if self.unit == "年" else "fiscal", self.note)


_LOOSE_SPACE: Final = re.compile(r"(?<![0-9])\s+|\s+(?![\s0-9])")


def written_era(match: re.Match[str]) -> Era | None:
    """Return the era that a match of `MENTION` names, None where it has none."""
    spelling = match["word"] or match["letter"]
    return ERA_BY_SPELLING[spelling] if spelling else None


def normalise(text: str) -> str:
    """Return a text with one spelling of digits, dashes and tildes and without white space.

    Space between two digits stays: R6 1 is not R61.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = plain.translate(
        {ord(dash): "-" for dash in DASHES} | {ord(tilde): "~" for tilde in TILDES} | {ord("／"): "/"}
    )
    return _LOOSE_SPACE.sub("", plain)


def _era_number(text: str) -> int | None:
    if text == "元":
        return 1
    if text.isascii():
        return int(text)
    if "十" not in text:
        return int("".join(str(_KANJI_DIGITS[digit]) for digit in text)) if len(text) <= 2 else None
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return None
    return (_KANJI_DIGITS[tens] if tens else 1) * 10 + (_KANJI_DIGITS[ones] if ones else 0)


def _western_number(text: str) -> int:
    return int("".join(digit if digit.isascii() else str(_KANJI_DIGITS[digit]) for digit in text))


def mention_at(text: str, start: int, era: Era | None) -> Mention | None:
    """Read the year that begins at a place of normalised text; `era` serves a number without one."""
    match = MENTION.match(text, start)
    if match is None or text.startswith("代", match.end()):  # 2020年代
        return None
    named = written_era(match)
    if match["bare"] is not None:
        if era is None:
            return None
        named, number = era, _era_number(match["bare"])
    elif match["western"] is not None:
        number = _western_number(match["western"])
    else:
        number = _era_number(match["era_year"])
    year = _gregorian(named, number)
    unit, end, month, day = match["unit"], match.end(), None, None
    after = _AFTER_YEAR.match(text, end)
    if after is not None and _month_may_follow(unit, after):
        month = int(after["month"] or after["month2"])
        day = int(after["day"] or after["day2"] or 0) or None
        end = after.end()
    elif unit == "年" and _IMPOSSIBLE_MONTH.match(text, end):
        year = None
    if year is not None and not _day_exists(year, month, day):
        year = None
    note = _era_note(named, year, month, day, unit) if named is not None and year else None
    explicit = match["word"] is not None or unit is not None or match["fy"] is not None
    return Mention(start, end, year, explicit, unit, month, note)


def _month_may_follow(unit: str | None, after: re.Match[str]) -> bool:
    if unit == "年度":
        return False
    return (unit == "年") == (after["kanji"] is not None)


def _gregorian(era: Era | None, number: int | None) -> int | None:
    if number is None or number < 1:
        return None
    year = number if era is None else era.base + number
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def _day_exists(year: int, month: int | None, day: int | None) -> bool:
    if month is None or day is None:
        return True
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def _era_note(era: Era, year: int, month: int | None, day: int | None, unit: str | None) -> str | None:
    """Return a sentence where a year is written in an era that had ended or not begun by then.

    A fiscal year may carry the era in which it began (平成31年度 = 令和元年度), a calendar year the era of
    any of its days.
    """
    index = ERAS.index(era)
    following = ERAS[index + 1] if index + 1 < len(ERAS) else None
    if month is not None:
        first = datetime.date(year, month, day or 1)
        last = first if day else _end_of_month(year, month)
        word = f"年{month}月"
    else:
        first = datetime.date(year, 1 if unit == "年" else APRIL, 1)
        last = datetime.date(year, 12, 31)
        word = "年" if unit == "年" else "年度"
    if (following is None or first < following.first_day) and last >= era.first_day:
        return None
    proper = next((candidate for candidate in reversed(ERAS) if candidate.first_day <= last), ERAS[0])
    return f"{_in_era(era, year)}{word}は{_in_era(proper, year)}{word}と読みました。"


def _in_era(era: Era, year: int) -> str:
    return f"{era.name}{'元' if year - era.base == 1 else year - era.base}"


def _end_of_month(year: int, month: int) -> datetime.date:
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return following - datetime.timedelta(days=1)


# --- mentions that explain each other: 令和6(2024)年度, 令和元年度（平成31年度） --------------------

_CLOSING: Final = {"(": ")", "[": "]", "〔": "〕", "<": ">", "【": "】"}


def joined_at(text: str, start: int, era: Era | None) -> Mention | None:
    """Read a year and the second spelling of the same year that may stand in brackets or after / ・ =.

    A second spelling that names another year makes the whole unreadable: year None.
    """
    first = mention_at(text, start, era)
    if first is None:
        return None
    bracketed = _bracketed_after(text, first)
    if bracketed is not None:
        return bracketed
    if text[first.end : first.end + 1] in {"/", "・", "=", "、", ","}:
        second = mention_at(text, first.end + 1, None)
        if second is not None and _same(first, second):
            return _merged(first, second, second.end)
    return first


def _bracketed_after(text: str, first: Mention) -> Mention | None:
    closing = _CLOSING.get(text[first.end : first.end + 1])
    if closing is None:
        return None
    second = mention_at(text, first.end + 1, None)
    if second is None or text[second.end : second.end + 1] != closing:
        return None
    end = second.end + 1
    unit = next((word for word in ("年度", "年") if text.startswith(word, end)), None)
    if unit is not None and first.unit is None and second.unit is None:
        end += len(unit)
        after = _AFTER_YEAR.match(text, end)
        month = None
        if unit == "年" and after is not None and after["kanji"]:
            month, end = int(after["month"]), after.end()
        first = replace(first, unit=unit, month=month)
        second = replace(second, unit=unit, month=month)
    if not _same(first, second):
        return Mention(first.start, end, None, explicit=True, unit=first.unit, month=None, note=None)
    return _merged(first, second, end)


def _same(first: Mention, second: Mention) -> bool:
    one, other = first.reading, second.reading
    return one is not None and other is not None and one.fiscal_year == other.fiscal_year


def _merged(first: Mention, second: Mention, end: int) -> Mention:
    # Two spellings that agree leave nothing to ask: 平成32年度（令和2年度） needs no note.
    return Mention(
        first.start, end, first.year, explicit=True, unit=first.unit or second.unit,
        month=first.month, note=first.note and second.note,
    )  # fmt: skip


def era_named(era: str | None) -> Era | None:
    """Return the era of a spelling (令和, R, ㋿), None for None.

    :raises ValueError: there is no such era
    """
    if era is None:
        return None
    hint = ERA_BY_SPELLING.get(normalise(era))
    if hint is None:
        raise ValueError(f"no such era: {era!r}")
    return hint
