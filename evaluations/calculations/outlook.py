"""At this pace, will the final target be met? A projection, marked as such, never a grade.

The KPI's own last figures are drawn on in a straight line: at most five, since the last series break, and
never fewer than three. How far the line can be trusted shows in a range: the same line with each figure
left out in turn. Only when the whole range lies on one side of the target is anything said.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from evaluations.calculations.aggregation import first_year_of, is_summed, number_of
from evaluations.calculations.exact import as_decimal, exact
from evaluations.calculations.increments import on_judged_scale
from evaluations.calculations.path import final_target
from evaluations.calculations.quantities import Actuals, Definition, Target, Targets
from evaluations.calculations.rates import is_met
from evaluations.calculations.wording import style_of
from strategy.enums import Aggregation, Direction, TargetQualifier
from tsukuba_kpi.lib.fiscal_year import era_label

FEWEST, MOST = 3, 5


class Verdict(Enum):
    """What a projection says of the final target."""

    LIKELY = "likely"
    UNCERTAIN = "uncertain"
    UNLIKELY = "unlikely"
    TOO_FEW = "too_few"
    NOT_PROJECTED = "not_projected"


@dataclass(frozen=True, slots=True)
class Outlook:
    """A projection of the final year's figure: the line's value, its range, and what it says."""

    verdict: Verdict
    final_year: int | None
    projected: Decimal | None
    low: Decimal | None
    high: Decimal | None
    years: tuple[int, ...]
    explanation: str


Series = list[tuple[int, Fraction]]


def outlook(definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int) -> Outlook:
    """Project a KPI to its final target's year from its figures up to a fiscal year."""
    definition, targets, _ = on_judged_scale(definition, targets)
    final = final_target(targets)
    number = final[1].number if final else None
    obstacle = _obstacle(definition, final, number, fiscal_year)
    if obstacle or final is None or number is None:
        return Outlook(Verdict.NOT_PROJECTED, final[0] if final else None, None, None, None, (), obstacle)
    final_year, target = final
    if _crosses_break(definition, targets, actuals, fiscal_year):
        told = "定義の変更をまたいで合計や平均はできないため、見込みを出していません。"
        return Outlook(Verdict.NOT_PROJECTED, final_year, None, None, None, (), told)
    series = _series(definition, targets, actuals, fiscal_year)
    if len(series) < FEWEST:
        told = f"値が{len(series)}年分しかないため、見込みを出していません（{FEWEST}年分から）。"
        years = tuple(year for year, _ in series)
        return Outlook(Verdict.TOO_FEW, final_year, None, None, None, years, told)
    guesses = _projections(definition, targets, actuals, series, final_year)
    return _outlook(definition, target, final_year, series, guesses)


def _obstacle(
    definition: Definition, final: tuple[int, Target] | None, number: Decimal | None, fiscal_year: int
) -> str:
    if final is None or number is None:
        return "最終目標が数値でないため、見込みを出していません。"
    if fiscal_year >= final[0]:
        return "最終目標の年度に達しているため、見込みは出しません。"
    if definition.direction in (None, Direction.REFERENCE) or definition.aggregation is None:
        return "指標の向きか集計方法が決められていないため、見込みを出していません。"
    return ""


def _crosses_break(definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int) -> bool:
    """Whether a sum or an average would put figures of two definitions together."""
    if not is_summed(definition) and definition.aggregation is not Aggregation.AVERAGE:
        return False
    first = first_year_of(definition, targets, actuals)
    return any(first is None or first < each.fiscal_year <= fiscal_year for each in definition.breaks)


def _series(definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int) -> Series:
    """Return the last yearly figures that compare with each other."""
    since = max(
        (each.fiscal_year for each in definition.breaks if each.fiscal_year <= fiscal_year), default=0
    )
    if is_summed(definition) or definition.aggregation is Aggregation.AVERAGE:
        since = max(since, first_year_of(definition, targets, actuals) or 0)
    found = [
        (year, number)
        for year in sorted(actuals)
        if since <= year <= fiscal_year and (number := number_of(actuals[year])) is not None
    ]
    return found[-MOST:]


def _projections(
    definition: Definition, targets: Targets, actuals: Actuals, series: Series, final_year: int
) -> list[Fraction] | None:
    """Return the projection through all figures first, then those without one; None without a sum."""
    samples = [series, *(series[:index] + series[index + 1 :] for index in range(len(series)))]
    if definition.aggregation is Aggregation.AVERAGE:
        first = first_year_of(definition, targets, actuals) or series[0][0]
        return [_average(sample, actuals, first, series[-1][0], final_year) for sample in samples]
    if not is_summed(definition):
        return [_line(sample, final_year) for sample in samples]
    first = first_year_of(definition, targets, actuals) or series[0][0]
    last = series[-1][0]
    counts = [number_of(actuals.get(year)) for year in range(first, last + 1)]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    sofar, left = sum(known, Fraction(0)), final_year - last
    paces = [sum((number for _, number in sample), Fraction(0)) / len(sample) for sample in samples]
    return [sofar + left * pace for pace in paces]


def _average(points: Series, actuals: Actuals, first: int, last: int, final_year: int) -> Fraction:
    """Return the average over the plan: the figures there are, and the line's for the years to come."""
    known = [
        number for year in range(first, last + 1) if (number := number_of(actuals.get(year))) is not None
    ]
    ahead = [_line(points, year) for year in range(last + 1, final_year + 1)]
    return sum([*known, *ahead], Fraction(0)) / (len(known) + len(ahead))


def _line(points: Series, year: int) -> Fraction:
    """Return the least-squares line's value in a year."""
    count = len(points)
    mean_year = Fraction(sum(each for each, _ in points), count)
    mean_value = sum((value for _, value in points), Fraction(0)) / count
    spread = sum(((each - mean_year) ** 2 for each, _ in points), Fraction(0))
    slope = sum(((each - mean_year) * (value - mean_value) for each, value in points), Fraction(0)) / spread
    return mean_value + slope * (year - mean_year)


def _outlook(
    definition: Definition,
    target: Target,
    final_year: int,
    series: Series,
    guesses: list[Fraction] | None,
) -> Outlook:
    years = tuple(year for year, _ in series)
    if guesses is None:
        told = "途中に値のない年度があり累計が出せないため、見込みを出していません。"
        return Outlook(Verdict.TOO_FEW, final_year, None, None, None, years, told)
    if all(value >= 0 for _, value in series):
        guesses = [max(guess, Fraction(0)) for guess in guesses]
    reached = [_reaches(definition, target, guess) for guess in guesses]
    assert target.number is not None
    passed_by = min(guesses) < exact(target.number) < max(guesses)
    verdict = Verdict.UNCERTAIN if any(reached) or passed_by else Verdict.UNLIKELY
    if all(reached):
        verdict = Verdict.LIKELY
    middle, low, high = (as_decimal(each) for each in (guesses[0], min(guesses), max(guesses)))
    style = style_of(definition.unit, definition.decimals, [as_decimal(value) for _, value in series])
    said = {
        Verdict.LIKELY: "最終目標に届く見込みです",
        Verdict.UNCERTAIN: "最終目標に届くかどうかは言えません",
        Verdict.UNLIKELY: "最終目標に届かない見込みです",
    }[verdict]
    averaged = definition.aggregation is Aggregation.AVERAGE
    told = (
        f"直近{len(series)}年分の値の傾きを{era_label(final_year)}まで延ばすと"
        f"{'期間の平均は' if averaged else ''}{style.rough(middle)}"
        f"（どれか１年を除くと{style.rough(low)}から{style.rough(high)}）で、{said}。見込みであり、評価ではありません。"
    )
    return Outlook(verdict, final_year, middle, low, high, years, told)


def _reaches(definition: Definition, target: Target, guess: Fraction) -> bool:
    assert target.number is not None
    goal = exact(target.number)
    if target.qualifier is TargetQualifier.AT_LEAST:
        return guess >= goal
    if target.qualifier is TargetQualifier.AT_MOST:
        return guess <= goal
    band = exact(definition.maintain_band) if definition.maintain_band is not None else Fraction(0)
    return is_met(guess, goal, definition.direction or Direction.UP, band)
