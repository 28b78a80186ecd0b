"""Rows of a PDF's table that the end of a page cut in two, with all borders drawn: put together again.

A record has a value in its key columns (a program its number). Where only one of the rows on both sides
of a page's end has one, the two are halves of one record, and a person is asked to look.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from importers.sources.grids import Mark, Value
from importers.sources.row_kinds import RowClassifier
from importers.sources.table_body import CONTINUED, HEADINGS, RECORDS, Account, Table, clean_text

_REASON = "ページの境目で分かれていた行を続けて読みました。"


def join_cut_rows(
    table: Table, account: Account, names: tuple[str, ...], has_key: Callable[[Table, int], bool]
) -> Table:
    """Return the table with halves of rows joined onto the upper one; `names` as for `body_rows`.

    Each lower half is counted as continued and left blank. Tables of other files and cards come back as
    they are.
    """
    if table.grid.pages is None or table.grid.cards is not None:
        return table
    rows: list[list[Value]] = [list(row) for row in table.grid.rows]
    marks = dict(table.grid.marks)
    joined = replace(table, grid=replace(table.grid, rows=rows, marks=marks))
    for upper, lower in _around_page_ends(joined, names):
        above, below = has_key(joined, upper), has_key(joined, lower)
        if above and below:
            continue
        for column, value in enumerate(rows[lower]):
            if clean_text(value) is not None:
                first = rows[upper][column]
                rows[upper][column] = value if first is None or first == value else f"{first}{value}"
                rows[lower][column] = None
                marks[upper, column] = replace(marks.get((upper, column), Mark()), guessed=_REASON)
        account.add(CONTINUED)
    return replace(joined, grid=replace(joined.grid, marks=marks))


def _around_page_ends(table: Table, names: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the last record's row of a page and the first one's of the next, once per page."""
    pages = table.grid.pages
    assert pages is not None
    kind_of = RowClassifier(table, names)
    last: int | None = None
    page = pages[table.header.last_row]
    for row in range(table.header.last_row + 1, table.end):
        kind = kind_of(row)
        if kind in ("", HEADINGS):
            continue
        if last is not None and pages[row] != page and kind == RECORDS:
            yield last, row
            kind = kind_of(row)  # joined, it is blank now
        page = pages[row]
        if kind:
            last = row if kind == RECORDS else None
