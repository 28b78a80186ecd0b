"""Dates of groups: a section, a bureau, a kind of program may have more or less time than the others.

What planning decides are the rows of `RoundDue`, with their history. `Sheet.own_due_on` is only what follows
from them for each sheet, written along so that lists can be ordered and counted by it; it is no entry of
anybody's and leaves the sheet's version alone.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from evaluations.calculations.dues import GroupDue, Subject, due_of, moved_due
from evaluations.enums import QuestionTarget, RoundState
from evaluations.models import KpiSheet, ProgramEvaluation, Round, RoundDue
from evaluations.permissions import AnySheet
from evaluations.selectors.rounds import working_year
from history.services import Authorship, change_record, create_records, delete_record
from strategy.selectors.responsibility import follow_successions

BATCH = 500
_OVER = {RoundState.FINALISED, RoundState.PUBLISHED}


class DuesRefused(Exception):
    """The dates cannot stand like this; the message says why."""


def set_dues(*, collection: Round, dues: Sequence[RoundDue], authorship: Authorship) -> None:
    """Replace the dates of a round's groups, keeping what stays, and give every sheet its day.

    A row with a primary key is changed, one without is added, one left out is removed.

    :raises DuesRefused: if the round is over, a group is described twice, or a day lies before the opening
    """
    if collection.state in _OVER:
        raise DuesRefused("確定した照会の期限は変えられません。")
    groups = [(d.target, d.program_kind, d.bureau_id, d.section_id) for d in dues]
    if len(set(groups)) != len(groups):
        raise DuesRefused("同じ範囲の期限が二つあります。一つにしてください。")
    if any(collection.opens_on and due.due_on < collection.opens_on for due in dues):
        raise DuesRefused("提出期限は照会開始日より前にできません。")
    kept = {due.pk: due for due in dues if due.pk}
    names = ("target", "program_kind", "bureau", "section", "due_on")
    with transaction.atomic():
        stored = list(collection.dues.all())
        # What goes makes room first: a changed row may take the place of a removed one.
        for gone in (due for due in stored if due.pk not in kept):
            delete_record(gone, authorship=authorship)
        for due in (due for due in stored if due.pk in kept):
            change_record(due, {n: getattr(kept[due.pk], n) for n in names}, authorship=authorship)
        added = [due for due in dues if not due.pk]
        for due in added:
            due.round = collection
        create_records(added, authorship=authorship)
        spread_dues(collection)


def dues_like(collection: Round, previous: Round, *, today: date) -> list[RoundDue]:
    """Return the dates of the last round's groups, moved to a new round, for planning to look through.

    A group is left out where its bureau or section is no more and no single one took its work over, and
    where its day would lie before the opening (before today, where that is not decided yet).
    """
    before = list(previous.dues.select_related("bureau", "section"))
    year = working_year(collection, today)
    followed = follow_successions((due.section for due in before if due.section), working_year=year)
    found: dict[tuple[Any, ...], RoundDue] = {}
    for due in before:
        section = followed[due.section_id].section if due.section_id else None
        closed = due.bureau.closed_fiscal_year if due.bureau else None
        day = moved_due(
            due.due_on,
            round_due=previous.due_on,
            new_round_due=collection.due_on,
            years=collection.fiscal_year - previous.fiscal_year,
        )
        is_gone = (due.section_id and section is None) or (closed is not None and closed < year)
        if is_gone or day < (collection.opens_on or today):
            continue
        moved = RoundDue(
            round=collection,
            target=due.target,
            program_kind=due.program_kind,
            bureau=due.bureau,
            section=section,
            due_on=day,
        )
        group = (due.target, due.program_kind, due.bureau_id, section and section.pk)
        # Two sections that became one have the longer of their times.
        if group not in found or found[group].due_on < day:
            found[group] = moved
    return list(found.values())


def spread_dues(collection: Round) -> int:
    """Write each sheet's day as the round's table of dates gives it; return how many sheets changed."""
    groups = groups_of(collection)
    changed = 0
    for model in (KpiSheet, ProgramEvaluation):
        rows = model.objects.filter(round=collection).select_related("section")
        if model is ProgramEvaluation:
            rows = rows.select_related("section", "program_sheet__program")
        changed += _write(model, rows, groups)
    return changed


def place_sheet(sheet: AnySheet) -> None:
    """Give one sheet its day again, after it has come to another section."""
    _write(type(sheet), [sheet], groups_of(sheet.round))


def groups_of(collection: Round) -> list[GroupDue]:
    """Return the dates of a round's groups."""
    return [
        GroupDue(
            due_on=due.due_on,
            target=due.target,
            bureau_id=due.bureau_id,
            section_id=due.section_id,
            program_kind=due.program_kind,
            position=due.pk,
        )
        for due in collection.dues.all()
    ]


def _write(model: Any, sheets: Iterable[AnySheet], groups: Sequence[GroupDue]) -> int:
    by_day: dict[Any, list[int]] = {}
    for sheet in sheets:
        day = due_of(groups, subject_of(sheet))
        if day != sheet.own_due_on:
            by_day.setdefault(day, []).append(sheet.pk)
    for day, ids in by_day.items():
        for start in range(0, len(ids), BATCH):
            model.objects.filter(pk__in=ids[start : start + BATCH]).update(own_due_on=day)
    return sum(len(ids) for ids in by_day.values())


def subject_of(sheet: AnySheet) -> Subject:
    """Return what a sheet is, as groups see it."""
    is_kpi = isinstance(sheet, KpiSheet)
    return Subject(
        target=(QuestionTarget.KPI if is_kpi else QuestionTarget.PROGRAM).value,
        section_id=sheet.section_id,
        bureau_id=sheet.section.bureau_id if sheet.section else None,
        program_kind="" if isinstance(sheet, KpiSheet) else sheet.program_sheet.program.kind,
    )
