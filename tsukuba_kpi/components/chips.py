"""Small marks: tags, states, grades, what waits for a person. Never by colour alone."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from django.template import Library, TemplateSyntaxError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from evaluations.enums import RoundState, SheetState, ValueStatus
from tsukuba_kpi.components.attributes import one_of
from tsukuba_kpi.lib.choices import LabelledEnum

register = Library()

TONES: Final = ("plain", "quiet", "info", "good", "warn", "bad", "solid", "dashed")

SHEET_STATES: Final = {
    SheetState.NOT_STARTED: ("○", "dashed"),
    SheetState.DRAFTING: ("…", "plain"),
    SheetState.AWAITING_APPROVAL: ("→", "info"),
    SheetState.SUBMITTED: ("↑", "info"),
    SheetState.RETURNED: ("←", "warn"),
    SheetState.REVIEWED: ("✓", "good"),
    SheetState.EXTERNAL: ("◇", "info"),
    SheetState.FINALISED: ("■", "solid"),
    SheetState.PUBLISHED: ("★", "solid"),
}
ROUND_STATES: Final = {
    RoundState.PREPARING: ("○", "dashed"),
    RoundState.OPEN: ("→", "info"),
    RoundState.CLOSED: ("□", "plain"),
    RoundState.FINALISED: ("■", "solid"),
    RoundState.PUBLISHED: ("★", "solid"),
}
VALUE_STATUSES: Final = {
    ValueStatus.FINAL: ("●", "plain"),
    ValueStatus.PRELIMINARY: ("◐", "info"),
    ValueStatus.ESTIMATED: ("≒", "info"),
    ValueStatus.PENDING: ("…", "warn"),
    ValueStatus.NOT_SURVEYED: ("／", "quiet"),
    ValueStatus.UNKNOWN: ("？", "warn"),
    ValueStatus.NOT_APPLICABLE: ("－", "quiet"),
}


@register.simple_tag
def tag(label: object, tone: str = "plain", *, symbol: str = "") -> SafeString:
    """Render a word in a small frame. A tone other than plain or quiet wants a symbol or a telling word."""
    one_of("tag", "tone", tone, TONES)
    mark = (
        format_html('<span class="tag__symbol" aria-hidden="true">{}</span>', symbol)
        if symbol
        else mark_safe("")
    )
    return format_html('<span class="tag tag--{}">{}{}</span>', tone, mark, label)


def _member_tag(kind: type[LabelledEnum], table: Mapping[Any, tuple[str, str]], value: str) -> SafeString:
    try:
        member = kind(value)
    except ValueError:
        raise TemplateSyntaxError(f"{kind.__name__} has no {value!r}") from None
    symbol, tone = table[member]
    return tag(member.label, tone, symbol=symbol)


@register.simple_tag
def state_chip(state: str) -> SafeString:
    """Render a sheet's state."""
    return _member_tag(SheetState, SHEET_STATES, state)


@register.simple_tag
def round_chip(state: str) -> SafeString:
    """Render a round's state."""
    return _member_tag(RoundState, ROUND_STATES, state)


@register.simple_tag
def status_chip(status: str) -> SafeString:
    """Render what is known of a figure (確定, 速報 …)."""
    return _member_tag(ValueStatus, VALUE_STATUSES, status)


# --- grades -------------------------------------------------------------------------------------------

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
PATTERNS: Final = {
    "": "",
    "solid": "",
    "empty": '<rect x="2.5" y="2.5" width="9" height="9" fill="#fff"/>',
    "diagonal": '<path d="M-1 8 8-1M2 15 15 2" stroke="#fff" stroke-width="2"/>',
    "horizontal": '<path d="M0 4.5h14M0 9.5h14" stroke="#fff" stroke-width="2"/>',
    "vertical": '<path d="M4.5 0v14M9.5 0v14" stroke="#fff" stroke-width="2"/>',
    "cross": '<path d="M0 7h14M7 0v14" stroke="#fff" stroke-width="2"/>',
    "dots": '<circle cx="4" cy="4" r="1.6" fill="#fff"/><circle cx="10" cy="10" r="1.6" fill="#fff"/>'
    '<circle cx="10" cy="4" r="1.6" fill="#fff"/><circle cx="4" cy="10" r="1.6" fill="#fff"/>',
}


@register.simple_tag
def grade_chip(
    label: str, *, symbol: str = "", colour: str = "", pattern: str = "", proposed: bool = False
) -> SafeString:
    """Render a grade: a swatch with colour and hatching, its symbol and its label.

    Colour and hatching are SVG presentation attributes, because CSP allows no inline style.
    A colour that is not `#rrggbb` is left out rather than trusted: schemes are data.
    """
    one_of("grade_chip", "pattern", pattern, PATTERNS)
    swatch = mark_safe("")
    if _COLOUR.match(colour or ""):
        swatch = format_html(
            '<svg class="grade__swatch" viewBox="0 0 14 14" aria-hidden="true" focusable="false">'
            '<rect width="14" height="14" fill="{}"/>{}'
            '<rect x=".5" y=".5" width="13" height="13" fill="none" stroke="#333"/></svg>',
            colour,
            mark_safe(PATTERNS[pattern]),
        )
    mark = (
        format_html('<span aria-hidden="true">{}</span>', symbol)
        if symbol and symbol != label
        else mark_safe("")
    )
    note = tag("案", "dashed") if proposed else mark_safe("")
    return format_html('<span class="grade">{}{}{}{}</span>', swatch, mark, label, note)


@register.simple_tag
def no_grade(reason: str) -> SafeString:
    """Render why there is no grade: the words of the scheme or of the reason. Never a 0 and never a blank."""
    return format_html(
        '<span class="grade grade--none"><span aria-hidden="true">－</span>判定なし（{}）</span>', reason
    )


# --- what waits for a person --------------------------------------------------------------------------


@register.filter
def confidence_percent(confidence: object) -> str:
    """Return a share of 0…1 as whole percent in words, blank when it is not a number."""
    try:
        share = Decimal(str(confidence))
    except InvalidOperation:
        return ""
    if not share.is_finite():
        return ""
    return f"{(share * 100).quantize(Decimal(1), ROUND_HALF_UP)}％"


@register.simple_tag
def review_mark(unconfirmed: Mapping[str, Any] | None, field: str = "") -> SafeString:
    """Render 要確認 with reason, confidence and the other readings, for one field or the whole record.

    Renders nothing when nothing waits for a person.
    """
    if not unconfirmed or (field and field not in unconfirmed):
        return mark_safe("")
    details = [unconfirmed[field]] if field else list(unconfirmed.values())
    return format_html(
        '<details class="review"><summary>？要確認{}</summary><div class="review__body">{}</div></details>',
        _count(len(details)),
        format_html_join("", "{}", ((_reason(detail),) for detail in details)),
    )


def _count(number: int) -> str:
    return f" {number}項目" if number > 1 else ""


def _reason(detail: Any) -> SafeString:
    found: Mapping[str, Any] = detail if isinstance(detail, Mapping) else {"reason": detail}
    percent = confidence_percent(found.get("confidence"))
    others = [other for other in found.get("alternatives") or [] if other not in ("", None)]
    return format_html(
        "<p>{}{}{}</p>",
        found.get("reason") or "推定した値です。文書と照らして確認してください。",
        format_html("（確からしさ {}）", percent) if percent else mark_safe(""),
        format_html("<br>ほかの候補：{}", "、".join(map(str, others))) if others else mark_safe(""),
    )
