"""From yearly figures to the one figure that is judged in a fiscal year.

A yearly value and a value at the year's end stand for themselves. A cumulative KPI's actuals are each
year's own count, summed from the first year: a year without a figure is a reason, never a zero. An
average takes the years that have a figure and says how many they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from evaluations.calculations.exact import exact
from evaluations.calculations.quantities import Actuals, ActualValue, Definition, Targets, Warned
from evaluations.enums import NUMERIC_STATUSES, Reason, ValueStatus
from strategy.enums import Aggregation, EnteredAs
from tsukuba_kpi.lib.fiscal_year import era_label

_REASON_OF_STATUS = {
    ValueStatus.PENDING: Reason.PENDING,
    ValueStatus.NOT_SURVEYED: Reason.NOT_SURVEYED,
    ValueStatus.UNKNOWN: Reason.UNKNOWN,
    ValueStatus.NOT_APPLICABLE: Reason.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The figure that is judged: its value, the years it is made of, and the least final status."""

    value: Fraction
    years: tuple[int, ...]
    status: ValueStatus
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """Why there is no figure, and for which years."""

    reason: Reason
    years: tuple[int, ...]
    due: str = ""


def number_of(actual: ActualValue | None) -> Fraction | None:
    """Return the number a yearly actual carries, None when its status says that there is none."""
    if actual is None or actual.value is None or actual.status not in NUMERIC_STATUSES:
        return None
    return exact(actual.value)


def reason_of(actual: ActualValue | None) -> Reason:
    """Return why a yearly actual carries no number."""
    if actual is None:
        return Reason.NO_ACTUAL
    return actual.reason or _REASON_OF_STATUS.get(actual.status, Reason.NO_ACTUAL)


def first_year_of(definition: Definition, targets: Targets, actuals: Actuals) -> int | None:
    """Return the first fiscal year a sum or an average counts, None when nothing tells.

    The definition's own first year; else the first year after the base year that has a target or an
    actual. Where only the final target is known that first year is the one after the base year itself,
    because an actual that was never entered must not move the beginning.
    """
    if definition.first_year is not None:
        return definition.first_year
    base_year = definition.baseline.fiscal_year if definition.baseline else None
    years = sorted(year for year in {*targets, *actuals} if base_year is None or year > base_year)
    if base_year is None:
        return years[0] if years else None
    set_years = [year for year in sorted(targets) if year > base_year]
    planned = len(set_years) > 1 and set_years[-1] - set_years[0] + 1 == len(set_years)
    if planned and years[0] == set_years[0]:
        return set_years[0]
    return base_year + 1


def measure(
    definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int
) -> Measured | Absent:
    """Return the figure that is judged in a fiscal year, or why there is none."""
    if definition.aggregation is None:
        return Absent(Reason.NO_AGGREGATION, (fiscal_year,))
    if definition.aggregation is Aggregation.AVERAGE:
        return _average(definition, targets, actuals, fiscal_year)
    if is_summed(definition):
        return _sum(definition, targets, actuals, fiscal_year)
    return _single(definition, actuals, fiscal_year)


def is_summed(definition: Definition) -> bool:
    """Whether yearly figures are added up: cumulative counts and increments entered per year."""
    return definition.aggregation is Aggregation.CUMULATIVE or (
        definition.aggregation is Aggregation.INCREMENT and definition.entered_as is EnteredAs.INCREMENT
    )


def least_final(statuses: Iterable[ValueStatus]) -> ValueStatus:
    """Return the weakest of numeric statuses: one estimate makes a sum an estimate."""
    order = (ValueStatus.ESTIMATED, ValueStatus.PRELIMINARY)
    found = set(statuses)
    return next((status for status in order if status in found), ValueStatus.FINAL)


def _single(definition: Definition, actuals: Actuals, fiscal_year: int) -> Measured | Absent:
    actual = actuals.get(fiscal_year)
    number = number_of(actual)
    if number is not None and actual is not None:
        return Measured(number, (fiscal_year,), actual.status)
    reason = reason_of(actual)
    if reason in (Reason.NO_ACTUAL, Reason.NOT_SURVEYED):
        latest = _latest_survey(definition, actuals, fiscal_year)
        if latest is not None:
            return latest
    return Absent(reason, (fiscal_year,), actual.due if actual else "")


def _latest_survey(definition: Definition, actuals: Actuals, fiscal_year: int) -> Measured | None:
    for year in range(fiscal_year - 1, fiscal_year - definition.survey_interval, -1):
        actual = actuals.get(year)
        number = number_of(actual)
        if number is not None and actual is not None:
            warned = Warned(
                "latest_survey",
                f"{definition.survey_interval}年に１回の調査のため、直近の{era_label(year)}の調査の値で判定しています。",
            )
            return Measured(number, (year,), actual.status, (warned,))
    return None


def _window(definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int) -> range | Absent:
    actual = actuals.get(fiscal_year)
    if number_of(actual) is None:
        return Absent(reason_of(actual), (fiscal_year,), actual.due if actual else "")
    first = first_year_of(definition, targets, actuals)
    if first is None or fiscal_year < first:
        return Absent(Reason.OUTSIDE_PERIOD, (fiscal_year,))
    broken = [each for each in definition.breaks if first < each.fiscal_year <= fiscal_year]
    if broken:
        return Absent(Reason.SERIES_BREAK, tuple(each.fiscal_year for each in broken))
    return range(first, fiscal_year + 1)


def _sum(definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int) -> Measured | Absent:
    window = _window(definition, targets, actuals, fiscal_year)
    if isinstance(window, Absent):
        return window
    missing = tuple(year for year in window if number_of(actuals.get(year)) is None)
    if missing:
        return Absent(Reason.YEAR_MISSING, missing)
    present = [actuals[year] for year in window]
    total = sum((exact(each.value) for each in present if each.value is not None), Fraction(0))
    return Measured(
        total,
        tuple(window),
        least_final(each.status for each in present),
        (*_begins_early(definition, targets, window), *_left_out(actuals, window, definition, "累計")),
    )


def _begins_early(definition: Definition, targets: Targets, window: range) -> tuple[Warned, ...]:
    """Tell of a sum that begins before the first of several targets, where no first year was defined."""
    set_years = [year for year, target in targets.items() if target.is_set]
    if definition.first_year is not None or len(set_years) < 2 or window[0] >= min(set_years):
        return ()
    message = (
        f"累計は{era_label(window[0])}から数えています（目標のある最初の年度は{era_label(min(set_years))}）。"
    )
    return (Warned("begins_before_targets", message),)


def _average(
    definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int
) -> Measured | Absent:
    window = _window(definition, targets, actuals, fiscal_year)
    if isinstance(window, Absent):
        return window
    found = {year: number_of(actuals.get(year)) for year in window}
    numbers = {year: number for year, number in found.items() if number is not None}
    warnings = _left_out(actuals, window, definition, "平均")
    if len(numbers) < len(window):
        gaps = "・".join(f"{era_label(year)}" for year in window if year not in numbers)
        whole = f"{len(window)}年のうち値のある{len(numbers)}年の平均です"
        coverage = f"{whole}（{gaps}は値がなく、平均に入れていません）。"
        warnings = (Warned("average_coverage", coverage), *warnings)
    return Measured(
        sum(numbers.values(), Fraction(0)) / len(numbers),
        tuple(numbers),
        least_final(actuals[year].status for year in numbers),
        warnings,
    )


def _left_out(actuals: Actuals, window: range, definition: Definition, what: str) -> tuple[Warned, ...]:
    """Tell which figures before the first year are not part of a sum (the base year's own aside)."""
    base_year = definition.baseline.fiscal_year if definition.baseline else None
    earliest = base_year + 1 if base_year is not None else min(actuals, default=window[0])
    before = [year for year in range(earliest, window[0]) if number_of(actuals.get(year)) is not None]
    if not before:
        return ()
    named = "・".join(f"{era_label(year)}" for year in before)
    message = f"{named}の値は{what}の初年度（{era_label(window[0])}）より前のため入れていません。"
    return (Warned("before_first_year", message),)
