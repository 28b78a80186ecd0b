"""A whole story in a real browser: from the upload of a text to undoing what it wrote."""

import re

import pytest
from django.urls import reverse

from importers.models import ImportRun
from programs.models import ProgramSheet
from tests.importers.pipeline.documents import FIXTURES


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_planning_uploads_reviews_applies_and_undoes(open_as, world, assert_accessible, tmp_path):
    page = open_as(world.planning, reverse("importers:import_run_create"))
    assert_accessible(page)
    page.get_by_label("事務事業の一覧").check()
    page.get_by_label("対象年度").fill("R5")
    page.get_by_label("ファイル").set_input_files(FIXTURES / "tsukuba" / "tsukuba_programs_r6.txt")
    page.get_by_role("button", name="読み取る").click()

    page.get_by_text("読み取った行 20").wait_for()
    assert_accessible(page)
    page.get_by_role("navigation", name="結果による絞り込み").get_by_role(
        "link", name=re.compile("要確認")
    ).click()
    page.locator("tbody th a").first.click()
    assert_accessible(page)
    page.screenshot(path=tmp_path / "row.png", full_page=True)
    page.get_by_label("確認した（反映）").check()
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("行目を保存しました").wait_for()

    page.get_by_role("navigation", name="現在の位置").get_by_role(
        "link", name="tsukuba_programs_r6.txt"
    ).click()
    page.get_by_role("button", name="反映する").click()
    page.get_by_text("取込を反映しました").wait_for()
    assert ProgramSheet.objects.filter(fiscal_year=2023).count() == 20

    page.get_by_role("button", name="この取込を取り消す").click()
    page.get_by_text("取込を取り消しました").wait_for()
    assert_accessible(page)
    assert ProgramSheet.objects.filter(fiscal_year=2023).count() == 0
    assert ImportRun.objects.get().state == "undone"
