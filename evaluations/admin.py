"""Admin of the yearly round: to look at. Every write goes through the workflow of the product's own pages.

Drafts are left out: they are what somebody is still typing.
"""

from django.contrib import admin

from evaluations.models import Actual, FieldComment, KpiSheet, ProgramEvaluation, Round, RoundQuestion
from history.admin.recorded import ReadOnlyAdmin


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    """Rounds."""

    list_display = ["name", "fiscal_year", "edition", "state", "opens_on", "due_on", "is_demo"]
    list_filter = ["fiscal_year", "edition", "state", "is_demo"]


@admin.register(RoundQuestion)
class RoundQuestionAdmin(ReadOnlyAdmin):
    """What rounds ask."""

    list_display = ["round", "target", "position", "label", "kind", "is_required", "is_public"]
    list_filter = ["round", "target"]
    list_select_related = ["round"]


@admin.register(Actual)
class ActualAdmin(ReadOnlyAdmin):
    """Yearly figures."""

    list_display = ["kpi", "fiscal_year", "edition", "value", "status", "version"]
    list_filter = ["fiscal_year", "edition", "status"]
    list_select_related = ["kpi"]
    search_fields = ["kpi__name", "kpi__code"]


@admin.register(KpiSheet)
class KpiSheetAdmin(ReadOnlyAdmin):
    """Sheets of KPIs."""

    list_display = ["round", "kpi", "section", "state", "version"]
    list_filter = ["round", "state"]
    list_select_related = ["round", "kpi", "section"]
    search_fields = ["kpi__name", "section__name"]


@admin.register(ProgramEvaluation)
class ProgramEvaluationAdmin(ReadOnlyAdmin):
    """Evaluations of programs."""

    list_display = ["round", "program_sheet", "section", "state", "version"]
    list_filter = ["round", "state"]
    list_select_related = ["round", "program_sheet", "section"]
    search_fields = ["program_sheet__name", "section__name"]


@admin.register(FieldComment)
class FieldCommentAdmin(ReadOnlyAdmin):
    """Remarks on fields."""

    list_display = ["at", "by", "field", "text", "resolved_at"]
    list_select_related = ["by"]
    search_fields = ["text"]
