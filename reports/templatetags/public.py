"""Counts of published KPIs for the citizens' pages."""

from collections import Counter
from dataclasses import dataclass

from django.template import Library

from reports.calculations.published import (
    PublishedBand,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedYear,
)

register = Library()


@dataclass(frozen=True)
class GradeCounts:
    """The KPIs of a node by grade; `unpublished` are those this issue says nothing of."""

    grades: tuple[tuple[PublishedBand, int], ...]
    ungraded: int
    unpublished: int


@register.simple_tag
def year_of(kpi: PublishedKpi, fiscal_year: int) -> PublishedYear | None:
    """Return a KPI's year."""
    return kpi.year(fiscal_year)


@register.simple_tag
def grade_counts(plan: PublishedPlan, node: PublishedNode, fiscal_year: int) -> GradeCounts:
    """Count the KPIs of a node by grade, each KPI once."""
    codes = set(node.all_kpis())
    kpis = [kpi for kpi in plan.kpis if kpi.code in codes]
    years = [kpi.year(fiscal_year) for kpi in kpis if kpi.is_published]
    numbers = Counter(year.grade.label for year in years if year and year.grade)
    return GradeCounts(
        grades=tuple((band, numbers[band.label]) for band in plan.bands if numbers[band.label]),
        ungraded=sum(1 for year in years if not (year and year.grade)),
        unpublished=sum(1 for kpi in kpis if not kpi.is_published),
    )


@dataclass(frozen=True)
class PublicationCounts:
    """How much of a plan would be published."""

    published: int
    unpublished: int


@register.simple_tag
def publication_counts(plan: PublishedPlan) -> PublicationCounts:
    """Count what of a plan would be published."""
    published = sum(1 for kpi in plan.kpis if kpi.is_published)
    return PublicationCounts(published, len(plan.kpis) - published)
