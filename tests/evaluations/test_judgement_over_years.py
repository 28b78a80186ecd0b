"""Judgement of what is counted over years: cumulative, average, surveys every n years."""

from decimal import Decimal

import pytest

from evaluations.calculations.exact import exact, round_half_up
from evaluations.calculations.judgement import judge
from evaluations.enums import Reason, ValueStatus
from strategy.calculations.ready_schemes import (
    BANDS_80_60,
    THREE_BANDS,
)
from strategy.enums import Aggregation
from tests.evaluations.figures import actuals, kpi, targets


def shown(rate: Decimal | None, places: int = 1) -> str | None:
    """Return a rate in percent as it is printed."""
    return None if rate is None else str(round_half_up(exact(rate) * 100, places))


CUMULATIVE_TARGETS = {"y2015": "517", "y2016": "1034", "y2017": "1550", "y2018": "2067", "y2019": "2584"}


def test_cumulative_counts_are_summed_and_compared_with_the_cumulative_target():
    judgement = judge(
        kpi(aggregation=Aggregation.CUMULATIVE),
        targets(**CUMULATIVE_TARGETS),
        actuals(y2015="500", y2016="600"),
        2016,
        THREE_BANDS,
    )

    assert (judgement.value, judgement.expected) == (Decimal(1100), Decimal(1034))
    assert shown(judgement.achievement_rate) == "106.4"
    assert judgement.grade.label == "着実に進んでいる"
    assert "500＋600" in judgement.explanation


@pytest.mark.parametrize("base", [None, "0", "2325"])
def test_cumulative_path_begins_at_zero_whatever_the_baseline(base):
    judgement = judge(
        kpi(aggregation=Aggregation.CUMULATIVE, base=base),
        targets(y2019="2584"),
        actuals(y2015="500", y2016="600"),
        2016,
        THREE_BANDS,
    )

    assert judgement.expected == Decimal("1033.6")


@pytest.mark.parametrize(
    "missing", [None, ValueStatus.PENDING, ValueStatus.UNKNOWN, ValueStatus.NOT_APPLICABLE]
)
@pytest.mark.parametrize("year", ["y2015", "y2016"])
def test_cumulative_with_a_missing_year_is_no_sum(missing, year):
    figures = {"y2015": "500", "y2016": "600", "y2017": "700"}
    if missing is None:
        del figures[year]
    else:
        figures[year] = missing

    judgement = judge(
        kpi(aggregation=Aggregation.CUMULATIVE),
        targets(**CUMULATIVE_TARGETS),
        actuals(**figures),
        2017,
        THREE_BANDS,
    )

    assert (judgement.value, judgement.grade, judgement.reason) == (None, None, Reason.YEAR_MISSING)
    assert judgement.missing_years == (int(year[1:]),)


def test_cumulative_begins_after_the_base_year_when_only_the_final_target_is_known():
    """The first year's count was never entered: the sum must not begin a year late."""
    judgement = judge(
        kpi(aggregation=Aggregation.CUMULATIVE, base="0"),
        targets(y2019="2584"),
        actuals(y2016="600", y2017="700"),
        2017,
        THREE_BANDS,
    )

    assert (judgement.reason, judgement.missing_years) == (Reason.YEAR_MISSING, (2015,))


def test_cumulative_before_its_first_year():
    judgement = judge(
        kpi(aggregation=Aggregation.CUMULATIVE, first_year=2017),
        targets(y2019="300"),
        actuals(y2016="100"),
        2016,
        THREE_BANDS,
    )

    assert judgement.reason is Reason.OUTSIDE_PERIOD


def test_cumulative_leaves_out_figures_before_its_first_year_and_says_so():
    judgement = judge(
        kpi(aggregation=Aggregation.CUMULATIVE, first_year=2017),
        targets(y2019="300"),
        actuals(y2016="100", y2017="110"),
        2017,
        THREE_BANDS,
    )

    assert judgement.value == Decimal(110)
    assert [warned.code for warned in judgement.warnings] == ["before_first_year"]
    assert judgement.expected == Decimal(100)


def test_cumulative_that_begins_before_its_targets_says_so():
    judgement = judge(
        kpi(aggregation=Aggregation.CUMULATIVE, base="0", base_year=2013),
        targets(**CUMULATIVE_TARGETS),
        actuals(y2014="100", y2015="500"),
        2015,
        THREE_BANDS,
    )

    assert judgement.years == (2014, 2015)
    assert "begins_before_targets" in [warned.code for warned in judgement.warnings]


def test_average_takes_the_years_that_have_a_figure():
    judgement = judge(
        kpi(aggregation=Aggregation.AVERAGE, base="60"),
        targets(y2019="70"),
        actuals(y2015="62", y2016=ValueStatus.NOT_SURVEYED, y2017="65"),
        2017,
        BANDS_80_60,
    )

    assert judgement.value == Decimal("63.5")
    assert judgement.years == (2015, 2017)
    assert "3年のうち値のある2年の平均" in judgement.explanation


def test_a_survey_every_other_year_is_judged_by_its_latest_value():
    definition = kpi(base="47.3", survey_interval=2)
    figures = actuals(y2016="50.0", y2017=ValueStatus.NOT_SURVEYED)

    judgement = judge(definition, targets(y2019="55"), figures, 2017, BANDS_80_60)

    assert (judgement.value, judgement.years) == (Decimal("50.0"), (2016,))
    assert "直近の平成28年度の調査の値" in judgement.explanation


def test_a_survey_older_than_its_interval_does_not_count():
    definition = kpi(base="47.3", survey_interval=2)

    judgement = judge(definition, targets(y2019="55"), actuals(y2015="50.0"), 2017, BANDS_80_60)

    assert judgement.reason is Reason.NO_ACTUAL


def test_a_pending_survey_is_not_replaced_by_an_older_one():
    definition = kpi(base="47.3", survey_interval=2)
    figures = actuals(y2016="50.0", y2017=ValueStatus.PENDING)

    assert judge(definition, targets(y2019="55"), figures, 2017, BANDS_80_60).reason is Reason.PENDING
