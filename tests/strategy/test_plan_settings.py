"""The settings of a plan: what a save leaves behind, what is refused, what two people see."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from history.models import Revision
from history.services import Authorship, VersionConflict
from organization.enums import SiteRole
from strategy.enums import NodeLevel, ResponsibilityRole
from strategy.models import Placement, Plan, PlanNode, Responsibility
from strategy.services.composition import ResponsibilityEntry
from strategy.services.plan_nodes import NodeDraft, PlacementEntry, add_node, change_node, remove_node
from strategy.services.plans import PlanDraft, PlanRefused, change_plan, shift_node
from tests.factories.organization import SectionFactory, holder_of
from tests.factories.strategy import (
    KpiFactory,
    PlacementFactory,
    PlanFactory,
    PlanNodeFactory,
    ResponsibilityFactory,
    three_bands,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 1, tzinfo=UTC)
PROPOSED = {"confidence": "0.70", "reason": "推定です。", "alternatives": []}
GOAL, POLICY, MEASURE = NodeLevel.GOAL, NodeLevel.POLICY, NodeLevel.MEASURE


@pytest.fixture
def by() -> Authorship:
    return Authorship(by=holder_of(SiteRole.PLANNING, "settings-planning"), at=NOW, why="計画の改定")


def draft(plan: Plan, **changes) -> PlanDraft:
    """State a plan as it is, with some changes."""
    return PlanDraft(
        **{
            "name": plan.name,
            "first_fiscal_year": plan.first_fiscal_year,
            "last_fiscal_year": plan.last_fiscal_year,
            "level_names": plan.level_names,
            "rating_scheme": plan.rating_scheme,
            **changes,
        }
    )


def node_draft(node: PlanNode, **changes) -> NodeDraft:
    """State a node as it is, with some changes."""
    names = ("parent", "name", "code", "ascii_code", "description")
    return NodeDraft(
        **{"level": NodeLevel(node.level), **{name: getattr(node, name) for name in names}, **changes}
    )


def entries(node: PlanNode) -> list[PlacementEntry]:
    """State the KPIs at a node as they are."""
    return [PlacementEntry(pk=held.pk, kpi=held.kpi, node=node) for held in node.placements.all()]


def save(node: PlanNode, by: Authorship, stated: NodeDraft | None = None, **changes) -> bool:
    """Save a node as it is, with some changes."""
    node.plan.refresh_from_db()
    return change_node(
        node=node,
        draft=stated or node_draft(node),
        seen_version=node.plan.version,
        authorship=by,
        **{"placements": entries(node), "responsibilities": [], **changes},
    )


# --- the plan itself ------------------------------------------------------------------------------------


def test_change_plan_writes_settings_and_names_with_their_history(by):
    plan = PlanFactory(unconfirmed={"first_fiscal_year": PROPOSED, "last_fiscal_year": PROPOSED})
    policy = PlanNodeFactory(plan=plan, level="policy", code="Ⅰ-１", ascii_code="1-1", name="")
    scheme = three_bands("other")

    changed = change_plan(
        plan=plan,
        draft=draft(plan, last_fiscal_year=2020, rating_scheme=scheme, node_names={policy.pk: "新しい産業"}),
        seen_version=1,
        authorship=by,
    )

    plan.refresh_from_db()
    policy.refresh_from_db()
    assert (changed, plan.last_fiscal_year, plan.rating_scheme, policy.name) == (
        True,
        2020,
        scheme,
        "新しい産業",
    )
    assert plan.unconfirmed == {"first_fiscal_year": PROPOSED}
    told = Revision.objects.exclude(field="unconfirmed").values_list(
        "record_type", "field", "old", "new", "why"
    )
    assert sorted(told) == [
        ("strategy.plan", "last_fiscal_year", "2019", "2020", "計画の改定"),
        ("strategy.plan", "rating_scheme", None, str(scheme.pk), "計画の改定"),
        ("strategy.plannode", "name", "", "新しい産業", "計画の改定"),
    ]


def test_change_plan_on_a_version_that_is_gone_writes_nothing(by):
    plan = PlanFactory()
    change_plan(plan=plan, draft=draft(plan, name="先の人"), seen_version=1, authorship=by)

    with pytest.raises(VersionConflict):
        change_plan(plan=plan, draft=draft(plan, name="後の人"), seen_version=1, authorship=by)

    plan.refresh_from_db()
    assert plan.name == "先の人"


def test_change_plan_refuses_years_out_of_order_and_two_nodes_of_one_name(by):
    plan = PlanFactory()
    first, second = (PlanNodeFactory(plan=plan, level="grant", name=name) for name in ("甲事業", "乙事業"))

    with pytest.raises(PlanRefused, match="最後の年度"):
        change_plan(plan=plan, draft=draft(plan, last_fiscal_year=2000), seen_version=1, authorship=by)
    with pytest.raises(PlanRefused, match="甲事業"):
        change_plan(
            plan=plan,
            draft=draft(plan, name="別の名前", node_names={second.pk: first.name}),
            seen_version=1,
            authorship=by,
        )

    plan.refresh_from_db()
    second.refresh_from_db()
    assert (plan.name != "別の名前", second.name, plan.version) == (True, "乙事業", 1)


def test_shift_node_changes_places_with_its_neighbour_even_at_equal_positions(by):
    plan = PlanFactory()
    nodes = [PlanNodeFactory(plan=plan, name=name, position=5) for name in "甲乙丙"]

    moved = shift_node(node=nodes[2], by=-1, seen_version=1, authorship=by)
    plan.refresh_from_db()
    beyond = shift_node(node=nodes[0], by=-1, seen_version=plan.version, authorship=by)

    assert (moved, beyond) == (True, False)
    assert [node.name for node in plan.nodes.order_by("position", "id")] == ["甲", "丙", "乙"]


# --- nodes ------------------------------------------------------------------------------------------------


def test_add_node_stands_behind_its_siblings(by):
    goal = PlanNodeFactory(code="Ⅰ", ascii_code="1", position=3)
    PlanNodeFactory(plan=goal.plan, parent=goal, level="policy", position=9)

    node = add_node(
        plan=goal.plan,
        draft=NodeDraft(level=POLICY, parent=goal, name="新しい施策", code="Ⅰ-２", ascii_code="1-2"),
        seen_version=1,
        authorship=by,
    )

    assert (node.parent, node.position, node.ascii_code) == (goal, 10, "1-2")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"level": GOAL}, "の下には置けません"),
        ({"ascii_code": "1", "code": "Ⅰ"}, "すでにあります"),
        ({"name": "", "code": ""}, "名称か番号"),
    ],
)
def test_add_node_refuses_what_cannot_hang_there(by, changes, said):
    goal = PlanNodeFactory(code="Ⅰ", ascii_code="1")
    stated = NodeDraft(**{"level": POLICY, "parent": goal, "name": "施策", **changes})

    with pytest.raises(PlanRefused, match=said):
        add_node(plan=goal.plan, draft=stated, seen_version=1, authorship=by)

    assert list(goal.plan.nodes.all()) == [goal]


def test_change_node_refuses_itself_and_what_is_below_it_as_parent(by):
    grant = PlanNodeFactory(level="grant", name="交付金")
    project = PlanNodeFactory(plan=grant.plan, parent=grant, level="project", name="事業")

    with pytest.raises(PlanRefused, match="下には置けません"):
        save(grant, by, node_draft(grant, parent=project))
    with pytest.raises(PlanRefused, match="同じ計画"):
        save(project, by, node_draft(project, parent=PlanNodeFactory()))


def test_change_node_adds_moves_and_removes_placements_and_tells_what_went(by):
    node = PlanNodeFactory(level="measure")
    other = PlanNodeFactory(plan=node.plan, level="measure")
    moves, goes = (PlacementFactory(node=node, position=n, unconfirmed={"node": PROPOSED}) for n in (1, 2))
    at_place = ResponsibilityFactory(kpi=goes.kpi, placement=goes)
    new = KpiFactory()

    save(
        node,
        by,
        placements=[
            PlacementEntry(pk=moves.pk, kpi=moves.kpi, node=other),
            PlacementEntry(pk=None, kpi=new, node=node, printed_name="別の表記"),
        ],
    )

    assert list(Placement.objects.values_list("kpi", "node", "printed_name").order_by("position")) == [
        (moves.kpi_id, other.pk, ""),
        (new.pk, node.pk, "別の表記"),
    ]
    moves.refresh_from_db()
    assert moves.unconfirmed == {}
    deleted = Revision.objects.filter(act="deleted").values_list("record_type", "record_id")
    assert set(deleted) == {("strategy.placement", goes.pk), ("strategy.responsibility", at_place.pk)}


def test_change_node_refuses_a_kpi_twice_at_one_node(by):
    node = PlanNodeFactory(level="measure")
    other = PlanNodeFactory(plan=node.plan, level="measure")
    held = PlacementFactory(node=node)
    PlacementFactory(node=other, kpi=held.kpi)

    with pytest.raises(PlanRefused, match="すでにあります"):
        save(node, by, placements=[PlacementEntry(pk=held.pk, kpi=held.kpi, node=other)])
    with pytest.raises(PlanRefused, match="すでにあります"):
        save(node, by, placements=[*entries(node), PlacementEntry(pk=None, kpi=held.kpi, node=node)])

    assert Placement.objects.count() == 2


def test_change_node_sets_who_answers_for_a_project_without_kpi(by):
    project = PlanNodeFactory(level="project", unconfirmed={"responsibilities": PROPOSED, "parent": PROPOSED})
    section = SectionFactory()

    save(
        project,
        by,
        responsibilities=[ResponsibilityEntry(pk=None, section=section, role=ResponsibilityRole.LEAD)],
    )

    project.refresh_from_db()
    assert [(held.node, held.section) for held in Responsibility.objects.all()] == [(project, section)]
    assert project.unconfirmed == {"parent": PROPOSED}


def test_remove_node_only_when_nothing_hangs_on_it(by):
    goal = PlanNodeFactory()
    child = PlanNodeFactory(plan=goal.plan, parent=goal, level="policy")
    placement = PlacementFactory(node=child)
    ResponsibilityFactory(kpi=None, node=child)

    with pytest.raises(PlanRefused, match="下に項目"):
        remove_node(node=goal, seen_version=1, authorship=by)
    with pytest.raises(PlanRefused, match="指標がある"):
        remove_node(node=child, seen_version=1, authorship=by)
    placement.delete()
    remove_node(node=child, seen_version=1, authorship=by)

    assert list(goal.plan.nodes.all()) == [goal]
    deleted = Revision.objects.filter(act="deleted").values_list("record_type", flat=True)
    assert sorted(deleted) == ["strategy.plannode", "strategy.responsibility"]


# --- pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


def settings_of(plan: Plan) -> str:
    return reverse("strategy:plan_settings", args=[plan.code])


def sent(plan: Plan, **more) -> dict[str, str]:
    """Return the page of settings as a browser sends it unchanged, with some changes."""
    return {
        "name": plan.name,
        "first_fiscal_year": "H27",
        "last_fiscal_year": "令和元年度",
        "rating_scheme": str(plan.rating_scheme_id or ""),
        "version": str(plan.version),
        "do": "save",
        **{f"name.{node.pk}": node.name for node in plan.nodes.all()},
        **more,
    }


def test_plan_settings_costs_the_same_for_three_and_nine_nodes(client, world, assert_queries):
    for more in (0, 6):
        for _ in range(more):
            PlacementFactory(node=PlanNodeFactory(plan=world.plan, parent=world.goal, level="policy"))
        # session, user, roles, memberships, plan, nodes, placements, responsibilities, schemes, version,
        # plans, revisions
        with assert_queries(13):
            response = client.get(settings_of(world.plan))
    assert len(response.context["lines"]) == 9


def test_plan_settings_fills_in_a_policys_name_that_no_document_prints(client, world):
    policy = world.plan.nodes.get(ascii_code="1-1")

    response = client.post(
        settings_of(world.plan), sent(world.plan, **{f"name.{policy.pk}": " 新しい\n産業 "})
    )

    policy.refresh_from_db()
    assert (response.status_code, policy.name) == (302, "新しい 産業")


def test_plan_settings_arrow_saves_what_was_typed_and_moves_the_node(client, world):
    second = PlanNodeFactory(
        plan=world.plan, parent=world.goal, level="policy", name="後の施策", position=999
    )

    response = client.post(
        settings_of(world.plan),
        sent(world.plan, do=f"up.{second.pk}", **{f"name.{second.pk}": "直した施策"}),
    )

    below = world.plan.nodes.filter(parent=world.goal).order_by("position", "id")
    assert response.status_code == 302
    assert [node.name for node in below] == ["直した施策", ""]


def test_plan_settings_shows_both_texts_when_somebody_was_first(client, world, by):
    old = sent(world.plan, **{f"name.{world.goal.pk}": "わたしの目標"})
    change_plan(
        plan=world.plan,
        draft=draft(world.plan, node_names={world.goal.pk: "ほかの人の目標"}),
        seen_version=1,
        authorship=by,
    )

    response = client.post(settings_of(world.plan), old)

    text = response.content.decode()
    assert response.status_code == 409
    assert 'value="わたしの目標"' in text
    assert "いまの登録：ほかの人の目標" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first_fiscal_year": "いつか"}, "年度で入力してください"),
        ({"last_fiscal_year": "H20"}, "最後の年度は最初の年度より前にできません"),
        ({"name": ""}, "このフィールドは必須です"),
    ],
)
def test_plan_settings_says_what_is_wrong_and_keeps_what_was_typed(client, world, changes, said):
    response = client.post(settings_of(world.plan), sent(world.plan, summary="書きかけの概要", **changes))

    text = response.content.decode()
    assert response.status_code == 422
    assert said in text
    assert "書きかけの概要" in text


def node_sent(node: PlanNode, **more) -> dict[str, str]:
    """Return a node's page as a browser sends it unchanged, with some changes."""
    held = list(node.placements.order_by("position", "id"))
    places = {}
    for number, placement in enumerate(held):
        places |= {f"places-{number}-pk": str(placement.pk), f"places-{number}-node": str(node.pk)}
    return {
        "level": node.level,
        "parent": str(node.parent_id or ""),
        "code": node.code,
        "name": node.name,
        "description": node.description,
        "version": str(node.plan.version),
        "do": "save",
        "places-TOTAL_FORMS": str(len(held) + 1),
        "places-INITIAL_FORMS": str(len(held)),
        f"places-{len(held)}-node": str(node.pk),
        "rows-TOTAL_FORMS": "0",
        "rows-INITIAL_FORMS": "0",
        **places,
        **more,
    }


def test_plan_node_edit_places_a_kpi_by_its_number(client, world):
    kpi = KpiFactory(code="KPI-0099")
    address = reverse("strategy:plan_node_edit", args=[world.plan.code, world.measure.pk])

    response = client.post(address, node_sent(world.measure, **{"places-2-kpi": "KPI-0099"}))

    assert response.status_code == 302
    assert list(world.measure.placements.filter(kpi=kpi).values_list("position", flat=True)) != []
    assert world.measure.placements.count() == 3


@pytest.mark.parametrize(
    ("typed", "stored"), [("1-1-2", ("Ⅰ-１-（２）", "1-1-2")), ("Ⅰ－１－（３）", ("Ⅰ-１-（３）", "1-1-3"))]
)
def test_plan_node_edit_reads_a_number_however_it_is_written(client, world, typed, stored):
    address = reverse("strategy:plan_node_edit", args=[world.plan.code, world.measure.pk])

    response = client.post(address, node_sent(world.measure, code=typed))

    world.measure.refresh_from_db()
    assert (response.status_code, (world.measure.code, world.measure.ascii_code)) == (302, stored)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2-1-1", "上位の番号（Ⅰ-１）で始まる"), ("施策い", "Ⅰ-１-（１）"), ("1-1", "Ⅰ-１-（１）")],
)
def test_plan_node_edit_refuses_a_number_of_another_place(client, world, typed, said):
    address = reverse("strategy:plan_node_edit", args=[world.plan.code, world.measure.pk])

    response = client.post(address, node_sent(world.measure, code=typed))

    assert response.status_code == 422
    assert said in response.content.decode()


def test_plan_node_add_and_remove(client, world):
    address = reverse("strategy:plan_node_add", args=[world.plan.code])
    stated = {"level": "grant", "parent": "", "code": "", "name": "新しい交付金", "description": ""}

    added = client.post(address, {**stated, "version": str(world.plan.version)})
    node = world.plan.nodes.get(name="新しい交付金")
    world.plan.refresh_from_db()
    removed = client.post(
        reverse("strategy:plan_node_edit", args=[world.plan.code, node.pk]),
        {"do": "remove", "version": str(world.plan.version)},
    )

    assert (added.status_code, removed.status_code) == (302, 302)
    assert not world.plan.nodes.filter(pk=node.pk).exists()


def test_plan_choose_leads_to_the_plan(client, world):
    assert client.get(reverse("strategy:plan_choose")).url == settings_of(world.plan)


def test_plan_choose_without_a_plan_says_where_one_comes_from(as_user):
    response = as_user(holder_of(SiteRole.PLANNING, "alone")).get(reverse("strategy:plan_choose"))

    assert (response.status_code, "計画がまだありません" in response.content.decode()) == (200, True)
