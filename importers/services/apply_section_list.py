"""Write what a plan of a list of sections says, in bulk with revisions."""

from typing import Any

from django.db.models import Max

from history.services import Authorship
from importers.services.apply_programs import Written
from importers.services.apply_sections import SectionRegister
from importers.services.compare_sections import SectionRowWrite
from importers.services.plan_sections import SectionsPlan
from organization.enums import SuccessionKind
from organization.models import Section, SectionSuccession
from organization.services import change_sections, open_sections, record_successions


def apply_section_list(planned: SectionsPlan, *, demo: bool, authorship: Authorship) -> Written:
    """Write the plan inside the caller's transaction; return the records written by the row's index."""
    written: Written = {write.index: [] for write in planned.writes}
    register = SectionRegister(demo=demo, authorship=authorship)
    register.load_bureaus(write.bureau for write in planned.writes)
    ids = _open(planned.writes, register, written, demo=demo, authorship=authorship)
    changes: dict[int, dict[str, Any]] = {}
    for write in planned.writes:
        if write.section_id is not None and (write.values or write.bureau):
            values = dict(write.values)
            if write.bureau:
                values["bureau"] = register.bureau(write.bureau)
            changes.setdefault(write.section_id, {}).update(values)
            written[write.index].append(("organization.section", write.section_id))
        for step in write.steps:
            if step.closes:
                changes.setdefault(step.old_id, {})["closed_fiscal_year"] = step.fiscal_year - 1
                written[write.index].append(("organization.section", step.old_id))
    change_sections(changes, authorship=authorship)
    _successions(planned.writes, ids, written, authorship=authorship)
    return written


def _open(
    writes: tuple[SectionRowWrite, ...],
    register: SectionRegister,
    written: Written,
    *,
    demo: bool,
    authorship: Authorship,
) -> dict[int, int]:
    new = [write for write in writes if write.section_id is None]
    last = Section.objects.aggregate(last=Max("position"))["last"] or 0
    sections = [
        Section(bureau=register.bureau(write.bureau), position=last + offset, is_demo=demo, **write.values)
        for offset, write in enumerate(new, start=1)
    ]
    created = open_sections(sections, authorship=authorship)
    for write, section in zip(new, created, strict=True):
        written[write.index].append(("organization.section", section.pk))
    return {write.index: section.pk for write, section in zip(new, created, strict=True)}


def _successions(
    writes: tuple[SectionRowWrite, ...], ids: dict[int, int], written: Written, *, authorship: Authorship
) -> None:
    found: list[tuple[int, SectionSuccession]] = []
    for write in writes:
        section_id = write.section_id or ids.get(write.index)
        for step in write.steps:
            succession = SectionSuccession(
                predecessor_id=step.old_id,
                successor_id=section_id,
                fiscal_year=step.fiscal_year,
                kind=step.kind.value,
            )
            found.append((write.index, succession))
        if write.abolished_in is not None and section_id is not None:
            succession = SectionSuccession(
                predecessor_id=section_id, fiscal_year=write.abolished_in, kind=SuccessionKind.ABOLISH.value
            )
            found.append((write.index, succession))
    created = record_successions([succession for _, succession in found], authorship=authorship)
    for (index, _), succession in zip(found, created, strict=True):
        written[index].append(("organization.sectionsuccession", succession.pk))
