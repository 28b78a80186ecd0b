"""Papers as PDF: of what is published for everybody, of what would be published for planning."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from evaluations import permissions
from reports.calculations.published import Content, PublishedKpi
from reports.paper.typeset import Template, pdf
from reports.paper.words import report_data, sheet_data
from reports.selectors.publications import content_of, latest_issues
from tsukuba_kpi.requests import SignedInRequest


@login_not_required
@require_safe
def public_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the annual report of a publication."""
    issue = next((found for found in latest_issues() if found.publication.pk == pk), None)
    if issue is None:
        raise Http404
    issued = f"{date_format(localtime(issue.publication.published_at), 'Y年n月j日')}公表"
    data = report_data(
        issue.content, city=settings.CITY_NAME, issued=issued, amendment=issue.publication.amendment
    )
    return _pdf(pdf(Template.REPORT, data), f"report_{issue.content.fiscal_year}.pdf")


@login_not_required
@require_safe
def public_kpi_paper(request: HttpRequest, pk: int, kpi_code: str) -> HttpResponse:
    """Send one published KPI on A4."""
    issue = next((found for found in latest_issues() if found.publication.pk == pk), None)
    found = _kpis(issue.content, kpi_code) if issue else ()
    if issue is None or not found:
        raise Http404
    data = sheet_data(issue.content, city=settings.CITY_NAME, kpis=found[:1])
    return _pdf(pdf(Template.SHEET, data), f"{kpi_code}_{issue.content.fiscal_year}.pdf")


@require_safe
def publication_report(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send the annual report as it would be published now: a draft for planning."""
    collection = get_object_or_404(permissions.visible_rounds(request.user), pk=pk)
    if not permissions.can_manage_rounds(request.user):
        raise PermissionDenied
    data = report_data(content_of(collection), city=settings.CITY_NAME, issued="公表前の案")
    return _pdf(pdf(Template.REPORT, data), f"report_{collection.fiscal_year}_draft.pdf")


def _kpis(content: Content, code: str) -> tuple[PublishedKpi, ...]:
    return tuple(kpi for plan in content.plans if (kpi := plan.kpi(code)))


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
