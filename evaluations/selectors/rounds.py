"""What a round will ask of whom, before it is opened; and the rounds there are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from evaluations.enums import Edition
from evaluations.models import KpiSheet, ProgramEvaluation, Round
from organization.models import Section
from programs.enums import ProgramScope
from programs.models import ProgramSheet
from strategy.models import Kpi, KpiPart
from strategy.selectors.responsibility import Answerable, follow_successions, lead_sections
from tsukuba_kpi.lib.fiscal_year import fiscal_year_of

NO_SECTION_IN_LIST = Answerable(None, "事務事業の一覧に担当課室がありません。")


@dataclass(frozen=True)
class AskedKpi:
    """A KPI a round will ask for, and of whom; `has_sheet` when it is already there."""

    kpi: Kpi
    answerable: Answerable
    has_sheet: bool


@dataclass(frozen=True)
class AskedProgram:
    """A program's yearly sheet a round will ask about, and of whom."""

    sheet: ProgramSheet
    answerable: Answerable
    has_sheet: bool


@dataclass(frozen=True)
class SectionShare:
    """What one section (None: nobody yet) will be asked."""

    section: Section | None
    kpis: tuple[AskedKpi, ...]
    programs: tuple[AskedProgram, ...]


@dataclass(frozen=True)
class Opening:
    """Everything a round will ask."""

    kpis: tuple[AskedKpi, ...]
    programs: tuple[AskedProgram, ...]

    @property
    def asked(self) -> "list[AskedKpi | AskedProgram]":
        """Return KPIs and programs together."""
        return [*self.kpis, *self.programs]

    @property
    def without_section(self) -> "list[AskedKpi | AskedProgram]":
        """Return what nobody could be found for."""
        return [asked for asked in self.asked if asked.answerable.section is None]

    @property
    def shares(self) -> tuple[SectionShare, ...]:
        """Return what each section is asked, in the order of the organisation; nobody's first."""
        sections = {
            asked.answerable.section.pk: asked.answerable.section
            for asked in self.asked
            if asked.answerable.section is not None
        }
        ordered = sorted(sections.values(), key=_place)
        nobodys = [None] if self.without_section else []
        return tuple(self._share(section) for section in (*nobodys, *ordered))

    def _share(self, section: Section | None) -> SectionShare:
        return SectionShare(
            section,
            tuple(asked for asked in self.kpis if asked.answerable.section == section),
            tuple(asked for asked in self.programs if asked.answerable.section == section),
        )


def _place(section: Section) -> tuple[int, int, int]:
    return (section.bureau.position if section.bureau else 0, section.position, section.pk)


def working_year(collection: Round, today: date) -> int:
    """Return the fiscal year in which the sections do the work: that of the opening, else of today."""
    return fiscal_year_of(collection.opens_on or today)


def plan_opening(collection: Round, *, today: date) -> Opening:
    """Return what opening a round would ask of whom. Writes nothing; a constant number of queries."""
    year = working_year(collection, today)
    return Opening(_asked_kpis(collection, year), _asked_programs(collection, year))


def _asked_kpis(collection: Round, year: int) -> tuple[AskedKpi, ...]:
    placed = set(
        Kpi.objects.filter(placements__node__plan__in=collection.plans.all()).values_list("pk", flat=True)
    )
    wanted = placed | _parts_of(placed)
    valid = Q(first_fiscal_year__isnull=True) | Q(first_fiscal_year__lte=collection.fiscal_year)
    valid &= Q(last_fiscal_year__isnull=True) | Q(last_fiscal_year__gte=collection.fiscal_year)
    kpis = list(Kpi.objects.filter(valid, pk__in=wanted))
    if not collection.is_demo:
        kpis = [kpi for kpi in kpis if not kpi.is_demo]
    leads = lead_sections([kpi.pk for kpi in kpis], fiscal_year=collection.fiscal_year, working_year=year)
    there = set(KpiSheet.objects.filter(round=collection).values_list("kpi_id", flat=True))
    return tuple(AskedKpi(kpi, leads[kpi.pk], kpi.pk in there) for kpi in kpis)


def _parts_of(kpi_ids: Collection[int]) -> set[int]:
    """Return the parts of KPIs, and the parts' parts: they are entered though no document places them."""
    of: dict[int, list[int]] = {}
    for whole, part in KpiPart.objects.values_list("whole_id", "part_id"):
        of.setdefault(whole, []).append(part)
    found: set[int] = set()
    waiting = list(kpi_ids)
    while waiting:
        for part in of.get(waiting.pop(), []):
            if part not in found:
                found.add(part)
                waiting.append(part)
    return found


def _asked_programs(collection: Round, year: int) -> tuple[AskedProgram, ...]:
    if not collection.asks_programs:
        return ()
    rows = ProgramSheet.objects.filter(fiscal_year=collection.fiscal_year).exclude(
        program__scope=ProgramScope.EXCLUDED.value
    )
    if not collection.is_demo:
        rows = rows.filter(program__is_demo=False)
    sheets = list(rows.select_related("program", "section__bureau"))
    followed = follow_successions((s.section for s in sheets if s.section is not None), working_year=year)
    there = set(ProgramEvaluation.objects.filter(round=collection).values_list("program_sheet_id", flat=True))
    return tuple(
        AskedProgram(
            sheet,
            followed[sheet.section_id] if sheet.section_id is not None else NO_SECTION_IN_LIST,
            sheet.pk in there,
        )
        for sheet in sheets
    )


def latest_round(*, before_year: int, edition: Edition, is_demo: bool) -> Round | None:
    """Return the round a new one takes its form from: the last of the same edition, else the last one."""
    rounds = Round.objects.filter(fiscal_year__lte=before_year)
    if not is_demo:
        rounds = rounds.filter(is_demo=False)
    same = rounds.filter(edition=edition.value).order_by("-fiscal_year", "-id").first()
    return same or rounds.order_by("-fiscal_year", "-id").first()
