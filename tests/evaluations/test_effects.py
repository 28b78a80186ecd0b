"""The effect of a grant program: proposed by rule, decided by planning, with reason and history."""

from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from evaluations.enums import NextStep, RoundState
from evaluations.models import GrantDecision, Round
from evaluations.selectors.effects import decided_effects, effect_rows
from evaluations.services.effects import EffectRefused, decide_effect
from evaluations.services.workflow import ActRefused
from history.models import Revision
from history.services import VersionConflict
from strategy.enums import NodeLevel
from strategy.services.plan_nodes import remove_node
from strategy.services.plans import PlanRefused
from tests.evaluations.acts import by
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import KpiFactory, PlacementFactory, PlanNodeFactory, TargetFactory


@pytest.fixture
def grant(world):
    """A grant program with two KPIs, one at the project below it; the first is met."""
    node = PlanNodeFactory(plan=world.plan, level=NodeLevel.GRANT.value, name="先端技術の事業")
    project = PlanNodeFactory(plan=world.plan, parent=node, level=NodeLevel.PROJECT.value, name="実証")
    for place, value in ((node, 227), (project, 190)):
        kpi = KpiFactory()
        PlacementFactory(kpi=kpi, node=place)
        TargetFactory(kpi=kpi)
        ActualFactory(kpi=kpi, value=Decimal(value))
    return node


def decide(world, node, effect="相当程度効果があった", *, user=None, reason="", seen=0, **more) -> bool:
    return decide_effect(
        collection=Round.objects.get(pk=world.round.pk),
        node=node,
        effect=effect,
        proposed="相当程度効果があった",
        reason=reason,
        seen_version=seen,
        authorship=by(user or world.planning),
        **more,
    )


def page_of(world) -> str:
    return reverse("evaluations:round_effects", args=[world.round.pk])


def text_of(response) -> str:
    return unescape(response.content.decode())


def test_the_rule_proposes_from_the_kpis_at_the_program_and_below(world, grant):
    (row,) = effect_rows(world.planning, world.round)

    assert (row.node, row.proposed, len(row.kpis), row.decision) == (grant, "相当程度効果があった", 2, None)


def test_a_kpi_out_of_force_does_not_count(world, grant):
    ended = KpiFactory(last_fiscal_year=2018)
    PlacementFactory(kpi=ended, node=grant)

    (row,) = effect_rows(world.planning, world.round)

    assert (row.proposal.total, row.proposed) == (2, "相当程度効果があった")


def test_planning_confirms_and_changes_with_a_reason(world, grant):
    assert decide(world, grant, next_step=NextStep.CONTINUE) is True
    assert decide(world, grant, next_step=NextStep.CONTINUE, seen=1) is False

    with pytest.raises(EffectRefused, match="案（相当程度効果があった）と違う効果"):
        decide(world, grant, "効果なし", seen=1)
    assert decide(world, grant, "効果なし", reason="事業の後に人口が減った", seen=1) is True

    stored = GrantDecision.objects.get()
    assert (stored.effect, stored.proposed, stored.next_step) == ("効果なし", "相当程度効果があった", "")
    kept = Revision.objects.for_record(stored).filter(field="effect").values_list("old", "new")
    assert list(kept) == [("相当程度効果があった", "効果なし")]


def test_two_at_once_are_told(world, grant):
    decide(world, grant)

    for seen in (0, 7):
        with pytest.raises(VersionConflict):
            decide(world, grant, "効果なし", reason="人口の減少", seen=seen)


def test_an_effect_is_one_of_the_four_and_planning_decides_it(world, grant):
    with pytest.raises(EffectRefused, match="から選んでください"):
        decide(world, grant, "とても良い")
    with pytest.raises(ActRefused):
        decide(world, grant, user=world.committee)
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.PREPARING.value)
    with pytest.raises(ActRefused):
        decide(world, grant)


def test_round_effects_shows_proposal_and_decision_side_by_side(world, grant, as_user):
    client = as_user(world.planning)
    data = {
        "node": grant.pk,
        "effect": "効果なし",
        "reason": "人口の減少",
        "next_step": "improve",
        "version": 0,
    }

    response = client.post(page_of(world), data)

    page = text_of(client.get(page_of(world)))
    assert response.status_code == 302
    assert "効果の案：" in page
    assert "案と異なる" in page
    assert "理由：人口の減少" in page
    assert "今後：改善" in page


def test_round_effects_keeps_what_was_typed_when_the_reason_lacks(world, grant, as_user):
    data = {"node": grant.pk, "effect": "効果なし", "reason": " ", "next_step": "end", "version": 0}

    response = as_user(world.planning).post(page_of(world), data)

    assert response.status_code == 422
    assert "理由を入力してください" in text_of(response)
    assert "<option selected>効果なし</option>" in text_of(response)
    assert '<option value="end" selected>' in text_of(response)


def test_round_effects_tells_when_the_figures_have_moved(world, grant, as_user):
    decide(world, grant)
    for kpi in grant.plan.nodes.get(name="実証").placements.all():
        kpi.kpi.actuals.update(value=Decimal(300))

    page = text_of(as_user(world.committee).get(page_of(world)))

    assert "決めたときの案は「相当程度効果があった」、いまの案は「非常に効果的」です" in page
    assert "この効果に決める" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_round_effects_asks_the_same_number_of_queries(world, grant, as_user, assert_queries, count):
    for _ in range(count - 1):
        kpi = KpiFactory()
        PlacementFactory(kpi=kpi, node=PlanNodeFactory(plan=world.plan, level=NodeLevel.GRANT.value))
        TargetFactory(kpi=kpi)
    client = as_user(world.planning)

    with assert_queries(17):
        client.get(page_of(world))


def test_the_programs_page_tells_others_the_effect_when_the_round_is_settled(world, grant, as_user):
    decide(world, grant, next_step=NextStep.EXPAND)
    assert decided_effects(world.reader, [grant.pk]) == []
    assert len(decided_effects(world.committee, [grant.pk])) == 1

    Round.objects.filter(pk=world.round.pk).update(state=RoundState.FINALISED.value)

    page = text_of(as_user(world.reader).get(grant.get_absolute_url()))
    assert "相当程度効果があった" in page
    assert "発展" in page


def test_a_program_with_a_decision_is_not_removed(world):
    node = PlanNodeFactory(plan=world.plan, level=NodeLevel.GRANT.value)
    decide(world, node, "効果なし", reason="中止した")

    with pytest.raises(PlanRefused, match="記録されているため削除できません"):
        remove_node(node=node, seen_version=world.plan.version, authorship=by(world.planning))

    assert GrantDecision.objects.count() == 1
