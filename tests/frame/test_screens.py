"""The screens in a real browser: accessible, keyboard-only, without JavaScript, at work and narrow."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from organization.models import User
from tests.factories.organization import UserFactory
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenAs = Callable[[User, str], Page]
NARROW = {"width": 390, "height": 844}
PASSWORD = "richtiges-Wort-7"


def sideways_scroll(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


# --- every page of the ground floor -------------------------------------------------------------------


@pytest.mark.urls("tests.frame.gallery_urls")
def test_gallery_is_accessible_and_fits(open_as: OpenAs, assert_accessible: Callable[[Page], None]) -> None:
    page = open_as(UserFactory(), "/gallery/")

    assert_accessible(page)
    assert sideways_scroll(page) == 0
    page.set_viewport_size(NARROW)
    assert sideways_scroll(page) == 0
    for summary in page.locator("summary").all():
        summary.click()
    assert_accessible(page)


def test_organization_pages_are_accessible_and_fit(
    open_as: OpenAs, world: World, assert_accessible: Callable[[Page], None]
) -> None:
    person = world.of_industry.clerk.pk
    addresses = [
        reverse("organization:user_list"),
        reverse("organization:user_create"),
        reverse("organization:user_detail", args=[person]),
        reverse("organization:membership_create", args=[person]),
        reverse("organization:role_grant_create", args=[person]),
        reverse("organization:section_list"),
        reverse("organization:section_edit", args=[world.industry.pk]),
        reverse("organization:account"),
        reverse("organization:password_change"),
        reverse("help"),
    ]
    page = open_as(world.administrator, addresses[0])

    for address in addresses:
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(page.url.split("/organization/")[0].split("/account/")[0].split("/help/")[0] + address)
        assert_accessible(page)
        assert (address, sideways_scroll(page)) == (address, 0)
        page.set_viewport_size(NARROW)
        assert (address, sideways_scroll(page)) == (address, 0)


def test_sign_in_and_refusals_are_accessible(
    page: Page, live_server: Any, assert_accessible: Callable[[Page], None]
) -> None:
    for path in ("/account/sign-in/?next=/help/", "/no/such/page/"):
        page.goto(live_server.url + path)
        assert_accessible(page)


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "organization_bureau_changelist",
        "organization_bureau_add",
        "organization_bureau_import",
        "organization_bureau_export",
        "organization_membership_add",
        "history_revision_changelist",
    ],
)
def test_admin_works_under_the_content_policy(open_as: OpenAs, world: World, name: str) -> None:
    root = UserFactory(is_superuser=True)

    page = open_as(root, reverse(f"admin:{name}"))

    expect(page.locator("#site-name")).to_have_text("総合戦略KPI・事務事業評価 システム管理")
    # the `page` fixture fails for every violation of the policy


# --- keyboard ---------------------------------------------------------------------------------------------


def test_signing_in_and_out_by_keyboard_alone(page: Page, live_server: Any) -> None:
    with_password(UserFactory(username="hanako"))

    page.goto(live_server.url + "/account/sign-in/?next=/help/")
    expect(page.get_by_label("利用者名")).to_be_focused()
    page.keyboard.type("hanako")
    page.keyboard.press("Tab")
    expect(page.get_by_label("パスワード")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("ヘルプ")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.get_by_role("button", name="サインアウト").focus()
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("サインイン")


def test_question_mark_opens_help_but_not_while_typing(open_as: OpenAs, world: World) -> None:
    page = open_as(world.administrator, reverse("organization:user_list"))

    page.get_by_label("さがす").press("?")
    expect(page.get_by_label("さがす")).to_have_value("?")
    page.get_by_label("さがす").blur()
    page.keyboard.press("?")

    help_dialog = page.get_by_role("dialog", name="ヘルプ")
    expect(help_dialog.get_by_role("heading", level=1)).to_have_text("ヘルプ")
    page.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()


def test_control_s_saves_the_form_one_is_in(open_as: OpenAs, world: World) -> None:
    page = open_as(
        world.administrator, reverse("organization:user_detail", args=[world.of_industry.clerk.pk])
    )

    page.get_by_label("氏名").fill("土浦 花子")
    page.keyboard.press("Control+s")

    expect(page.locator(".notice")).to_contain_text("保存しました")
    assert User.objects.get(pk=world.of_industry.clerk.pk).display_name == "土浦 花子"


# --- what is typed ----------------------------------------------------------------------------------------


def test_leaving_with_unsaved_changes_asks_first(open_as: OpenAs, world: World) -> None:
    page = open_as(world.administrator, reverse("organization:user_create"))
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label("氏名").fill("土浦 花子")
    page.get_by_role("link", name="やめる").click()
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]
    expect(page.get_by_label("氏名")).to_have_value("土浦 花子")


@pytest.mark.urls("tests.frame.gallery_urls")
def test_counter_counts_as_the_server_does(open_as: OpenAs) -> None:
    page = open_as(UserFactory(), "/gallery/")
    area = page.get_by_label("今後の取組")

    area.fill("𠮷野家\n二行目")  # a character outside the basic plane, and a line break

    counter = page.locator(f"#{area.get_attribute('data-counter')}")
    expect(counter).to_have_text("7 / 200文字")
    area.fill("あ" * 203)
    expect(counter).to_have_text("203 / 200文字（3文字超過）")


def test_form_typed_before_the_session_ended_is_sent_after_signing_in_again(
    open_as: OpenAs, world: World, live_server: Any
) -> None:
    with_password(world.administrator)
    page = open_as(
        world.administrator, reverse("organization:user_detail", args=[world.of_industry.clerk.pk])
    )
    page.get_by_label("氏名").fill("土浦 花子")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("h1")).to_have_text("サインインの有効時間が過ぎました")

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="別のタブでサインインする").click()
    tab = opened.value
    tab.get_by_label("利用者名").fill("administrator")
    tab.get_by_label("パスワード").fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: "sign-in" not in url)
    page.get_by_role("button", name="この内容をもう一度送る").click()
    expect(page.locator("h1")).to_have_text("送信できませんでした")
    page.get_by_role("button", name="この内容をもう一度送る").click()

    expect(page.locator(".notice")).to_contain_text("保存しました")
    assert User.objects.get(pk=world.of_industry.clerk.pk).display_name == "土浦 花子"


# --- without JavaScript, on paper -------------------------------------------------------------------


def test_everything_of_the_ground_floor_works_without_javascript(
    browser: Browser, live_server: Any, world: World
) -> None:
    with_password(world.administrator)
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    context.set_default_timeout(10_000)
    page = context.new_page()

    page.goto(live_server.url + "/account/sign-in/?next=" + reverse("organization:user_create"))
    page.get_by_label("利用者名").fill("administrator")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    page.get_by_label("利用者名").fill("hanako")
    page.get_by_label("氏名").fill("筑波 花子")
    page.get_by_role("button", name="登録する").click()
    password = page.locator(".one-time").inner_text()
    context.close()

    assert User.objects.get(username="hanako").check_password(password)


def test_paper_shows_the_list_and_leaves_out_the_way_around(open_as: OpenAs, world: World) -> None:
    page = open_as(world.administrator, reverse("organization:user_list"))

    page.emulate_media(media="print")

    for hidden in (".site-header", ".site-nav", ".filters", ".tabs", ".page-head__actions"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.get_by_role("table")).to_be_visible()
