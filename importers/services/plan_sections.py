"""Plan what a list of sections changes: opened, corrected, renamed, merged, split, closed, missing."""

import datetime
from collections import Counter
from dataclasses import dataclass, replace

from importers.calculations.duplicates import find_duplicates, without_readers_word
from importers.calculations.plan import CONFIRMED, MISSING, ChangePlan, PlannedRow, count_outcomes
from importers.calculations.rows import (
    SECTION_FIELDS,
    Doubt,
    Location,
    SourceDocument,
    SourceNote,
    SourceRow,
)
from importers.calculations.section_names import KnownSection
from importers.enums import DocumentKind, Outcome
from importers.selectors.existing_sections import Sections, existing_sections
from importers.services.compare_sections import (
    ListContext,
    SectionComparison,
    SectionRowWrite,
    find_section,
    former_names,
)
from tsukuba_kpi.lib.fiscal_year import era_label, fiscal_year_of
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class SectionsPlan:
    """The rows as shown, and what applying them writes."""

    plan: ChangePlan
    writes: tuple[SectionRowWrite, ...] = ()


def plan_sections(
    document: SourceDocument, *, effective_on: datetime.date | None = None, demo: bool = False
) -> SectionsPlan:
    """Return what importing a list of sections would change; writes nothing.

    `effective_on` is the day on which the list holds: new sections begin in its fiscal year.
    """
    year = fiscal_year_of(effective_on) if effective_on is not None else None
    context = _context(document, existing_sections(demo=demo), year)
    duplicates = find_duplicates(document.rows, list(map(_identity, document.rows)), _content, _label)
    planned: list[PlannedRow] = []
    writes: list[SectionRowWrite] = []
    for index, row in enumerate(document.rows):
        duplicate = duplicates.get(index)
        write = None
        if MISSING in row.extra:
            shown, write = _missing(index, row, context)
        elif duplicate is not None:
            refused = row.refused or duplicate.refusal
            outcome = Outcome.REFUSED if refused else Outcome.SAME
            doubts = (*without_readers_word(row.doubts), *duplicate.doubts)
            shown = PlannedRow(row, outcome, doubts=doubts, refused=refused)
        else:
            fresh = row._replace(doubts=without_readers_word(row.doubts))
            shown, write = SectionComparison(index, fresh, context).plan()
        planned.append(shown)
        if write is not None:
            writes.append(write)
    plan = ChangePlan(
        file=document.file,
        kind=DocumentKind.SECTIONS,
        rows=tuple(planned),
        errors=document.errors,
        notes=document.notes,
        counts=count_outcomes(planned),
    )
    return SectionsPlan(plan, tuple(writes))


def _context(document: SourceDocument, sections: Sections, year: int | None) -> ListContext:
    rows = [row for row in document.rows if MISSING not in row.extra and row.fields.get("section")]
    listed = {section.id for row in rows for section in find_section(row, sections, year)}
    former = Counter(match_key(name) for row in rows for name in former_names(row))
    return ListContext(sections, year, frozenset(listed), former)


def _missing(index: int, row: SourceRow, context: ListContext) -> tuple[PlannedRow, SectionRowWrite | None]:
    section = context.sections.by_id.get(_id_of(row))
    year = row.extra.get("year")
    if section is None or not isinstance(year, int) or not section.exists_in(year, year):
        return PlannedRow(row, Outcome.SAME), None
    shown = PlannedRow(row, Outcome.REVIEW, doubts=row.doubts)
    if not row.extra.get(CONFIRMED):
        return shown, None
    values = {"closed_fiscal_year": year - 1}
    return shown, SectionRowWrite(index, section.id, values, abolished_in=year)


def _id_of(row: SourceRow) -> int:
    given = row.extra[MISSING]
    return given if isinstance(given, int) else 0


def with_missing_sections(
    document: SourceDocument, *, effective_on: datetime.date | None, demo: bool
) -> SourceDocument:
    """Return the document with a question for every section of its year that it does not name.

    A list without a day, or of less than half of the sections, is taken for a part: nothing is asked then.
    """
    if effective_on is None:
        return document
    year = fiscal_year_of(effective_on)
    sections = existing_sections(demo=demo)
    context = _context(document, sections, year)
    living = [section for section in sections.by_id.values() if section.exists_in(year, year)]
    missing = [
        section
        for section in living
        if section.id not in context.listed
        and match_key(section.name) not in context.former
        and (section.first_year is None or section.first_year < year)
    ]
    missing = [section for section in missing if not _is_moved(section, document)]
    if not missing:
        return document
    if len(missing) * 2 > len(living):
        message = (
            f"登録されている課室のうち{len(missing)}が、この一覧にありません。"
            "一部だけの一覧として扱い、それらの課室は変えません。"
        )
        return replace(document, notes=(*document.notes, SourceNote("sections_not_listed", message)))
    asked = tuple(_missing_row(document.file, section, year) for section in missing)
    message = f"一覧にない課室{len(asked)}を、最後に要確認として加えました（文書の行ではありません）。"
    return replace(
        document,
        rows=(*document.rows, *asked),
        notes=(*document.notes, SourceNote("sections_missing", message)),
    )


def _is_moved(section: KnownSection, document: SourceDocument) -> bool:
    """Say whether the list has the section in another bureau."""
    key = match_key(section.name)
    return any(match_key(str(row.fields.get("section") or "")) == key for row in document.rows)


def _missing_row(file: str, section: KnownSection, year: int) -> SourceRow:
    message = (
        f"この一覧にありません。なくなった課室なら、{era_label(year - 1)}限りで廃止とします。"
        "確認しない限り、何も変えません。"
    )
    fields: dict[str, object] = dict.fromkeys(SECTION_FIELDS)
    fields |= {"bureau": section.bureau, "section": section.name, "closed": year - 1}
    return SourceRow(
        Location(file),
        fields,
        extra={MISSING: section.id, "year": year},
        doubts=(Doubt("missing_in_file", None, message),),
    )


def _identity(row: SourceRow) -> tuple[str, ...] | None:
    if MISSING in row.extra or not row.fields.get("section"):
        return None
    names = (row.fields.get("bureau"), row.fields.get("section"), row.fields.get("opened"))
    return tuple(match_key(str(name or "")) for name in names)


def _content(row: SourceRow) -> tuple[object, ...]:
    return tuple(row.fields.get(name) for name in ("code", "closed", "former_name"))


def _label(row: SourceRow) -> str:
    return f"課室「{row.fields['section']}」"
