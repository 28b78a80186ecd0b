"""Headings of yearly figures: which fiscal year a column is of, and whether target or actual.

The year and the word may stand over one another in any order (「令和２年度」 over 「目標」「実績」, 「実績」
over the years) or in one cell (「R6目標値」, 「実績値（2024）」).
"""

import re
from dataclasses import dataclass
from typing import Final

from tsukuba_kpi.lib.fiscal_year import find_period, find_years, parse_fiscal_year, read_year
from tsukuba_kpi.lib.japanese_text import match_key

MEASURES: Final = ("target", "actual", "preliminary", "estimated", "status", "note", "baseline")
# The first pattern that fits a level of the heading decides. What is neither target nor actual of a whole
# year must not be taken for one.
_OTHER = re.compile(
    "達成率|進捗率|達成度|進捗度|達成状況|進捗状況|増減|前年度?比|伸び|評価|判定|半期|四半期|中間(?!目標)|月まで|累計比|順位|構成比|寄与"
)
_WORDS: Final = (
    (re.compile("最終目標|目標値?|計画値?"), "target"),
    (re.compile("速報"), "preliminary"),
    (re.compile("見込|推計値|予測"), "estimated"),
    (re.compile("基準値?|現状値?|従前値?|策定時|当初値|現況値?"), "baseline"),
    (re.compile("実績|実測|確定値?|結果"), "actual"),
    (re.compile("状況|状態|確定・速報"), "status"),
    (re.compile("備考|注記|摘要"), "note"),
)
_TARGET_YEAR = re.compile(r"[(（]?(?:最終)?目標年度?[)）]?")
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_POINT = re.compile(
    r"(?:(?:(?:r|h|令和|平成)(?:[0-9]{1,2}|元)|(?<![0-9])(?:19|20)[0-9]{2})(?:年|[./]))?"
    r"(?<![0-9])(?P<month>1[0-2]|[1-9])(?:月|[./](?=[0-9末]))(?:末日?|(?P<day>[0-9]{1,2})日?)?(?:現在|時点|迄)?"
)
_BOTH = re.compile("確定|含")  # 実績（見込みを含む） does not say which
_ERA = re.compile("令和|平成|昭和|r|h|s")
_BARE_YEAR = re.compile(r"(元|[0-9]{1,2})(?:年度?)?\Z")
_MEASURE_TEXT = re.compile(
    "最終|年度別|各年度の?|目標値?|計画値?|実績値?|実測値?|速報値?|確定値?|見込値?|見込み|結果|の|[()（）]"
)


@dataclass(frozen=True, slots=True)
class YearHeading:
    """What a heading says of its column: a fiscal year, a measure, both or nothing.

    `bare` is a year without its era (3年度), to be completed from the column before. `other` is a word
    for something that is no figure of a whole year.
    """

    year: int | None = None
    measure: str | None = None
    bare: int | None = None
    other: bool = False


def read_year_heading(levels: tuple[str, ...]) -> YearHeading:
    """Return what the levels of a heading, top to bottom, say together."""
    years: set[int] = set()
    bare: int | None = None
    measure: str | None = None
    for level in reversed(levels):
        if _OTHER.search(level):
            return YearHeading(other=True)
        found = _years_of(level)
        if found is None:
            return YearHeading(other=True)
        years.update(found)
        if not found and bare is None:
            bare = _bare_year(level)
        if measure is None:
            measure = _measure_of(level)
    if len(years) > 1:
        return YearHeading(other=True)
    if measure == "actual":
        # 「R5（実績見込）」 over 「実績」: what is said of the year is said of its figure.
        measure = next((name for level in levels if (name := _edition_said(level))), measure)
    year = next(iter(years), None)
    if year is None and bare is not None:
        eras = [era for level in levels if (era := _ERA.fullmatch(match_key(level)))]
        year = parse_fiscal_year(f"{eras[0][0]}{bare}年度") if len(eras) == 1 else None
    return YearHeading(year, measure, None if year is not None else bare)


def part_of_year(heading: str) -> str | None:
    """Return the point of time in a heading that is not the end of a year: 12月末現在, R7.1.31時点.

    On the first of a month (1 April, 1 May, 1 October) surveys are made whose figure is the year's own.
    """
    for match in _POINT.finditer(match_key(heading)):
        month, day, said = int(match["month"]), match["day"], match.group()
        is_point = "末" in said or said.endswith(("現在", "時点", "迄"))
        if is_point and month != 3 and not (day is not None and int(day) == 1):
            return said
    return None


def _years_of(level: str) -> set[int] | None:
    """Return the fiscal years a level names; None where it names a period of several."""
    whole = read_year(level)
    if whole is not None:
        return {whole.fiscal_year}
    period = find_period(level)
    if period is not None and period.first != period.last:
        return None
    found = {reading.fiscal_year for reading in find_years(level)}
    if found:
        return found
    bare = read_year(_MEASURE_TEXT.sub("", match_key(level)))
    return {bare.fiscal_year} if bare is not None else set()


def _measure_of(level: str) -> str | None:
    text = _TARGET_YEAR.sub("", match_key(level))
    plain = _BRACKETS.sub("", text)
    for candidate in (plain, text):
        for pattern, measure in _WORDS:
            if pattern.search(candidate):
                return _edition(text) or measure if measure == "actual" else measure
    return None


def _edition(text: str) -> str | None:
    """Return what kind of actual the brackets behind the word name: 実績（速報）."""
    inside = "".join(_BRACKETS.findall(text))
    return next((name for pattern, name in _WORDS[1:3] if pattern.search(inside)), None)


def _edition_said(level: str) -> str | None:
    """Return what kind of actual a level names beside a year or the word 実績: 見込 or 速報, not both."""
    text = match_key(level)
    found = [name for pattern, name in _WORDS[1:3] if pattern.search(text)]
    return found[0] if len(found) == 1 and not _BOTH.search(text) else None


def _bare_year(level: str) -> int | None:
    match = _BARE_YEAR.match(_BRACKETS.sub("", _MEASURE_TEXT.sub("", match_key(level))))
    if match is None:
        return None
    return 1 if match[1] == "元" else int(match[1])


def complete_bare_years(headings: list[YearHeading]) -> list[YearHeading]:
    """Give years without era the era of the columns before them: R2, 3, 4 are 2020, 2021, 2022.

    Only a number that goes on from the year before, or repeats it, is completed: R5 then 6, H30 then 元.
    """
    completed: list[YearHeading] = []
    last: int | None = None
    for heading in headings:
        year = heading.year
        if year is None and heading.bare is not None and last is not None:
            year = _following(last, heading.bare)
        if year is not None:
            last = year
        completed.append(YearHeading(year, heading.measure, None if year else heading.bare, heading.other))
    return completed


def _following(last: int, bare: int) -> int | None:
    for year in (last, last + 1):
        if bare in (year - 2018, year - 1988):
            return year
    return None
