"""Boxes that say something, hold something, or say that there is nothing."""

import re

from django.template import Library
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString

from tsukuba_kpi.components.attributes import html_attributes, one_of

register = Library()

SHOWN_WITHOUT_WORDS = re.compile(r"<(svg|img|input|select|textarea|button|meter)\b")
NOTICE_WORDS = {"info": "お知らせ", "warn": "注意", "error": "エラー", "success": "完了"}


@register.simple_block_tag
def notice(content: str, kind: str = "info", *, title: str = "", live: bool = False) -> SafeString:
    """Say something important: info, warn, error or success. `live` reads it out at once."""
    one_of("notice", "kind", kind, NOTICE_WORDS)
    role = ("alert" if kind == "error" else "status") if live else ""
    return format_html(
        '<div class="notice notice--{}"{}><p class="notice__title">{}{}</p>{}</div>',
        kind,
        html_attributes({"role": role}),
        format_html('<span class="notice__kind">【{}】</span>', NOTICE_WORDS[kind]),
        title,
        content,
    )


@register.filter
def notice_kind(level_tag: str) -> str:
    """Return the kind of notice for a level of django.contrib.messages."""
    return {"warning": "warn", "error": "error", "success": "success"}.get(level_tag, "info")


@register.simple_block_tag
def card(content: str, *, title: str = "", id: str = "") -> SafeString:  # noqa: A002 -- HTML's own word
    """Set something apart as a box with a heading (level 2)."""
    heading = format_html('<h2 class="card__title">{}</h2>', title) if title else ""
    return format_html(
        "<section{}>{}{}</section>", html_attributes({"class": "card", "id": id}), heading, content
    )


@register.simple_block_tag
def empty_state(content: str, title: str) -> SafeString:
    """Say that a list is empty, and in the content what to do."""
    return format_html(
        '<div class="empty-state"><p class="empty-state__title">{}</p>{}</div>', title, content
    )


@register.simple_block_tag
def definition_list(content: str) -> SafeString:
    """Open a list of names and what stands behind them."""
    return format_html('<dl class="definitions">{}</dl>', content)


@register.simple_block_tag
def definition(content: str, term: str) -> SafeString:
    """Write one line of a definition list; an empty content says so."""
    says_something = strip_tags(content).strip() or SHOWN_WITHOUT_WORDS.search(content)
    body = content if says_something else format_html('<span class="quiet">{}</span>', "未設定")
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", term, body)
