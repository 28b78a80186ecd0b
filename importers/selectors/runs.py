"""Runs as pages show them: the list, the preview filtered by outcome, earlier runs of the same file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from importers.calculations.report import field_label
from importers.enums import DocumentKind, Outcome, RowDecision, RunState, UndoResult
from importers.models import ImportRow, ImportRun
from organization.models import Section, User
from strategy.models import Responsibility
from strategy.selectors.responsibility import follow_successions
from tsukuba_kpi.lib.fiscal_year import era_label

UNCLEAR = frozenset({"unknown", "ambiguous"})  # how the meaning of a column was found


@dataclass(frozen=True)
class OutcomeTab:
    """One way to filter the rows of a run, with the number of rows it shows."""

    key: str
    label: str
    count: int
    is_current: bool = False

    @property
    def href(self) -> str:
        """The address of the filtered table."""
        return f"?outcome={self.key}" if self.key else "?"


@dataclass(frozen=True)
class Told:
    """One thing said about a row: the field's label, the sentence, and whether it asks for a person."""

    label: str
    message: str
    asks: bool


@dataclass(frozen=True)
class Changed:
    """One field that would change."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class RowLine:
    """A row of the preview as the table shows it."""

    record: ImportRow
    title: str
    place: str
    told: Sequence[Told]
    changes: Sequence[Changed]
    is_corrected: bool


def runs_for_list(runs: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
    """Return runs with whom they name, newest first."""
    return runs.select_related("created_by", "applied_by", "plan").defer("tables", "notes", "errors")


def earlier_runs(run_or_sha256: ImportRun | str, runs: QuerySet[ImportRun]) -> list[ImportRun]:
    """Return the other runs of the very same file that were applied and not undone."""
    if isinstance(run_or_sha256, ImportRun):
        runs = runs.exclude(pk=run_or_sha256.pk)
        sha256 = run_or_sha256.sha256
    else:
        sha256 = run_or_sha256
    return list(runs.filter(sha256=sha256, state=RunState.APPLIED.value).select_related("applied_by")[:5])


def outcome_tabs(run: ImportRun, current: str) -> list[OutcomeTab]:
    """Return the filters of a run's rows; the outcomes add up to all rows."""
    left = run.rows.filter(decision=RowDecision.LEAVE.value).count()
    found = [("", "すべて", run.row_count)]
    found += [(outcome.value, outcome.label, run.counts.get(outcome.value, 0)) for outcome in Outcome]
    found.append(("leave", "反映しない", left))
    if run.state == RunState.UNDONE.value:
        counted = dict(
            run.rows.exclude(undo_result="").order_by().values_list("undo_result").annotate(Count("pk"))
        )
        found += [
            (f"undo-{result.value}", result.label, counted.get(result.value, 0)) for result in UndoResult
        ]
    return [OutcomeTab(key, label, count, key == current) for key, label, count in found]


def rows_of(run: ImportRun, key: str) -> QuerySet[ImportRow]:
    """Return the rows of one tab, without the reader's own form of them."""
    rows = run.rows.defer("source")
    if key in {outcome.value for outcome in Outcome}:
        return rows.filter(outcome=key)
    if key == "leave":
        return rows.filter(decision=RowDecision.LEAVE.value)
    if key.startswith("undo-"):
        return rows.filter(undo_result=key.removeprefix("undo-"))
    return rows


def row_line(row: ImportRow, kind: DocumentKind) -> RowLine:
    """Return a row as the table shows it."""
    fields = {**row.fields, **row.corrected}
    return RowLine(
        record=row,
        title=row_title(fields, kind),
        place=row_place(row),
        told=[
            Told(field_label(d["field"] or "", kind), d["message"], bool(d.get("review", True)))
            for d in row.doubts
        ],
        changes=[
            Changed(
                field_label(name, kind),
                value_words(name, row.before[name]),
                value_words(name, row.after.get(name)),
            )
            for name in row.before
        ],
        is_corrected=bool(row.corrected),
    )


def row_title(fields: dict[str, object], kind: DocumentKind) -> str:
    """Return what a row is about in a few words."""
    names = {
        DocumentKind.PROGRAMS: ("number", "name"),
        DocumentKind.STRATEGY: ("node", "project", "kpi"),
        DocumentKind.ACTUALS: ("kpi", "fiscal_year", "target", "actual"),
        DocumentKind.SECTIONS: ("bureau", "section"),
        DocumentKind.STAFF: ("staff_number", "name", "section"),
        DocumentKind.DEFINITIONS: ("kpi",),
        DocumentKind.ROUND: ("title",),
    }[kind]
    # Two figures side by side say nothing: which is the target?
    label = {name: f"{field_label(name, kind)} " for name in _FIGURES}
    told = (name for name in names if fields.get(name) is not None)
    return "　".join(label.get(name, "") + value_words(name, fields[name]) for name in told)


def row_place(row: ImportRow) -> str:
    """Return where a row stands in its file, in Japanese."""
    place = row.location
    words = []
    if place.get("page") is not None:
        words.append(f"{place['page']}ページ")
    if place.get("line") is not None:
        words.append(f"{place['line']}行目")
    if place.get("sheet") is not None:
        words.append(f"シート「{place['sheet']}」")
    if place.get("row") is not None and place.get("line") is None:
        words.append(f"{place['row']}行目")
    if place.get("cell") is not None:
        words.append(f"セル{place['cell']}")
    return "　".join(words)


def in_words(value: object) -> str:
    """Return a value as text; a missing one is an empty text."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    return str(value)


_FIGURES = frozenset({"target", "actual"})
_YEARS = frozenset({"opened", "closed", "baseline_year", "target_year", "fiscal_year"})


def value_words(name: str, value: object) -> str:
    """Return the value of a field as text; fiscal years in words."""
    if name in _YEARS and isinstance(value, int) and value >= 1868:
        return era_label(value)
    return in_words(value)


def unclear_columns(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the headings of a run's tables whose meaning nobody could tell, each once."""
    headings = (
        column["heading"] or f"{column['letters']}列（見出しなし）"
        for table in tables
        for column in table["columns"]
        if column["how"] in UNCLEAR
    )
    return list(dict.fromkeys(headings))


def section_labels(*, demo: bool) -> list[tuple[str, int]]:
    """Return every registered section that a new name may mean, as bureau and name, with its id."""
    sections = Section.objects.filter(is_demo=demo).select_related("bureau")
    return [(f"{section.bureau or ''}　{section}".strip("　"), section.pk) for section in sections]


def kpis_of_sections(user: User, *, working_year: int) -> frozenset[int]:
    """Return the KPIs whose responsible section, followed through reorganisations, is one of the user's."""
    own = user.access.section_ids
    rows = list(Responsibility.objects.filter(kpi__isnull=False).select_related("section__bureau"))
    followed = follow_successions((row.section for row in rows), working_year=working_year)
    found: set[int] = set()
    for row in rows:
        today = followed[row.section_id].section
        if row.kpi_id is not None and (row.section_id in own or (today is not None and today.pk in own)):
            found.add(row.kpi_id)
    return frozenset(found)


def is_missing(row: ImportRow) -> bool:
    """Return whether a row asks about something that the document does not name."""
    return any(doubt["code"] == "missing_in_file" for doubt in row.doubts)


def has_waiting_review(run: ImportRun) -> bool:
    """Return whether rows of a run still ask for a person."""
    return run.rows.filter(Q(outcome=Outcome.REVIEW.value), decision="").exists()
