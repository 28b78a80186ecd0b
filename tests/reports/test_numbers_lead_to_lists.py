"""Every number of every dashboard opens a list with exactly as many rows, for whoever looks."""

import html
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.enums import SheetState
from tests.factories.evaluations import ActualFactory
from tests.factories.programs import ProgramSheetFactory
from tests.factories.strategy import KpiFactory, PlacementFactory, ResponsibilityFactory, TargetFactory
from tests.reports.published_pages import finalise

pytestmark = pytest.mark.django_db

LISTS = (reverse("reports:kpi_list", args=["trial"]), reverse("reports:program_list"))
LINK = re.compile(r'<a href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
NUMBER = re.compile(r"([\d,]+)\s*件?$")


def numbers_of(text: str) -> dict[str, int]:
    """Return the links to lists whose words end in a number, and that number."""
    found = {}
    for address, inside in LINK.findall(text):
        words = re.sub(r"<[^>]*>", "", html.unescape(inside)).strip()
        number = NUMBER.search(words)
        if number and html.unescape(address).startswith(LISTS):
            found[html.unescape(address)] = int(number[1].replace(",", ""))
    return found


def fill(world):
    """Give the plan KPIs of every kind: good, bad, fallen back, preliminary, undefined, without a figure."""
    figures = {
        "良い": (230, 235),
        "後退": (230, 200),
        "悪い": (190, 191),
        "なし": (None, None),
        "不足": (1, 2),
    }
    for name, (before, now) in figures.items():
        defined = {} if name != "不足" else {"direction": "", "unit": ""}
        kpi = KpiFactory(name=name, **defined)
        PlacementFactory(kpi=kpi, node=world.measure)
        ResponsibilityFactory(kpi=kpi, section=world.industry)
        TargetFactory(kpi=kpi)
        if before is not None:
            ActualFactory(kpi=kpi, fiscal_year=2018, value=Decimal(before))
            status = "preliminary" if name == "良い" else "final"
            ActualFactory(kpi=kpi, value=Decimal(now), status=status)
    ActualFactory(kpi=world.industry_kpi, value=Decimal(227))
    ActualFactory(kpi=world.publicity_kpi, value=Decimal(100))
    finalise(world.publicity_sheet)
    type(world.industry_evaluation).objects.filter(pk=world.industry_evaluation.pk).update(
        state=SheetState.DRAFTING.value
    )
    ProgramSheetFactory(section=world.industry)


def dashboards(world) -> list[str]:
    """Return the addresses of every page that counts."""
    year = "?fiscal_year=2019"
    return [
        reverse("reports:plan_detail", args=["trial"]) + year,
        reverse("reports:plan_years", args=["trial"]),
        reverse("reports:node_detail", args=[world.goal.pk]) + year,
        reverse("reports:node_detail", args=[world.measure.pk]) + year,
        reverse("reports:section_detail", args=[world.industry.pk]) + year,
        reverse("reports:section_detail", args=[world.industry.pk]) + "?fiscal_year=2024",
        reverse("reports:bureau_detail", args=[world.industry.bureau_id]) + year,
        reverse("reports:bureau_detail", args=[world.publicity.bureau_id]) + "?fiscal_year=2024",
    ]


@pytest.mark.parametrize("role", ["planning", "chief", "clerk", "other clerk", "reader"])
def test_each_number_opens_a_list_with_as_many_rows(world, as_user, role):
    fill(world)
    person = {
        "planning": world.planning,
        "chief": world.of_industry.chief,
        "clerk": world.of_industry.clerk,
        "other clerk": world.of_publicity.clerk,
        "reader": world.reader,
    }[role]
    client = as_user(person)
    told: dict[str, int] = {}
    for address in dashboards(world):
        page = client.get(address)
        assert page.status_code == 200
        told |= numbers_of(page.content.decode())

    listed = {}
    for address in told:
        page = client.get(address).context["page"]
        listed[address] = page.paginator.count if len(page.object_list) == page.paginator.count else None

    assert listed == told
    asked = {part.split("=")[0] for address in told for part in address.partition("?")[2].split("&")}
    assert asked >= {"grade", "reason", "movement", "fallen", "lacking", "state", "node", "section"}


def test_what_is_under_way_makes_other_numbers_for_other_people(world, as_user):
    fill(world)
    address = reverse("reports:plan_detail", args=["trial"]) + "?fiscal_year=2019"

    def graded(person) -> int:
        found = numbers_of(as_user(person).get(address).content.decode())
        return next(number for where, number in found.items() if where.endswith("&grade=any"))

    assert graded(world.planning) == graded(world.of_industry.clerk) == graded(world.reader) + 1
