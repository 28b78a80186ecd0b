"""The API's records out of publications: what the public pages show, and nothing else."""

from collections.abc import Iterator, Sequence

from reports.calculations.api_records import KpiRecord, NodeRecord, PlanRecord, ProgramRecord, SeriesRecord
from reports.calculations.published import (
    Content,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
    PublishedYear,
)
from tsukuba_kpi.lib.fiscal_year import era_label

BOUNDS = {"at_least": "以上", "at_most": "以下"}


class PublishedRecords:
    """The newest publication of every round, newest round first, as records."""

    def __init__(self, contents: Sequence[Content]) -> None:
        self.contents = contents

    def _plans(self) -> dict[str, PublishedPlan]:
        """Return each plan as its newest publication has it."""
        found: dict[str, PublishedPlan] = {}
        for content in self.contents:
            for plan in content.plans:
                found.setdefault(plan.code, plan)
        return found

    def plans(self) -> list[PlanRecord]:
        """Return the published plans."""
        return [plan_record(plan) for plan in self._plans().values()]

    def nodes(self, code: str) -> list[NodeRecord] | None:
        """Return a published plan's nodes in the document's order."""
        plan = self._plans().get(code)
        return None if plan is None else list(_nodes(plan, plan.nodes, None))

    def kpis(self, plan: str | None) -> list[KpiRecord]:
        """Return the published KPIs, each as the newest publication that has it."""
        placed: dict[str, list[PublishedPlan]] = {}
        newest: dict[str, tuple[PublishedPlan, PublishedKpi]] = {}
        for found in self._plans().values():
            for kpi in found.kpis:
                placed.setdefault(kpi.code, []).append(found)
                newest.setdefault(kpi.code, (found, kpi))
        return [
            kpi_record(kpi, [each.code for each in placed[code]], is_demo=of_plan.is_demo)
            for code, (of_plan, kpi) in sorted(newest.items())
            if plan is None or plan in {each.code for each in placed[code]}
        ]

    def series(self, kpi: str, plan: str | None) -> list[SeriesRecord] | None:
        """Return a KPI's published years, each as the newest publication has it; None for an unknown KPI."""
        found: dict[tuple[str, int], SeriesRecord] = {}
        is_known = False
        for content in self.contents:
            for of_plan in content.plans:
                published = of_plan.kpi(kpi)
                if published is None or plan not in (None, of_plan.code):
                    continue
                is_known = True
                for year in published.years:
                    found.setdefault(
                        (of_plan.code, year.fiscal_year), series_record(of_plan, published, year)
                    )
        return [found[key] for key in sorted(found)] if is_known else None

    def programs(self, fiscal_year: int | None) -> list[ProgramRecord]:
        """Return the published programs, newest year first."""
        found: dict[tuple[int, str], ProgramRecord] = {}
        for content in self.contents:
            for program in content.programs:
                if fiscal_year in (None, content.fiscal_year):
                    found.setdefault(
                        (-content.fiscal_year, program.key), program_record(program, content.fiscal_year)
                    )
        return sorted(found.values(), key=lambda record: (-record.fiscal_year, record.number, record.key))


def plan_record(plan: PublishedPlan) -> PlanRecord:
    """Return a published plan as a record."""
    return PlanRecord(
        code=plan.code,
        name=plan.name,
        summary=plan.summary,
        first_fiscal_year=plan.first_fiscal_year,
        last_fiscal_year=plan.last_fiscal_year,
        rating_scheme=plan.scheme_name,
        is_proposed_scheme=plan.scheme_is_proposal,
        grades=tuple(band.label for band in plan.bands),
        is_demo=plan.is_demo,
    )


def _nodes(plan: PublishedPlan, nodes: Sequence[PublishedNode], parent: str | None) -> Iterator[NodeRecord]:
    for node in nodes:
        yield NodeRecord(
            plan=plan.code,
            key=node.key,
            parent=parent,
            level=node.level,
            level_name=node.level_name,
            code=node.code,
            ascii_code=node.ascii_code,
            name=node.name,
            kpis=node.kpis,
        )
        yield from _nodes(plan, node.children, node.key)


def kpi_record(kpi: PublishedKpi, plans: Sequence[str], *, is_demo: bool) -> KpiRecord:
    """Return a published KPI's definition as a record."""
    return KpiRecord(
        code=kpi.code,
        name=kpi.name,
        unit=kpi.unit,
        decimals=kpi.decimals,
        direction=kpi.direction,
        aggregation=kpi.aggregation,
        baseline_value=kpi.baseline_value,
        baseline_note=kpi.baseline_text,
        rationale=kpi.rationale,
        method=kpi.method,
        statistic_source=kpi.statistic_source,
        sections=kpi.sections,
        plans=tuple(plans),
        is_demo=is_demo,
    )


def series_record(plan: PublishedPlan, kpi: PublishedKpi, year: PublishedYear) -> SeriesRecord:
    """Return a published year of a KPI as a record."""
    return SeriesRecord(
        plan=plan.code,
        kpi=kpi.code,
        fiscal_year=year.fiscal_year,
        fiscal_year_era=era_label(year.fiscal_year),
        unit=kpi.unit,
        target=year.target,
        target_upper=year.target_upper,
        target_word=year.target_word or BOUNDS.get(year.target_qualifier, ""),
        target_former=year.target_former,
        target_changed_on=year.target_changed_on or None,
        value=year.value,
        judged_value=year.judged_value,
        status=year.status or None,
        expected_on=year.expected_on or None,
        note=year.note,
        progress_rate=year.progress_rate,
        achievement_rate=year.achievement_rate,
        grade=year.grade.label if year.grade else None,
        reason=year.reason or None,
        explanation=year.explanation,
    )


def program_record(program: PublishedProgram, fiscal_year: int) -> ProgramRecord:
    """Return a published program as a record."""
    return ProgramRecord(
        key=program.key,
        number=program.number,
        fiscal_year=fiscal_year,
        fiscal_year_era=era_label(fiscal_year),
        name=program.name,
        former_name=program.former_name,
        bureau=program.bureau,
        section=program.section,
        purpose=program.purpose,
        summary=program.summary,
        results=program.results,
        is_demo=program.is_demo,
    )
