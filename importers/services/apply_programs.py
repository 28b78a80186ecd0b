"""Write what a plan of a program list says, in bulk, with revisions."""

from typing import Any

from history.services import Authorship
from importers.services.apply_sections import SectionRegister
from importers.services.plan_programs import ProgramsPlan
from programs.services import SheetEntry, write_sheets

Written = dict[int, list[tuple[str, int]]]


def apply_programs(planned: ProgramsPlan, *, fiscal_year: int, demo: bool, authorship: Authorship) -> Written:
    """Write the plan inside the caller's transaction; return the records written by the row's index."""
    register = SectionRegister(demo=demo, authorship=authorship)
    register.register(write.section for write in planned.writes if write.section is not None)
    entries = []
    for write in planned.writes:
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
    records = write_sheets(entries, fiscal_year=fiscal_year, is_demo=demo, authorship=authorship)
    return {write.row_index: written for write, written in zip(planned.writes, records, strict=True)}
