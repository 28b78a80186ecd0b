"""Lists that are read along an index show what the long way would, and tell what they do not count."""

import pytest
from django.urls import reverse

from history.services import Authorship, change_record
from organization.models import SectionSuccession
from programs.models import ProgramLineage
from reports.models import KpiScope, KpiStanding
from reports.services import standings
from reports.views import looking
from tests.factories.organization import SectionFactory
from tests.factories.programs import ProgramSheetFactory
from tests.factories.strategy import KpiFactory, PlacementFactory, PlanNodeFactory, ResponsibilityFactory
from tests.reports.test_kpi_list import ask, names
from tests.reports.test_standings import NOW

pytestmark = pytest.mark.django_db


def test_a_list_of_a_node_stands_in_the_plans_order_with_each_kpi_once(world, as_user):
    other = PlanNodeFactory(plan=world.plan, parent=world.goal, level="measure")
    for position, name in ((30, "三"), (10, "一"), (20, "二")):
        kpi = KpiFactory(name=name)
        PlacementFactory(kpi=kpi, node=other, position=position)
        PlacementFactory(kpi=kpi, node=world.measure, position=position + 100)
        ResponsibilityFactory(kpi=kpi, section=world.industry)
    client = as_user(world.planning)

    assert names(ask(client, node=other.pk)) == ["一", "二", "三"]
    assert [name for name in names(ask(client, node=world.goal.pk)) if len(name) == 1] == ["一", "二", "三"]
    both = ask(client, node=other.pk, section=world.industry.pk, bureau=world.industry.bureau_id)
    assert names(both) == ["一", "二", "三"]


def test_scopes_follow_a_kpi_that_moves_and_a_check_compares_them(world, as_user):
    client = as_user(world.planning)
    ask(client)
    kept = {(scope.kpi_id, scope.key) for scope in KpiScope.objects.all()}
    expected = {(row.kpi_id, key) for row in KpiStanding.objects.all() for key in row.scopes.split()}
    assert kept == expected

    KpiScope.objects.filter(kpi=world.industry_kpi).delete()

    assert any("位置・担当" in each.told for each in standings.differences(plan=world.plan))
    standings.rebuild(plan=world.plan, at=NOW)
    assert standings.differences(plan=world.plan) == []


def test_a_combination_of_filters_is_counted_up_to_a_bound_and_says_so(world, as_user, monkeypatch):
    monkeypatch.setattr(looking, "MOST_COUNTED", 60)
    for number in range(61):
        PlacementFactory(kpi=KpiFactory(name=f"指標{number}"), node=world.measure)
    client = as_user(world.planning)

    cut = ask(client, q="指標", page=2)

    assert len(names(cut)) == 10
    assert "60件以上" in cut.content.decode()
    assert "63件中" in ask(client).content.decode(), "what is kept is told exactly"
    assert (
        client.get(reverse("reports:kpi_list_file", args=["trial", "csv"]), {"q": "指標"}).status_code == 200
    )


@pytest.mark.parametrize("few", [0, 1_000])
def test_usual_and_rare_words_find_the_same(world, as_user, monkeypatch, few):
    monkeypatch.setattr("reports.filters.FEW", few)
    client = as_user(world.planning)

    assert names(ask(client, q="産業 創業者")) == ["創業者数"]
    assert names(ask(client, q="創業者", node=world.goal.pk)) == ["創業者数"]
    assert names(ask(client, q="創業者", section=world.publicity.pk)) == []


# --- words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["商工労政課", "ｼｮｳｺｳ推進室", "しょうこう推進室", "勧業係"])
def test_found_by_names_of_sections_of_every_reorganisation(world, as_user, word):
    """ショウコウ推進室, later written 商工労政課, became 商工課 and then 産業振興課; 勧業係 joined it."""
    first, second, joined = (SectionFactory(name=name) for name in ("ショウコウ推進室", "商工課", "勧業係"))
    for old, new in ((first, second), (second, world.industry), (joined, second)):
        SectionSuccession.objects.create(predecessor=old, successor=new, fiscal_year=2017, kind="rename")
    change_record(first, {"name": "商工労政課"}, authorship=Authorship(by=world.planning, at=NOW))
    client = as_user(world.planning)

    assert names(ask(client, q=word)) == ["創業者数"]
    assert program_names(client, word) == ["創業支援事業"]


def program_names(client, words) -> list[str]:
    page = client.get(reverse("reports:program_list"), {"q": words}).context["page"]
    return [sheet.name for sheet in page.object_list]


@pytest.mark.parametrize("word", ["ﾍﾞﾝﾁｬｰ育成", "べんちゃー", "起業塾", "産業振興課　創業", "９８７６"])
def test_a_program_is_found_by_names_it_had_in_other_years_and_before(world, as_user, word):
    program = world.industry_program.program
    type(program).objects.filter(pk=program.pk).update(number=98765)
    ProgramSheetFactory(program=program, fiscal_year=2020, name="ベンチャー育成事業")
    before = ProgramSheetFactory(fiscal_year=2019, name="起業塾").program
    ProgramLineage.objects.create(predecessor=before, successor=program, fiscal_year=2020, kind="renamed")

    assert program_names(as_user(world.of_industry.clerk), word) == ["創業支援事業"]
