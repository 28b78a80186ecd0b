"""One row of a run beside the piece of the document it came from, and the meaning of columns."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from importers.calculations.boundaries import TEXTS, move_boundary, pieces_of
from importers.calculations.plan import HELD_KINDS
from importers.enums import DocumentKind, Outcome, RowDecision, RunState
from importers.forms import ColumnsForm, RowForm
from importers.models import ImportRow, ImportRun
from importers.selectors.runs import is_missing, row_line
from importers.selectors.source_pieces import source_piece
from importers.selectors.unchanged_rows import row_at, rows_at
from importers.services.page_pictures import has_picture, page_picture
from importers.services.previews import (
    WrongRunState,
    answer_columns,
    correct_row,
    decide_rows,
    kind_of,
)
from importers.tasks import read_import_run
from importers.views.access import authorship_of, with_run
from tsukuba_kpi.requests import SignedInRequest


@require_http_methods(["GET", "POST"])
@with_run
def import_row_edit(request: SignedInRequest, run: ImportRun, position: int) -> HttpResponse:
    """Show one row and its source; correct it, move a boundary, take another reading, decide."""
    row = _row_or_404(run, position)
    values = {**row.fields, **row.corrected}
    if request.method == "GET":
        return _page(request, run, row, RowForm(values=values, kind=kind_of(run)))
    try:
        form = _act(request, run, row, values)
    except WrongRunState as refusal:
        messages.error(request, str(refusal))
        return redirect(run)
    if form is not None:
        return _page(request, run, row, form, status=422)
    return redirect("importers:import_row_edit", pk=run.pk, position=_next(request, run, position))


def _row_or_404(run: ImportRun, position: int) -> ImportRow:
    row = row_at(run, position)
    if row is None:
        raise Http404
    return row


def _act(request: SignedInRequest, run: ImportRun, row: ImportRow, values: dict[str, Any]) -> RowForm | None:
    """Do what the pressed button says; return the form when what was typed cannot be read."""
    if "boundary" in request.POST:
        correct_row(run, row.position, values | _moved(request, values))
    elif "alternative" in request.POST:
        correct_row(run, row.position, values | _alternative(request, row))
    elif "reset" in request.POST:
        correct_row(run, row.position, None)
    else:
        form = RowForm(request.POST, values={} if is_missing(row) else values, kind=kind_of(run))
        if not form.is_valid():
            return form
        if not is_missing(row):
            correct_row(run, row.position, values | form.values())
        if row.outcome != Outcome.REFUSED.value:
            decision = next((d for d in RowDecision if d.value == request.POST.get("decision")), None)
            decide_rows(run, {row.position: decision})
        messages.success(request, f"{row.position}行目を保存しました。")
    return None


def _moved(request: HttpRequest, values: dict[str, Any]) -> dict[str, Any]:
    field, _, index = request.POST["boundary"].partition(":")
    typed = {name: request.POST.get(name, values.get(name)) for name in TEXTS}
    try:
        return dict(move_boundary(typed, field, int(index)))
    except ValueError:
        raise Http404 from None


def _alternative(request: HttpRequest, row: ImportRow) -> dict[str, Any]:
    doubt, _, number = request.POST["alternative"].partition(":")
    try:
        found = row.doubts[int(doubt)]["alternatives"][int(number)]
    except (ValueError, LookupError):
        raise Http404 from None
    return {name: value for name, value in found.items() if name in row.fields}


def _next(request: SignedInRequest, run: ImportRun, position: int) -> int:
    """Return the row to show: the next one that asks for a person when that was wanted."""
    if "save_next" not in request.POST:
        return position
    waiting = run.rows.filter(outcome=Outcome.REVIEW.value, decision="").order_by("position")
    following = waiting.filter(position__gt=position).first() or waiting.exclude(position=position).first()
    return following.position if following is not None else position


def _page(
    request: SignedInRequest, run: ImportRun, row: ImportRow, form: RowForm, status: int = 200
) -> HttpResponse:
    kind = kind_of(run)
    values = {**row.fields, **row.corrected}
    neighbours = [other.position for other in rows_at(run, [row.position - 1, row.position + 1])]
    context = {
        "run": run,
        "row": row,
        "line": row_line(row, kind),
        "form": form,
        "piece": source_piece(run, row),
        "has_picture": has_picture(run, row),
        "pieces": pieces_of(values) if kind is DocumentKind.PROGRAMS else [],
        "doubts": [
            (number, doubt, list(enumerate(doubt.get("alternatives", []))))
            for number, doubt in enumerate(row.doubts)
        ],
        "is_held": kind in HELD_KINDS,
        "is_missing": is_missing(row),
        "is_preview": run.state == RunState.PREVIEWED.value,
        "previous": row.position - 1 if row.position - 1 in neighbours else None,
        "next": row.position + 1 if row.position + 1 in neighbours else None,
    }
    return render(request, "importers/import_row_edit.html", context, status=status)


@require_safe
@with_run
def import_row_picture(request: SignedInRequest, run: ImportRun, position: int) -> HttpResponseBase:
    """Send the picture of the page that a row of a PDF stands on, with its cells marked."""
    row = _row_or_404(run, position)
    picture = page_picture(run, row, whole="whole" in request.GET)
    if picture is None:
        raise Http404("このページの画像は作れませんでした。")
    response = FileResponse(picture.open("rb"), content_type="image/png")
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_http_methods(["GET", "POST"])
@with_run
def import_run_columns(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Ask what the columns of a layout mean, remember it, and read the document again."""
    kind = kind_of(run)
    forms = [ColumnsForm(request.POST or None, kind=kind, table=table) for table in run.tables]
    if not forms:
        raise Http404
    if request.method == "POST" and all(form.is_valid() for form in forms):
        answers = {form.fingerprint: form.mapping() for form in forms}
        try:
            answer_columns(run, answers, authorship=authorship_of(request))
        except WrongRunState as refusal:
            messages.error(request, str(refusal))
            return redirect(run)
        transaction.on_commit(lambda: read_import_run.enqueue(run.pk))
        messages.success(request, "列の対応を覚えました。文書を読み直しています。")
        return redirect(reverse("importers:import_run_detail", args=[run.pk]))
    context = {"run": run, "tables": list(zip(run.tables, forms, strict=True))}
    return render(request, "importers/import_run_columns.html", context)
