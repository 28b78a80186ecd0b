"""Judge one KPI in one fiscal year: rates, expected value, met or not, grade, and why not."""

from dataclasses import dataclass, replace
from fractions import Fraction

from evaluations.calculations.aggregation import Absent, Measured, first_year_of, measure
from evaluations.calculations.cautions import warnings_of
from evaluations.calculations.exact import as_decimal, exact
from evaluations.calculations.explanation import explain
from evaluations.calculations.increments import on_judged_scale
from evaluations.calculations.path import (
    Expected,
    counts_from_zero,
    effective_baseline,
    expected_value,
    final_target,
    own_target,
    without_number,
)
from evaluations.calculations.quantities import (
    Actuals,
    Baseline,
    Definition,
    Target,
    Targets,
    Warned,
)
from evaluations.calculations.rates import (
    achievement_rate,
    directed_rate,
    gain,
    is_improvement,
    is_met,
    progress_rate,
)
from evaluations.calculations.results import Inputs, Judgement
from evaluations.calculations.target_words import meets_word, word_meaning
from evaluations.enums import Reason
from strategy.calculations.rating import Classified, Scheme, classify_by
from strategy.enums import Direction, RatingMeasure, TargetQualifier

Known = Fraction | Reason

# Where the kind of target leaves only met or not met, a scheme may still name a band for each.
_ONLY_MET = frozenset(
    {
        Reason.WORD_TARGET,
        Reason.RANGE_TARGET,
        Reason.TARGET_EQUALS_BASELINE,
        Reason.TARGET_BEHIND_BASELINE,
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a KPI in a fiscal year, before any rate; exact, with reasons for what is not."""

    definition: Definition
    measured: Measured | Absent
    baseline: Baseline | Reason
    year_target: Target | None
    final: tuple[int, Target] | None
    expected: Expected | Reason

    @property
    def value(self) -> Known:
        """The figure judged."""
        return self.measured.value if isinstance(self.measured, Measured) else self.measured.reason

    @property
    def band(self) -> Fraction:
        """The share by which a figure to be maintained may differ."""
        band = self.definition.maintain_band
        return exact(band) if band is not None else Fraction(0)

    @property
    def base(self) -> Known:
        """The baseline's value."""
        return exact(self.baseline.value) if isinstance(self.baseline, Baseline) else self.baseline

    @property
    def origin(self) -> Known:
        """Where the expected path begins: 0 for what counts up from 0, else the baseline."""
        return Fraction(0) if counts_from_zero(self.definition) else self.base

    @property
    def final_number(self) -> Known:
        """The final target as a number."""
        return _number(self.final[1] if self.final else None)

    @property
    def goal_target(self) -> Target | None:
        """The target 達成率 is held against: the year's own, else the final one."""
        return self.year_target or (self.final[1] if self.final else None)

    @property
    def expected_number(self) -> Known:
        """The expected value of the year."""
        return self.expected.value if isinstance(self.expected, Expected) else self.expected


def judge(
    definition: Definition,
    targets: Targets,
    actuals: Actuals,
    fiscal_year: int,
    scheme: Scheme | None,
    *,
    warnings: tuple[Warned, ...] = (),
) -> Judgement:
    """Judge a KPI in a fiscal year by a rating scheme.

    `targets` and `actuals` map fiscal years to figures; years without a row are years without a figure.
    `warnings` of whoever put the figures together (a total that differs from its parts) are carried into
    the result and its explanation. Without a scheme there are rates and no grade.
    """
    facts, found = gather(definition, targets, actuals, fiscal_year)
    judgement = _assemble(facts, fiscal_year, scheme, actuals)
    judgement = replace(
        judgement, warnings=(*warnings, *found, *_measured_warnings(facts), *warnings_of(judgement))
    )
    return replace(judgement, explanation=explain(judgement).text)


def gather(
    definition: Definition, targets: Targets, actuals: Actuals, fiscal_year: int
) -> tuple[Facts, tuple[Warned, ...]]:
    """Put together what is known of a KPI in a fiscal year, with what was noticed on the way."""
    scaled, targets, warnings = on_judged_scale(definition, targets)
    first_year = first_year_of(scaled, targets, actuals)
    facts = Facts(
        definition=scaled,
        measured=measure(scaled, targets, actuals, fiscal_year),
        baseline=effective_baseline(scaled, fiscal_year),
        year_target=own_target(targets, fiscal_year),
        final=final_target(targets),
        expected=expected_value(scaled, targets, fiscal_year, first_year),
    )
    return facts, warnings


def quantity(facts: Facts, measure_: RatingMeasure) -> Known:
    """Return the quantity a band of this measure is held against, or the reason why there is none."""
    if facts.definition.direction is Direction.REFERENCE:
        return Reason.REFERENCE_ONLY
    return _QUANTITIES[measure_](facts)


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
    value, goal = facts.value, _number(facts.goal_target)
    if isinstance(value, Reason):
        return value
    if isinstance(goal, Reason):
        return goal
    return achievement_rate(value, goal)


def met_of(facts: Facts) -> bool | Reason:
    """Whether the year's own target is reached, else the expected value of the year."""
    value = facts.value
    if isinstance(value, Reason):
        return value
    if facts.definition.direction is Direction.REFERENCE:
        return Reason.REFERENCE_ONLY
    if isinstance(facts.expected, Expected):
        return _meets_number(facts, value, facts.expected)
    target = facts.goal_target
    if facts.expected is Reason.RANGE_TARGET and target is not None:
        return _meets_range(value, target)
    if facts.expected is Reason.WORD_TARGET and target is not None:
        return _meets_word(facts, value, target)
    return facts.expected


def _meets_number(facts: Facts, value: Fraction, expected: Expected) -> bool:
    target = facts.year_target
    if target is None and facts.final is not None and expected.basis.name == "FINAL_TARGET":
        target = facts.final[1]
    qualifier = target.qualifier if target is not None else TargetQualifier.EXACT
    if qualifier is TargetQualifier.AT_LEAST:
        return value >= expected.value
    if qualifier is TargetQualifier.AT_MOST:
        return value <= expected.value
    return is_met(value, expected.value, facts.definition.direction, facts.band)


def _meets_range(value: Fraction, target: Target) -> bool:
    above = target.value is None or value >= exact(target.value)
    return above and (target.upper is None or value <= exact(target.upper))


def _meets_word(facts: Facts, value: Fraction, target: Target) -> bool | Reason:
    meaning = word_meaning(target.word, facts.definition.direction)
    if meaning is None:
        return Reason.WORD_TARGET
    base = facts.base
    if isinstance(base, Reason):
        return base
    return meets_word(meaning, value, base, facts.definition.direction, facts.band)


def _number(target: Target | None) -> Known:
    if target is None:
        return Reason.NO_TARGET
    return exact(target.number) if target.number is not None else without_number(target)


def _directed(facts: Facts, goal: Known) -> Known:
    """達成率 in which more is better; where the goal is 0, how far the figure came from the base to it."""
    value = facts.value
    if isinstance(value, Reason):
        return value
    if isinstance(goal, Reason):
        return goal
    rate = directed_rate(value, goal, facts.definition.direction, facts.band)
    if rate is not Reason.TARGET_ZERO:
        return rate
    origin = facts.origin
    if facts.definition.direction is Direction.MAINTAIN or isinstance(origin, Reason):
        return Reason.TARGET_ZERO
    if not is_improvement(goal - origin, facts.definition.direction):
        return Reason.TARGET_ZERO
    return progress_rate(value, origin, goal)


def _way(facts: Facts, origin: Known, goal: Known) -> Known:
    """進捗率 for grading: only where the goal lies on the better side of where the KPI began."""
    value, direction = facts.value, facts.definition.direction
    if isinstance(value, Reason):
        return value
    if isinstance(goal, Reason):
        return goal
    if direction is Direction.MAINTAIN:
        return directed_rate(value, goal, direction, facts.band)
    if isinstance(origin, Reason):
        return origin
    if goal != origin and not is_improvement(goal - origin, direction):
        return Reason.TARGET_BEHIND_BASELINE
    return progress_rate(value, origin, goal)


def _difference(facts: Facts) -> Known:
    value, goal = facts.value, facts.expected_number
    if isinstance(value, Reason):
        return value
    return goal if isinstance(goal, Reason) else gain(value, goal, facts.definition.direction)


def _baseline_rate(facts: Facts) -> Known:
    value, base = facts.value, facts.base
    if isinstance(value, Reason):
        return value
    if isinstance(base, Reason):
        return base
    rate = directed_rate(value, base, facts.definition.direction)
    return Reason.BASELINE_ZERO if rate is Reason.TARGET_ZERO else rate


def _met_quantity(facts: Facts) -> Known:
    met = met_of(facts)
    return met if isinstance(met, Reason) else Fraction(int(met))


def improved(facts: Facts) -> bool | Reason:
    """Whether the figure is better than the baseline (for 0-based counts: than nothing)."""
    value, origin = facts.value, facts.origin
    if isinstance(value, Reason):
        return value
    if isinstance(origin, Reason):
        return origin
    return is_improvement(value - origin, facts.definition.direction)


def _effect(facts: Facts) -> Known:
    """The grant effect of a single KPI: 3 all met, 1 better than before, 0 worse (2 needs several KPIs)."""
    met = met_of(facts)
    if isinstance(met, Reason) or met:
        return met if isinstance(met, Reason) else Fraction(3)
    better = improved(facts)
    return better if isinstance(better, Reason) else Fraction(int(better))


_QUANTITIES = {
    RatingMeasure.PROGRESS_RATE: lambda facts: _way(facts, facts.base, facts.final_number),
    RatingMeasure.ACHIEVEMENT_RATE: lambda facts: _directed(facts, _number(facts.goal_target)),
    RatingMeasure.PATH_RATE: lambda facts: _directed(facts, facts.expected_number),
    RatingMeasure.PATH_PROGRESS: lambda facts: _way(facts, facts.origin, facts.expected_number),
    RatingMeasure.DIFFERENCE: _difference,
    RatingMeasure.BASELINE_RATE: _baseline_rate,
    RatingMeasure.MET: _met_quantity,
    RatingMeasure.EFFECT: _effect,
}


def _grade(facts: Facts, scheme: Scheme | None) -> Classified | Reason:
    if facts.definition.direction is Direction.REFERENCE:
        return Reason.REFERENCE_ONLY
    if scheme is None:
        return Reason.NO_SCHEME
    found = classify_by(scheme, lambda measure_: quantity(facts, measure_))
    if isinstance(found, Classified):
        return found
    if found is None:
        return Reason.NO_BAND
    if found in _ONLY_MET:
        met = met_of(facts)
        if isinstance(met, Reason):
            return met
        band = scheme.band_named(scheme.met_label if met else scheme.not_met_label)
        if band is not None:
            return Classified(band, RatingMeasure.MET, Fraction(int(met)), None)
    return found


def _main_reason(facts: Facts, reasons: dict[str, Reason]) -> Reason | None:
    """Choose the one reason to report: what stands in the way of everything first, then the grade's."""
    if isinstance(facts.measured, Absent):
        return facts.measured.reason
    if facts.definition.direction is Direction.REFERENCE:
        return Reason.REFERENCE_ONLY
    if facts.final is None:
        return Reason.NO_TARGET
    grade = reasons.get("grade")
    if grade is not None and grade is not Reason.NO_SCHEME:
        return grade
    return reasons.get("progress_rate") or reasons.get("achievement_rate") or grade


def _assemble(facts: Facts, fiscal_year: int, scheme: Scheme | None, actuals: Actuals) -> Judgement:
    known: dict[str, Known] = {
        "value": facts.value,
        "expected": facts.expected_number,
        "progress_rate": progress_of(facts),
        "achievement_rate": achievement_of(facts),
        "directed_achievement_rate": quantity(facts, RatingMeasure.ACHIEVEMENT_RATE),
        "path_rate": quantity(facts, RatingMeasure.PATH_RATE),
        "path_progress": quantity(facts, RatingMeasure.PATH_PROGRESS),
        "difference": quantity(facts, RatingMeasure.DIFFERENCE),
    }
    numbers = {name: None if isinstance(each, Reason) else as_decimal(each) for name, each in known.items()}
    reasons = {name: each for name, each in known.items() if isinstance(each, Reason)}
    grade = _grade(facts, scheme)
    if isinstance(grade, Reason):
        reasons["grade"] = grade
    graded = grade if isinstance(grade, Classified) else None
    met, better = met_of(facts), improved(facts)
    measured = facts.measured if isinstance(facts.measured, Measured) else None
    absent = facts.measured if isinstance(facts.measured, Absent) else None
    years = measured.years if measured else ()
    return Judgement(
        fiscal_year=fiscal_year,
        **numbers,
        status=measured.status if measured else None,
        years=years,
        met=met if isinstance(met, bool) else None,
        better_than_baseline=better if isinstance(better, bool) else None,
        grade=graded.band if graded else None,
        graded_by=graded.measure if graded else None,
        graded_quantity=as_decimal(Fraction(graded.quantity)) if graded else None,
        missed=graded.upper if graded else None,
        reason=_main_reason(facts, reasons),
        reasons=tuple(reasons.items()),
        missing_years=absent.years if absent else (),
        due=absent.due if absent else "",
        scheme_code=scheme.code if scheme else "",
        scheme_name=scheme.name if scheme else "",
        scheme_version=scheme.version if scheme else None,
        inputs=Inputs(
            definition=facts.definition,
            baseline=facts.baseline if isinstance(facts.baseline, Baseline) else None,
            year_target=facts.year_target,
            final_year=facts.final[0] if facts.final else None,
            final_target=facts.final[1] if facts.final else None,
            actuals=tuple((year, actuals[year]) for year in years),
            expected=facts.expected if isinstance(facts.expected, Expected) else None,
        ),
        warnings=(),
        explanation="",
    )


def _measured_warnings(facts: Facts) -> tuple[Warned, ...]:
    return facts.measured.warnings if isinstance(facts.measured, Measured) else ()
