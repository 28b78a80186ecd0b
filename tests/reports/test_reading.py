"""The reading pages show each person what they may see, in a constant number of queries."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluations.enums import SheetState
from history.enums import Through
from history.services import Authorship, change_record
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import KpiFactory, PlacementFactory, ResponsibilityFactory, TargetFactory

pytestmark = pytest.mark.django_db

PLAN = "reports:plan_detail"


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def add_kpis(world, count):
    for number in range(count):
        kpi = KpiFactory(name=f"追加指標{number}")
        PlacementFactory(kpi=kpi, node=world.measure)
        ResponsibilityFactory(kpi=kpi, section=world.industry)
        TargetFactory(kpi=kpi)
        ActualFactory(kpi=kpi)


def test_plan_detail_counts_grades_and_each_number_leads_to_its_list(world, as_user):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(227))

    page = text_of(as_user(world.planning).get(reverse(PLAN, args=["trial"]) + "?fiscal_year=2019"))

    assert "KPI <strong>2</strong>件" in page
    listed = text_of(
        as_user(world.planning).get(
            reverse("reports:kpi_list", args=["trial"]), {"fiscal_year": 2019, "grade": "順調"}
        )
    )
    assert "創業者数" in listed
    assert "ホームページ閲覧数" not in listed


def test_plan_detail_hides_a_figure_that_another_section_is_still_working_on(world, as_user):
    ActualFactory(kpi=world.industry_kpi, value=Decimal("31415"))
    address = reverse("reports:kpi_detail", args=[world.industry_kpi.code])

    seen = text_of(as_user(world.of_industry.clerk).get(address))
    unseen = text_of(as_user(world.of_publicity.clerk).get(address))

    assert "31,415" in seen
    assert "31,415" not in unseen


def test_kpi_detail_keeps_what_a_section_tried_before_its_figure_was_final_to_the_section(world, as_user):
    tried = Authorship(by=world.of_industry.clerk, at=datetime(2026, 4, 1, tzinfo=UTC))
    actual = ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=151515)
    change_record(actual, {"value": 227}, authorship=tried)
    type(world.industry_sheet).objects.filter(pk=world.industry_sheet.pk).update(state="finalised")
    corrected = replace(tried, through=Through.CORRECTION, why="転記の誤り")
    change_record(actual, {"value": 230}, authorship=corrected)
    address = reverse("reports:kpi_detail", args=[world.industry_kpi.code])

    pages = {
        who: text_of(as_user(person).get(address))
        for who, person in (
            ("own", world.of_industry.clerk),
            ("planning", world.planning),
            ("other", world.of_publicity.clerk),
            ("reader", world.reader),
        )
    }

    assert all("転記の誤り" in page for page in pages.values())
    assert {who for who, page in pages.items() if "151515" in page or "151,515" in page} == {
        "own",
        "planning",
    }


def test_kpi_detail_shows_a_finalised_figure_to_everybody(world, as_user):
    ActualFactory(kpi=world.industry_kpi, value=Decimal("31415"))
    type(world.industry_sheet).objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.FINALISED)

    page = text_of(as_user(world.reader).get(reverse("reports:kpi_detail", args=[world.industry_kpi.code])))

    assert "31,415" in page


def test_undefined_kpi_gets_no_rate_and_says_why(world, as_user):
    world.industry_kpi.direction = ""
    world.industry_kpi.save()
    ActualFactory(kpi=world.industry_kpi)

    page = text_of(as_user(world.planning).get(reverse("reports:kpi_detail", args=[world.industry_kpi.code])))

    assert "判定なし（指標の向きが未設定）" in page


@pytest.mark.parametrize("word", ["ホームページ", "ﾎｰﾑﾍﾟｰｼﾞ", "ほーむぺーじ"])
def test_kpi_list_is_found_by_words_whatever_their_width_or_kana(world, as_user, word):
    page = text_of(as_user(world.reader).get(reverse("reports:kpi_list", args=["trial"]), {"q": word}))

    assert "ホームページ閲覧数" in page
    assert "創業者数</a>" not in page


def test_program_list_searches_texts_only_where_they_are_shown(world, as_user):
    type(world.industry_program).objects.filter(pk=world.industry_program.pk).update(results="秘密の成果")
    address = reverse("reports:program_list")

    seen = text_of(as_user(world.of_industry.clerk).get(address, {"q": "秘密"}))
    unseen = text_of(as_user(world.of_publicity.clerk).get(address, {"q": "秘密"}))

    assert "創業支援事業" in seen
    assert "創業支援事業" not in unseen


def test_program_detail_hides_texts_of_another_section_at_work(world, as_user):
    type(world.industry_program).objects.filter(pk=world.industry_program.pk).update(results="秘密の成果")
    address = reverse("reports:program_detail", args=[world.industry_program.program_id])

    assert "秘密の成果" in text_of(as_user(world.of_industry.clerk).get(address))
    assert "秘密の成果" not in text_of(as_user(world.of_publicity.clerk).get(address))


@pytest.mark.parametrize(
    "name",
    [
        "reports:plan_detail",
        "reports:plan_years",
        "reports:kpi_list",
        "reports:node_detail",
        "reports:section_detail",
        "reports:bureau_detail",
    ],
)
def test_pages_with_one_and_with_more_kpis_take_the_same_queries(world, as_user, assert_queries, name):
    argument = {
        "reports:node_detail": world.goal.pk,
        "reports:section_detail": world.industry.pk,
        "reports:bureau_detail": world.industry.bureau_id,
    }
    address = reverse(name, args=[argument.get(name, "trial")])
    client = as_user(world.planning)
    queries = {
        "reports:plan_detail": 15,  # one of them asks for late sheets, whose days may be their own
        "reports:plan_years": 14,
        "reports:kpi_list": 25,
        "reports:node_detail": 30,
        "reports:section_detail": 22,
        "reports:bureau_detail": 17,
    }[name]
    client.get(address)

    with assert_queries(queries):
        client.get(address)
    add_kpis(world, 3)
    call_command("rebuild_rollups")
    with assert_queries(queries):
        client.get(address)


@pytest.mark.parametrize(
    ("column", "names"),
    [("grade=none", {"ホームページ閲覧数"}), ("state=waiting", {"創業者数", "ホームページ閲覧数"})],
)
def test_every_number_of_the_tree_leads_to_as_many_rows(world, as_user, column, names):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(227))
    client = as_user(world.planning)
    page = text_of(client.get(reverse(PLAN, args=["trial"]) + "?fiscal_year=2019"))

    links = re.findall(rf'href="([^"]*{column}[^"]*)">(\d+)</a>', page)

    assert links
    for address, number in links:
        listed = client.get(html.unescape(address)).context
        assert listed["page"].paginator.count == len(listed["rows"]) == int(number)
        assert {row.kpi.name for row in listed["rows"]} == names


def test_plan_years_counts_each_year_and_leads_to_as_many_rows(world, as_user):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=Decimal(227))
    client = as_user(world.planning)

    response = client.get(reverse("reports:plan_years", args=["trial"]))

    table = response.context["table"]
    whole = {cell.fiscal_year: (cell.tally.graded, cell.tally.ungraded) for cell in table.lines[0].cells}
    assert whole == {2015: (0, 2), 2016: (0, 2), 2017: (0, 2), 2018: (1, 1), 2019: (0, 2)}
    links = re.findall(r'href="([^"]*fiscal_year=2018[^"]*)">(\d+)</a>', text_of(response))
    assert [int(number) for _, number in links] == [1, 1] * len(table.lines)
    for address, number in links:
        assert len(client.get(html.unescape(address)).context["page"].object_list) == int(number)


def test_program_list_keeps_doubts_of_another_section_at_work_to_itself(world, as_user):
    doubt = {"results": {"confidence": "0.7", "reason": "境目", "alternatives": ["秘密の候補"]}}
    type(world.industry_program).objects.filter(pk=world.industry_program.pk).update(unconfirmed=doubt)
    address = reverse("reports:program_list")

    assert "秘密の候補" in text_of(as_user(world.of_industry.clerk).get(address))
    assert "秘密の候補" not in text_of(as_user(world.of_publicity.clerk).get(address))
