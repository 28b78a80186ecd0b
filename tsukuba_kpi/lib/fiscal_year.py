"""Fiscal years, months and periods as Japanese documents write them.

A fiscal year is an int: the Gregorian year in which it begins (令和6年度 = R6 = 2024, April 2024 to
March 2025). Nothing is guessed: what is contradictory or has no era reads as None, and what is
readable but odd (平成32年度, written before the era ended) carries a `note` for a person.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Final

from tsukuba_kpi.lib.year_mentions import (
    APRIL,
    ERAS,
    MENTION,
    Era,
    Mention,
    YearKind,
    YearReading,
    era_named,
    fiscal_year_of_month,
    joined_at,
    mention_at,
    normalise,
    written_era,
)

__all__ = [
    "Period",
    "YearReading",
    "day_words",
    "era_and_western",
    "era_label",
    "find_fiscal_years",
    "find_period",
    "find_years",
    "fiscal_year_of",
    "fiscal_year_of_month",
    "parse_fiscal_year",
    "parse_month",
    "parse_period",
    "read_year",
    "short_era_label",
]


@dataclass(frozen=True, slots=True)
class Period:
    """Fiscal years from `first` to `last`, both included; None where the text leaves an end open."""

    first: int | None
    last: int | None
    note: str | None = None

    @property
    def years(self) -> int | None:
        """Number of fiscal years, None for an open period."""
        return None if self.first is None or self.last is None else self.last - self.first + 1


def day_words(day: datetime.date) -> str:
    """Return a day as people write it: 2026年6月5日 (strftime has no such form on Windows)."""
    return f"{day.year}年{day.month}月{day.day}日"


def fiscal_year_of(day: datetime.date) -> int:
    """Return the fiscal year that contains a day."""
    return fiscal_year_of_month(day.year, day.month)


def era_label(fiscal_year: int) -> str:
    """Return a fiscal year in words: 令和6年度, 令和元年度 for 2019.

    The era is that of most of the year: 2019 is 令和元年度, 1989 平成元年度.

    :raises ValueError: before 1868
    """
    era, number = _era_of(fiscal_year)
    return f"{era.name}{'元' if number == 1 else number}年度"


def short_era_label(fiscal_year: int) -> str:
    """Return a fiscal year as narrow columns print it: R6, R1 for 2019.

    :raises ValueError: before 1868
    """
    era, number = _era_of(fiscal_year)
    return f"{era.letter}{number}"


def era_and_western(fiscal_year: int) -> str:
    """Return a fiscal year as open data asks for it: 令和6年度（2024年度）.

    :raises ValueError: before 1868
    """
    return f"{era_label(fiscal_year)}（{fiscal_year}年度）"


def _era_of(fiscal_year: int) -> tuple[Era, int]:
    for era in reversed(ERAS):
        if fiscal_year > era.base:
            return era, fiscal_year - era.base
    raise ValueError(f"no era for {fiscal_year}")


# --- reading a whole text --------------------------------------------------------------------------


_YEAR_ENDINGS: Final = frozenset({"", "末", "現在", "末現在", "時点", "末時点", "中"})
_MONTH_ENDINGS: Final = _YEAR_ENDINGS | {"頃", "ごろ", "上旬", "中旬", "下旬"}


def read_year(text: str, *, era: str | None = None) -> YearReading | None:
    """Return the one year that a text consists of, or None.

    Reads 平成31年度, 令和元年度, H31, R1, Ｒ６, ㍻27, 2019, 2019年度, FY2019, 令和6(2024)年度,
    平成31年度（令和元年度）, H28.4, 令和6年3月31日 and kanji numerals. Two spellings of one year must agree.
    A number without era (27年度) is read only with `era` (平成, H …). Other words in the text make it
    None: use `find_years` for headings.

    :raises ValueError: `era` names no era
    """
    plain = normalise(text).strip("()[]〔〕【】<>'\"")
    balanced = plain + ")" if plain.count("(") > plain.count(")") else plain
    for candidate in (plain, balanced):
        mention = joined_at(candidate, 0, era_named(era))
        if mention is not None and candidate[mention.end :] in _YEAR_ENDINGS:
            return mention.reading
    return None


def parse_fiscal_year(text: str, *, era: str | None = None) -> int | None:
    """Return the fiscal year of `read_year`, or None. Of a calendar year (2024年) it is that number.

    :raises ValueError: `era` names no era
    """
    reading = read_year(text, era=era)
    return None if reading is None else reading.fiscal_year


def parse_month(text: str, *, era: str | None = None) -> tuple[int, int] | None:
    """Return (calendar year, month) of a text that is a month or a day: H28.4, 平成28年4月, 2016/4/1.

    :raises ValueError: `era` names no era
    """
    plain = normalise(text).strip("()[]'\"")
    mention = joined_at(plain, 0, era_named(era))
    if mention is None or mention.year is None or mention.month is None:
        return None
    if plain[mention.end :] not in _MONTH_ENDINGS:
        return None
    return mention.year, mention.month


def find_years(text: str) -> list[YearReading]:
    """Return the years that a longer text mentions, in order, each fiscal year and kind once.

    Only what says that it is a year counts: an era word, R6 or H30 standing free, 年, 年度 or FY. A number
    like 2019 alone may be a count, and contradictory spellings (令和6(2023)年度) are left out.
    """
    found: dict[tuple[int, YearKind], YearReading] = {}
    for mention in _mentions(normalise(text)):
        reading = mention.reading
        if reading is not None:
            found.setdefault((reading.fiscal_year, reading.kind), reading)
    return list(found.values())


def find_fiscal_years(text: str) -> list[int]:
    """Return the fiscal years that a longer text mentions (R6年度実績 → 2024), each once, in order."""
    return list(dict.fromkeys(reading.fiscal_year for reading in find_years(text)))


def _mentions(plain: str) -> list[Mention]:
    mentions: list[Mention] = []
    position = 0
    while position < len(plain):
        mention = joined_at(plain, position, None)
        if mention is not None and (mention.explicit or _letter_stands_free(plain, mention)):
            run = [mention, *_following(plain, mention)]
            mentions += run
            position = run[-1].end
        elif mention is not None and plain[position].isdigit():
            position = mention.end
        else:
            position += 1
    return mentions


_ALSO: Final = re.compile(
    r"(?:[・、,~-]|及び|と)(?=[0-9]{1,2}(?P<unit>年度|年(?!代)|(?![0-9A-Za-z.年月人件])))"
)


def _following(plain: str, first: Mention) -> list[Mention]:
    """Return the years that share the era of the one before: 令和5・6年度, H29・30, H22～26.

    Behind a year that has its own word (令和5年度、10年ぶり) only one with 年度 counts, and only a later one.
    """
    match = MENTION.match(plain, first.start)
    era = None if match is None else written_era(match)
    found: list[Mention] = []
    last = first
    while era is not None and last.month is None:
        also = _ALSO.match(plain, last.end)
        if also is None or (last.unit is not None and also["unit"] != "年度"):
            break
        following = mention_at(plain, also.end(), era)
        if following is None or following.month is not None or not (following.year or 0) > (last.year or 0):
            break
        found.append(following)
        last = following
    return found


def _letter_stands_free(plain: str, mention: Mention) -> bool:
    """Say whether R6 or H30 inside a text is a year: R2D2 and S3 are names."""
    letter, length = plain[mention.start], mention.end - mention.start
    if letter not in "RHrhS令平昭" or (letter == "S" and length < 3):
        return False
    following = plain[mention.end : mention.end + 1]
    return not (following.isascii() and following.isalnum()) and following != "."


# --- periods -----------------------------------------------------------------------------------------

_TO: Final = re.compile(r"(?:~|-|から|より|以降)")
_SPAN: Final = re.compile(r"の?(?P<count>[0-9]{1,2})(?:(?:か|カ|ヵ|ヶ|ケ|箇|個)?年度?間?|年度間)")
_DECORATION: Final = re.compile(
    r"(?:まで)?(?:の)?(?:間|期間|計|合計|累計|平均|年平均|期間平均|計画期間|期間累計|期間合計|における|にかけて)?(?:の)?"
)


def parse_period(text: str, *, era: str | None = None) -> Period | None:
    """Return the period that a text consists of, or None.

    Reads H22～26の5年間, 平成27年度から平成31年度まで, R2～R6, 平成27～31年度, 2020-2024年度,
    令和2年度から5年間, open ends (平成30年度から, 令和6年度まで) and a single year. The second year takes
    the era of the first. A number of years that does not fit, or an end before the beginning, gives None.

    :raises ValueError: `era` names no era
    """
    plain = normalise(text).strip("[]【】'\"")
    if plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1]
    if plain.startswith("~"):
        last = joined_at(plain, 1, era_named(era))
        if last is None or last.reading is None or last.end != len(plain):
            return None
        return Period(None, last.reading.fiscal_year, last.note)
    found = _period_at(plain, 0, era_named(era))
    if found is None:
        return None
    period, end = found
    rest = _DECORATION.match(plain, end)
    return period if rest is not None and rest.end() == len(plain) else None


def find_period(text: str) -> Period | None:
    """Return the one period of several or open years that a longer text names, or None.

    平成27年度から平成31年度までの新規創業数 → 2015 to 2019; 立地件数（平成30年度からの累計） → 2018 on.
    Single years are no period here; two different periods give None.
    """
    plain = normalise(text)
    periods: dict[tuple[int | None, int | None], Period] = {}
    position = 0
    while position < len(plain):
        mention = joined_at(plain, position, None)
        found = None if mention is None else _period_at(plain, position, None)
        if mention is None or found is None:
            position = mention.end if mention is not None else position + 1
            continue
        period, end = found
        if period.first != period.last and _says_years(plain, mention, end):
            periods[period.first, period.last] = period
        position = max(end, mention.end)
    return next(iter(periods.values())) if len(periods) == 1 else None


def _says_years(plain: str, mention: Mention, end: int) -> bool:
    """Say whether a period in running text is one: 2019～2021 alone may be two counts."""
    return mention.explicit or plain[mention.start] in "RHrhS" or "年" in plain[mention.start : end]


def _period_at(plain: str, start: int, era: Era | None) -> tuple[Period, int] | None:
    first, separator = _first_of_period(plain, start, era)
    if first is None or first.year is None or first.reading is None:
        return None
    begin = first.reading.fiscal_year
    if separator is None:
        tail = plain[first.end :]
        if tail.startswith(("まで", "以前")):
            return Period(None, begin, first.note), first.end + 2
        return Period(begin, begin, first.note), first.end
    last = _last_of_period(plain, separator.end(), plain[first.start : first.end], begin)
    if last is None:
        return _open_or_counted(plain, first, begin, separator.end())
    if last.reading is None:
        return None
    finish = last.reading.fiscal_year
    if finish < begin:
        return None
    end = last.end + (2 if plain.startswith("まで", last.end) else 0)
    span = _SPAN.match(plain, end) or _bracketed_span(plain, end)
    if span is not None:
        if int(span["count"]) != finish - begin + 1:
            return None
        end = span.end() + (1 if plain[span.end() : span.end() + 1] == ")" and plain[end] == "(" else 0)
    return Period(begin, finish, first.note or last.note or _months_note(first, last)), end


def _months_note(first: Mention, last: Mention) -> str | None:
    """Return a sentence where months are not the whole of their fiscal years (April to March)."""
    if first.month in {None, APRIL} and last.month in {None, APRIL - 1}:
        return None
    return "月で示された期間を、その月を含む年度の期間として読みました。"


def _bracketed_span(plain: str, end: int) -> re.Match[str] | None:
    if plain[end : end + 1] != "(":
        return None
    span = _SPAN.match(plain, end + 1)
    return span if span is not None and plain[span.end() : span.end() + 1] in {")", ""} else None


def _first_of_period(plain: str, start: int, era: Era | None) -> tuple[Mention | None, re.Match[str] | None]:
    """Read the first year and the separator behind it; H22-26 is years 22 to 26, not a month."""
    match = MENTION.match(plain, start)
    if match is not None and written_era(match) and plain[match.end() : match.end() + 1] == "-":
        bare = re.compile(r"-[0-9]{1,2}(?:年度?|の|$)").match(plain, match.end())
        if bare is not None and match["unit"] is None:
            first = mention_at(plain[: match.end()], start, era)
            return first, _TO.match(plain, match.end())
    first = joined_at(plain, start, era)
    return first, None if first is None else _TO.match(plain, first.end)


def _last_of_period(plain: str, start: int, first_text: str, begin: int) -> Mention | None:
    span = _SPAN.match(plain, start)
    if span is not None and span.group()[-1] == "間":
        return None  # から5年間: a length, not a year
    if re.compile(r"[0-9]{1,2}(?:か|カ|ヵ|ヶ|ケ|箇|個)年").match(plain, start):
        return None
    match = MENTION.match(first_text)
    era = None if match is None else written_era(match)
    if era is None:
        short = re.compile(r"([0-9]{2})(年度|年)?(?![0-9])").match(plain, start)
        if short is not None:  # 2019～21年度
            year = begin // 100 * 100 + int(short[1])
            return Mention(start, short.end(), year, explicit=True, unit=short[2], month=None, note=None)
    return joined_at(plain, start, era)


def _open_or_counted(plain: str, first: Mention, begin: int, end: int) -> tuple[Period, int]:
    span = _SPAN.match(plain, end)
    if span is not None and int(span["count"]) > 0:
        return Period(begin, begin + int(span["count"]) - 1, first.note), span.end()
    return Period(begin, None, first.note), end
