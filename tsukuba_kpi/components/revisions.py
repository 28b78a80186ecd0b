"""Who changed a field, when, from what to what and why: beside the field itself."""

from collections.abc import Mapping, Sequence

from django.db import models
from django.template import Library, TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from history.selectors import Change, Key

register = Library()


@register.simple_tag
def history_button(
    history: Mapping[Key, Sequence[Change]], record: models.Model, field: str, *, label: str = ""
) -> SafeString:
    """Render the history of one field of a record; nothing when it never changed.

    `history` is what `history.selectors.revisions_for` returned for all records of the page.

    :raises TemplateSyntaxError: if the record has no such field.
    """
    if field and field not in {found.name for found in record._meta.concrete_fields}:
        raise TemplateSyntaxError(f"history_button: {record._meta.label} has no field {field!r}")
    changes = history.get((record._meta.label_lower, record.pk, field), ())
    if not changes:
        return mark_safe("")
    return render_to_string("components/history_button.html", {"changes": changes, "label": label})
