"""A filled-in workbook coming back: the upload, the review of every field three ways, writing, its errors."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluations.views.requests import authorship_of
from importers.calculations.three_way import Choice, Difference, Side
from importers.enums import Outcome, RunState
from importers.forms import RoundBookForm
from importers.models import ImportRow, ImportRun
from importers.permissions import book_sections
from importers.selectors.marked_book import marked_book
from importers.selectors.round_books import Taking
from importers.selectors.runs import row_place
from importers.services.previews import PreviewOutdated, WrongRunState
from importers.services.round_runs import (
    BookRefused,
    ChoicesMissing,
    apply_book_run,
    choose_fields,
    comparison_stamp,
    differences_of,
    hand_in,
    round_of,
    start_book_run,
    unwritten_of,
    waiting_fields,
)
from importers.tasks import read_import_run
from importers.views.access import with_book_run
from importers.views.round_books import round_or_404, workbook_response
from importers.views.runs import reading_page
from importers.workbooks.round_book_file import write_round_book
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

TOLD = 20
TAKE, KEEP, LEAVE = "take", "keep", "leave"


@require_http_methods(["GET", "HEAD", "POST"])
def round_book_upload(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a filled-in workbook, keep it, and let it be read in the background."""
    collection = round_or_404(request, pk)
    form = RoundBookForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        digest = hashlib.sha256()
        for piece in file.chunks():
            digest.update(piece)
        run = start_book_run(
            file=file,
            sha256=digest.hexdigest(),
            collection=collection,
            authorship=authorship_of(request),
        )
        transaction.on_commit(lambda: read_import_run.enqueue(run.pk))
        return redirect(run)
    context = {
        "form": form,
        "round": collection,
        "takes_all": book_sections(request.user) is None,
        "only_looks": not request.user.access.section_ids,
        "is_demo": collection.is_demo,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "importers/round_book_upload.html", context, status=status)


# --- the review ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldLine:
    """One field of the review, with what the person has chosen."""

    difference: Difference
    choice: str

    @property
    def clashes(self) -> bool:
        """Return whether both sides changed it."""
        return self.difference.side is Side.BOTH


@dataclass(frozen=True)
class BookRow:
    """One line of the review: its sheet, the fields that differ, what cannot be taken, what is to be seen."""

    record: ImportRow
    place: str
    fields: Sequence[FieldLine]
    unwritten: Sequence[Difference]
    problems: Sequence[str]
    notices: Sequence[str]

    @property
    def is_quiet(self) -> bool:
        """Return whether there is nothing to tell of the line."""
        return not (self.fields or self.problems or self.notices)


def _book_row(record: ImportRow) -> BookRow:
    told = {"refused": [], "notice": []}  # type: dict[str, list[str]]
    for doubt in record.doubts:
        told[doubt["code"]].append(doubt["message"])
    fields = [FieldLine(each, record.corrected.get(each.field, "")) for each in differences_of(record)]
    return BookRow(record, row_place(record), fields, unwritten_of(record), told["refused"], told["notice"])


@require_safe
@with_book_run
def round_book_run(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Show what a workbook would change, beside what stood there when it was taken and stands there now."""
    if run.state == RunState.READING.value:
        return reading_page(request, run)
    return _show(request, run)


def _show(request: SignedInRequest, run: ImportRun, status: int = 200) -> HttpResponse:
    rows = list(run.rows.all())
    lines = [_book_row(row) for row in rows]
    proposed = sum(each.difference.proposes for line in lines for each in line.fields)
    context = {
        "run": run,
        "stamp": comparison_stamp(rows),
        "only_looks": not request.user.access.section_ids,
        "round": round_of(run),
        "lines": [line for line in lines if not line.is_quiet],
        "quiet": sum(line.is_quiet for line in lines),
        "total": len(lines),
        "proposed": proposed,
        "waiting": waiting_fields(rows),
        "problems": sum(len(line.problems) for line in lines),
        "is_preview": run.state == RunState.PREVIEWED.value,
        "can_mark": any(row.fields.get("pk") for row in rows),
        "refused": run.counts.get(Outcome.REFUSED.value, 0),
        "is_demo": run.is_demo,
    }
    return render(request, "importers/round_book_run.html", context, status=status)


@require_POST
@with_book_run
def round_book_apply(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Keep what was chosen; then write it, and hand in what is complete, if that was the button."""
    try:
        choose_fields(run, _choices(request, run), stamp=request.POST.get("stamp", ""))
        if request.POST.get("do") == "keep":
            messages.success(request, "選択を保存しました。まだ反映していません。")
            return redirect(run)
        applied = apply_book_run(run, today=clock.today(), authorship=authorship_of(request))
    except (WrongRunState, PreviewOutdated, BookRefused) as refusal:
        messages.error(request, str(refusal))
        return redirect(run)
    except ChoicesMissing as missing:
        messages.error(request, str(missing))
        return _show(request, run, status=422)
    messages.success(request, f"{len(applied.sheets)}件のシートに反映しました。")
    if request.POST.get("do") == "submit":
        run.refresh_from_db()
        handed = hand_in(run, applied.sheets, today=clock.today(), authorship=authorship_of(request))
        if handed.done:
            messages.success(request, f"{handed.done}件を承認へ回しました。")
        for told in handed.lacking[:TOLD]:
            messages.warning(request, told)
    return redirect(run)


def _choices(request: HttpRequest, run: ImportRun) -> dict[int, dict[str, Choice]]:
    """Return what the page's boxes say: a clash is chosen, a proposal is taken unless it is left out."""
    found: dict[int, dict[str, Choice]] = {}
    for row in run.rows.all():
        for number, each in enumerate(differences_of(row)):
            box = request.POST.get(f"field-{row.position}-{number}", "")
            if box == Choice.WORKBOOK and each.side is Side.BOTH:
                found.setdefault(row.position, {})[each.field] = Choice.WORKBOOK
            elif box == Choice.SYSTEM:
                found.setdefault(row.position, {})[each.field] = Choice.SYSTEM
    return found


@require_safe
@with_book_run
def round_book_marked(request: SignedInRequest, run: ImportRun) -> HttpResponseBase:
    """Send the workbook back with what is wrong marked in its cells."""
    collection = round_of(run)
    if collection is None:
        raise Http404
    taking = Taking(user=request.user, collection=collection, at=localtime(clock.now()))
    book = marked_book(run, taking)
    if book is None:
        raise Http404
    name = run.file_name.removesuffix(".xlsx").removesuffix("_確認")
    return workbook_response(write_round_book(book), f"{name}_確認.xlsx")
