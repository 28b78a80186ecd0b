"""Questions to the person who enters a figure. They never block: a surprising figure may be right.

Each question has a stable code and a Japanese sentence that shows the figures it rests on.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluations.calculations.aggregation import is_summed, number_of
from evaluations.calculations.composition import Part
from evaluations.calculations.exact import exact, has_finite_decimal
from evaluations.calculations.judgement import judge
from evaluations.calculations.path import effective_baseline
from evaluations.calculations.quantities import Actuals, Baseline, Definition, Targets
from evaluations.calculations.results import Judgement
from evaluations.calculations.wording import FigureStyle, percent, style_of
from strategy.enums import Aggregation, EnteredAs
from tsukuba_kpi.lib.fiscal_year import era_label

_FEWEST_FOR_RANGE = 3
_TOO_EASY = Fraction(3, 2)
# How far a figure may be from 100, 1,000 or 10,000 times the last one and still look like a unit's slip.
_SLIP_LOW, _SLIP_HIGH = Fraction(1, 2), Fraction(2)
_SLIPS = (
    (10_000, "万の位の単位（万人と人、万円と円など）を取り違えていませんか"),
    (1_000, "千の位の単位（千人と人、千円と円など）を取り違えていませんか"),
    (100, "割合の書き方（0.63 と 63％ など）を取り違えていませんか"),
)
_SHARE_UNITS = ("％", "%", "パーセント")
_REACHED = re.compile(
    r"達成(?!(?:率|度|状況|見込|予定|困難|目標)|に(?:向|至ら|は至ら|届)|を(?:目指|図)|でき(?:な|ず)|し(?:な|て(?:い)?な)|には|せず|され(?:な|ず))"
)
_NOT_REACHED = re.compile(
    r"未達|達成(?:には?)?(?:至ら|届か)(?:な|ず)|達成でき(?:な|ず)|達成し(?:な|て(?:い)?な)|達成せず|達成され(?:な|ず)"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the figure or the text that is being entered."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a question looks at: the entered figure among its neighbours."""

    definition: Definition
    fiscal_year: int
    value: Fraction
    earlier: tuple[tuple[int, Fraction], ...]
    style: FigureStyle
    targets: Targets
    actuals: Actuals
    parts: Sequence[Part]
    following: tuple[int, Fraction] | None = None

    @property
    def last(self) -> tuple[int, Fraction] | None:
        """The latest figure before this year's."""
        return self.earlier[-1] if self.earlier else None


def questions_about(
    definition: Definition,
    targets: Targets,
    actuals: Actuals,
    fiscal_year: int,
    *,
    parts: Sequence[Part] = (),
    text: str = "",
) -> tuple[Question, ...]:
    """Ask about the figure of a fiscal year, entered among `actuals`, and the text written with it."""
    value = number_of(actuals.get(fiscal_year))
    if value is None:
        return ()
    # Figures of another definition are no measure for this one.
    broken = [each.fiscal_year for each in definition.breaks if each.fiscal_year <= fiscal_year]
    since = max(broken, default=0)
    earlier = tuple(
        (year, number)
        for year in sorted(actuals)
        if since <= year < fiscal_year and (number := number_of(actuals[year])) is not None
    )
    figures = [actual.value for actual in actuals.values() if actual.value is not None]
    style = style_of(definition.unit, definition.decimals, figures)
    entry = _Entry(
        definition,
        fiscal_year,
        value,
        earlier,
        style,
        targets,
        actuals,
        parts,
        _following(definition, actuals, fiscal_year),
    )
    asked = [question for check in _CHECKS for question in check(entry)]
    asked.extend(_about_text(entry, text))
    return tuple(asked)


def _following(definition: Definition, actuals: Actuals, year: int) -> tuple[int, Fraction] | None:
    """Return the next figure after a year by the same definition, for history that is filled in later."""
    broken = [each.fiscal_year for each in definition.breaks if each.fiscal_year > year]
    until = min(broken, default=None)
    for each in sorted(actuals):
        number = number_of(actuals[each])
        if each > year and (until is None or each < until) and number is not None:
            return each, number
    return None


def _about_size(entry: _Entry) -> Iterator[Question]:
    """A unit's slip if the size fits one, else ten times or a tenth of the figure before."""
    reference = _reference(entry)
    if reference is None or entry.value == 0:
        return
    named, before = reference
    ratio = abs(entry.value / before)
    known = f"{named}は{entry.style.figure(before)}、入力は{entry.style.figure(entry.value)}です。"
    slip = _slip(ratio, entry.definition.unit)
    if slip:
        yield Question("unit_slip", f"{known}{slip}。")
    elif ratio >= 10:
        yield Question("ten_times", f"{known}10倍以上ですが、桁や単位は合っていますか。")
    elif ratio <= Fraction(1, 10):
        yield Question("tenth", f"{known}10分の1以下ですが、桁や単位は合っていますか。")


def _reference(entry: _Entry) -> tuple[str, Fraction] | None:
    """The figure a size is compared with: the last one, else the next one, else the baseline."""
    near = entry.last or entry.following
    if near is not None and near[1] != 0:
        return era_label(near[0]), near[1]
    baseline = effective_baseline(entry.definition, entry.fiscal_year)
    if (
        entry.last is None
        and isinstance(baseline, Baseline)
        and baseline.value != 0
        and not is_summed(entry.definition)
    ):
        return "基準値", exact(baseline.value)
    return None


def _slip(ratio: Fraction, unit: str) -> str:
    for factor, message in _SLIPS:
        if factor == 100 and unit not in _SHARE_UNITS:
            continue
        for scaled in (ratio / factor, ratio * factor):
            if _SLIP_LOW <= scaled <= _SLIP_HIGH:
                return message
    return ""


def _about_sign(entry: _Entry) -> Iterator[Question]:
    signs = {number > 0 for _, number in entry.earlier if number != 0}
    if entry.value == 0 or len(signs) != 1 or entry.last is None or (entry.value > 0) in signs:
        return
    before = entry.style.figure(entry.last[1])
    yield Question(
        "sign_turned",
        f"これまでの値とプラス・マイナスが逆です（{era_label(entry.last[0])}は{before}、"
        f"入力は{entry.style.figure(entry.value)}）。符号は合っていますか。",
    )


def _about_range(entry: _Entry) -> Iterator[Question]:
    """A figure further outside the range so far than that range is wide."""
    numbers = [number for _, number in entry.earlier]
    if len(numbers) < _FEWEST_FOR_RANGE:
        return
    low, high = min(numbers), max(numbers)
    width = high - low
    if low - width <= entry.value <= high + width:
        return
    yield Question(
        "outside_range",
        f"入力の{entry.style.figure(entry.value)}は、これまでの値の幅"
        f"（{entry.style.figure(low)}から{entry.style.figure(high)}）から大きく離れています。"
        "理由があれば注記に書いてください。",
    )


def _about_share(entry: _Entry) -> Iterator[Question]:
    if entry.definition.unit not in _SHARE_UNITS or entry.value <= 100:
        return
    if all(number <= 100 for _, number in entry.earlier):
        yield Question("above_hundred", f"割合が{entry.style.figure(entry.value)}です。100％を超えますか。")


def _about_places(entry: _Entry) -> Iterator[Question]:
    decimals = entry.definition.decimals
    if decimals is not None and not has_finite_decimal(entry.value, decimals):
        yield Question(
            "too_many_places", f"この指標は小数点以下{decimals}桁です。入力の桁数はこれで合っていますか。"
        )


def _about_sum_entered(entry: _Entry) -> Iterator[Question]:
    """A yearly count that looks like the sum of all years up to now."""
    if not is_summed(entry.definition) or len(entry.earlier) < 2:
        return
    numbers = [number for _, number in entry.earlier]
    before, usual = sum(numbers, Fraction(0)), sum(numbers, Fraction(0)) / len(numbers)
    if (
        usual > 0
        and before + usual / 2 <= entry.value <= before + usual * 2
        and entry.value > 2 * max(numbers)
    ):
        yield Question(
            "sum_entered",
            f"この指標には各年度の値を入力します。入力の{entry.style.figure(entry.value)}は"
            f"累計ではありませんか（前年度までの合計は{entry.style.figure(before)}）。",
        )


def _about_falling_sum(entry: _Entry) -> Iterator[Question]:
    """A count up to each year that is smaller than the one before."""
    counts_up = entry.definition.entered_as is EnteredAs.CUMULATIVE_INCREMENT or (
        entry.definition.aggregation is Aggregation.YEAR_END and "累計" in entry.definition.name
    )
    if not counts_up or entry.last is None or entry.value >= entry.last[1]:
        return
    yield Question(
        "sum_falls",
        f"累計の値が{era_label(entry.last[0])}の{entry.style.figure(entry.last[1])}より小さくなっています"
        f"（入力は{entry.style.figure(entry.value)}）。この年度だけの値ではありませんか。",
    )


def _about_parts(entry: _Entry) -> Iterator[Question]:
    numbers = [number_of(part.actuals.get(entry.fiscal_year)) for part in entry.parts]
    known = [number for number in numbers if number is not None]
    total = sum(known, Fraction(0))
    if not known or len(known) < len(numbers) or total == entry.value:
        return
    yield Question(
        "total_differs",
        f"合計の{entry.style.figure(entry.value)}が内訳の和の{entry.style.figure(total)}と一致しません。",
    )


def _about_target(entry: _Entry) -> Iterator[Question]:
    """Above 150 % of the target in this year and the one before: the target may be too low."""
    rates = [
        _judged(entry, year).directed_achievement_rate for year in (entry.fiscal_year - 1, entry.fiscal_year)
    ]
    if all(rate is not None and rate > _TOO_EASY for rate in rates):
        shown = "、".join(percent(rate) for rate in rates if rate is not None)
        yield Question(
            "target_too_low", f"２年続けて目標の150％を超えています（{shown}）。目標が低すぎませんか。"
        )


def _judged(entry: _Entry, year: int) -> Judgement:
    return judge(entry.definition, entry.targets, entry.actuals, year, None)


def _about_text(entry: _Entry, text: str) -> Iterator[Question]:
    """A text that says 達成 where the figure does not, or the other way round."""
    met = _judged(entry, entry.fiscal_year).met if text else None
    if met is None:
        return
    says_not = _NOT_REACHED.search(text) is not None
    says = _REACHED.search(text) is not None and not says_not
    if says and not met:
        yield Question(
            "text_says_met", "文章に「達成」とありますが、値は当年度の目標（期待値）に達していません。"
        )
    elif says_not and met:
        yield Question(
            "text_says_not_met",
            "文章に達成していないとありますが、値は当年度の目標（期待値）に達しています。",
        )


_CHECKS = (
    _about_size,
    _about_sign,
    _about_range,
    _about_share,
    _about_places,
    _about_sum_entered,
    _about_falling_sum,
    _about_parts,
    _about_target,
)
