"""The sections in hand, and what people have changed since imports wrote it."""

import json
from collections.abc import Iterable

from history.enums import RevisionAct, Through
from history.models import Revision
from importers.calculations.plan import Edited
from importers.calculations.section_names import (
    Answers,
    KnownSection,
    KnownSuccession,
    SectionDirectory,
)
from organization.models import Section, SectionSuccession

# Ways by which a person, not a document, gave a field its value.
BY_PEOPLE = frozenset({Through.BROWSER.value, Through.WORKBOOK.value, Through.CORRECTION.value})
BATCH = 500  # SQLite limits the parameters of one statement


def section_directory(
    *,
    demo: bool,
    first_year: int | None = None,
    last_year: int | None = None,
    is_first_load: bool = False,
    answers: Answers | None = None,
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
        answers=answers,
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
