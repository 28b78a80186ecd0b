"""Planning defines a KPI in a real browser."""

import pytest
from django.urls import reverse

from strategy.models import Kpi
from tests.factories.strategy import KpiFactory, PlacementFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def blank(world) -> Kpi:
    """Return a KPI of which only the name is known."""
    kpi = KpiFactory(undefined=True, name="待機児童数")
    PlacementFactory(kpi=kpi, node=world.goal, position=0)
    return kpi


def test_planning_finds_what_is_missing_and_defines_it(world, blank, open_as, assert_accessible):
    page = open_as(world.planning, reverse("strategy:kpi_definition_list"))
    assert_accessible(page)
    page.get_by_role("link", name="単位 1").click()
    page.get_by_role("link", name="待機児童数").click()
    assert_accessible(page)

    page.get_by_label("単位").fill("人")
    page.get_by_label("方向").select_option("下向き")
    page.get_by_label("集計方法").select_option("年度末時点の値")
    page.get_by_label("基準値", exact=True).fill("１８０")
    page.get_by_label("R1の目標値").fill("0人")
    page.get_by_text("→ 0人").wait_for()  # understood while typing
    page.keyboard.press("Control+s")

    page.get_by_text("保存しました").wait_for()
    assert_accessible(page)
    blank.refresh_from_db()
    assert (blank.direction, blank.baseline_value, blank.targets.get().value) == ("down", 180, 0)


@pytest.mark.parametrize("name", ["kpi_parts_edit", "kpi_responsibilities_edit"])
def test_pages_beside_the_definition_are_accessible(world, open_as, assert_accessible, name):
    page = open_as(world.planning, reverse(f"strategy:{name}", args=[world.industry_kpi.code]))

    assert_accessible(page)


def test_definition_is_saved_without_a_script(world, blank, browser, live_server, as_user):
    context = browser.new_context(java_script_enabled=False)
    cookie = as_user(world.planning).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("strategy:kpi_definition_edit", args=[blank.code]))

    page.get_by_label("R1の目標値").fill("２２７")
    page.get_by_role("button", name="読み取りと判定を確かめる").click()
    understood = page.get_by_text("→ 227").count()
    page.get_by_role("button", name="保存", exact=True).click()
    context.close()

    assert (understood, blank.targets.get().value) == (1, 227)
