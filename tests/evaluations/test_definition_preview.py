"""What a definition would change of the judgement, told while it is typed."""

from html import unescape

import pytest
from django.urls import reverse

from history.models import Revision
from strategy.models import Kpi, Target
from tests.evaluations.test_definition_pages import page_of, sent
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import KpiFactory, PlacementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


@pytest.fixture
def kpi(world) -> Kpi:
    """Return 創業者数: baseline 180, target 227, actual 227 in 2019."""
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)
    return world.industry_kpi


def asked(client, kpi: Kpi, **texts: str):
    address = reverse("strategy:kpi_definition_preview", args=[kpi.code])
    return client.post(address, sent(client, kpi, texts))


def test_kpi_definition_preview_tells_the_grade_before_and_after_and_writes_nothing(client, kpi):
    before = (Revision.objects.count(), Target.objects.get(kpi=kpi).value)

    response = asked(client, kpi, t2019="1000")

    preview = response.context["preview"]
    assert (preview.fiscal_year, preview.before.grade.label, preview.after.grade.label) == (
        2019,
        "順調",
        "遅れている",
    )
    assert "227÷1,000" in unescape(response.content.decode())
    assert (Revision.objects.count(), Target.objects.get(kpi=kpi).value) == before


def test_kpi_definition_preview_of_what_is_stored_changes_nothing(client, kpi):
    response = asked(client, kpi)

    assert response.context["preview"].is_same
    assert "このままでは変わりません" in response.content.decode()


@pytest.mark.parametrize(
    ("texts", "said"),
    [({"t2019": "たくさん"}, "読めない欄がある"), ({"direction": "参考値"}, "参考値")],
)
def test_kpi_definition_preview_says_why_there_is_no_grade(client, kpi, texts, said):
    assert said in asked(client, kpi, **texts).content.decode()


def test_kpi_definition_preview_without_a_figure_says_so(client, world):
    kpi = KpiFactory()
    PlacementFactory(kpi=kpi, node=world.measure)

    assert "実績値がまだない" in asked(client, kpi, t2019="5").content.decode()


def test_kpi_definition_edit_shows_the_preview_without_a_script_too(client, kpi):
    response = client.post(page_of(kpi), sent(client, kpi, {"t2019": "1000"}, do="check"))

    assert response.context["preview"].after.grade.label == "遅れている"
    assert "まだ保存していません" in response.content.decode()
