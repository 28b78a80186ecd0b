"""Writes of a grant program's effect as planning decides it."""

from typing import Any

from django.db import IntegrityError, transaction

from evaluations import permissions
from evaluations.enums import NextStep, RoundState
from evaluations.models import GrantDecision, Round
from evaluations.services.workflow import ActRefused, clean, person_of
from history.services import Authorship, VersionConflict, change_record, create_record
from strategy.calculations.ready_schemes import GRANT_EFFECT
from strategy.models import PlanNode

EFFECTS = tuple(band.label for band in GRANT_EFFECT.bands)
MAX_TEXT = 4_000


class EffectRefused(Exception):
    """The effect cannot be kept; the message says why and what to do."""


def decide_effect(
    *,
    collection: Round,
    node: PlanNode,
    effect: str,
    proposed: str,
    reason: str,
    next_step: NextStep | None = None,
    seen_version: int,
    authorship: Authorship,
) -> bool:
    """Keep the effect of a grant program in a round; return whether anything differed.

    `proposed` is what the rule proposes now; another effect needs a reason. A blank effect takes the
    decision back.

    :raises ActRefused: if that is not this person's, or the round has not been opened
    :raises EffectRefused: if the effect is none of the four, or lacks its reason
    :raises VersionConflict: if somebody else wrote meanwhile (`seen_version` 0: there was nothing yet)
    """
    person = person_of(authorship)
    if not permissions.can_manage_rounds(person) or collection.state == RoundState.PREPARING:
        raise ActRefused("交付金事業の効果を決められるのは、照会を開いた後の企画部門です。")
    words = clean(reason)
    if effect and effect not in EFFECTS:
        raise EffectRefused(f"効果は {'、'.join(EFFECTS)} から選んでください。")
    if effect and effect != proposed and not words:
        told = f"案（{proposed}）と違う" if proposed else "案のない"
        raise EffectRefused(f"{told}効果にするときは、理由を入力してください。")
    if len(words) > MAX_TEXT:
        raise EffectRefused(f"理由は{MAX_TEXT:,}文字までです。")
    values: dict[str, Any] = {
        "effect": effect,
        "proposed": proposed,
        "reason": words,
        "next_step": next_step.value if next_step else "",
    }
    stored = GrantDecision.objects.filter(round=collection, node=node).first()
    if stored is not None:
        if all(getattr(stored, name) == value for name, value in values.items()):
            return False
        values |= {"decided_by": person, "decided_at": authorship.at}
        return change_record(stored, values, authorship=authorship, expected_version=seen_version)
    decision = GrantDecision(
        round=collection, node=node, decided_by=person, decided_at=authorship.at, **values
    )
    if seen_version:
        raise VersionConflict(decision)
    if not (effect or words or next_step):
        return False
    try:
        with transaction.atomic():
            create_record(decision, authorship=authorship)
    except IntegrityError as error:
        raise VersionConflict(decision) from error
    return True
