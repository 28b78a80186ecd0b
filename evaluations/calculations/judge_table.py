"""The table of `manage.py judge`: JSON records in, rates, grades and explanations out.

Figures are JSON numbers or decimal strings and are read exactly (never as binary floats). What cannot be
read is one Japanese sentence that names the record and the field; nothing is guessed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from evaluations.calculations.composition import Part, total_of_parts
from evaluations.calculations.exact import exact, round_half_up
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import ActualValue, Baseline, Definition, Target, Warned
from evaluations.calculations.results import Judgement
from evaluations.calculations.target_words import word_meaning
from evaluations.enums import NUMERIC_STATUSES, ValueStatus
from strategy.calculations.rating import Scheme
from strategy.calculations.ready_schemes import READY_SCHEMES, ready_scheme
from strategy.enums import Aggregation, Direction, TargetQualifier
from tsukuba_kpi.lib.choices import LabelledEnum
from tsukuba_kpi.lib.fiscal_year import era_label

_KEYS = frozenset(
    {
        "kpi",
        "direction",
        "aggregation",
        "baseline",
        "targets",
        "actuals",
        "fiscal_year",
        "band",
        "parts",
        "scheme",
    }
)
_INHERITED = ("direction", "aggregation", "fiscal_year", "scheme")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_BOUNDED = re.compile(rf"({_DECIMAL.pattern})(以上|以下)")
_RANGED = re.compile(rf"({_DECIMAL.pattern})[～〜~]({_DECIMAL.pattern})")
_BOUNDS = {"以上": TargetQualifier.AT_LEAST, "以下": TargetQualifier.AT_MOST}
_YEAR = re.compile(r"[0-9]{4}")
# More digits than any figure of a city has; what is longer is a slip or an attack.
_MOST_DIGITS = 40
_FIRST_YEAR, _LAST_YEAR = 1868, 2300
_DEEPEST_PARTS = 5
_RATE_PLACES = 6

AnyEnum = TypeVar("AnyEnum", bound=LabelledEnum)


class TableError(ValueError):
    """The table cannot be read; the message is one Japanese sentence that says where and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One KPI of the table, read."""

    part: Part
    fiscal_year: int
    scheme: Scheme | None
    parts: tuple["Entry", ...]
    warnings: tuple[Warned, ...]


def judge_table(text: str) -> list[dict[str, str | None]]:
    """Judge every record of a table.

    :raises TableError: when the text is not such a table.
    """
    return [_result(entry, judge_entry(entry)) for entry in read_table(text)]


def judge_entry(entry: Entry) -> Judgement:
    """Judge one record, with its parts put together first."""
    own = entry.part
    if not entry.parts:
        return judge(
            own.definition, own.targets, own.actuals, entry.fiscal_year, entry.scheme, warnings=entry.warnings
        )
    total = total_of_parts(
        own.definition, own.targets, own.actuals, [_composed(part) for part in entry.parts], entry.fiscal_year
    )
    return judge(
        total.definition,
        total.targets,
        total.actuals,
        entry.fiscal_year,
        entry.scheme,
        warnings=(*entry.warnings, *total.warnings),
    )


def _composed(entry: Entry) -> Part:
    """Return a part with its own parts put together."""
    own = entry.part
    if not entry.parts:
        return own
    inner = [_composed(part) for part in entry.parts]
    total = total_of_parts(own.definition, own.targets, own.actuals, inner, entry.fiscal_year)
    return Part(own.name, total.definition, total.targets, total.actuals)


def _result(entry: Entry, judgement: Judgement) -> dict[str, str | None]:
    return {
        "kpi": entry.part.name,
        "progress_rate": _rounded(judgement.progress_rate),
        "achievement_rate": _rounded(judgement.achievement_rate),
        "expected": _rounded(judgement.expected),
        "grade": judgement.grade.label if judgement.grade else None,
        "reason": judgement.reason.value if judgement.reason else None,
        "explanation": judgement.explanation,
    }


def _rounded(value: Decimal | None) -> str | None:
    return None if value is None else f"{round_half_up(exact(value), _RATE_PLACES):f}"


def read_table(text: str) -> list[Entry]:
    """Read the records of a table.

    :raises TableError: with the record and the field that cannot be read.
    """
    records = _parse(text)
    if not isinstance(records, list):
        raise TableError("全体が一覧（[ ] で囲んだ並び）になっていません。KPIの一覧にしてください。")
    return [_entry(record, f"{position}件目", None, 0) for position, record in enumerate(records, start=1)]


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_Constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise TableError(
            f"JSONとして読めません（{error.lineno}行目{error.colno}文字目）。書き方を確かめてください。"
        ) from error
    except RecursionError as error:
        raise TableError("入れ子が深すぎて読めません。parts の入れ子を減らしてください。") from error


@dataclass(frozen=True, slots=True)
class _Constant:
    """NaN or Infinity as JSON's readers let it through: kept until its place is known, then refused."""

    name: str

    def __str__(self) -> str:
        return self.name


class _Doubled(dict[str, Any]):
    """An object that names one of its fields twice: kept until its place is known, then refused."""

    def __init__(self, pairs: list[tuple[str, Any]], twice: str) -> None:
        super().__init__(pairs)
        self.twice = twice


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return _Doubled(pairs, name)
        seen.add(name)
    return found


def _entry(record: Any, place: str, outer: Mapping[str, Any] | None, depth: int) -> Entry:
    record = _as_object(record, place)
    if depth > _DEEPEST_PARTS:
        raise TableError(f"{place}の parts の入れ子が深すぎます。{_DEEPEST_PARTS}段までにしてください。")
    if outer is not None:
        record = {**{name: outer[name] for name in _INHERITED if name in outer}, **record}
    name = record.get("kpi")
    if not isinstance(name, str):
        raise TableError(f"{place}の kpi が文字列ではありません。KPIの名前を入れてください。")
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise TableError(f"{place}の kpi に文字として成り立たない符号があります。名前を直してください。")
    place = f"{place}（{_clipped(name)}）"
    fiscal_year = _year(_required(record, "fiscal_year", place), f"{place}の fiscal_year")
    if outer is not None and fiscal_year != _year(outer["fiscal_year"], f"{place}の fiscal_year"):
        raise TableError(f"{place}の fiscal_year が全体の年度と違います。同じ年度にしてください。")
    noticed: list[Warned] = []
    part = Part(
        name,
        Definition(
            name=name,
            direction=_choice(Direction, _required(record, "direction", place), f"{place}の direction"),
            aggregation=_choice(
                Aggregation, _required(record, "aggregation", place), f"{place}の aggregation"
            ),
            baseline=_baseline(record.get("baseline"), f"{place}の baseline"),
            maintain_band=_band(record.get("band"), f"{place}の band"),
        ),
        _targets(_required(record, "targets", place), f"{place}の targets"),
        _actuals(_required(record, "actuals", place), f"{place}の actuals", noticed),
    )
    return Entry(
        part,
        fiscal_year,
        _scheme(record.get("scheme"), f"{place}の scheme"),
        _parts(record, place, depth),
        (*_unknown_keys(record), *noticed),
    )


def _parts(record: Mapping[str, Any], place: str, depth: int) -> tuple[Entry, ...]:
    parts = record.get("parts")
    if parts is None:
        return ()
    if not isinstance(parts, list):
        raise TableError(f"{place}の parts が一覧ではありません。一覧か null にしてください。")
    return tuple(
        _entry(part, f"{place}の内訳{position}件目", record, depth + 1)
        for position, part in enumerate(parts, start=1)
    )


def _unknown_keys(record: Mapping[str, Any]) -> tuple[Warned, ...]:
    unknown = [name for name in record if name not in _KEYS]
    if not unknown:
        return ()
    named = "、".join(f"「{_clipped(name)}」" for name in unknown)
    return (Warned("unknown_field", f"入力の項目{named}は使っていません。"),)


def _required(record: Mapping[str, Any], name: str, place: str) -> Any:
    if name not in record:
        raise TableError(f"{place}に {name} がありません。{name} を入れてください。")
    return record[name]


def _as_object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TableError(f"{place}が項目の組ではありません。{{ }} で囲んだものにしてください。")
    if isinstance(value, _Doubled):
        raise TableError(
            f"{place}に同じ項目「{_clipped(value.twice)}」が２回書かれています。どちらかを消してください。"
        )
    return value


def _choice(kind: type[AnyEnum], value: Any, place: str) -> AnyEnum:
    if isinstance(value, str):
        for member in kind:
            if member.value == value:
                return member
    choices = "、".join(member.value for member in kind)
    raise TableError(f"{place}「{_shown(value)}」が使えない値です。{choices} のいずれかにしてください。")


def _figure(value: Any, place: str) -> Decimal:
    number = value if isinstance(value, Decimal) else None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        number = Decimal(value)
    if number is None:
        raise TableError(
            f"{place}「{_shown(value)}」が数値ではありません。"
            '数値か、"12.5" のような十進数の文字列にしてください。'
        )
    exponent = int(number.as_tuple().exponent)
    if len(number.as_tuple().digits) > _MOST_DIGITS or abs(exponent) > _MOST_DIGITS:
        raise TableError(f"{place}「{_shown(value)}」の桁が多すぎます。{_MOST_DIGITS}桁までにしてください。")
    return number


def _year(value: Any, place: str) -> int:
    text = str(value) if isinstance(value, Decimal | str) else ""
    if not _YEAR.fullmatch(text) or not _FIRST_YEAR <= int(text) <= _LAST_YEAR:
        raise TableError(
            f"{place}「{_shown(value)}」が年度ではありません。西暦４桁（2017 など）にしてください。"
        )
    return int(text)


def _baseline(value: Any, place: str) -> Baseline | None:
    if value is None:
        return None
    record = _as_object(value, place)
    figure = _required(record, "value", place)
    if figure is None:
        return None
    year = record.get("fiscal_year")
    return Baseline(
        _figure(figure, f"{place}.value"), None if year is None else _year(year, f"{place}.fiscal_year")
    )


def _band(value: Any, place: str) -> Decimal | None:
    if value is None:
        return None
    band = _figure(value, place)
    if not 0 <= band <= 1:
        raise TableError(
            f"{place}「{_shown(value)}」が0から1までの割合ではありません。5％は 0.05 と書いてください。"
        )
    return band


def _targets(value: Any, place: str) -> dict[int, Target]:
    record = _as_object(value, place)
    return {
        _year(year, f"{place}の年度"): _target(figure, f"{place}.{year}")
        for year, figure in record.items()
        if figure is not None
    }


def _target(value: Any, place: str) -> Target:
    """Read a target: a figure; beyond the interface also 70以上, 40～50 and words such as 現状維持."""
    if isinstance(value, str):
        bounded, ranged = _BOUNDED.fullmatch(value), _RANGED.fullmatch(value)
        if bounded:
            return Target(_figure(bounded[1], place), _BOUNDS[bounded[2]])
        if ranged:
            low, high = _figure(ranged[1], place), _figure(ranged[2], place)
            if low > high:
                raise TableError(
                    f"{place}「{_shown(value)}」の範囲の順が逆です。小さい方から書いてください。"
                )
            return Target(low, TargetQualifier.RANGE, high)
        if word_meaning(value, Direction.UP) is not None:
            return Target(None, TargetQualifier.WORD, word=value)
    return Target(_figure(value, place))


def _actuals(value: Any, place: str, noticed: list[Warned]) -> dict[int, ActualValue]:
    record = _as_object(value, place)
    return {
        _year(year, f"{place}の年度"): _actual(entry, year, f"{place}.{year}", noticed)
        for year, entry in record.items()
        if entry is not None
    }


def _actual(value: Any, year: str, place: str, noticed: list[Warned]) -> ActualValue:
    """Read one actual. A status without a number wins over a number written beside it, and says so."""
    record = _as_object(value, place)
    figure = record.get("value")
    number = None if figure is None else _figure(figure, f"{place}.value")
    if "status" not in record:
        noticed.append(
            Warned("no_status", f"{era_label(int(year))}の実績に状態（status）がなく、確定として扱いました。")
        )
        return ActualValue(number)
    status = _choice(ValueStatus, record["status"], f"{place}.status")
    if number is None or status in NUMERIC_STATUSES:
        return ActualValue(number, status)
    message = f"{era_label(int(year))}の実績は{status.label}のため、書かれている値は使っていません。"
    noticed.append(Warned("value_without_numeric_status", message))
    return ActualValue(None, status)


def _scheme(value: Any, place: str) -> Scheme | None:
    if value is None:
        return None
    scheme = ready_scheme(value) if isinstance(value, str) else None
    if scheme is None:
        names = "、".join(ready.code for ready in READY_SCHEMES)
        raise TableError(
            f"{place}「{_shown(value)}」という評価基準はありません。{names} のいずれかにしてください。"
        )
    return scheme


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "組" if isinstance(value, dict) else "一覧"
    return _clipped(str(value))


def _clipped(text: str) -> str:
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain if len(plain) <= 40 else f"{plain[:40]}…"
