"""Totals of parts, several numbers in one KPI, ratios, successors, grant effects."""

from decimal import Decimal

import pytest

from evaluations.calculations.composite import judge_composite
from evaluations.calculations.composition import Part, total_of_parts
from evaluations.calculations.grant_effect import propose_effect
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import ActualValue, Baseline
from evaluations.calculations.ratios import ratio_of_parts
from evaluations.calculations.succession import join_series
from evaluations.enums import Reason, ValueStatus
from strategy.calculations.ready_schemes import BANDS_80_60, GRANT_EFFECT, THREE_BANDS
from strategy.enums import Aggregation, Direction, PartsRule
from tests.evaluations.figures import actuals, kpi, targets


def part(name, figures, base=None, aims=None, is_main=False, **more):
    """Return a part with its figures."""
    return Part(name, kpi(base=base, **more), targets(**(aims or {})), actuals(**figures), is_main)


def test_total_is_the_sum_when_every_part_is_in():
    parts = [part("甲", {"y2017": "100"}), part("乙", {"y2017": "91"})]

    total = total_of_parts(kpi(base="180"), targets(y2019="227"), {}, parts, 2017)

    assert total.actuals[2017] == ActualValue(Decimal(191), ValueStatus.FINAL)
    assert (total.coverage.present, total.coverage.total) == (2, 2)


def test_total_takes_the_least_final_status_of_its_parts():
    parts = [
        part("甲", {"y2017": "100"}),
        Part("乙", kpi(), {}, {2017: ActualValue(Decimal(1), ValueStatus.ESTIMATED)}),
    ]

    total = total_of_parts(kpi(), {}, {}, parts, 2017)

    assert total.actuals[2017].status is ValueStatus.ESTIMATED


@pytest.mark.parametrize(
    ("second", "third", "reason"),
    [
        ({"y2017": ValueStatus.PENDING}, {"y2017": "5"}, Reason.PARTS_MISSING),
        ({}, {"y2017": "5"}, Reason.PARTS_MISSING),
        ({"y2017": ValueStatus.PENDING}, {"y2017": ValueStatus.UNKNOWN}, Reason.PARTS_MISSING),
    ],
)
def test_total_with_a_missing_part_is_missing(second, third, reason):
    parts = [part("甲", {"y2017": "100"}), part("乙", second), part("丙", third)]

    total = total_of_parts(kpi(base="180"), targets(y2019="227"), {}, parts, 2017)
    judgement = judge(total.definition, total.targets, total.actuals, 2017, THREE_BANDS)

    assert (judgement.value, judgement.reason) == (None, reason)


def test_total_of_parts_that_all_come_later_is_pending():
    parts = [part("甲", {"y2017": ValueStatus.PENDING}), part("乙", {"y2017": ValueStatus.PENDING})]

    total = total_of_parts(kpi(), targets(y2019="227"), {}, parts, 2017)

    assert judge(total.definition, total.targets, total.actuals, 2017, None).reason is Reason.PENDING


def test_stated_total_stays_and_a_difference_is_told():
    parts = [part("甲", {"y2017": "100"}), part("乙", {"y2017": "80"})]

    total = total_of_parts(kpi(base="180"), targets(y2019="227"), actuals(y2017="191"), parts, 2017)

    assert total.actuals[2017].value == Decimal(191)
    assert [warned.code for warned in total.warnings] == ["total_differs"]


def test_stated_total_with_a_missing_part_tells_the_coverage():
    parts = [part("甲", {"y2017": "100"}), part("乙", {})]

    total = total_of_parts(kpi(base="180"), targets(y2019="227"), actuals(y2017="191"), parts, 2017)

    assert total.actuals[2017].value == Decimal(191)
    assert total.warnings[0].message == "平成29年度は内訳2件のうち1件の値があります（「乙」は実績が未入力）。"


def test_a_stated_status_of_the_total_is_not_replaced_by_the_sum():
    parts = [part("甲", {"y2017": "100"}), part("乙", {"y2017": "91"})]

    total = total_of_parts(kpi(), {}, actuals(y2017=ValueStatus.PENDING), parts, 2017)

    assert total.actuals[2017] == ActualValue(None, ValueStatus.PENDING)


def test_targets_and_baseline_come_from_the_parts_where_the_total_has_none():
    parts = [
        part("甲", {"y2017": "100"}, base="90", aims={"y2019": "120"}),
        part("乙", {"y2017": "91"}, base="90", aims={"y2019": "107", "y2018": "95"}),
    ]

    total = total_of_parts(kpi(), {}, {}, parts, 2017)
    judgement = judge(total.definition, total.targets, total.actuals, 2017, THREE_BANDS)

    assert sorted(total.targets) == [2019]
    assert total.definition.baseline == Baseline(Decimal(180), 2014)
    assert judgement.expected == Decimal("208.2")


def test_cumulative_total_needs_every_part_in_every_year():
    parts = [
        part("甲", {"y2015": "10", "y2016": "10"}),
        part("乙", {"y2015": ValueStatus.UNKNOWN, "y2016": "10"}),
    ]
    definition = kpi(aggregation=Aggregation.CUMULATIVE, base="0")

    total = total_of_parts(definition, targets(y2019="100"), {}, parts, 2016)
    judgement = judge(total.definition, total.targets, total.actuals, 2016, THREE_BANDS)

    assert (judgement.reason, judgement.missing_years) == (Reason.YEAR_MISSING, (2015,))


CONFERENCES = [
    part("開催回数", {"y2017": "12"}, base="10", aims={"y2019": "15"}, is_main=True),
    part("参加者数", {"y2017": "900"}, base="800", aims={"y2019": "1000"}),
    part("外国人数", {"y2017": "40"}, base="50", aims={"y2019": "60"}),
]


def test_several_numbers_judged_by_the_main_one():
    whole = judge_composite(kpi(), {}, {}, CONFERENCES, PartsRule.MAIN, 2017, BANDS_80_60)

    assert whole.grade.label == "A"
    assert "主な数値「開催回数」" in whole.explanation
    assert [name for name, _ in whole.parts] == ["開催回数", "参加者数", "外国人数"]


def test_several_numbers_judged_each():
    whole = judge_composite(kpi(), {}, {}, CONFERENCES, PartsRule.EACH, 2017, BANDS_80_60)

    assert (whole.grade, whole.met, whole.reason) == (None, None, Reason.JUDGED_BY_PARTS)
    assert [judgement.grade.label for _, judgement in whole.parts] == ["A", "A", "B"]


def test_all_is_met_when_all_are_and_graded_by_the_worst():
    whole = judge_composite(kpi(), {}, {}, CONFERENCES, PartsRule.ALL, 2017, BANDS_80_60)

    assert (whole.met, whole.grade.label, whole.reason) == (False, "B", None)


def test_all_with_a_missing_part_is_settled_only_by_one_that_failed():
    met = part("甲", {"y2019": "15"}, base="10", aims={"y2019": "15"})
    failed = part("乙", {"y2019": "1"}, base="10", aims={"y2019": "15"})
    missing = part("丙", {"y2019": ValueStatus.PENDING}, base="10", aims={"y2019": "15"})

    open_ = judge_composite(kpi(), {}, {}, [met, missing], PartsRule.ALL, 2019, BANDS_80_60)
    settled = judge_composite(kpi(), {}, {}, [failed, missing], PartsRule.ALL, 2019, BANDS_80_60)

    assert (open_.met, open_.grade, open_.reason) == (None, None, Reason.PARTS_MISSING)
    assert (settled.met, settled.grade) == (False, None)


def test_sum_rule_is_the_total_of_parts():
    parts = [part("甲", {"y2017": "100"}), part("乙", {"y2017": "91"})]

    whole = judge_composite(
        kpi(base="180"), targets(y2019="227"), {}, parts, PartsRule.SUM, 2017, THREE_BANDS
    )

    assert whole.whole.value == Decimal(191)
    assert whole.grade.label == "概ね進んでいる"


def test_composite_without_parts_is_a_programming_error():
    with pytest.raises(ValueError, match="needs parts"):
        judge_composite(kpi(), {}, {}, [], PartsRule.SUM, 2017, None)


def test_ratio_is_numerator_over_denominator_in_percent():
    above, below = part("登録者", {"y2017": "30"}), part("対象者", {"y2017": "80"})

    ratio = ratio_of_parts(kpi(unit="％"), targets(y2019="50"), {}, above, below, 2017)

    assert ratio.actuals[2017].value == Decimal("37.5")


@pytest.mark.parametrize(
    ("above", "below", "reason"),
    [
        ({"y2017": "30"}, {"y2017": "0"}, Reason.DENOMINATOR_ZERO),
        ({"y2017": "30"}, {}, Reason.PARTS_MISSING),
        ({"y2017": ValueStatus.PENDING}, {"y2017": ValueStatus.PENDING}, Reason.PENDING),
    ],
)
def test_ratio_without_a_side_or_over_zero_is_a_reason(above, below, reason):
    ratio = ratio_of_parts(
        kpi(unit="％"), targets(y2019="50"), {}, part("分子", above), part("分母", below), 2017
    )

    assert judge(ratio.definition, ratio.targets, ratio.actuals, 2017, None).reason is reason


def test_ratio_over_several_years_sums_before_it_divides():
    """3/4 of 4 and 10/100 of 100 are 13/104 = 12.5 %, not the mean 42.5 %."""
    above, below = part("分子", {"y2016": "3", "y2017": "10"}), part("分母", {"y2016": "4", "y2017": "100"})
    definition = kpi(aggregation=Aggregation.AVERAGE, unit="％", first_year=2016)

    ratio = ratio_of_parts(definition, targets(y2019="50"), {}, above, below, 2017)

    assert judge(ratio.definition, ratio.targets, ratio.actuals, 2017, None).value == Decimal("12.5")


@pytest.mark.parametrize(("stated", "codes"), [("33.3", []), ("33.33", []), ("33.4", ["ratio_differs"])])
def test_stated_ratio_may_differ_by_its_own_rounding_only(stated, codes):
    above, below = part("分子", {"y2017": "1"}), part("分母", {"y2017": "3"})

    ratio = ratio_of_parts(kpi(unit="％"), {}, actuals(y2017=stated), above, below, 2017)

    assert [warned.code for warned in ratio.warnings] == codes
    assert ratio.actuals[2017].value == Decimal(stated)


def test_a_successor_is_judged_from_its_own_baseline():
    joined = join_series(
        actuals(y2015="100", y2016="110"),
        actuals(y2016="52", y2017="60"),
        2017,
        reason="調査の変更",
        baseline=Baseline(Decimal(50), 2016),
    )
    definition = kpi(base="90", breaks=joined.breaks)

    judgement = judge(definition, targets(y2019="70"), joined.actuals, 2017, None)

    assert judgement.progress_rate == Decimal("0.5")
    assert joined.actuals[2016].value == Decimal(110)
    assert joined.warnings == ()


def test_a_successor_without_a_baseline_does_not_compare():
    joined = join_series(actuals(y2015="100"), actuals(y2017="60"), 2017, reason="調査の変更")

    judgement = judge(kpi(base="90", breaks=joined.breaks), targets(y2019="70"), joined.actuals, 2017, None)

    assert judgement.reason_for("progress_rate") is Reason.SERIES_BREAK


def test_a_comparable_successor_has_no_break():
    joined = join_series(
        actuals(y2015="100", y2016="90"), actuals(y2016="80", y2017="60"), 2017, comparable=True
    )

    assert joined.breaks == ()
    assert joined.actuals[2016].value == Decimal(90)
    assert [warned.code for warned in joined.warnings] == ["series_differ"]


def effect(*figures, direction=Direction.UP):
    """Propose the effect of KPIs with baseline 10, target 20 and these actuals."""
    judged = [
        judge(
            kpi(direction, base="10"),
            targets(y2019="20"),
            actuals(**({} if figure is None else {"y2019": figure})),
            2019,
            GRANT_EFFECT,
        )
        for figure in figures
    ]
    return propose_effect(judged, GRANT_EFFECT)


@pytest.mark.parametrize(
    ("figures", "label"),
    [
        (("20", "25"), "非常に効果的"),
        (("20", "5"), "相当程度効果があった"),
        (("15", "5"), "効果があった"),
        (("10", "5"), "効果なし"),
    ],
)
def test_grant_effect_is_proposed_from_all_kpis(figures, label):
    proposal = effect(*figures)

    assert proposal.band.label == label
    assert label in proposal.explanation


@pytest.mark.parametrize("figures", [(), ("20", None)])
def test_grant_effect_waits_for_every_kpi(figures):
    proposal = effect(*figures)

    assert proposal.band is None
    assert proposal.reason is (Reason.NO_ACTUAL if figures else Reason.NO_TARGET)
