"""KPIs that are a numerator over a denominator: shares, satisfaction, per-head figures.

Over several years (cumulative, average) numerators and denominators are summed before they are divided:
a mean of yearly shares would give a year with few cases the weight of a year with many.
"""

from dataclasses import replace
from fractions import Fraction

from evaluations.calculations.aggregation import Absent, Measured, least_final, measure, number_of, reason_of
from evaluations.calculations.composition import Composed, Coverage, Part
from evaluations.calculations.exact import as_decimal, exact, round_half_up
from evaluations.calculations.quantities import Actuals, ActualValue, Definition, Targets, Warned
from evaluations.enums import Reason, ValueStatus
from strategy.enums import Aggregation
from tsukuba_kpi.lib.fiscal_year import era_label

_FACTORS = {"％": 100, "%": 100, "‰": 1000, "パーセント": 100}
_POOLED = (Aggregation.CUMULATIVE, Aggregation.AVERAGE)


def ratio_of_parts(
    definition: Definition,
    targets: Targets,
    actuals: Actuals,
    numerator: Part,
    denominator: Part,
    fiscal_year: int,
) -> Composed:
    """Put a ratio together from its numerator and denominator, in the KPI's unit (％ is times 100).

    A ratio that is stated stays what it is; one that differs from its parts by more than its own rounding
    is told.
    """
    years = {*actuals, *numerator.actuals, *denominator.actuals}
    figures = {year: _ratio(definition, numerator, denominator, year) for year in sorted(years)}
    pooled = definition.aggregation in _POOLED
    if pooled:
        figures[fiscal_year] = _pooled(definition, numerator, denominator, fiscal_year)
        definition = replace(definition, aggregation=Aggregation.YEARLY)
    warnings = [] if pooled else _stated_warnings(actuals, figures, fiscal_year)
    stated = {} if pooled else {year: each for year, each in actuals.items() if number_of(each) is not None}
    if pooled and number_of(figures[fiscal_year]) is not None:
        warnings.append(Warned("pooled_ratio", "期間の分子の合計を分母の合計で割った値です。"))
    return Composed(
        definition,
        targets,
        {**figures, **stated},
        _coverage(numerator, denominator, fiscal_year),
        tuple(warnings),
    )


def _ratio(definition: Definition, numerator: Part, denominator: Part, year: int) -> ActualValue:
    above, below = numerator.actuals.get(year), denominator.actuals.get(year)
    top, bottom = number_of(above), number_of(below)
    if top is None or bottom is None or above is None or below is None:
        return _missing([reason_of(each) for each in (above, below) if number_of(each) is None])
    return _divided(definition, top, bottom, least_final((above.status, below.status)))


def _pooled(definition: Definition, numerator: Part, denominator: Part, year: int) -> ActualValue:
    sums = [
        measure(
            replace(
                part.definition,
                aggregation=Aggregation.CUMULATIVE,
                first_year=definition.first_year or part.definition.first_year,
                baseline=part.definition.baseline or definition.baseline,
            ),
            part.targets,
            part.actuals,
            year,
        )
        for part in (numerator, denominator)
    ]
    found = [each for each in sums if isinstance(each, Measured)]
    if len(found) < len(sums):
        return _missing([each.reason for each in sums if isinstance(each, Absent)])
    return _divided(definition, found[0].value, found[1].value, least_final(each.status for each in found))


def _divided(definition: Definition, top: Fraction, bottom: Fraction, status: ValueStatus) -> ActualValue:
    if bottom == 0:
        return ActualValue(None, ValueStatus.UNKNOWN, reason=Reason.DENOMINATOR_ZERO)
    return ActualValue(as_decimal(top / bottom * _FACTORS.get(definition.unit, 1)), status)


def _missing(reasons: list[Reason]) -> ActualValue:
    """A ratio without one of its sides: their common reason, else that the parts are not complete."""
    same = reasons[0] if len(set(reasons)) == 1 and len(reasons) == 2 else Reason.PARTS_MISSING
    return ActualValue(None, ValueStatus.UNKNOWN, reason=same)


def _coverage(numerator: Part, denominator: Part, year: int) -> Coverage:
    sides = (numerator, denominator)
    missing = tuple(
        (part.name, reason_of(part.actuals.get(year)))
        for part in sides
        if number_of(part.actuals.get(year)) is None
    )
    return Coverage(len(sides) - len(missing), len(sides), missing)


def _stated_warnings(actuals: Actuals, figures: Actuals, fiscal_year: int) -> list[Warned]:
    stated, computed = actuals.get(fiscal_year), figures.get(fiscal_year)
    if stated is None or computed is None or number_of(stated) is None or number_of(computed) is None:
        return []
    assert stated.value is not None
    assert computed.value is not None
    places = max(0, -int(stated.value.as_tuple().exponent))
    if round_half_up(exact(computed.value), places) == stated.value:
        return []
    shown = round_half_up(exact(computed.value), places + 1)
    return [
        Warned(
            "ratio_differs",
            f"{era_label(fiscal_year)}の値{stated.value:f}が分子÷分母の{shown:f}と一致しません。"
            "記載された値で判定しています。",
        )
    ]
