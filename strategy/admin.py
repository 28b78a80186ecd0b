"""Admin of plans, KPIs and rating schemes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from history.admin.flat_lists import ExportedListAdmin, FlatListAdmin, flat_list
from history.admin.recorded import RecordedAdmin
from strategy.models import (
    Kpi,
    KpiPart,
    Placement,
    Plan,
    PlanNode,
    RatingBand,
    RatingScheme,
    Responsibility,
    SeriesBreak,
    Target,
)


@admin.register(RatingScheme)
class RatingSchemeAdmin(RecordedAdmin):
    """Rating schemes. A frozen one, used by a finalised round, stays as it is."""

    list_display = ["name", "version", "measure", "is_proposal", "is_frozen"]
    search_fields = ["name", "code"]
    readonly_fields = ["code", "version", "is_frozen"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Schemes are made on the product's own pages, with their bands."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse frozen schemes."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_frozen)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse frozen schemes."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_frozen)


@admin.register(RatingBand)
class RatingBandAdmin(RecordedAdmin):
    """Bands of schemes that are not frozen."""

    list_display = ["scheme", "position", "label", "symbol", "minimum"]
    list_filter = ["scheme"]
    list_select_related = ["scheme"]
    never_changed = ["scheme"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse bands of frozen schemes."""
        return super().has_change_permission(request, obj) and not (obj and obj.scheme.is_frozen)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse bands of frozen schemes; several at once are not deleted at all."""
        return obj is not None and not obj.scheme.is_frozen

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer schemes that are not frozen."""
        if db_field.name == "scheme":
            kwargs["queryset"] = RatingScheme.objects.filter(is_frozen=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Plan)
class PlanAdmin(RecordedAdmin):
    """Plans."""

    list_display = ["name", "code", "first_fiscal_year", "last_fiscal_year", "rating_scheme", "is_demo"]
    list_select_related = ["rating_scheme"]
    search_fields = ["name", "code"]


@admin.register(PlanNode)
class PlanNodeAdmin(FlatListAdmin):
    """Goals, policies, measures, grant programs and projects."""

    list_display = ["code", "name", "level", "plan", "position"]
    list_filter = ["plan", "level"]
    list_select_related = ["plan", "parent"]
    search_fields = ["code", "ascii_code", "name"]
    autocomplete_fields = ["plan", "parent"]
    resource_classes = [
        flat_list(
            PlanNode, "plan", "parent", "level", "code", "ascii_code", "name", "description", "position"
        )
    ]


@admin.register(Kpi)
class KpiAdmin(FlatListAdmin):
    """What is measured."""

    list_display = ["code", "name", "unit", "direction", "aggregation", "is_demo"]
    list_filter = ["is_demo", "direction", "aggregation"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["predecessor"]
    resource_classes = [
        flat_list(
            Kpi,
            "code",
            "name",
            "unit",
            "decimals",
            "direction",
            "aggregation",
            "baseline_value",
            "baseline_text",
            "baseline_first_fiscal_year",
            "baseline_fiscal_year",
            "rationale",
            "method",
            "statistic_source",
            "final_note",
            "survey_interval",
            "first_fiscal_year",
            "last_fiscal_year",
            "note",
        )
    ]


@admin.register(KpiPart)
class KpiPartAdmin(RecordedAdmin):
    """What KPIs are made of."""

    list_display = ["whole", "part", "kind", "position", "is_main"]
    list_filter = ["kind"]
    list_select_related = ["whole", "part"]
    search_fields = ["whole__name", "part__name"]
    autocomplete_fields = ["whole", "part"]


@admin.register(SeriesBreak)
class SeriesBreakAdmin(RecordedAdmin):
    """Changes of definition."""

    list_display = ["kpi", "fiscal_year", "reason"]
    list_select_related = ["kpi"]
    search_fields = ["kpi__name"]
    autocomplete_fields = ["kpi"]


@admin.register(Placement)
class PlacementAdmin(RecordedAdmin):
    """Where KPIs stand in plans."""

    list_display = ["node", "kpi", "position"]
    list_filter = ["node__plan"]
    list_select_related = ["node", "kpi"]
    search_fields = ["kpi__name", "node__name", "node__code"]
    autocomplete_fields = ["kpi", "node"]


@admin.register(Responsibility)
class ResponsibilityAdmin(ExportedListAdmin):
    """Which section answers for what."""

    list_display = ["section", "role", "kpi", "node", "first_fiscal_year", "last_fiscal_year"]
    list_filter = ["role", "section"]
    list_select_related = ["section", "kpi", "node", "placement__node", "placement__kpi"]
    search_fields = ["section__name", "kpi__name", "node__name"]
    autocomplete_fields = ["section", "kpi", "node", "placement"]
    resource_classes = [
        flat_list(
            Responsibility,
            "section",
            "role",
            "role_note",
            "kpi",
            "node",
            "first_fiscal_year",
            "last_fiscal_year",
        )
    ]


@admin.register(Target)
class TargetAdmin(FlatListAdmin):
    """Targets of KPIs."""

    list_display = ["kpi", "fiscal_year", "value", "qualifier", "word"]
    list_filter = ["fiscal_year", "qualifier"]
    list_select_related = ["kpi"]
    search_fields = ["kpi__name", "kpi__code"]
    autocomplete_fields = ["kpi"]
    resource_classes = [
        flat_list(
            Target,
            "kpi",
            "fiscal_year",
            "value",
            "upper",
            "qualifier",
            "word",
            "published_text",
            "change_reason",
        )
    ]
