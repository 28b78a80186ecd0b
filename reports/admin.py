"""Admin of publications: to look at. What was published stays; counts are kept and rebuilt by the product."""

from django.contrib import admin

from history.admin.recorded import ReadOnlyAdmin
from reports.models import Publication, PublicationChoice


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    """Publications."""

    list_display = ["round", "edition_number", "published_by", "published_at"]
    list_select_related = ["round", "published_by"]


@admin.register(PublicationChoice)
class PublicationChoiceAdmin(ReadOnlyAdmin):
    """What is kept back or shortened."""

    list_display = ["round", "kpi", "program", "field", "choice"]
    list_filter = ["round", "choice"]
    list_select_related = ["round", "kpi", "program"]
