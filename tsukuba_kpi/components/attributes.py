"""What every component asks of its attributes."""

from collections.abc import Collection, Mapping

from django.template import TemplateSyntaxError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


def one_of(component: str, attribute: str, value: str, allowed: Collection[str]) -> str:
    """Return the value.

    :raises TemplateSyntaxError: if it is not among the allowed ones.
    """
    if value not in allowed:
        raise TemplateSyntaxError(
            f"{component}: {attribute}={value!r} is not one of {', '.join(sorted(allowed))}"
        )
    return value


def html_attributes(values: Mapping[str, object]) -> SafeString:
    """Return HTML attributes with a leading space each; True is a bare attribute, None, False and "" none."""
    parts = []
    for name, value in values.items():
        if value is None or value is False or value == "":
            continue
        parts.append((format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value),))
    return format_html_join(mark_safe(""), "{}", parts)
