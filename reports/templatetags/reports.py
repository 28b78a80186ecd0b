"""Pieces that only the reading pages use: bars of counts, numbers that lead to their list."""

from django.template import Library
from django.utils.html import escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from reports.charts.bars import stacked_bar, thin_strip
from reports.charts.series import SeriesPicture, series_svg
from reports.selectors.dashboard import Tally
from reports.selectors.periods import Period
from strategy.models import PlanNode

register = Library()


@register.simple_tag
def period_query(period: Period, **more: str | int) -> str:
    """Return the query of an address that keeps the year and edition looked at."""
    return "?" + urlencode({"fiscal_year": period.fiscal_year, "edition": period.edition.value, **more})


@register.simple_tag
def unit_query(period: Period, name: str, pk: int) -> str:
    """Return the same for the list of a section's or a bureau's KPIs."""
    return period_query(period, **{name: pk})


@register.simple_tag
def linked_number(number: int, address: str, query: str, **more: str | int) -> SafeString:
    """Render a count that leads to its list; 0 leads nowhere and is left blank."""
    if not number:
        return SafeString("")
    return format_html('<a href="{}{}&{}">{}</a>', address, query, urlencode(more), f"{number:,}")


@register.simple_tag
def tally_cells(tally: Tally, address: str, query: str, **more: str | int) -> SafeString:
    """Render a line's counts as table cells, each leading to its list: all, by grade, none, fallen, waiting.

    One tag for the whole line: a plan's table has hundreds of these numbers.
    """
    start = escape(f"{address}{query}{'&' + urlencode(more) if more else ''}")
    cells = [
        (tally.total, ""),
        *((count.number, urlencode({count.key: count.value})) for count in tally.grades),
        (tally.ungraded, "grade=none"),
        (tally.fallen, "fallen=on"),
        (tally.waiting, "state=waiting"),
    ]
    return mark_safe(
        "".join(
            f'<td class="number"><a href="{start}{"&amp;" if part else ""}{escape(part)}">{number:,}</a></td>'
            if number
            else '<td class="number"></td>'
            for number, part in cells
        )
    )


@register.simple_tag
def year_number(
    number: int, address: str, fiscal_year: int, node: PlanNode | None, **more: str | int
) -> SafeString:
    """Render a count of a fiscal year that leads to its list."""
    inside = {"node": node.pk} if node else {}
    return linked_number(number, address, "?" + urlencode({"fiscal_year": fiscal_year}), **inside, **more)


@register.simple_tag
def series_chart(picture: SeriesPicture) -> SafeString:
    """Draw a KPI over the years; the table behind it holds the same figures."""
    return series_svg(picture, identifier="series")


@register.simple_tag
def tally_bar(tally: Tally, address: str) -> SafeString:
    """Render counts of grades as one stacked bar, each piece leading to its list (`address` ends in &)."""
    asked = [*({count.key: count.value} for count in tally.grades), {"grade": "none"}]
    return stacked_bar(_parts(tally), [f"{address}{urlencode(each)}" for each in asked])


@register.simple_tag
def tally_strip(tally: Tally) -> SafeString:
    """Render the shares of grades as a thin strip for a table's cell; the numbers stand below it."""
    return thin_strip(_parts(tally))


def _parts(tally: Tally) -> list[tuple[str, int, str]]:
    parts = [(count.label, count.number, count.band.colour if count.band else "") for count in tally.grades]
    return [*parts, ("判定なし", tally.ungraded, "")]
