"""Pieces of the citizens' pages: counts as words and bars, figures as sentences, the picture of a KPI."""

from dataclasses import dataclass

from django.template import Library
from django.utils.safestring import SafeString

from reports.calculations.plain_words import Overview, grade_notes, kpi_sentence, overview, rate_notes
from reports.calculations.published import PublishedKpi, PublishedNode, PublishedPlan, PublishedYear
from reports.charts.bars import stacked_bar
from reports.charts.series import series_svg
from reports.paper.words import picture_of

register = Library()


@register.simple_tag
def year_of(kpi: PublishedKpi, fiscal_year: int) -> PublishedYear | None:
    """Return a KPI's year."""
    return kpi.year(fiscal_year)


@register.simple_tag
def plan_overview(plan: PublishedPlan, fiscal_year: int, node: PublishedNode | None = None) -> Overview:
    """Count the KPIs of a plan or node by grade, each KPI once, and say it in words."""
    return overview(plan, fiscal_year, node)


@register.simple_tag
def overview_bar(found: Overview) -> SafeString:
    """Draw the counts; the list below it says the same in words."""
    parts = [(band.label, number, band.colour) for band, number in found.grades]
    return stacked_bar([*parts, ("評価なし", found.ungraded, "")])


@register.simple_tag
def kpi_words(kpi: PublishedKpi, fiscal_year: int) -> str:
    """Say a KPI's year in a plain sentence."""
    return kpi_sentence(kpi, fiscal_year)


@register.simple_tag
def kpi_notes(plan: PublishedPlan, kpi: PublishedKpi) -> tuple[str, ...]:
    """Return what a reader has to know of a KPI's rates and grades."""
    return (*rate_notes(kpi), *grade_notes(plan, kpi))


@register.simple_tag
def kpi_picture(kpi: PublishedKpi, identifier: str = "series") -> SafeString:
    """Draw a KPI over the years; the table beside it holds the same figures."""
    return series_svg(picture_of(kpi), identifier=identifier)


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
