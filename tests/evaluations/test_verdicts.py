"""Judgements of what is stored: plans, editions, parts, doubts, and what a viewer may not see."""

from decimal import Decimal

import pytest

from evaluations.enums import Edition, Reason, SheetState
from evaluations.models import KpiSheet
from evaluations.selectors import completeness, judged
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import judge_kpis, verdicts_of
from strategy.enums import Aggregation, PartKind, PartsRule
from tests.evaluations.acts import AT, fresh
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory
from tests.factories.strategy import KpiFactory, KpiPartFactory, PlacementFactory, PlanFactory, TargetFactory


def verdict(world, kpi, *, viewer=None, year=2019, plan=None):
    figures = figures_of([kpi], fiscal_year=year, viewer=viewer)
    return verdicts_of(figures, plan=plan or world.plan, fiscal_year=year)[kpi.pk]


def make_parts(whole, *values, kind=PartKind.ADDEND):
    parts = []
    for value in values:
        part = KpiFactory(baseline_value=Decimal(90))
        KpiPartFactory(whole=whole, part=part, kind=kind.value, position=len(parts))
        TargetFactory(kpi=part, value=Decimal(100))
        if value is not None:
            ActualFactory(kpi=part, value=Decimal(value))
        parts.append(part)
    return parts


def test_a_kpi_is_graded_by_its_plans_scheme(world):
    ActualFactory(kpi=world.industry_kpi, value=191)

    found = verdict(world, world.industry_kpi)

    assert found.grade.label == "概ね順調"
    assert found.whole.progress_rate.quantize(Decimal("0.001")) == Decimal("0.234")


def test_targets_of_the_next_plan_do_not_count(world):
    ActualFactory(kpi=world.industry_kpi, value=227)
    PlacementFactory(
        kpi=world.industry_kpi, node__plan=PlanFactory(first_fiscal_year=2020, last_fiscal_year=2024)
    )
    TargetFactory(kpi=world.industry_kpi, fiscal_year=2024, value=1000)

    assert verdict(world, world.industry_kpi).grade.label == "順調"


def test_half_a_years_figure_never_stands_in_for_the_years(world):
    ActualFactory(kpi=world.industry_kpi, edition=Edition.HALF.value, value=120)

    assert verdict(world, world.industry_kpi).reason is Reason.NO_ACTUAL


def test_a_preliminary_figure_stands_in_until_the_final_one_is_there(world):
    ActualFactory(kpi=world.industry_kpi, edition=Edition.PRELIMINARY.value, value=150)
    assert verdict(world, world.industry_kpi).whole.value == 150

    ActualFactory(kpi=world.industry_kpi, value=227)

    assert verdict(world, world.industry_kpi).whole.value == 227


def test_a_demonstrations_figure_counts_only_where_there_is_no_real_one(world):
    ActualFactory(kpi=world.industry_kpi, value=999, is_demo=True)
    assert verdict(world, world.industry_kpi).whole.value == 999

    ActualFactory(kpi=world.industry_kpi, value=191, edition=Edition.PRELIMINARY.value)

    assert verdict(world, world.industry_kpi).whole.value == 191
    figures = figures_of([world.industry_kpi], fiscal_year=2019, is_demo=True)
    assert figures[world.industry_kpi.pk].actuals[2019].value == 999


def test_a_total_is_the_sum_of_its_parts_and_judge_kpis_agrees(world):
    total = KpiFactory(baseline_value=None, baseline_fiscal_year=None)
    make_parts(total, 100, 110)

    found = verdict(world, total)
    figures = figures_of([total], fiscal_year=2019)

    assert (found.whole.value, found.grade.label) == (210, "順調")
    judgement = judge_kpis(figures, plan=world.plan, fiscal_year=2019)[total.pk]
    assert (judgement.value, judgement.grade) == (210, found.grade)


def test_a_total_with_a_missing_part_is_not_judged_as_if_it_were_zero(world):
    total = KpiFactory()
    TargetFactory(kpi=total, value=200)
    make_parts(total, 150, None)

    found = verdict(world, total)

    assert (found.grade, found.reason) == (None, Reason.PARTS_MISSING)


def test_several_numbers_are_judged_one_by_one(world):
    several = KpiFactory()
    make_parts(several, 100, 50, kind=PartKind.COMPONENT)

    found = verdict(world, several)

    assert found.whole is None
    assert [judgement.grade.label for _, judgement in found.parts] == ["順調", "遅れている"]


def test_all_parts_have_to_be_met_where_the_rule_says_so(world):
    several = KpiFactory(parts_rule=PartsRule.ALL.value)
    make_parts(several, 100, 70, kind=PartKind.COMPONENT)

    found = verdict(world, several)

    assert (found.grade.label, found.met) == ("概ね順調", False)


def test_parts_in_a_circle_end_the_search(world):
    first, second = KpiFactory(), KpiFactory()
    KpiPartFactory(whole=first, part=second)
    KpiPartFactory(whole=second, part=first)

    assert verdict(world, first).grade is None


def test_what_is_not_confirmed_is_told_beside_the_grade(world):
    ActualFactory(kpi=world.industry_kpi, value=191, unconfirmed={"value": {"reason": "推定"}})
    world.industry_kpi.unconfirmed = {"direction": {"reason": "推定"}}

    found = verdict(world, world.industry_kpi)

    assert [doubt.code for doubt in found.warnings][:1] == ["unconfirmed"]
    assert "方向、R1の実績値" in found.explanation


def test_a_part_the_viewer_may_not_see_is_missing_for_them(world):
    total = KpiFactory()
    (part,) = make_parts(total, 100)
    TargetFactory(kpi=total, value=100)
    KpiSheetFactory(round=world.round, kpi=part, section=world.publicity)

    assert verdict(world, total, viewer=world.planning).grade.label == "順調"
    assert verdict(world, total, viewer=world.of_industry.clerk).grade is None
    KpiSheet.objects.update(state=SheetState.FINALISED.value)
    assert verdict(world, total, viewer=world.of_industry.clerk).grade.label == "順調"


def test_a_count_begins_with_the_plan_of_the_year(world):
    kpi = KpiFactory(aggregation=Aggregation.CUMULATIVE.value, baseline_value=0)
    TargetFactory(kpi=kpi, value=100)
    for year in range(2014, 2020):
        ActualFactory(kpi=kpi, fiscal_year=year, value=10)

    assert verdict(world, kpi).whole.value == 50


@pytest.mark.parametrize("many", [1, 3])
def test_figures_of_many_kpis_with_parts_need_five_queries(world, django_assert_num_queries, many):
    kpis = [KpiFactory() for _ in range(many)]
    for kpi in kpis:
        make_parts(kpi, 1, 2)

    with django_assert_num_queries(5):
        assert len(figures_of(kpis, fiscal_year=2019)) == many


# --- on a sheet -------------------------------------------------------------------------------------


def test_a_sheet_is_judged_in_the_plan_of_its_round_by_the_rounds_scheme(world):
    ActualFactory(kpi=world.industry_kpi, value=227)
    sheet = fresh(world.industry_sheet)
    plan = judged.plan_of(sheet)
    scheme = judged.scheme_for(sheet, plan)

    found = judged.sheet_verdict(sheet, judged.sheet_figures(world.planning, sheet), plan, scheme)

    assert (plan, scheme.code, found.grade.label) == (world.plan, "three", "順調")


def test_half_a_years_sheet_is_not_judged(world):
    half = RoundFactory(fiscal_year=2019, edition=Edition.HALF.value)
    sheet = KpiSheetFactory(round=half, kpi=world.industry_kpi)

    figures = judged.sheet_figures(world.planning, sheet)

    assert judged.sheet_verdict(sheet, figures, world.plan, None) is None


@pytest.mark.parametrize(
    ("own", "reason", "fields"),
    [
        ("", "", []),
        ("概ね順調", "", []),
        ("順調", "", ["grade_reason"]),
        ("順調", "年度末に大型の案件が決まった", []),
        ("優良", "", ["self_grade"]),
    ],
)
def test_a_grade_other_than_the_computed_one_wants_a_reason(world, own, reason, fields):
    ActualFactory(kpi=world.industry_kpi, value=191)
    KpiSheet.objects.update(self_grade=own, grade_reason=reason)

    found = completeness.missing(fresh(world.industry_sheet), viewer=world.of_industry.clerk, today=AT.date())

    assert list(found) == fields
