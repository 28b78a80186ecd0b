"""A KPI's definition as cells of text: reading what was typed or pasted, and writing what is stored.

The edit page, the table of all KPIs and the paste from Excel read through these columns, so that one
text means the same everywhere. A cell never guesses: what is not understood has a `problem`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from strategy.calculations.target_figures import figure_cell
from strategy.enums import Aggregation, Direction, EnteredAs, PartsRule, PathRule
from tsukuba_kpi.lib.choices import LabelledEnum
from tsukuba_kpi.lib.figures import format_figure, read_figure, round_half_up
from tsukuba_kpi.lib.fiscal_year import era_label, parse_period, short_era_label
from tsukuba_kpi.lib.japanese_text import clean_control

MOST_DECIMALS: Final = 8
LONGEST_INTERVAL: Final = 20
WIDEST_BAND: Final = 100
FINEST_PERCENT: Final = 6
_DASHES: Final = re.compile(r"[-‐‑‒–—―−－ー]+")


@dataclass(frozen=True, slots=True)
class CellReading:
    """What one cell says: the fields it sets, how that was understood, or why it cannot be taken."""

    values: Mapping[str, Any] = field(default_factory=dict)
    understood: str = ""
    problem: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a cell's meaning depends on: the unit and the decimals the KPI will have."""

    unit: str = ""
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One cell of a definition: which fields it keeps, how its text is read and written."""

    key: str
    label: str
    fields: tuple[str, ...]
    read: Callable[[str, Surroundings], CellReading]
    write: Callable[[Mapping[str, Any]], str]
    help_text: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_long: bool = False


def _refused(problem: str) -> CellReading:
    return CellReading(problem=problem)


# --- texts ---------------------------------------------------------------------------------------------


def _text(key: str, label: str, *, limit: int | None = None, required: bool = False, **more: Any) -> Column:
    def read(text: str, around: Surroundings) -> CellReading:
        kept = clean_control(text).strip()
        if required and not kept:
            return _refused(f"{label}を入力してください。")
        if limit is not None and len(kept) > limit:
            return _refused(f"{limit}文字までです（{len(kept) - limit}文字超えています）。")
        return CellReading({key: kept}, kept)

    return Column(key, label, (key,), read, lambda values: str(values[key]), **more)


def _choice(
    key: str, label: str, kind: type[LabelledEnum], words: Mapping[str, LabelledEnum], **more: Any
) -> Column:
    known = {_key(member.value): member for member in kind} | {_key(member.label): member for member in kind}
    known |= {_key(word): member for word, member in words.items()}

    def read(text: str, around: Surroundings) -> CellReading:
        wanted = _key(text)
        if not wanted or _DASHES.fullmatch(wanted):
            if key in NEVER_EMPTY:
                member: LabelledEnum = NEVER_EMPTY[key]
                return CellReading({key: member.value}, member.label)
            return CellReading({key: ""}, "")
        found = known.get(wanted)
        if found is None:
            labels = "、".join(member.label for member in kind)
            return _refused(f"{label}は {labels} のどれかで入力してください。")
        return CellReading({key: found.value}, found.label)

    def write(values: Mapping[str, Any]) -> str:
        return kind(values[key]).label if values[key] else ""

    choices = tuple((member.value, member.label) for member in kind)
    return Column(key, label, (key,), read, write, choices=choices, **more)


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


NEVER_EMPTY: Final[Mapping[str, LabelledEnum]] = {
    "entered_as": EnteredAs.LEVEL,
    "path_rule": PathRule.LINEAR,
}
_RISING: Final = ("上", "上昇", "増加", "増", "向上", "↑", "大きいほど良い", "高いほど良い", "多いほど良い")
_FALLING: Final = (
    "下",
    "低下",
    "減少",
    "減",
    "抑制",
    "↓",
    "小さいほど良い",
    "低いほど良い",
    "少ないほど良い",
)
_DIRECTION_WORDS: Final[Mapping[str, LabelledEnum]] = {
    **dict.fromkeys(_RISING, Direction.UP),
    **dict.fromkeys(_FALLING, Direction.DOWN),
    **dict.fromkeys(("現状維持", "横ばい", "→"), Direction.MAINTAIN),
    "参考": Direction.REFERENCE,
}
_AGGREGATION_WORDS: Final[Mapping[str, LabelledEnum]] = {
    **dict.fromkeys(("単年", "単年度", "各年度", "各年度の値", "年間"), Aggregation.YEARLY),
    **dict.fromkeys(("年度末", "年度末時点", "年度末の値", "時点", "期末"), Aggregation.YEAR_END),
    **dict.fromkeys(("累計", "累積", "期間累計"), Aggregation.CUMULATIVE),
    **dict.fromkeys(("増加分", "増分", "純増"), Aggregation.INCREMENT),
    **dict.fromkeys(("平均", "期間平均"), Aggregation.AVERAGE),
}


# --- numbers -------------------------------------------------------------------------------------------


def _whole_number(
    key: str, label: str, low: int, high: int, *, empty: int | None, unit: str, **more: Any
) -> Column:
    def read(text: str, around: Surroundings) -> CellReading:
        plain = _key(text).removeprefix("小数点以下").removesuffix(unit)
        if not plain or _DASHES.fullmatch(plain):
            return CellReading({key: empty}, "" if empty is None else f"{empty}{unit}")
        if plain in {"整数", "なし"} and low == 0:
            plain = "0"
        if not (plain.isascii() and plain.isdigit() and low <= int(plain[:4]) <= high):
            return _refused(f"{label}は{low}から{high}までの整数で入力してください。")
        return CellReading({key: int(plain)}, f"{int(plain)}{unit}")

    return Column(
        key, label, (key,), read, lambda values: "" if values[key] is None else str(values[key]), **more
    )


def _read_baseline(text: str, around: Surroundings) -> CellReading:
    found = read_figure(text, unit=around.unit or None)
    if found.problem is not None:
        return _refused(found.problem)
    if found.kind in {"blank", "missing"}:
        notice = "基準値なしと読みました。" if found.kind == "missing" else ""
        return CellReading({"baseline_value": None}, "", notice=notice)
    if (
        found.value is None
        or found.bound is not None
        or {"増", "減"} & set((found.qualifier or "").split("・"))
    ):
        return _refused("基準値は一つの数で入力してください。文書の書き方は「基準値（表記）」に残せます。")
    notices = [found.notice or ""]
    if not around.unit and found.unit:
        notices.append(f"指標の単位が未設定です。「{found.unit}」の数として読みました。")
    if found.stated_year is not None:
        notices.append(
            f"{era_label(found.stated_year.fiscal_year)}と書かれています。基準年度の欄も確かめてください。"
        )
    return CellReading(
        {"baseline_value": found.value},
        format_figure(found.value, None, around.unit),
        notice="".join([*notices, finer_notice(found.value, around.decimals)]),
    )


def finer_notice(value: Decimal | None, decimals: int | None) -> str:
    """Tell that a figure has more digits than its KPI shows: it is kept exactly and shown rounded."""
    if value is None or decimals is None or Decimal(format_figure(value, decimals).replace(",", "")) == value:
        return ""
    return f"小数点以下{decimals}桁より細かい値です。そのまま記録し、画面では丸めて示します。"


def _read_band(text: str, around: Surroundings) -> CellReading:
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("±")
    found = read_figure(plain, unit="％")
    if found.problem is not None:
        return _refused(found.problem)
    if found.kind in {"blank", "missing"}:
        return CellReading({"maintain_band": None}, "")
    if found.value is None or not 0 <= found.value <= WIDEST_BAND or found.bound is not None:
        return _refused("維持とみなす幅は「5」（±5％）のように、0から100までの数で入力してください。")
    if found.value != round_half_up(found.value, FINEST_PERCENT):
        return _refused(f"維持とみなす幅は小数点以下{FINEST_PERCENT}桁までです。")
    return CellReading(
        {"maintain_band": found.value / 100}, f"±{format_figure(found.value)}％", notice=found.notice or ""
    )


def _write_band(values: Mapping[str, Any]) -> str:
    band: Decimal | None = values["maintain_band"]
    return "" if band is None else f"{format_figure(band * 100)}％"


# --- years ---------------------------------------------------------------------------------------------


def read_years(text: str, *, may_be_open: bool = False) -> tuple[int | None, int | None] | str:
    """Read a fiscal year or a period; the answer is first and last year, or what to do in a sentence.

    `may_be_open` allows 令和2年度から and 令和6年度まで. A blank text is (None, None).
    """
    plain = _key(text)
    if not plain or _DASHES.fullmatch(plain):
        return (None, None)
    period = parse_period(text)
    if period is None:
        return "「H26」「平成22～26年度」のように年度で入力してください。"
    if not may_be_open and (period.first is None or period.last is None):
        return "最初と最後の年度を入力してください。"
    return (period.first, period.last)


def years_words(first: int | None, last: int | None) -> str:
    """Return a fiscal year or a period for an input: H26, H22～H26, R2から, R6まで."""
    if first is None and last is None:
        return ""
    if first is None or last is None:
        return f"{short_era_label(first)}から" if first is not None else f"{short_era_label(last or 0)}まで"
    return short_era_label(last) if first == last else f"{short_era_label(first)}～{short_era_label(last)}"


def _years(key: str, label: str, first: str, last: str, *, may_be_open: bool, **more: Any) -> Column:
    def read(text: str, around: Surroundings) -> CellReading:
        found = read_years(text, may_be_open=may_be_open)
        if isinstance(found, str):
            return _refused(found)
        shown = " ".join(era_label(year) for year in dict.fromkeys(found) if year is not None)
        return CellReading({first: found[0], last: found[1]}, shown.replace(" ", "から"))

    return Column(
        key, label, (first, last), read, lambda values: years_words(values[first], values[last]), **more
    )


def _read_baseline_years(text: str, around: Surroundings) -> CellReading:
    found = read_years(text)
    if isinstance(found, str):
        return _refused(found)
    first, last = found
    shown = " ".join(era_label(year) for year in dict.fromkeys(found) if year is not None)
    only = None if first == last else first
    return CellReading(
        {"baseline_first_fiscal_year": only, "baseline_fiscal_year": last}, shown.replace(" ", "から")
    )


def _write_baseline_years(values: Mapping[str, Any]) -> str:
    last = values["baseline_fiscal_year"]
    first = values["baseline_first_fiscal_year"]
    return years_words(last if first is None else first, last)


# --- the columns ---------------------------------------------------------------------------------------

COLUMNS: Final[tuple[Column, ...]] = (
    _text("name", "指標名", required=True, is_long=True),
    _text("unit", "単位", limit=30, help_text="例 人、％、千円"),
    _whole_number("decimals", "小数点以下の桁数", 0, MOST_DECIMALS, empty=None, unit="桁"),
    _choice("direction", "方向", Direction, _DIRECTION_WORDS),
    _choice("aggregation", "集計方法", Aggregation, _AGGREGATION_WORDS),
    Column(
        "baseline_value",
        "基準値",
        ("baseline_value",),
        _read_baseline,
        lambda values: figure_cell(values["baseline_value"], values.get("decimals")),
    ),
    Column(
        "baseline_years",
        "基準年度・期間",
        ("baseline_first_fiscal_year", "baseline_fiscal_year"),
        _read_baseline_years,
        _write_baseline_years,
        help_text="例 H26、H22～26",
    ),
    _text("baseline_text", "基準値（表記）", limit=80, help_text="文書に書かれたとおり"),
    _choice(
        "entered_as", "増加分の入力方法", EnteredAs, {}, help_text="集計方法が増加分のときだけ使います。"
    ),
    Column(
        "maintain_band",
        "維持とみなす幅",
        ("maintain_band",),
        _read_band,
        _write_band,
        help_text="方向が維持のとき。5 は目標値の±5％",
    ),
    _choice("path_rule", "年度目標がない年の期待値", PathRule, {}),
    _choice("parts_rule", "複数の数値の判定", PartsRule, {}, help_text="内訳や併記された数値があるとき"),
    _years(
        "window",
        "累計の期間",
        "window_first_fiscal_year",
        "window_last_fiscal_year",
        may_be_open=True,
        help_text="空のときは計画の期間",
    ),
    _text("rationale", "目標の設定根拠", is_long=True),
    _text("method", "実績値の計算方法", is_long=True),
    _text("statistic_source", "出典統計", is_long=True),
    _text("final_note", "数値確定の時期", limit=80, help_text="例 H28.4、翌年度8月"),
    _whole_number("survey_interval", "調査の間隔", 1, LONGEST_INTERVAL, empty=1, unit="年"),
    _years(
        "valid",
        "有効な年度",
        "first_fiscal_year",
        "last_fiscal_year",
        may_be_open=True,
        help_text="途中で始まる・終わる指標だけ",
    ),
    _text("note", "備考", is_long=True),
)
COLUMN: Final[Mapping[str, Column]] = {column.key: column for column in COLUMNS}
FIELDS: Final[tuple[str, ...]] = tuple(dict.fromkeys(name for column in COLUMNS for name in column.fields))


def column_of_field(name: str) -> Column | None:
    """Return the column that keeps a field, None for a field without one."""
    return next((column for column in COLUMNS if name in column.fields), None)


def definition_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return every cell's text of a definition given as its fields."""
    return {column.key: column.write(values) for column in COLUMNS}


def surroundings(texts: Mapping[str, str]) -> Surroundings:
    """Return what the other cells of a row depend on, as far as it is readable."""
    decimals = COLUMN["decimals"].read(texts.get("decimals", ""), Surroundings()).values.get("decimals")
    return Surroundings(unit=texts.get("unit", "").strip(), decimals=decimals)
