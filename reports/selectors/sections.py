"""What the pages of sections and bureaus show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count as CountRows
from django.db.models import Exists, OuterRef, QuerySet

from evaluations import permissions
from evaluations.enums import SheetState
from evaluations.models import KpiSheet, ProgramEvaluation
from organization.models import Bureau, Section, SectionSuccession, User
from programs.models import ProgramSheet
from reports.enums import Scope
from reports.selectors.counts import NOTHING, counts_for
from reports.selectors.dashboard import Tally, tally_of
from reports.selectors.frames import KpiPeriod, PlanFrame, PlanFrames
from reports.selectors.programs import program_sheets
from strategy.models import Kpi, Plan, Responsibility

SHOWN = 100


@dataclass(frozen=True)
class SectionLine:
    """A section in the list: how many KPIs and programs it ever answered for."""

    section: Section
    kpi_count: int
    program_count: int


@dataclass(frozen=True)
class UnitBoard:
    """How the KPIs of one plan stand for which a section or a bureau answers."""

    plan: Plan
    frame: PlanFrame
    tally: Tally
    sections: tuple[tuple[Section, Tally], ...]


@dataclass(frozen=True)
class SectionPage:
    """A section with what it answers for in a fiscal year; long lists show their beginning."""

    section: Section
    before: tuple[SectionSuccession, ...]
    after: tuple[SectionSuccession, ...]
    kpis: tuple[Kpi, ...]
    programs: tuple[ProgramSheet, ...]
    kpi_sheets: tuple[KpiSheet, ...]
    evaluations: tuple[ProgramEvaluation, ...]


def section_lines() -> list[SectionLine]:
    """Return all sections with what they answer for (three queries)."""
    kpis = _numbers(
        Responsibility.objects.filter(kpi__isnull=False).order_by(), CountRows("kpi", distinct=True)
    )
    programs = _numbers(
        ProgramSheet.objects.filter(section__isnull=False).order_by(), CountRows("program", distinct=True)
    )
    return [
        SectionLine(section, kpis.get(section.pk, 0), programs.get(section.pk, 0))
        for section in Section.objects.select_related("bureau")
    ]


def _numbers(rows: "QuerySet[Responsibility] | QuerySet[ProgramSheet]", number: CountRows) -> dict[int, int]:
    return dict(rows.values("section").annotate(number=number).values_list("section", "number"))


def plans_of(sections: Collection[int]) -> list[Plan]:
    """Return the plans in which some sections answer for a KPI (one query, which ends at the first found)."""
    inside = Responsibility.objects.filter(
        section_id__in=sections, kpi__placements__node__plan=OuterRef("pk")
    ).order_by()
    return list(Plan.objects.filter(Exists(inside)).select_related("rating_scheme"))


def unit_board(
    frames: PlanFrames,
    period: KpiPeriod,
    viewer: User,
    unit: Section | Bureau,
    sections: Sequence[Section] = (),
) -> UnitBoard:
    """Return the counts of a section, or of a bureau with its sections, in one plan and period."""
    scope = Scope.BUREAU if isinstance(unit, Bureau) else Scope.SECTION
    frame = frames.of(period)
    found = counts_for(frames, [period], viewer, scopes=[Scope.SECTION, Scope.BUREAU])[period]

    def tally(of: Scope, pk: int) -> Tally:
        return tally_of(found.get((of.value, pk), NOTHING), frame.scheme)

    return UnitBoard(
        frame.plan,
        frame,
        tally(scope, unit.pk),
        tuple((section, tally(Scope.SECTION, section.pk)) for section in sections),
    )


def program_states(
    viewer: User, sections: Collection[int], fiscal_year: int
) -> tuple[tuple[SheetState, int], ...]:
    """Return how many program evaluations of a year that a person sees stand in each state (one query)."""
    rows = permissions.visible_program_evaluations(viewer).filter(
        section_id__in=sections, round__fiscal_year=fiscal_year
    )
    counted = rows.order_by().values("state").annotate(number=CountRows("pk"))
    counts = dict(counted.values_list("state", "number"))
    return tuple((state, counts[state.value]) for state in SheetState if counts.get(state.value))


def section_page(section: Section, *, fiscal_year: int, viewer: User) -> SectionPage:
    """Return a section's page as a person may see it (a constant number of queries)."""
    kpi_sheets = permissions.visible_kpi_sheets(viewer).filter(
        section=section, round__fiscal_year=fiscal_year
    )
    evaluations = permissions.visible_program_evaluations(viewer).filter(
        section=section, round__fiscal_year=fiscal_year
    )
    held = Responsibility.objects.for_year(fiscal_year).filter(section=section, kpi__isnull=False)
    programs = program_sheets(viewer).filter(section=section, fiscal_year=fiscal_year)
    return SectionPage(
        section=section,
        before=tuple(section.predecessions.select_related("predecessor")),
        after=tuple(section.successions.select_related("successor")),
        kpis=tuple(Kpi.objects.filter(pk__in=held.values("kpi"))[:SHOWN]),
        programs=tuple(programs.order_by("position", "pk")[:SHOWN]),
        kpi_sheets=tuple(kpi_sheets.select_related("round", "kpi")[:SHOWN]),
        evaluations=tuple(evaluations.select_related("round", "program_sheet__program")[:SHOWN]),
    )
