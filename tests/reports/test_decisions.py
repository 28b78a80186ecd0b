"""What was decided comes back to those who wrote the evaluation, once their sheet is finished."""

import pytest
from django.urls import reverse

from evaluations.models import KpiSheet, MeasureOpinion, ProgramEvaluation, Round
from reports.selectors.decisions import decisions_on
from tests.evaluations.acts import AT
from tests.reports.published_pages import finalise

pytestmark = pytest.mark.django_db


def test_decisions_of_finished_sheets_are_shown_with_their_note(world, as_user):
    finalise(world.industry_sheet, decision="拡充", decision_note="次年度の予算で100万円を加える")

    page = as_user(world.of_industry.clerk).get(reverse("reports:node_detail", args=[world.goal.pk]))

    assert "評価のあとに決まったこと" in page.content.decode()
    assert "次年度の予算で100万円を加える" in page.content.decode()


def test_program_page_tells_what_became_of_its_evaluation(world, as_user):
    finalise(world.industry_evaluation, decision="縮小", decision_note="隔年とする")

    address = reverse("reports:program_detail", args=[world.industry_program.program_id])

    assert "隔年とする" in as_user(world.of_industry.clerk).get(address).content.decode()


def test_what_is_not_final_yet_is_not_told(world):
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(decision="拡充", decision_note="検討中の額")
    ProgramEvaluation.objects.filter(pk=world.industry_evaluation.pk).update(decision="廃止")

    found = decisions_on(
        world.of_industry.clerk,
        node_ids={world.goal.pk, world.measure.pk},
        program_ids={world.industry_program.program_id},
    )

    assert found == ()


@pytest.mark.parametrize("count", [1, 2])
def test_decisions_take_three_queries(world, assert_queries, count):
    for sheet in (world.industry_sheet, world.publicity_sheet)[:count]:
        finalise(sheet, decision="継続")
    reader = world.reader
    _ = reader.access

    with assert_queries(3):
        found = decisions_on(
            reader,
            node_ids={world.goal.pk, world.measure.pk},
            program_ids={world.industry_program.program_id},
        )

    assert len(found) == count


def test_a_decision_on_the_measure_itself_is_told_when_its_round_is_final(world, as_user):
    MeasureOpinion.objects.create(
        round=world.round,
        node=world.measure,
        decision="縮小",
        decision_note="対象を絞る",
        decided_by=world.planning,
        decided_at=AT,
    )
    address = reverse("reports:node_detail", args=[world.goal.pk])

    before = as_user(world.of_industry.clerk).get(address).content.decode()
    Round.objects.filter(pk=world.round.pk).update(state="finalised")
    after = as_user(world.of_industry.clerk).get(address).content.decode()

    assert "対象を絞る" not in before
    assert "対象を絞る" in after
