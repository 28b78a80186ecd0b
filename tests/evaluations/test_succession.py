"""A KPI that follows another: one series with the seam in sight, each year judged by its own KPI."""

from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.enums import Reason
from evaluations.selectors.figures import definition_of, figures_of
from evaluations.selectors.grid import grid_of
from evaluations.selectors.judgements import verdict_of
from evaluations.selectors.pages import kpi_sheet_page
from history.services import change_record, create_record
from strategy.enums import Aggregation
from strategy.selectors.schemes import scheme_of
from tests.evaluations.sheet_pages import text_of
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import KpiFactory, PlacementFactory, TargetFactory
from tests.reports.test_standings import by, counts, is_right, keep

SEAM = 2018


@pytest.fixture
def before(world):
    """The KPI that was in force until 2017: 190 of 200 in its last year."""
    kpi = KpiFactory(name="旧・創業者数", unit="人", last_fiscal_year=SEAM - 1)
    PlacementFactory(kpi=kpi, node=world.measure)
    TargetFactory(kpi=kpi, fiscal_year=SEAM - 1, value=Decimal(200))
    ActualFactory(kpi=kpi, fiscal_year=SEAM - 2, value=Decimal(185))
    ActualFactory(kpi=kpi, fiscal_year=SEAM - 1, value=Decimal(190))
    return kpi


def follow(kpi, before, *, comparable=False, **values):
    for name, value in values.items():
        setattr(kpi, name, value)
    kpi.predecessor, kpi.predecessor_fiscal_year = before, SEAM
    kpi.predecessor_reason, kpi.predecessor_is_comparable = "統計の廃止", comparable
    kpi.save()
    return kpi


def verdict(world, kpi, year):
    figures = figures_of([kpi])[kpi.pk]
    return verdict_of(figures, world.plan, year, scheme_of(world.plan.rating_scheme))


def test_years_before_the_seam_are_judged_by_the_kpi_before(world, before):
    kpi = follow(world.industry_kpi, before)

    found = verdict(world, kpi, SEAM - 1)

    assert (found.reason, found.grade) == (Reason.NOT_IN_FORCE, None)
    assert "前の指標「旧・創業者数」で評価します" in found.explanation
    assert verdict(world, before, SEAM - 1).whole.value == 190
    assert verdict(world, before, SEAM).reason is Reason.NOT_IN_FORCE


def test_from_the_seam_on_only_the_own_baseline_counts(world, before):
    kpi = follow(world.industry_kpi, before, baseline_value=Decimal(50), baseline_fiscal_year=2017)
    TargetFactory(kpi=kpi, fiscal_year=SEAM, value=Decimal(60))
    ActualFactory(kpi=kpi, fiscal_year=SEAM, value=Decimal(55))

    found = verdict(world, kpi, SEAM)

    assert found.achievement_rate.quantize(Decimal("0.0001")) == Decimal("0.9167")
    assert found.whole.inputs.baseline.value == 50


@pytest.mark.parametrize(("comparable", "value"), [(True, 385), (False, 10)])
def test_a_count_goes_on_over_the_seam_only_where_both_measure_the_same(world, before, comparable, value):
    ActualFactory(kpi=before, fiscal_year=2015, value=Decimal(0))
    kpi = follow(world.industry_kpi, before, comparable=comparable, aggregation=Aggregation.CUMULATIVE.value)
    ActualFactory(kpi=kpi, fiscal_year=SEAM, value=Decimal(10))

    found = verdict(world, kpi, SEAM)

    assert found.whole.value == value
    definition = definition_of(figures_of([kpi])[kpi.pk], world.plan)
    assert [each.fiscal_year for each in definition.breaks] == ([] if comparable else [SEAM])


def test_a_window_over_a_seam_that_does_not_compare_is_no_sum(world, before):
    kpi = follow(
        world.industry_kpi,
        before,
        aggregation=Aggregation.CUMULATIVE.value,
        window_first_fiscal_year=2016,
        window_last_fiscal_year=2019,
    )
    ActualFactory(kpi=kpi, fiscal_year=SEAM, value=Decimal(10))

    assert verdict(world, kpi, SEAM).reason is Reason.SERIES_BREAK


def test_a_line_of_three_kpis_shows_each_in_its_years(world, before):
    middle = KpiFactory(name="中・創業者数", predecessor=before, predecessor_fiscal_year=2017)
    ActualFactory(kpi=middle, fiscal_year=2017, value=Decimal(52))
    kpi = follow(world.industry_kpi, middle)

    figures = figures_of([kpi])[kpi.pk]

    assert [figures.in_force(year).kpi for year in (2016, 2017, 2018)] == [before, middle, kpi]
    assert [each.fiscal_year for each in definition_of(figures, None).breaks] == [2017, 2018]


def test_kpi_that_has_ended_keeps_its_figures_and_is_not_judged(world):
    kpi = world.industry_kpi
    kpi.last_fiscal_year = 2018
    kpi.save()
    ActualFactory(kpi=kpi, fiscal_year=2018, value=Decimal(227))
    ActualFactory(kpi=kpi, fiscal_year=2019, value=Decimal(230))

    ended = verdict(world, kpi, 2019)

    assert verdict(world, kpi, 2018).grade.label == "順調"
    assert (ended.reason, ended.grade, ended.value) == (Reason.NOT_IN_FORCE, None, 230)
    assert "平成30年度まで" in ended.explanation


# --- pages ------------------------------------------------------------------------------------------


def test_kpi_detail_draws_and_tells_the_seam(world, before, as_user):
    kpi = follow(world.industry_kpi, before)
    ActualFactory(kpi=kpi, fiscal_year=2016, value=Decimal(51))
    ActualFactory(kpi=kpi, fiscal_year=SEAM, value=Decimal(60))

    response = as_user(world.planning).get(reverse("reports:kpi_detail", args=[kpi.code]))

    shown = response.context["page"]
    page = text_of(response)
    assert [(p.fiscal_year, p.value) for p in shown.picture.actuals] == [(2016, 185), (2017, 190), (2018, 60)]
    assert (shown.picture.breaks, shown.picture.seams) == ((SEAM,), (SEAM,))
    assert "平成30年度（2018）に前の指標「旧・創業者数」から替わりました：統計の廃止。" in page
    assert "この上と下の値は比べられません" in page
    assert 'この指標の参考値 <span class="figure">51<' in page
    assert "H30に指標の交代。" in page


def test_kpi_detail_leaves_another_unit_out_of_the_picture(world, before, as_user):
    before.unit = "件"
    before.save()
    kpi = follow(world.industry_kpi, before)
    ActualFactory(kpi=kpi, fiscal_year=SEAM, value=Decimal(60))

    response = as_user(world.planning).get(reverse("reports:kpi_detail", args=[kpi.code]))

    page = text_of(response)
    assert [p.fiscal_year for p in response.context["page"].picture.actuals] == [SEAM]
    assert "単位が違うため、図には描いていません" in page
    assert '190<span class="figure__unit">件' in page


def test_kpi_detail_of_the_kpi_before_names_what_followed(world, before, as_user):
    kpi = follow(world.industry_kpi, before)

    page = text_of(as_user(world.planning).get(reverse("reports:kpi_detail", args=[before.code])))

    assert f'後の指標</dt><dd><a href="{kpi.get_absolute_url()}">' in page.replace("\n", "").replace("  ", "")


def test_sheet_grid_and_lists_show_last_years_figure_of_the_kpi_before(world, before, as_user):
    kpi = follow(world.industry_kpi, before)
    kpi.predecessor_fiscal_year = 2019
    kpi.save()
    ActualFactory(kpi=before, fiscal_year=2018, value=Decimal(195))
    ActualFactory(kpi=kpi, fiscal_year=2019, value=Decimal(60))

    sheet = kpi_sheet_page(world.planning, world.industry_sheet)
    grid = grid_of(world.of_industry.clerk, world.round, own_only=True)
    listed = as_user(world.planning).get(reverse("evaluations:review_list"), {"round": world.round.pk})

    rows = [(row.fiscal_year, row.kpi, bool(row.seam), [a.value for a in row.actuals]) for row in sheet.years]
    assert rows[-2:] == [(2018, before, False, [195]), (2019, kpi, True, [60])]
    assert [(held, actual and actual.value) for held, actual in grid.rows[0].earlier][-1] == (before, 195)
    row = next(row for row in listed.context["rows"] if row.kpi == kpi)
    assert (row.previous.value, row.previous_kpi, row.difference) == (195, before, "")


def test_a_kpi_that_has_ended_neither_falls_nor_is_projected(world):
    kpi = world.industry_kpi
    kpi.last_fiscal_year = 2018
    kpi.save()
    for year, value in ((2015, 190), (2016, 195), (2017, 200), (2018, 205), (2019, 180)):
        ActualFactory(kpi=kpi, fiscal_year=year, value=Decimal(value))

    keep(world)

    counted = counts(world)
    assert counted["reason:not_in_force"] == 1
    assert "fallen" not in counted
    assert not any(name.startswith("outlook:") for name in counted)


def test_the_kept_counts_follow_a_figure_of_the_kpi_before(world, before):
    ActualFactory(kpi=before, fiscal_year=2015, value=Decimal(10))
    kpi = follow(
        world.industry_kpi,
        before,
        comparable=True,
        aggregation=Aggregation.CUMULATIVE.value,
        baseline_value=None,
    )
    who = by(world.planning)
    for year in (2018, 2019):
        create_record(ActualFactory.build(kpi=kpi, fiscal_year=year, value=Decimal(1)), authorship=who)
    keep(world)

    change_record(before.actuals.get(fiscal_year=2017), {"value": Decimal(900)}, authorship=who)
    keep(world)

    assert is_right(world)
    assert counts(world)["grade:順調"] == 1
