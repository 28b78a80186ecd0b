"""進捗率, 達成率 and their relatives: exact fractions (1 = 100 %), or the reason why there is none.

Formulas as Japanese cities print them: 進捗率 = (actual - baseline) / (target - baseline),
達成率 = actual / target. Nothing is rounded and nothing is cut off: negative stays negative.
"""

from fractions import Fraction

from evaluations.enums import Reason
from strategy.enums import Direction

ONE = Fraction(1)


def progress_rate(actual: Fraction, baseline: Fraction, target: Fraction) -> Fraction | Reason:
    """Return how much of the way from the baseline to the target is done.

    The sign cancels, so one formula serves rising and falling targets and a target of 0.
    """
    if target == baseline:
        return Reason.TARGET_EQUALS_BASELINE
    return (actual - baseline) / (target - baseline)


def achievement_rate(actual: Fraction, target: Fraction) -> Fraction | Reason:
    """Return actual / target as it stands, for rising and falling targets alike."""
    if target == 0:
        return Reason.TARGET_ZERO
    return actual / target


def directed_rate(
    actual: Fraction, goal: Fraction, direction: Direction, band: Fraction = Fraction(0)
) -> Fraction | Reason:
    """Return the achievement rate in which more is always better: what rate bands are applied to.

    Rising: 1 + (actual - goal) / |goal|, which is actual / goal for a positive goal. Falling:
    1 + (goal - actual) / |goal|, so 45 against a goal of 50 is 110 %, and negating a whole KPI changes
    nothing. Maintain: 1 within ±band of the goal, else 1 - |actual - goal| / |goal|.
    A goal of 0 is reached (1) or has no rate.
    """
    if direction is Direction.REFERENCE:
        return Reason.REFERENCE_ONLY
    if actual == goal:
        return ONE
    if direction is Direction.UP and goal > 0:
        return actual / goal
    better = gain(actual, goal, direction)
    if direction is Direction.MAINTAIN and -better <= band * abs(goal):
        return ONE
    if goal == 0:
        return Reason.TARGET_ZERO
    return ONE + better / abs(goal)


def gain(actual: Fraction, goal: Fraction, direction: Direction) -> Fraction:
    """Return the difference from a goal, positive where it is better (never positive for maintain)."""
    if direction is Direction.DOWN:
        return goal - actual
    if direction is Direction.MAINTAIN:
        return -abs(actual - goal)
    return actual - goal


def is_met(actual: Fraction, goal: Fraction, direction: Direction, band: Fraction = Fraction(0)) -> bool:
    """Tell whether a goal is reached: at least, at most, or within ±band (a share of the goal)."""
    if direction is Direction.MAINTAIN:
        return abs(actual - goal) <= band * abs(goal)
    return actual <= goal if direction is Direction.DOWN else actual >= goal


def is_better(figure: Fraction, other: Fraction, direction: Direction) -> bool:
    """Tell whether a figure lies where the city wants it to be from another."""
    return figure < other if direction is Direction.DOWN else figure > other
