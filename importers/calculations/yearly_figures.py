"""What a row of yearly figures says, in the terms the database keeps: a target, an actual, a baseline.

Pure. A figure is converted to the KPI's own unit exactly, or not taken.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from importers.calculations.rows import Doubt, SourceRow
from tsukuba_kpi.lib.decimals import shift
from tsukuba_kpi.lib.figure_words import ExpectedOn
from tsukuba_kpi.lib.units import parse_unit, power_between

NUMERIC = frozenset({"final", "preliminary", "estimated"})
WITHOUT_NUMBER = frozenset({"pending", "not_surveyed", "unknown", "not_applicable"})
INTEGER_DIGITS, DECIMAL_PLACES = 18, 8
_BOUNDS = {"以上": "at_least", "以下": "at_most", "超": "at_least", "未満": "at_most"}


@dataclass(frozen=True, slots=True)
class TargetFigure:
    """A target as it is kept; `values` are fields of the record, all of them."""

    values: Mapping[str, Any]
    shown: object


@dataclass(frozen=True, slots=True)
class ActualFigure:
    """An actual as it is kept: a number with its status, or the status that says why there is none."""

    value: Decimal | None
    status: str
    expected_on: datetime.date | None = None
    text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A base value with its fiscal year, or the first and last year of its period."""

    value: Decimal | None
    text: str
    first_year: int | None
    year: int | None


@dataclass(frozen=True, slots=True)
class RowFigures:
    """Everything a row says; what it does not say is None. `refused`: why it cannot be taken in."""

    target: TargetFigure | None = None
    actual: ActualFigure | None = None
    baseline: Baseline | None = None
    unit: str = ""
    doubts: tuple[Doubt, ...] = ()
    refused: str | None = None


@dataclass(slots=True)
class _Scale:
    """How the figures of a row become figures of the KPI's unit."""

    power: int = 0
    doubts: list[Doubt] = field(default_factory=list)
    refused: str | None = None


def figures_of(row: SourceRow, known_unit: str) -> RowFigures:
    """Return what a row says of a KPI whose unit is known (blank: not yet)."""
    extra = row.extra
    unit = _text(extra.get("unit"))
    doubts: list[Doubt] = []
    scales = {
        prefix: _scale(unit or _text(extra.get(f"{prefix}_unit")), known_unit, prefix)
        for prefix in ("target", "actual", "baseline")
    }
    stated = {"target": _has_target(row), "actual": row.fields.get("actual") is not None}
    for prefix, scale in scales.items():
        if scale.refused is not None and stated.get(prefix):
            return RowFigures(refused=scale.refused)
    unfit = _unfit(row, scales)
    if unfit is not None:
        return RowFigures(refused=unfit)
    target = _target(row, scales["target"], doubts)
    actual = _actual(row, scales["actual"], doubts)
    if any(stated.values()):
        doubts += scales["target" if stated["target"] else "actual"].doubts
    baseline = _baseline(extra.get("baseline"), scales["baseline"], doubts)
    return RowFigures(target, actual, baseline, unit or "", tuple(doubts), None)


def _scale(unit: str | None, known_unit: str, prefix: str) -> _Scale:
    written, wanted = parse_unit(unit), parse_unit(known_unit or None)
    if written is None or wanted is None:
        return _Scale()
    power = power_between(written, wanted)
    if power is None:
        return _Scale(
            refused=f"単位「{unit}」は、登録されている指標の単位「{known_unit}」に換算できません。"
            "単位を確認してください。"
        )
    if power == 0:
        return _Scale()
    name = prefix if prefix != "baseline" else None
    message = f"「{unit}」の値を、登録されている指標の単位「{known_unit}」に換算しました。"
    return _Scale(power, [Doubt("unit_converted", name, message, review=False)])


def _has_target(row: SourceRow) -> bool:
    return row.fields.get("target") is not None or row.extra.get("target_low") is not None


def _target(row: SourceRow, scale: _Scale, doubts: list[Doubt]) -> TargetFigure | None:
    extra = row.extra
    text = (_text(extra.get("target_text")) or "")[:80]
    empty = {"value": None, "upper": None, "qualifier": "exact", "word": "", "published_text": text}
    word = _text(extra.get("target_word"))
    value = _figure(row.fields.get("target"), scale.power)
    if word is not None and value is None:
        return TargetFigure({**empty, "qualifier": "word", "word": word[:80]}, word)
    low, high = _figure(extra.get("target_low"), scale.power), _figure(extra.get("target_high"), scale.power)
    if value is None and low is not None and high is not None:
        return TargetFigure({**empty, "value": low, "upper": high, "qualifier": "range"}, f"{low}～{high}")
    if value is None:
        return None
    marks = (_text(extra.get("target_qualifier")) or "").split("・")
    bound = next((_BOUNDS[mark] for mark in marks if mark in _BOUNDS), "exact")
    for mark in ("超", "未満"):
        if mark in marks:
            message = f"目標値の「{mark}」は「{'以上' if mark == '超' else '以下'}」として扱います。"
            doubts.append(Doubt("bound_widened", "target", message))
    return TargetFigure({**empty, "value": value, "qualifier": bound}, value)


def _actual(row: SourceRow, scale: _Scale, doubts: list[Doubt]) -> ActualFigure | None:
    extra = row.extra
    status = row.fields.get("status")
    text = (_text(extra.get("actual_text")) or "")[:120]
    note = _text(extra.get("note")) or _text(extra.get("actual_note")) or ""
    value = _figure(row.fields.get("actual"), scale.power)
    if value is not None:
        known = status if isinstance(status, str) and status in NUMERIC else "final"
        return ActualFigure(value, known, text=text, note=note)
    if isinstance(status, str) and status in WITHOUT_NUMBER:
        return ActualFigure(None, status, _expected_on(extra.get("actual_expected_on")), text, note)
    if extra.get("actual_low") is not None:
        message = "実績値が範囲で書かれているため、値を取り込みません。"
        doubts.append(Doubt("range_as_actual", "actual", message))
    return None


def _baseline(given: object, scale: _Scale, doubts: list[Doubt]) -> Baseline | None:
    if not isinstance(given, Mapping):
        return None
    value = _figure(given.get("value"), scale.power)
    if value is None:
        return None
    if scale.refused is not None or not fits_column(value):
        message = f"基準値「{value}」は取り込みません。{scale.refused or '桁が多すぎます。'}"
        doubts.append(Doubt("baseline_left_out", None, message, review=False))
        return None
    period = given.get("period")
    first = period[0] if isinstance(period, list | tuple) and len(period) == 2 else None
    year = period[1] if first is not None and isinstance(period, list | tuple) else given.get("fiscal_year")
    text = _text(given.get("baseline_text")) or ""
    return Baseline(value, text[:80], first, year if isinstance(year, int) else None)


def _figure(given: object, power: int) -> Decimal | None:
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        return None
    return shift(Decimal(given), power)


def _unfit(row: SourceRow, scales: Mapping[str, _Scale]) -> str | None:
    """Return why a figure cannot be kept exactly, None where all can."""
    given = {
        "target": (row.fields.get("target"), row.extra.get("target_low"), row.extra.get("target_high")),
        "actual": (row.fields.get("actual"),),
    }
    for prefix, figures in given.items():
        for figure in figures:
            value = _figure(figure, scales[prefix].power)
            if value is not None and not fits_column(value):
                return (
                    f"「{figure}」は桁が多すぎます（整数部{INTEGER_DIGITS}桁、小数点以下{DECIMAL_PLACES}桁まで）。"
                    "値か単位を確認してください。"
                )
    return None


def fits_column(value: Decimal) -> bool:
    """Say whether a figure can be kept exactly: 18 digits before the point, 8 behind it."""
    exponent = value.normalize().as_tuple().exponent
    return (
        value.is_finite()
        and abs(value) < Decimal(10) ** INTEGER_DIGITS
        and isinstance(exponent, int)
        and -exponent <= DECIMAL_PLACES
    )


def _expected_on(given: object) -> datetime.date | None:
    """Return the day a figure is announced for, where the text settles it."""
    if not isinstance(given, Mapping):
        return None
    return ExpectedOn(**{name: given.get(name) for name in ("year", "month", "day", "fiscal_year")}).resolve()


def _text(given: object) -> str | None:
    return given.strip() or None if isinstance(given, str) else None
