"""A run under review: the document as read, what a person decided and corrected, and applying it."""

import datetime
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import IntegrityError, transaction

from history.services import Authorship, VersionConflict, update_columns
from importers.calculations.new_sections import new_sections
from importers.calculations.plan import CONFIRMED, ChangePlan
from importers.calculations.report import plain_value
from importers.calculations.rows import SourceDocument, SourceRow, SourceTable
from importers.enums import DocumentKind, Outcome, RowDecision, RunState
from importers.models import ColumnMapping, ImportRow, ImportRun
from importers.selectors.unchanged_rows import row_values
from importers.services.imports import ATTEMPTS, EarlyLoad, ImportOptions, Prepared, complete, prepare
from importers.services.page_pictures import pictures_of
from importers.services.read_file import known_sections, remembered_columns
from importers.services.run_rows import keep_rows
from importers.sources.read_document import read_document
from importers.sources.wire import decode
from organization.models import User
from tsukuba_kpi.lib.collector import collector_at_rest

BATCH = 500
# What a preview shows of a row's change.
_SHOWN = ("outcome", "doubts", "before", "after")
# How often a reading run tells how far it is; every telling is a write.
SECONDS_BETWEEN_WORDS = 0.5


class PreviewOutdated(Exception):
    """What would be written is no longer what the preview showed; the preview has been renewed."""


class WrongRunState(Exception):
    """The run is not under review; the message says so in Japanese."""


def start_run(*, file: File[bytes], sha256: str, options: ImportOptions, authorship: Authorship) -> ImportRun:
    """Keep an uploaded file and open a run that waits to be read."""
    run = ImportRun(
        kind=options.kind.value,
        file_name=Path(file.name or "文書").name[:255],
        sha256=sha256,
        size=file.size,
        fiscal_year=options.fiscal_year,
        options=_kept_options(options),
        is_demo=options.demo,
        state=RunState.READING.value,
        created_by_id=authorship.by.pk if authorship.by else None,
        created_at=authorship.at,
    )
    run.stored_file.save(run.kept_name, file, save=False)
    run.save(force_insert=True)
    return run


def _kept_options(options: ImportOptions) -> dict[str, Any]:
    kept: dict[str, Any] = {"include_hidden": options.include_hidden}
    if options.plan_name:
        kept["plan_name"] = options.plan_name
    if options.only_kpis is not None:
        kept["only_kpis"] = sorted(options.only_kpis)
    if options.effective_on is not None:
        kept["effective_on"] = options.effective_on.isoformat()
    if options.reason:
        kept["reason"] = options.reason
    return kept


def options_of(run: ImportRun) -> ImportOptions:
    """Return what was said about a run's document when it was uploaded."""
    only, day = run.options.get("only_kpis"), run.options.get("effective_on")
    return ImportOptions(
        kind=kind_of(run),
        plan_name=run.options.get("plan_name"),
        fiscal_year=run.fiscal_year,
        demo=run.is_demo,
        include_hidden=bool(run.options.get("include_hidden")),
        only_kpis=None if only is None else frozenset(only),
        entered_by=None if only is None else run.created_by,
        effective_on=datetime.date.fromisoformat(day) if day else None,
        reason=run.options.get("reason", ""),
        section_answers={(bureau, name): pk for bureau, name, pk in run.options.get("sections", [])},
    )


def kind_of(run: ImportRun) -> DocumentKind:
    """Return the kind of document of a run."""
    return next(kind for kind in DocumentKind if kind.value == run.kind)


# --- reading ----------------------------------------------------------------------------------------------


@collector_at_rest()
def read_run(run: ImportRun) -> None:
    """Read a run's file and keep the preview, or the reasons why it is refused."""
    options = options_of(run)
    early = EarlyLoad(options)
    document = read_document(
        Path(run.stored_file.path),
        kind=options.kind,
        name=run.file_name,
        mapping=remembered_columns(options.kind),
        include_hidden=options.include_hidden,
        known_sections=known_sections(demo=options.demo),
        progress=_teller(run),
        meanwhile=early,
    )
    document = complete(document, options)
    with transaction.atomic():
        if not is_still_reading(run):
            return
        run.rows.all().delete()
        _keep_document(run, document)
        prepared = prepare(document, options, early.state)
        _keep_plan(run, prepared.plan)
        keep_rows(run, prepared.plan, with_source=True)


def is_still_reading(run: ImportRun) -> bool:
    """Hold a run and say whether what was read is still wanted: somebody may have given it up meanwhile."""
    state = ImportRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
    return bool(state == RunState.READING.value)


def _teller(run: ImportRun) -> Callable[[int, int, str], None]:
    last = 0.0

    def tell(done: int, total: int, words: str) -> None:
        nonlocal last
        if time.monotonic() - last < SECONDS_BETWEEN_WORDS:
            return
        last = time.monotonic()
        share = min(99, done * 100 // total) if total else 0
        ImportRun.objects.filter(pk=run.pk).update(progress=share)

    return tell


def _keep_document(run: ImportRun, document: SourceDocument) -> None:
    run.format = document.format.value if document.format is not None else ""
    run.errors = [error.to_dict() for error in document.errors]
    run.tables = [_table_to_dict(table) for table in document.tables]
    run.progress = 100


def _table_to_dict(table: SourceTable) -> dict[str, Any]:
    return {
        "place": str(table.location),
        "fingerprint": table.fingerprint,
        "title": table.title,
        "missing": list(table.missing),
        "turned": table.turned,
        "columns": [
            {
                "letters": column.letters,
                "heading": column.heading,
                "field": column.field,
                "how": column.how,
                "samples": list(column.samples),
            }
            for column in table.columns
        ],
    }


def _keep_plan(run: ImportRun, plan: ChangePlan) -> None:
    run.state = (RunState.PREVIEWED if plan.rows else RunState.REFUSED).value
    if (
        not plan.rows and not run.tables
    ):  # without a table there are no columns to answer for: nothing to read
        _let_go_of_file(run)
    run.counts = {outcome.value: count for outcome, count in plan.counts.items()}
    run.notes = [note.to_dict() for note in plan.notes]
    run.new_sections = new_sections(plan.rows)
    run.save(
        update_fields=[
            "state",
            "counts",
            "notes",
            "format",
            "errors",
            "tables",
            "progress",
            "new_sections",
            "stored_file",
        ]
    )


def refuse_run(run: ImportRun, message: str) -> None:
    """Close a run whose reading failed in a way nobody foresaw."""
    told = [{"code": "reading_failed", "location": {"file": run.file_name}, "message": message}]
    reading = ImportRun.objects.filter(pk=run.pk, state=RunState.READING.value)
    if reading.update(state=RunState.REFUSED.value, errors=told, stored_file=""):
        _let_go_of_file(run)


# --- reviewing --------------------------------------------------------------------------------------------


def decide_rows(run: ImportRun, decisions: Mapping[int, RowDecision | None]) -> int:
    """Note for rows, by position, whether they are confirmed, left out or neither; return how many changed.

    A refused row cannot be confirmed; left out it may make room for another that says the same otherwise.

    :raises WrongRunState: the run is no longer under review
    """
    return _decide(run, decisions)[0]


def _decide(run: ImportRun, decisions: Mapping[int, RowDecision | None]) -> tuple[int, frozenset[int]]:
    """Return how many decisions changed, and which rows look different for it."""
    with transaction.atomic():
        require_preview(run)
        changed = 0
        for decision in (None, *RowDecision):
            positions = [position for position, wanted in decisions.items() if wanted is decision]
            value = decision.value if decision is not None else ""
            for start in range(0, len(positions), BATCH):
                rows = run.rows.filter(position__in=positions[start : start + BATCH])
                rows = rows.exclude(decision=value)
                if decision is RowDecision.TAKE:
                    rows = rows.exclude(outcome=Outcome.REFUSED.value)
                changed += rows.update(decision=value)
        return changed, refresh_preview(run) if changed else frozenset()


def correct_row(run: ImportRun, position: int, values: Mapping[str, Any] | None) -> None:
    """Keep what a person says a row should read (None: as the document does) and plan it anew.

    :raises WrongRunState: the run is no longer under review
    """
    with transaction.atomic():
        require_preview(run)
        row = run.rows.get(position=position)
        kept = dict(row.fields)
        corrected = {
            name: plain_value(str(value) if isinstance(value, Decimal) else value)
            for name, value in (values or {}).items()
            if name in kept and not _equal(_comparable(value), kept[name])
        }
        run.rows.filter(pk=row.pk).update(corrected=corrected)
        refresh_preview(run)


def _comparable(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _equal(value: object, kept: object) -> bool:
    if isinstance(value, Decimal) and isinstance(kept, int | float):
        return value == Decimal(str(kept))
    return (value or None) == (kept or None) if not isinstance(value, int) else value == kept


def require_preview(run: ImportRun) -> None:
    """Hold the run, so that nobody applies it meanwhile."""
    state = ImportRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
    if state != RunState.PREVIEWED.value:
        raise WrongRunState("この取込はもう確認待ちではありません。一覧から開き直してください。")


def refresh_preview(run: ImportRun) -> frozenset[int]:
    """Compare the run's rows anew with what is in hand; return the positions that look different now."""
    rows = list(run.rows.all())
    taken = [row for row in rows if row.decision != RowDecision.LEAVE.value]
    prepared = prepare(_document(run, taken), options_of(run))
    return _keep_differences(run, rows, taken, prepared.plan)


def _keep_differences(
    run: ImportRun, rows: Sequence[ImportRow], taken: Sequence[ImportRow], plan: ChangePlan
) -> frozenset[int]:
    changed: list[ImportRow] = []
    for record, planned in zip(taken, plan.rows, strict=True):
        fresh = row_values(planned)
        if any(getattr(record, name) != fresh[name] for name in _SHOWN):
            for name in _SHOWN:
                setattr(record, name, fresh[name])
            changed.append(record)
    _update_rows(changed, _SHOWN)
    counts = {outcome.value: 0 for outcome in Outcome}
    for record in rows:
        counts[record.outcome] += 1
    run.counts = counts
    run.new_sections = new_sections(plan.rows)
    run.save(update_fields=["counts", "new_sections"])
    return frozenset(record.position for record in changed)


def _update_rows(rows: Sequence[ImportRow], names: Sequence[str]) -> None:
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    update_columns(ImportRow, [row.pk for row in rows], columns)


def _document(run: ImportRun, rows: Sequence[ImportRow]) -> SourceDocument:
    """Return the document as a person left it: corrected, confirmed, without what was left out."""
    return SourceDocument(run.file_name, kind_of(run), tuple(source_of(row) for row in rows))


def source_of(row: ImportRow) -> SourceRow:
    """Return a kept row as the reader gave it, with a person's corrections and confirmation."""
    source: SourceRow = decode(row.source)
    if row.corrected:
        source = _corrected(source, row.corrected)
    if row.decision == RowDecision.TAKE.value:
        source = source._replace(extra={**source.extra, CONFIRMED: True})
    return source


_DECIMALS = frozenset({"target", "actual", "baseline", "final_target"})


def _corrected(source: SourceRow, corrected: Mapping[str, Any]) -> SourceRow:
    """Return the row as a person corrected it: what they said needs no inference and no doubt."""
    values = {
        name: Decimal(value) if name in _DECIMALS and isinstance(value, str) else value
        for name, value in corrected.items()
    }
    extra = {
        name: value
        for name, value in source.extra.items()
        if not any(name == f"{field}s" or name.startswith(f"{field}_") for field in corrected)
        and not ("sections" in corrected and name in {"section_names", "section_roles"})
    }
    return source._replace(
        fields={**source.fields, **values},
        extra=extra,
        inferred={name: found for name, found in source.inferred.items() if name not in corrected},
        doubts=tuple(doubt for doubt in source.doubts if doubt.field not in corrected),
        refused=None,
    )


# --- applying, discarding ---------------------------------------------------------------------------------


def apply_run(
    run: ImportRun,
    *,
    only_kpis: frozenset[int] | None,
    authorship: Authorship,
    decisions: Mapping[int, RowDecision | None] | None = None,
) -> ImportRun:
    """Write a previewed run in one transaction; twice is once.

    `only_kpis`: what the person who applies may bring figures for, as of now. `decisions`: what was decided
    on the page from which it is applied: kept first; what other rows look like for them is shown first, too.

    :raises WrongRunState: the run is not under review (somebody applied or discarded it)
    :raises PreviewOutdated: something has changed since; the preview is renewed, nothing was written
    """
    if decisions and _decide(run, decisions)[1] - decisions.keys():
        raise PreviewOutdated(
            "判断を保存しました。それによってほかの行の内容も変わったため、もう一度確認してから反映してください。"
        )
    for attempt in range(ATTEMPTS):
        try:
            with collector_at_rest():
                return _apply_once(run, only_kpis, authorship)
        except (IntegrityError, VersionConflict):
            if attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _apply_once(run: ImportRun, only_kpis: frozenset[int] | None, authorship: Authorship) -> ImportRun:
    outdated: frozenset[int] = frozenset()
    with transaction.atomic():
        require_preview(run)
        run.refresh_from_db()
        rows = list(run.rows.all())
        taken = [row for row in rows if row.decision != RowDecision.LEAVE.value]
        by = authorship.by if isinstance(authorship.by, User) and only_kpis is not None else None
        options = replace(options_of(run), only_kpis=only_kpis, entered_by=by)
        prepared = prepare(_document(run, taken), options)
        outdated = _keep_differences(run, rows, taken, prepared.plan)
        if not outdated:
            _write(run, taken, prepared, replace(authorship, import_run_id=run.pk))
    if outdated:
        raise PreviewOutdated("確認の間に内容が変わったため、もう一度確認してください。")
    return run


def _write(run: ImportRun, taken: Sequence[ImportRow], prepared: Prepared, authorship: Authorship) -> None:
    plan, written = prepared.write(authorship) if prepared.writes_anything else (None, {})
    for index, records in written.items():
        taken[index].records = [list(record) for record in dict.fromkeys(records)]
    changed = [taken[index] for index in written]
    _update_rows(changed, ["records"])
    run.plan = plan
    run.state = RunState.APPLIED.value
    run.applied_by_id = authorship.by.pk if authorship.by else None
    run.applied_at = authorship.at
    run.save(update_fields=["plan", "state", "applied_by", "applied_at"])


def discard_run(run: ImportRun) -> None:
    """Close a run without writing anything, be it still read or already shown; its file goes.

    :raises WrongRunState: the run has been applied or closed already
    """
    closing = ImportRun.objects.filter(
        pk=run.pk,
        state__in=[RunState.READING.value, RunState.PREVIEWED.value, RunState.REFUSED.value],
    )
    if closing.update(state=RunState.DISCARDED.value, stored_file="") != 1:
        raise WrongRunState("この取込はもう確認待ちではありません。一覧から開き直してください。")
    _let_go_of_file(run)


def _let_go_of_file(run: ImportRun) -> None:
    """Delete a run's file and its pages' pictures once it is written that the run has none."""
    name, storage = run.stored_file.name, run.stored_file.storage
    if name:
        pictures = pictures_of(run)
        run.stored_file = ""
        transaction.on_commit(lambda: storage.delete(name))
        transaction.on_commit(lambda: shutil.rmtree(pictures, ignore_errors=True))


def answer_columns(
    run: ImportRun, answers: Mapping[str, Mapping[str, str]], *, authorship: Authorship
) -> None:
    """Remember which columns of a layout are which fields, and let the run be read again.

    `answers` has, by the layout's fingerprint and the column's letters, the field, blank for "not one".

    :raises WrongRunState: the run has been applied or closed already
    """
    with transaction.atomic():
        opened = ImportRun.objects.filter(
            pk=run.pk, state__in=[RunState.PREVIEWED.value, RunState.REFUSED.value]
        )
        if opened.update(state=RunState.READING.value, progress=0) != 1:
            raise WrongRunState("この取込はもう確認待ちではありません。一覧から開き直してください。")
        for fingerprint, mapping in answers.items():
            ColumnMapping.objects.update_or_create(
                kind=run.kind,
                fingerprint=fingerprint,
                defaults={
                    "mapping": dict(mapping),
                    "by_id": authorship.by.pk if authorship.by else None,
                    "at": authorship.at,
                },
            )
    run.refresh_from_db()
