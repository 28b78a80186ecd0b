"""Addresses of this app's pages."""

from django.urls import path

from importers.views import form_fill, round_book_runs, round_books, rows, runs

app_name = "importers"
urlpatterns = [
    path("", runs.import_run_list, name="import_run_list"),
    path("new/", runs.import_run_create, name="import_run_create"),
    path("<int:pk>/", runs.import_run_detail, name="import_run_detail"),
    path("<int:pk>/progress/", runs.import_run_progress, name="import_run_progress"),
    path("<int:pk>/file/", runs.import_run_file, name="import_run_file"),
    path("<int:pk>/columns/", rows.import_run_columns, name="import_run_columns"),
    path("<int:pk>/rows/<int:position>/", rows.import_row_edit, name="import_row_edit"),
    path("<int:pk>/rows/<int:position>/picture/", rows.import_row_picture, name="import_row_picture"),
    path("<int:pk>/decide/", runs.import_run_decide, name="import_run_decide"),
    path("<int:pk>/sections/", runs.import_run_sections, name="import_run_sections"),
    path("<int:pk>/answers/", runs.import_run_answers, name="import_run_answers"),
    path("<int:pk>/apply/", runs.import_run_apply, name="import_run_apply"),
    path("<int:pk>/discard/", runs.import_run_discard, name="import_run_discard"),
    path("rounds/<int:pk>/file/", round_books.round_book_file, name="round_book_file"),
    path(
        "rounds/<int:pk>/sections/<int:section_pk>/file/",
        round_books.round_book_section_file,
        name="round_book_section_file",
    ),
    path("rounds/<int:pk>/upload/", round_book_runs.round_book_upload, name="round_book_upload"),
    path("books/<int:pk>/", round_book_runs.round_book_run, name="round_book_run"),
    path("books/<int:pk>/apply/", round_book_runs.round_book_apply, name="round_book_apply"),
    path("books/<int:pk>/marked/", round_book_runs.round_book_marked, name="round_book_marked"),
    path("rounds/<int:pk>/archive/", round_books.round_book_archive, name="round_book_archive"),
    path("forms/kpi-sheets/<int:pk>/", form_fill.kpi_sheet_form, name="kpi_sheet_form"),
    path(
        "forms/program-evaluations/<int:pk>/",
        form_fill.program_evaluation_form,
        name="program_evaluation_form",
    ),
    path("<int:pk>/undo/", runs.import_run_undo, name="import_run_undo"),
]
