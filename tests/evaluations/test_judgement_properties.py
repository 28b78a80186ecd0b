"""Laws every judgement keeps, whatever the figures."""

import decimal
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.calculations.judge_table import TableError, judge_table
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import (
    ActualValue,
    Baseline,
    Definition,
    SeriesBreak,
    Target,
)
from evaluations.enums import NUMERIC_STATUSES, ValueStatus
from strategy.calculations.rating import Band, Scheme
from strategy.calculations.ready_schemes import READY_SCHEMES
from strategy.enums import (
    Aggregation,
    Direction,
    EnteredAs,
    PathRule,
    RatingMeasure,
    TargetQualifier,
)

YEARS = range(2014, 2022)
figures = st.decimals(min_value=-2000, max_value=2000, places=2)
small = st.integers(-6, 6).map(Decimal)  # meets zero, equality and thresholds often
figure = st.one_of(figures, small)
years = st.sampled_from(list(YEARS))
directed = st.sampled_from([Direction.UP, Direction.DOWN, Direction.MAINTAIN])
schemes = st.sampled_from(READY_SCHEMES)

targets_of_numbers = st.dictionaries(years, figure.map(Target), max_size=4)
numeric_actuals = st.dictionaries(years, figure.map(ActualValue), max_size=6)
full_series = st.fixed_dictionaries({year: figure.map(ActualValue) for year in YEARS})
baselines = st.none() | st.builds(Baseline, figure, st.none() | years)


@st.composite
def numeric_kpis(draw):
    """A KPI of plain numbers: definition, targets, actuals, fiscal year."""
    definition = Definition(
        direction=draw(directed),
        aggregation=draw(st.sampled_from(list(Aggregation))),
        baseline=draw(baselines),
        maintain_band=draw(st.none() | st.decimals(0, 1, places=2)),
        path_rule=draw(st.sampled_from(list(PathRule))),
    )
    year = draw(st.sampled_from([2016, 2017, 2018, 2019]))
    every_year = draw(st.sampled_from([True, True, True, False]))
    actuals = draw(full_series if every_year else numeric_actuals)
    targets = {**draw(targets_of_numbers), 2019: Target(draw(figure))}
    return definition, targets if draw(st.integers(0, 9)) != 9 else {}, actuals, year


def moved(kpi, move, direction):
    """Return a KPI with every figure moved and another direction."""
    definition, targets, actuals, year = kpi
    baseline = definition.baseline
    return (
        replace(
            definition,
            direction=direction,
            baseline=replace(baseline, value=move(baseline.value)) if baseline else None,
        ),
        {each: Target(move(target.value)) for each, target in targets.items()},
        {each: ActualValue(move(actual.value)) for each, actual in actuals.items()},
        year,
    )


MIRRORED = {
    Direction.UP: Direction.DOWN,
    Direction.DOWN: Direction.UP,
    Direction.MAINTAIN: Direction.MAINTAIN,
}


@given(kpi=numeric_kpis(), scheme=schemes)
def test_a_falling_mirror_gets_the_grade_of_its_rising_kpi(kpi, scheme):
    mirror = moved(kpi, lambda value: -value, MIRRORED[kpi[0].direction])

    one, other = judge(*kpi, scheme), judge(*mirror, scheme)

    assert (one.grade, one.reason, one.met) == (other.grade, other.reason, other.met)
    assert one.progress_rate == other.progress_rate
    assert one.path_rate == other.path_rate


WITHOUT_ORIGIN = [RatingMeasure.PROGRESS_RATE, RatingMeasure.PATH_PROGRESS, RatingMeasure.MET]


@given(
    kpi=numeric_kpis(),
    around=figure,
    measure=st.sampled_from(WITHOUT_ORIGIN),
    aggregation=st.sampled_from([Aggregation.YEARLY, Aggregation.YEAR_END, Aggregation.AVERAGE]),
)
def test_measures_without_a_zero_point_mirror_around_any_figure(kpi, around, measure, aggregation):
    """A share of 30 % that shall rise is a share of 70 % that shall fall."""
    definition, *rest = kpi
    direction = Direction.UP if definition.direction is Direction.MAINTAIN else definition.direction
    kpi = (replace(definition, aggregation=aggregation, direction=direction), *rest)
    bands = (Band("良", Decimal(1)), Band("可", Decimal("0.5")), Band("否"))
    scheme = Scheme("test", "試し", 1, measure, bands, met_label="良", not_met_label="否")
    mirror = moved(kpi, lambda value: around - value, MIRRORED[direction])

    one, other = judge(*kpi, scheme), judge(*mirror, scheme)

    assert (one.grade, one.met, one.progress_rate) == (other.grade, other.met, other.progress_rate)


@given(kpi=numeric_kpis(), scheme=schemes, factor=st.sampled_from(["1000", "0.001", "100", "3", "0.7"]))
def test_another_unit_changes_no_grade_and_no_rate(kpi, scheme, factor):
    scaled = moved(kpi, lambda value: value * Decimal(factor), kpi[0].direction)

    one, other = judge(*kpi, scheme), judge(*scaled, scheme)

    assert (one.grade, one.reason, one.met) == (other.grade, other.reason, other.met)
    assert (one.progress_rate, one.achievement_rate) == (other.progress_rate, other.achievement_rate)


@given(base=baselines, target=figure, actual=figure, year=years, direction=directed)
def test_met_is_at_least_the_target(base, target, actual, year, direction):
    band = Decimal("0.1")
    definition = Definition(direction, baseline=base, maintain_band=band)

    judgement = judge(definition, {year: Target(target)}, {year: ActualValue(actual)}, year, None)

    assert (
        judgement.met
        is {
            Direction.UP: actual >= target,
            Direction.DOWN: actual <= target,
            Direction.MAINTAIN: abs(actual - target) <= band * abs(target),
        }[direction]
    )


@given(kpi=numeric_kpis(), scheme=schemes)
def test_the_callers_decimal_context_changes_nothing(kpi, scheme):
    expected = judge(*kpi, scheme)
    text = expected.explanation

    with decimal.localcontext() as context:
        context.prec = 2
        context.rounding = decimal.ROUND_UP
        context.traps[decimal.Inexact] = True
        found = judge(*kpi, scheme)
        assert found.explanation == text

    assert found == expected


@given(kpi=numeric_kpis())
def test_rates_are_unrounded(kpi):
    judgement = judge(*kpi, None)

    if judgement.progress_rate is not None:
        base = Fraction(judgement.inputs.baseline.value)
        goal = Fraction(judgement.inputs.final_target.number)
        rate = (Fraction(judgement.value) - base) / (goal - base)
        assert abs(Fraction(judgement.progress_rate) - rate) <= abs(rate) / 10**50


@given(
    kpi=numeric_kpis(), scheme=schemes, status=st.sampled_from(sorted(set(ValueStatus) - NUMERIC_STATUSES))
)
def test_a_missing_figure_has_neither_rate_nor_grade(kpi, scheme, status):
    definition, targets, actuals, year = kpi

    judgement = judge(definition, targets, {**actuals, year: ActualValue(None, status)}, year, scheme)

    assert (judgement.value, judgement.grade, judgement.met) == (None, None, None)
    assert (judgement.progress_rate, judgement.achievement_rate, judgement.path_rate) == (None, None, None)
    assert judgement.reason.value == status.value


@given(kpi=numeric_kpis(), scheme=schemes)
def test_every_missing_rate_and_grade_has_its_reason(kpi, scheme):
    judgement = judge(*kpi, scheme)

    for name in ("progress_rate", "achievement_rate", "path_rate", "expected", "grade"):
        assert (getattr(judgement, name) is None) is (judgement.reason_for(name) is not None)
    nothing_missing = None not in (judgement.progress_rate, judgement.achievement_rate, judgement.grade)
    assert (judgement.reason is None) is nothing_missing


any_target = st.one_of(
    figure.map(Target),
    st.builds(Target, figure, st.sampled_from([TargetQualifier.AT_LEAST, TargetQualifier.AT_MOST])),
    st.builds(lambda low, width: Target(low, TargetQualifier.RANGE, low + abs(width)), figure, figure),
    st.sampled_from(["現状維持", "増加", "減少", "検討"]).map(
        lambda word: Target(None, TargetQualifier.WORD, word=word)
    ),
    st.just(Target()),
)
any_actual = st.one_of(
    st.builds(ActualValue, figure, st.sampled_from(sorted(NUMERIC_STATUSES))),
    st.builds(ActualValue, st.none(), st.sampled_from(list(ValueStatus))),
)


@st.composite
def any_kpis(draw):
    """A KPI of any kind, sound or not."""
    definition = Definition(
        direction=draw(st.none() | st.sampled_from(list(Direction))),
        aggregation=draw(st.none() | st.sampled_from(list(Aggregation))),
        baseline=draw(baselines),
        unit=draw(st.sampled_from(["", "人", "％"])),
        decimals=draw(st.none() | st.integers(0, 3)),
        maintain_band=draw(st.none() | st.decimals(0, 1, places=2)),
        path_rule=draw(st.sampled_from(list(PathRule))),
        first_year=draw(st.none() | years),
        survey_interval=draw(st.integers(1, 3)),
        entered_as=draw(st.sampled_from(list(EnteredAs))),
        breaks=tuple(draw(st.lists(st.builds(SeriesBreak, years, st.just(""), baselines), max_size=2))),
    )
    return (
        definition,
        draw(st.dictionaries(years, any_target, max_size=5)),
        draw(st.dictionaries(years, any_actual, max_size=8)),
        draw(years),
    )


@settings(max_examples=400)
@given(kpi=any_kpis(), scheme=st.none() | schemes)
def test_every_judgement_can_be_read_out(kpi, scheme):
    judgement = judge(*kpi, scheme)

    text = judgement.explanation

    assert text.endswith("。")
    assert "None" not in text
    if judgement.grade is not None:
        assert f"「{judgement.grade.label}」です。" in text
    if judgement.progress_rate is not None:
        assert "進捗率は" in text


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2017", "final", "up", "yearly", "three_bands", "12.5", "現状維持", "1～2"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "status", "fiscal_year", "2017", "2019", "kpi"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
FIELDS = [
    "kpi",
    "direction",
    "aggregation",
    "baseline",
    "targets",
    "actuals",
    "fiscal_year",
    "band",
    "parts",
    "scheme",
]
SOUND = {
    "kpi": "件数",
    "direction": "up",
    "aggregation": "cumulative",
    "baseline": {"value": 1, "fiscal_year": 2014},
    "targets": {"2019": 30},
    "actuals": {"2017": {"value": 4, "status": "final"}},
    "fiscal_year": 2017,
    "scheme": "tsukuba",
}


@settings(max_examples=300)
@given(changes=st.dictionaries(st.sampled_from(FIELDS), json_values, min_size=1, max_size=3))
def test_any_record_is_judged_or_refused_with_one_sentence(changes):
    text = json.dumps([{**SOUND, **changes}])

    message, results = judged_or_refused(text)

    assert len(results) == (0 if message else 1)
    assert not message or message.startswith("1件目")
    assert "\n" not in message


def judged_or_refused(text):
    """Return the refusal's sentence and no results, or no sentence and the results."""
    try:
        return "", judge_table(text)
    except TableError as refused:
        return str(refused), []


@pytest.mark.parametrize("scheme", READY_SCHEMES, ids=lambda scheme: scheme.code)
def test_better_is_never_graded_worse(scheme):
    """From far below to far above the target the grade only rises (each ready scheme, rising KPI)."""
    definition = Definition(Direction.UP, baseline=Baseline(Decimal(100), 2014))

    def place(value):
        actual = {2019: ActualValue(Decimal(value))}
        return scheme.bands.index(judge(definition, {2019: Target(Decimal(120))}, actual, 2019, scheme).grade)

    places = [place(value) for value in range(0, 300, 2)]

    assert places == sorted(places, reverse=True)
