"""Outlooks are projections with a range, honest about few figures, and never a grade."""

from decimal import Decimal

import pytest

from evaluations.calculations.outlook import Verdict, outlook
from evaluations.calculations.quantities import SeriesBreak
from evaluations.enums import ValueStatus
from strategy.enums import Aggregation, Direction, EnteredAs
from tests.evaluations.figures import actuals, kpi, targets


def test_a_straight_series_meets_a_target_on_its_line():
    seen = outlook(
        kpi(base="100"), targets(y2019="150"), actuals(y2015="110", y2016="120", y2017="130"), 2017
    )

    assert (seen.verdict, seen.projected, seen.low, seen.high) == (
        Verdict.LIKELY,
        Decimal(150),
        Decimal(150),
        Decimal(150),
    )
    assert "評価ではありません" in seen.explanation


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"y2015": "101", "y2016": "102", "y2017": "103"}, Verdict.UNLIKELY),
        ({"y2015": "100", "y2016": "101", "y2017": "130"}, Verdict.UNCERTAIN),
        ({"y2015": "110", "y2016": "130", "y2017": "150"}, Verdict.LIKELY),
    ],
)
def test_only_a_range_on_one_side_says_something(figures, verdict):
    assert outlook(kpi(base="100"), targets(y2019="150"), actuals(**figures), 2017).verdict is verdict


def test_an_average_is_that_of_the_known_years_and_of_the_line_ahead():
    average = kpi(base="60", aggregation=Aggregation.AVERAGE)
    figures = actuals(y2015="62", y2016=ValueStatus.UNKNOWN, y2017="66", y2018="68")

    seen = outlook(average, targets(y2019="70"), figures, 2018)

    assert (seen.verdict, seen.projected) == (Verdict.UNLIKELY, Decimal("66.5"))
    assert "期間の平均は" in seen.explanation


def test_a_falling_target_is_met_from_above():
    figures = actuals(y2015="90", y2016="80", y2017="70")

    assert (
        outlook(kpi(Direction.DOWN, base="100"), targets(y2019="60"), figures, 2017).verdict is Verdict.LIKELY
    )
    assert (
        outlook(kpi(Direction.DOWN, base="100"), targets(y2019="40"), figures, 2017).verdict
        is Verdict.UNLIKELY
    )


def test_a_figure_to_maintain_may_end_on_either_side():
    figures = actuals(y2015="100", y2016="90", y2017="108")

    assert outlook(kpi(Direction.MAINTAIN), targets(y2019="105"), figures, 2017).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize("figures", [{}, {"y2017": "100"}, {"y2016": "100", "y2017": "110"}])
def test_fewer_than_three_figures_are_too_few(figures):
    seen = outlook(kpi(base="90"), targets(y2019="150"), actuals(**figures), 2017)

    assert (seen.verdict, seen.projected) == (Verdict.TOO_FEW, None)
    assert f"値が{len(figures)}年分しかない" in seen.explanation


def test_missing_years_are_not_zero():
    figures = actuals(y2014="100", y2015="110", y2016=ValueStatus.NOT_SURVEYED, y2017="130")

    assert outlook(kpi(), targets(y2019="150"), figures, 2017).projected == Decimal(150)


def test_figures_before_a_break_do_not_count():
    definition = kpi(base="100", breaks=(SeriesBreak(2016),))
    figures = actuals(y2014="1", y2015="2", y2016="120", y2017="130")

    assert outlook(definition, targets(y2019="150"), figures, 2017).verdict is Verdict.TOO_FEW


def test_cumulative_counts_go_on_at_their_pace():
    definition = kpi(aggregation=Aggregation.CUMULATIVE, base="0")
    figures = actuals(y2015="500", y2016="520", y2017="480")

    seen = outlook(definition, targets(y2019="2600"), figures, 2017)

    assert (seen.projected, seen.low, seen.high) == (Decimal(2500), Decimal(2480), Decimal(2520))
    assert seen.verdict is Verdict.UNLIKELY


def test_cumulative_counts_with_a_gap_are_not_projected():
    definition = kpi(aggregation=Aggregation.CUMULATIVE, base="0", base_year=2013)
    figures = actuals(y2014="500", y2015=ValueStatus.UNKNOWN, y2016="520", y2017="480")

    assert outlook(definition, targets(y2019="2600"), figures, 2017).projected is None


def test_increments_are_held_against_the_sum_of_their_targets():
    definition = kpi(aggregation=Aggregation.INCREMENT, base="100", entered_as=EnteredAs.INCREMENT)
    figures = actuals(y2015="10", y2016="10", y2017="10")
    aims = targets(y2015="10", y2016="10", y2017="10", y2018="10", y2019="10")

    seen = outlook(definition, aims, figures, 2017)

    assert (seen.verdict, seen.projected) == (Verdict.LIKELY, Decimal(50))


def test_a_projection_of_counts_does_not_fall_below_zero():
    figures = actuals(y2015="30", y2016="20", y2017="5")

    assert outlook(kpi(Direction.DOWN), targets(y2019="1"), figures, 2017).low == Decimal(0)


@pytest.mark.parametrize(
    ("definition", "aims", "year"),
    [
        (kpi(), targets(y2019="現状維持"), 2017),
        (kpi(), {}, 2017),
        (kpi(), targets(y2017="150"), 2017),
        (kpi(Direction.REFERENCE), targets(y2019="150"), 2017),
        (
            kpi(aggregation=Aggregation.AVERAGE, breaks=(SeriesBreak(2016, "調査方法の変更"),)),
            targets(y2019="150"),
            2017,
        ),
        (
            kpi(aggregation=Aggregation.CUMULATIVE, breaks=(SeriesBreak(2016, "数え方の変更"),)),
            targets(y2019="150"),
            2017,
        ),
    ],
)
def test_what_has_no_projection(definition, aims, year):
    seen = outlook(definition, aims, actuals(y2015="1", y2016="2", y2017="3"), year)

    assert (seen.verdict, seen.projected) == (Verdict.NOT_PROJECTED, None)
    assert seen.explanation
