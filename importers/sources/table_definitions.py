"""Definitions of KPIs in a table: unit, direction, aggregation, baseline, how the figure is found."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from importers.calculations.rows import DEFINITION_FIELDS, SourceRow
from importers.sources.figure_cells import figure_facts, read_figure_cell, read_year_cell
from importers.sources.lone_rows import lone_row
from importers.sources.row_kinds import body_rows
from importers.sources.section_cells import read_sections_cell
from importers.sources.table_body import GROUPS, RECORDS, Account, Table, mark_doubts, ragged_doubt
from importers.sources.table_rows import Reading, described, with_duplicates
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.figures import Figure
from tsukuba_kpi.lib.fiscal_year import era_label, find_fiscal_years, short_era_label
from tsukuba_kpi.lib.japanese_text import match_key

_LABELS = {
    "kpi": "指標・KPI名",
    "unit": "単位",
    "decimals": "小数点以下桁数",
    "direction": "方向",
    "aggregation": "集計方法",
    "baseline": "基準値",
    "baseline_year": "基準年度",
    "final_target": "最終目標値",
    "target_year": "目標年度",
    "rationale": "設定根拠",
    "method": "計算方法",
    "source": "出典",
    "final_month": "数値確定の時期",
    "survey_interval": "調査間隔",
    "definition": "定義",
}
_TEXTS = ("rationale", "method", "source", "final_month", "survey_interval", "definition")
_DASH = re.compile(r"[-‐-―−－ー─━]+\Z")
_DIRECTIONS = (
    (re.compile("参考|設定なし|reference"), "reference"),
    (re.compile("維持|横ばい|→|➡|maintain"), "maintain"),
    (
        re.compile(
            "下向き|減少|減らす|低下|抑制|下げる|↓|↘|マイナス|小さい|低い|少ない|少なく|縮小|短縮|削減|^減$|down"
        ),
        "down",
    ),
    (
        re.compile(
            "上向き|増加|増やす|向上|上昇|上げる|↑|↗|プラス|大きい|高い|多い|多く|延伸|伸ばす|延ばす|拡大|増大|^増$|up"
        ),
        "up",
    ),
)
_AGGREGATIONS = (
    (re.compile("累計|累積|cumulative"), "cumulative"),
    (re.compile("増加分|増分|増加数|純増|increment"), "increment"),
    (re.compile("平均|average"), "average"),
    (re.compile("年度末|時点|期末|末現在|year_end"), "year_end"),
    (re.compile("単年|年度値|各年度|年間|年度ごと|yearly"), "yearly"),
)


def read_definitions(tables: Sequence[tuple[Table, Account]]) -> list[SourceRow]:
    """Return the definitions of all tables, with those told that stand there twice."""
    rows = [row for table, account in tables for row in _rows(table, account)]
    keys = [match_key(str(row.fields["kpi"])) if row.fields["kpi"] is not None else None for row in rows]
    return with_duplicates(rows, keys, field="kpi", what="指標")


def _rows(table: Table, account: Account) -> Iterator[SourceRow]:
    columns = {name: number for name in DEFINITION_FIELDS if (number := table.column(name)) is not None}
    yearly = _YearColumns.of(table)
    for row, kind in body_rows(table, account, names=tuple(columns)):
        alone = lone_row(table, row, columns["kpi"]) if kind == GROUPS and "kpi" in columns else None
        if alone is not None and alone.is_heading:
            account.leave_out(GROUPS, row)
            if not alone.is_sure:
                account.tell(GROUPS, row)
            continue
        account.add(RECORDS)
        found = _row(table, row, columns, yearly)
        yield found if alone is None else found._replace(doubts=(*found.doubts, alone.doubt))


@dataclass(frozen=True, slots=True)
class _YearColumns:
    """The columns of yearly figures: targets and baselines by fiscal year, and those that are not taken."""

    targets: Mapping[int, int]
    baselines: Mapping[int, int]
    unused: tuple[int, ...]

    @classmethod
    def of(cls, table: Table) -> "_YearColumns":
        found: dict[str, dict[int, int]] = {"target": {}, "baseline": {}}
        unused = []
        for number, match in enumerate(table.header.columns):
            measure, _, year = (match.field or "").partition(":")
            if measure in found and year:
                found[measure][int(year)] = number
            elif year:
                unused.append(number)
        return cls(found["target"], found["baseline"], tuple(unused))


def _row(table: Table, row: int, columns: dict[str, int], yearly: _YearColumns) -> SourceRow:
    reading = Reading(table, row)
    figures = ("baseline", "final_target")
    plain = {name: number for name, number in columns.items() if name not in figures}
    reading.doubts.extend(mark_doubts(table, row, plain, _LABELS.__getitem__))
    ragged = ragged_doubt(table, row)
    if ragged is not None:
        reading.doubts.append(ragged)
    fields: dict[str, object] = dict.fromkeys(DEFINITION_FIELDS)
    kpi = table.text(row, columns.get("kpi"))
    fields["kpi"] = kpi.replace("\n", "") if kpi is not None else None
    unit = _printed(table, row, columns.get("unit"))
    fields["unit"] = unit
    fields["decimals"] = _decimals(reading, columns.get("decimals"))
    fields["direction"] = _word(reading, "direction", columns.get("direction"), _DIRECTIONS)
    fields["aggregation"] = _word(reading, "aggregation", columns.get("aggregation"), _AGGREGATIONS)
    for name in figures:
        cell = read_figure_cell(table, row, columns.get(name), unit, name, _LABELS[name])
        reading.doubts.extend(cell.doubts)
        reading.extra |= figure_facts(cell.figure, name)
        fields[name] = cell.figure.value
    fields["targets"] = _targets(reading, yearly, unit)
    _tell_unused(reading, yearly)
    fields["baseline_year"] = _year(reading, "baseline_year", columns.get("baseline_year"), "baseline")
    fields["target_year"] = _year(reading, "target_year", columns.get("target_year"), "final_target")
    for name in _TEXTS:
        fields[name] = _printed(table, row, columns.get(name))
    _baseline_of_year(reading, yearly, unit, fields)
    fields["sections"] = _sections(reading)
    number = table.code(row, table.column("number"))
    if number is not None:
        reading.extra["number"] = number
    reading.extra["columns"] = sorted(
        {*columns, *(["targets"] if yearly.targets else []), *(["baseline"] if yearly.baselines else [])}
    )
    if fields["kpi"] is None:
        reading.refuse("指標名が空なので取り込めません。指標名を入力してください。")
    return reading.build(fields)


def _targets(reading: Reading, yearly: _YearColumns, unit: str | None) -> list[str] | None:
    """Return the targets of single years in words that a person can correct: 「R6 1200」, 「R7 現状維持」."""
    found: list[str] = []
    for year, column in sorted(yearly.targets.items()):
        what = f"{era_label(year)}の目標値"
        cell = read_figure_cell(reading.table, reading.row, column, unit, "targets", what)
        reading.doubts.extend(cell.doubts)
        words = figure_words(cell.figure, unit)
        if words:
            found.append(f"{short_era_label(year)} {words}")
    return found or None


def figure_words(figure: Figure, asked: str | None) -> str:
    """Return a figure as a person would type it, without loss: 12.5人, 80％以上, 10～20人, 現状維持."""
    unit = figure.unit or asked or ""
    if figure.word is not None:
        return figure.word
    if figure.low is not None and figure.high is not None:
        return f"{to_plain(figure.low)}～{to_plain(figure.high)}{unit}"
    if figure.value is None:
        return ""
    marks = (figure.qualifier or "").split("・")
    bound = next((mark for mark in ("以上", "以下", "超", "未満") if mark in marks), "")
    return f"{to_plain(figure.value)}{unit}{bound}"


def _baseline_of_year(
    reading: Reading, yearly: _YearColumns, unit: str | None, fields: dict[str, object]
) -> None:
    """Take the baseline whose heading names its year, where there is no other."""
    if len(yearly.baselines) != 1 or fields["baseline"] is not None:
        _doubt_baselines(reading, yearly, fields)
        return
    ((year, column),) = yearly.baselines.items()
    cell = read_figure_cell(reading.table, reading.row, column, unit, "baseline", _LABELS["baseline"])
    reading.doubts.extend(cell.doubts)
    reading.extra |= figure_facts(cell.figure, "baseline")
    fields["baseline"] = cell.figure.value
    if cell.figure.value is not None and fields["baseline_year"] is None:
        fields["baseline_year"] = year


def _doubt_baselines(reading: Reading, yearly: _YearColumns, fields: dict[str, object]) -> None:
    """Say of 現状値 of several years, or beside a baseline, that they are not taken."""
    table = reading.table
    columns = [at for at in yearly.baselines.values() if table.text(reading.row, at) is not None]
    if not columns:
        return
    names = described(table.header.columns[number].heading for number in columns)
    message = f"{names}のどれが基準値か決められないので空にしました。列を指定してください。"
    if fields["baseline"] is not None:
        message = f"{names}の列は、基準値が別にあるので取り込みません。"
    reading.doubt("years_not_taken", "baseline", message, review=fields["baseline"] is None)


def _tell_unused(reading: Reading, yearly: _YearColumns) -> None:
    table = reading.table
    filled = [number for number in yearly.unused if table.text(reading.row, number) is not None]
    if filled:
        names = "、".join(f"「{table.header.columns[number].heading}」" for number in yearly.unused)
        message = f"{names}の列は、目標値ではないため、定義の一覧からは取り込みません。"
        reading.doubt("years_not_taken", None, message, review=False)


def _printed(table: Table, row: int, column: int | None) -> str | None:
    text = table.text(row, column)
    return None if text is None or _DASH.match(text) else text


def _word(
    reading: Reading, name: str, column: int | None, words: Sequence[tuple[re.Pattern[str], str]]
) -> str | None:
    text = _printed(reading.table, reading.row, column)
    if text is None:
        return None
    key = match_key(text)
    found = list(dict.fromkeys(code for pattern, code in words if pattern.search(key)))
    if len(found) == 1:
        return found[0]
    reading.doubt(
        "word_unknown", name, f"{_LABELS[name]}「{text[:20]}」の意味が決められないので選んでください。"
    )
    return None


def _decimals(reading: Reading, column: int | None) -> int | None:
    text = _printed(reading.table, reading.row, column)
    if text is None:
        return None
    key = match_key(text).removesuffix("桁")
    if key in ("整数", "なし"):
        return 0
    if key.isascii() and key.isdigit() and int(key) < 10:
        return int(key)
    reading.doubt("decimals_unreadable", "decimals", f"小数点以下桁数「{text[:20]}」が読めません。")
    return None


def _year(reading: Reading, name: str, column: int | None, figure: str) -> int | None:
    year = read_year_cell(reading.table.said(reading.row, column))
    if year.problem is not None:
        reading.doubt("year_unreadable", name, f"{_LABELS[name]}の{year.problem}")
    if year.period is not None:
        reading.extra[f"{figure}_period"] = list(year.period)
    if year.year is not None:
        return year.year
    years = find_fiscal_years(str(reading.extra.get(f"{figure}_note") or ""))
    return years[0] if len(years) == 1 else None


def _sections(reading: Reading) -> list[str]:
    found: list[str] = []
    for column in reading.table.header.columns_of("sections"):
        text = reading.table.lines(reading.row, column)
        if text is not None and not _DASH.match(text):
            found.extend(read_sections_cell(text).sections)
    return list(dict.fromkeys(found))
