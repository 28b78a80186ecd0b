"""The committee's opinions on measures: who writes, who reads when, who answers, and two at once."""

import pytest
from django.urls import reverse

from evaluations.enums import RoundState, SheetState
from evaluations.models import KpiSheet, MeasureOpinion, Round
from evaluations.selectors.opinions import measure_rows
from evaluations.services.opinions import OpinionRefused, opine_on_measure, reply_on_measure
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

    with assert_queries(9):
        client.get(address)
