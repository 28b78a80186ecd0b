"""Questions to the person who enters a figure: asked when there is a reason, quiet otherwise."""

from decimal import Decimal

import pytest

from evaluations.calculations.composition import Part
from evaluations.calculations.quantities import Baseline, SeriesBreak
from evaluations.calculations.questions import questions_about
from evaluations.enums import ValueStatus
from strategy.enums import Aggregation, Direction
from tests.evaluations.figures import actuals, kpi, targets


def codes(definition, figures, aims=None, year=2017, **more):
    """Return the codes of the questions about a year's figure."""
    asked = questions_about(definition, targets(**(aims or {})), actuals(**figures), year, **more)
    assert all(question.message.endswith(("。", "か。")) for question in asked)
    return [question.code for question in asked]


@pytest.mark.parametrize(
    ("before", "entered", "expected"),
    [
        ("100", "110", []),
        ("100", "1000", ["ten_times"]),
        ("100", "999", []),
        ("100", "10", ["tenth"]),
        ("100", "11", []),
        ("1200", "1.2", ["unit_slip"]),
        ("1.2", "1250", ["unit_slip"]),
        ("3", "31000", ["unit_slip"]),
        ("100", "0", []),
        ("0", "500", []),
    ],
)
def test_size_against_the_year_before(before, entered, expected):
    assert codes(kpi(unit="人"), {"y2016": before, "y2017": entered}) == expected


def test_a_share_written_as_a_fraction():
    assert codes(kpi(unit="％"), {"y2016": "62", "y2017": "0.63"}) == ["unit_slip"]


def test_the_first_figure_is_compared_with_the_baseline():
    assert codes(kpi(base="1200", unit="人"), {"y2017": "1.2"}) == ["unit_slip"]


def test_the_figure_before_may_be_older_than_a_year():
    assert codes(kpi(), {"y2014": "100", "y2016": ValueStatus.UNKNOWN, "y2017": "1500"}) == ["ten_times"]


@pytest.mark.parametrize(
    ("before", "entered", "asked"),
    [("-20", "15", True), ("20", "-15", True), ("-20", "-15", False), ("-20", "0", False)],
)
def test_sign_turned(before, entered, asked):
    assert ("sign_turned" in codes(kpi(), {"y2016": before, "y2017": entered})) is asked


def test_a_series_with_both_signs_is_not_asked_for_its_sign():
    assert codes(kpi(), {"y2015": "-20", "y2016": "15", "y2017": "-18"}) == []


@pytest.mark.parametrize(("entered", "asked"), [("120", False), ("131", True), ("79", True)])
def test_outside_the_range_so_far(entered, asked):
    figures = {"y2014": "100", "y2015": "105", "y2016": "110", "y2017": entered}

    assert ("outside_range" in codes(kpi(), figures)) is asked


def test_a_share_above_a_hundred():
    assert "above_hundred" in codes(kpi(unit="％"), {"y2016": "98", "y2017": "103"})
    assert codes(kpi(unit="％"), {"y2016": "102", "y2017": "103"}) == []
    assert codes(kpi(unit="人"), {"y2016": "98", "y2017": "103"}) == []


def test_more_places_than_defined():
    assert codes(kpi(decimals=1), {"y2016": "8.2", "y2017": "8.25"}) == ["too_many_places"]
    assert codes(kpi(decimals=1), {"y2016": "8.2", "y2017": "8.30"}) == []


def test_a_sum_in_the_place_of_a_yearly_count():
    definition = kpi(aggregation=Aggregation.CUMULATIVE, base="0")

    assert "sum_entered" in codes(definition, {"y2015": "500", "y2016": "520", "y2017": "1530"})
    assert codes(definition, {"y2015": "500", "y2016": "520", "y2017": "510"}) == []


def test_a_total_unlike_its_parts():
    parts = [
        Part("甲", kpi(), {}, actuals(y2017="100")),
        Part("乙", kpi(), {}, actuals(y2017="80")),
    ]

    assert codes(kpi(), {"y2017": "191"}, parts=parts) == ["total_differs"]
    assert codes(kpi(), {"y2017": "180"}, parts=parts) == []
    parts[1] = Part("乙", kpi(), {}, {})
    assert codes(kpi(), {"y2017": "191"}, parts=parts) == []


def test_far_above_the_target_for_two_years():
    aims = {"y2019": "100"}

    assert codes(kpi(base="90"), {"y2016": "160", "y2017": "165"}, aims) == ["target_too_low"]
    assert codes(kpi(base="90"), {"y2016": "140", "y2017": "165"}, aims) == []
    assert codes(kpi(Direction.DOWN, base="200"), {"y2016": "45", "y2017": "40"}, aims) == ["target_too_low"]


@pytest.mark.parametrize(
    ("text", "entered", "expected"),
    [
        ("目標を達成した。", "90", ["text_says_met"]),
        ("目標を達成した。", "100", []),
        ("達成できました", "90", ["text_says_met"]),
        ("目標の達成に向けて取り組む。", "90", []),
        ("達成率は90％であった。", "90", []),
        ("目標達成を目指す。", "90", []),
        ("目標は達成できなかった。", "90", []),
        ("目標は達成できなかった。", "100", ["text_says_not_met"]),
        ("未達成である。", "100", ["text_says_not_met"]),
        ("達成には至らなかった。", "100", ["text_says_not_met"]),
        ("達成していない。", "100", ["text_says_not_met"]),
        ("順調に増えた。", "90", []),
        ("", "90", []),
    ],
)
def test_text_against_the_figure(text, entered, expected):
    figures = {"y2016": "95", "y2017": entered}

    assert codes(kpi(base="80"), figures, {"y2017": "100"}, text=text) == expected


@pytest.mark.parametrize("entered", [ValueStatus.PENDING, ValueStatus.UNKNOWN])
def test_a_missing_figure_is_not_asked_about(entered):
    assert codes(kpi(base="80"), {"y2016": "95", "y2017": entered}, {"y2017": "100"}, text="達成した") == []


def test_figures_of_another_definition_are_no_measure():
    broken = kpi(base="100", breaks=(SeriesBreak(2017, "調査方法の変更"),))
    restated = kpi(base="100", breaks=(SeriesBreak(2017, "調査方法の変更", Baseline(Decimal(9), 2016)),))
    figures = actuals(y2015="100", y2016="110", y2017="5")

    assert questions_about(broken, {}, figures, 2017) == ()
    assert questions_about(restated, {}, actuals(y2016="110", y2017="100"), 2017)[0].code == "ten_times"
