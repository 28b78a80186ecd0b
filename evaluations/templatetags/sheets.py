"""What the sheets' templates look up by a field's name."""

from collections.abc import Sequence
from decimal import Decimal

from django.forms import BaseForm, BoundField
from django.template import Library

from evaluations.selectors.pages import SheetPage, Thread
from history.selectors import Change

register = Library()


@register.simple_tag
def changes_of(page: SheetPage, field: str) -> Sequence[Change]:
    """Return who changed a field of the page."""
    return page.changes.get(field, ())


@register.simple_tag
def threads_of(page: SheetPage, field: str) -> Sequence[Thread]:
    """Return the remarks on a field of the page."""
    return page.threads.get(field, ())


@register.filter
def amount(value: Decimal | None, unit: str) -> str:
    """Return a number with its unit, a dash where nobody has entered one."""
    return "－" if value is None else f"{value:,}{unit}"


@register.simple_tag
def bound(form: BaseForm, name: str) -> BoundField | None:
    """Return a form's field by its name, None where this form has none of it."""
    return form[name] if name in form.fields else None
