"""Which section answers for a KPI in a fiscal year, followed through reorganisations."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from organization.models import Section, SectionSuccession
from strategy.enums import ResponsibilityRole
from strategy.models import Responsibility


@dataclass(frozen=True)
class Answerable:
    """The section that answers, or in a Japanese sentence why none could be found."""

    section: Section | None
    why_none: str = ""


NOBODY = Answerable(None, "主担当の課室が登録されていません。")


def lead_sections(kpi_ids: Collection[int], *, fiscal_year: int, working_year: int) -> dict[int, Answerable]:
    """Return for each KPI who answers for a fiscal year's figure in the year the work is done.

    The lead of `fiscal_year` counts (a responsibility for all places before one for a single place, then
    by position); where that section has gone by `working_year`, its successor. A constant number of queries.
    """
    leads = (
        Responsibility.objects.for_year(fiscal_year)
        .filter(kpi_id__in=kpi_ids, role=ResponsibilityRole.LEAD.value)
        .select_related("section__bureau")
        .order_by("position", "id")
    )
    chosen: dict[int, Responsibility] = {}
    for lead in leads:
        held = chosen.get(lead.kpi_id)
        if held is None or (held.placement_id is not None and lead.placement_id is None):
            chosen[lead.kpi_id] = lead
    followed = follow_successions((lead.section for lead in chosen.values()), working_year=working_year)
    return {pk: followed[chosen[pk].section_id] if pk in chosen else NOBODY for pk in kpi_ids}


def follow_successions(sections: Iterable[Section], *, working_year: int) -> dict[int, Answerable]:
    """Return for each section who does its work in a fiscal year: itself, or its one successor."""
    wanted = {section.pk: section for section in sections}
    if all(_exists(section, working_year) for section in wanted.values()):
        return {pk: Answerable(section) for pk, section in wanted.items()}
    steps: dict[int, list[SectionSuccession]] = {}
    rows = SectionSuccession.objects.filter(fiscal_year__lte=working_year)
    for step in rows.select_related("successor__bureau").order_by("fiscal_year", "id"):
        steps.setdefault(step.predecessor_id, []).append(step)
    return {pk: _follow(section, steps, working_year) for pk, section in wanted.items()}


def _follow(section: Section, steps: dict[int, list[SectionSuccession]], working_year: int) -> Answerable:
    seen = set()
    current = section
    while not _exists(current, working_year):
        if current.pk in seen:
            return Answerable(None, f"「{section.name}」の組織改正の登録が循環しています。")
        seen.add(current.pk)
        successors = [step.successor for step in steps.get(current.pk, []) if step.successor is not None]
        if not successors:
            return Answerable(None, f"「{current.name}」は廃止され、引き継いだ課室が登録されていません。")
        if len(successors) > 1:
            names = "・".join(successor.name for successor in successors)
            return Answerable(None, f"「{current.name}」は{names}に分かれたため、担当を決められません。")
        current = successors[0]
    return Answerable(current)


def _exists(section: Section, fiscal_year: int) -> bool:
    return section.closed_fiscal_year is None or section.closed_fiscal_year >= fiscal_year
