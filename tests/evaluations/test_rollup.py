"""Roll-ups count grades and reasons; a score exists only with its weights."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import ActualValue
from evaluations.calculations.rollup import roll_up, weighted_score
from evaluations.enums import Reason, ValueStatus
from strategy.calculations.ready_schemes import BANDS_80_60, THREE_BANDS
from tests.evaluations.figures import actuals, kpi, targets


def judged(value, scheme=THREE_BANDS):
    """Judge a KPI from 0 to 100 with a final value or a status."""
    return judge(kpi(base="0"), targets(y2019="100"), actuals(y2019=value), 2019, scheme)


def counts(rolled):
    """Return the grade counts, best first, and the reasons."""
    return [grade.count for grade in rolled.grades], {each.reason: each.count for each in rolled.reasons}


def test_roll_up_counts_every_band_and_every_reason():
    rolled = roll_up(
        [judged("100"), judged("70"), judged("65"), judged(ValueStatus.PENDING), judged(ValueStatus.UNKNOWN)],
        THREE_BANDS,
    )

    assert counts(rolled) == ([1, 2, 0], {Reason.PENDING: 1, Reason.UNKNOWN: 1})
    assert [each.label for each in rolled.reasons] == ["集計中", "未把握"]
    assert (rolled.total, rolled.graded, rolled.other_schemes) == (5, 3, 0)


def test_roll_up_tells_how_many_grades_rest_on_preliminary_figures():
    preliminary = {2019: ActualValue(Decimal(100), ValueStatus.PRELIMINARY)}
    early = judge(kpi(base="0"), targets(y2019="100"), preliminary, 2019, THREE_BANDS)

    rolled = roll_up([early, judged("100")], THREE_BANDS)

    assert (rolled.grades[0].count, rolled.grades[0].provisional) == (2, 1)


def test_roll_up_does_not_mix_schemes():
    rolled = roll_up([judged("100"), judged("100", BANDS_80_60)], THREE_BANDS)

    assert (counts(rolled)[0], rolled.other_schemes, rolled.total) == ([1, 0, 0], 1, 2)


def test_roll_up_without_a_scheme_counts_reasons_only():
    rolled = roll_up([judged("100", None), judged(ValueStatus.PENDING, None)], None)

    assert counts(rolled) == ([], {Reason.PENDING: 1, Reason.NO_SCHEME: 1})
    assert [each.label for each in rolled.reasons] == ["実績が集計中", "評価基準が未設定"]


values = st.lists(st.integers(0, 150).map(str), max_size=8)
missing = st.lists(
    st.sampled_from([ValueStatus.PENDING, ValueStatus.NOT_SURVEYED, ValueStatus.UNKNOWN]), max_size=5
)


@given(values=values, missing=missing)
def test_adding_missing_values_changes_no_other_count_and_no_score(values, missing):
    known = [judged(value) for value in values]
    more = [*known, *(judged(status) for status in missing)]
    points = {band.label: Decimal(index) for index, band in enumerate(THREE_BANDS.bands)}

    before, after = roll_up(known, THREE_BANDS), roll_up(more, THREE_BANDS)

    assert before.grades == after.grades
    assert sum(each.count for each in after.reasons) == len(missing)
    scores = [weighted_score([(each, Decimal(1)) for each in group], points) for group in (known, more)]
    assert (scores[0] and scores[0].value) == (scores[1] and scores[1].value)


def test_score_is_the_weighted_mean_with_its_points_shown():
    weighted = [
        (judged("100"), Decimal(3)),
        (judged("70"), Decimal(1)),
        (judged(ValueStatus.PENDING), Decimal(5)),
    ]

    score = weighted_score(weighted, {"着実に進んでいる": Decimal(2), "概ね進んでいる": Decimal(1)})

    assert (score.value, score.counted, score.left_out) == (Decimal("1.75"), 2, 1)
    assert "着実に進んでいる＝2点、概ね進んでいる＝1点" in score.explanation


def test_no_score_without_points_or_grades():
    assert weighted_score([(judged("100"), Decimal(1))], {}) is None
    assert weighted_score([], {"着実に進んでいる": Decimal(1)}) is None
    assert weighted_score([(judged("100"), Decimal(0))], {"着実に進んでいる": Decimal(1)}) is None
