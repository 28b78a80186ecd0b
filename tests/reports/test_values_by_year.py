"""The actuals of a plan, the years side by side."""

from decimal import Decimal

from django.urls import reverse

from evaluations.enums import Edition, ValueStatus
from reports.selectors.values_by_year import values_by_year
from tests.factories.evaluations import ActualFactory


def test_values_stand_under_their_years_and_what_is_unknown_stays_blank(world):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2016, value=Decimal("0.30"))
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=None, status=ValueStatus.PENDING.value)
    ActualFactory(kpi=world.publicity_kpi, fiscal_year=2018, value=Decimal(0))
    ActualFactory(kpi=world.publicity_kpi, fiscal_year=2017, edition=Edition.PRELIMINARY.value)

    table = values_by_year(world.plan, viewer=world.reader)

    lines = {row[1]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    industry, publicity = lines["創業者数"], lines["ホームページ閲覧数"]
    assert table.header[5:9] == (
        "平成27年度（2015）実績",
        "平成27年度（2015）状態",
        "平成28年度（2016）実績",
        "平成28年度（2016）状態",
    )
    assert (industry["平成28年度（2016）実績"], industry["平成28年度（2016）状態"]) == (
        Decimal("0.30"),
        "確定",
    )
    assert (industry["平成30年度（2018）実績"], industry["平成30年度（2018）状態"]) == (None, "集計中")
    assert publicity["平成30年度（2018）実績"] == 0
    assert [publicity[f"平成29年度（2017）{what}"] for what in ("実績", "状態")] == [None, None]


def test_values_of_a_sheet_at_work_are_absent_for_others(world):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=world.round.fiscal_year, value=Decimal(777))

    seen = {
        who.username: any(777 in row for row in values_by_year(world.plan, viewer=who).rows)
        for who in (world.of_industry.clerk, world.of_publicity.clerk, world.planning)
    }

    assert seen == {"industry-clerk": True, "publicity-clerk": False, "planning": True}


def test_plan_without_values_gives_a_line_for_every_kpi(world):
    assert [row[1] for row in values_by_year(world.plan, viewer=world.reader).rows] == [
        "創業者数",
        "ホームページ閲覧数",
    ]


def test_plan_values_file_is_a_workbook(world, as_user):
    address = reverse("reports:plan_values_file", kwargs={"code": world.plan.code, "form": "xlsx"})

    response = as_user(world.reader).get(address)

    assert response.content[:2] == b"PK"
    assert response["Content-Disposition"] == 'attachment; filename="values_trial.xlsx"'


def test_of_a_real_and_a_demonstrations_figure_the_plans_own_kind_counts(world):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2016, value=Decimal(5))
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2016, value=Decimal(7), is_demo=True)
    ActualFactory(kpi=world.publicity_kpi, fiscal_year=2016, value=Decimal(9), is_demo=True)

    table = values_by_year(world.plan, viewer=world.planning)

    values = {
        row[1]: dict(zip(table.header, row, strict=True))["平成28年度（2016）実績"] for row in table.rows
    }
    assert values == {"創業者数": 5, "ホームページ閲覧数": 9}


def test_a_plan_without_years_shows_those_with_figures(world):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2016, value=Decimal(5))
    world.plan.first_fiscal_year = world.plan.last_fiscal_year = None

    table = values_by_year(world.plan, viewer=world.planning)

    assert table.header[5:] == ("平成28年度（2016）実績", "平成28年度（2016）状態")


def test_a_plan_without_years_and_figures_is_a_list_of_its_kpis(world):
    world.plan.first_fiscal_year = world.plan.last_fiscal_year = None

    table = values_by_year(world.plan, viewer=world.planning)

    assert [row[1] for row in table.rows] == ["創業者数", "ホームページ閲覧数"]
