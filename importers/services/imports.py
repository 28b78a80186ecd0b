"""Plan and apply a document of any kind; the commands and the pages go through here."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.core.files.base import File
from django.db import IntegrityError, transaction

from history.services import Authorship, VersionConflict
from importers.calculations.plain_rows import RowPieces
from importers.calculations.plan import CONFIRMED, MISSING, ChangePlan, count_outcomes
from importers.calculations.rows import Doubt, SourceDocument
from importers.calculations.section_names import Answers, is_overlong, overlong
from importers.enums import DocumentKind, Outcome, RunState
from importers.models import ImportRun
from importers.selectors.existing_programs import ProgramsState, existing_programs
from importers.services.apply_actuals import apply_actuals
from importers.services.apply_definitions import apply_definitions
from importers.services.apply_programs import Written, apply_programs
from importers.services.apply_section_list import apply_section_list
from importers.services.apply_staff import apply_staff
from importers.services.apply_strategy import apply_strategy
from importers.services.choose_plan import choose_plan
from importers.services.plan_actuals import plan_actuals
from importers.services.plan_definitions import plan_definitions
from importers.services.plan_programs import plan_programs
from importers.services.plan_sections import plan_sections, with_missing_sections
from importers.services.plan_staff import plan_staff, with_missing_staff
from importers.services.plan_strategy import plan_strategy
from importers.services.run_rows import keep_rows
from organization.models import User
from strategy.models import Plan
from tsukuba_kpi.lib.collector import collector_at_rest
from tsukuba_kpi.lib.fiscal_year import era_label

ATTEMPTS = 3


class ImportRefused(Exception):
    """Nothing of the document was written; the message is one Japanese sentence that says what to do."""

    def __init__(self, message: str, plan: ChangePlan | None = None, sha256: str = "") -> None:
        super().__init__(message)
        self.plan = plan
        self.sha256 = sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What a person said about a document beyond its content."""

    kind: DocumentKind
    plan_name: str | None = None
    fiscal_year: int | None = None
    demo: bool = False
    strict: bool = False
    include_hidden: bool = False
    # The KPIs that a section may bring figures for; None: all.
    only_kpis: frozenset[int] | None = None
    # Who of a section brings figures, and so enters them on the sheets; None: they are the document's.
    entered_by: User | None = None
    # The first day on which a staff list or a list of sections holds, where its rows name none.
    effective_on: datetime.date | None = None
    # Every question counts as answered with its proposal, except what is missing in the document.
    take_review: bool = False
    # Why definitions change by which a round is already judged.
    reason: str = ""
    # What a person said about sections that are not registered.
    section_answers: Answers = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file on its way in. `path` is where it lies; None: it is not kept."""

    name: str
    sha256: str
    size: int
    format: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan of changes, and the function that writes it inside a transaction."""

    plan: ChangePlan
    write: Callable[[Authorship], tuple[Plan | None, Written]]
    # How many rows are written, where an open question holds its row back; None: every question is written.
    held_writes: int | None = None

    @property
    def writes_anything(self) -> bool:
        """Whether applying it would change anything."""
        if self.held_writes is not None:
            return self.held_writes > 0
        return any(self.plan.counts[outcome] for outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.REVIEW))


class EarlyLoad:
    """The programs in hand, loaded by a call: for the time in which a list of programs is still being read.

    What was written since makes applying raise a conflict, and the second attempt loads anew.
    """

    def __init__(self, options: ImportOptions) -> None:
        self._options = options
        self.state: ProgramsState | None = None

    def __call__(self) -> None:
        """Load them where the document is of that kind."""
        year = self._options.fiscal_year
        if self._options.kind is DocumentKind.PROGRAMS and year is not None:
            self.state = existing_programs(fiscal_year=year, demo=self._options.demo)


def prepare(document: SourceDocument, options: ImportOptions, state: ProgramsState | None = None) -> Prepared:
    """Compare a document with what is in hand; writes nothing.

    `state`: the programs in hand where they have been loaded.
    """
    if not document.rows:
        empty = ChangePlan(
            document.file,
            options.kind,
            errors=document.errors,
            notes=document.notes,
            counts=count_outcomes(()),
        )
        return Prepared(empty, lambda authorship: (None, {}))
    with collector_at_rest():
        document = _without_overlong(document)
        if options.kind is DocumentKind.PROGRAMS:
            return _prepare_programs(document, options, state)
        return _PREPARE[options.kind](document, options)


def _without_overlong(document: SourceDocument) -> SourceDocument:
    """Refuse the rows whose bureau or section no column holds; only PostgreSQL would say so by itself."""
    rows = document.rows
    if isinstance(rows, RowPieces):
        names = {*rows.column("bureau"), *rows.column("section")}
        if not any(map(is_overlong, names)):
            return document
    told = {index: why for index, row in enumerate(rows) if (why := overlong(row.fields))}
    if not told:
        return document
    refused = (row._replace(refused=row.refused or told.get(index)) for index, row in enumerate(rows))
    return replace(document, rows=tuple(refused))


def _prepare_programs(
    document: SourceDocument, options: ImportOptions, state: ProgramsState | None
) -> Prepared:
    year = options.fiscal_year
    if year is None:
        raise ImportRefused(f"「{document.file}」の対象年度を指定してください（例 --fiscal-year R6）。")
    planned = plan_programs(
        document, fiscal_year=year, demo=options.demo, answers=options.section_answers, state=state
    )
    return Prepared(
        planned.plan,
        lambda authorship: (
            None,
            apply_programs(planned, fiscal_year=year, demo=options.demo, authorship=authorship),
        ),
    )


def _prepare_strategy(document: SourceDocument, options: ImportOptions) -> Prepared:
    choice = choose_plan(document, options.plan_name, demo=options.demo)
    planned = plan_strategy(document, choice, demo=options.demo, answers=options.section_answers)
    return Prepared(
        planned.plan, lambda authorship: apply_strategy(planned, demo=options.demo, authorship=authorship)
    )


def _prepare_actuals(document: SourceDocument, options: ImportOptions) -> Prepared:
    planned = plan_actuals(
        document, demo=options.demo, only_kpis=options.only_kpis, entered_by=options.entered_by
    )
    return Prepared(
        planned.plan,
        lambda authorship: (None, apply_actuals(planned, demo=options.demo, authorship=authorship)),
    )


def _prepare_definitions(document: SourceDocument, options: ImportOptions) -> Prepared:
    planned = plan_definitions(document, reason=options.reason, demo=options.demo)
    return Prepared(
        planned.plan,
        lambda authorship: (
            None,
            apply_definitions(planned, reason=options.reason, authorship=authorship),
        ),
    )


def _prepare_staff(document: SourceDocument, options: ImportOptions) -> Prepared:
    planned = plan_staff(document, effective_on=options.effective_on, answers=options.section_answers)
    return Prepared(
        planned.plan,
        lambda authorship: (None, apply_staff(planned, authorship=authorship)),
        held_writes=len(planned.writes),
    )


def _prepare_sections(document: SourceDocument, options: ImportOptions) -> Prepared:
    planned = plan_sections(document, effective_on=options.effective_on, demo=options.demo)
    return Prepared(
        planned.plan,
        lambda authorship: (None, apply_section_list(planned, demo=options.demo, authorship=authorship)),
        held_writes=len(planned.writes),
    )


def complete(document: SourceDocument, options: ImportOptions) -> SourceDocument:
    """Return a document as read with questions about what it does not name, where its kind is a register."""
    if options.kind is DocumentKind.STAFF and document.rows:
        document = with_missing_staff(document, effective_on=options.effective_on)
    if options.kind is DocumentKind.SECTIONS and document.rows:
        document = with_missing_sections(document, effective_on=options.effective_on, demo=options.demo)
    if options.kind is DocumentKind.PROGRAMS and options.fiscal_year is not None:
        document = _with_other_years(document, options.fiscal_year)
    if not options.take_review:
        return document
    rows = (
        row if MISSING in row.extra else row._replace(extra={**row.extra, CONFIRMED: True})
        for row in document.rows
    )
    return replace(document, rows=tuple(rows))


def _with_other_years(document: SourceDocument, fiscal_year: int) -> SourceDocument:
    """Ask about the rows of sheets whose titles name other fiscal years than the one they are taken in for.

    A title that names the year after says when the list was made, more often than what it is of: it is told.
    """
    stated: dict[str | None, set[int]] = {}
    for table in document.tables:
        stated.setdefault(table.location.sheet, set()).update(table.fiscal_years)
    doubts: dict[str | None, Doubt] = {}
    for sheet, years in stated.items():
        if years and fiscal_year not in years:
            said = "・".join(era_label(year) for year in sorted(years))
            wanted = era_label(fiscal_year)
            message = f"表題の年度（{said}）と取り込む年度（{wanted}）が違います。確かめてください。"
            doubts[sheet] = Doubt("other_year", None, message, review=years != {fiscal_year + 1})
    if not doubts:
        return document
    rows = (
        row._replace(doubts=(*row.doubts, doubts[row.location.sheet]))
        if row.location.sheet in doubts
        else row
        for row in document.rows
    )
    return replace(document, rows=tuple(rows))


_PREPARE: dict[DocumentKind, Callable[[SourceDocument, ImportOptions], Prepared]] = {
    DocumentKind.STRATEGY: _prepare_strategy,
    DocumentKind.ACTUALS: _prepare_actuals,
    DocumentKind.DEFINITIONS: _prepare_definitions,
    DocumentKind.SECTIONS: _prepare_sections,
    DocumentKind.STAFF: _prepare_staff,
}


def check_acceptable(plan: ChangePlan, file: ImportedFile, *, strict: bool) -> None:
    """Say no to a document of which nothing, or with `strict` not everything, can be taken in.

    :raises ImportRefused: with the reason
    """
    reason = _refusal(plan, strict=strict)
    if reason is not None:
        raise ImportRefused(reason, plan, file.sha256)


def _refusal(plan: ChangePlan, *, strict: bool) -> str | None:
    if not plan.rows:
        if plan.errors:
            return plan.errors[0].message
        return f"「{plan.file}」に取り込める行がありません。文書の種類と中身を確認してください。"
    if not plan.is_refused and not (strict and plan.counts[Outcome.REFUSED]):
        return None
    refused = [row for row in plan.rows if row.outcome is Outcome.REFUSED]
    count = "すべての行" if plan.is_refused else f"{len(refused)}行"
    return (
        f"「{plan.file}」の{count}が取り込めないため、何も書き込みませんでした。"
        f"最初の理由（{refused[0].source.location}）: {refused[0].refused}"
    )


@dataclass(frozen=True, slots=True)
class Applied:
    """What an import did. `run` None: there was nothing to write."""

    plan: ChangePlan
    run: ImportRun | None


def apply_document(
    document: SourceDocument,
    options: ImportOptions,
    file: ImportedFile,
    *,
    authorship: Authorship,
    state: ProgramsState | None = None,
) -> Applied:
    """Plan and write a document in one transaction, all or nothing, and keep the run.

    `state`: the programs in hand where they have been loaded.

    Somebody who writes the same at the same time makes constraints or versions refuse one of the two;
    that one plans again and finds the other's rows in place.

    :raises ImportRefused: nothing was written
    """
    for attempt in range(ATTEMPTS):
        try:
            with collector_at_rest():
                return _apply_once(document, options, file, authorship=authorship, state=state)
        except (IntegrityError, VersionConflict):
            state = None
            if attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _apply_once(
    document: SourceDocument,
    options: ImportOptions,
    file: ImportedFile,
    *,
    authorship: Authorship,
    state: ProgramsState | None,
) -> Applied:
    stored: list[ImportRun] = []
    try:
        with transaction.atomic():
            prepared = prepare(document, options, state)
            check_acceptable(prepared.plan, file, strict=options.strict)
            if not prepared.writes_anything:
                return Applied(prepared.plan, None)
            run = _new_run(prepared.plan, options, file, authorship)
            stored.append(run)
            _write(prepared, run, replace(authorship, import_run_id=run.pk))
            return Applied(prepared.plan, run)
    except BaseException:
        # The rollback takes the run away, but not its file.
        for run in stored:
            if run.stored_file:
                run.stored_file.delete(save=False)
        raise


def _new_run(
    plan: ChangePlan, options: ImportOptions, file: ImportedFile, authorship: Authorship
) -> ImportRun:
    run = ImportRun(
        kind=options.kind.value,
        format=file.format,
        file_name=file.name[:255],
        sha256=file.sha256,
        size=file.size,
        fiscal_year=options.fiscal_year,
        options={"plan_name": options.plan_name} if options.plan_name else {},
        is_demo=options.demo,
        state=RunState.READING.value,
        progress=100,
        counts={outcome.value: count for outcome, count in plan.counts.items()},
        errors=[error.to_dict() for error in plan.errors],
        notes=[note.to_dict() for note in plan.notes],
        created_by_id=authorship.by.pk if authorship.by else None,
        created_at=authorship.at,
    )
    if file.path is not None:
        with file.path.open("rb") as stream:
            run.stored_file.save(run.kept_name, File(stream), save=False)
    run.save(force_insert=True)
    return run


def _write(prepared: Prepared, run: ImportRun, authorship: Authorship) -> None:
    plan, written = prepared.write(authorship)
    keep_rows(run, prepared.plan, written)
    run.plan = plan
    run.state = RunState.APPLIED.value
    run.applied_by_id = authorship.by.pk if authorship.by else None
    run.applied_at = authorship.at
    run.save(update_fields=["plan", "state", "applied_by", "applied_at"])
