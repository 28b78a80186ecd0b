"""Twelve figures of a section pasted from a spreadsheet, read back, saved and handed in."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from evaluations.enums import SheetState
from evaluations.models import Actual, KpiSheet
from organization.models import User
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory, RoundQuestionFactory
from tests.factories.strategy import KpiFactory
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_ACTS = 15
PASTE = """(cell, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def twelve(world: World) -> list[KpiSheet]:
    """Give 産業振興課 eleven more KPIs with last year's answers to the one question asked."""
    RoundQuestionFactory(round=world.round, key="problems", label="課題", is_required=True)
    before = RoundFactory(fiscal_year=2018)
    kpis = [world.industry_kpi, *(KpiFactory(name=f"指標その{number}") for number in range(2, 13))]
    sheets = [world.industry_sheet]
    sheets += [KpiSheetFactory(round=world.round, kpi=kpi, section=world.industry) for kpi in kpis[1:]]
    for kpi in kpis:
        KpiSheetFactory(
            round=before, kpi=kpi, state=SheetState.FINALISED.value, answers={"problems": "人手の不足"}
        )
        ActualFactory(kpi=kpi, fiscal_year=2018, value=Decimal(180))
    return sheets


def test_twelve_figures_are_pasted_and_handed_in_within_fifteen_acts(
    open_as: Callable[[User, str], Page], world: World, assert_accessible: Callable[[Page], None]
) -> None:
    sheets = twelve(world)
    figures = ["１９１", "１，９２０", "193人", "194", "195", "196", "▲3", "約198", "199", "200", "201"]
    acts = 3  # user name, password, sign-in

    def press(target: Locator) -> None:
        nonlocal acts
        acts += 1
        target.click()

    page = open_as(world.of_industry.clerk, reverse("evaluations:task_list"))
    press(page.get_by_role("link", name="一覧で入力"))
    cells = page.locator("[data-column=figure]")
    expect(cells).to_have_count(12)
    press(cells.first)
    cells.first.evaluate(PASTE, "\n".join([*figures, "集計中（令和20年8月公表予定）"]))

    expect(page.locator("#save-state")).to_have_text("未保存 12件")
    expect(page.locator("[data-told]").nth(1)).to_contain_text("1,920人（確定）")
    expect(page.locator("[data-told]").nth(1)).to_contain_text("桁や単位は合っていますか")
    expect(page.locator("[data-told]").nth(7)).to_contain_text("198人（見込）")
    expect(page.locator("[data-told]").nth(11)).to_contain_text("値なし（集計中、2038年8月31日まで）")
    assert Actual.objects.filter(fiscal_year=2019).count() == 0
    assert_accessible(page)
    press(page.get_by_role("button", name="評価の空欄に前回の文章を入れる"))
    expect(page.get_by_text("12件を保存しました。")).to_be_visible()
    press(page.get_by_role("button", name="保存して承認へ回す"))
    expect(page.get_by_text("12件を承認へ回しました。")).to_be_visible()

    states = set(KpiSheet.objects.filter(pk__in=[s.pk for s in sheets]).values_list("state", flat=True))
    assert states == {SheetState.AWAITING_APPROVAL}
    assert acts <= MOST_ACTS
    assert acts == 7


IS_SEEN = """(cell) => {
  const box = cell.getBoundingClientRect();
  const middle = box.left + box.width / 2;
  return [box.top + 2, box.bottom - 2].every((y) => document.elementFromPoint(middle, y) === cell);
}"""


def test_no_box_is_behind_the_bar_or_the_head_when_keys_reach_it(
    open_as: Callable[[User, str], Page], world: World
) -> None:
    twelve(world)
    page = open_as(world.of_industry.clerk, reverse("evaluations:round_grid", args=[world.round.pk]))
    page.set_viewport_size({"width": 1366, "height": 768})
    cells = page.locator("[data-column=figure]")
    cells.first.focus()

    for key, order in (("Enter", range(12)), ("Shift+Enter", range(11, -1, -1))):
        for number in order:
            expect(cells.nth(number)).to_be_focused()
            assert cells.nth(number).evaluate(IS_SEEN), f"row {number} on the way by {key}"
            if number != order[-1]:
                page.keyboard.press(key)


def test_a_pasted_block_changes_no_more_than_it_says(
    open_as: Callable[[User, str], Page], world: World
) -> None:
    twelve(world)
    page = open_as(world.of_industry.clerk, reverse("evaluations:round_grid", args=[world.round.pk]))
    figures, notes = page.locator("[data-column=figure]"), page.locator("[data-column=note]")
    told = page.locator("[data-grid-status]")
    figures.nth(1).fill("194")
    figures.nth(0).focus()

    figures.nth(0).evaluate(PASTE, "創業者数\t190\t191")
    expect(told).to_contain_text("貼り付けていません")
    expect(figures.nth(0)).to_have_value("")
    figures.nth(0).evaluate(PASTE, "191\t窓口の記録\n\t\n193\t")
    expect(told).to_contain_text("3個のセルに貼り付けました。")
    expect(figures.nth(1)).to_have_value("194")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(notes.nth(0)).to_be_focused()
    expect(notes.nth(0)).to_have_value("窓口の記録")
    figures.nth(10).evaluate(PASTE, "201\n202\n203")
    expect(told).to_contain_text("表の外の1個は貼り付けていません。")
    page.get_by_role("button", name="元に戻す").click()
    page.get_by_role("button", name="元に戻す").click()

    expect(figures.nth(0)).to_have_value("")
    expect(figures.nth(1)).to_have_value("194")
    expect(page.get_by_role("button", name="元に戻す")).to_be_hidden()


def test_grid_is_worked_by_keys_alone(open_as: Callable[[User, str], Page], world: World) -> None:
    twelve(world)
    page = open_as(world.of_industry.clerk, reverse("evaluations:round_grid", args=[world.round.pk]))
    cells = page.locator("[data-column=figure]")
    cells.nth(0).focus()

    page.keyboard.type("191")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+d")
    expect(cells.nth(1)).to_have_value("191")
    page.keyboard.press("Control+z")
    expect(cells.nth(1)).to_have_value("")
    page.keyboard.type("12x4")
    expect(page.locator("[data-told]").nth(1).locator(".field__error")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(cells.nth(0)).to_be_focused()
    page.keyboard.press("Control+s")

    expect(page.get_by_text("1件を保存しました。")).to_be_visible()
    expect(page.locator("[data-column=figure]").nth(1)).to_have_value("12x4")
    assert Actual.objects.get(kpi=world.industry_kpi, fiscal_year=2019).value == 191
