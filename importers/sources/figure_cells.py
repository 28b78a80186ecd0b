"""Cells of figures: the number, why there is none, and every doubt about it."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from importers.calculations.rows import Doubt
from importers.sources.grids import Mark, Value, decimal_of, text_of
from importers.sources.table_body import Table, clean_text
from tsukuba_kpi.lib.figures import Figure, read_figure
from tsukuba_kpi.lib.fiscal_year import (
    era_label,
    find_fiscal_years,
    fiscal_year_of,
    parse_fiscal_year,
    parse_period,
)
from tsukuba_kpi.lib.units import is_known_unit

_DASH = re.compile(r"[-‐-―−－ー─━]+\Z")
_UNIT_BEHIND = re.compile(r"[（(](?:単位[:：])?(?P<unit>[^（）()]{1,10})[)）]$")
_DIGIT = re.compile("[0-9０-９]")
_LONGEST_QUOTE = 40
_MAY_BE_WORDS = frozenset(("target", "targets", "final_target"))  # 現状維持, 80～90


@dataclass(frozen=True, slots=True)
class FigureCell:
    """One cell of figures: what was read and what a person should know of it."""

    figure: Figure
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all stands in the cell."""
        return self.figure.kind == "blank" and not self.doubts


EMPTY = FigureCell(read_figure(None))


def read_figure_cell(
    table: Table, row: int, column: int | None, unit: str | None, field: str, what: str
) -> FigureCell:
    """Return the figure at a place; `what` names it in messages (令和6年度の実績)."""
    if column is None:
        return EMPTY
    value, spread = _shown(table, row, column)
    mark = table.mark(row, column)
    place = table.place(row, column).cell
    where = f"{what}（{place}）" if place else what
    doubts = list(_mark_doubts(mark, field, where)) if mark is not None else []
    if mark is not None and mark.error is not None:
        figure = read_figure(mark.error)
    elif mark is not None and not mark.has_cache:
        figure = read_figure("=")
    else:
        shown = mark.number_format if mark else None
        if mark is not None and mark.base is not None and _DIGIT.search(mark.base):
            value = mark.base
        figure = read_figure(_plain(value), unit=unit, number_format=shown)
        if figure.unit == "％" and shown and "%" in shown and figure.value is not None:
            figure = replace(figure, text=f"{figure.value.normalize():f}％")  # what people see there
    if figure.problem is not None:
        doubts.append(
            Doubt(figure.code or "unreadable", field, f"{where}{_quoted(figure)}：{figure.problem}")
        )
    elif figure.notice is not None:
        doubts.append(Doubt("figure_notice", field, f"{where}{_quoted(figure)}：{figure.notice}"))
    elif figure.kind in ("range", "word") and field not in _MAY_BE_WORDS:
        message = f"{where}{_quoted(figure)}は一つの数値ではないので空にしました。"
        doubts.append(Doubt("not_a_number", field, message))
    if spread and figure.value is not None:
        message = f"{where}は複数の列にまたがる結合セルの数値なので、どの年度の値か確かめてください。"
        doubts.append(Doubt("merged_figure", field, message))
    return FigureCell(figure, tuple(doubts))


def _mark_doubts(mark: Mark, field: str, where: str) -> Iterator[Doubt]:
    """Yield what a figure's cell is beside its value."""
    if mark.guessed:
        yield Doubt("page_break", field, f"{where}：{mark.guessed}")
    if mark.unclear:
        yield Doubt("text_overlaps", field, f"{where}：{mark.unclear}")
    if mark.base is not None:
        message = f"{where}は小さい文字を注の印とみて「{mark.base.strip()[:_LONGEST_QUOTE]}」と読みました。"
        yield Doubt("raised_mark", field, f"{message}元の文書と見比べてください。")
    if mark.struck:
        yield Doubt("struck_text", field, f"{where}に取り消し線の引かれた文字があります。")
    if mark.comment:
        message = f"{where}にコメントがあります：{mark.comment[:200]}"
        yield Doubt("comment", field, message, review=False)


def _shown(table: Table, row: int, column: int) -> tuple[Value, bool]:
    """Return the value shown at a place, and whether it is spread over several columns."""
    anchor = table.anchor(row, column)
    value = table.value(row, column, across=True)
    return value, bool(table.grid.merges) and anchor in table.wide_cells


def _plain(value: Value) -> object:
    if isinstance(value, str):
        return clean_text(value)
    return decimal_of(value) if isinstance(value, float) else value


def _quoted(figure: Figure) -> str:
    text = figure.text.strip().replace("\n", "")
    if not text or figure.code == "formula":
        return ""
    return f"「{text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + '…'}」"


@dataclass(frozen=True, slots=True)
class YearCell:
    """A fiscal year as a cell says it, a period of several, or a problem in Japanese."""

    year: int | None = None
    period: tuple[int | None, int | None] | None = None
    problem: str | None = None
    inferred: str | None = None


def read_year_cell(value: Value) -> YearCell:
    """Return the fiscal year of a cell; a dash or nothing is no year and no problem."""
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        of_day = fiscal_year_of(value)
        return YearCell(of_day, inferred=f"日付{value.isoformat()}を{era_label(of_day)}と読みました。")
    text = clean_text(value)
    if text is None or _DASH.match(text):
        return YearCell()
    year = parse_fiscal_year(text_of(value).strip())
    if year is not None:
        return YearCell(year)
    period = parse_period(text)
    if period is not None:
        return YearCell(period=(period.first, period.last))
    years = find_fiscal_years(text)
    if len(years) == 1:
        return YearCell(years[0])
    return YearCell(problem=f"年度「{text[:_LONGEST_QUOTE]}」が読めません。")


def unit_behind(kpi: str) -> str | None:
    """Return the unit that a KPI's name ends with in brackets (転入者数（人）), None without one."""
    match = _UNIT_BEHIND.search(kpi)
    return match["unit"] if match is not None and is_known_unit(match["unit"]) else None


def figure_facts(figure: Figure, prefix: str) -> dict[str, object]:
    """Return what a figure says beside its number, under names that begin with a prefix."""
    facts: dict[str, object] = {}
    text = figure.text.strip()
    if text:
        facts[f"{prefix}_text"] = text
    for name, value in (
        ("qualifier", figure.qualifier),
        ("word", figure.word),
        ("low", figure.low),
        ("high", figure.high),
        ("note", figure.note),
        ("unit", figure.unit),
    ):
        if value is not None:
            facts[f"{prefix}_{name}"] = value
    if figure.expected_on is not None:
        expected = figure.expected_on
        parts = {
            "year": expected.year,
            "month": expected.month,
            "day": expected.day,
            "fiscal_year": expected.fiscal_year,
        }
        facts[f"{prefix}_expected_on"] = {name: part for name, part in parts.items() if part is not None}
    return facts
