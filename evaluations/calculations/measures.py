"""The quantities a rating scheme's bands are held against, from the facts of a KPI.

Everything here minds the direction: more is better. The rates as cities print them (`progress_of`,
`achievement_of`) do not.
"""

from fractions import Fraction

from evaluations.calculations.facts import Facts, Known, improved, met_of
from evaluations.calculations.rates import (
    achievement_rate,
    directed_rate,
    gain,
    is_better,
    progress_rate,
)
from evaluations.enums import Reason
from strategy.enums import Direction, RatingMeasure


def progress_of(facts: Facts) -> Known:
    """進捗率 against the final target."""
    value, base, goal = facts.value, facts.base, facts.final_number
    if isinstance(value, Reason):
        return value
    if isinstance(goal, Reason):
        return goal
    if isinstance(base, Reason):
        return base
    return progress_rate(value, base, goal)


def achievement_of(facts: Facts) -> Known:
    """達成率 against the year's own target, else the final one, as it stands."""
    value, goal = facts.value, facts.goal
    if isinstance(value, Reason):
        return value
    if isinstance(goal, Reason):
        return goal
    return achievement_rate(value, goal)


def quantity(facts: Facts, measure: RatingMeasure) -> Known:
    """Return the quantity a band of this measure is held against, or the reason why there is none."""
    if facts.undirected is not None:
        return facts.undirected
    return _QUANTITIES[measure](facts)


def _directed(facts: Facts, goal: Known) -> Known:
    """達成率 in which more is better; where the goal is 0, how far the figure came from the base to it."""
    value = facts.value
    if isinstance(value, Reason):
        return value
    if isinstance(goal, Reason):
        return goal
    rate = directed_rate(value, goal, facts.direction, facts.band)
    if rate is not Reason.TARGET_ZERO:
        return rate
    origin = facts.origin
    if facts.direction is Direction.MAINTAIN or isinstance(origin, Reason):
        return Reason.TARGET_ZERO
    if not is_better(goal, origin, facts.direction):
        return Reason.TARGET_ZERO
    return progress_rate(value, origin, goal)


def _way(facts: Facts, origin: Known, goal: Known) -> Known:
    """進捗率 for grading: only where the goal lies on the better side of where the KPI began."""
    value = facts.value
    if isinstance(value, Reason):
        return value
    if isinstance(goal, Reason):
        return goal
    if facts.direction is Direction.MAINTAIN:
        return directed_rate(value, goal, facts.direction, facts.band)
    if isinstance(origin, Reason):
        return origin
    if goal != origin and not is_better(goal, origin, facts.direction):
        return Reason.TARGET_BEHIND_BASELINE
    return progress_rate(value, origin, goal)


def _difference(facts: Facts) -> Known:
    value, goal = facts.value, facts.expected_number
    if isinstance(value, Reason):
        return value
    return goal if isinstance(goal, Reason) else gain(value, goal, facts.direction)


def _baseline_rate(facts: Facts) -> Known:
    value, base = facts.value, facts.base
    if isinstance(value, Reason):
        return value
    if isinstance(base, Reason):
        return base
    rate = directed_rate(value, base, facts.direction)
    return Reason.BASELINE_ZERO if rate is Reason.TARGET_ZERO else rate


def _met(facts: Facts) -> Known:
    met = met_of(facts)
    return met if isinstance(met, Reason) else Fraction(int(met))


def _effect(facts: Facts) -> Known:
    """The grant effect of a single KPI: 3 met, 1 better than before, 0 not (2 needs several KPIs)."""
    met = met_of(facts)
    if isinstance(met, Reason):
        return met
    if met:
        return Fraction(3)
    better = improved(facts)
    return better if isinstance(better, Reason) else Fraction(int(better))


_QUANTITIES = {
    RatingMeasure.PROGRESS_RATE: lambda facts: _way(facts, facts.base, facts.final_number),
    RatingMeasure.ACHIEVEMENT_RATE: lambda facts: _directed(facts, facts.goal),
    RatingMeasure.PATH_RATE: lambda facts: _directed(facts, facts.expected_number),
    RatingMeasure.PATH_PROGRESS: lambda facts: _way(facts, facts.origin, facts.expected_number),
    RatingMeasure.DIFFERENCE: _difference,
    RatingMeasure.BASELINE_RATE: _baseline_rate,
    RatingMeasure.MET: _met,
    RatingMeasure.EFFECT: _effect,
}
