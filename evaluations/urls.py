"""Addresses of the yearly round's pages."""

from django.urls import URLPattern, path, register_converter

from evaluations.views import (
    acts,
    beside,
    composition,
    corrections,
    definition_grid,
    definitions,
    effects,
    entry,
    grid,
    lists,
    opinions,
    plan_figures,
    program_marks,
    reminders,
    rounds,
    schemes,
    tasks,
)

app_name = "evaluations"


class SheetKind:
    """The kind of a sheet in an address: kpi or program."""

    regex = "kpi|program"

    def to_python(self, value: str) -> str:
        """Return the kind as views take it."""
        return value

    def to_url(self, value: str) -> str:
        """Return the kind as addresses write it."""
        return value


register_converter(SheetKind, "sheet_kind")
SHEET = "sheets/<sheet_kind:kind>/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("", tasks.task_list, name="task_list"),
    path("next/", tasks.task_next, name="task_next"),
    path("kpi-sheets/<int:pk>/", entry.kpi_sheet_detail, name="kpi_sheet_detail"),
    path("kpi-sheets/<int:pk>/preview/", entry.kpi_sheet_preview, name="kpi_sheet_preview"),
    path("program-evaluations/<int:pk>/", entry.program_evaluation_detail, name="program_evaluation_detail"),
    path("program-sheets/<int:pk>/marks/", program_marks.program_marks, name="program_marks"),
    path("approvals/", lists.approval_list, name="approval_list"),
    path("reviews/", lists.review_list, name="review_list"),
    path("rounds/", rounds.round_list, name="round_list"),
    path("rounds/new/", rounds.round_create, name="round_create"),
    path("rounds/<int:pk>/", rounds.round_detail, name="round_detail"),
    path("rounds/<int:pk>/edit/", rounds.round_edit, name="round_edit"),
    path("rounds/<int:pk>/questions/", rounds.round_questions, name="round_questions"),
    path("rounds/<int:pk>/open/", rounds.round_open, name="round_open"),
    path("rounds/<int:pk>/grid/", grid.round_grid, name="round_grid"),
    path("rounds/<int:pk>/opinions/", opinions.round_opinions, name="round_opinions"),
    path("rounds/<int:pk>/effects/", effects.round_effects, name="round_effects"),
    path("rounds/<int:pk>/dues/", reminders.round_dues, name="round_dues"),
    path("rounds/<int:pk>/reminders/", reminders.round_reminders, name="round_reminders"),
    path("rounds/<int:pk>/reminders.tsv", reminders.round_reminder_table, name="round_reminder_table"),
    path("figures/", plan_figures.plan_figures, name="plan_figures"),
    path("figures/check/", plan_figures.plan_figures_check, name="plan_figures_check"),
    path("rounds/reminder-texts/", reminders.reminder_text_list, name="reminder_text_list"),
    path("rounds/<int:pk>/state/", rounds.round_state, name="round_state"),
    path(SHEET + "correct/", corrections.sheet_correct, name="sheet_correct"),
    path(SHEET + "reopen/", corrections.sheet_reopen, name="sheet_reopen"),
    path(SHEET + "section/", lists.sheet_assign, name="sheet_assign"),
    path(SHEET + "act/", acts.sheet_act, name="sheet_act"),
    path(SHEET + "return/", acts.sheet_return, name="sheet_return"),
    path(SHEET + "assess/", acts.sheet_assess, name="sheet_assess"),
    path(SHEET + "opine/", acts.sheet_opine, name="sheet_opine"),
    path(SHEET + "reply/", acts.sheet_reply, name="sheet_reply"),
    path(SHEET + "comments/", acts.sheet_comment, name="sheet_comment"),
    path(SHEET + "comments/<int:comment_pk>/resolve/", acts.comment_resolve, name="comment_resolve"),
    path(SHEET + "files/", beside.sheet_attach, name="sheet_attach"),
    path(SHEET + "files/<int:attachment_pk>/", beside.sheet_attachment, name="sheet_attachment"),
    path(SHEET + "files/<int:attachment_pk>/remove/", beside.attachment_remove, name="attachment_remove"),
    path(SHEET + "presence/", beside.sheet_presence, name="sheet_presence"),
    path(SHEET + "draft/", acts.sheet_draft, name="sheet_draft"),
    path(SHEET + "draft/discard/", acts.sheet_draft_discard, name="sheet_draft_discard"),
]

# Pages of definitions that need rounds or judgements. They hang beside strategy's own under `strategy:`.
definition_urlpatterns: list[URLPattern] = [
    path("kpis/<str:code>/", definitions.kpi_definition_edit, name="kpi_definition_edit"),
    path("kpis/<str:code>/preview/", definitions.kpi_definition_preview, name="kpi_definition_preview"),
    path("kpis/<str:code>/parts/", composition.kpi_parts_edit, name="kpi_parts_edit"),
    path(
        "kpis/<str:code>/sections/", composition.kpi_responsibilities_edit, name="kpi_responsibilities_edit"
    ),
    path("grid/", definition_grid.kpi_definition_grid, name="kpi_definition_grid"),
    path("schemes/", schemes.rating_scheme_list, name="rating_scheme_list"),
    path("schemes/<int:pk>/", schemes.rating_scheme_detail, name="rating_scheme_detail"),
    path("schemes/<int:pk>/edit/", schemes.rating_scheme_edit, name="rating_scheme_edit"),
]
