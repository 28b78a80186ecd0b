"""The words under a grade: a text a clerk can read to a councillor, and the same as steps of data."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from evaluations.calculations.cautions import FOR_PLANNING
from evaluations.calculations.path import Basis, Expected
from evaluations.calculations.quantities import Baseline, Target, Warned
from evaluations.calculations.wording import (
    FigureStyle,
    limit_text,
    percent,
    style_of,
    years_text,
)
from evaluations.enums import Reason
from strategy.calculations.rating import Band
from strategy.enums import Aggregation, Direction, EnteredAs, RatingMeasure, TargetQualifier
from tsukuba_kpi.lib.fiscal_year import era_label

if TYPE_CHECKING:
    from evaluations.calculations.results import Judgement

_RATIOS = frozenset(
    {
        RatingMeasure.PROGRESS_RATE,
        RatingMeasure.ACHIEVEMENT_RATE,
        RatingMeasure.PATH_RATE,
        RatingMeasure.PATH_PROGRESS,
        RatingMeasure.BASELINE_RATE,
    }
)
# A sum of more years than this is not written out.
_MOST_ADDENDS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the arithmetic: a stable key, its name, the expression and its result as written."""

    key: str
    label: str
    expression: str
    result: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A judgement in words (`text`), step by step (`steps`), and what to know beside them (`notices`).

    Of a target changed in mid-plan the figures themselves are with the judgement's inputs (`Target.change`).
    """

    text: str
    steps: tuple[Step, ...]
    notices: tuple[Warned, ...] = ()


def explain(judgement: "Judgement") -> Explanation:
    """Explain a judgement: the figure, 進捗率, 達成率, the expected value, the grade, and what to know."""
    style = _style(judgement)
    steps = tuple(_steps(judgement, style))
    said = [step.sentence for step in steps]
    notices = tuple(each for each in judgement.warnings if each.code not in FOR_PLANNING)
    said.extend(each.message for each in notices)
    return Explanation("".join(said), steps, notices)


def _steps(judgement: "Judgement", style: FigureStyle) -> Iterator[Step]:
    if judgement.value is None:
        yield _absent(judgement)
        return
    yield _value(judgement, style)
    thresholds = _thresholds(judgement)
    yield from _progress(judgement, style, thresholds)
    yield from _achievement(judgement, style, thresholds)
    yield from _expected(judgement, style)
    yield from _met(judgement, style)
    yield _grade(judgement, style, thresholds)


def _style(judgement: "Judgement") -> FigureStyle:
    inputs = judgement.inputs
    definition = inputs.definition
    return style_of(definition.unit, definition.decimals, _figures(judgement))


def _figures(judgement: "Judgement") -> Iterable[Decimal]:
    inputs = judgement.inputs
    if inputs.baseline is not None:
        yield inputs.baseline.value
    for target in (inputs.year_target, inputs.final_target):
        if target is not None and target.value is not None:
            yield target.value
    for _, actual in inputs.actuals:
        if actual.value is not None:
            yield actual.value


def _thresholds(judgement: "Judgement") -> tuple[Decimal, ...]:
    bands = (judgement.grade, judgement.missed)
    return tuple(band.minimum for band in bands if band is not None and band.minimum is not None)


def _absent(judgement: "Judgement") -> Step:
    reason = judgement.reason or Reason.NO_ACTUAL
    years = years_text(judgement.missing_years or (judgement.fiscal_year,))
    due = f"（{judgement.due}）" if judgement.due else ""
    until = era_label(judgement.fiscal_year)
    told = {
        Reason.NO_ACTUAL: f"{years}の実績が入力されていない",
        Reason.PENDING: f"{years}の実績が集計中である{due}",
        Reason.NOT_SURVEYED: f"{years}は調査が行われていない",
        Reason.UNKNOWN: f"{years}の実績が把握されていない",
        Reason.NOT_APPLICABLE: f"{years}は該当がない",
        Reason.YEAR_MISSING: f"途中の{years}の値がなく、{until}までの累計が出せない",
        Reason.OUTSIDE_PERIOD: f"{years}は計画期間の初年度より前である",
        Reason.SERIES_BREAK: f"{years}から定義が変わり、前後の値を合わせられない",
        Reason.NO_AGGREGATION: "集計方法（単年度の値か、累計かなど）が決められていない",
        Reason.PARTS_MISSING: f"{years}の内訳が揃っていない{due}",
    }.get(reason, reason.label)
    sentence = f"{told}ため、評価できません。値がないことを0とはみなしません。"
    return Step("value", "実績", "", reason.label, sentence)


def _value(judgement: "Judgement", style: FigureStyle) -> Step:
    assert judgement.value is not None
    definition = judgement.inputs.definition
    shown = style.figure(judgement.value)
    state = f"（{judgement.status.label}値）" if judgement.is_provisional and judgement.status else ""
    years = years_text(judgement.years)
    if definition.aggregation is Aggregation.AVERAGE:
        return Step("value", f"{years}の平均", "", shown, f"{years}の平均は{shown}{state}です。")
    label = _value_label(judgement, years)
    addends = [actual.value for _, actual in judgement.inputs.actuals if actual.value is not None]
    written = 1 < len(addends) <= _MOST_ADDENDS
    expression = "＋".join(_signed(style, each) for each in addends) if written else ""
    told = f"（{expression}）" if expression else ""
    return Step("value", label, expression, shown, f"{label}は{shown}{told}{state}です。")


def _value_label(judgement: "Judgement", years: str) -> str:
    definition = judgement.inputs.definition
    if definition.aggregation is Aggregation.CUMULATIVE:
        return f"{years}の累計"
    if definition.aggregation is Aggregation.INCREMENT and definition.entered_as is not EnteredAs.LEVEL:
        return f"{era_label(judgement.fiscal_year)}までの増加分の累計"
    return f"{years}{'末' if definition.aggregation is Aggregation.YEAR_END else ''}の実績"


def _signed(style: FigureStyle, value: Decimal) -> str:
    text = style.bare(value)
    return f"（{text}）" if value < 0 else text


def _baseline_text(baseline: Baseline, style: FigureStyle) -> str:
    when = baseline.period or (era_label(baseline.fiscal_year) if baseline.fiscal_year is not None else "")
    return f"基準{style.figure(baseline.value)}" + (f"（{when}）" if when else "")


def _target_text(target: Target, style: FigureStyle) -> str:
    if target.word:
        return f"「{target.word}」"
    if target.value is None:
        return ""
    if target.qualifier is TargetQualifier.RANGE and target.upper is not None:
        return f"{style.figure(target.value)}から{style.figure(target.upper)}まで"
    bound = {TargetQualifier.AT_LEAST: "以上", TargetQualifier.AT_MOST: "以下", TargetQualifier.RANGE: "以上"}
    return style.figure(target.value) + bound.get(target.qualifier, "")


def _progress(judgement: "Judgement", style: FigureStyle, thresholds: tuple[Decimal, ...]) -> Iterator[Step]:
    inputs = judgement.inputs
    if judgement.progress_rate is None:
        yield from _missing_rate(judgement, "progress_rate", "進捗率")
        return
    assert judgement.value is not None
    assert inputs.baseline is not None
    assert inputs.final_target is not None
    assert inputs.final_target.number is not None
    assert inputs.final_year is not None
    base, goal = Fraction(inputs.baseline.value), Fraction(inputs.final_target.number)
    way, done = goal - base, Fraction(judgement.value) - base
    rate = percent(judgement.progress_rate, thresholds)
    forward = done if way > 0 else -done
    if forward > 0:
        moved = f"のうち{style.span(forward)}進み"
    elif forward < 0 and inputs.definition.aggregation is Aggregation.CUMULATIVE:
        moved = f"に対して累計はまだ基準値に{style.span(-forward)}届いておらず"
    elif forward < 0:
        moved = f"に対して逆の向きに{style.span(-forward)}動いており"
    else:
        moved = "に対して基準値から動いておらず"
    value = _signed(style, judgement.value)
    base_text, goal_text = _signed(style, inputs.baseline.value), style.bare(inputs.final_target.number)
    expression = f"（{value}－{base_text}）÷（{goal_text}－{base_text}）"
    sentence = (
        f"{_baseline_text(inputs.baseline, style)}から"
        f"目標{_target_text(inputs.final_target, style)}（{era_label(inputs.final_year)}）までの"
        f"{style.span(abs(way))}{moved}、進捗率は{rate}です。"
    )
    yield Step("progress_rate", "進捗率", expression, rate, sentence)


def _achievement(
    judgement: "Judgement", style: FigureStyle, thresholds: tuple[Decimal, ...]
) -> Iterator[Step]:
    inputs = judgement.inputs
    target = inputs.year_target or inputs.final_target
    if judgement.achievement_rate is None or target is None or target.number is None:
        yield from _missing_rate(judgement, "achievement_rate", "達成率")
        return
    assert judgement.value is not None
    rate = percent(judgement.achievement_rate, thresholds)
    expression = f"{_signed(style, judgement.value)}÷{_signed(style, target.number)}"
    which = "当年度の目標" if inputs.year_target is not None else "最終目標"
    down = inputs.definition.direction is Direction.DOWN
    note = "（下向きの指標のため100％以下が達成）" if down and judgement.achievement_rate >= 0 else ""
    sentence = f"{which}に対する達成率は{expression}＝{rate}です{note}。"
    yield Step("achievement_rate", "達成率", expression, rate, sentence)


def _missing_rate(judgement: "Judgement", name: str, label: str) -> Iterator[Step]:
    reason = judgement.reason_for(name)
    if reason is None or reason is Reason.NO_TARGET:
        return
    yield Step(name, label, "", reason.label, f"{label}は、{_because(reason)}出していません。")


def _because(reason: Reason) -> str:
    if reason is Reason.REFERENCE_ONLY:
        return "参考値として扱う指標のため、"
    return f"{reason.label}{'ため' if reason.label.endswith(('ある', 'ない')) else 'のため'}"


def _expected(judgement: "Judgement", style: FigureStyle) -> Iterator[Step]:
    expected = judgement.inputs.expected
    if expected is None:
        return
    assert judgement.value is not None
    shown = style.figure(expected.value)
    year = era_label(judgement.fiscal_year)
    told = _basis_text(expected, style, judgement.fiscal_year)
    difference = Fraction(judgement.value) - expected.value
    if difference == 0:
        compared = "実績は同じ値です"
    else:
        compared = f"実績は{style.span(abs(difference))}{'上回って' if difference > 0 else '下回って'}います"
    sentence = f"{year}の期待値は{told}{shown}で、{compared}。"
    yield Step("expected", "期待値", told, shown, sentence)


def _basis_text(expected: Expected, style: FigureStyle, fiscal_year: int) -> str:
    if expected.basis is Basis.OWN_TARGET:
        return "当年度の目標の"
    if expected.basis is Basis.FINAL_TARGET:
        return "最終目標の"
    start, end = expected.start, expected.end
    assert start is not None
    if expected.basis is Basis.BASELINE:
        return "基準の"
    if expected.basis is Basis.STEPS:
        return f"直前の目標（{era_label(start.fiscal_year)}）の"
    assert end is not None
    whole, passed = end.fiscal_year - start.fiscal_year, fiscal_year - start.fiscal_year
    return (
        f"{era_label(start.fiscal_year)}末の{style.figure(start.value)}と"
        f"{era_label(end.fiscal_year)}の{style.figure(end.value)}を直線で結んだ"
        f"{whole}年のうち{passed}年目の"
    )


def _met(judgement: "Judgement", style: FigureStyle) -> Iterator[Step]:
    if judgement.met is None or judgement.inputs.expected is not None:
        return
    target = judgement.inputs.year_target or judgement.inputs.final_target
    if target is None:
        return
    result = "達成" if judgement.met else "未達成"
    sentence = f"目標{_target_text(target, style)}に対して{result}です。"
    yield Step("met", "達成・未達成", _target_text(target, style), result, sentence)


def _grade(judgement: "Judgement", style: FigureStyle, thresholds: tuple[Decimal, ...]) -> Step:
    band = judgement.grade
    if band is None:
        reason = judgement.reason_for("grade") or Reason.NO_SCHEME
        return Step("grade", "評価", "", reason.label, f"{_because(reason)}評価の区分は付けていません。")
    assert judgement.graded_by is not None
    assert judgement.graded_quantity is not None
    scheme = f"評価基準「{judgement.scheme_name}」第{judgement.scheme_version}版"
    measured = _graded_text(judgement, style, thresholds)
    limits = _limits_text(band, judgement)
    sentence = f"{scheme}では、{measured}{limits}、「{band.label}」です。"
    return Step("grade", "評価", f"{measured}{limits}", band.label, sentence)


def _graded_text(judgement: "Judgement", style: FigureStyle, thresholds: tuple[Decimal, ...]) -> str:
    measure, quantity = judgement.graded_by, judgement.graded_quantity
    assert measure is not None
    assert quantity is not None
    if measure is RatingMeasure.MET:
        return "目標に達しており" if quantity else "目標に達しておらず"
    if measure is RatingMeasure.EFFECT:
        return "指標の達成状況から"
    if measure is RatingMeasure.DIFFERENCE:
        return f"期待値との差（良い向きを正とする）が{style.span(quantity)}で"
    return f"{_ratio_name(judgement, measure)}が{percent(quantity, thresholds)}で"


def _ratio_name(judgement: "Judgement", measure: RatingMeasure) -> str:
    """Name a graded rate; one that differs from the printed 達成率 says that it minds the direction."""
    name = measure.label
    if _goal_is_zero(judgement, measure):
        return "0までの進み方（目標や期待値が0で比が出せないため）"
    plain = {
        RatingMeasure.ACHIEVEMENT_RATE: judgement.achievement_rate,
        RatingMeasure.PROGRESS_RATE: judgement.progress_rate,
    }.get(measure, judgement.graded_quantity)
    direction = judgement.inputs.definition.direction
    if direction is Direction.MAINTAIN:
        return f"{name}（目標からの離れ方で見る）"
    minds = measure in (RatingMeasure.ACHIEVEMENT_RATE, RatingMeasure.PATH_RATE, RatingMeasure.BASELINE_RATE)
    if plain != judgement.graded_quantity or (minds and direction is Direction.DOWN):
        return f"{name}（向きを考慮：１＋良い側への差÷基準とする値）"
    return name


def _goal_is_zero(judgement: "Judgement", measure: RatingMeasure) -> bool:
    inputs = judgement.inputs
    if measure is RatingMeasure.PATH_RATE:
        return inputs.expected is not None and inputs.expected.value == 0
    return measure is RatingMeasure.ACHIEVEMENT_RATE and judgement.achievement_rate is None


def _limits_text(band: Band, judgement: "Judgement") -> str:
    if judgement.graded_by not in _RATIOS:
        return ""
    missed = judgement.missed
    lower = ""
    if band.minimum is not None:
        lower = limit_text(band.minimum) + ("以上" if band.includes_minimum else "超")
    upper = ""
    if missed is not None and missed.minimum is not None:
        upper = limit_text(missed.minimum) + ("未満" if missed.includes_minimum else "以下")
    return f"{lower}{upper}にあたり" if lower or upper else ""
