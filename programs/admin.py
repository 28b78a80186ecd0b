"""Admin of programs."""

from django.contrib import admin

from history.admin.flat_lists import FlatListAdmin, flat_list
from history.admin.recorded import ReadOnlyAdmin, RecordedAdmin
from programs.models import Program, ProgramCost, ProgramLineage, ProgramLink, ProgramSheet


@admin.register(Program)
class ProgramAdmin(FlatListAdmin):
    """Programs by their number."""

    list_display = ["number", "name", "kind", "scope", "first_fiscal_year", "last_fiscal_year", "is_demo"]
    list_filter = ["is_demo", "kind", "scope"]
    search_fields = ["=number", "name"]
    resource_classes = [
        flat_list(
            Program,
            "number",
            "name",
            "kind",
            "scope",
            "first_fiscal_year",
            "last_fiscal_year",
            "legal_basis",
            "note",
        )
    ]


@admin.register(ProgramLineage)
class ProgramLineageAdmin(RecordedAdmin):
    """How programs became others."""

    list_display = ["fiscal_year", "predecessor", "kind", "successor"]
    list_filter = ["fiscal_year", "kind"]
    list_select_related = ["predecessor", "successor"]
    autocomplete_fields = ["predecessor", "successor"]


@admin.register(ProgramSheet)
class ProgramSheetAdmin(ReadOnlyAdmin):
    """Yearly sheets: written by sections, through the workflow."""

    list_display = ["fiscal_year", "program", "section", "version"]
    list_filter = ["fiscal_year"]
    list_select_related = ["program", "section"]
    search_fields = ["name", "=program__number"]


@admin.register(ProgramCost)
class ProgramCostAdmin(ReadOnlyAdmin):
    """Costs: written with the yearly sheets."""

    list_display = ["sheet", "general", "labour", "is_final"]
    list_select_related = ["sheet"]


@admin.register(ProgramLink)
class ProgramLinkAdmin(RecordedAdmin):
    """What programs serve."""

    list_display = ["program", "node", "kpi", "indicator_kind", "state"]
    list_filter = ["state", "indicator_kind"]
    list_select_related = ["program", "node", "kpi"]
    search_fields = ["program__name", "kpi__name", "node__name"]
    autocomplete_fields = ["program", "node", "kpi"]
