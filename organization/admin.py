"""Admin of people and sections."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from history.admin.flat_lists import ExportedListAdmin, FlatListAdmin, flat_list
from history.admin.recorded import RecordedAdmin
from history.services import Authorship
from organization import services
from organization.models import Bureau, Membership, RoleGrant, Section, SectionSuccession, User


@admin.register(User)
class UserAdmin(ExportedListAdmin):
    """People. They are registered, and get passwords, on the product's own pages."""

    list_display = ["username", "display_name", "staff_number", "is_active", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_superuser", "is_demo"]
    search_fields = ["username", "display_name", "staff_number"]
    fields = [
        "username",
        "display_name",
        "staff_number",
        "email",
        "is_active",
        "is_superuser",
        "must_change_password",
        "is_demo",
        "last_login",
        "date_joined",
    ]
    readonly_fields = ["must_change_password", "is_demo", "last_login", "date_joined"]
    resource_classes = [
        flat_list(User, "username", "display_name", "staff_number", "email", "is_active", "is_superuser")
    ]
    refusals = (services.LastAdministrator,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Leave out groups and permissions: rights come from memberships and roles."""
        return list(self.readonly_fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People are registered where they get their one-time password."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People stay: the history names them. They are stopped instead."""
        return False

    def write_change(self, record: models.Model, changes: Mapping[str, Any], authorship: Authorship) -> None:
        """Change a person, but never stop the last administrator."""
        services.change_user(cast(User, record), changes, authorship=authorship)


@admin.register(Bureau)
class BureauAdmin(FlatListAdmin):
    """Bureaus."""

    list_display = ["name", "position", "opened_fiscal_year", "closed_fiscal_year", "is_demo"]
    list_filter = ["is_demo"]
    search_fields = ["name"]
    resource_classes = [flat_list(Bureau, "name", "position", "opened_fiscal_year", "closed_fiscal_year")]


@admin.register(Section)
class SectionAdmin(FlatListAdmin):
    """Sections."""

    list_display = [
        "name",
        "bureau",
        "code",
        "position",
        "opened_fiscal_year",
        "closed_fiscal_year",
        "is_demo",
    ]
    list_filter = ["is_demo", "bureau"]
    list_select_related = ["bureau"]
    search_fields = ["name", "code", "bureau__name"]
    resource_classes = [
        flat_list(
            Section,
            "name",
            "bureau",
            "code",
            "position",
            "opened_fiscal_year",
            "closed_fiscal_year",
            "allows_self_approval",
        )
    ]


@admin.register(SectionSuccession)
class SectionSuccessionAdmin(FlatListAdmin):
    """What became of sections."""

    list_display = ["fiscal_year", "predecessor", "kind", "successor"]
    list_filter = ["fiscal_year", "kind"]
    list_select_related = ["predecessor", "successor"]
    search_fields = ["predecessor__name", "successor__name"]
    resource_classes = [
        flat_list(SectionSuccession, "fiscal_year", "predecessor", "kind", "successor", "note")
    ]


@admin.register(Membership)
class MembershipAdmin(FlatListAdmin):
    """Who belongs where."""

    list_display = ["user", "section", "role", "starts_on", "ends_on"]
    list_filter = ["role", "section"]
    list_select_related = ["user", "section"]
    search_fields = ["user__username", "user__display_name", "section__name"]
    autocomplete_fields = ["user", "section"]
    never_changed = ["user", "section", "role"]
    resource_classes = [flat_list(Membership, "user", "section", "role", "starts_on", "ends_on")]


@admin.register(RoleGrant)
class RoleGrantAdmin(RecordedAdmin):
    """Who may do what for the whole city. Only by hand: the last administrator has to stay."""

    list_display = ["user", "role", "starts_on", "ends_on"]
    list_filter = ["role"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__display_name"]
    autocomplete_fields = ["user"]
    never_changed = ["user", "role"]
    refusals = (services.LastAdministrator,)

    def write_change(self, record: models.Model, changes: Mapping[str, Any], authorship: Authorship) -> None:
        """Change the days, but never those of the last administrator."""
        grant = cast(RoleGrant, record)
        starts_on: date = changes.get("starts_on", grant.starts_on)
        ends_on: date | None = changes.get("ends_on", grant.ends_on)
        services.change_term(grant, starts_on=starts_on, ends_on=ends_on, authorship=authorship)

    def write_deletion(self, record: models.Model, authorship: Authorship) -> None:
        """Take back a role, but never the last administrator's."""
        services.delete_term(cast(RoleGrant, record), authorship=authorship)
