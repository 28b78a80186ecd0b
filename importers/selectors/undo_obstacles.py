"""What stands in the way of undoing: later changes, sheets under way, records that need others."""

from collections.abc import Iterable, Sequence

from django.apps import apps
from django.db import models

from evaluations.enums import Act, SheetState
from evaluations.models import Actual, KpiSheet, ProgramEvaluation
from evaluations.permissions import can_act
from history.enums import Through
from history.models import Revision
from importers.enums import RunState
from importers.models import ImportRun
from organization.models import User
from programs.models import ProgramCost

Key = tuple[str, int]
BATCH = 500

# States in which a section still works on its sheet, so that its figure may go.
_OPEN = (SheetState.NOT_STARTED.value, SheetState.DRAFTING.value, SheetState.RETURNED.value)
_ENTRY_REASON = (
    "シートへの入力を、いまは取り消せません（受付の終わったシートか、ほかの課室のシート）。残しました。"
)
_SHEET_REASON = "提出済みか確定済みのシートで使われているため、残しました。"


def edited_since(keys: Iterable[Key], *, after: int) -> set[Key]:
    """Return the records with a revision later than the run's last one.

    Undoing, and what a run wrote that is undone by now, is left aside.
    """
    found: set[Key] = set()
    undone = list(ImportRun.objects.filter(state=RunState.UNDONE.value).values_list("pk", flat=True))
    for record_type, ids in _by_type(keys).items():
        for start in range(0, len(ids), BATCH):
            later = Revision.objects.filter(
                record_type=record_type, record_id__in=ids[start : start + BATCH], id__gt=after
            ).exclude(through=Through.UNDO.value)
            if undone:
                later = later.exclude(import_run_id__in=undone)
            found.update((record_type, pk) for pk in later.values_list("record_id", flat=True))
    return found


def held_by_sheets(keys: Iterable[Key]) -> dict[Key, str]:
    """Return the figures, program sheets and costs on which a handed-in or locked sheet stands."""
    by_type = _by_type(keys)
    held: dict[Key, str] = {}
    actuals = by_type.get("evaluations.actual", [])
    for start in range(0, len(actuals), BATCH):
        under_way = KpiSheet.objects.exclude(state__in=_OPEN).filter(
            kpi=models.OuterRef("kpi"),
            round__fiscal_year=models.OuterRef("fiscal_year"),
            round__edition=models.OuterRef("edition"),
        )
        rows = Actual.objects.filter(models.Exists(under_way), pk__in=actuals[start : start + BATCH])
        held |= {("evaluations.actual", pk): _SHEET_REASON for pk in rows.values_list("pk", flat=True)}
    held |= {
        ("programs.programsheet", pk): _SHEET_REASON for pk in _held(by_type.get("programs.programsheet", []))
    }
    costs = by_type.get("programs.programcost", [])
    owners = dict(ProgramCost.objects.filter(pk__in=costs).values_list("pk", "sheet_id"))
    under_way_too = _held(list(owners.values()))
    return held | {
        ("programs.programcost", pk): _SHEET_REASON for pk, owner in owners.items() if owner in under_way_too
    }


def _held(sheets: Sequence[int]) -> set[int]:
    """Return which of the yearly sheets a handed-in or locked evaluation stands on."""
    held: set[int] = set()
    for start in range(0, len(sheets), BATCH):
        evaluations = ProgramEvaluation.objects.exclude(state__in=_OPEN).filter(
            program_sheet_id__in=sheets[start : start + BATCH]
        )
        held.update(evaluations.values_list("program_sheet_id", flat=True))
    return held


def held_by_others(record_type: str, ids: Iterable[int]) -> dict[int, str]:
    """Return the records that other records point to, with the reason in Japanese."""
    held: dict[int, str] = {}
    wanted = sorted(ids)
    for relation in apps.get_model(record_type)._meta.related_objects:
        if getattr(relation, "on_delete", None) is models.SET_NULL:
            continue
        model = relation.related_model
        name = relation.field.name
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            pointing = model._base_manager.filter(**{f"{name}__in": batch})
            for pk in pointing.values_list(name, flat=True).distinct():
                label = model._meta.verbose_name
                held.setdefault(pk, f"後から登録された「{label}」が使っているため、残しました。")
    return held


def held_from(person: object, keys: Iterable[Key]) -> dict[Key, str]:
    """Return the sheets among some records whose entry a person may not change now, with the reason."""
    if not isinstance(person, User):
        return {}
    held: dict[Key, str] = {}
    by_type = _by_type(keys)
    for model in (KpiSheet, ProgramEvaluation):
        label = model._meta.label_lower
        ids = by_type.get(label, [])
        for start in range(0, len(ids), BATCH):
            for sheet in model.objects.select_related("round").filter(pk__in=ids[start : start + BATCH]):
                if not can_act(person, sheet, Act.EDIT):
                    held[label, sheet.pk] = _ENTRY_REASON
    return held


def _by_type(keys: Iterable[Key]) -> dict[str, list[int]]:
    by_type: dict[str, list[int]] = {}
    for record_type, pk in keys:
        by_type.setdefault(record_type, []).append(pk)
    return by_type
