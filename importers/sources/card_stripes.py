"""Cards side by side on a sheet: the columns that each of them has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from importers.sources.card_cells import CardCell, Cells

_LEAST_LABELS: Final = 3


@dataclass(frozen=True, slots=True)
class Stripes:
    """The parts of a sheet from left to right; `is_clear` is False where cards are beside others in one."""

    parts: tuple[Cells, ...]
    is_clear: bool = True


def stripes_of(cells: Cells, labels: Sequence[CardCell], keys: Sequence[CardCell]) -> Stripes:
    """Return the columns of each card beside others, all in one where none stands beside another.

    `labels` are all cells that name a field, `keys` those that name what every card has once. The card at the
    left is repeated by every other one, as far to the right as its key is, and nothing reaches out of one.
    """
    beside = _repeated(keys)
    if len(beside) < 2:
        return Stripes((cells,))
    shifts = [key.column - beside[0].column for key in beside]
    first = _first_column(labels, shifts[1], beside[1].column)
    starts = [first + shift for shift in shifts]
    top = min(label.row for label in labels if label.column >= first)
    below = [cell for cell in cells.all if cell.row >= top]
    crossing = any(cell.column < start <= cell.last_column for cell in below for start in starts[1:])
    bounds = list(pairwise([*starts, cells.grid.width]))
    if crossing or any(_count(labels, bound) < _LEAST_LABELS for bound in bounds):
        return Stripes((cells,), is_clear=False)
    # A blank column between two cards is part of neither.
    ends = [max(cell.last_column for cell in below if start <= cell.column < end) for start, end in bounds]
    is_clear = _are_alike(labels, bounds, beside[0].text) and all(cell.column >= first for cell in below)
    parts = tuple(Cells(cells.grid, start, last + 1) for start, last in zip(starts, ends, strict=True))
    return Stripes(parts, is_clear=is_clear)


def _repeated(keys: Sequence[CardCell]) -> list[CardCell]:
    """Return the keys of the row that has the most of the same words."""
    counts = Counter((key.row, key.text) for key in keys)
    if not counts:
        return []
    row, text = max(counts, key=lambda place: (counts[place], -place[0]))
    return [key for key in keys if (key.row, key.text) == (row, text)]


def _first_column(labels: Sequence[CardCell], shift: int, before: int) -> int:
    """Return the leftmost column of a label that stands again so many columns to the right."""
    places = {(label.row, label.column, label.text) for label in labels}
    return min(
        label.column
        for label in labels
        if label.column < before and (label.row, label.column + shift, label.text) in places
    )


def _count(labels: Sequence[CardCell], bound: tuple[int, int]) -> int:
    return len({label.text for label in labels if bound[0] <= label.column < bound[1]})


def _are_alike(labels: Sequence[CardCell], bounds: Sequence[tuple[int, int]], key: str) -> bool:
    """Tell whether the cards of all parts have the same labels, each as often as the others have it."""
    shares = []
    for left, right in bounds:
        counts = Counter(label.text for label in labels if left <= label.column < right)
        shares.append({text: (count, counts[key]) for text, count in counts.items()})
    return all(
        share.keys() == shares[0].keys()
        and all(share[text][0] * shares[0][text][1] == shares[0][text][0] * share[text][1] for text in share)
        for share in shares
    )
