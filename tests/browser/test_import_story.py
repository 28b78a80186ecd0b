"""A document's way in a real browser: dropped, read, seen beside its page, corrected, applied, undone."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from importers.models import ImportRun
from organization.models import User
from programs.models import ProgramSheet
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DOCUMENT = Path(__file__).parents[2] / "fixtures" / "midoridai" / "programs_r6.pdf"
DROP = """([zone, content]) => {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "programs_r6.pdf", {type: "application/pdf"}));
  zone.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def drop(page: Page) -> None:
    """Drop the document on the place made for it."""
    zone = page.locator("[data-drop-zone]").element_handle()
    page.evaluate(DROP, [zone, base64.b64encode(DOCUMENT.read_bytes()).decode()])


def test_document_from_the_drop_to_the_undo(
    open_as: Callable[[User, str], Page], world: World, assert_accessible: Callable[[Page], None]
) -> None:
    page = open_as(world.planning, reverse("importers:import_run_create"))
    page.get_by_label("事務事業の一覧").check()
    expect(page.get_by_label("新しい計画の名称")).to_be_hidden()
    page.get_by_label("対象年度").fill("R5")
    drop(page)
    assert_accessible(page)
    page.get_by_role("button", name="読み取る").click()

    expect(page.get_by_text("読み取った行 32 ＝")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="新しく登録する課室")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("navigation", name="結果による絞り込み").get_by_role("link", name="要確認").click()
    page.locator("tbody th a").first.click()

    picture = page.get_by_role("img", name="この行に色を付け")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('.source-picture img').naturalWidth > 600")
    assert_accessible(page)
    position = int(page.url.rstrip("/").rpartition("/")[2])
    run = ImportRun.objects.get()
    number = run.rows.get(position=position).fields["number"]

    # The boundary between summary and results: by the mouse, then by keys.
    last = page.locator("[data-piece]").last
    page.locator("[data-boundary=results]").drag_to(last)
    expect(page.get_by_text("修正済")).to_be_visible()
    moved = run.rows.get(position=position).corrected["results"]
    page.locator("[data-piece]").nth(1).get_by_role("button", name="成果をここから").press("Enter")
    page.wait_for_load_state()
    assert run.rows.get(position=position).corrected.get("results") != moved

    page.get_by_label("事業名").fill("直した名称")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text(f"{position}行目を保存しました。")).to_be_visible()
    page.get_by_role("link", name="programs_r6.pdf").click()
    expect(page.get_by_text("修正済").first).to_be_visible()
    page.get_by_role("button", name="反映する", exact=True).click()

    expect(page.get_by_text("取込を反映しました。")).to_be_visible(timeout=30_000)
    sheets = ProgramSheet.objects.filter(fiscal_year=2023)
    assert sheets.count() == 32
    assert sheets.get(program__number=number).name == "直した名称"
    assert_accessible(page)
    page.get_by_role("button", name="この取込を取り消す").click()

    expect(page.get_by_text("取込を取り消しました（元に戻した 32行")).to_be_visible(timeout=30_000)
    assert sheets.count() == 0
