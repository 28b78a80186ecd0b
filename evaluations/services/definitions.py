"""A definition that a round is already working with changes only with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from evaluations.models import Actual, KpiSheet
from evaluations.selectors.definition_use import rounds_asking
from history.models import Revision
from history.services import Authorship, VersionConflict, delete_record, delete_records
from strategy.models import Kpi, Responsibility
from strategy.services.composition import (
    Composition,
    ResponsibilityEntry,
    compose_kpi,
    set_responsibilities,
)
from strategy.services.definitions import DefinitionChange, define_kpis


class KpiInUse(Exception):
    """The KPI cannot be taken away; the message says why and what to do."""


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


def change_composition(
    *, kpi: Kpi, composition: Composition, seen_version: int, authorship: Authorship
) -> bool:
    """Change a KPI's parts, changes of definition and predecessor; return whether anything changed.

    After a round has been opened with the KPI the authorship needs a reason.

    :raises ChangeReasonMissing: if it has none; nothing was written
    :raises CompositionRefused: if the rows contradict each other
    :raises VersionConflict: if somebody else saved the KPI since the page was shown
    """
    with transaction.atomic():
        changed = compose_kpi(
            kpi=kpi, composition=composition, seen_version=seen_version, authorship=authorship
        )
        _ask_for_reason(kpi, "内訳・定義の変更・前の指標", authorship)
    return changed


def change_responsibilities(
    *,
    kpi: Kpi,
    entries: Sequence[ResponsibilityEntry],
    seen_version: int,
    confirmed: bool,
    authorship: Authorship,
) -> bool:
    """Change which sections answer for a KPI; return whether anything changed.

    After a round has been opened with the KPI the authorship needs a reason.

    :raises ChangeReasonMissing: if it has none; nothing was written
    :raises CompositionRefused: if a section stands twice from the same year on at the same place
    :raises VersionConflict: if somebody else saved the KPI since the page was shown
    """
    with transaction.atomic():
        changed = set_responsibilities(
            kpi=kpi,
            entries=entries,
            seen_version=seen_version,
            confirmed=confirmed,
            authorship=authorship,
        )
        _ask_for_reason(kpi, "担当", authorship)
    return changed


def remove_kpi(*, kpi: Kpi, seen_version: int, authorship: Authorship) -> None:
    """Take away a KPI that nothing rests on yet, with its places, sections, targets and parts.

    :raises KpiInUse: if it has figures or sheets, or another KPI or a program refers to it
    :raises VersionConflict: if somebody else saved the KPI since the page was shown
    """
    with transaction.atomic():
        if not Kpi.objects.filter(pk=kpi.pk, version=seen_version).select_for_update().exists():
            raise VersionConflict(kpi)
        uses = [what for what, rows in _uses(kpi) if rows.exists()]
        if uses:
            raise KpiInUse(
                f"{'・'.join(uses)}があるため削除できません。使い終わった指標は「有効な年度」に"
                "終わりの年度を入れてください（値は残ります）。"
            )
        for rows in (
            Responsibility.objects.filter(kpi=kpi),
            kpi.placements.all(),
            kpi.targets.all(),
            kpi.breaks.all(),
            kpi.parts.all(),
        ):
            delete_records(list(rows), authorship=authorship)
        delete_record(kpi, authorship=authorship)


def _uses(kpi: Kpi) -> Iterable[tuple[str, "QuerySet[Any]"]]:
    return (
        ("実績値", Actual.objects.filter(kpi=kpi)),
        ("照会のシート", KpiSheet.objects.filter(kpi=kpi)),
        ("この指標を内訳に含む指標", kpi.wholes.all()),
        ("この指標に続く指標", kpi.successors.all()),
        ("事務事業とのつながり", kpi.program_links.all()),
    )


def _ask_for_reason(kpi: Kpi, what: str, authorship: Authorship) -> None:
    """Refuse what was just written without a reason; confirming what an import proposed needs none."""
    if authorship.why.strip() or kpi.pk not in rounds_asking([kpi.pk]):
        return
    if Revision.objects.filter(change=authorship.change).exclude(field="unconfirmed").exists():
        raise ChangeReasonMissing({kpi: (what,)})
