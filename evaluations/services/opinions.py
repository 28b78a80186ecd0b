"""The committee's opinion on a measure as a whole, and the sections' answer to it."""

from typing import Any

from django.db import IntegrityError, transaction

from evaluations import permissions
from evaluations.models import KpiSheet, MeasureOpinion, Round
from evaluations.services.workflow import ActRefused, clean, person_of
from history.services import Authorship, VersionConflict, change_record, create_record
from strategy.models import PlanNode

MAX_TEXT = 20_000


class OpinionRefused(Exception):
    """The words cannot be kept; the message says why."""


def opine_on_measure(
    *, collection: Round, node: PlanNode, text: str, seen_version: int, authorship: Authorship
) -> bool:
    """Record what the committee says of a measure; return whether anything differed.

    :raises ActRefused: if that is not this person's, or the round does not run
    :raises VersionConflict: if somebody else wrote meanwhile (`seen_version` 0: there was nothing yet)
    """
    person = person_of(authorship)
    if not permissions.can_opine_on_measures(person, collection):
        raise ActRefused("施策への意見を記録できるのは、照会が進んでいる間の外部評価委員と企画部門です。")
    words = _checked(text)
    stored = MeasureOpinion.objects.filter(round=collection, node=node).first()
    if stored is not None:
        return _change(stored, "opinion", words, "opined", seen_version, authorship)
    opinion = MeasureOpinion(
        round=collection, node=node, opinion=words, opined_by=person, opined_at=authorship.at
    )
    if seen_version:
        raise VersionConflict(opinion)
    if not words:
        return False
    try:
        with transaction.atomic():
            create_record(opinion, authorship=authorship)
    except IntegrityError as error:
        raise VersionConflict(opinion) from error
    return True


def reply_on_measure(
    *, opinion: MeasureOpinion, text: str, seen_version: int, authorship: Authorship
) -> bool:
    """Record the answer of a section that has a sheet at the measure. Raises as above.

    :raises OpinionRefused: if there is no opinion to answer, or the text is too long
    """
    person = person_of(authorship)
    sheets = KpiSheet.objects.filter(round=opinion.round, kpi__placements__node=opinion.node)
    sections = set(sheets.values_list("section_id", flat=True))
    if not permissions.can_reply_on_measure(person, opinion.round, sections):
        raise ActRefused("この意見に回答できるのは、この施策の指標を担当する課室です。")
    if not opinion.opinion:
        raise OpinionRefused("まだ意見がありません。")
    return _change(opinion, "reply", _checked(text), "replied", seen_version, authorship)


def _change(
    opinion: MeasureOpinion, name: str, words: str, act: str, seen_version: int, authorship: Authorship
) -> bool:
    if getattr(opinion, name) == words:
        return False
    changes: dict[str, Any] = {
        name: words,
        f"{act}_by": person_of(authorship),
        f"{act}_at": authorship.at,
    }
    return change_record(opinion, changes, authorship=authorship, expected_version=seen_version)


def _checked(text: str) -> str:
    words = clean(text)
    if len(words) > MAX_TEXT:
        raise OpinionRefused(f"{MAX_TEXT:,}文字までです。")
    return words
