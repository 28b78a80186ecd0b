"""Form fields with everything that belongs to them: label, 必須, help, errors, counter."""

from typing import Any

from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Textarea
from django.template import Library, TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

register = Library()


@register.simple_tag
def field(
    bound: BoundField,
    *,
    label: str = "",
    help: str = "",  # noqa: A002 -- HTML's own word
    limit: int | None = None,
    rows: int | None = None,
    label_hidden: bool = False,
    unmarked: bool = False,
) -> SafeString:
    """Render one field of a form.

    Errors, help and counter are joined to the input by `aria-describedby`. `limit` (or the field's own
    max_length on a textarea) shows a counter; only the form refuses what is too long, so nothing typed
    is cut off by the browser. `unmarked` leaves out 必須 where everything is asked for anyway (signing in).

    :raises TemplateSyntaxError: if it is not a form's field (a misspelt name is "" in a template).
    """
    if not isinstance(bound, BoundField):
        raise TemplateSyntaxError(f"field: {bound!r} is not a field of a form")
    widget = bound.field.widget
    if bound.is_hidden:
        return SafeString(str(bound))
    is_text = isinstance(widget, Textarea)
    limit = limit or (getattr(bound.field, "max_length", None) if is_text else None)
    help_text = help or bound.help_text
    ids = {
        "error": f"{bound.auto_id}_error" if bound.errors else "",
        "help": f"{bound.auto_id}_helptext" if help_text else "",
        "counter": f"{bound.auto_id}_counter" if limit else "",
    }
    attributes: dict[str, Any] = {"aria-describedby": " ".join(filter(None, ids.values()))}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if limit:
        attributes |= {"data-counter": ids["counter"], "data-limit": limit}
    if rows:
        attributes["rows"] = rows
    # A maxlength attribute would cut a pasted text without a word; the form tells instead.
    maxlength = widget.attrs.pop("maxlength", None) if is_text else None
    try:
        control = bound.as_widget(attrs={name: value for name, value in attributes.items() if value})
    finally:
        if maxlength is not None:
            widget.attrs["maxlength"] = maxlength
    return render_to_string(
        "components/field.html",
        {
            "bound": bound,
            "label": label or bound.label,
            "label_hidden": label_hidden,
            "is_marked": bound.field.required and not unmarked,
            "help_text": help_text,
            "control": control,
            "ids": ids,
            "limit": limit,
            "is_group": isinstance(widget, RadioSelect | CheckboxSelectMultiple),
            "is_checkbox": isinstance(widget, CheckboxInput),
            "length": len(bound.value() or "") if limit else 0,
        },
    )


@register.simple_tag
def form_errors(form: BaseForm) -> SafeString:
    """Render what is wrong with a form above it: its own errors, and links to the fields with errors."""
    if not form.errors:
        return mark_safe("")
    return render_to_string(
        "components/form_errors.html",
        {
            "form": form,
            "bound_fields": [bound for bound in form if bound.errors and not bound.is_hidden],
            "hidden_errors": [error for bound in form.hidden_fields() for error in bound.errors],
        },
    )
