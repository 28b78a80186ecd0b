"""What was typed and has not reached the server: it stays in the browser and goes out when it can."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from evaluations.models import KpiSheet, SheetDraft
from organization.models import User
from tests.factories.evaluations import RoundQuestionFactory
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "tanpopo-2026-haru"
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


def test_a_cell_typed_without_a_network_comes_back_in_the_grid(open_as: OpenAs, city: World) -> None:
    address = reverse("evaluations:round_grid", args=[city.round.pk])
    page = open_as(city.of_industry.clerk, address)
    page.context.set_offline(True)
    page.get_by_role("textbox", name=f"{city.industry_sheet.kpi.name}の値").fill("191")
    expect(page.locator("#save-state")).to_contain_text("通信できない")
    page.close(run_before_unload=False)

    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(page.url)

    expect(again.get_by_text("保存していない入力を戻しました")).to_be_visible()
    expect(again.get_by_role("textbox", name=f"{city.industry_sheet.kpi.name}の値")).to_have_value("191")


def signed_in_again(page: Page, base: str, user: User) -> None:
    """Sign the page's browser out and somebody else in, as two people at one computer do."""
    page.get_by_role("button", name="サインアウト").click()
    expect(page.get_by_role("button", name="サインイン")).to_be_visible()
    page.get_by_label("利用者名").fill(user.username)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("button", name="サインアウト")).to_be_visible()


def unsent_in(page: Page) -> list[str]:
    """Return the keys of what this browser still keeps."""
    return page.evaluate(
        """() => new Promise((resolve) => {
            const asked = indexedDB.open("unsent", 1);
            asked.onupgradeneeded = () => asked.result.createObjectStore("sheets");
            asked.onsuccess = () => {
                const keys = asked.result.transaction("sheets").objectStore("sheets").getAllKeys();
                keys.onsuccess = () => resolve(keys.result);
            };
        })"""
    )


def test_two_people_at_one_computer_keep_their_texts_apart(
    open_as: OpenAs, city: World, live_server: Any
) -> None:
    clerk, deputy = city.of_industry.clerk, city.of_industry.deputy
    for user in (clerk, deputy):
        user.set_password(PASSWORD)
        user.save()
    address = city.industry_sheet.get_absolute_url()
    page = open_as(clerk, address)
    page.get_by_role("textbox", name="課題").fill("職員の文")
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto(page.url)

    # The sign-out hands over what was typed a moment ago in the other tab, and leaves nothing behind.
    signed_in_again(other, live_server.url, deputy)
    assert list(SheetDraft.objects.values_list("user", "text")) == [(clerk.pk, "職員の文")]
    assert unsent_in(other) == []

    # What is typed in the page that stayed open is not taken as the deputy's, by draft or by save.
    page.get_by_role("textbox", name="課題").fill("職員の文の続き")
    expect(page.locator("#save-state")).to_contain_text("別の人がサインインしています")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", name="別の人が開いた画面です")).to_be_visible()
    other.goto(live_server.url + address)
    expect(other.get_by_role("textbox", name="課題")).to_have_value("")
    assert list(SheetDraft.objects.values_list("user", flat=True)) == [clerk.pk]
    assert fresh_answers(city) == {}

    # It waits for its writer.
    signed_in_again(other, live_server.url, clerk)
    other.goto(live_server.url + address)
    expect(other.get_by_text("保存していない入力を戻しました")).to_be_visible()
    expect(other.get_by_role("textbox", name="課題")).to_have_value("職員の文の続き")


def fresh_answers(city: World) -> dict[str, str]:
    """Return what stands in the sheet."""
    return KpiSheet.objects.get(pk=city.industry_sheet.pk).answers


def test_a_page_of_an_earlier_sign_in_does_not_come_back(
    open_as: OpenAs, city: World, live_server: Any
) -> None:
    clerk, deputy = city.of_industry.clerk, city.of_industry.deputy
    deputy.set_password(PASSWORD)
    deputy.save()
    sheet = city.industry_sheet.get_absolute_url()
    page = open_as(clerk, sheet)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("textbox", name="課題").fill("職員の文")
    page.goto(live_server.url + reverse("help"))
    signed_in_again(page, live_server.url, deputy)

    for _ in range(5):
        page.go_back()
        page.wait_for_timeout(500)
        if page.url.endswith(sheet):
            break

    assert page.url.endswith(sheet)
    expect(page.get_by_role("textbox", name="課題")).to_have_value("")
    # A page the browser had kept whole, as it does on its own ("back/forward cache"), is asked for anew, too.
    page.evaluate("window.kept = true")
    page.context.clear_cookies(name="csrftoken")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.wait_for_function("window.kept === undefined")
