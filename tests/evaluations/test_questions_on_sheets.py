"""The questions as the person who enters a figure meets them on the sheet."""

from html import unescape

import pytest
from django.urls import reverse

from evaluations.models import KpiSheet
from evaluations.selectors.sheets import actual_of
from tests.evaluations.acts import fresh, seen
from tests.factories.evaluations import ActualFactory, RoundQuestionFactory


def address(sheet) -> str:
    return sheet.get_absolute_url()


def versions(sheet) -> dict:
    now = seen(fresh(sheet))
    return {"sheet_version": now.sheet, "figure_version": now.figure}


def text_of(response) -> str:
    return unescape(response.content.decode())


@pytest.fixture
def sheet(world):
    RoundQuestionFactory(round=world.round, key="problems", label="課題", is_required=True)
    return world.industry_sheet


@pytest.fixture
def clerk(world, as_user):
    return as_user(world.of_industry.clerk)


def test_kpi_sheet_detail_asks_about_a_jump_and_too_many_digits(world, sheet, clerk):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)

    response = clerk.post(address(sheet), {**versions(sheet), "figure": "1850.5"}, follow=True)

    assert [question.code for question in response.context["page"].asked] == ["ten_times", "too_many_places"]
    assert "平成30年度は185人、入力は1,850.5人です。10倍以上" in text_of(response)
    assert "小数点以下0桁" in text_of(response)
    assert str(actual_of(sheet).value) == "1850.50000000"


def test_kpi_sheet_detail_asks_on_the_way_to_the_next_sheet(world, sheet, clerk):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    entry = {**versions(sheet), "figure": "1850", "do": "next"}

    response = clerk.post(address(sheet), entry, follow=True)

    told = [str(message) for message in response.context["messages"]]
    assert any("10倍以上ですが、桁や単位は合っていますか" in each for each in told)


def test_kpi_sheet_detail_asks_where_text_and_figure_contradict_each_other(world, sheet, clerk):
    entry = {**versions(sheet), "figure": "100", "answers.problems": "目標を達成した。"}

    response = clerk.post(address(sheet), entry, follow=True)

    assert [question.code for question in response.context["page"].asked] == ["text_says_met"]
    assert "文章に「達成」とありますが" in text_of(response)


def test_kpi_sheet_preview_asks_while_typing(world, sheet, clerk):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)

    asked = clerk.get(reverse("evaluations:kpi_sheet_preview", args=[sheet.pk]), {"figure": "-185"})
    blank = clerk.get(reverse("evaluations:kpi_sheet_preview", args=[sheet.pk]), {"figure": ""})

    assert "符号は合っていますか" in text_of(asked)
    assert [question.code for question in blank.context["questions"]] == []


def test_kpi_sheet_detail_shows_an_increment_each_way(world, sheet, clerk):
    kpi = world.industry_kpi
    kpi.aggregation, kpi.entered_as = "increment", "increment"
    kpi.save()
    ActualFactory(kpi=kpi, fiscal_year=2015, value=10)
    ActualFactory(kpi=kpi, fiscal_year=2016, value=-2)

    response = clerk.get(address(sheet))

    rows = [
        (row.fiscal_year, row.level, row.increment, row.cumulative)
        for row in response.context["page"].increments
    ]
    assert rows[:3] == [(2015, 190, 10, 10), (2016, 188, -2, 8), (2017, None, None, None)]
    assert "増加分の表し方" in text_of(response)


def test_kpi_sheet_detail_asks_only_those_who_work_on_the_sheet(world, sheet, as_user):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=1850)
    KpiSheet.objects.filter(pk=sheet.pk).update(state="finalised")

    pages = [as_user(user).get(address(sheet)) for user in (world.planning, world.reader)]

    assert [len(page.context["page"].asked) for page in pages] == [1, 0]
