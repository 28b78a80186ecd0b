"""The list of runs, the upload, and one run: its preview, applying, discarding, undoing, its file."""

import datetime
import hashlib
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from importers.calculations.plan import HELD_KINDS
from importers.enums import DocumentKind, RowDecision, RunState
from importers.forms import NewSectionsForm, UploadForm
from importers.models import ImportRun
from importers.permissions import importable_kinds, visible_runs
from importers.selectors.runs import (
    earlier_runs,
    outcome_tabs,
    row_line,
    runs_for_list,
    section_labels,
    unclear_columns,
)
from importers.selectors.unchanged_rows import rows_shown
from importers.services.answers import (
    answer_sections,
    decide_filtered,
    forget_section_answers,
    give_reason,
)
from importers.services.imports import ImportOptions
from importers.services.previews import (
    PreviewOutdated,
    WrongRunState,
    apply_run,
    decide_rows,
    discard_run,
    kind_of,
    start_run,
)
from importers.services.undo import CannotUndo, undo_run
from importers.tasks import read_import_run
from importers.views.access import authorship_of, for_importers, kpis_allowed, with_run
from tsukuba_kpi import clock
from tsukuba_kpi.lib.japanese_text import match_key
from tsukuba_kpi.requests import SignedInRequest, sent_number

RUNS_ON_A_PAGE = 30
ROWS_ON_A_PAGE = 100
LONG_WAIT = datetime.timedelta(seconds=30)
LONGEST_REASON = 2000


@require_safe
@for_importers
def import_run_list(request: SignedInRequest) -> HttpResponse:
    """List the runs that exist for the person, newest first."""
    runs = runs_for_list(visible_runs(request.user))
    page = Paginator(runs, RUNS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "importers/import_run_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@for_importers
def import_run_create(request: SignedInRequest) -> HttpResponse:
    """Take a file, keep it, and let it be read in the background."""
    kinds = importable_kinds(request.user)
    form = UploadForm(request.POST or None, request.FILES or None, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        digest = hashlib.sha256()
        for piece in file.chunks():
            digest.update(piece)
        run = start_run(
            file=file,
            sha256=digest.hexdigest(),
            options=_options(request, form.cleaned_data),
            authorship=authorship_of(request),
        )
        transaction.on_commit(lambda: read_import_run.enqueue(run.pk))
        return redirect(run)
    status = 422 if request.method == "POST" else 200
    return render(request, "importers/import_run_create.html", {"form": form}, status=status)


def _options(request: SignedInRequest, cleaned: dict[str, Any]) -> ImportOptions:
    kind = next(kind for kind in DocumentKind if kind.value == cleaned["kind"])
    plan = cleaned["plan"]
    return ImportOptions(
        kind=kind,
        plan_name=plan.name if plan is not None else cleaned["plan_name"] or None,
        fiscal_year=cleaned["fiscal_year"] if kind is DocumentKind.PROGRAMS else None,
        effective_on=cleaned.get("effective_on") if kind in HELD_KINDS else None,
        include_hidden=cleaned["include_hidden"],
        only_kpis=kpis_allowed(request),
    )


@require_safe
@with_run
def import_run_detail(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Show a run as it stands: being read, refused, under review, applied or undone."""
    if run.state == RunState.READING.value:
        return reading_page(request, run)
    key = request.GET.get("outcome", "")
    page = Paginator(rows_shown(run, key), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    kind = kind_of(run)
    known = section_labels(demo=run.is_demo) if run.new_sections else []
    context = {
        "run": run,
        "key": key,
        "tabs": outcome_tabs(run, key),
        "page": page,
        "lines": [row_line(row, kind) for row in page.object_list],
        "is_held": kind in HELD_KINDS,
        "takes_reason": kind is DocumentKind.DEFINITIONS,
        "reason": run.options.get("reason", ""),
        "sections_form": _sections_form(run, known),
        "known_sections": [label for label, _ in known],
        "answered_sections": run.options.get("sections", []),
        "earlier": earlier_runs(run, visible_runs(request.user)),
        "is_preview": run.state == RunState.PREVIEWED.value,
        "total": sum(run.counts.values()),
        "asks_columns": any(_asks(table) for table in run.tables),
        "unclear_columns": unclear_columns(run.tables),
    }
    return render(request, "importers/import_run_detail.html", context)


def _sections_form(
    run: ImportRun, known: Sequence[tuple[str, int]], data: QueryDict | None = None
) -> NewSectionsForm | None:
    """Return the form about sections that would be registered, None where nobody is asked."""
    if run.state != RunState.PREVIEWED.value or not run.new_sections:
        return None
    labels = {match_key(label): pk for label, pk in known}
    return NewSectionsForm(data, sections=run.new_sections, labels=labels)


def _asks(table: dict[str, Any]) -> bool:
    """Return whether a table has columns that nobody could name."""
    return bool(table["missing"]) or bool(unclear_columns([table]))


def reading_page(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Show how far the reading of a run of any kind is."""
    context = {"run": run, "is_demo": run.is_demo, "is_late": _is_late(run)}
    return render(request, "importers/import_run_reading.html", context)


def _is_late(run: ImportRun) -> bool:
    """Return whether a reading that has not begun should have: perhaps nobody works off the queue."""
    return run.progress == 0 and clock.now() - run.created_at > LONG_WAIT


@require_safe
@with_run
def import_run_progress(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Return how far the reading is; when it has ended, let the page come anew."""
    if run.state != RunState.READING.value:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "importers/_progress.html", {"run": run, "is_late": _is_late(run)})


@require_safe
@with_run
def import_run_file(request: SignedInRequest, run: ImportRun) -> HttpResponseBase:
    """Give back the file as it was uploaded."""
    if not run.stored_file:
        raise Http404
    return FileResponse(run.stored_file.open("rb"), as_attachment=True, filename=run.file_name)


# --- acts ---------------------------------------------------------------------------------------------------


@require_POST
@with_run
def import_run_sections(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Keep which registered sections are meant by new names, and that the others are to be registered."""
    form = _sections_form(run, section_labels(demo=run.is_demo), request.POST)
    if form is None:
        messages.error(request, "この取込では、もう課室を決められません。一覧から開き直してください。")
        return redirect(run)
    if not form.is_valid():
        for problem in form.errors.values():
            messages.error(request, str(problem[0]))
        return redirect(run)
    try:
        answer_sections(run, form.answers())
        messages.success(request, "課室の扱いを保存しました。")
    except WrongRunState as refusal:
        messages.error(request, str(refusal))
    return redirect(run)


@require_POST
@with_run
def import_run_answers(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Keep why definitions change, or ask again about the sections."""
    try:
        if "forget_sections" in request.POST:
            forget_section_answers(run)
            messages.success(request, "課室の扱いを初めに戻しました。")
        else:
            give_reason(run, request.POST.get("reason", "")[:LONGEST_REASON])
            messages.success(request, "変更の理由を保存しました。")
    except WrongRunState as refusal:
        messages.error(request, str(refusal))
    return redirect(run)


@require_POST
@with_run
def import_run_decide(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Keep what was decided about the rows shown, or about all rows of the tab."""
    if "all" in request.POST:
        return _decide_all(request, run)
    try:
        changed = decide_rows(run, _decisions(request))
        told = f"{changed}行の判断を保存しました。" if changed else "変更はありませんでした。"
        messages.success(request, told)
    except WrongRunState as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{run.get_absolute_url()}?{request.GET.urlencode()}")


def _decide_all(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    try:
        changed = decide_filtered(run, request.GET.get("outcome", ""), _decision(request.POST["all"]))
        messages.success(
            request, f"{changed}行の判断を保存しました。" if changed else "変更はありませんでした。"
        )
    except WrongRunState as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{run.get_absolute_url()}?{request.GET.urlencode()}")


def _decisions(request: SignedInRequest) -> dict[int, RowDecision | None]:
    """Return what was decided on the page; a row still as it was shown is nobody's new decision."""
    return {
        position: _decision(value)
        for name, value in request.POST.items()
        if name.startswith("decision-")
        and (position := sent_number(name.removeprefix("decision-"))) is not None
        and request.POST.get(f"was-{position}") != value
    }


def _decision(value: object) -> RowDecision | None:
    return next((decision for decision in RowDecision if decision.value == value), None)


@require_POST
@with_run
def import_run_apply(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Write everything that was previewed, at once, as it was decided on the page."""
    try:
        apply_run(
            run,
            only_kpis=kpis_allowed(request),
            authorship=authorship_of(request),
            decisions=_decisions(request),
        )
        messages.success(request, "取込を反映しました。")
    except (WrongRunState, PreviewOutdated) as refusal:
        messages.error(request, str(refusal))
    return redirect(run)


@require_POST
@with_run
def import_run_discard(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Close a run without writing anything."""
    try:
        discard_run(run)
        messages.success(request, f"「{run.file_name}」の取込をやめました。何も反映していません。")
    except WrongRunState as refusal:
        messages.error(request, str(refusal))
    return redirect("importers:import_run_list")


@require_POST
@with_run
def import_run_undo(request: SignedInRequest, run: ImportRun) -> HttpResponse:
    """Undo a run as far as nobody has built on it."""
    try:
        report = undo_run(run, authorship=authorship_of(request))
        summary = "、".join(f"{result.label} {count}行" for result, count in report.counts.items())
        messages.success(request, f"取込を取り消しました（{summary}）。")
    except CannotUndo as refusal:
        messages.error(request, str(refusal))
    return redirect(run)
