"""Increments over the base, as grant forms ask for them: level ⇄ increment ⇄ cumulative increment.

Entered one way, shown the other two. A drop is a negative increment. Entered as increments, the KPI is
judged on the scale of its cumulative increments, whose baseline is 0 by their meaning; entered as
levels, on the levels themselves. 進捗率 is the same on both scales.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from evaluations.calculations.aggregation import number_of
from evaluations.calculations.exact import as_decimal, exact
from evaluations.calculations.quantities import Actuals, Baseline, Definition, Target, Targets, Warned
from strategy.enums import Aggregation, EnteredAs


@dataclass(frozen=True, slots=True)
class IncrementRow:
    """One fiscal year of an increment KPI, each way to write it; None where it does not follow."""

    fiscal_year: int
    level: Decimal | None
    increment: Decimal | None
    cumulative: Decimal | None


def increment_table(definition: Definition, actuals: Actuals, last_year: int) -> tuple[IncrementRow, ...]:
    """Show an increment KPI's figures as levels, increments and cumulative increments, year by year.

    Begins with the year after the base year (or the first figure). A year without a figure leaves open
    what depends on it: after it an increment entered per year no longer sums up, a level still does.
    """
    baseline = definition.baseline
    base = exact(baseline.value) if baseline else None
    first = definition.first_year or (baseline.fiscal_year + 1 if baseline and baseline.fiscal_year else None)
    start = first if first is not None else min(actuals, default=last_year + 1)
    rows = []
    before: Fraction | None = Fraction(0)  # the cumulative increment of the year before
    for year in range(start, last_year + 1):
        entered = number_of(actuals.get(year))
        cumulative = _cumulative(definition.entered_as, entered, base, before)
        if definition.entered_as is EnteredAs.INCREMENT:
            increment = entered
        else:
            increment = None if cumulative is None or before is None else cumulative - before
        level = None if cumulative is None or base is None else base + cumulative
        if definition.entered_as is EnteredAs.LEVEL:
            level = entered
        rows.append(IncrementRow(year, _shown(level), _shown(increment), _shown(cumulative)))
        before = cumulative
    return tuple(rows)


def _cumulative(
    entered_as: EnteredAs, entered: Fraction | None, base: Fraction | None, before: Fraction | None
) -> Fraction | None:
    if entered is None:
        return None
    if entered_as is EnteredAs.CUMULATIVE_INCREMENT:
        return entered
    if entered_as is EnteredAs.LEVEL:
        return None if base is None else entered - base
    return None if before is None else before + entered


def _shown(value: Fraction | None) -> Decimal | None:
    return None if value is None else as_decimal(value)


def on_judged_scale(
    definition: Definition, targets: Targets
) -> tuple[Definition, Targets, tuple[Warned, ...]]:
    """Return baseline and targets on the scale in which the KPI's measured figure is judged.

    Only increments entered as such change scale: the baseline becomes 0, and increments per year become
    cumulative. Where a year between has no increment as its target the sums are unknown: no targets, and
    a warning.
    """
    if definition.aggregation is not Aggregation.INCREMENT or definition.entered_as is EnteredAs.LEVEL:
        return definition, targets, ()
    base_year = definition.baseline.fiscal_year if definition.baseline else None
    scaled = replace(definition, baseline=Baseline(Decimal(0), base_year, "増加分の起点"))
    if definition.entered_as is EnteredAs.CUMULATIVE_INCREMENT:
        return scaled, targets, ()
    cumulated = _cumulated(targets)
    if cumulated is None:
        message = "各年度の増加分の目標に数値のない年度があり、目標の累計が定まらない。"
        return scaled, {}, (Warned("target_increments_incomplete", message),)
    return scaled, cumulated, ()


def _cumulated(targets: Targets) -> Targets | None:
    """Sum targets per year; None when a year between the first and the last has no number."""
    numbers = {year: target for year, target in targets.items() if not target.word}
    if not numbers:
        return targets
    total = Fraction(0)
    result: dict[int, Target] = {}
    for year in range(min(numbers), max(numbers) + 1):
        number = numbers[year].number if year in numbers else None
        if number is None:
            return None
        total += exact(number)
        result[year] = replace(numbers[year], value=as_decimal(total))
    return {**targets, **result}
