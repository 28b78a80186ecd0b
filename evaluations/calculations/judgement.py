"""Judge one KPI in one fiscal year: rates, expected value, met or not, grade, and why not."""

from fractions import Fraction

from evaluations.calculations.aggregation import Absent, Measured
from evaluations.calculations.exact import as_decimal
from evaluations.calculations.facts import Facts, Known, gather, improved, met_of
from evaluations.calculations.measures import achievement_of, progress_of, quantity
from evaluations.calculations.path import Expected
from evaluations.calculations.quantities import Actuals, Baseline, Definition, Targets, Warned
from evaluations.calculations.results import Inputs, Judgement
from evaluations.enums import Reason
from strategy.calculations.rating import Classified, Scheme, classify_by
from strategy.enums import RatingMeasure

# Where the kind of target leaves only met or not met, a scheme may still name a band for each.
_ONLY_MET = frozenset(
    {
        Reason.WORD_TARGET,
        Reason.RANGE_TARGET,
        Reason.TARGET_EQUALS_BASELINE,
        Reason.TARGET_BEHIND_BASELINE,
    }
)
# The quantities every judgement shows, beside those its scheme asks for.
_SHOWN = {
    "directed_achievement_rate": RatingMeasure.ACHIEVEMENT_RATE,
    "path_rate": RatingMeasure.PATH_RATE,
    "path_progress": RatingMeasure.PATH_PROGRESS,
    "difference": RatingMeasure.DIFFERENCE,
}


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
    facts = gather(definition, targets, actuals, fiscal_year)
    quantities = {measure: quantity(facts, measure) for measure in _SHOWN.values()}
    known: dict[str, Known] = {
        "value": facts.value,
        "expected": facts.expected_number,
        "progress_rate": progress_of(facts),
        "achievement_rate": achievement_of(facts),
        **{name: quantities[measure] for name, measure in _SHOWN.items()},
    }
    numbers = {name: None if isinstance(each, Reason) else as_decimal(each) for name, each in known.items()}
    reasons = {name: each for name, each in known.items() if isinstance(each, Reason)}
    grade = _grade(facts, scheme, quantities)
    if isinstance(grade, Reason):
        reasons["grade"] = grade
    graded = grade if isinstance(grade, Classified) else None
    met, better = met_of(facts), improved(facts)
    measured, absent = _parted(facts.measured)
    return Judgement(
        fiscal_year=fiscal_year,
        **numbers,
        status=measured.status if measured else None,
        years=measured.years if measured else (),
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
        inputs=_inputs(facts, actuals, measured),
        noticed=(*warnings, *facts.warnings),
    )


def _parted(measured: Measured | Absent) -> tuple[Measured | None, Absent | None]:
    return (measured, None) if isinstance(measured, Measured) else (None, measured)


def _inputs(facts: Facts, actuals: Actuals, measured: Measured | None) -> Inputs:
    return Inputs(
        definition=facts.definition,
        baseline=facts.baseline if isinstance(facts.baseline, Baseline) else None,
        year_target=facts.year_target,
        final_year=facts.final[0] if facts.final else None,
        final_target=facts.final[1] if facts.final else None,
        actuals=tuple((year, actuals[year]) for year in measured.years) if measured else (),
        expected=facts.expected if isinstance(facts.expected, Expected) else None,
    )


def _grade(
    facts: Facts, scheme: Scheme | None, quantities: dict[RatingMeasure, Known]
) -> Classified | Reason:
    if facts.undirected is not None:
        return facts.undirected
    if scheme is None:
        return Reason.NO_SCHEME

    def asked(measure: RatingMeasure) -> Known:
        return quantities[measure] if measure in quantities else quantity(facts, measure)

    found = classify_by(scheme, asked)
    if isinstance(found, Classified):
        return found
    if found is None:
        return Reason.NO_BAND
    return _grade_by_met(facts, scheme, found) if found in _ONLY_MET else found


def _grade_by_met(facts: Facts, scheme: Scheme, reason: Reason) -> Classified | Reason:
    """Grade by met or not met where the kind of target allows no rate; else pass the reason on."""
    met = met_of(facts)
    if isinstance(met, Reason):
        return met
    band = scheme.band_named(scheme.met_label if met else scheme.not_met_label)
    return reason if band is None else Classified(band, RatingMeasure.MET, Fraction(int(met)), None)


def _main_reason(facts: Facts, reasons: dict[str, Reason]) -> Reason | None:
    """Choose the one reason to report: what stands in the way of everything first, then the grade's."""
    if isinstance(facts.measured, Absent):
        return facts.measured.reason
    if facts.undirected is not None:
        return facts.undirected
    if facts.final is None:
        return Reason.NO_TARGET
    grade = reasons.get("grade")
    if grade is not None and grade is not Reason.NO_SCHEME:
        return grade
    return reasons.get("progress_rate") or reasons.get("achievement_rate") or grade
