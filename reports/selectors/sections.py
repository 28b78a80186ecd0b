"""What the section pages show."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count as CountRows
from django.db.models import QuerySet

from evaluations import permissions
from evaluations.enums import SheetState
from evaluations.models import KpiSheet, ProgramEvaluation
from organization.models import Section, SectionSuccession, User
from programs.models import ProgramSheet
from reports.selectors.programs import program_sheets
from strategy.models import Kpi


@dataclass(frozen=True)
class SectionPage:
    """A section with what it answers for."""

    section: Section
    before: tuple[SectionSuccession, ...]
    after: tuple[SectionSuccession, ...]
    kpis: tuple[Kpi, ...]
    programs: tuple[ProgramSheet, ...]
    kpi_sheets: tuple[KpiSheet, ...]
    evaluations: tuple[ProgramEvaluation, ...]

    @property
    def states(self) -> tuple[tuple[str, int], ...]:
        """Return how many of the section's sheets that the person sees stand in each state."""
        counts = Counter(sheet.state for sheet in (*self.kpi_sheets, *self.evaluations))
        return tuple((state.value, counts[state.value]) for state in SheetState if counts[state.value])


def section_list(*, is_demo: bool | None = None) -> "QuerySet[Section]":
    """Return the sections with how many KPIs and programs they answer for."""
    sections = Section.objects.select_related("bureau").annotate(
        kpi_count=CountRows("responsibilities__kpi", distinct=True),
        program_count=CountRows("program_sheets__program", distinct=True),
    )
    return sections if is_demo is None else sections.filter(is_demo=is_demo)


def section_page(section: Section, *, viewer: User) -> SectionPage:
    """Return a section's page as a person may see it (a constant number of queries)."""
    kpi_sheets = permissions.visible_kpi_sheets(viewer).filter(section=section)
    evaluations = permissions.visible_program_evaluations(viewer).filter(section=section)
    return SectionPage(
        section=section,
        before=tuple(section.predecessions.select_related("predecessor")),
        after=tuple(section.successions.select_related("successor")),
        kpis=tuple(Kpi.objects.filter(responsibilities__section=section).distinct()),
        programs=tuple(program_sheets(viewer).filter(section=section).order_by("-fiscal_year", "position")),
        kpi_sheets=tuple(kpi_sheets.select_related("round", "kpi")),
        evaluations=tuple(evaluations.select_related("round", "program_sheet__program")),
    )
