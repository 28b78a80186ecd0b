"""Short ways to write a KPI's figures in tests."""

from decimal import Decimal

from evaluations.calculations.quantities import ActualValue, Baseline, Definition, Target
from evaluations.enums import ValueStatus
from strategy.enums import Aggregation, Direction, TargetQualifier


def kpi(
    direction=Direction.UP, aggregation=Aggregation.YEARLY, base=None, base_year=2014, **more
) -> Definition:
    """Return a definition; `base` is the baseline's figure as text."""
    baseline = None if base is None else Baseline(Decimal(base), base_year)
    return Definition(direction=direction, aggregation=aggregation, baseline=baseline, **more)


def targets(**years) -> dict[int, Target]:
    """Return targets from y2019="227"; a tuple is a range, a word a word."""
    return {int(year[1:]): _target(value) for year, value in years.items()}


def _target(value) -> Target:
    if isinstance(value, Target):
        return value
    if isinstance(value, tuple):
        return Target(Decimal(value[0]), TargetQualifier.RANGE, Decimal(value[1]))
    try:
        return Target(Decimal(value))
    except ArithmeticError:
        return Target(None, TargetQualifier.WORD, word=value)


def actuals(**years) -> dict[int, ActualValue]:
    """Return actuals from y2017="191"; a status stands for a year without a figure."""
    return {
        int(year[1:]): ActualValue(None, value)
        if isinstance(value, ValueStatus)
        else ActualValue(Decimal(value))
        for year, value in years.items()
    }
