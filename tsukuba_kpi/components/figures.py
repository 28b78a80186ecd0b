"""How figures, shares, years and progress are written. A missing figure says why and is never 0."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from django.template import Library, TemplateSyntaxError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evaluations.enums import NUMERIC_STATUSES, ValueStatus
from tsukuba_kpi.components.chips import status_chip
from tsukuba_kpi.lib import fiscal_year as years

register = Library()


class Measured(Protocol):
    """What a figure's display needs to know of its KPI."""

    unit: str
    decimals: int | None


def figure_text(value: Decimal, decimals: int | None = None) -> str:
    """Return a figure with thousands separators, rounded half up (decimals None: as exact as it is)."""
    if decimals is None:
        plain = f"{value.normalize():,f}"
    else:
        plain = f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"
    return plain[1:] if plain.startswith("-") and not plain.strip("-0.,") else plain


def _figure(value: Decimal | None, kpi: Measured | None, missing: str) -> SafeString:
    if value is None:
        return format_html('<span class="figure figure--missing">{}</span>', missing)
    unit = kpi.unit if kpi else ""
    return format_html(
        '<span class="figure">{}{}</span>',
        figure_text(value, kpi.decimals if kpi else None),
        format_html('<span class="figure__unit">{}</span>', unit) if unit else "",
    )


@register.filter
def figure(value: Any, kpi: Measured | None = None) -> SafeString:
    """Write a figure with its KPI's unit and decimals.

    Takes a Decimal, an int, None, or an Actual (anything with `value` and `status`), whose status is
    written beside or instead of the number.

    :raises TemplateSyntaxError: for a float: figures are exact here.
    """
    if isinstance(value, float):
        raise TemplateSyntaxError("figure: a float is not exact; hand over a Decimal")
    if value is None or value == "":
        return _figure(None, kpi, "値なし")
    if hasattr(value, "status"):
        return _with_status(value.value, str(value.status), kpi)
    return _figure(Decimal(value), kpi, "値なし")


def _with_status(value: Decimal | None, status: str, kpi: Measured | None) -> SafeString:
    if value is None or status not in {member.value for member in NUMERIC_STATUSES}:
        return status_chip(status)
    if status == ValueStatus.FINAL:
        return _figure(value, kpi, "")
    return format_html("{} {}", _figure(value, kpi, ""), status_chip(status))


@register.filter
def percent(share: Decimal | int | float | None, decimals: int = 1) -> str:
    """Write a share (1 is 100 %) as percent, rounded half up only here; None is a dash."""
    if share is None:
        return "－"
    if isinstance(share, float):
        raise TemplateSyntaxError("percent: a float is not exact; hand over a Decimal")
    return f"{figure_text(Decimal(share) * 100, decimals)}％"


@register.filter
def fiscal_year(year: int | None) -> str:
    """Write a fiscal year: 令和6年度（2024）."""
    return "" if year is None else f"{years.era_label(year)}（{year}）"


@register.filter
def short_fiscal_year(year: int | None) -> str:
    """Write a fiscal year for a narrow column: R6."""
    return "" if year is None else years.short_era_label(year)


@register.simple_tag
def progress(done: int, total: int, *, label: str) -> SafeString:
    """Render how many of a number are done, as a bar with its text."""
    if total <= 0:
        return format_html('<span class="progress quiet">{} 対象なし</span>', label)
    # Rounded down: 100 % stands only where all are done.
    return format_html(
        '<span class="progress"><meter class="progress__bar" min="0" max="{total}" value="{done}"'
        ' aria-label="{label}">{done}/{total}</meter>'
        '<span class="progress__text">{done} / {total}（{percent}％）</span></span>',
        total=total,
        done=done,
        label=label,
        percent=done * 100 // total,
    )
