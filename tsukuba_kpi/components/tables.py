"""Tables, their sorting and their pages; tabs and breadcrumbs."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page
from django.http import HttpRequest, QueryDict
from django.template import Library, TemplateSyntaxError
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tsukuba_kpi.components.attributes import html_attributes

if TYPE_CHECKING:
    AnyPage = Page[Any]
else:
    AnyPage = Page

register = Library()


def query_with(query: QueryDict, **changes: str | None) -> str:
    """Return the address's query with some parameters set (None: removed), "?" included."""
    changed = query.copy()
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
    return "?" + changed.urlencode()


def _query(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET if isinstance(request, HttpRequest) else QueryDict()


@register.simple_block_tag
def data_table(
    content: str,
    caption: str,
    *,
    wide: bool = False,
    caption_hidden: bool = False,
    id: str = "",  # noqa: A002 -- HTML's own word
) -> SafeString:
    """Render a table whose head stays in view; the content is thead, tbody, tfoot.

    `wide` is for tables wider than the window: they scroll inside a region of their own, with the
    row's heading (`<th scope="row">`) staying in view too.
    """
    return format_html(
        '<div class="table-scroll{}" role="region" aria-label="{}" tabindex="0"><table{}>'
        "<caption{}>{}</caption>{}</table></div>",
        " table-scroll--wide" if wide else "",
        caption,
        html_attributes({"id": id}),
        mark_safe(' class="visually-hidden"') if caption_hidden else "",
        caption,
        content,
    )


@register.simple_tag(takes_context=True)
def sort_header(
    context: Context, label: str, key: str, *, number: bool = False, default: bool = False
) -> SafeString:
    """Render a heading cell whose link sorts by `key` (address parameter `sort`, a leading - for descending).

    `default` marks the column by which the list is sorted when the address says nothing.
    """
    query = _query(context)
    current = query.get("sort") or (key if default else "")
    state, target, mark = "none", key, "↕"
    if current == key:
        state, target, mark = "ascending", f"-{key}", "▲"
    elif current == f"-{key}":
        state, target, mark = "descending", key, "▼"
    return format_html(
        '<th scope="col"{}><a href="{}">{}<span class="sort__mark" aria-hidden="true">{}</span></a></th>',
        html_attributes({"class": "number" if number else "", "aria-sort": state if state != "none" else ""}),
        query_with(query, sort=target, page=None),
        label,
        mark,
    )


@register.simple_tag(takes_context=True)
def pager(context: Context, page: AnyPage, *, unit: str = "件", name: str = "page") -> SafeString:
    """Render which part of a list is shown, and the way to the others (every other parameter is kept)."""
    query = _query(context)
    total = page.paginator.count
    if getattr(page.paginator, "is_cut", False):
        unit_of_all = f"{unit}以上（条件を足すと、全てをめくれます）"
    else:
        unit_of_all = f"{unit}中"
    shown = (
        f"{total:,}{unit_of_all} {page.start_index():,}～{page.end_index():,}{unit}"
        if page.paginator.num_pages > 1
        else f"{total:,}{unit}"
    )
    if page.paginator.num_pages <= 1:
        return format_html('<p class="pager">{}</p>', shown)

    def link(number: int, label: str, rel: str = "") -> SafeString:
        return format_html(
            '<li><a href="{}"{}>{}</a></li>',
            query_with(query, **{name: str(number)}),
            html_attributes({"rel": rel}),
            label,
        )

    items = [link(page.previous_page_number(), "前へ", "prev")] if page.has_previous() else []
    for number in page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1):
        if number == page.number:
            items.append(format_html('<li><span aria-current="page">{}</span></li>', number))
        elif isinstance(number, int):
            items.append(link(number, str(number)))
        else:
            items.append(mark_safe("<li>…</li>"))
    if page.has_next():
        items.append(link(page.next_page_number(), "次へ", "next"))
    return format_html(
        '<nav class="pager" aria-label="ページ"><span>{}</span><ul>{}</ul></nav>',
        shown,
        format_html_join("", "{}", ((item,) for item in items)),
    )


@register.simple_block_tag
def tabs(content: str, label: str) -> SafeString:
    """Open a row of tabs: links to the sides of one thing."""
    return format_html('<nav class="tabs" aria-label="{}"><ul>{}</ul></nav>', label, content)


@register.simple_tag
def tab(label: str, href: str, *, current: bool = False, count: int | None = None) -> SafeString:
    """Render one tab.

    :raises TemplateSyntaxError: without an address.
    """
    if not href:
        raise TemplateSyntaxError(f"tab {label!r} has no address")
    number = "" if count is None else format_html('<span class="tabs__count">{}</span>', f"{count:,}")
    return format_html(
        '<li><a href="{}"{}>{}{}</a></li>',
        href,
        html_attributes({"aria-current": "page" if current else ""}),
        label,
        number,
    )


@register.simple_block_tag
def breadcrumbs(content: str) -> SafeString:
    """Open the way from the top to this page."""
    return format_html('<nav class="breadcrumbs" aria-label="現在の位置"><ol>{}</ol></nav>', content)


@register.simple_tag
def crumb(label: object, href: str = "") -> SafeString:
    """Render one step of the way; the page itself, without an address, is the last."""
    if not href:
        return format_html('<li><span aria-current="page">{}</span></li>', label)
    return format_html('<li><a href="{}">{}</a></li>', href, label)
