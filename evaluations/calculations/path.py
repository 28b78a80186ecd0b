"""The expected value of a fiscal year: where the KPI should stand if it is to reach its final target.

The year's own target, else the plan's rule: a straight line from the baseline to the final target,
steps (the last target given before), or nothing. Cumulative is compared with cumulative: the line of a
cumulative KPI begins with 0 at the end of the year before the first, whatever the baseline says: a
count of an earlier period is something to compare with, not something this plan has already counted.
"""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from evaluations.calculations.exact import exact
from evaluations.calculations.quantities import Baseline, Definition, SeriesBreak, Target, Targets
from evaluations.enums import Reason
from strategy.enums import Aggregation, EnteredAs, PathRule


class Basis(Enum):
    """Where an expected value comes from."""

    OWN_TARGET = "own_target"
    LINEAR = "linear"
    STEPS = "steps"
    BASELINE = "baseline"
    FINAL_TARGET = "final_target"


@dataclass(frozen=True, slots=True)
class Point:
    """A figure at the end of a fiscal year."""

    fiscal_year: int
    value: Fraction


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected value of a fiscal year and where it comes from (`start` and `end` for a line)."""

    value: Fraction
    basis: Basis
    start: Point | None = None
    end: Point | None = None


def final_target(targets: Targets) -> tuple[int, Target] | None:
    """Return the last year that has a target, with it."""
    years = [year for year, target in targets.items() if target.is_set]
    return (max(years), targets[max(years)]) if years else None


def own_target(targets: Targets, fiscal_year: int) -> Target | None:
    """Return the fiscal year's own target, None when it has none."""
    target = targets.get(fiscal_year)
    return target if target is not None and target.is_set else None


def effective_baseline(definition: Definition, fiscal_year: int) -> Baseline | Reason:
    """Return the baseline that can be compared with a fiscal year's figure, or why there is none.

    After a series break only a baseline of the new definition counts: the restated one of the latest
    break, or the KPI's own where its base year lies behind the break.
    """
    broken = [each for each in definition.breaks if each.fiscal_year <= fiscal_year]
    baseline = definition.baseline
    if not broken:
        return baseline if baseline is not None else Reason.NO_BASELINE
    latest: SeriesBreak = max(broken, key=lambda each: each.fiscal_year)
    if latest.baseline is not None:
        return latest.baseline
    if baseline is None:
        return Reason.NO_BASELINE
    if baseline.fiscal_year is None or baseline.fiscal_year < latest.fiscal_year:
        return Reason.SERIES_BREAK
    return baseline


def counts_from_zero(definition: Definition) -> bool:
    """Whether a KPI's figures count up from 0 (sums over the plan, cumulative increments)."""
    return definition.aggregation is Aggregation.CUMULATIVE or (
        definition.aggregation is Aggregation.INCREMENT and definition.entered_as is not EnteredAs.LEVEL
    )


def path_start(definition: Definition, fiscal_year: int, first_year: int | None) -> Point | Reason:
    """Return where the straight line begins, or why it cannot."""
    if counts_from_zero(definition):
        return Point(first_year - 1, Fraction(0)) if first_year is not None else Reason.NO_EXPECTED
    baseline = effective_baseline(definition, fiscal_year)
    if isinstance(baseline, Reason):
        return baseline
    if baseline.fiscal_year is None:
        return Reason.NO_EXPECTED
    return Point(baseline.fiscal_year, exact(baseline.value))


def expected_value(
    definition: Definition, targets: Targets, fiscal_year: int, first_year: int | None
) -> Expected | Reason:
    """Return the expected value of a fiscal year, or why there is none.

    A word or a range as the year's own target has no number: WORD_TARGET, RANGE_TARGET. After the last
    target's year that target stays.
    """
    own = own_target(targets, fiscal_year)
    if own is not None and own.number is None:
        return without_number(own)
    if own is not None and own.number is not None:
        return Expected(exact(own.number), Basis.OWN_TARGET)
    final = final_target(targets)
    if final is None:
        return Reason.NO_TARGET
    final_year, target = final
    if target.number is None:
        return without_number(target)
    end = Point(final_year, exact(target.number))
    if fiscal_year > final_year:
        return Expected(end.value, Basis.FINAL_TARGET, end=end)
    return _on_the_way(definition, targets, fiscal_year, first_year, end)


def without_number(target: Target) -> Reason:
    """Return the reason that stands for a target without a number."""
    return Reason.WORD_TARGET if target.word else Reason.RANGE_TARGET


def _on_the_way(
    definition: Definition, targets: Targets, fiscal_year: int, first_year: int | None, end: Point
) -> Expected | Reason:
    if definition.path_rule is PathRule.NONE:
        return Reason.NO_EXPECTED
    if definition.path_rule is PathRule.STEPS:
        return _step(definition, targets, fiscal_year, first_year)
    start = path_start(definition, fiscal_year, first_year)
    if isinstance(start, Reason):
        return start
    if not start.fiscal_year <= fiscal_year < end.fiscal_year:
        return Reason.NO_EXPECTED
    return Expected(on_line(start, end, fiscal_year), Basis.LINEAR, start, end)


def on_line(start: Point, end: Point, fiscal_year: int) -> Fraction:
    """Return the straight line's value at the end of a fiscal year.

    :raises ZeroDivisionError: when both points are in the same year.
    """
    share = Fraction(fiscal_year - start.fiscal_year, end.fiscal_year - start.fiscal_year)
    return start.value + (end.value - start.value) * share


def _step(
    definition: Definition, targets: Targets, fiscal_year: int, first_year: int | None
) -> Expected | Reason:
    before = [year for year, target in targets.items() if year < fiscal_year and target.number is not None]
    if before:
        number = targets[max(before)].number
        assert number is not None
        value = exact(number)
        return Expected(value, Basis.STEPS, start=Point(max(before), value))
    start = path_start(definition, fiscal_year, first_year)
    if isinstance(start, Reason):
        return start
    if fiscal_year < start.fiscal_year:
        return Reason.NO_EXPECTED
    return Expected(start.value, Basis.BASELINE, start=start)
