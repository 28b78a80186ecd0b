"""The admin's ground: writes that leave revisions, lists to bring back, and the history itself."""

from django.contrib import admin
from django.contrib.auth.models import Group

from history.admin.recorded import ReadOnlyAdmin
from history.models import Revision

# Rights come from memberships and site roles, not from Django's groups.
admin.site.unregister(Group)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """The history, to look at."""

    list_display = ["at", "by", "record_type", "record_id", "act", "field", "through", "why"]
    list_filter = ["act", "through", "record_type"]
    list_select_related = ["by"]
    search_fields = ["=record_id", "field", "why", "by__username", "by__display_name"]
    search_help_text = "対象ID（番号そのもの）、項目、理由、利用者名、氏名"
