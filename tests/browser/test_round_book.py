"""Twelve figures of a section by workbook: taken out, filled in offline, brought back, handed in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from evaluations.enums import SheetState
from evaluations.models import Actual, KpiSheet
from organization.models import User
from tests.browser.test_grid import MOST_ACTS, twelve
from tests.factories.world import World
from tests.importers.round_books.files import opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_twelve_figures_by_workbook_take_fewer_than_fifteen_acts(
    open_as: Callable[[User, str], Page],
    world: World,
    assert_accessible: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    sheets = twelve(world)
    acts = 3  # user name, password, sign-in

    def press(target: Locator) -> None:
        nonlocal acts
        acts += 1
        target.click()

    page = open_as(world.of_industry.clerk, reverse("evaluations:task_list"))
    with page.expect_download() as download:
        press(page.get_by_role("link", name="Excelで取り出す"))
    taken = tmp_path / download.value.suggested_filename
    download.value.save_as(taken)
    assert taken.name == "2019_産業振興課.xlsx"

    book = opened(taken.read_bytes())
    for number, line in enumerate(book.rows()):
        last_year = book.cell(line, "last.problems").value
        book.put(line, {"figure": f"１９{number % 10}人", "answers.problems": f"{last_year}が続く"})
    filled = tmp_path / "入力済.xlsx"
    filled.write_bytes(book.saved())

    press(page.get_by_role("link", name="Excelを取り込む"))
    assert_accessible(page)
    acts += 1  # choosing the file
    page.get_by_label("入力したExcel").set_input_files(filled)
    press(page.get_by_role("button", name="送って比べる"))
    expect(page.get_by_text("変更の提案 24か所")).to_be_visible()
    assert Actual.objects.filter(fiscal_year=2019).count() == 0
    assert_accessible(page)
    press(page.get_by_role("button", name="反映して承認へ回す"))
    expect(page.get_by_text("12件のシートに反映しました。")).to_be_visible()
    expect(page.get_by_text("12件を承認へ回しました。")).to_be_visible()

    states = set(KpiSheet.objects.filter(pk__in=[s.pk for s in sheets]).values_list("state", flat=True))
    assert states == {SheetState.AWAITING_APPROVAL}
    assert Actual.objects.filter(fiscal_year=2019).count() == 12
    assert acts == 8
    assert acts <= MOST_ACTS
