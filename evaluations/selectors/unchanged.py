"""今年度は変更なし: what saying so takes over from last time, and what it leaves to be entered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluations.enums import QuestionKind
from evaluations.models import KpiSheet, RoundQuestion
from evaluations.permissions import AnySheet
from evaluations.selectors import sheets
from programs.models import ProgramSheet

# A figure and the year's results are never taken over: they are what the year is asked about.
TEXTS = {"purpose": "事業の目的", "summary": "事業の概要"}


@dataclass(frozen=True)
class TakenOver:
    """One empty box that would say what it said last time."""

    field: str
    label: str
    text: str


def taken_over(
    questions: Iterable[RoundQuestion],
    answers: Mapping[str, str],
    before: Mapping[str, str],
    *,
    yearly: ProgramSheet | None = None,
    yearly_before: ProgramSheet | None = None,
) -> list[TakenOver]:
    """Return what is empty now and was answered last time. A choice that is no longer offered is left out."""
    texts = [
        TakenOver(name, label, getattr(yearly_before, name))
        for name, label in TEXTS.items()
        if yearly is not None
        and yearly_before is not None
        and not getattr(yearly, name).strip()
        and getattr(yearly_before, name).strip()
    ]
    return texts + [
        TakenOver(f"answers.{question.key}", question.label, before[question.key])
        for question in questions
        if before.get(question.key, "").strip()
        and not answers.get(question.key, "").strip()
        and (question.kind != QuestionKind.CHOICE or before[question.key] in question.choices)
    ]


def taken_over_by(sheet: AnySheet) -> list[TakenOver]:
    """Return what a sheet would take over."""
    earlier = sheets.earlier_sheet(sheet)
    return taken_over(
        sheets.questions_of(sheet),
        sheet.answers,
        earlier.answers if earlier else {},
        yearly=None if isinstance(sheet, KpiSheet) else sheet.program_sheet,
        yearly_before=None if isinstance(sheet, KpiSheet) else sheets.yearly_before(sheet.program_sheet),
    )
