"""Planning pastes history and a correction into the table of a plan's years, by keys, and sees the mark."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from evaluations.enums import RoundState, SheetState
from evaluations.models import Actual
from organization.models import User
from tests.browser.test_grid import PASTE
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory
from tests.factories.strategy import KpiFactory, PlacementFactory
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BLOCK = (
    "指標\tH28\t平成29年度\t2018年度\n"
    "待機児童数\t１２人\t▲3\t8\n"
    "創業者数\t1,850\t約182\t191人\n"
    "ホームページ閲覧数\t1.2万\t集計中\t－\n"
)


def test_a_block_from_excel_fills_history_and_corrects_a_final_figure(
    open_as: Callable[[User, str], Page], world: World, assert_accessible: Callable[[Page], None]
) -> None:
    kpi = KpiFactory(name="待機児童数")
    PlacementFactory(kpi=kpi, node=world.measure)
    final = RoundFactory(fiscal_year=2018, state=RoundState.CLOSED.value)
    KpiSheetFactory(
        round=final, kpi=world.industry_kpi, section=world.industry, state=SheetState.PUBLISHED.value
    )
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=Decimal(185))
    cell = f"c-{world.industry_kpi.pk}"
    answer = "#" + cell + "-{}-answer"

    page = open_as(world.planning, reverse("evaluations:round_detail", args=[world.round.pk]))
    page.get_by_role("link", name="年度別の値").last.click()
    page.goto(f"{page.url}&from=2016")
    first = page.locator(f"#{cell}-2016")
    undo = page.get_by_role("button", name="元に戻す")
    expect(undo).to_be_hidden()
    first.focus()
    first.evaluate(PASTE, BLOCK)

    expect(page.locator("[data-grid-status]")).to_contain_text("9個の欄に貼り付けました。")
    expect(undo).to_be_visible()
    expect(page.locator(answer.format(2016))).to_contain_text("未保存：1,850人（確定）")
    expect(page.locator(answer.format(2017))).to_contain_text("未保存：182人（見込）")
    expect(page.locator(answer.format(2017))).to_contain_text("桁や単位は合っていますか")
    expect(page.locator(answer.format(2018))).to_contain_text("訂正（未保存）：191人（確定）")
    assert Actual.objects.count() == 1, "nothing is written before it is saved"
    assert_accessible(page)

    page.keyboard.press("Control+z")
    expect(first).to_have_value("")
    expect(page.locator(f"#{cell}-2018")).to_have_value("185")
    first.evaluate(PASTE, BLOCK)
    page.keyboard.press("Control+s")  # before the block has come back: it belongs to the save
    expect(page.get_by_text("訂正の理由を書いてください")).to_be_visible()
    expect(first).to_have_value("1,850")
    first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#{cell}-2017")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("180")
    page.get_by_label("訂正の理由").fill("統計の確定")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("1個を訂正しました。8個を記録しました。")).to_be_visible()

    page.get_by_role("link", name="創業者数").click()
    row = (
        page.get_by_role("row")
        .filter(has_text="平成30年度")
        .or_(page.get_by_role("row").filter(has_text="H30"))
    )
    expect(row.first).to_contain_text("191")
    expect(page.get_by_text("統計の確定").first).to_be_attached()
    assert Actual.objects.get(kpi=world.industry_kpi, fiscal_year=2016).value == 180


def test_the_table_is_filled_down_and_right_by_keys(
    open_as: Callable[[User, str], Page], world: World
) -> None:
    page = open_as(world.planning, f"{reverse('evaluations:plan_figures')}?plan={world.plan.code}&from=2017")
    one, other = world.industry_kpi.pk, world.publicity_kpi.pk
    page.locator(f"#c-{one}-2017").focus()

    page.keyboard.type("0.5")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+r")
    expect(page.locator(f"#c-{one}-2018")).to_have_value("0.5")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+d")
    expect(page.locator(f"#c-{other}-2018")).to_have_value("0.5")
    page.keyboard.press("Control+z")
    expect(page.locator(f"#c-{other}-2018")).to_have_value("")
    page.keyboard.press("Control+s")

    expect(page.get_by_text("2個を記録しました。")).to_be_visible()
