"""Buttons, and links that look like them."""

from django.template import Library, TemplateSyntaxError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tsukuba_kpi.components.attributes import html_attributes, one_of

register = Library()

KINDS = ("primary", "secondary", "text", "danger")
KEYS = ("", "save", "next")


def _classes(component: str, kind: str, small: bool) -> str:
    one_of(component, "kind", kind, KINDS)
    return f"button button--{kind}" + (" button--small" if small else "")


@register.simple_tag
def button(
    label: str,
    *,
    kind: str = "secondary",
    type: str = "submit",  # noqa: A002 -- HTML's own word
    name: str = "",
    value: str = "",
    form: str = "",
    formaction: str = "",
    disabled: bool = False,
    small: bool = False,
    key: str = "",
    describes: str = "",
    novalidate: bool = False,
) -> SafeString:
    """Render a button.

    `key` binds Ctrl+S ("save") or Ctrl+Enter ("next"); `describes` is read out after the label, for rows
    of a table where the label alone would repeat.
    """
    one_of("button", "type", type, ("submit", "button", "reset"))
    one_of("button", "key", key, KEYS)
    attributes = html_attributes(
        {
            "type": type,
            "class": _classes("button", kind, small),
            "name": name,
            "value": value,
            "form": form,
            "formaction": formaction,
            "formnovalidate": novalidate,
            "disabled": disabled,
            "data-key": key,
        }
    )
    return format_html("<button{}>{}{}</button>", attributes, label, _spoken(describes))


@register.simple_tag
def link_button(
    label: str,
    href: str,
    *,
    kind: str = "secondary",
    small: bool = False,
    download: bool = False,
    describes: str = "",
) -> SafeString:
    """Render a link that looks like a button.

    :raises TemplateSyntaxError: without an address: a name set by `url … as` in another block is blank here.
    """
    if not href:
        raise TemplateSyntaxError(f"link_button {label!r} has no address")
    attributes = html_attributes(
        {"href": href, "class": _classes("link_button", kind, small), "download": download}
    )
    return format_html("<a{}>{}{}</a>", attributes, label, _spoken(describes))


@register.simple_block_tag
def button_row(content: str) -> SafeString:
    """Set the buttons of a form or page in a row (left out on paper)."""
    return format_html('<div class="button-row">{}</div>', content)


def _spoken(describes: str) -> SafeString:
    if not describes:
        return SafeString("")
    return format_html('<span class="visually-hidden">（{}）</span>', describes)
