"""What happened: rounds and their questions, actuals, sheets of KPIs and programs, comments on fields."""

from evaluations.models.beside import SheetAttachment, SheetPresence
from evaluations.models.effects import GrantDecision
from evaluations.models.opinions import MeasureOpinion
from evaluations.models.remarks import FieldComment, SheetDraft
from evaluations.models.reminders import ReminderItem, ReminderMail, ReminderText
from evaluations.models.rounds import Round, RoundDue, RoundQuestion
from evaluations.models.sheets import Actual, KpiSheet, ProgramEvaluation, Sheet, SheetQuerySet

__all__ = [
    "Actual",
    "FieldComment",
    "GrantDecision",
    "KpiSheet",
    "MeasureOpinion",
    "ProgramEvaluation",
    "ReminderItem",
    "ReminderMail",
    "ReminderText",
    "Round",
    "RoundDue",
    "RoundQuestion",
    "Sheet",
    "SheetAttachment",
    "SheetDraft",
    "SheetPresence",
    "SheetQuerySet",
]
