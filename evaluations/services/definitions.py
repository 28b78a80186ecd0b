"""A definition that a round is already working with changes only with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluations.selectors.definition_use import rounds_asking
from history.services import Authorship
from strategy.models import Kpi
from strategy.services.definitions import DefinitionChange, define_kpis


class ChangeReasonMissing(Exception):
    """Something by which a round is judged would change, and nobody has said why."""

    def __init__(self, rewritten: Mapping[Kpi, tuple[str, ...]]) -> None:
        named = "、".join(f"「{kpi.name}」の{'・'.join(labels)}" for kpi, labels in rewritten.items())
        super().__init__(f"照会を始めた後の変更です（{named}）。変更の理由を入力してください。")
        self.rewritten = dict(rewritten)


def change_definitions(
    *, changes: Sequence[DefinitionChange], reason: str = "", authorship: Authorship
) -> int:
    """Change definitions, all or nothing; return how many KPIs changed.

    A target or baseline (or what else a judgement is made from) of a KPI for which a round has been
    opened needs a reason. It stands in the history, with the target, and in the explanation of the grade.

    :raises ChangeReasonMissing: if such a change has no reason
    :raises VersionConflict: if somebody else saved one of the records since it was read
    """
    reason = reason.strip()
    asked = rounds_asking([change.kpi.pk for change in changes])
    rewritten = {
        change.kpi: change.rewritten for change in changes if change.kpi.pk in asked and change.rewritten
    }
    if rewritten and not reason:
        raise ChangeReasonMissing(rewritten)
    return define_kpis(
        changes=changes,
        reasons={kpi.pk: reason for kpi in rewritten},
        authorship=replace(authorship, why=reason or authorship.why),
    )
