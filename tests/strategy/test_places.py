"""Planning confirms or corrects where an import put rows; the doubt goes, the history stays."""

import re

import pytest
from django.urls import reverse

from history.models import Revision
from strategy.enums import NodeLevel
from strategy.models import Placement, PlanNode
from strategy.selectors.places import inferred_places
from tests.factories.strategy import KpiFactory, PlacementFactory, PlanNodeFactory

pytestmark = pytest.mark.django_db
DOUBT = {"confidence": "0.66", "reason": "行の並びから推定しました。", "alternatives": []}


@pytest.fixture
def grants(world):
    """Two grant programs; under the first a doubted project with a KPI, and a doubted KPI of its own."""
    first = PlanNodeFactory(plan=world.plan, level=NodeLevel.GRANT.value, name="交付金事業甲", position=90)
    second = PlanNodeFactory(plan=world.plan, level=NodeLevel.GRANT.value, name="交付金事業乙", position=91)
    project = PlanNodeFactory(
        plan=world.plan,
        parent=first,
        level=NodeLevel.PROJECT.value,
        name="体験事業",
        position=92,
        unconfirmed={"parent": DOUBT},
    )
    inside = PlacementFactory(
        node=project, kpi=KpiFactory(name="参加者数"), position=92, unconfirmed={"node": DOUBT}
    )
    direct = PlacementFactory(
        node=first, kpi=KpiFactory(name="協働件数"), position=93, unconfirmed={"node": DOUBT}
    )
    return first, second, project, inside, direct


def address(world) -> str:
    return reverse("strategy:place_review", args=[world.plan.code])


def test_inferred_places_asks_once_for_a_project_and_its_kpis(world, grants):
    assert [place.title for place in inferred_places(world.plan)] == ["体験事業（参加者数）", "協働件数"]


def test_place_review_moves_what_is_corrected_and_keeps_the_history(world, grants, as_user):
    _, second, project, inside, direct = grants
    data = {f"confirm-node-{project.pk}": "on", f"node-node-{project.pk}": second.pk}

    response = as_user(world.planning).post(address(world), data)

    assert response.status_code == 302
    project, inside = PlanNode.objects.get(pk=project.pk), Placement.objects.get(pk=inside.pk)
    assert (project.parent, project.unconfirmed, inside.unconfirmed) == (second, {}, {})
    assert Placement.objects.get(pk=direct.pk).unconfirmed == {"node": DOUBT}
    changed = Revision.objects.for_record(project).values_list("field", "by")
    assert set(changed) == {("parent", world.planning.pk), ("unconfirmed", world.planning.pk)}


def test_place_review_confirms_everything_as_shown(world, grants, as_user):
    first = grants[0]
    data = {f"node-{place.key}": first.pk for place in inferred_places(world.plan)}

    as_user(world.planning).post(address(world), {"do": "all", **data})

    assert inferred_places(world.plan) == ()


def test_place_review_refuses_a_node_of_another_level_and_writes_nothing(world, grants, as_user):
    direct = grants[4]
    data = {f"confirm-placement-{direct.pk}": "on", f"node-placement-{direct.pk}": world.goal.pk}

    response = as_user(world.planning).post(address(world), data)

    assert response.status_code == 422
    assert Placement.objects.get(pk=direct.pk).unconfirmed == {"node": DOUBT}


def test_place_review_refuses_a_kpi_twice_at_one_node(world, grants, as_user):
    _, second, _, _, direct = grants
    PlacementFactory(node=second, kpi=direct.kpi)
    data = {f"confirm-placement-{direct.pk}": "on", f"node-placement-{direct.pk}": second.pk}

    response = as_user(world.planning).post(address(world), data)

    page = response.content.decode()
    assert "すでにあります" in page
    assert re.search(rf'name="confirm-placement-{direct.pk}"[^>]* checked', page), "the mark is still there"
    assert f'<option value="{second.pk}" selected>' in page, "and the choice"
    assert Placement.objects.get(pk=direct.pk).node != second


def test_place_review_takes_the_same_queries_with_one_and_with_more(world, grants, as_user, assert_queries):
    client = as_user(world.planning)
    client.get(address(world))

    with assert_queries(8):
        client.get(address(world))
    for number in range(3):
        PlacementFactory(node=grants[0], kpi=KpiFactory(name=f"追加{number}"), unconfirmed={"node": DOUBT})
    with assert_queries(8):
        client.get(address(world))
