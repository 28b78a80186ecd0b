"""Counts as one stacked bar."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 600, 34
NONE_COLOUR = "#d9d9d9"


def stacked_bar(parts: Sequence[tuple[str, int, str]]) -> SafeString:
    """Render (label, number, colour) as one bar with its numbers; nothing for no numbers at all.

    Presentation attributes only, so that CSP allows it and the same picture goes into the PDF.
    """
    total = sum(number for _, number, _ in parts)
    if not total:
        return mark_safe("")
    pieces, start = [], 0
    for _, number, colour in parts:
        end = start + number
        left, right = start * WIDTH // total, end * WIDTH // total
        if number:
            pieces.append((left, right - left, colour or NONE_COLOUR, (left + right) // 2, number))
        start = end
    words = "、".join(f"{label}{number}件" for label, number, _ in parts if number)
    return format_html(
        '<svg class="tally__bar" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        words,
        format_html_join(
            "",
            '<rect x="{}" y="0" width="{}" height="16" fill="{}" stroke="#fff"/>'
            '<text x="{}" y="30" text-anchor="middle" font-size="12" fill="#1a1a1a">{}</text>',
            pieces,
        ),
    )
