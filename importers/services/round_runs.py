"""A brought-back workbook under review: read, compared, chosen field by field, written at once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from django.core.files import File
from django.db import IntegrityError, transaction

from evaluations.enums import SheetState
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round, SheetDraft
from evaluations.permissions import AnySheet
from evaluations.selectors.sheets import actual_of, costs_of, drafts_of, figure_version
from evaluations.services import drafts, workflow
from evaluations.services.sheets import (
    AnswersEntry,
    EntryRefused,
    ProgramTexts,
    save_kpi_sheet,
    save_program_evaluation,
)
from evaluations.services.workflow import ActRefused, Seen, WrongState
from history.enums import Through
from history.services import Authorship, VersionConflict
from importers.calculations.round_book import ANSWER_PREFIX, FIELD_LABELS, PROGRAM_TEXTS
from importers.calculations.rows import Location, SourceRow
from importers.calculations.three_way import Choice, Difference, difference_from
from importers.enums import DocumentKind, Outcome, RowDecision, RunState
from importers.models import ImportRow, ImportRun
from importers.services.imports import ATTEMPTS, ImportOptions
from importers.services.plan_round_book import BookLine, BookPlan, plan_round_book
from importers.services.previews import PreviewOutdated, WrongRunState, is_still_reading, start_run
from importers.services.round_cells import cost_entry, figure_entry
from importers.sources.read_document import read_document
from importers.sources.wire import decode, encode
from organization.models import User

BATCH = 500
OUTDATED = "確認の間にシートが変わったため、もう一度確認してください。"
QUOTE = 30  # characters of a cell that a message repeats


class ChoicesMissing(Exception):
    """Fields that both sides changed wait for a person; nothing was written."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"両方で変えられた欄のうち、{count}か所でどちらを残すか選ばれていません。選んでから反映してください。"
        )


class BookRefused(Exception):
    """A sheet could not be saved as it is; nothing was written. The message names it and says why."""


def start_book_run(*, file: File[bytes], sha256: str, collection: Round, authorship: Authorship) -> ImportRun:
    """Keep an uploaded workbook and open a run that waits to be read."""
    options = ImportOptions(
        kind=DocumentKind.ROUND, demo=collection.is_demo, fiscal_year=collection.fiscal_year
    )
    with transaction.atomic():
        run = start_run(file=file, sha256=sha256, options=options, authorship=authorship)
        run.options = {"round": collection.pk}
        run.save(update_fields=["options"])
    return run


def round_of(run: ImportRun) -> Round | None:
    """Return the round a run's workbook was brought to, None when it is gone."""
    return Round.objects.filter(pk=int(run.options["round"])).first()


# --- reading ------------------------------------------------------------------------------------------------


def read_book_run(run: ImportRun, *, today: date) -> None:
    """Read a run's workbook and keep what it would change, or the reason why it is refused."""
    document = read_document(Path(run.stored_file.path), kind=DocumentKind.ROUND, name=run.file_name)
    with transaction.atomic():
        if not is_still_reading(run):
            return
        run.rows.all().delete()
        run.format = document.format.value if document.format is not None else ""
        run.errors = [error.to_dict() for error in document.errors]
        run.progress = 100
        collection = round_of(run)
        plan = BookPlan(lines=())
        if collection is not None and not run.errors:
            plan = _plan(run, document.rows, collection, today)
        if plan.error:
            place = Location(run.file_name).to_dict()
            run.errors = [{"code": "other_round", "location": place, "message": plan.error}]
        records = [_record(run, number, line, {}) for number, line in enumerate(plan.lines, start=1)]
        ImportRow.objects.bulk_create(records, batch_size=BATCH)
        run.state = (RunState.PREVIEWED if records else RunState.REFUSED).value
        run.notes = _notes(plan)
        run.counts = _counts(records)
        run.save(update_fields=["state", "format", "errors", "progress", "notes", "counts"])


def _plan(run: ImportRun, rows: Sequence[SourceRow], collection: Round, today: date) -> BookPlan:
    user = run.created_by
    assert isinstance(user, User)
    return plan_round_book(rows, collection=collection, user=user, today=today, file=run.file_name)


def _notes(plan: BookPlan) -> list[dict[str, Any]]:
    if not plan.absent:
        return []
    told = f"このファイルにない{plan.absent}件のシートは、変更しません。"
    return [{"code": "absent", "location": None, "message": told}]


def _record(run: ImportRun, position: int, line: BookLine, choices: Mapping[str, str]) -> ImportRow:
    compared = line.read.differences if line.read else ()
    differences = () if line.refused else compared
    sheet = line.standing.sheet if line.standing else None
    doubts = [_doubt("refused", field, _named(line, field, told)) for field, told in line.problems.items()]
    notices = line.read.notices if line.read else {}
    doubts += [_doubt("notice", field, told, review=False) for field, told in notices.items()]
    return ImportRow(
        run=run,
        position=position,
        location=line.source.location.to_dict(),
        raw=line.source.raw,
        fields={
            "title": line.title,
            "kind": line.identity.kind if line.identity else "",
            "pk": sheet.pk if sheet else None,
            "address": sheet.get_absolute_url() if sheet else "",
            "differences": [each.to_dict() for each in differences],
            # What a refused line would have changed: to be seen, and never written.
            "unwritten": [each.to_dict() for each in compared] if line.refused else [],
        },
        outcome=_outcome(line, differences, choices).value,
        doubts=doubts,
        before={each.field: each.system for each in differences if each.proposes},
        after={each.field: each.workbook for each in differences if each.proposes},
        source=encode(line.source),
        corrected=dict(choices),
    )


def _named(line: BookLine, field: str, told: str) -> str:
    """Return what is wrong with a cell together with its heading and what stands in it."""
    if not field:
        return told
    labels = line.standing.labels if line.standing else {}
    typed = str(line.source.fields.get(field) or "")
    quoted = f"「{typed[:QUOTE]}{'…' if len(typed) > QUOTE else ''}」" if typed else ""
    return f"{labels.get(field) or FIELD_LABELS.get(field, '欄')}{quoted}：{told}"


def _doubt(code: str, field: str, message: str, *, review: bool = True) -> dict[str, Any]:
    return {"code": code, "field": field or None, "message": message, "review": review}


def _outcome(line: BookLine, differences: Sequence[Difference], choices: Mapping[str, str]) -> Outcome:
    if line.refused:
        return Outcome.REFUSED
    if any(each.waits(choices) for each in differences):
        return Outcome.REVIEW
    if any(each.wants_workbook(choices) for each in differences):
        return Outcome.CHANGED
    return Outcome.REFUSED if line.problems else Outcome.SAME


def _counts(records: Sequence[ImportRow]) -> dict[str, int]:
    counts = {outcome.value: 0 for outcome in Outcome}
    for record in records:
        counts[record.outcome] += 1
    return counts


def differences_of(row: ImportRow) -> list[Difference]:
    """Return a row's fields that differ and may be written, as they were kept."""
    return [difference_from(kept) for kept in row.fields.get("differences", [])]


def unwritten_of(row: ImportRow) -> list[Difference]:
    """Return the fields in which a refused row differs: they are shown beside the refusal."""
    return [difference_from(kept) for kept in row.fields.get("unwritten", [])]


# --- choosing -----------------------------------------------------------------------------------------------


def comparison_stamp(rows: Sequence[ImportRow]) -> str:
    """Return by what a page tells which differences it shows: a choice is of these, and of no later ones."""
    compared = [(row.position, row.fields.get("differences", [])) for row in rows]
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()


def choose_fields(run: ImportRun, choices: Mapping[int, Mapping[str, Choice]], *, stamp: str) -> None:
    """Keep what a person chose, by the rows' positions and the fields; a field not named is undecided.

    `stamp`: the `comparison_stamp` of what the person was shown.

    :raises WrongRunState: the run is no longer under review
    :raises PreviewOutdated: it was compared anew since, in another window or by another act
    """
    with transaction.atomic():
        _require_preview(run)
        rows = list(run.rows.all())
        if stamp != comparison_stamp(rows):
            raise PreviewOutdated(OUTDATED)
        for row in rows:
            known = {each.field for each in differences_of(row) if each.proposes}
            chosen = choices.get(row.position, {})
            row.corrected = {name: choice.value for name, choice in chosen.items() if name in known}
            row.outcome = _outcome_of(row)
        ImportRow.objects.bulk_update(rows, ["corrected", "outcome"], batch_size=BATCH)
        run.counts = _counts(rows)
        run.save(update_fields=["counts"])


def _outcome_of(row: ImportRow) -> str:
    differences = differences_of(row)
    if not differences:
        return row.outcome
    if any(each.waits(row.corrected) for each in differences):
        return Outcome.REVIEW.value
    if any(each.wants_workbook(row.corrected) for each in differences):
        return Outcome.CHANGED.value
    has_problems = any(doubt["code"] == "refused" for doubt in row.doubts)
    return (Outcome.REFUSED if has_problems else Outcome.SAME).value


def _require_preview(run: ImportRun) -> None:
    state = ImportRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
    if state != RunState.PREVIEWED.value:
        raise WrongRunState("この取込はもう確認待ちではありません。画面を開き直してください。")


# --- applying -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AppliedBook:
    """What a workbook changed: the sheets that were saved."""

    sheets: tuple[AnySheet, ...]


def apply_book_run(run: ImportRun, *, today: date, authorship: Authorship) -> AppliedBook:
    """Write what was chosen, all sheets in one transaction, through the sheets' own services.

    :raises WrongRunState: the run is not under review (somebody applied or discarded it)
    :raises ChoicesMissing: a field that both sides changed has no choice yet
    :raises PreviewOutdated: something has changed since the review; it is renewed, nothing was written
    :raises BookRefused: a sheet cannot be saved so
    """
    for attempt in range(ATTEMPTS):
        try:
            return _apply_once(run, today, authorship)
        except (IntegrityError, VersionConflict):
            if attempt + 1 == ATTEMPTS:
                raise PreviewOutdated("ほかの人が同時に保存しています。もう一度押してください。") from None
    raise AssertionError("unreachable")


def _apply_once(run: ImportRun, today: date, authorship: Authorship) -> AppliedBook:
    with transaction.atomic():
        _require_preview(run)
        run.refresh_from_db()
        rows = list(run.rows.all())
        collection = round_of(run)
        if collection is None:
            raise BookRefused("この取込の照会がなくなりました。")
        plan = _plan(run, [source_row(row) for row in rows], collection, today)
        outdated = _renew(run, rows, plan)
        if not outdated:
            waiting = waiting_fields(rows)
            if waiting:
                raise ChoicesMissing(waiting)
            saved = _save_lines(run, rows, plan, authorship)
    if outdated:
        raise PreviewOutdated(OUTDATED)
    return AppliedBook(sheets=saved)


def _renew(run: ImportRun, rows: Sequence[ImportRow], plan: BookPlan) -> bool:
    """Keep what the lines would change now; return whether that is anything else than was shown.

    A choice stays only where the three readings are the same as when it was made.
    """
    changed = False
    lines = plan.lines or tuple(_refused(source_row(row), plan.error) for row in rows)
    for row, line in zip(rows, lines, strict=True):
        fresh = _record(run, row.position, line, {})
        if (fresh.fields, fresh.doubts) == (row.fields, row.doubts):
            continue
        changed = True
        before = {kept["field"]: kept for kept in row.fields.get("differences", [])}
        same = {kept["field"] for kept in fresh.fields["differences"] if before.get(kept["field"]) == kept}
        row.corrected = {name: choice for name, choice in row.corrected.items() if name in same}
        row.fields, row.doubts = fresh.fields, fresh.doubts
        row.before, row.after = fresh.before, fresh.after
        row.outcome = _record(run, row.position, line, row.corrected).outcome
    if changed:
        names = ["fields", "doubts", "before", "after", "corrected", "outcome"]
        ImportRow.objects.bulk_update(rows, names, batch_size=BATCH)
        run.counts = _counts(rows)
        run.save(update_fields=["counts"])
    return changed


def _refused(source: SourceRow, reason: str) -> BookLine:
    return BookLine(source=source, title="", refused=reason)


def _save_lines(
    run: ImportRun, rows: Sequence[ImportRow], plan: BookPlan, authorship: Authorship
) -> tuple[AnySheet, ...]:
    authorship = replace(
        authorship, through=Through.WORKBOOK, import_run_id=run.pk, why=f"Excelの取込：{run.file_name}"[:200]
    )
    saved: list[AnySheet] = []
    for row, line in zip(rows, plan.lines, strict=True):
        taken = {each.field for each in differences_of(row) if each.wants_workbook(row.corrected)}
        if not taken or row.decision == RowDecision.LEAVE.value or line.standing is None:
            continue
        row.records = _save(line, taken, authorship)
        saved.append(line.standing.sheet)
    ImportRow.objects.bulk_update(rows, ["records"], batch_size=BATCH)
    run.state = RunState.APPLIED.value
    run.applied_by_id = authorship.by.pk if authorship.by else None
    run.applied_at = authorship.at
    run.save(update_fields=["state", "applied_by", "applied_at"])
    return tuple(saved)


def _save(line: BookLine, taken: set[str], authorship: Authorship) -> list[list[Any]]:
    """Save one line; return the records it may have written.

    :raises BookRefused: the sheet's service says no
    """
    assert line.standing is not None
    sheet = line.standing.sheet
    typed = drafts_of(sheet, workflow.person_of(authorship))
    try:
        if isinstance(sheet, KpiSheet):
            records = _save_kpi(line, sheet, taken, authorship)
        else:
            records = _save_program(line, sheet, taken, authorship)
    except EntryRefused as refused:
        raise BookRefused(f"「{line.title}」：{''.join(refused.errors.values())}") from refused
    except (ActRefused, WrongState) as refused:
        raise BookRefused(f"「{line.title}」：{refused}") from refused
    _keep_typed(sheet, typed, authorship)
    return records


def _keep_typed(sheet: AnySheet, typed: Mapping[str, SheetDraft], authorship: Authorship) -> None:
    """Put back what the person has typed on the page and not saved: a save there drops it, a workbook not."""
    for name, draft in typed.items():
        drafts.keep(
            sheet=sheet,
            user=workflow.person_of(authorship),
            typed={name: draft.text},
            version=draft.sheet_version,
            at=draft.at,
        )


def _save_kpi(line: BookLine, sheet: KpiSheet, taken: set[str], authorship: Authorship) -> list[list[Any]]:
    assert line.standing is not None
    assert line.read is not None
    standing, read = line.standing, line.read
    figure_ids = {standing.actual.pk} if standing.actual else set()
    save_kpi_sheet(
        sheet=sheet,
        figure=figure_entry(standing, read.texts, read.figure, taken=taken),
        entry=_answers(line, sheet, taken),
        seen=Seen(sheet=sheet.version, figure=standing.actual.version if standing.actual else 0),
        authorship=authorship,
    )
    written = actual_of(sheet)
    figure_ids |= {written.pk} if written else set()
    return [
        [sheet._meta.label_lower, sheet.pk],
        *([Actual._meta.label_lower, pk] for pk in sorted(figure_ids)),
    ]


def _save_program(
    line: BookLine, sheet: ProgramEvaluation, taken: set[str], authorship: Authorship
) -> list[list[Any]]:
    assert line.standing is not None
    assert line.read is not None
    texts = line.read.texts
    yearly = sheet.program_sheet
    wanted = {name: texts[name] if name in taken else getattr(yearly, name) for name in PROGRAM_TEXTS}
    save_program_evaluation(
        evaluation=sheet,
        texts=ProgramTexts(purpose=wanted["purpose"], summary=wanted["summary"], results=wanted["results"]),
        entry=_answers(line, sheet, taken),
        seen=Seen(sheet=sheet.version, figure=yearly.version),
        authorship=authorship,
        costs=cost_entry(line.standing, texts, taken=taken),
    )
    cost = costs_of([yearly]).get(yearly.pk)
    return [
        [sheet._meta.label_lower, sheet.pk],
        [yearly._meta.label_lower, yearly.pk],
        *([[cost._meta.label_lower, cost.pk]] if cost else []),
    ]


def _answers(line: BookLine, sheet: AnySheet, taken: set[str]) -> AnswersEntry:
    """Return the answers taken from the workbook; the service marks those that read as last time."""
    assert line.read is not None
    texts = line.read.texts
    answers = {
        name.removeprefix(ANSWER_PREFIX): texts[name] for name in taken if name.startswith(ANSWER_PREFIX)
    }
    return AnswersEntry(
        answers=answers,
        self_grade=texts["self_grade"] if "self_grade" in taken else sheet.self_grade,
        grade_reason=texts["grade_reason"] if "grade_reason" in taken else sheet.grade_reason,
        carried_over=list(answers),
    )


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """How many sheets went on to the chief, and what the others lack, in a sentence each."""

    done: int
    lacking: tuple[str, ...]


def hand_in(run: ImportRun, saved: Sequence[AnySheet], *, today: date, authorship: Authorship) -> HandedIn:
    """Hand in what the workbook completed: the sheets just saved, and its others that are being entered."""
    collection = round_of(run)
    rows = [source_row(row) for row in run.rows.all()]
    plan = _plan(run, rows, collection, today) if collection else BookPlan(lines=())
    own = {sheet.pk for sheet in saved}
    done, lacking = 0, []
    for line in plan.lines:
        if line.standing is None:
            continue
        sheet = line.standing.sheet
        if sheet.pk not in own and sheet.state != SheetState.DRAFTING:
            continue
        seen = Seen(sheet=sheet.version, figure=figure_version(sheet))
        try:
            done += workflow.submit(sheet=sheet, seen=seen, authorship=authorship)
        except workflow.SheetIncomplete as incomplete:
            lacking.append(f"「{line.title}」：{''.join(incomplete.errors.values())}")
        except (ActRefused, WrongState, VersionConflict):
            continue
    return HandedIn(done=done, lacking=tuple(lacking))


def waiting_fields(rows: Sequence[ImportRow]) -> int:
    """Return how many fields of a review wait for a person's choice."""
    return sum(each.waits(row.corrected) for row in rows for each in differences_of(row))


def source_row(row: ImportRow) -> SourceRow:
    """Return a kept line as the reader gave it."""
    return cast(SourceRow, decode(row.source))
