"""The state in hand that a document is compared with, loaded in a handful of queries."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluations.enums import LOCKED_STATES
from evaluations.models import ProgramEvaluation
from history.enums import RevisionAct, Through
from history.models import Revision
from importers.calculations.plan import Edited
from importers.calculations.section_names import KnownSection, KnownSuccession, SectionDirectory
from organization.models import Section, SectionSuccession
from programs.models import Program, ProgramSheet

# Ways by which a person, not a document, gave a field its value.
BY_PEOPLE = frozenset({Through.BROWSER.value, Through.WORKBOOK.value, Through.CORRECTION.value})
BATCH = 500  # SQLite limits the parameters of one statement


def section_directory(
    *,
    demo: bool,
    first_year: int | None = None,
    last_year: int | None = None,
    is_first_load: bool = False,
) -> SectionDirectory:
    """Return all sections with their history, for the fiscal years of a document."""
    sections = [
        KnownSection(pk, name, bureau, opened, closed)
        for pk, name, bureau, opened, closed in Section.objects.filter(is_demo=demo).values_list(
            "pk", "name", "bureau__name", "opened_fiscal_year", "closed_fiscal_year"
        )
    ]
    successions = [
        KnownSuccession(*values)
        for values in SectionSuccession.objects.filter(predecessor__is_demo=demo).values_list(
            "predecessor_id", "successor_id", "fiscal_year"
        )
    ]
    return SectionDirectory(
        sections,
        successions,
        first_year=first_year,
        last_year=last_year,
        is_first_load=is_first_load,
    )


@dataclass(frozen=True, slots=True)
class SheetState:
    """A program's sheet of the document's year as it stands, with the document's names of the fields."""

    id: int
    order: int | None
    name: str
    bureau: str | None
    section: str | None
    purpose: str
    summary: str
    results: str
    former_name: str
    unconfirmed: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class ProgramState:
    """A program as it stands; `sheet` is that of the document's year."""

    id: int
    name: str
    newest_year: int | None
    sheet: SheetState | None = None


@dataclass(frozen=True, slots=True)
class ProgramsState:
    """All programs by number."""

    by_number: Mapping[int, ProgramState] = field(default_factory=dict)


def existing_programs(*, fiscal_year: int, demo: bool) -> ProgramsState:
    """Return the programs and their sheets of one fiscal year."""
    programs = Program.objects.filter(is_demo=demo).values_list("pk", "number", "name")
    if not programs:
        return ProgramsState()
    newest = dict(
        ProgramSheet.objects.filter(program__is_demo=demo)
        .order_by("fiscal_year")
        .values_list("program_id", "fiscal_year")
    )
    sheets = {
        values[0]: _sheet_state(values)
        for values in ProgramSheet.objects.filter(program__is_demo=demo, fiscal_year=fiscal_year)
        .order_by()
        .values_list(
            "program_id",
            "pk",
            "position",
            "name",
            "bureau_printed",
            "section_printed",
            "section__bureau__name",
            "section__name",
            "purpose",
            "summary",
            "results",
            "former_name",
            "unconfirmed",
            "version",
        )
    }
    return ProgramsState(
        {number: ProgramState(pk, name, newest.get(pk), sheets.get(pk)) for pk, number, name in programs}
    )


def locked_sheets(*, fiscal_year: int, demo: bool) -> frozenset[int]:
    """Return the program sheets of a year whose evaluation is finalised or published."""
    return frozenset(
        ProgramEvaluation.objects.filter(
            program_sheet__fiscal_year=fiscal_year,
            program_sheet__program__is_demo=demo,
            state__in=[state.value for state in LOCKED_STATES],
        ).values_list("program_sheet_id", flat=True)
    )


def _sheet_state(values: tuple[Any, ...]) -> SheetState:
    (_, pk, position, name, bureau_printed, section_printed, bureau, section) = values[:8]
    purpose, summary, results, former_name, unconfirmed, version = values[8:]
    printed = bool(bureau_printed or section_printed)
    return SheetState(
        id=pk,
        order=position,
        name=name,
        bureau=(bureau_printed or None) if printed else bureau,
        section=(section_printed or None) if printed else section,
        purpose=purpose,
        summary=summary,
        results=results,
        former_name=former_name,
        unconfirmed=unconfirmed,
        version=version,
    )


def edits_by_people(record_type: str, record_ids: Iterable[int]) -> dict[tuple[int, str], Edited]:
    """Return the fields that a person changed last, each with the value the last import had written.

    Keys are (record id, model field); a foreign key has the name of its field, its value is the key's text.
    """
    ids = sorted(set(record_ids))
    imported: dict[tuple[int, str], str | None] = {}
    edited: set[tuple[int, str]] = set()
    for start in range(0, len(ids), BATCH):
        revisions = (
            Revision.objects.filter(record_type=record_type, record_id__in=ids[start : start + BATCH])
            .order_by("id")
            .values_list("record_id", "act", "field", "new", "through")
        )
        for record_id, act, name, new, through in revisions:
            by_person = through in BY_PEOPLE
            if act == RevisionAct.CREATED.value:
                for created_name, value in json.loads(new or "{}").items():
                    key = (record_id, created_name.removesuffix("_id"))
                    if by_person:
                        edited.add(key)
                    else:
                        imported[key] = value
                continue
            key = (record_id, name)
            if by_person:
                edited.add(key)
            else:
                imported[key] = new
                edited.discard(key)
    return {key: Edited(imported.get(key)) for key in edited}
