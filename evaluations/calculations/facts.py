"""What is known of a KPI in a fiscal year before any rate: exact figures, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluations.calculations.aggregation import Absent, Measured, first_year_of, measure
from evaluations.calculations.exact import exact
from evaluations.calculations.increments import on_judged_scale
from evaluations.calculations.path import (
    Basis,
    Expected,
    counts_from_zero,
    effective_baseline,
    expected_value,
    final_target,
    own_target,
    without_number,
)
from evaluations.calculations.quantities import Actuals, Baseline, Definition, Target, Targets, Warned
from evaluations.calculations.rates import is_better, is_met
from evaluations.calculations.target_words import meets_word, word_meaning
from evaluations.enums import Reason
from strategy.enums import Direction, TargetQualifier

Known = Fraction | Reason


@dataclass(frozen=True, slots=True)
class Facts:
    """The figures of one judgement.

    `value` is the figure judged, `base` the baseline, `origin` where the expected path begins (0 for
    what counts up from 0), `final_number` the final target, `goal` the target 達成率 is held against (the
    year's own, else the final one), `expected_number` the expected value of the year. `undirected` is the
    reason why nothing is better or worse (a reference figure, a direction not yet defined).
    """

    definition: Definition
    direction: Direction
    undirected: Reason | None
    band: Fraction
    measured: Measured | Absent
    baseline: Baseline | Reason
    year_target: Target | None
    final: tuple[int, Target] | None
    expected: Expected | Reason
    value: Known
    base: Known
    origin: Known
    final_number: Known
    goal_target: Target | None
    goal: Known
    expected_number: Known
    warnings: tuple[Warned, ...]


_ZERO = Fraction(0)
_UNDIRECTED: Mapping[Direction | None, Reason] = {
    None: Reason.NO_DIRECTION,
    Direction.REFERENCE: Reason.REFERENCE_ONLY,
}


def gather(definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int) -> Facts:
    """Put together what is known of a KPI in a fiscal year, with what was noticed on the way."""
    scaled, targets, warnings = on_judged_scale(definition, targets)
    first_year = first_year_of(scaled, targets, actuals)
    measured = measure(scaled, targets, actuals, fiscal_year)
    baseline = effective_baseline(scaled, fiscal_year)
    base = exact(baseline.value) if isinstance(baseline, Baseline) else baseline
    year_target, final = own_target(targets, fiscal_year), final_target(targets)
    expected = expected_value(scaled, targets, fiscal_year, first_year)
    final_number = number_of_target(final[1] if final else None)
    return Facts(
        definition=scaled,
        direction=scaled.direction or Direction.REFERENCE,
        undirected=_UNDIRECTED.get(scaled.direction),
        band=exact(scaled.maintain_band) if scaled.maintain_band is not None else _ZERO,
        measured=measured,
        baseline=baseline,
        year_target=year_target,
        final=final,
        expected=expected,
        value=measured.value if isinstance(measured, Measured) else measured.reason,
        base=base,
        origin=_ZERO if counts_from_zero(scaled) else base,
        final_number=final_number,
        goal_target=year_target or (final[1] if final else None),
        goal=number_of_target(year_target) if year_target else final_number,
        expected_number=expected.value if isinstance(expected, Expected) else expected,
        warnings=warnings + (measured.warnings if isinstance(measured, Measured) else ()),
    )


def number_of_target(target: Target | None) -> Known:
    """Return a target as a number, or why it is none."""
    if target is None:
        return Reason.NO_TARGET
    return exact(target.number) if target.number is not None else without_number(target)


def met_of(facts: Facts) -> bool | Reason:
    """Tell whether the year's own target is reached, else the expected value of the year."""
    value, expected, target = facts.value, facts.expected, facts.goal_target
    if isinstance(value, Reason):
        return value
    if facts.undirected is not None:
        return facts.undirected
    if isinstance(expected, Expected):
        return _meets_number(facts, value, expected)
    if expected is Reason.RANGE_TARGET and target is not None:
        above = target.value is None or value >= exact(target.value)
        return above and (target.upper is None or value <= exact(target.upper))
    if expected is Reason.WORD_TARGET and target is not None:
        return _meets_word(facts, value, target)
    return expected


def _meets_number(facts: Facts, value: Fraction, expected: Expected) -> bool:
    stated = expected.basis in (Basis.OWN_TARGET, Basis.FINAL_TARGET)
    target = facts.goal_target if stated else None
    qualifier = target.qualifier if target is not None else TargetQualifier.EXACT
    if qualifier is TargetQualifier.AT_LEAST:
        return value >= expected.value
    if qualifier is TargetQualifier.AT_MOST:
        return value <= expected.value
    return is_met(value, expected.value, facts.direction, facts.band)


def _meets_word(facts: Facts, value: Fraction, target: Target) -> bool | Reason:
    meaning = word_meaning(target.word, facts.direction)
    if meaning is None:
        return Reason.WORD_TARGET
    if isinstance(facts.base, Reason):
        return facts.base
    return meets_word(meaning, value, facts.base, facts.direction, facts.band)


def improved(facts: Facts) -> bool | Reason:
    """Tell whether the figure is better than the baseline (for counts from 0: than nothing)."""
    if isinstance(facts.value, Reason):
        return facts.value
    if facts.undirected is not None:
        return facts.undirected
    if isinstance(facts.origin, Reason):
        return facts.origin
    return is_better(facts.value, facts.origin, facts.direction)
