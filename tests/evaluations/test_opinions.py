"""The committee's opinions on measures: who writes, who reads when, who answers, and two at once."""

import pytest
from django.urls import reverse

from evaluations.enums import RoundState, SheetState
from evaluations.models import KpiSheet, MeasureOpinion, Round
from evaluations.selectors.opinions import measure_rows
from evaluations.services.opinions import (
    OpinionRefused,
    decide_on_measure,
    opine_on_measure,
    reply_on_measure,
)
from evaluations.services.workflow import ActRefused
from history.models import Revision
from history.services import VersionConflict
from tests.evaluations.acts import AT, by
from tests.factories.strategy import PlanNodeFactory


def opine(world, user=None, text="取組の効果を示すこと", seen_version=0) -> bool:
    return opine_on_measure(
        collection=Round.objects.get(pk=world.round.pk),
        node=world.measure,
        text=text,
        seen_version=seen_version,
        authorship=by(user or world.committee),
    )


def reply(world, user, text="就職率も示す", seen_version=1) -> bool:
    return reply_on_measure(
        opinion=MeasureOpinion.objects.get(), text=text, seen_version=seen_version, authorship=by(user)
    )


def seen_by(world, user) -> list[tuple[str, str | None]]:
    return [(row.node.name, row.opinion and row.opinion.opinion) for row in measure_rows(user, world.round)]


def test_committee_writes_and_the_section_reads_it_once_its_sheet_is_with_the_committee(world):
    assert opine(world) is True
    assert opine(world, seen_version=1) is False, "the same words change nothing"
    told = (world.measure.name, "取組の効果を示すこと")

    assert seen_by(world, world.planning) == seen_by(world, world.committee) == [told]
    assert seen_by(world, world.of_industry.clerk) == [(world.measure.name, None)]
    assert seen_by(world, world.reader) == []

    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.EXTERNAL.value)
    assert seen_by(world, world.of_industry.clerk) == [told]


def test_a_section_with_a_sheet_there_answers(world):
    opine(world)
    assert reply(world, world.of_industry.clerk) is True

    stored = MeasureOpinion.objects.get()
    assert (stored.reply, stored.replied_by, stored.replied_at) == (
        "就職率も示す",
        world.of_industry.clerk,
        AT,
    )
    assert Revision.objects.for_record(stored).filter(field="reply").count() == 1
    for user in (world.planning, world.committee, world.reader):
        with pytest.raises(ActRefused):
            reply(world, user, "別の答え", 2)
    KpiSheet.objects.filter(pk=world.publicity_sheet.pk).delete()
    with pytest.raises(ActRefused):
        reply(world, world.of_publicity.clerk, "別の答え", 2)


def test_two_at_once_and_endless_words_are_refused(world):
    opine(world)

    with pytest.raises(VersionConflict):
        opine(world, world.planning, "別の意見", seen_version=0)
    with pytest.raises(OpinionRefused):
        opine(world, text="長" * 20_001, seen_version=1)
    assert MeasureOpinion.objects.get().opinion == "取組の効果を示すこと"


def test_after_the_rounds_end_nothing_is_written(world):
    opine(world)
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.FINALISED.value)

    with pytest.raises(ActRefused):
        opine(world, text="遅い意見", seen_version=1)
    with pytest.raises(ActRefused):
        reply(world, world.of_industry.clerk)


def test_what_was_typed_stays_on_the_page_when_somebody_was_first(world, as_user):
    client = as_user(world.committee)
    address = reverse("evaluations:round_opinions", args=[world.round.pk])
    form = {"node": world.measure.pk, "kind": "opinion", "version": "0"}

    assert client.post(address, {**form, "text": "最初の意見"}).status_code == 302
    second = client.post(address, {**form, "text": "後からの意見"})

    assert second.status_code == 409
    page = second.content.decode()
    assert "後からの意見" in page
    assert "最初の意見" in page
    other = PlanNodeFactory(level="measure")
    assert client.post(address, {**form, "node": other.pk, "text": "よその計画"}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_round_opinions_asks_the_same_number_of_queries(world, as_user, assert_queries, count):
    for _ in range(count):
        PlanNodeFactory(plan=world.plan, level="measure", parent=world.goal)
    client = as_user(world.committee)
    address = reverse("evaluations:round_opinions", args=[world.round.pk])
    client.get(address)

    with assert_queries(10):
        client.get(address)


# --- what was decided -----------------------------------------------------------------------------------


def decide(world, user=None, decision="拡充", note="次年度の予算で100万円を加える", seen_version=0) -> bool:
    return decide_on_measure(
        collection=Round.objects.get(pk=world.round.pk),
        node=world.measure,
        decision=decision,
        note=note,
        seen_version=seen_version,
        authorship=by(user or world.planning),
    )


def finish_round(world):
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.FINALISED.value)
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.FINALISED.value)


def test_planning_decides_beside_the_opinion_and_also_after_the_rounds_end(world):
    opine(world)

    assert decide(world, seen_version=1) is True
    assert decide(world, seen_version=2) is False, "the same decision changes nothing"
    finish_round(world)
    assert decide(world, decision="改善", seen_version=2) is True

    stored = MeasureOpinion.objects.get()
    assert (stored.opinion, stored.decision, stored.decided_by) == (
        "取組の効果を示すこと",
        "改善",
        world.planning,
    )
    assert Revision.objects.for_record(stored).filter(field="decision").count() == 2


def test_only_planning_decides_and_only_what_can_be_decided(world):
    for user in (world.committee, world.of_industry.chief, world.reader, world.administrator):
        with pytest.raises(ActRefused):
            decide(world, user)
    with pytest.raises(OpinionRefused):
        decide(world, decision="増やす")
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.PREPARING.value)
    with pytest.raises(ActRefused):
        decide(world)
    assert not MeasureOpinion.objects.exists()


def test_the_sections_that_wrote_the_evaluation_read_the_decision_once_the_round_is_final(world, as_user):
    decide(world)
    page = reverse("evaluations:round_opinions", args=[world.round.pk])

    def is_told(user) -> tuple[bool, bool]:
        client = as_user(user)
        found = (client.get(address).content.decode() for address in (page, reverse("evaluations:task_list")))
        return tuple("100万円を加える" in text for text in found)

    assert is_told(world.of_industry.clerk) == (False, False)
    assert is_told(world.planning)[0] is True

    finish_round(world)
    assert is_told(world.of_industry.clerk) == (True, True)
    assert is_told(world.reader) == (False, False)


def test_a_decision_is_pressed_on_the_rounds_page(world, as_user):
    address = reverse("evaluations:round_opinions", args=[world.round.pk])
    data = {"node": world.measure.pk, "kind": "decision", "version": "0", "text": "隔年とする"}

    refused = as_user(world.planning).post(address, data | {"decision": "増やす"})
    kept = as_user(world.planning).post(address, data | {"decision": "縮小"})

    assert refused.status_code == 422
    assert "隔年とする" in refused.content.decode()
    assert kept.status_code == 302
    stored = MeasureOpinion.objects.get()
    assert (stored.decision, stored.decision_note) == ("縮小", "隔年とする")
