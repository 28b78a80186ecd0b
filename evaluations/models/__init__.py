"""What happened: rounds and their questions, actuals, sheets of KPIs and programs, comments on fields."""

from evaluations.models.remarks import FieldComment, SheetDraft
from evaluations.models.rounds import Round, RoundQuestion
from evaluations.models.sheets import Actual, KpiSheet, ProgramEvaluation, Sheet, SheetQuerySet

__all__ = [
    "Actual",
    "FieldComment",
    "KpiSheet",
    "ProgramEvaluation",
    "Round",
    "RoundQuestion",
    "Sheet",
    "SheetDraft",
    "SheetQuerySet",
]
