"""Admin of publications: to look at. What was published stays."""

from django.contrib import admin

from history.admin.recorded import ReadOnlyAdmin
from reports.models import Publication


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    """Publications."""

    list_display = ["round", "edition_number", "published_by", "published_at"]
    list_select_related = ["round", "published_by"]
