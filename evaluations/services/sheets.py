"""What a section enters on its sheets: a figure or why there is none, answers, its own grade.

One save is one transaction over the sheet and what its entry stands on; both versions are compared.
Saving is lenient (half a sheet may be saved); handing in is strict (`selectors.completeness`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from evaluations.enums import NUMERIC_STATUSES, Act, QuestionKind, ValueStatus
from evaluations.models import Actual, KpiSheet, ProgramEvaluation
from evaluations.permissions import AnySheet
from evaluations.selectors import sheets
from evaluations.services import drafts
from evaluations.services.costs import CostEntry, cost_change, write_costs
from evaluations.services.workflow import Seen, clean, move, permitted, person_of
from history.enums import Through
from history.services import Authorship, VersionConflict, change_record, create_record, delete_record
from programs.models import ProgramSheet

MAX_TEXT = 20_000
LARGEST = Decimal(10) ** 18
FINEST = -8
IN_THE_GRID = ("figure", "status", "note")  # what a save of the grid takes the place of


class EntryRefused(Exception):
    """Something entered cannot be kept as it is: a message for each field. Nothing was written."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("入力内容を確かめてください。")
        self.errors = dict(errors)


@dataclass(frozen=True, kw_only=True)
class FigureEntry:
    """A figure in the KPI's own unit with what is known of it. No status: nothing is entered."""

    value: Decimal | None = None
    status: ValueStatus | None = None
    as_of: date | None = None
    expected_on: date | None = None
    published_text: str = ""
    note: str = ""
    is_confirmed: bool = False


@dataclass(frozen=True, kw_only=True)
class AnswersEntry:
    """A section's answers (only those that were asked for), and its own grade."""

    answers: Mapping[str, str] = field(default_factory=dict)
    self_grade: str = ""
    grade_reason: str = ""
    carried_over: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class ProgramTexts:
    """The texts of a program's yearly sheet, as edited in the round."""

    purpose: str
    summary: str
    results: str
    is_confirmed: bool = False


# --- saving -------------------------------------------------------------------------------------------------


def save_kpi_sheet(
    *, sheet: KpiSheet, figure: FigureEntry, entry: AnswersEntry, seen: Seen, authorship: Authorship
) -> bool:
    """Save what a section entered for a KPI; return whether anything differed.

    What differs in nothing writes nothing, whatever its version: a second click has no effect.

    :raises EntryRefused: with a message for each field
    :raises VersionConflict: if somebody else has saved the sheet or its figure since
    :raises WrongState: if the sheet is with somebody else by now
    """
    return _save_kpi(sheet, Act.EDIT, figure, entry, seen, authorship, "", None)


def save_figure(*, sheet: KpiSheet, figure: FigureEntry, seen: Seen, authorship: Authorship) -> bool:
    """Save a KPI's figure alone, as the grid enters it. Raises as above.

    The sheet's other entries stay, and so do the drafts of what is being typed there.
    """
    entry = AnswersEntry(self_grade=sheet.self_grade, grade_reason=sheet.grade_reason)
    return _save_kpi(sheet, Act.EDIT, figure, entry, seen, authorship, "", IN_THE_GRID)


def take_over_answers(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> bool:
    """Answer every question still empty as last time, marked as taken over; return whether any was."""
    earlier = sheets.earlier_sheet(sheet)
    asked = {question.key for question in sheets.questions_of(sheet)}
    taken = {
        key: text
        for key, text in (earlier.answers if earlier else {}).items()
        if key in asked and text and not sheet.answers.get(key)
    }
    if not taken:
        return False
    entry = AnswersEntry(
        answers=taken,
        self_grade=sheet.self_grade,
        grade_reason=sheet.grade_reason,
        carried_over=list(taken),
    )
    errors = answer_problems(sheet, entry)
    if errors:
        raise EntryRefused(errors)
    with transaction.atomic():
        return _move_with(sheet, Act.EDIT, entry, False, seen, authorship, "", ())


def correct_kpi_sheet(
    *,
    sheet: KpiSheet,
    figure: FigureEntry,
    entry: AnswersEntry,
    reason: str,
    seen: Seen,
    authorship: Authorship,
) -> bool:
    """Correct a locked sheet: planning, with a reason; each old value stays as a revision (訂正)."""
    return _save_kpi(sheet, Act.CORRECT, figure, entry, seen, authorship, reason, None)


def correct_figure(
    *, sheet: KpiSheet, figure: FigureEntry, reason: str, seen: Seen, authorship: Authorship
) -> bool:
    """Correct a locked sheet's figure alone, as planning's grid does. Raises as above."""
    entry = AnswersEntry(self_grade=sheet.self_grade, grade_reason=sheet.grade_reason)
    return _save_kpi(sheet, Act.CORRECT, figure, entry, seen, authorship, reason, IN_THE_GRID)


def save_program_evaluation(
    *,
    evaluation: ProgramEvaluation,
    texts: ProgramTexts,
    entry: AnswersEntry,
    seen: Seen,
    authorship: Authorship,
    costs: CostEntry | None = None,
) -> bool:
    """Save what a section entered for a program's year; return whether anything differed.

    Raises as `save_kpi_sheet` does.
    """
    return _save_program(evaluation, Act.EDIT, texts, entry, seen, authorship, "", costs)


def correct_program_evaluation(
    *,
    evaluation: ProgramEvaluation,
    texts: ProgramTexts,
    entry: AnswersEntry,
    reason: str,
    seen: Seen,
    authorship: Authorship,
    costs: CostEntry | None = None,
) -> bool:
    """Correct a locked program evaluation: planning, with a reason."""
    return _save_program(evaluation, Act.CORRECT, texts, entry, seen, authorship, reason, costs)


def _save_kpi(
    sheet: KpiSheet,
    act: Act,
    figure: FigureEntry,
    entry: AnswersEntry,
    seen: Seen,
    authorship: Authorship,
    reason: str,
    saved: Collection[str] | None,
) -> bool:
    errors = {**figure_problems(figure), **answer_problems(sheet, entry)}
    if errors:
        raise EntryRefused(errors)
    with transaction.atomic():
        found = sheets.actual_of(sheet)
        # The row lock (SQLite serialises writers anyway) makes the reading and the writing one step.
        actual = Actual.objects.select_for_update().get(pk=found.pk) if found else None
        change = figure_change(actual, figure)
        if not _move_with(sheet, act, entry, change is not None, seen, authorship, reason, saved):
            return False
        if change is not None:
            _write_figure(sheet, actual, change, _as_act(act, reason, authorship))
    return True


def _save_program(
    evaluation: ProgramEvaluation,
    act: Act,
    texts: ProgramTexts,
    entry: AnswersEntry,
    seen: Seen,
    authorship: Authorship,
    reason: str,
    costs: CostEntry | None,
) -> bool:
    errors = {**text_problems(texts), **answer_problems(evaluation, entry)}
    if errors:
        raise EntryRefused(errors)
    with transaction.atomic():
        yearly = ProgramSheet.objects.select_for_update().get(pk=evaluation.program_sheet_id)
        change = _text_change(yearly, texts)
        stored, costs_change = cost_change(yearly, costs)
        stands_on_changes = bool(change or costs_change)
        if not _move_with(evaluation, act, entry, stands_on_changes, seen, authorship, reason, None):
            return False
        if change:
            change_record(yearly, change, authorship=_as_act(act, reason, authorship))
        if costs is not None and costs_change:
            write_costs(yearly, stored, costs_change, costs, _as_act(act, reason, authorship))
    return True


def _move_with(
    sheet: AnySheet,
    act: Act,
    entry: AnswersEntry,
    stands_on_changes: bool,
    seen: Seen,
    authorship: Authorship,
    reason: str,
    saved: Collection[str] | None,
) -> bool:
    """Write the answers and the act if anything differs at all; return whether it did.

    `saved`: the fields whose drafts have done their work, None for all of the sheet's.
    """
    changes = _answer_change(sheet, entry)
    if not changes and not stands_on_changes:
        return False
    transition = permitted(sheet, act, authorship, reason=reason)
    assert transition is not None  # saving ends in a state from which one may save: it is never "done"
    if act is Act.EDIT:
        changes |= {"edited_by": person_of(authorship), "edited_at": authorship.at}
    move(sheet, transition, seen=seen, authorship=authorship, reason=reason, changes=changes)
    drafts.forget(sheet=sheet, user=person_of(authorship), fields=saved)
    return True


def _as_act(act: Act, reason: str, authorship: Authorship) -> Authorship:
    if act is not Act.CORRECT:
        return authorship
    return replace(authorship, through=Through.CORRECTION, why=clean(reason))


# --- answers ------------------------------------------------------------------------------------------------


def answer_problems(sheet: AnySheet, entry: AnswersEntry) -> dict[str, str]:
    """Return what of the answers cannot be kept: unknown questions, unknown choices, endless texts."""
    questions = {question.key: question for question in sheets.questions_of(sheet)}
    problems = {}
    for key, text in entry.answers.items():
        question = questions.get(key)
        if question is None:
            problems[f"answers.{key}"] = "この照会にない項目です。画面を開き直してください。"
        elif question.kind == QuestionKind.CHOICE and text and text not in question.choices:
            problems[f"answers.{key}"] = f"「{question.label}」は選択肢から選んでください。"
        elif len(text) > MAX_TEXT:
            problems[f"answers.{key}"] = f"「{question.label}」は{MAX_TEXT:,}文字までです。"
    if len(entry.grade_reason) > MAX_TEXT:
        problems["grade_reason"] = f"理由は{MAX_TEXT:,}文字までです。"
    if len(entry.self_grade) > 40:
        problems["self_grade"] = "課の評価は選択肢から選んでください。"
    return problems


def _answer_change(sheet: AnySheet, entry: AnswersEntry) -> dict[str, Any]:
    typed = {key: clean(text) for key, text in entry.answers.items()}
    answers = {key: text for key, text in {**sheet.answers, **typed}.items() if text}
    wanted = {
        "answers": answers,
        "self_grade": clean(entry.self_grade),
        "grade_reason": clean(entry.grade_reason),
        "carried_over": _still_carried(sheet, answers, entry.carried_over),
    }
    return {name: value for name, value in wanted.items() if getattr(sheet, name) != value}


def _still_carried(sheet: AnySheet, answers: Mapping[str, str], taken: Collection[str]) -> list[str]:
    """Return the answers that still read as last time: only these stay marked as taken over."""
    marked = {*sheet.carried_over, *taken}
    if not marked:
        return []
    earlier = sheets.earlier_sheet(sheet)
    texts = earlier.answers if earlier else {}
    return sorted(key for key in marked if answers.get(key) and answers[key] == texts.get(key))


# --- the figure ---------------------------------------------------------------------------------------------


def figure_problems(figure: FigureEntry) -> dict[str, str]:
    """Return what of a figure cannot be kept, a message for each field."""
    problems = {}
    if figure.status is None:
        if figure.value is not None:
            problems["status"] = "値の状態（確定・速報など）を選んでください。"
        elif figure.note.strip() or figure.expected_on or figure.as_of:
            problems["status"] = "実績値か値の状態を入れると、注記や日付を保存できます。"
    elif figure.status in NUMERIC_STATUSES and figure.value is None:
        problems["figure"] = (
            f"「{figure.status.label}」には実績値が必要です。値がないときは状態を選び直してください。"
        )
    elif figure.status not in NUMERIC_STATUSES and figure.value is not None:
        problems["status"] = (
            f"実績値があるときは「{figure.status.label}」にできません。値を消すか、状態を選び直してください。"
        )
    if figure.value is not None:
        problems |= _number_problems(figure.value)
    if len(figure.published_text) > 120:
        problems["figure"] = "実績値の欄は120文字までです。説明は注記に書いてください。"
    if len(figure.note) > MAX_TEXT:
        problems["note"] = f"注記は{MAX_TEXT:,}文字までです。"
    return problems


def _number_problems(value: Decimal) -> dict[str, str]:
    if not value.is_finite() or abs(value) >= LARGEST:
        return {"figure": "桁数が多すぎます。単位を確かめてください。"}
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < FINEST:
        return {"figure": "小数点以下は８桁までです。"}
    return {}


@dataclass(frozen=True)
class FigureChange:
    """What becomes of an actual: the fields to write, or None to take it away."""

    values: Mapping[str, Any] | None


def figure_change(actual: Actual | None, figure: FigureEntry) -> FigureChange | None:
    """Return what an entry makes of a stored figure, None where nothing differs."""
    if figure.status is None:
        return None if actual is None else FigureChange(None)
    wanted: dict[str, Any] = {
        "value": figure.value,
        "status": figure.status.value,
        "as_of": figure.as_of,
        "expected_on": figure.expected_on,
        "published_text": clean(figure.published_text),
        "note": clean(figure.note),
    }
    differing = wanted if actual is None else _differing(actual, wanted)
    if actual is not None and actual.needs_review:
        marks = {} if figure.is_confirmed else _unchanged_marks(actual, differing)
        differing |= {} if marks == actual.unconfirmed else {"unconfirmed": marks}
    return FigureChange(differing) if differing else None


def _unchanged_marks(record: Actual | ProgramSheet, differing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: mark for name, mark in record.unconfirmed.items() if name not in differing}


def _differing(record: Actual | ProgramSheet, wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if getattr(record, name) != value}


def _write_figure(
    sheet: KpiSheet, actual: Actual | None, change: FigureChange, authorship: Authorship
) -> None:
    if actual is None:
        assert change.values is not None
        created = Actual(
            kpi_id=sheet.kpi_id,
            fiscal_year=sheet.round.fiscal_year,
            edition=sheet.round.edition,
            is_demo=sheet.round.is_demo,
            **change.values,
        )
        try:
            with transaction.atomic():
                create_record(created, authorship=authorship)
        except IntegrityError as error:
            raise VersionConflict(sheet) from error
    elif change.values is None:
        delete_record(actual, authorship=authorship)
    else:
        change_record(actual, change.values, authorship=authorship)


# --- a program's texts --------------------------------------------------------------------------------------


def text_problems(texts: ProgramTexts) -> dict[str, str]:
    """Return which texts are too long to keep."""
    labels = {"purpose": "事業の目的", "summary": "事業の概要", "results": "成果"}
    return {
        name: f"「{label}」は{MAX_TEXT:,}文字までです。"
        for name, label in labels.items()
        if len(getattr(texts, name)) > MAX_TEXT
    }


def _text_change(yearly: ProgramSheet, texts: ProgramTexts) -> dict[str, Any]:
    change: dict[str, Any] = {}
    for name in ("purpose", "summary", "results"):
        typed, stored = clean(getattr(texts, name)), getattr(yearly, name)
        # A browser sends other line ends than the document had: that alone is no change.
        if typed != clean(stored):
            change[name] = typed
    if yearly.needs_review:
        marks = {} if texts.is_confirmed else _unchanged_marks(yearly, change)
        change |= {} if marks == yearly.unconfirmed else {"unconfirmed": marks}
    return change
