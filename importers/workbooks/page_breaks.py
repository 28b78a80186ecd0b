"""Where a wide sheet is cut into printed pages, so that every page can be read and names its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from importers.calculations.round_book import Column

# A3 across, with margins of 8 mm.
PAPER_A3: Final = 8
PRINTABLE_MM: Final = 404
SMALLEST_SCALE: Final = 70
_LARGEST_SCALE: Final = 100
# Percent of the paper that is planned for: another machine's font may be a little wider.
_SAFE: Final = 94
# A column of n characters takes 7 n + 5 pixels of 1/96 inch.
_PIXELS_PER_CHARACTER: Final = 7
_PADDING: Final = 5
_MM_PER_PIXEL: Final = 25.4 / 96


@dataclass(frozen=True, slots=True)
class PagePlan:
    """The scale in percent, and the visible columns (by position) before which a page begins."""

    scale: int
    breaks: tuple[int, ...]


def millimetres(column: Column) -> float:
    """Return how wide a column is at full scale."""
    return (column.width * _PIXELS_PER_CHARACTER + _PADDING) * _MM_PER_PIXEL


def plan_pages(columns: Sequence[Column], repeated: int) -> PagePlan:
    """Cut columns into pages; the first `repeated` ones stand on every page.

    A page begins only where a column allows it; what then is still too wide makes the scale smaller.
    """
    room = PRINTABLE_MM * 100 / SMALLEST_SCALE
    head = sum(millimetres(column) for column in columns[:repeated])
    breaks: list[int] = []
    widths = [head]
    for first, last in _blocks(columns, repeated):
        width = sum(millimetres(column) for column in columns[first:last])
        if widths[-1] > head and widths[-1] + width > room:
            breaks.append(first)
            widths.append(head)
        widths[-1] += width
    scale = int(PRINTABLE_MM * _SAFE / max(widths))
    return PagePlan(max(10, min(_LARGEST_SCALE, scale)), tuple(breaks))


def _blocks(columns: Sequence[Column], repeated: int) -> list[tuple[int, int]]:
    starts = [repeated, *(n for n in range(repeated + 1, len(columns)) if columns[n].opens_page)]
    return list(zip(starts, [*starts[1:], len(columns)], strict=True))
