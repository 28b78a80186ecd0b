"""Write what a plan of a program list says, in bulk, with revisions."""

from collections.abc import Sequence
from typing import Any

from history.services import Authorship
from importers.services.apply_sections import SectionRegister
from importers.services.plan_programs import ProgramsPlan, ProgramWrite
from programs.services import SheetEntry, create_sheets, write_sheets

Written = dict[int, list[tuple[str, int]]]


def apply_programs(planned: ProgramsPlan, *, fiscal_year: int, demo: bool, authorship: Authorship) -> Written:
    """Write the plan inside the caller's transaction; return the records written by the row's index."""
    new = planned.new
    register = SectionRegister(demo=demo, authorship=authorship)
    sections = {id(match): match for match in new.sections}  # many rows share one
    register.register([*sections.values(), *(write.section for write in planned.writes if write.section)])
    section_ids = {key: register.id_of(match) for key, match in sections.items()}
    created = create_sheets(
        numbers=new.numbers,
        program_ids=new.program_ids,
        columns=new.columns | {"section_id": [section_ids[id(match)] for match in new.sections]},
        fiscal_year=fiscal_year,
        is_demo=demo,
        authorship=authorship,
    )
    entries = _entries(planned.writes, register)
    records = write_sheets(entries, fiscal_year=fiscal_year, is_demo=demo, authorship=authorship)
    written = {
        index: [("programs.program", program), ("programs.programsheet", sheet)]
        for index, (program, sheet) in zip(new.indexes, created, strict=True)
    }
    return written | {write.row_index: found for write, found in zip(planned.writes, records, strict=True)}


def _entries(writes: Sequence[ProgramWrite], register: SectionRegister) -> list[SheetEntry]:
    entries = []
    for write in writes:
        values: dict[str, Any] = {**write.values, "unconfirmed": dict(write.marks)}
        if write.section is not None:
            values["section_id"] = register.id_of(write.section)
        entries.append(
            SheetEntry(
                number=write.number,
                program_id=write.program_id,
                sheet_id=write.sheet_id,
                version=write.version,
                values=values,
                names_program=write.is_newest,
            )
        )
    return entries
