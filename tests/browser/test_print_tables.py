"""Tables of many columns are readable on paper: their words never stand one letter under the other."""

import pytest
from django.urls import reverse

from tests.factories.evaluations import ActualFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROWEST = """
() => Math.min(...[...document.querySelectorAll("tbody th, tbody td:not(.number):not(:empty)")]
  .filter(cell => cell.textContent.trim().length > 3)
  .map(cell => cell.getBoundingClientRect().width / parseFloat(getComputedStyle(cell).fontSize)))
"""


def test_kpi_list_keeps_its_words_in_lines_when_printed(world, open_as):
    ActualFactory(kpi=world.industry_kpi, value=191)
    world.industry_kpi.name = "新規に創業して一年以上を経た事業者のうち雇用を増やしたものの割合"
    world.industry_kpi.save()
    page = open_as(world.planning, reverse("reports:kpi_list", args=["trial"]))

    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1000, "height": 700})

    assert page.evaluate(NARROWEST) >= 4
    assert page.evaluate("getComputedStyle(document.body).page") == "broad"
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
