"""What reviewers write at length comes back: after a crash, on another machine, in two windows."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from evaluations.enums import SheetState
from evaluations.models import KpiSheet, MeasureOpinion
from organization.models import FormDraft, User
from strategy.enums import NodeLevel
from strategy.models import Placement
from tests.factories.evaluations import RoundQuestionFactory
from tests.factories.strategy import KpiFactory, PlacementFactory, PlanNodeFactory
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenAs = Callable[[User, str], Page]
BACK = "保存していない入力を戻しました"
KEPT = "下書きを保管しました"


@pytest.fixture
def submitted(world: World) -> World:
    """The small world with a sheet that planning may return."""
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(
        state=SheetState.SUBMITTED.value,
        submitted_at=timezone.now(),
        submitted_by=world.of_industry.clerk,
    )
    return world


@pytest.fixture
def another_machine(
    browser: Browser, live_server: Any, as_user: Callable[[User], Client]
) -> Iterator[OpenAs]:
    """Return `open_as` of a browser that knows nothing of the first."""
    contexts = []

    def open_page(user: User, address: str) -> Page:
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
        contexts.append(context)
        cookie = as_user(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def returning(world: World) -> str:
    """Return the address of the return's page."""
    return reverse("evaluations:sheet_return", args=["kpi", world.industry_sheet.pk])


def opinions(world: World) -> str:
    """Return the address of the opinions' page."""
    return reverse("evaluations:round_opinions", args=[world.round.pk])


def reason(page: Page) -> Any:
    """Return the box of the reason."""
    return page.get_by_role("textbox", name="理由")


def live() -> list[str]:
    """Return whose texts the server keeps."""
    return list(FormDraft.objects.filter(done_at=None).values_list("user__username", flat=True))


def killed(page: Page) -> None:
    """Let a page vanish without a last word."""
    page.route("**/drafts/**", lambda route: route.abort())
    page.close(run_before_unload=False)


def test_a_killed_return_comes_back_on_another_machine_and_is_gone_once_made(
    open_as: OpenAs, another_machine: OpenAs, submitted: World, assert_accessible: Callable[[Page], None]
) -> None:
    page = open_as(submitted.planning, returning(submitted))
    reason(page).fill("集計の時点が基準値と違います。\n確かめてください。")
    page.get_by_role("textbox", name="実績値へのコメント").fill("出典は？")
    expect(page.get_by_text(KEPT)).to_be_visible()
    killed(page)

    again = another_machine(submitted.planning, returning(submitted))
    expect(again.get_by_text(BACK)).to_be_visible()
    expect(reason(again)).to_have_value("集計の時点が基準値と違います。\n確かめてください。")
    expect(again.get_by_role("textbox", name="実績値へのコメント")).to_have_value("出典は？")
    assert_accessible(again)
    again.get_by_role("button", name="差し戻す").click()
    expect(again.get_by_text("差し戻しました。")).to_be_visible()

    assert KpiSheet.objects.get(pk=submitted.industry_sheet.pk).return_reason.startswith("集計の時点が")
    assert live() == []
    assert list(FormDraft.objects.values_list("typed", flat=True)) == [{}] * FormDraft.objects.count()


def test_what_the_server_never_got_comes_back_from_the_shelf_and_a_return_at_once_leaves_nothing(
    open_as: OpenAs, submitted: World
) -> None:
    page = open_as(submitted.planning, returning(submitted))
    page.context.set_offline(True)
    reason(page).fill("網が切れている間の理由")
    expect(page.get_by_text("通信できないため")).to_be_visible()
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    assert live() == []

    again = page.context.new_page()
    again.goto(page.url)
    expect(again.get_by_text(BACK)).to_be_visible()
    reason(again).press_sequentially("。直す")
    again.keyboard.press("Control+Enter")  # at once: nothing of this was kept before
    expect(again.get_by_text("差し戻しました。")).to_be_visible()
    assert KpiSheet.objects.get(pk=submitted.industry_sheet.pk).return_reason.endswith("直す")

    KpiSheet.objects.filter(pk=submitted.industry_sheet.pk).update(state=SheetState.SUBMITTED.value)
    again.goto(page.url)
    again.wait_for_timeout(600)  # a leftover would be handed over by now
    expect(reason(again)).to_have_value("")
    expect(again.get_by_text(BACK)).to_have_count(0)
    assert live() == []


def test_a_refused_return_keeps_what_was_typed_until_it_is_taken(
    open_as: OpenAs, submitted: World, live_server: Any
) -> None:
    page = open_as(submitted.planning, returning(submitted))
    page.get_by_role("textbox", name="実績値へのコメント").fill("出典は？")
    page.get_by_role("button", name="差し戻す").evaluate("(button) => { button.form.noValidate = true; }")
    page.get_by_role("button", name="差し戻す").click()
    expect(page.get_by_role("textbox", name="実績値へのコメント")).to_have_value("出典は？")
    expect(page.get_by_text(BACK)).to_have_count(0)  # it stands where it was typed
    reason(page).fill("理由")
    expect(page.get_by_text(KEPT)).to_be_visible()
    killed(page)

    again = page.context.new_page()
    again.goto(live_server.url + returning(submitted))
    expect(reason(again)).to_have_value("理由")
    expect(again.get_by_role("textbox", name="実績値へのコメント")).to_have_value("出典は？")
    again.get_by_role("button", name="差し戻す").click()
    expect(again.get_by_text("差し戻しました。")).to_be_visible()
    assert live() == []


def test_two_forms_of_one_page_and_a_text_that_changed_since(open_as: OpenAs, world: World) -> None:
    page = open_as(world.planning, opinions(world))
    page.get_by_role("textbox", name="委員会の意見").fill("委員の意見を写す途中")
    page.get_by_role("combobox", name="今後の方向性").select_option(index=1)
    page.get_by_role("textbox", name="決定の内容").fill("予算を増やす")
    expect(page.get_by_text(KEPT)).to_have_count(2)
    killed(page)
    MeasureOpinion.objects.create(
        round=world.round,
        node=world.measure,
        opinion="委員が先に書いた",
        opined_by=world.committee,
        opined_at=timezone.now(),
    )

    again = page.context.new_page()
    again.on("dialog", lambda dialog: dialog.accept())
    again.goto(page.url)
    expect(again.get_by_text(BACK)).to_have_count(1)
    expect(again.get_by_role("textbox", name="決定の内容")).to_have_value("予算を増やす")
    expect(again.get_by_role("textbox", name="委員会の意見")).to_have_value("委員が先に書いた")
    expect(again.get_by_text("保存されている内容が変わりました")).to_be_visible()
    expect(again.get_by_text("委員の意見を写す途中")).to_be_visible()

    again.get_by_role("button", name="決定を記録").click()
    expect(again.get_by_text("保存しました。")).to_be_visible()
    again.get_by_role("button", name="この文章を欄に入れる").click()
    expect(again.get_by_role("textbox", name="委員会の意見")).to_have_value("委員の意見を写す途中")
    again.get_by_role("button", name="意見を記録").click()
    expect(again.get_by_text("保存しました。")).to_be_visible()

    stored = MeasureOpinion.objects.get()
    assert (stored.opinion, stored.decision_note) == ("委員の意見を写す途中", "予算を増やす")
    assert live() == []


def test_two_windows_keep_both_texts_and_one_can_be_thrown_away(open_as: OpenAs, world: World) -> None:
    first = open_as(world.committee, opinions(world))
    second = first.context.new_page()
    second.goto(first.url)
    for page, text in ((first, "一つ目の画面の文"), (second, "二つ目の画面の文")):
        page.get_by_role("textbox", name="委員会の意見").fill(text)
        expect(page.get_by_text(KEPT)).to_be_visible()
    killed(first)
    killed(second)

    again = first.context.new_page()
    again.on("dialog", lambda dialog: dialog.accept())
    again.goto(first.url)
    expect(again.get_by_role("textbox", name="委員会の意見")).to_have_value("二つ目の画面の文")
    expect(again.get_by_text("一つ目の画面の文")).to_be_visible()
    again.get_by_role("button", name="下書きを捨てて保存済みの内容に戻す").click()
    expect(again.get_by_text(BACK)).to_have_count(0)
    expect(again.get_by_role("textbox", name="委員会の意見")).to_have_value("")
    assert live() == []

    again.reload()
    again.wait_for_timeout(400)
    expect(again.get_by_text("一つ目の画面の文")).to_have_count(0)


def test_the_choice_in_a_conflict_comes_back_with_the_conflict(
    open_as: OpenAs, world: World, live_server: Any
) -> None:
    RoundQuestionFactory(round=world.round, key="problems", label="課題", limit=200)
    sheet = live_server.url + world.industry_sheet.get_absolute_url()
    clerk = world.of_industry.clerk
    page = open_as(clerk, world.industry_sheet.get_absolute_url())
    page.get_by_role("textbox", name="課題").fill("後の文")
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(
        answers={"problems": "先の文"}, version=F("version") + 1
    )
    page.keyboard.press("Control+s")
    page.get_by_role("radio", name="両方を合わせて書き直す").check()
    page.get_by_role("textbox", name="課題を書き直す").fill("二人の文を合わせた長い文")
    expect(page.get_by_text(KEPT)).to_be_visible()
    killed(page)

    again = page.context.new_page()
    again.on("dialog", lambda dialog: dialog.accept())
    again.goto(sheet)
    expect(again.get_by_role("textbox", name="課題")).to_have_value("後の文")
    again.keyboard.press("Control+s")
    expect(again.get_by_text(BACK)).to_be_visible()
    expect(again.get_by_role("radio", name="両方を合わせて書き直す")).to_be_checked()
    again.get_by_role("button", name="選んだ内容で保存").click()

    expect(again.get_by_role("textbox", name="課題")).to_have_value("二人の文を合わせた長い文")
    assert live() == []


def test_a_mark_comes_back_with_the_choice_beside_it(open_as: OpenAs, world: World) -> None:
    first, second = (
        PlanNodeFactory(plan=world.plan, level=NodeLevel.GRANT.value, name=f"交付金事業{name}", position=90)
        for name in "甲乙"
    )
    doubt = {"node": {"confidence": "0.66", "reason": "行の並びから推定しました。"}}
    PlacementFactory(node=first, kpi=KpiFactory(name="協働件数"), unconfirmed=doubt)
    other = PlacementFactory(node=first, kpi=KpiFactory(name="参加者数"), unconfirmed=doubt)
    page = open_as(world.planning, reverse("strategy:place_review", args=[world.plan.code]))
    page.get_by_label("協働件数の属する項目").select_option(str(second.pk))
    page.get_by_role("checkbox", name="協働件数を確認する").check()
    page.get_by_role("checkbox", name="参加者数を確認する").check()
    expect(page.get_by_text(KEPT)).to_be_visible()
    killed(page)
    Placement.objects.filter(pk=other.pk).update(unconfirmed={})

    again = page.context.new_page()
    again.goto(page.url)
    expect(again.get_by_text(BACK)).to_be_visible()
    expect(again.get_by_role("checkbox", name="協働件数を確認する")).to_be_checked()
    expect(again.get_by_label("協働件数の属する項目")).to_have_value(str(second.pk))
    expect(again.get_by_text("印：参加者数を確認する")).to_be_visible()
    again.get_by_role("button", name="印を付けたものを確認する").click()

    expect(again.get_by_text("1件を確認しました。")).to_be_visible()
    assert Placement.objects.get(kpi__name="協働件数").node == second
    assert live() == []
