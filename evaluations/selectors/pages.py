"""Everything one sheet's page shows: what is asked, what is known, what last time said, who changed what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from evaluations import permissions
from evaluations.calculations.costs import COST_LABELS, LABOUR, SOURCES, CostTotal, cost_total
from evaluations.calculations.increments import IncrementRow, increment_table
from evaluations.calculations.questions import Question
from evaluations.enums import Act, Edition, QuestionKind, ValueStatus
from evaluations.models import (
    Actual,
    FieldComment,
    KpiSheet,
    ProgramEvaluation,
    RoundQuestion,
    SheetAttachment,
)
from evaluations.permissions import AnySheet
from evaluations.selectors import judged, sheets
from evaluations.selectors.authors import ACTUAL_FIELDS, PROGRAM_FIELDS, changed_answers
from evaluations.selectors.definition_use import LateChange, late_changes
from evaluations.selectors.figures import KpiFigures, actuals_of, definition_of, line_of
from evaluations.selectors.judgements import Verdict
from evaluations.selectors.questioned import questions_of_sheet, texts_of
from evaluations.selectors.standing import places_of, responsibilities_of, settled_at
from evaluations.selectors.unchanged import TakenOver, taken_over
from history.enums import RevisionAct, Through
from history.selectors import Change, revisions_for
from organization.models import User
from programs.models import ProgramCost, ProgramSheet
from strategy.calculations.rating import Scheme
from strategy.enums import Aggregation
from strategy.models import Kpi, Placement, Plan, Responsibility
from strategy.selectors.wording import baseline_words, figure_words, target_words

# What the entries of a sheet stand on beside its own row.
StandsOn = Actual | ProgramSheet | ProgramCost


@dataclass(frozen=True)
class Thread:
    """A remark on a field with the answers to it."""

    first: FieldComment
    replies: tuple[FieldComment, ...]


@dataclass(frozen=True)
class YearRow:
    """One fiscal year of a KPI, or of the KPI before it: its target in words, each edition's actual.

    `seam` says with the first own year which KPI came before.
    """

    fiscal_year: int
    kpi: Kpi
    target: str
    target_needs_review: bool
    actuals: tuple[Actual, ...]
    is_this_year: bool
    seam: str = ""


@dataclass(frozen=True)
class QuestionRow:
    """One question with the answer, and what was answered last time."""

    question: RoundQuestion
    field: str
    answer: str
    earlier: str
    is_carried_over: bool

    @property
    def is_choice(self) -> bool:
        """Return whether one of several answers is chosen."""
        return self.question.kind == QuestionKind.CHOICE


@dataclass(frozen=True)
class SheetPage:
    """What the pages of a KPI's and of a program's sheet share."""

    sheet: AnySheet
    rows: tuple[QuestionRow, ...]
    earlier: AnySheet | None
    acts: tuple[Act, ...]
    threads: Mapping[str, Sequence[Thread]]
    changes: Mapping[str, Sequence[Change]]
    sees_work: bool
    can_comment: bool
    attachments: Sequence[SheetAttachment]
    removable: frozenset[int]
    can_attach: bool

    @property
    def entered_fields(self) -> list[tuple[str, str, str]]:
        """Return (field, label, what stands there) of everything the section enters."""
        return [(row.field, row.question.label, row.answer) for row in self.rows]

    @property
    def if_unchanged(self) -> list[TakenOver]:
        """Return what 今年度は変更なし would take over from last time."""
        before = self.earlier.answers if self.earlier else {}
        return taken_over([row.question for row in self.rows], self.sheet.answers, before)

    @property
    def open_remarks(self) -> int:
        """Return how many remarks are not resolved yet."""
        return sum(thread.first.resolved_at is None for found in self.threads.values() for thread in found)

    @property
    def may_edit(self) -> bool:
        """Return whether the person may write into the sheet now."""
        return Act.EDIT in self.acts


@dataclass(frozen=True)
class KpiSheetPage(SheetPage):
    """A KPI sheet's page."""

    sheet: KpiSheet
    kpi: Kpi
    actual: Actual | None
    years: tuple[YearRow, ...]
    baseline: str
    places: tuple[Placement, ...]
    responsibilities: tuple[Responsibility, ...]
    figures: KpiFigures
    plan: Plan | None
    scheme: Scheme | None
    verdict: Verdict | None
    late_changes: tuple[LateChange, ...]
    stood_at: datetime | None

    @property
    def increments(self) -> tuple[IncrementRow, ...]:
        """Return an increment KPI's figures written each way, up to this year; nothing for another kind."""
        if self.kpi.aggregation != Aggregation.INCREMENT:
            return ()
        definition = definition_of(self.figures, self.plan)
        return increment_table(definition, actuals_of(self.figures), self.sheet.round.fiscal_year)

    @property
    def asked(self) -> tuple[Question, ...]:
        """Return what is asked about the stored figure: of those who work on the sheet."""
        if not self.sees_work:
            return ()
        return questions_of_sheet(self.sheet, self.figures, self.plan, text=texts_of(self.sheet))

    @property
    def entered_fields(self) -> list[tuple[str, str, str]]:
        """Return (field, label, what stands there) of everything the section enters."""
        actual = self.actual
        words = ""
        if actual is not None:
            status = ValueStatus(actual.status)
            number = "" if actual.value is None else figure_words(actual.value, self.kpi)
            words = f"{number}（{status.label}）\n{actual.note}".strip()
        fields = [
            ("figure", "実績値", words),
            *((row.field, row.question.label, row.answer) for row in self.rows),
        ]
        if self.grades:
            fields.append(("self_grade", "課の評価", self.sheet.self_grade or "計算による評価のとおり"))
        return fields

    @property
    def grades(self) -> tuple[str, ...]:
        """Return the grades a section may give itself."""
        return tuple(band.label for band in self.scheme.bands) if self.scheme else ()


@dataclass(frozen=True)
class ProgramPage(SheetPage):
    """A program evaluation's page."""

    sheet: ProgramEvaluation
    yearly: ProgramSheet
    earlier_yearly: ProgramSheet | None
    cost: ProgramCost | None
    earlier_cost: ProgramCost | None

    @property
    def asks_costs(self) -> bool:
        """Return whether the round asks for the program's costs."""
        return self.sheet.round.asks_costs

    @property
    def cost_total(self) -> CostTotal:
        """Return the sums of what stands there."""
        return cost_total({name: getattr(self.cost, name, None) for name in (*SOURCES, LABOUR)})

    @property
    def cost_rows(self) -> list[tuple[str, str, Decimal | None, Decimal | None]]:
        """Return (label, unit, this year's, last year's) of every cost."""
        return [
            (label, unit, getattr(self.cost, name, None), getattr(self.earlier_cost, name, None))
            for name, (label, unit) in COST_LABELS.items()
        ]

    @property
    def cost_warning(self) -> str:
        """Return what is odd about a stated total, blank when nothing is."""
        return self.cost_total.warning_about(self.cost.stated_total if self.cost else None)

    @property
    def if_unchanged(self) -> list[TakenOver]:
        """Return what 今年度は変更なし would take over from last time, the program's texts among it."""
        before = self.earlier.answers if self.earlier else {}
        return taken_over(
            [row.question for row in self.rows],
            self.sheet.answers,
            before,
            yearly=self.yearly,
            yearly_before=self.earlier_yearly,
        )

    @property
    def entered_fields(self) -> list[tuple[str, str, str]]:
        """Return (field, label, what stands there) of everything the section enters."""
        labels = {"purpose": "事業の目的", "summary": "事業の概要", "results": "成果"}
        texts = [(name, label, getattr(self.yearly, name)) for name, label in labels.items()]
        return [*texts, *super().entered_fields]


# --- the two pages ------------------------------------------------------------------------------------------


def kpi_sheet_page(user: User, sheet: KpiSheet) -> KpiSheetPage:
    """Return everything a KPI sheet's page shows to a person. A constant number of queries."""
    actual = sheets.actual_of(sheet)
    plan = judged.plan_of(sheet)
    scheme = judged.scheme_for(sheet, plan)
    figures = judged.sheet_figures(user, sheet)
    kpi, stood_at = figures.kpi, settled_at(sheet.round)
    sheet.kpi = kpi  # the heading names the KPI as it was called
    return KpiSheetPage(
        **_shared(user, sheet, [*([actual] if actual else []), *sheets.former_actuals(sheet)]),
        kpi=kpi,
        actual=actual,
        years=year_rows(figures, permissions.visible_actuals(user), sheet.round.fiscal_year),
        baseline=baseline_words(kpi),
        places=places_of(kpi, stood_at),
        responsibilities=responsibilities_of(kpi, sheet.round.fiscal_year, stood_at),
        figures=figures,
        plan=plan,
        scheme=scheme,
        verdict=judged.sheet_verdict(sheet, figures, plan, scheme),
        late_changes=late_changes(sheet.kpi_id, sheet.round, until=stood_at),
        stood_at=stood_at,
    )


def program_page(user: User, evaluation: ProgramEvaluation) -> ProgramPage:
    """Return everything a program evaluation's page shows to a person. A constant number of queries."""
    yearly = evaluation.program_sheet
    earlier = sheets.yearly_before(yearly)
    costs = sheets.costs_of([yearly, *([earlier] if earlier else [])])
    cost = costs.get(yearly.pk)
    return ProgramPage(
        **_shared(user, evaluation, [yearly, *([cost] if cost else [])]),
        yearly=yearly,
        earlier_yearly=earlier,
        cost=cost,
        earlier_cost=costs.get(earlier.pk) if earlier else None,
    )


def year_rows(figures: KpiFigures, visible: "QuerySet[Actual]", this_year: int) -> tuple[YearRow, ...]:
    """Return a KPI's years with target and actuals of every edition, oldest first.

    Years before it followed another KPI show that one's.
    """
    order = {edition.value: position for position, edition in enumerate(Edition)}
    line = {held.kpi.pk: held for held in line_of(figures)}
    actuals: dict[int, list[Actual]] = {}
    for actual in visible.filter(kpi__in=line):
        if figures.in_force(actual.fiscal_year) is line[actual.kpi_id]:
            actuals.setdefault(actual.fiscal_year, []).append(actual)
    targeted = {year for held in line.values() for year in held.targets if figures.in_force(year) is held}
    for found in actuals.values():
        found.sort(key=lambda actual: order[actual.edition])
    return tuple(
        _year_row(figures.in_force(year), year, actuals.get(year, []), this_year)
        for year in sorted({*targeted, *actuals, this_year})
    )


def _year_row(held: KpiFigures, year: int, actuals: Sequence[Actual], this_year: int) -> YearRow:
    target = held.targets.get(year)
    return YearRow(
        fiscal_year=year,
        kpi=held.kpi,
        target=target_words(target, held.kpi) if target else "",
        target_needs_review=bool(target and target.needs_review),
        actuals=tuple(actuals),
        is_this_year=year == this_year,
        seam=held.seam_words if held.seam == year else "",
    )


# --- what both share ----------------------------------------------------------------------------------------


def _shared(user: User, sheet: AnySheet, stands_on: Sequence[StandsOn]) -> dict[str, Any]:
    sees_work = permissions.sees_work(user, sheet)
    earlier = sheets.earlier_sheet(sheet) if sees_work else None
    files = sheets.attachments_of(sheet) if sees_work else []
    return {
        "sheet": sheet,
        "rows": question_rows(sheet, earlier),
        "earlier": earlier,
        "acts": permissions.permitted_acts(user, sheet),
        "threads": threads_of(sheet) if sees_work else {},
        "changes": changes_by_field(sheet, stands_on, corrections_only=not sees_work),
        "sees_work": sees_work,
        "can_comment": permissions.can_comment(user, sheet),
        "attachments": files,
        "removable": frozenset(f.pk for f in files if permissions.can_remove_attachment(user, sheet, f)),
        "can_attach": permissions.can_attach(user, sheet),
    }


def question_rows(sheet: AnySheet, earlier: AnySheet | None) -> tuple[QuestionRow, ...]:
    """Return what is asked with the answers, and last time's beside them."""
    before = earlier.answers if earlier else {}
    return tuple(
        QuestionRow(
            question=question,
            field=f"answers.{question.key}",
            answer=sheet.answers.get(question.key, ""),
            earlier=before.get(question.key, ""),
            is_carried_over=question.key in sheet.carried_over,
        )
        for question in sheets.questions_of(sheet)
    )


def threads_of(sheet: AnySheet) -> dict[str, list[Thread]]:
    """Return the remarks on a sheet by field, each with its answers."""
    comments = sheets.comments_of(sheet)
    replies: dict[int, list[FieldComment]] = {}
    for comment in comments:
        if comment.parent_id is not None:
            replies.setdefault(comment.parent_id, []).append(comment)
    threads: dict[str, list[Thread]] = {}
    for comment in comments:
        if comment.parent_id is None:
            thread = Thread(comment, tuple(replies.get(comment.pk, [])))
            threads.setdefault(comment.field, []).append(thread)
    return threads


def changes_by_field(
    sheet: AnySheet, stands_on: Sequence[StandsOn], *, corrections_only: bool
) -> dict[str, list[Change]]:
    """Return who changed each field of a page, when, from what to what and why; newest first.

    Fields are named as on the page: `figure` for an actual's number, status, day and note together,
    `answers.<key>` for one answer. Outside the section and planning only corrections are told.
    """
    found: dict[str, list[Change]] = {}
    for (label, _pk, name), changes in revisions_for([sheet, *stands_on]).items():
        for change in changes:
            if corrections_only and change.through is not Through.CORRECTION:
                continue
            for field, told in _by_page_field(label, name, change):
                found.setdefault(field, []).append(told)
    for told_changes in found.values():
        told_changes.sort(key=lambda change: change.at, reverse=True)
    return found


_FIGURE_LABELS = {
    "value": "実績値",
    "status": "値の状態",
    "as_of": "時点",
    "expected_on": "予定日",
    "note": "注記",
}


def _by_page_field(label: str, name: str, change: Change) -> list[tuple[str, Change]]:
    if name == "answers":
        pairs = changed_answers(change.old, change.new)
        return [(field, replace(change, old=old, new=new)) for field, (old, new) in pairs.items()]
    if label == Actual._meta.label_lower:
        if change.act is RevisionAct.CREATED:
            return [
                ("figure", replace(change, act=RevisionAct.CHANGED, old="", new=_first_figure(change.new)))
            ]
        if change.act is RevisionAct.DELETED:
            emptied = replace(
                change, act=RevisionAct.CHANGED, old=_first_figure(change.old), new="（空欄にした）"
            )
            return [("figure", emptied)]
        if name in ACTUAL_FIELDS:
            prefix = f"{_FIGURE_LABELS[name]} "
            told = replace(
                change, old=change.old and prefix + change.old, new=change.new and prefix + change.new
            )
            return [("figure", told)]
        return []
    if label == ProgramCost._meta.label_lower:
        return [("costs", _cost_change(name, change))] if name or change.act is RevisionAct.CREATED else []
    if label == ProgramSheet._meta.label_lower and name not in PROGRAM_FIELDS:
        return []
    return [(name, change)]


def _cost_change(name: str, change: Change) -> Change:
    if change.act is RevisionAct.CREATED:
        return replace(change, act=RevisionAct.CHANGED, old="", new="事業費を入力")
    prefix = f"{COST_LABELS[name][0] if name in COST_LABELS else change.label} "
    return replace(change, old=change.old and prefix + change.old, new=change.new and prefix + change.new)


def _first_figure(content: str | None) -> str:
    created = json.loads(content or "{}")
    status = ValueStatus(created["status"]).label
    return f"{created['value']}（{status}）" if created.get("value") else status
