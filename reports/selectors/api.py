"""What the read API gives to whom: the public what is published, a person inside what their pages show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Prefetch, QuerySet

from evaluations.enums import Edition, Reason, ValueStatus
from evaluations.models import Actual
from evaluations.selectors.figures import KpiFigures
from evaluations.selectors.judgements import Verdict, verdict_of
from organization.models import User
from programs.models import ProgramSheet
from reports.calculations.api_published import BOUNDS, PublishedRecords
from reports.calculations.api_records import (
    CodeRecord,
    KpiRecord,
    NodeRecord,
    PlanRecord,
    ProgramRecord,
    PublicationRecord,
    SeriesRecord,
)
from reports.models import Publication
from reports.selectors.kpi_page import KpiYear, judged_years
from reports.selectors.programs import program_sheets
from reports.selectors.publications import latest_issues
from strategy.enums import Aggregation, Direction, NodeLevel
from strategy.models import Kpi, Placement, Plan, Responsibility
from tsukuba_kpi.lib.choices import LabelledEnum
from tsukuba_kpi.lib.fiscal_year import era_label


@dataclass(frozen=True)
class Slice:
    """A piece of a list with the length of the whole."""

    count: int
    results: Sequence[Any]


class Source(Protocol):
    """Where the API's records come from; None where there is no such thing for the person."""

    def plans(self, start: int, size: int) -> Slice:
        """Return plans."""

    def plan(self, code: str) -> PlanRecord | None:
        """Return one plan."""

    def nodes(self, code: str, start: int, size: int) -> Slice | None:
        """Return a plan's nodes."""

    def kpis(self, plan: str | None, start: int, size: int) -> Slice:
        """Return KPIs' definitions."""

    def kpi(self, code: str) -> KpiRecord | None:
        """Return one KPI's definition."""

    def series(self, code: str, plan: str | None, start: int, size: int) -> Slice | None:
        """Return a KPI's years."""

    def programs(self, fiscal_year: int | None, start: int, size: int) -> Slice:
        """Return programs."""

    def program(self, fiscal_year: int, key: str) -> ProgramRecord | None:
        """Return one program."""


def source_for(user: Any) -> Source:
    """Return where a visitor's records come from."""
    return Inside(user) if isinstance(user, User) else Outside()


def publications(start: int, size: int) -> Slice:
    """Return all publications and corrections, newest first: they are public."""
    rows = Publication.objects.select_related("round").defer("content").order_by("-published_at", "-pk")
    return _slice(rows, start, size, _publication)


def codes(start: int, size: int) -> Slice:
    """Return the meanings of the codes that records use."""
    tables: tuple[tuple[str, type[LabelledEnum]], ...] = (
        ("edition", Edition),
        ("value_status", ValueStatus),
        ("reason", Reason),
        ("direction", Direction),
        ("aggregation", Aggregation),
        ("node_level", NodeLevel),
    )
    records = [CodeRecord(name, each.value, each.label) for name, members in tables for each in members]
    return Slice(len(records), records[start : start + size])


def _publication(publication: Publication) -> PublicationRecord:
    collection = publication.round
    return PublicationRecord(
        id=publication.pk,
        round=collection.name,
        fiscal_year=collection.fiscal_year,
        edition=collection.edition,
        edition_number=publication.edition_number,
        published_at=publication.published_at.isoformat(),
        amendment=publication.amendment,
        withdrawn_at=publication.withdrawn_at.isoformat() if publication.withdrawn_at else None,
        withdrawal=publication.withdrawal,
        is_demo=collection.is_demo,
    )


def _slice(rows: "QuerySet[Any]", start: int, size: int, record: Callable[[Any], Any]) -> Slice:
    return Slice(rows.count(), [record(row) for row in rows[start : start + size]])


class Outside:
    """The public's source: publications only."""

    def __init__(self) -> None:
        self.records = PublishedRecords([issue.content for issue in latest_issues()])

    def plans(self, start: int, size: int) -> Slice:
        """Return published plans."""
        return _cut(self.records.plans(), start, size)

    def plan(self, code: str) -> PlanRecord | None:
        """Return one published plan."""
        return next((plan for plan in self.records.plans() if plan.code == code), None)

    def nodes(self, code: str, start: int, size: int) -> Slice | None:
        """Return a published plan's nodes."""
        found = self.records.nodes(code)
        return None if found is None else _cut(found, start, size)

    def kpis(self, plan: str | None, start: int, size: int) -> Slice:
        """Return published KPIs."""
        return _cut(self.records.kpis(plan), start, size)

    def kpi(self, code: str) -> KpiRecord | None:
        """Return one published KPI."""
        return next((kpi for kpi in self.records.kpis(None) if kpi.code == code), None)

    def series(self, code: str, plan: str | None, start: int, size: int) -> Slice | None:
        """Return a published KPI's years."""
        found = self.records.series(code, plan)
        return None if found is None else _cut(found, start, size)

    def programs(self, fiscal_year: int | None, start: int, size: int) -> Slice:
        """Return published programs."""
        return _cut(self.records.programs(fiscal_year), start, size)

    def program(self, fiscal_year: int, key: str) -> ProgramRecord | None:
        """Return one published program."""
        return next((each for each in self.records.programs(fiscal_year) if each.key == key), None)


def _cut(records: Sequence[Any], start: int, size: int) -> Slice:
    return Slice(len(records), records[start : start + size])


class Inside:
    """A signed-in person's source: what the pages show them now."""

    def __init__(self, viewer: User) -> None:
        self.viewer = viewer

    def plans(self, start: int, size: int) -> Slice:
        """Return all plans."""
        rows = Plan.objects.select_related("rating_scheme").prefetch_related("rating_scheme__bands")
        return _slice(rows.order_by("code"), start, size, _plan)

    def plan(self, code: str) -> PlanRecord | None:
        """Return one plan."""
        found = Plan.objects.select_related("rating_scheme").filter(code=code).first()
        return _plan(found) if found else None

    def nodes(self, code: str, start: int, size: int) -> Slice | None:
        """Return a plan's nodes in the document's order."""
        plan = Plan.objects.filter(code=code).first()
        if plan is None:
            return None
        placements = Placement.objects.select_related("kpi").order_by("position", "id")
        rows = plan.nodes.select_related("parent").prefetch_related(Prefetch("placements", placements))
        return _slice(rows.order_by("position", "id"), start, size, lambda node: _node(plan, node))

    def kpis(self, plan: str | None, start: int, size: int) -> Slice:
        """Return KPIs' definitions by code."""
        rows = _kpis()
        if plan is not None:
            rows = rows.filter(pk__in=Placement.objects.filter(node__plan__code=plan).values("kpi"))
        return _slice(rows, start, size, _kpi)

    def kpi(self, code: str) -> KpiRecord | None:
        """Return one KPI's definition."""
        found = _kpis().filter(code=code).first()
        return _kpi(found) if found else None

    def series(self, code: str, plan: str | None, start: int, size: int) -> Slice | None:
        """Return a KPI's years in every plan it stands in, or in one of them, as the person sees them."""
        kpi = Kpi.objects.filter(code=code).first()
        plans = Plan.objects.filter(nodes__placements__kpi=kpi).select_related("rating_scheme").distinct()
        if plan is not None:
            plans = plans.filter(code=plan)
        if kpi is None or (plan is not None and not plans):
            return None
        records = [
            record
            for each in plans.order_by("code")
            for year in judged_years(kpi, each, viewer=self.viewer).years
            for record in _years(year, each)
        ]
        return _cut(records, start, size)

    def programs(self, fiscal_year: int | None, start: int, size: int) -> Slice:
        """Return programs' yearly sheets, newest year first."""
        rows = program_sheets(self.viewer).order_by("-fiscal_year", "program__number", "pk")
        if fiscal_year is not None:
            rows = rows.filter(fiscal_year=fiscal_year)
        return _slice(rows, start, size, _program)

    def program(self, fiscal_year: int, key: str) -> ProgramRecord | None:
        """Return one program's yearly sheet."""
        is_demo, number = key.startswith("demo-"), key.removeprefix("demo-")
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return None
        rows = program_sheets(self.viewer).filter(
            fiscal_year=fiscal_year, program__number=int(number), program__is_demo=is_demo
        )
        found = rows.first()
        return _program(found) if found else None


def _plan(plan: Plan) -> PlanRecord:
    scheme = plan.rating_scheme
    return PlanRecord(
        code=plan.code,
        name=plan.name,
        summary=plan.summary,
        first_fiscal_year=plan.first_fiscal_year,
        last_fiscal_year=plan.last_fiscal_year,
        rating_scheme=scheme.name if scheme else "",
        is_proposed_scheme=bool(scheme and scheme.is_proposal),
        grades=tuple(band.label for band in scheme.bands.all()) if scheme else (),
        is_demo=plan.is_demo,
    )


def _node(plan: Plan, node: Any) -> NodeRecord:
    return NodeRecord(
        plan=plan.code,
        key=_key(node),
        parent=_key(node.parent) if node.parent else None,
        level=node.level,
        level_name=plan.level_name(node.level),
        code=node.code,
        ascii_code=node.ascii_code,
        name=node.name,
        kpis=tuple(placement.kpi.code for placement in node.placements.all()),
    )


def _key(node: Any) -> str:
    return node.ascii_code or f"n{node.pk}"


def _kpis() -> "QuerySet[Kpi]":
    held = Responsibility.objects.select_related("section")
    places = Placement.objects.select_related("node__plan")
    return Kpi.objects.prefetch_related(Prefetch("responsibilities", held), Prefetch("placements", places))


def _kpi(kpi: Kpi) -> KpiRecord:
    return KpiRecord(
        code=kpi.code,
        name=kpi.name,
        unit=kpi.unit,
        decimals=kpi.decimals,
        direction=kpi.get_direction_display() if kpi.direction else "",
        aggregation=kpi.get_aggregation_display() if kpi.aggregation else "",
        baseline_value=kpi.baseline_value,
        baseline_note=kpi.baseline_text,
        rationale=kpi.rationale,
        method=kpi.method,
        statistic_source=kpi.statistic_source,
        sections=tuple(dict.fromkeys(held.section.name for held in kpi.responsibilities.all())),
        plans=tuple(dict.fromkeys(place.node.plan.code for place in kpi.placements.all())),
        is_demo=kpi.is_demo,
    )


def _years(year: KpiYear, plan: Plan) -> list[SeriesRecord]:
    """Return the KPI's own year, nothing where only the KPI before it has one."""
    figures, of = year.figures, year.fiscal_year
    if of not in figures.actuals and of not in figures.targets:
        return []
    own = verdict_of(figures, year.stick.plan, of, year.stick.scheme) if year.is_before else year.verdict
    return [_year(figures, plan, own)]


def _year(figures: KpiFigures, plan: Plan, verdict: Verdict) -> SeriesRecord:
    kpi = figures.kpi
    actual: Actual | None = figures.actuals.get(verdict.fiscal_year)
    target, change = figures.targets.get(verdict.fiscal_year), figures.changes.get(verdict.fiscal_year)
    return SeriesRecord(
        plan=plan.code,
        kpi=kpi.code,
        fiscal_year=verdict.fiscal_year,
        fiscal_year_era=era_label(verdict.fiscal_year),
        unit=kpi.unit,
        target=target.value if target else None,
        target_upper=target.upper if target else None,
        target_word=(target.word or BOUNDS.get(target.qualifier, "")) if target else "",
        target_former=change.former if change else "",
        target_changed_on=change.on.isoformat() if change else None,
        value=actual.value if actual else None,
        judged_value=verdict.value,
        status=actual.status if actual else None,
        expected_on=actual.expected_on.isoformat() if actual and actual.expected_on else None,
        note=actual.note if actual else "",
        progress_rate=verdict.progress_rate,
        achievement_rate=verdict.achievement_rate,
        grade=verdict.grade.label if verdict.grade else None,
        reason=verdict.reason.value if verdict.reason and not verdict.grade else None,
        explanation=verdict.explanation,
    )


def _program(sheet: ProgramSheet) -> ProgramRecord:
    program, section = sheet.program, sheet.section
    is_hidden: bool = sheet.is_hidden  # type: ignore[attr-defined]  # annotated by program_sheets
    return ProgramRecord(
        key=f"demo-{program.number}" if program.is_demo else str(program.number),
        number=program.number,
        fiscal_year=sheet.fiscal_year,
        fiscal_year_era=era_label(sheet.fiscal_year),
        name=sheet.name,
        former_name=sheet.former_name,
        bureau=section.bureau.name if section and section.bureau else sheet.bureau_printed,
        section=section.name if section else sheet.section_printed,
        purpose=None if is_hidden else sheet.purpose,
        summary=None if is_hidden else sheet.summary,
        results=None if is_hidden else sheet.results,
        is_demo=program.is_demo,
    )
