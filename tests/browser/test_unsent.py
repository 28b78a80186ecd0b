"""What was typed and has not reached the server: it stays in the browser and goes out when it can."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from evaluations.models import KpiSheet, SheetDraft
from organization.models import User
from tests.factories.evaluations import RoundQuestionFactory
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenAs = Callable[[User, str], Page]


@pytest.fixture
def city(world: World) -> World:
    """The small world with one question."""
    RoundQuestionFactory(round=world.round, key="problems", label="課題", limit=200)
    return world


def test_what_was_typed_without_a_network_comes_back_in_the_next_window(open_as: OpenAs, city: World) -> None:
    address = city.industry_sheet.get_absolute_url()
    page = open_as(city.of_industry.clerk, address)
    page.context.set_offline(True)
    page.get_by_role("textbox", name="課題").fill("網が切れている間の文")
    expect(page.locator("#save-state")).to_contain_text("通信できない")
    page.close(run_before_unload=False)
    assert SheetDraft.objects.count() == 0

    context = page.context
    context.set_offline(False)
    again = context.new_page()
    again.goto(page.url)

    expect(again.get_by_text("保存していない入力を戻しました")).to_be_visible()
    expect(again.get_by_role("textbox", name="課題")).to_have_value("網が切れている間の文")


def test_what_was_saved_at_once_does_not_come_back_as_a_draft(open_as: OpenAs, city: World) -> None:
    page = open_as(city.of_industry.clerk, city.industry_sheet.get_absolute_url())
    page.get_by_role("textbox", name="課題").fill("すぐ保存した文")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("保存しました。").first).to_be_visible()

    page.reload()
    page.wait_for_timeout(500)  # a leftover would be handed over by now

    assert KpiSheet.objects.get(pk=city.industry_sheet.pk).answers == {"problems": "すぐ保存した文"}
    assert SheetDraft.objects.count() == 0
    expect(page.get_by_text("保存していない入力を戻しました")).to_have_count(0)
