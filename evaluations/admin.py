"""Admin of the yearly round: to look at. Every write goes through the workflow of the product's own pages.

Left out is what passes: drafts, which somebody is still typing, and who has a sheet open.
"""

from django.contrib import admin

from evaluations.models import (
    Actual,
    FieldComment,
    GrantDecision,
    KpiSheet,
    MeasureOpinion,
    ProgramEvaluation,
    ReminderItem,
    ReminderMail,
    ReminderText,
    Round,
    RoundDue,
    RoundQuestion,
    SheetAttachment,
)
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


@admin.register(RoundDue)
class RoundDueAdmin(ReadOnlyAdmin):
    """Due dates of groups."""

    list_display = ["round", "target", "program_kind", "bureau", "section", "due_on"]
    list_filter = ["round"]
    list_select_related = ["round", "bureau", "section"]


@admin.register(GrantDecision)
class GrantDecisionAdmin(ReadOnlyAdmin):
    """The effects of grant programs as planning decided them."""

    list_display = ["round", "node", "effect", "proposed", "decided_at", "version"]
    list_filter = ["round"]
    list_select_related = ["round", "node"]


@admin.register(MeasureOpinion)
class MeasureOpinionAdmin(ReadOnlyAdmin):
    """Opinions and decisions on measures."""

    list_display = ["round", "node", "opined_at", "replied_at", "decision", "decided_at", "version"]
    list_filter = ["round"]
    list_select_related = ["round", "node"]


@admin.register(SheetAttachment)
class SheetAttachmentAdmin(ReadOnlyAdmin):
    """Files kept with sheets."""

    list_display = ["name", "size", "added_by", "added_at", "removed_at"]
    list_select_related = ["added_by"]
    search_fields = ["name"]


@admin.register(ReminderText)
class ReminderTextAdmin(ReadOnlyAdmin):
    """The wording of reminders."""

    list_display = ["occasion", "subject", "version"]


@admin.register(ReminderMail)
class ReminderMailAdmin(ReadOnlyAdmin):
    """Mails sent, or begun."""

    list_display = ["day", "user", "address", "subject", "is_sent"]
    list_filter = ["is_sent", "day"]
    list_select_related = ["user"]


@admin.register(ReminderItem)
class ReminderItemAdmin(ReadOnlyAdmin):
    """What a mail reminded of."""

    list_display = ["mail", "round", "section", "occasion", "due_on"]
    list_filter = ["round", "occasion"]
    list_select_related = ["mail", "round", "section"]
