"""Papers of what is published for everybody, and of what would be published for planning."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluations import permissions
from reports.calculations.published import PublishedPlan
from reports.paper.book import report_book
from reports.paper.typeset import Template, kept_file, kept_pdf, pdf
from reports.paper.words import list_data, measure_data, report_data, sheet_data
from reports.selectors.papers import editions_in_words, is_long, issued_words, papers_folder, report_words
from reports.selectors.publications import Issue, content_of, latest_issues
from reports.tasks import keep_report
from tsukuba_kpi.requests import SignedInRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# How long a report that was asked for is not asked for again, in seconds.
PATIENCE = 300


@login_not_required
@require_safe
def public_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the annual report of a publication; a long one that was never set is set behind a page."""
    issue = _issue(pk)
    data = report_words(issue.publication)
    name = f"report_{issue.content.fiscal_year}.pdf"
    if is_long(issue.content) and not kept_file(Template.REPORT, data, papers_folder()).exists():
        if cache.add(f"reports.keep_report.{pk}", True, PATIENCE):
            keep_report.enqueue(pk)
        response = render(request, "reports/public/report_waiting.html", {"issue": issue}, status=202)
        response["Refresh"] = "5"
        return response
    return _pdf(kept_pdf(Template.REPORT, data, papers_folder()), name)


@login_not_required
@require_safe
def public_report_book(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the annual report's content as a workbook."""
    issue = _issue(pk)
    book = report_book(
        issue.content, issued=issued_words(issue.publication), editions=editions_in_words(issue.publication)
    )
    response = HttpResponse(book, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="report_{issue.content.fiscal_year}.xlsx"'
    return response


@login_not_required
@require_safe
def public_kpi_paper(request: HttpRequest, pk: int, kpi_code: str) -> HttpResponse:
    """Send one published KPI on A4."""
    issue = _issue(pk)
    found = tuple(kpi for plan in issue.content.plans if (kpi := plan.kpi(kpi_code)))
    if not found:
        raise Http404
    data = sheet_data(issue.content, city=settings.CITY_NAME, kpis=found[:1])
    return _kept(Template.SHEET, data, f"{kpi_code}_{issue.content.fiscal_year}.pdf")


@login_not_required
@require_safe
def public_program_paper(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Send one published program on A4."""
    issue = _issue(pk)
    found = tuple(program for program in issue.content.programs if program.key == key)
    if not found:
        raise Http404
    data = sheet_data(issue.content, city=settings.CITY_NAME, programs=found)
    return _kept(Template.SHEET, data, f"program_{key}_{issue.content.fiscal_year}.pdf")


@login_not_required
@require_safe
def public_node_paper(request: HttpRequest, pk: int, code: str, key: str) -> HttpResponse:
    """Send the summary of a goal, measure or grant program."""
    issue = _issue(pk)
    plan = _plan(issue, code)
    node = plan.node(key)
    if node is None:
        raise Http404
    data = measure_data(issue.content, plan, node, city=settings.CITY_NAME)
    return _kept(Template.MEASURE, data, f"{code}_{key}_{issue.content.fiscal_year}.pdf")


@login_not_required
@require_safe
def public_list_paper(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Send all KPIs of a plan as one table on A3."""
    issue = _issue(pk)
    data = list_data(issue.content, _plan(issue, code), city=settings.CITY_NAME)
    return _kept(Template.LIST, data, f"{code}_list_{issue.content.fiscal_year}.pdf")


@require_safe
def publication_report(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send the annual report as it would be published now: a draft for planning."""
    collection = get_object_or_404(permissions.visible_rounds(request.user), pk=pk)
    if not permissions.can_manage_rounds(request.user):
        raise PermissionDenied
    data = report_data(content_of(collection), city=settings.CITY_NAME, issued="公表前の案")
    return _pdf(pdf(Template.REPORT, data), f"report_{collection.fiscal_year}_draft.pdf")


def _issue(pk: int) -> Issue:
    issue = next((found for found in latest_issues() if found.publication.pk == pk), None)
    if issue is None:
        raise Http404
    return issue


def _plan(issue: Issue, code: str) -> PublishedPlan:
    plan = next((plan for plan in issue.content.plans if plan.code == code), None)
    if plan is None:
        raise Http404
    return plan


def _kept(template: Template, data: dict[str, Any], name: str) -> HttpResponse:
    return _pdf(kept_pdf(template, data, papers_folder()), name)


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
