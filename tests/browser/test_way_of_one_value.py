"""The way of one value in a real browser: entered, returned, approved, reviewed, final, corrected."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from evaluations.enums import SheetState
from evaluations.models import Actual, KpiSheet
from organization.models import User
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory, RoundQuestionFactory
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "richtiges-Wort-7"
OpenAs = Callable[[User, str], Page]
CheckAxe = Callable[[Page], None]


@pytest.fixture
def city(world: World) -> World:
    """The small world with a form, last year's answers, and passwords."""
    people = world.of_industry
    for user in (people.clerk, people.chief, people.deputy, world.planning, world.reader):
        user.set_password(PASSWORD)
        user.save()
    RoundQuestionFactory(
        round=world.round, key="problems", label="課題", is_required=True, limit=200, is_public=True
    )
    RoundQuestionFactory(
        round=world.round,
        key="effect",
        label="有効性",
        kind="choice",
        choices=["高", "中", "低"],
        is_required=True,
    )
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=Decimal(186))
    KpiSheetFactory(
        round=RoundFactory(fiscal_year=2018),
        kpi=world.industry_kpi,
        section=world.industry,
        state=SheetState.FINALISED.value,
        answers={"problems": "求人と求職のミスマッチ", "effect": "中"},
        planning_comment="就職率も示すこと",
    )
    return world


def sign_in(page: Page, live_server: Any, user: User) -> None:
    page.context.clear_cookies()
    page.goto(live_server.url + "/")
    page.get_by_label("利用者名").fill(user.username)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("heading", name="わたしの仕事")).to_be_visible()


def state_of(world: World) -> str:
    return KpiSheet.objects.get(pk=world.industry_sheet.pk).state


def test_way_of_one_value(page: Page, live_server: Any, city: World, assert_accessible: CheckAxe) -> None:
    people = city.of_industry

    # The clerk: one click to the first task, a figure as people write it, last year's words, handed in.
    sign_in(page, live_server, people.clerk)
    assert_accessible(page)
    page.get_by_role("link", name="最初の仕事を開く").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("創業者数")
    assert_accessible(page)
    page.get_by_label("実績値（人）").fill("１９１人")
    expect(page.locator("#judgement")).to_contain_text("191人（確定）")
    expect(page.locator("#judgement")).to_contain_text("概ね順調")
    page.get_by_role("button", name="承認へ回す").click()
    expect(page.get_by_role("alert")).to_contain_text("「課題」を入力してください。")
    page.get_by_role("button", name="前回の文章を入れる").first.click()
    expect(page.get_by_role("textbox", name="課題")).to_have_value("求人と求職のミスマッチ")
    page.get_by_role("radio", name="高").check()
    page.get_by_role("button", name="承認へ回す").click()
    expect(page.get_by_text("を承認へ回しました。")).to_be_visible()
    assert state_of(city) == SheetState.AWAITING_APPROVAL

    # The chief returns it to a field, with a reason.
    sign_in(page, live_server, people.chief)
    page.get_by_role("region", name="承認するもの").get_by_role("link", name="創業者数").click()
    page.get_by_role("link", name="差し戻す…").click()
    assert_accessible(page)
    page.get_by_label("理由").fill("課題を今年の言葉で書いてください")
    page.get_by_label("課題へのコメント").fill("去年と同じです")
    page.get_by_role("button", name="差し戻す").click()
    assert state_of(city) == SheetState.RETURNED

    # The clerk sees what came back and why, and answers.
    sign_in(page, live_server, people.clerk)
    expect(page.get_by_text("課題を今年の言葉で書いてください")).to_be_visible()
    page.get_by_role("link", name="最初の仕事を開く").click()
    expect(page.get_by_text("去年と同じです")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("textbox", name="課題").fill("事務職の求人が足りない")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("保存しました。")).to_be_visible()
    page.get_by_role("button", name="承認へ回す").click()
    expect(page.get_by_text("を承認へ回しました。")).to_be_visible()

    # The chief approves; planning reviews, comments, finalises.
    sign_in(page, live_server, people.chief)
    page.get_by_role("region", name="承認するもの").get_by_role("link", name="創業者数").click()
    page.get_by_role("button", name="承認する").click()
    expect(page.get_by_text("を承認しました。")).to_be_visible()
    sign_in(page, live_server, city.planning)
    page.get_by_role("link", name="最初の仕事を開く").click()
    page.get_by_label("企画部門の所見").fill("妥当である")
    page.get_by_role("button", name="所見を保存").click()
    page.get_by_role("button", name="点検済にする").click()
    expect(page.get_by_text("を点検済にしました。")).to_be_visible()
    page.goto(live_server.url + city.industry_sheet.get_absolute_url())
    page.get_by_role("button", name="確定する").click()
    expect(page.get_by_text("を確定しました。")).to_be_visible()
    assert state_of(city) == SheetState.FINALISED

    # Locked for the section; everybody reads the result, without the way there.
    sign_in(page, live_server, people.clerk)
    page.goto(live_server.url + city.industry_sheet.get_absolute_url())
    expect(page.get_by_role("button", name="保存", exact=True)).to_have_count(0)
    expect(page.locator("#assessment dd").get_by_text("妥当である")).to_be_visible()

    # Planning corrects it, with a reason; a reader sees old, new, who and why.
    sign_in(page, live_server, city.planning)
    page.goto(live_server.url + city.industry_sheet.get_absolute_url())
    page.get_by_role("link", name="訂正する…").click()
    assert_accessible(page)
    page.get_by_label("訂正の理由").fill("二重計上があったため")
    page.get_by_label("実績値（人）").fill("189")
    page.get_by_role("button", name="訂正を保存").click()
    expect(page.get_by_text("訂正しました。")).to_be_visible()
    assert Actual.objects.get(kpi=city.industry_kpi, fiscal_year=2019).value == 189
    sign_in(page, live_server, city.reader)
    page.goto(live_server.url + city.industry_sheet.get_absolute_url())
    page.get_by_text("実績の履歴").click()
    for expected in ("実績値 191", "実績値 189", "二重計上があったため", "訂正"):
        expect(page.locator(".history")).to_contain_text(expected)
    assert_accessible(page)


def test_what_is_typed_survives_a_closed_window(open_as: OpenAs, city: World) -> None:
    address = city.industry_sheet.get_absolute_url()
    page = open_as(city.of_industry.clerk, address)
    page.get_by_role("textbox", name="課題").fill("途中まで書いた文")
    expect(page.locator("#save-state")).to_contain_text("下書きを保管しました")
    page.get_by_role("textbox", name="課題").fill("途中まで書いた文。閉じる直前の一言")
    page.goto("about:blank")

    page.on("dialog", lambda dialog: dialog.accept())
    again = open_as(city.of_industry.clerk, address)

    expect(again.get_by_role("textbox", name="課題")).to_have_value("途中まで書いた文。閉じる直前の一言")
    expect(again.get_by_text("保存していない入力を戻しました")).to_be_visible()


def test_two_editors_choose_field_by_field(
    open_as: OpenAs, city: World, live_server: Any, assert_accessible: CheckAxe
) -> None:
    address = city.industry_sheet.get_absolute_url()
    first = open_as(city.of_industry.clerk, address)
    second = first.context.new_page()
    second.goto(live_server.url + address)
    first.get_by_role("textbox", name="課題").fill("先の文")
    first.get_by_role("button", name="保存", exact=True).click()
    expect(first.get_by_text("保存しました。")).to_be_visible()
    second.get_by_role("textbox", name="課題").fill("後の文")
    second.get_by_role("button", name="保存", exact=True).click()

    expect(second.get_by_text("あなたが入力している間に")).to_be_visible()
    assert_accessible(second)
    second.get_by_role("radio", name="両方を合わせて書き直す").check()
    second.get_by_role("button", name="選んだ内容で保存").click()

    expect(second.get_by_role("textbox", name="課題")).to_have_value("先の文\n後の文")


def test_everything_works_without_javascript(
    browser: Browser, live_server: Any, city: World, as_user: Any
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1366, "height": 768})
    cookie = as_user(city.of_industry.clerk).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + city.industry_sheet.get_absolute_url())
    page.get_by_label("実績値（人）").fill("120万")
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.locator(".sheet-aside")).to_contain_text("1,200,000人")
    expect(page.get_by_text("取り違えていませんか")).to_be_visible()
    context.close()


@pytest.mark.parametrize("role", ["planning", "chief"])
def test_lists_and_boards_are_accessible_and_fit(
    open_as: OpenAs, city: World, assert_accessible: CheckAxe, live_server: Any, role: str
) -> None:
    KpiSheet.objects.filter(pk=city.industry_sheet.pk).update(state=SheetState.AWAITING_APPROVAL.value)
    preparing = RoundFactory(state="preparing", fiscal_year=2017)
    preparing.plans.add(city.plan)
    RoundQuestionFactory(round=preparing)
    pages = {
        "chief": [reverse("evaluations:approval_list"), reverse("evaluations:round_list")],
        "planning": [
            reverse("evaluations:review_list"),
            city.round.get_absolute_url(),
            reverse("evaluations:round_create"),
            reverse("evaluations:round_questions", args=[preparing.pk]),
            reverse("evaluations:round_open", args=[preparing.pk]),
        ],
    }[role]
    user = city.planning if role == "planning" else city.of_industry.chief
    page = open_as(user, pages[0])
    for address in pages:
        page.goto(live_server.url + address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
