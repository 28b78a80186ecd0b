"""The committee's opinion on a measure as a whole, the sections' answer to it, and the city's decision."""

from typing import Any

from django.db import IntegrityError, transaction

from evaluations import permissions
from evaluations.enums import DECISIONS
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
    return _keep(collection, node, {"opinion": _checked(text)}, "opined", seen_version, authorship)


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
    return _change(opinion, {"reply": _checked(text)}, "replied", seen_version, authorship)


def decide_on_measure(
    *,
    collection: Round,
    node: PlanNode,
    decision: str,
    note: str,
    seen_version: int,
    authorship: Authorship,
) -> bool:
    """Record what was decided of a measure after its evaluation. Raises as above.

    :raises OpinionRefused: if that is no direction one can decide on, or the note is too long
    """
    if not permissions.can_decide_on_measures(person_of(authorship), collection):
        raise ActRefused("施策の今後の方向性を記録できるのは、照会が始まった後の企画部門です。")
    if decision not in ("", *DECISIONS):
        raise OpinionRefused(f"「{decision}」という方向性はありません。一覧から選んでください。")
    words = {"decision": decision, "decision_note": _checked(note)}
    return _keep(collection, node, words, "decided", seen_version, authorship)


def _keep(
    collection: Round,
    node: PlanNode,
    words: dict[str, str],
    act: str,
    seen_version: int,
    authorship: Authorship,
) -> bool:
    stored = MeasureOpinion.objects.filter(round=collection, node=node).first()
    if stored is not None:
        return _change(stored, words, act, seen_version, authorship)
    opinion = MeasureOpinion(round=collection, node=node, **words, **_signed(act, authorship))
    if seen_version:
        raise VersionConflict(opinion)
    if not any(words.values()):
        return False
    try:
        with transaction.atomic():
            create_record(opinion, authorship=authorship)
    except IntegrityError as error:
        raise VersionConflict(opinion) from error
    return True


def _change(
    opinion: MeasureOpinion, words: dict[str, str], act: str, seen_version: int, authorship: Authorship
) -> bool:
    if all(getattr(opinion, name) == text for name, text in words.items()):
        return False
    changes = words | _signed(act, authorship)
    return change_record(opinion, changes, authorship=authorship, expected_version=seen_version)


def _signed(act: str, authorship: Authorship) -> dict[str, Any]:
    return {f"{act}_by": person_of(authorship), f"{act}_at": authorship.at}


def _checked(text: str) -> str:
    words = clean(text)
    if len(words) > MAX_TEXT:
        raise OpinionRefused(f"{MAX_TEXT:,}文字までです。")
    return words
