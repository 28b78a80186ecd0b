"""Increments over the base: entered one way, shown the others, judged alike."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.calculations.increments import increment_table
from evaluations.calculations.judgement import judge
from evaluations.enums import Reason, ValueStatus
from strategy.calculations.ready_schemes import BANDS_80_50_20, TSUKUBA
from strategy.enums import Aggregation, EnteredAs
from tests.evaluations.figures import actuals, kpi, targets


def grant(entered_as, base="100"):
    """Return a grant KPI that stood at 100 in 2019."""
    return kpi(aggregation=Aggregation.INCREMENT, base=base, base_year=2019, entered_as=entered_as)


WAYS = [
    (EnteredAs.LEVEL, {"y2020": "110", "y2021": "108", "y2022": "130"}),
    (EnteredAs.INCREMENT, {"y2020": "10", "y2021": "-2", "y2022": "22"}),
    (EnteredAs.CUMULATIVE_INCREMENT, {"y2020": "10", "y2021": "8", "y2022": "30"}),
]


@pytest.mark.parametrize(("entered_as", "figures"), WAYS)
def test_each_way_of_entry_shows_the_others(entered_as, figures):
    rows = increment_table(grant(entered_as), actuals(**figures), 2022)

    assert [(row.fiscal_year, row.level, row.increment, row.cumulative) for row in rows] == [
        (2020, Decimal(110), Decimal(10), Decimal(10)),
        (2021, Decimal(108), Decimal(-2), Decimal(8)),
        (2022, Decimal(130), Decimal(22), Decimal(30)),
    ]


TARGETS = {
    EnteredAs.LEVEL: {"y2020": "110", "y2021": "120", "y2022": "140"},
    EnteredAs.INCREMENT: {"y2020": "10", "y2021": "10", "y2022": "20"},
    EnteredAs.CUMULATIVE_INCREMENT: {"y2020": "10", "y2021": "20", "y2022": "40"},
}


@pytest.mark.parametrize(("entered_as", "figures"), WAYS)
def test_each_way_of_entry_gives_the_same_progress_and_grade(entered_as, figures):
    judgement = judge(grant(entered_as), targets(**TARGETS[entered_as]), actuals(**figures), 2022, TSUKUBA)

    assert judgement.progress_rate == Decimal("0.75")
    assert judgement.grade.label == "やや遅れている"


def test_increments_without_a_known_base_are_still_judged():
    judgement = judge(
        grant(EnteredAs.INCREMENT, base=None),
        targets(**TARGETS[EnteredAs.INCREMENT]),
        actuals(y2020="10", y2021="-2", y2022="22"),
        2022,
        BANDS_80_50_20,
    )

    assert (judgement.value, judgement.progress_rate) == (Decimal(30), Decimal("0.75"))


def test_a_missing_year_of_increments_is_no_sum():
    judgement = judge(
        grant(EnteredAs.INCREMENT),
        targets(**TARGETS[EnteredAs.INCREMENT]),
        actuals(y2020="10", y2021=ValueStatus.UNKNOWN, y2022="22"),
        2022,
        TSUKUBA,
    )

    assert (judgement.reason, judgement.missing_years) == (Reason.YEAR_MISSING, (2021,))


def test_a_gap_in_the_target_increments_leaves_no_target():
    judgement = judge(
        grant(EnteredAs.INCREMENT), targets(y2020="10", y2022="20"), actuals(y2020="10"), 2020, TSUKUBA
    )

    assert judgement.reason is Reason.NO_TARGET
    assert "target_increments_incomplete" in [warned.code for warned in judgement.warnings]


def test_a_level_after_a_gap_is_known_and_its_increment_is_not():
    rows = increment_table(grant(EnteredAs.LEVEL), actuals(y2020="110", y2022="130"), 2022)

    assert [(row.level, row.increment, row.cumulative) for row in rows] == [
        (Decimal(110), Decimal(10), Decimal(10)),
        (None, None, None),
        (Decimal(130), None, Decimal(30)),
    ]


figures = st.decimals(min_value=-10_000, max_value=10_000, places=2)


@given(base=figures, levels=st.lists(figures, min_size=1, max_size=8))
def test_levels_and_increments_lead_back_to_each_other(base, levels):
    years = {f"y{2020 + index}": str(level) for index, level in enumerate(levels)}
    last = 2019 + len(levels)

    shown = increment_table(grant(EnteredAs.LEVEL, base=str(base)), actuals(**years), last)
    entered = {f"y{row.fiscal_year}": str(row.increment) for row in shown}
    back = increment_table(grant(EnteredAs.INCREMENT, base=str(base)), actuals(**entered), last)

    assert [row.level for row in back] == levels
    assert back == shown
