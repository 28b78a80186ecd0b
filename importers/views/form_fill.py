"""Filling a city's own form with one sheet: upload an xlsx with named cells, get it back filled."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.models import KpiSheet
from evaluations.permissions import AnySheet
from importers.forms import FormUpload
from importers.selectors.form_values import form_values
from importers.services.fill_form import fill_form
from importers.sources.refusals import RefusedFile
from tsukuba_kpi.requests import SignedInRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_sheet_form(request: SignedInRequest, pk: int) -> HttpResponse:
    """Fill a form with a KPI's sheet."""
    sheets = permissions.visible_kpi_sheets(request.user).select_related("kpi", "round", "section__bureau")
    return _filled(request, get_object_or_404(sheets, pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
def program_evaluation_form(request: SignedInRequest, pk: int) -> HttpResponse:
    """Fill a form with a program's sheet."""
    sheets = permissions.visible_program_evaluations(request.user)
    rows = sheets.select_related("program_sheet__program", "round", "section__bureau")
    return _filled(request, get_object_or_404(rows, pk=pk))


def _filled(request: SignedInRequest, sheet: AnySheet) -> HttpResponse:
    form = FormUpload(request.POST or None, request.FILES or None)
    values = form_values(request.user, sheet)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = fill_form(file.read(), file.name, values)
        except RefusedFile as refusal:
            form.add_error("file", str(refusal))
        else:
            response = HttpResponse(made.content, content_type=XLSX)
            response["Content-Disposition"] = content_disposition_header(True, f"記入済_{file.name}")
            response["X-Filled-Names"] = str(len(made.filled))
            return response
    title = sheet.kpi.name if isinstance(sheet, KpiSheet) else sheet.program_sheet.name
    context = {"sheet": sheet, "title": title, "form": form, "values": values, "is_demo": sheet.round.is_demo}
    status = 422 if request.method == "POST" else 200
    return render(request, "importers/form_fill.html", context, status=status)
