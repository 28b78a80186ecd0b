"""Admin of imports: to look at; a remembered layout may be forgotten."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from history.admin.recorded import ReadOnlyAdmin, RecordedAdmin
from importers.models import ColumnMapping, ImportRow, ImportRun, UnchangedRows


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Runs."""

    list_display = ["created_at", "kind", "file_name", "state", "created_by", "applied_at"]
    list_filter = ["kind", "state", "is_demo"]
    list_select_related = ["created_by"]
    search_fields = ["file_name", "sha256"]


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnlyAdmin):
    """Rows of runs."""

    list_display = ["run", "position", "outcome", "decision", "undo_result"]
    list_filter = ["outcome", "decision"]
    list_select_related = ["run"]
    search_fields = ["=run__id"]


@admin.register(UnchangedRows)
class UnchangedRowsAdmin(ReadOnlyAdmin):
    """Rows of runs that said what stood in hand already, many in one record."""

    list_display = ["__str__", "run"]
    list_select_related = ["run"]
    search_fields = ["=run__id"]


@admin.register(ColumnMapping)
class ColumnMappingAdmin(RecordedAdmin):
    """Remembered layouts: forgotten here, made on the mapping page."""

    list_display = ["kind", "fingerprint", "by", "at"]
    list_filter = ["kind"]
    list_select_related = ["by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Layouts are learnt from documents."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Layouts are learnt from documents."""
        return False
