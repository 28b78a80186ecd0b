"""What belongs to one sheet: its figure, its questions, last time's answers, its comments."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from evaluations.enums import LOCKED_STATES, Edition, QuestionTarget
from evaluations.models import (
    Actual,
    FieldComment,
    KpiSheet,
    ProgramEvaluation,
    Round,
    RoundQuestion,
    SheetAttachment,
    SheetDraft,
)
from evaluations.permissions import AnySheet
from history.enums import RevisionAct
from history.models import Revision
from organization.models import User
from programs.models import ProgramCost, ProgramSheet


def as_owner(sheet: AnySheet) -> dict[str, AnySheet]:
    """Return the foreign key by which comments and drafts name their sheet."""
    return {"kpi_sheet": sheet} if isinstance(sheet, KpiSheet) else {"program_evaluation": sheet}


def actual_of(sheet: KpiSheet) -> Actual | None:
    """Return the figure a KPI sheet asks for, None while there is none.

    A demonstration has figures of its own (ADR 0005): it neither shows nor changes the city's.
    """
    return Actual.objects.filter(
        kpi_id=sheet.kpi_id,
        fiscal_year=sheet.round.fiscal_year,
        edition=sheet.round.edition,
        is_demo=sheet.round.is_demo,
    ).first()


def former_actuals(sheet: KpiSheet) -> list[Actual]:
    """Return figures the sheet once had and that were emptied: only their id, for their history."""
    deleted = Revision.objects.filter(
        record_type=Actual._meta.label_lower,
        act=RevisionAct.DELETED.value,
        old__contains=f'"kpi_id": "{sheet.kpi_id}"',
    )
    year, edition = str(sheet.round.fiscal_year), sheet.round.edition
    found = []
    for pk, content in deleted.values_list("record_id", "old"):
        stored = json.loads(content or "{}")
        if (stored.get("fiscal_year"), stored.get("edition")) == (year, edition):
            found.append(Actual(pk=pk))
    return found


def figure_version(sheet: AnySheet) -> int:
    """Return the version of what a sheet's entry stands on: the actual (0: none), or the yearly sheet."""
    if isinstance(sheet, KpiSheet):
        actual = actual_of(sheet)
        return actual.version if actual else 0
    return type(sheet.program_sheet).objects.values_list("version", flat=True).get(pk=sheet.program_sheet_id)


def questions_of(sheet: AnySheet) -> list[RoundQuestion]:
    """Return what the round asks on this sheet, in the form's order."""
    target = QuestionTarget.KPI if isinstance(sheet, KpiSheet) else QuestionTarget.PROGRAM
    kind = "" if isinstance(sheet, KpiSheet) else sheet.program_sheet.program.kind
    rows = RoundQuestion.objects.filter(round_id=sheet.round_id, target=target.value)
    return list(rows.filter(Q(program_kind="") | Q(program_kind=kind)))


def yearly_before(yearly: ProgramSheet) -> ProgramSheet | None:
    """Return a program's sheet of the last year before, None when this is its first."""
    earlier = ProgramSheet.objects.filter(program_id=yearly.program_id, fiscal_year__lt=yearly.fiscal_year)
    found: ProgramSheet | None = earlier.order_by("-fiscal_year").first()
    return found


def costs_of(yearly: Iterable[ProgramSheet]) -> dict[int, ProgramCost]:
    """Return the costs of programs' years, by the yearly sheet's id."""
    return {cost.sheet_id: cost for cost in ProgramCost.objects.filter(sheet__in=list(yearly))}


def earlier_sheet(sheet: AnySheet) -> AnySheet | None:
    """Return the same KPI's or program's sheet of the round before: of an earlier year, or edition."""
    rounds = rounds_before(sheet.round)
    rows: QuerySet[Any]
    if isinstance(sheet, KpiSheet):
        rows = KpiSheet.objects.filter(kpi_id=sheet.kpi_id)
    else:
        rows = ProgramEvaluation.objects.filter(program_sheet__program_id=sheet.program_sheet.program_id)
    rows = rows.filter(rounds).select_related("round", "section")
    found: Sequence[AnySheet] = list(rows.order_by("-round__fiscal_year", "-round_id")[:1])
    return found[0] if found else None


def rounds_before(collection: Round) -> Q:
    """Return the condition for rounds before one; the half-year's comes before the year's own."""
    order = [Edition.HALF, Edition.PRELIMINARY, Edition.FINAL]
    earlier = [edition.value for edition in order[: order.index(Edition(collection.edition))]]
    before = Q(round__fiscal_year__lt=collection.fiscal_year) | Q(
        round__fiscal_year=collection.fiscal_year, round__edition__in=earlier
    )
    # A real sheet never shows what was made up for a demonstration.
    return before if collection.is_demo else before & Q(round__is_demo=False)


def earlier_kpi_sheets(collection: Round, kpi_ids: Iterable[int]) -> dict[int, KpiSheet]:
    """Return each KPI's sheet of the round before, as `earlier_sheet` does for one."""
    rows = KpiSheet.objects.filter(rounds_before(collection), kpi_id__in=list(kpi_ids))
    found: dict[int, KpiSheet] = {}
    for sheet in rows.order_by("-round__fiscal_year", "-round_id"):
        found.setdefault(sheet.kpi_id, sheet)
    return found


def earlier_evaluations(collection: Round, program_ids: Iterable[int]) -> dict[int, ProgramEvaluation]:
    """Return each program's evaluation of the round before, with its yearly sheet."""
    rows = ProgramEvaluation.objects.filter(
        rounds_before(collection), program_sheet__program_id__in=list(program_ids)
    ).select_related("program_sheet")
    found: dict[int, ProgramEvaluation] = {}
    for evaluation in rows.order_by("-round__fiscal_year", "-round_id"):
        found.setdefault(evaluation.program_sheet.program_id, evaluation)
    return found


def comments_of(sheet: AnySheet) -> list[FieldComment]:
    """Return the remarks on a sheet's fields, oldest first, with their authors."""
    return list(FieldComment.objects.filter(**as_owner(sheet)).select_related("by", "resolved_by"))


def attachments_of(sheet: AnySheet) -> list[SheetAttachment]:
    """Return the files that belong to a sheet, without those taken off again."""
    files = SheetAttachment.objects.filter(**as_owner(sheet), removed_at__isnull=True)
    return list(files.select_related("added_by"))


def drafts_of(sheet: AnySheet, user: User) -> dict[str, SheetDraft]:
    """Return what a person has typed on a sheet and not saved yet, by field."""
    return {draft.field: draft for draft in SheetDraft.objects.filter(user=user, **as_owner(sheet))}


def locked_actual_keys(kpi_ids: Iterable[int]) -> set[tuple[int, int, str]]:
    """Return (KPI, fiscal year, edition) of all actuals that stand on a finalised or published sheet.

    Whoever writes actuals by another way than the sheet (an import) has to leave these alone.
    """
    rows = KpiSheet.objects.filter(
        kpi_id__in=list(kpi_ids),
        state__in=[state.value for state in LOCKED_STATES],
        round__is_demo=False,
    )
    return set(rows.values_list("kpi_id", "round__fiscal_year", "round__edition"))
