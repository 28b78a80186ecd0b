"""Counts as one stacked bar."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 600, 34
NONE_COLOUR = "#d9d9d9"


def stacked_bar(parts: Sequence[tuple[str, int, str]], addresses: Sequence[str] = ()) -> SafeString:
    """Render (label, number, colour) as one bar with its numbers; nothing for no numbers at all.

    With addresses each piece is a link. Presentation attributes only, so that CSP allows it and the same
    picture goes into the PDF.
    """
    words, pieces = _pieces(parts)
    if not pieces:
        return mark_safe("")
    drawn = [
        format_html(
            '<rect x="{}" y="0" width="{}" height="16" fill="{}" stroke="#fff"/>'
            '<text x="{}" y="30" text-anchor="middle" font-size="12" fill="#1a1a1a">{}</text>',
            left,
            width,
            colour,
            left + width // 2,
            number,
        )
        for left, width, colour, number in pieces
    ]
    if addresses:
        shown = [
            (label, number, where)
            for (label, number, _), where in zip(parts, addresses, strict=True)
            if number
        ]
        drawn = [
            format_html('<a href="{}" aria-label="{}{}件">{}</a>', where, label, number, piece)
            for (label, number, where), piece in zip(shown, drawn, strict=True)
        ]
    return format_html(
        '<svg class="tally__bar" viewBox="0 0 {} {}" role="{}" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        "group" if addresses else "img",
        words,
        format_html_join("", "{}", ((piece,) for piece in drawn)),
    )


def thin_strip(parts: Sequence[tuple[str, int, str]]) -> SafeString:
    """Render (label, number, colour) as a strip without numbers, for a cell that holds them below it."""
    words, pieces = _pieces(parts)
    if not pieces:
        return mark_safe("")
    return format_html(
        '<svg class="tally__strip" viewBox="0 0 {} 40" preserveAspectRatio="none" role="img" aria-label="{}">'
        "{}</svg>",
        WIDTH,
        words,
        format_html_join(
            "",
            '<rect x="{}" y="0" width="{}" height="40" fill="{}" stroke="#fff" stroke-width="4"/>',
            [piece[:3] for piece in pieces],
        ),
    )


def _pieces(parts: Sequence[tuple[str, int, str]]) -> tuple[str, list[tuple[int, int, str, int]]]:
    """Return the counts in words, and each as left edge, width, colour and number."""
    total = sum(number for _, number, _ in parts)
    pieces, start = [], 0
    for _, number, colour in parts:
        end = start + number
        if number:
            left, right = start * WIDTH // total, end * WIDTH // total
            pieces.append((left, right - left, colour or NONE_COLOUR, number))
        start = end
    return "、".join(f"{label}{number}件" for label, number, _ in parts if number), pieces
