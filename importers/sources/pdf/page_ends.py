"""Cells of a PDF's table that the end of a page cut in two: which halves are one cell, and what it says.

A cell merged over rows is printed with its text on one of the pages only, or with a part of it on each.
Whether it goes on is seen by the line that is missing at the page's end; without that it is a guess, and a
person is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from importers.sources.grids import Mark, Merge, Value, text_of
from importers.sources.heading_words import WORDS
from tsukuba_kpi.lib.japanese_text import match_key

_HEADER_ROWS = 6  # among so many first rows of a table its header is looked for
_SPLIT_ROW: Final = "ページの境目で分かれていた行を続けて読みました。"
_HEADINGS: Final = frozenset(
    match_key(word) for kind in WORDS.values() for found in kind.fields for word in found.words
)

Place = tuple[int, int]


@dataclass(slots=True)
class PageEnds:
    """Rows and marks of one table while its pages are put together, and the halves that belong together."""

    rows: list[list[Value]]
    marks: dict[Place, Mark]
    chains: list[list[Place]] = field(default_factory=list)
    open_after: set[Place] = field(default_factory=set)  # halves that no line closed
    filled: set[Place] = field(default_factory=set)  # cells with text next to the page's end or beginning

    def link(
        self, below: Iterable[Merge], above: Iterable[Merge], start: int, body: int, *, row_split: bool
    ) -> None:
        """Note which cells that begin on the page from `start` are the rest of cells that end before it.

        `body` is the page's first row behind a repeated header. Where the whole row is split, its plain
        cells are joined elsewhere. Without a merged or an open half nothing is a rest: a blank cell of one
        row may simply be empty.
        """
        ends = {merge.first_column: merge for merge in above if merge.last_row == start - 1}
        for merge in below:
            upper = ends.get(merge.first_column)
            if merge.first_row != body or upper is None or upper.last_column != merge.last_column:
                continue
            tall = merge.last_row > merge.first_row or upper.last_row > upper.first_row
            first, second = (upper.first_row, upper.first_column), (merge.first_row, merge.first_column)
            is_open = first in self.open_after
            if not tall and (row_split or not is_open):
                continue
            chain = next((found for found in self.chains if found[-1] == first), [first])
            if self._belong_together(chain, second, is_open):
                if len(chain) == 1:
                    self.chains.append(chain)
                chain.append(second)

    def resolve(self) -> None:
        """Give every half of a cell the text of the whole; mark what was guessed."""
        for chain in self.chains:
            printed = [(place, text) for place in chain if (text := self._text(place)) is not None]
            if not printed:
                continue
            texts = list(dict.fromkeys(text for _, text in printed))
            whole = "".join(texts)
            first = chain.index(printed[0][0])
            for position, place in enumerate(chain):
                sure = position > 0 and chain[position - 1] in self.open_after
                if len(texts) > 1:
                    self._mark(place, f"ページの境目で分かれていた「{whole[:60]}」を続けて読みました。")
                elif position < first:
                    reason = f"ページをまたぐ結合セルとみて、次のページの「{whole[:60]}」を入れました。"
                    self._mark(place, reason)
                elif position > first and not sure and place not in dict(printed):
                    reason = f"ページをまたぐ結合セルとみて、前のページの「{whole[:60]}」を入れました。"
                    self._mark(place, reason)
                self.rows[place[0]][place[1]] = whole

    def join_split_row(self, last: int, below: int) -> None:
        """Put the second half of a row, which a page's end cut in two, behind its first half."""
        if below >= len(self.rows):
            return
        for column, value in enumerate(self.rows[below]):
            if value is None:
                continue
            above = self.rows[last][column]
            self.rows[last][column] = value if above is None or above == value else f"{above}{value}"
            self.rows[below][column] = None
            self._mark((last, column), _SPLIT_ROW)

    def _belong_together(self, chain: Sequence[Place], second: Place, is_open: bool) -> bool:
        """Tell whether a cell is the rest of those above: not where both have texts of their own.

        One text that the page's end has cut reaches down to the end, and goes on from the top.
        """
        above = [text for place in chain if (text := self._text(place)) is not None]
        below = self._text(second)
        if not above or below is None:
            return is_open or bool(above) or below is not None
        return is_open and below != above[-1] and chain[-1] in self.filled and second in self.filled

    def _text(self, place: Place) -> str | None:
        value = self.rows[place[0]][place[1]]
        return None if value is None else text_of(value)

    def _mark(self, place: Place, reason: str) -> None:
        self.marks[place] = replace(self.marks.get(place, Mark()), guessed=reason)


def header_rows(rows: Sequence[list[Value]], start: int, marks: Mapping[Place, Mark]) -> int:
    """Return how many rows from `start` on repeat rows of the table's header, all of them or the last ones.

    Of a header of two rows often only the lower one is repeated, with nothing in its merged cells or with
    their last line; a text that overflows into the header spoils a heading, but not the row. What is wrong
    with such a row is put right, so that it is known for a header behind here.
    """
    count = 0
    while start + count < len(rows) and count < start and rows[start + count] == rows[count]:
        count += 1
    while start + count < len(rows) and _repeats_part(rows, start, start + count, marks):
        for column, value in enumerate(rows[start + count]):
            if value is not None:
                rows[start + count][column] = _heading(rows[: min(start, _HEADER_ROWS)], column, value)
        count += 1
    return count


def _heading(rows: Sequence[Sequence[Value]], column: int, value: Value) -> Value:
    """Return the heading that a repeated one is, or is a piece of."""
    key = match_key(text_of(value))
    found = [cells[column] for cells in rows if match_key(text_of(cells[column])) in _HEADINGS]
    return next((text for text in found if key in match_key(text_of(text))), found[-1] if found else value)


def _repeats_part(rows: Sequence[Sequence[Value]], start: int, row: int, marks: Mapping[Place, Mark]) -> bool:
    shown = {column: match_key(text_of(value)) for column, value in enumerate(rows[row]) if value is not None}
    known = [[match_key(text_of(value)) for value in cells] for cells in rows[: min(start, _HEADER_ROWS)]]
    same = {column for column, key in shown.items() if any(cells[column] == key for cells in known)}
    return any(shown[column] in _HEADINGS for column in same) and all(
        column in same or _is_spoilt(marks.get((row, column))) or _is_part(key, column, known)
        for column, key in shown.items()
    )


def _is_spoilt(mark: Mark | None) -> bool:
    return mark is not None and mark.unclear is not None


def _is_part(key: str, column: int, known: Sequence[Sequence[str]]) -> bool:
    """Tell whether a text is a line of a heading, the rest of which the page's end has cut off."""
    return any(key in cells[column] and cells[column] in _HEADINGS for cells in known)
