"""Reading one figure as a person typed it or a workbook holds it: number, status, unit, what was meant.

`read_figure` never raises on a cell and never guesses: what cannot be read for certain has no value and
a `problem`, a Japanese sentence that says what to do. docs/figures.md lists what is understood.
"""

import datetime
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from tsukuba_kpi.lib.decimals import from_float, round_half_up, shift, to_plain
from tsukuba_kpi.lib.figure_text import (
    BOUNDS,
    ESTIMATED,
    LONGEST_TEXT,
    PRELIMINARY,
    Refused,
    TextFigure,
    read_text,
)
from tsukuba_kpi.lib.figure_words import ExpectedOn, is_date, read_missing, read_word
from tsukuba_kpi.lib.fiscal_year import YearReading
from tsukuba_kpi.lib.number_formats import NumberFormat, read_number_format
from tsukuba_kpi.lib.numerals import NEGATIVE_MARK, plain_text
from tsukuba_kpi.lib.units import PERCENT, Unit, is_known_unit, parse_unit, power_between

__all__ = ["ExpectedOn", "Figure", "format_figure", "read_figure", "round_half_up", "to_plain"]

# The room of the columns that keep figures.
INTEGER_DIGITS: Final = 18
DECIMAL_PLACES: Final = 8

FigureStatus = Literal[
    "final", "preliminary", "estimated", "pending", "not_surveyed", "unknown", "not_applicable", "blank"
]
FigureKind = Literal["number", "range", "word", "missing", "blank", "problem"]
Bound = Literal["at_least", "at_most", "more_than", "less_than"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one cell says.

    `value` is in the unit that was asked for, or where none was, in `unit`. `status` is a status of
    actuals for a number or for words that say why there is none, "blank" for an empty cell, None
    for a range, a word and a problem. `qualifier` holds the marks as the screen shows them (約, 速報,
    以上 …, joined by ・). `low` and `high` are the ends of a range, `word` a target in words. `note` is
    the remark as written and `stated_year` the year it names (47.3％（H30）), to be compared with the
    year of the column. `notice` is a sentence for a person where the reading stands but deserves a
    look; `problem` with its stable `code` where there is no reading. `text` is the cell as it was.
    """

    text: str
    value: Decimal | None = None
    status: FigureStatus | None = None
    unit: str | None = None
    qualifier: str | None = None
    expected_on: ExpectedOn | None = None
    problem: str | None = None
    code: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    word: str | None = None
    stated_year: YearReading | None = None
    note: str | None = None
    notice: str | None = None

    @property
    def kind(self) -> FigureKind:
        """Which of the six things a cell can be."""
        if self.problem is not None:
            return "problem"
        if self.value is not None:
            return "number"
        if self.low is not None:
            return "range"
        if self.word is not None:
            return "word"
        return "blank" if self.status == "blank" else "missing"

    @property
    def bound(self) -> Bound | None:
        """How the number limits the figure: 以上, 以下, 超, 未満; None where it is the figure itself."""
        marks = set((self.qualifier or "").split("・"))
        bounds: dict[str, Bound] = {
            "以上": "at_least",
            "以下": "at_most",
            "超": "more_than",
            "未満": "less_than",
        }
        return next((bound for mark, bound in bounds.items() if mark in marks), None)

    @property
    def approximate(self) -> bool:
        """Whether the number is marked as rounded, preliminary or estimated."""
        return bool(set((self.qualifier or "").split("・")) & (ESTIMATED | PRELIMINARY))


def read_figure(cell: object, *, unit: str | None = None, number_format: str | None = None) -> Figure:
    """Read a cell of a workbook, a csv, a PDF, or what a person typed.

    `cell` is str, int, float, Decimal or None; dates and other objects are told as such. `unit` is
    the KPI's unit: the value is converted to it exactly or refused. `number_format` is the
    workbook's format of the cell; it matters for numbers only.
    """
    try:
        return _read(cell, unit, number_format)
    except Refused as refused:
        return Figure(_text_of(cell), problem=refused.sentence, code=refused.code)


def _read(cell: object, unit: str | None, number_format: str | None) -> Figure:
    if cell is None:
        return Figure("", status="blank")
    if isinstance(cell, (datetime.date, datetime.time, datetime.timedelta)):
        raise _date_in_figure()
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float, Decimal)):
        raise Refused("not_a_number", "数値ではない値が入っています。数字で入力してください。")
    if isinstance(cell, str):
        return _read_typed(cell, unit)
    return _read_number(cell, unit, number_format)


def _text_of(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    try:
        return "" if cell is None else str(cell)
    except ValueError:  # an int of thousands of digits
        return ""


def _date_in_figure() -> Refused:
    return Refused("date_in_figure", "日付が入っています。セルの表示形式を確かめ、数値で入力してください。")


# --- text ------------------------------------------------------------------------------------------

_ERROR_CELL: Final = re.compile(
    r"#(?:REF|DIV/0|N/A|NAME|NULL|NUM|VALUE|SPILL|CALC|FIELD|BLOCKED|CONNECT|UNKNOWN|BUSY|GETTING_DATA)\b",
    re.IGNORECASE,
)


_DASH_WITH_UNIT: Final = re.compile(r"[-ー]+ *\(?([^0-9()]+)\)?")


def _read_typed(written: str, unit: str | None) -> Figure:
    plain = plain_text(written)
    text = plain.text
    if text[:1] in {"'", "’"}:
        plain = plain_text(written.lstrip().removeprefix(written.lstrip()[:1]))
        text = plain.text
    if not text:
        return Figure(written, status="blank")
    if len(text) > LONGEST_TEXT:
        raise Refused("too_long", "文章が長すぎて数値として読めません。数値だけを入力してください。")
    if _ERROR_CELL.search(text) or re.fullmatch("#+", text):
        raise Refused(
            "error_cell", "セルがエラーになっています。元の表の数式を直すか、数値で入力してください。"
        )
    if text.startswith("="):
        raise Refused("formula", "数式の計算結果が保存されていません。値に直してから取り込んでください。")
    if is_date(text) and not _counts_years(text, unit):
        raise _date_in_figure()
    missing = read_missing(text)
    if missing is not None:
        note = None if len(text) <= 1 else written.strip()
        return Figure(written, status=missing.status, expected_on=missing.expected_on, note=note)
    if (dash := _DASH_WITH_UNIT.fullmatch(text)) and _is_unit(dash[1], unit):
        return Figure(written, status="unknown", note=written.strip())
    word = read_word(text)
    if word is not None:
        return Figure(written, word=word)
    return _figure(written, read_text(plain, parse_unit(unit)), unit, typed=True)


def _is_unit(text: str, unit: str | None) -> bool:
    return is_known_unit(text) or (parse_unit(text) is not None and parse_unit(text) == parse_unit(unit))


def _counts_years(text: str, unit: str | None) -> bool:
    """Say whether 2024年 is a figure: only where the KPI itself is measured in years."""
    wanted = parse_unit(unit)
    return wanted is not None and wanted.base == "年" and re.fullmatch("[0-9]+年", text) is not None


# --- numbers of workbooks --------------------------------------------------------------------------


def _read_number(cell: int | float | Decimal, unit: str | None, number_format: str | None) -> Figure:
    written = _text_of(cell)
    value = _decimal(cell)
    shown = read_number_format(number_format, value)
    if shown.date:
        raise _date_in_figure()
    if shown.fraction:
        raise Refused("fraction_or_date", "セルの表示形式が分数です。標準の数値にしてください。")
    if shown.percent:
        return _percent(written, value, unit)
    notices: tuple[str, ...] = ()
    if shown.thousands:
        value, notices = _scaled_down(value, shown, unit)
    read = _with_literals(value, shown)
    if _power_of(unit) and re.search("[¥￥]", shown.prefix):
        # Excel's button for currency puts it before a figure in 千円 as well.
        notices = (*notices, f"通貨の表示形式の数を円とみて、{unit}に換算しました。確かめてください。")
    return _figure(written, replace(read, notices=(*read.notices, *notices)), unit)


def _power_of(unit: str | None) -> int:
    wanted = parse_unit(unit)
    return wanted.power if wanted is not None else 0


def _decimal(cell: int | float | Decimal) -> Decimal:
    try:
        value = from_float(cell) if isinstance(cell, float) else Decimal(cell)
        finite = value.is_finite()
    except ValueError:
        finite = False
    if not finite:
        raise Refused("not_a_number", "数値になっていません（NaN・無限大）。元の計算を確かめてください。")
    _refuse_out_of_range(value)
    return value


def _refuse_out_of_range(value: Decimal) -> None:
    if value.adjusted() >= INTEGER_DIGITS or value.adjusted() < -LONGEST_TEXT:
        raise Refused("out_of_range", "桁数が多すぎて扱えません。単位と桁を確かめてください。")


def _percent(written: str, share: Decimal, unit: str | None) -> Figure:
    wanted = parse_unit(unit)
    if wanted is not None and wanted.base != PERCENT:
        sentence = f"セルの表示形式が％ですが、指標の単位は「{unit}」です。値と単位を確かめてください。"
        raise Refused("percent_format", sentence)
    return _figure(written, TextFigure(shift(share, 2), unit=PERCENT), unit)


def _scaled_down(value: Decimal, shown: NumberFormat, unit: str | None) -> tuple[Decimal, tuple[str, ...]]:
    """Take a format that hides thousands (#,##0,) at its word where a unit agrees with it."""
    scaled = shift(value, -3 * shown.thousands)
    literal = parse_unit(shown.suffix)
    wanted = parse_unit(unit)
    if literal is not None:
        return scaled, ()
    if wanted is not None and wanted.power == 3 * shown.thousands:
        return scaled, (f"セルの表示形式に合わせ、{unit}の数として読みました。",)
    raise Refused(
        "scaled_format", "セルの表示形式で下の桁が隠されています。表示されている数で入力してください。"
    )


def _with_literals(value: Decimal, shown: NumberFormat) -> TextFigure:
    """Read a number together with the text its format prints beside it (0"人", "約"#,##0)."""
    prefix = shown.prefix
    if re.search(rf"[{NEGATIVE_MARK}▲▼]", prefix):
        if value > 0:
            raise Refused(
                "sign_in_format", "正の数に△が付く表示形式です。符号を確かめ、数値で入力してください。"
            )
        prefix = re.sub(rf"[{NEGATIVE_MARK}▲▼]", "", prefix)
    prefix = prefix.strip("(-+ ")
    suffix = shown.suffix.strip(")- ") if "(" not in shown.suffix else shown.suffix
    if not prefix and not suffix:
        return TextFigure(value)
    read = read_text(plain_text(f"{prefix}{to_plain(abs(value))}{suffix}"))
    if read.value is None or "減" in read.marks:
        raise Refused("sign_in_format", "表示形式の文字と数が合いません。数値で入力してください。")
    return replace(read, value=-read.value if value < 0 else read.value)


# --- from what was written to the KPI's unit -------------------------------------------------------


def _figure(written: str, read: TextFigure, unit: str | None, *, typed: bool = False) -> Figure:
    power, shown_unit, notices = _conversion(read, unit)
    value, low, high = (_kept(number, power) for number in (read.value, read.low, read.high))
    notices = (*read.notices, *notices, *_share_notice(value, read, unit))
    if typed and read.value is not None and value != shift(read.value, power):
        notices = (*notices, f"小数点以下{DECIMAL_PLACES}桁に四捨五入しました。")
    return Figure(
        written,
        value=value,
        status=_status(read.marks) if value is not None else None,
        unit=shown_unit,
        qualifier="・".join(read.marks if low is None else (*read.marks, "範囲")) or None,
        expected_on=read.expected_on,
        stated_year=read.stated_year,
        low=low,
        high=high,
        note="　".join(read.notes) or None,
        notice="".join(notices) or None,
    )


def _kept(number: Decimal | None, power: int) -> Decimal | None:
    """Return a number in the wanted unit as a column can keep it."""
    if number is None:
        return None
    exact = shift(number, power)
    kept = Decimal(to_plain(round_half_up(exact, DECIMAL_PLACES)))
    if exact and not kept:
        raise Refused("out_of_range", "値が小さすぎて扱えません。単位と桁を確かめてください。")
    _refuse_out_of_range(kept)
    return kept


def _conversion(read: TextFigure, unit: str | None) -> tuple[int, str | None, tuple[str, ...]]:
    """Return the power of ten from the written unit to the wanted one, the unit to show, and notices."""
    wanted, written = parse_unit(unit), parse_unit(read.unit)
    if wanted is None:
        return _without_wanted(read, written)
    if written is None:
        if read.scaled and wanted.power:
            return -wanted.power, unit, (f"単位のない数を、{unit}に換算して読みました。",)
        return 0, unit, ()
    power = power_between(written, wanted)
    if power is None:
        sentence = f"単位「{read.unit}」が指標の単位「{unit}」と合いません。値と単位を確かめてください。"
        raise Refused("unit_mismatch", sentence)
    if wanted.denominator and not written.denominator:
        return power, unit, (f"単位「{read.unit}」を、指標の単位「{unit}」の値として読みました。",)
    return power, unit, ()


def _without_wanted(read: TextFigure, written: Unit | None) -> tuple[int, str | None, tuple[str, ...]]:
    if written is None:
        return 0, None, ()
    if not is_known_unit(read.unit):
        sentence = f"数値の後の「{read.unit}」が単位かどうか確かめられません。数値だけを入力してください。"
        raise Refused("unknown_unit", sentence)
    return written.power, written.base if written.power else _shown_unit(read.unit), ()


def _shown_unit(unit: str) -> str:
    return "％" if unit == PERCENT else unit


def _share_notice(value: Decimal | None, read: TextFigure, unit: str | None) -> tuple[str, ...]:
    wanted = parse_unit(unit)
    if wanted is None or wanted.base != PERCENT or not value:
        return ()
    if abs(value) >= 1000:
        return (f"％の値が1,000以上です（{to_plain(value)}）。桁を確かめてください。",)
    if read.unit or abs(value) >= 1:
        return ()
    return (f"％の欄に1未満の数（{to_plain(value)}）があります。割合の小数であれば100倍してください。",)


def _status(marks: tuple[str, ...]) -> FigureStatus:
    found = set(marks)
    if found & PRELIMINARY:
        return "preliminary"
    return "estimated" if found & (ESTIMATED | BOUNDS) else "final"


def format_figure(value: Decimal, decimals: int | None = None, unit: str | None = None) -> str:
    """Return a figure as screens and papers show it: thousands commas, rounded half up, unit behind.

    The sign is the ASCII hyphen-minus: every encoding, every font and Excel keep it, and what is copied
    from a page can be pasted back. △ is left to budget papers. `decimals` None shows every digit.
    `read_figure` with the same unit gives the rounded value back.

    :raises ValueError: not a finite number
    """
    shown = Decimal(to_plain(value)) if decimals is None else round_half_up(value, decimals)
    return f"{shown:,f}{unit or ''}"
