"""Writes of programs and their yearly sheets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from history.services import (
    Authorship,
    VersionConflict,
    change_record,
    change_records,
    create_columns,
    create_record,
)
from organization.models import Section
from programs.enums import LinkState
from programs.models import Program, ProgramLink, ProgramSheet
from strategy.models import Kpi, PlanNode


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetEntry:
    """One program's sheet of a fiscal year as it shall stand; ids are None for what is new.

    `values` are fields of ProgramSheet, the same ones in all new sheets; `version` is that of the sheet they
    were compared with. `names_program` says that no later sheet names the program.
    """

    number: int
    program_id: int | None
    sheet_id: int | None
    version: int | None = None
    values: Mapping[str, Any]
    names_program: bool


def confirm_marks(
    *, sheet: ProgramSheet, fields: Collection[str], seen_version: int, authorship: Authorship
) -> bool:
    """Take the mark 要確認 off fields a person has compared with the document; return whether any had one.

    :raises VersionConflict: if somebody else saved the sheet since it was read
    """
    left = {name: mark for name, mark in sheet.unconfirmed.items() if name not in fields}
    told = replace(authorship, why=authorship.why or "読み取りを確認")
    return change_record(sheet, {"unconfirmed": left}, authorship=told, expected_version=seen_version)


def create_sheets(
    *,
    numbers: Sequence[int],
    program_ids: Sequence[int | None],
    columns: Mapping[str, Sequence[Any]],
    fiscal_year: int,
    is_demo: bool,
    authorship: Authorship,
) -> list[tuple[int, int]]:
    """Create sheets of a fiscal year, and the programs (id None) that are not there yet, in bulk.

    `columns` has fields of ProgramSheet, in the order of the numbers. Returns (program id, sheet id) of each.
    """
    missing = [index for index, pk in enumerate(program_ids) if pk is None]
    with transaction.atomic():
        programs = {
            "number": [numbers[index] for index in missing],
            "name": [columns["name"][index] for index in missing],
        }
        created = create_columns(Program, programs, {"is_demo": is_demo}, authorship=authorship)
        made = dict(zip(missing, created, strict=True))
        ids = [made[index] if pk is None else pk for index, pk in enumerate(program_ids)]
        sheets = create_columns(
            ProgramSheet, {**columns, "program_id": ids}, {"fiscal_year": fiscal_year}, authorship=authorship
        )
    return list(zip(ids, sheets, strict=True))


def write_sheets(
    entries: Sequence[SheetEntry], *, fiscal_year: int, is_demo: bool, authorship: Authorship
) -> list[list[tuple[str, int]]]:
    """Write the sheets of a fiscal year in bulk, with the programs they need.

    Returns, in the order of the entries, the records written as (model label, id).

    :raises VersionConflict: if somebody saved a sheet since it was compared
    """
    new = [entry for entry in entries if entry.sheet_id is None]
    with transaction.atomic():
        names = set().union(*(entry.values for entry in new))
        created = create_sheets(
            numbers=[entry.number for entry in new],
            program_ids=[entry.program_id for entry in new],
            columns={name: [entry.values[name] for entry in new] for name in names},
            fiscal_year=fiscal_year,
            is_demo=is_demo,
            authorship=authorship,
        )
        _rename_programs(entries, authorship=authorship)
        _change_sheets(entries, authorship=authorship)
    ids = {
        entry.number: (entry.program_id, entry.sheet_id)
        for entry in entries
        if entry.program_id is not None and entry.sheet_id is not None
    }
    ids |= {entry.number: found for entry, found in zip(new, created, strict=True)}
    written = (ids[entry.number] for entry in entries)
    return [[("programs.program", program), ("programs.programsheet", sheet)] for program, sheet in written]


def _change_sheets(entries: Sequence[SheetEntry], *, authorship: Authorship) -> None:
    changed = {entry.sheet_id: entry for entry in entries if entry.sheet_id is not None}
    sheets = ProgramSheet.objects.in_bulk(list(changed)) if changed else {}
    for pk, entry in changed.items():
        if pk not in sheets or sheets[pk].version != entry.version:
            raise VersionConflict(sheets.get(pk) or ProgramSheet(pk=pk))
    sections = Section.objects.in_bulk(
        {entry.values.get("section_id") for entry in changed.values()} - {None}
    )
    change_records(
        [(sheets[pk], _with_section(changed[pk].values, sections)) for pk in sheets], authorship=authorship
    )


def _with_section(values: Mapping[str, Any], sections: Mapping[int, Section]) -> dict[str, Any]:
    """Name the foreign key by its field, as revisions do."""
    named = dict(values)
    if "section_id" in named:
        pk = named.pop("section_id")
        named["section"] = None if pk is None else sections[pk]
    return named


def _rename_programs(entries: Sequence[SheetEntry], *, authorship: Authorship) -> None:
    """Give those programs another name whose newest sheet has one."""
    named = {
        e.program_id: e
        for e in entries
        if e.program_id is not None and e.names_program and "name" in e.values
    }
    known = Program.objects.in_bulk(list(named)) if named else {}
    change_records(
        [(program, {"name": named[pk].values["name"]}) for pk, program in known.items()],
        authorship=authorship,
    )


def decide_link(
    *,
    program: Program,
    node: PlanNode | None = None,
    kpi: Kpi | None = None,
    state: LinkState,
    reason: str = "",
    authorship: Authorship,
) -> bool:
    """Store whether a program serves a node or a KPI, with the reason; return whether anything changed.

    A refused proposal stays as refused, so that it is not proposed again. 提案 takes a decision back.
    """
    with transaction.atomic():
        held = ProgramLink.objects.select_for_update().filter(program=program, node=node, kpi=kpi).first()
        if held is not None:
            values = {"state": state.value, **({"reason": reason} if reason else {})}
            return change_record(held, values, authorship=authorship)
        if state is LinkState.PROPOSED:
            return False
        link = ProgramLink(program=program, node=node, kpi=kpi, state=state.value, reason=reason)
        create_record(link, authorship=authorship)
    return True
