"""Judgement of every kind of KPI: tables of cases by direction, aggregation, missing, sign and zero."""

from decimal import Decimal

import pytest

from evaluations.calculations.exact import exact, round_half_up
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import ActualValue, Baseline, SeriesBreak, Target
from evaluations.enums import Reason, ValueStatus
from strategy.calculations.ready_schemes import (
    BANDS_80_50_20,
    BANDS_80_60,
    GRANT_EFFECT,
    SABC,
    THREE_BANDS,
    TSUKUBA,
)
from strategy.enums import Aggregation, Direction, PathRule, TargetQualifier
from tests.evaluations.figures import actuals, kpi, targets


def shown(rate: Decimal | None, places: int = 1) -> str | None:
    """Return a rate in percent as it is printed."""
    return None if rate is None else str(round_half_up(exact(rate) * 100, places))


# Printed as 達成率 on the city's own sheets for FY H27 to H31: base, target, actual, percent.
PRINTED = [
    ("180", "227", "184", "8.5"),
    ("180", "227", "191", "23.4"),
    ("180", "227", "185", "10.6"),
    ("180", "227", "186", "12.8"),
    ("180", "227", "187", "14.9"),
    ("27.9", "35.0", "25.7", "-31.0"),
    ("27.9", "35.0", "28.0", "1.4"),
    ("27.9", "35.0", "32.0", "57.7"),
    ("8.2", "10.0", "8.4", "11.1"),
    ("8.2", "10.0", "8.7", "27.8"),
    ("8.2", "10.0", "5.4", "-155.6"),
    ("8.2", "10.0", "5.5", "-150.0"),
]


@pytest.mark.parametrize(("base", "target", "actual", "printed"), PRINTED)
def test_progress_rate_is_what_tsukuba_printed(base, target, actual, printed):
    judgement = judge(kpi(base=base), targets(y2019=target), actuals(y2017=actual), 2017, TSUKUBA)

    assert shown(judgement.progress_rate) == printed
    assert f"進捗率は{printed}％です" in judgement.explanation


def test_both_rates_of_another_city():
    judgement = judge(kpi(base="100"), targets(y2019="110"), actuals(y2017="105"), 2017, BANDS_80_60)

    assert shown(judgement.achievement_rate) == "95.5"
    assert shown(judgement.progress_rate) == "50.0"
    assert judgement.grade.label == "A"


UP, DOWN, MAINTAIN, REFERENCE = Direction.UP, Direction.DOWN, Direction.MAINTAIN, Direction.REFERENCE

# direction, base, target, actual of the final year -> progress, achievement, met, grade, reason
FINAL_YEAR = [
    (UP, "100", "110", "110", "100.0", "100.0", True, "着実に進んでいる", None),
    (UP, "100", "110", "109.9", "99.0", "99.9", False, "概ね進んでいる", None),
    (UP, "100", "200", "100", "0.0", "50.0", False, "改善や工夫が必要", None),
    (UP, "100", "110", "90", "-100.0", "81.8", False, "概ね進んでいる", None),
    (DOWN, "100", "80", "80", "100.0", "100.0", True, "着実に進んでいる", None),
    (DOWN, "100", "80", "70", "150.0", "87.5", True, "着実に進んでいる", None),
    (DOWN, "100", "80", "90", "50.0", "112.5", False, "概ね進んでいる", None),
    (DOWN, "100", "80", "120", "-100.0", "150.0", False, "改善や工夫が必要", None),
    # a target of 0: no 達成率, but the way to it is known
    (DOWN, "50", "0", "0", "100.0", None, True, "着実に進んでいる", Reason.TARGET_ZERO),
    (DOWN, "50", "0", "5", "90.0", None, False, "概ね進んでいる", Reason.TARGET_ZERO),
    (DOWN, "50", "0", "40", "20.0", None, False, "改善や工夫が必要", Reason.TARGET_ZERO),
    (DOWN, None, "0", "0", None, None, True, "着実に進んでいる", Reason.NO_BASELINE),
    (DOWN, None, "0", "3", None, None, False, None, Reason.TARGET_ZERO),
    # negative figures: a migration balance that shall rise
    (UP, "-214", "150", "-32", "50.0", "-21.3", False, "改善や工夫が必要", None),
    (UP, "-214", "-140", "-177", "50.0", "126.4", False, "概ね進んでいる", None),
    (UP, "-200", "-100", "-90", "110.0", "90.0", True, "着実に進んでいる", None),
    (DOWN, "-10", "-20", "-20", "100.0", "100.0", True, "着実に進んでいる", None),
    # target equal to the baseline
    (UP, "100", "100", "99", None, "99.0", False, "概ね進んでいる", Reason.TARGET_EQUALS_BASELINE),
    (UP, "100", "100", "100", None, "100.0", True, "着実に進んでいる", Reason.TARGET_EQUALS_BASELINE),
    (UP, "0", "0", "0", None, None, True, "着実に進んでいる", Reason.TARGET_EQUALS_BASELINE),
    (MAINTAIN, "100", "100", "100", None, "100.0", True, "着実に進んでいる", Reason.TARGET_EQUALS_BASELINE),
    (MAINTAIN, "100", "100", "104", None, "104.0", False, "概ね進んでいる", Reason.TARGET_EQUALS_BASELINE),
    # a zero baseline
    (UP, "0", "50", "20", "40.0", "40.0", False, "改善や工夫が必要", None),
    # reference only: the arithmetic, and no grade
    (REFERENCE, "100", "110", "105", "50.0", "95.5", None, None, Reason.REFERENCE_ONLY),
    (REFERENCE, None, "110", "105", None, "95.5", None, None, Reason.REFERENCE_ONLY),
]


@pytest.mark.parametrize(
    ("direction", "base", "target", "actual", "progress", "achievement", "met", "grade", "reason"), FINAL_YEAR
)
def test_judgement_of_the_final_year(
    direction, base, target, actual, progress, achievement, met, grade, reason
):
    judgement = judge(
        kpi(direction, base=base), targets(y2019=target), actuals(y2019=actual), 2019, THREE_BANDS
    )

    assert shown(judgement.progress_rate) == progress
    assert shown(judgement.achievement_rate) == achievement
    assert judgement.met is met
    assert (judgement.grade.label if judgement.grade else None) == grade
    assert judgement.reason is reason


MISSING = [
    ({}, Reason.NO_ACTUAL),
    ({"y2017": ValueStatus.FINAL}, Reason.NO_ACTUAL),
    ({"y2017": ValueStatus.PENDING}, Reason.PENDING),
    ({"y2017": ValueStatus.NOT_SURVEYED}, Reason.NOT_SURVEYED),
    ({"y2017": ValueStatus.UNKNOWN}, Reason.UNKNOWN),
    ({"y2017": ValueStatus.NOT_APPLICABLE}, Reason.NOT_APPLICABLE),
    ({"y2016": "190"}, Reason.NO_ACTUAL),
]


@pytest.mark.parametrize("aggregation", list(Aggregation))
@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize(("figures", "reason"), MISSING)
def test_a_missing_actual_is_a_reason_and_never_zero(figures, reason, direction, aggregation):
    judgement = judge(
        kpi(direction, aggregation, base="180"), targets(y2019="227"), actuals(**figures), 2017, THREE_BANDS
    )

    assert (judgement.value, judgement.progress_rate, judgement.achievement_rate) == (None, None, None)
    assert (judgement.grade, judgement.met, judgement.reason) == (None, None, reason)
    assert "0とはみなしません" in judgement.explanation


def test_no_target_no_rate():
    judgement = judge(kpi(base="180"), {}, actuals(y2017="191"), 2017, THREE_BANDS)

    assert (judgement.progress_rate, judgement.achievement_rate, judgement.expected) == (None, None, None)
    assert (judgement.grade, judgement.reason) == (None, Reason.NO_TARGET)


def test_no_baseline_leaves_the_achievement_rate():
    judgement = judge(kpi(), targets(y2019="200"), actuals(y2017="191"), 2017, BANDS_80_60)

    assert judgement.progress_rate is None
    assert shown(judgement.achievement_rate) == "95.5"
    assert (judgement.grade.label, judgement.reason) == ("A", Reason.NO_BASELINE)
    assert judgement.expected is None


def test_without_a_scheme_there_are_rates_and_no_grade():
    judgement = judge(kpi(base="180"), targets(y2019="227"), actuals(y2017="191"), 2017, None)

    assert shown(judgement.progress_rate) == "23.4"
    assert (judgement.grade, judgement.reason) == (None, Reason.NO_SCHEME)


def test_expected_is_linear_from_the_baseline_to_the_final_target():
    judgement = judge(
        kpi(base="180"), targets(y2018="220", y2019="227"), actuals(y2017="191"), 2017, THREE_BANDS
    )

    assert judgement.expected == Decimal("208.2")
    assert shown(judgement.path_rate) == "91.7"


def test_expected_is_the_years_own_target():
    judgement = judge(
        kpi(base="180"), targets(y2017="190", y2019="227"), actuals(y2017="191"), 2017, THREE_BANDS
    )

    assert judgement.expected == Decimal(190)
    assert shown(judgement.achievement_rate) == "100.5"
    assert shown(judgement.progress_rate) == "23.4"
    assert judgement.grade.label == "着実に進んでいる"


@pytest.mark.parametrize(
    ("year", "rule", "expected"),
    [
        (2014, PathRule.LINEAR, "180"),
        (2013, PathRule.LINEAR, None),
        (2020, PathRule.LINEAR, "227"),
        (2015, PathRule.STEPS, "180"),
        (2017, PathRule.STEPS, "200"),
        (2018, PathRule.STEPS, "200"),
        (2017, PathRule.NONE, None),
        (2016, PathRule.NONE, "200"),
    ],
)
def test_expected_by_rule(year, rule, expected):
    judgement = judge(
        kpi(base="180", path_rule=rule),
        targets(y2016="200", y2019="227"),
        actuals(**{f"y{year}": "191"}),
        year,
        THREE_BANDS,
    )

    assert judgement.expected == (None if expected is None else Decimal(expected))


def test_a_threshold_at_a_periodic_decimal_is_exact():
    """Expected is 5/3, and 1 is exactly 60 % of it: no rounding may push it below."""
    judgement = judge(
        kpi(base="0", base_year=2016), targets(y2019="5"), actuals(y2017="1"), 2017, THREE_BANDS
    )

    assert judgement.grade.label == "概ね進んでいる"


@pytest.mark.parametrize(
    ("word", "direction", "actual", "met"),
    [
        ("現状維持", UP, "100", True),
        ("現状維持", UP, "101", True),
        ("現状維持", UP, "99", False),
        ("現状維持", DOWN, "99", True),
        ("現状維持", DOWN, "101", False),
        ("維持", MAINTAIN, "96", True),
        ("維持", MAINTAIN, "94", False),
        ("増加", UP, "101", True),
        ("増加", UP, "100", False),
        ("増加させる", UP, "101", True),
        ("減少", DOWN, "99", True),
        ("減少", DOWN, "100", False),
        ("改善", DOWN, "99", True),
        ("検討", UP, "101", None),
    ],
)
def test_a_target_in_words_is_met_or_not(word, direction, actual, met):
    definition = kpi(direction, base="100", maintain_band=Decimal("0.05"))

    judgement = judge(definition, targets(y2019=word), actuals(y2017=actual), 2017, THREE_BANDS)

    assert judgement.met is met
    assert (judgement.progress_rate, judgement.achievement_rate) == (None, None)
    assert judgement.reason is Reason.WORD_TARGET
    label = {True: "着実に進んでいる", False: "改善や工夫が必要", None: None}[met]
    assert (judgement.grade.label if judgement.grade else None) == label


@pytest.mark.parametrize(("actual", "met"), [("39.9", False), ("40", True), ("50", True), ("50.1", False)])
def test_a_range_is_met_inside_its_ends(actual, met):
    judgement = judge(
        kpi(MAINTAIN, base="45"), targets(y2019=("40", "50")), actuals(y2017=actual), 2017, THREE_BANDS
    )

    assert (judgement.met, judgement.reason) == (met, Reason.RANGE_TARGET)


@pytest.mark.parametrize(
    ("qualifier", "direction", "actual", "met"),
    [
        (TargetQualifier.AT_LEAST, UP, "70", True),
        (TargetQualifier.AT_LEAST, UP, "69", False),
        (TargetQualifier.AT_MOST, DOWN, "70", True),
        (TargetQualifier.AT_MOST, DOWN, "71", False),
        (TargetQualifier.AT_LEAST, MAINTAIN, "90", True),
    ],
)
def test_a_bound_says_what_is_met(qualifier, direction, actual, met):
    bound = {2019: Target(Decimal(70), qualifier)}

    judgement = judge(kpi(direction, base="50"), bound, actuals(y2019=actual), 2019, THREE_BANDS)

    assert judgement.met is met


@pytest.mark.parametrize(("actual", "met"), [("95", True), ("105", True), ("94.9", False), ("105.1", False)])
def test_maintain_is_met_within_its_band(actual, met):
    judgement = judge(
        kpi(MAINTAIN, base="100", maintain_band=Decimal("0.05")),
        targets(y2019="100"),
        actuals(y2019=actual),
        2019,
        THREE_BANDS,
    )

    assert judgement.met is met
    assert judgement.grade.label == ("着実に進んでいる" if met else "概ね進んでいる")


def test_a_target_on_the_worse_side_is_not_graded_by_its_progress():
    """Holding a decline: 91 is worse than the target 92, though 90 % of the way down is gone."""
    definition, promised = kpi(UP, base="100"), targets(y2019="92")

    above = judge(definition, promised, actuals(y2019="95"), 2019, BANDS_80_50_20)
    below = judge(definition, promised, actuals(y2019="91"), 2019, BANDS_80_50_20)

    assert (above.met, above.grade.label) == (True, "80％以上")
    assert (below.met, below.grade.label) == (False, "20％未満")
    assert shown(below.progress_rate) == "112.5"
    assert "target_behind_baseline" in [warned.code for warned in below.warnings]


def test_a_series_break_parts_the_baseline_from_the_actual():
    definition = kpi(base="100", breaks=(SeriesBreak(2016, "集計方法の変更"),))

    judgement = judge(definition, targets(y2017="110", y2019="120"), actuals(y2017="108"), 2017, BANDS_80_60)

    assert judgement.progress_rate is None
    assert judgement.reason is Reason.SERIES_BREAK
    assert shown(judgement.achievement_rate) == "98.2"


def test_a_restated_baseline_joins_a_broken_series():
    restated = Baseline(Decimal(104), 2016)
    definition = kpi(base="100", breaks=(SeriesBreak(2016, "集計方法の変更", restated),))

    judgement = judge(definition, targets(y2019="120"), actuals(y2017="108"), 2017, BANDS_80_60)

    assert shown(judgement.progress_rate) == "25.0"


def test_preliminary_figures_are_judged_and_said_so():
    figures = {2017: ActualValue(Decimal(191), ValueStatus.PRELIMINARY)}

    judgement = judge(kpi(base="180"), targets(y2019="227"), figures, 2017, THREE_BANDS)

    assert judgement.is_provisional
    assert "（速報値）" in judgement.explanation
    assert judgement.grade.label == "概ね進んでいる"


@pytest.mark.parametrize(
    ("actual", "label"),
    [("230", "S"), ("227", "S"), ("199", "A"), ("198", "B"), ("180", "B"), ("162", "B"), ("161.9", "C")],
)
def test_sabc_asks_for_the_target_first_and_then_for_the_baseline(actual, label):
    judgement = judge(kpi(base="180"), targets(y2019="227"), actuals(y2019=actual), 2019, SABC)

    assert judgement.grade.label == label


@pytest.mark.parametrize(
    ("actual", "label"),
    [("227", "非常に効果的"), ("181", "効果があった"), ("180", "効果なし"), ("170", "効果なし")],
)
def test_grant_effect_of_one_kpi(actual, label):
    judgement = judge(kpi(base="180"), targets(y2019="227"), actuals(y2019=actual), 2019, GRANT_EFFECT)

    assert judgement.grade.label == label


def test_a_target_changed_on_the_way_is_told():
    changed = {2019: Target(Decimal(200), is_changed=True)}

    judgement = judge(kpi(base="180"), changed, actuals(y2017="191"), 2017, THREE_BANDS)

    assert "令和元年度の目標は計画の途中で変更されたものです。" in judgement.explanation


def test_a_rate_just_below_a_threshold_is_not_shown_as_reaching_it():
    judgement = judge(kpi(base="0"), targets(y2019="10000"), actuals(y2019="9996"), 2019, THREE_BANDS)

    assert "99.96％" in judgement.explanation
    assert "100.0％" not in judgement.explanation
