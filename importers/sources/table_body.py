"""The rows under a header as a table, with the account of what became of each. Nothing is dropped untold.

Hidden rows, repeated headings, group rows, totals, notes and examples are told apart in `row_kinds` and
counted here, so that the rows read are the rows accounted for.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Final

from importers.calculations.rows import Doubt, Location
from importers.sources.grids import SOFT_END, Grid, Mark, Value, text_of
from importers.sources.heading_match import ColumnMatch
from importers.sources.headings import Header
from importers.sources.sheet_scan import column_letters
from importers.sources.table_blocks import title_texts
from tsukuba_kpi.lib.japanese_text import clean_control

RECORDS, CONTINUED, HEADINGS, GROUPS = "records", "continued", "headings", "groups"
TOTALS, NOTES, EXAMPLES, HIDDEN = "totals", "notes", "examples", "hidden"
KINDS_OF_ROWS: Final = (RECORDS, CONTINUED, HEADINGS, GROUPS, TOTALS, NOTES, EXAMPLES, HIDDEN)

_ROWS_A_TICK = 1_000
_DASHES = re.compile(r"[-‐-―−－ー─━]+\Z")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # what copying from the web leaves behind
# Where the mark of a note behind the text would make another thing of it.
_NAMES = frozenset(
    ("number", "name", "node", "project", "kpi", "sections", "section", "staff_number", "code")
)
_DITTO = frozenset(("〃", "″", "〃〃", "同上", "同", "仝", "々", "”", "〟", '"', "''"))
_ZEROS = re.compile(r"0{2,}\Z")
_GROUPED_TENTHS = 3  # so many of ten cells are blank in a column that prints groups once
_MOST_EXPANDED = 500_000


Cells = Sequence[Value]


@dataclass(slots=True)
class Account:
    """How many rows of a table were of which kind; their sum is the rows read.

    `told` are the rows, by kind, that people should see named because they might have been records.
    `tick` is told the rows counted so far now and then, so that somebody knows the reading goes on.
    """

    counts: Counter[str] = field(default_factory=Counter)
    told: dict[str, list[int]] = field(default_factory=dict)
    tick: Callable[[int], None] | None = None

    def add(self, kind: str, rows: int = 1) -> None:
        """Count rows of one kind."""
        before = self.counts[kind]
        self.counts[kind] += rows
        if self.tick is not None and before // _ROWS_A_TICK < self.counts[kind] // _ROWS_A_TICK:
            self.tick(self.counts.total())

    def leave_out(self, kind: str, row: int) -> None:
        """Count a row that is no record, and keep its number where it is to be named."""
        self.add(kind)
        if kind == TOTALS:
            self.tell(kind, row)

    def tell(self, kind: str, row: int) -> None:
        """Keep the number of a row that is to be named."""
        self.told.setdefault(kind, []).append(row)

    def to_dict(self) -> dict[str, int]:
        """Return all kinds and their sum under `read`."""
        return {"read": self.counts.total()} | {kind: self.counts[kind] for kind in KINDS_OF_ROWS}


@dataclass(frozen=True)
class Table:
    """A header and the rows under it, with the cells merged downwards filled in."""

    file: str
    grid: Grid
    header: Header
    end: int  # the first row that no longer belongs to the table
    include_hidden: bool = False
    group_nodes: bool = False  # rows of their own print the labels for the rows under them

    @cached_property
    def _anchors(self) -> Mapping[tuple[int, int], tuple[int, int]]:
        """Cells below the first of a merged range, with the cell that holds their value."""
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for merge in self.grid.merges:
            last_row = min(merge.last_row, self.end - 1)
            last_column = min(merge.last_column, self.grid.width - 1)
            for row in range(max(merge.first_row, self.header.last_row + 1), last_row + 1):
                for column in range(merge.first_column, last_column + 1):
                    found[row, column] = (merge.first_row, merge.first_column)
            if len(found) > _MOST_EXPANDED:
                break
        return found

    @cached_property
    def title_rows(self) -> tuple[str, ...]:
        """The texts on the rows above the header."""
        return title_texts(self.grid, self.header.first_row)

    @property
    def title(self) -> str:
        """The text above the table's header, at most 200 characters."""
        return "　".join(([self.grid.title] if self.grid.title else []) + list(self.title_rows))[:200]

    @cached_property
    def title_year(self) -> int | None:
        """The one fiscal year that the title or the sheet's name names, None for none or several."""
        from tsukuba_kpi.lib.fiscal_year import find_years

        found = find_years(f"{self.title}　{self.grid.name}")
        years = {reading.fiscal_year for reading in found if reading.kind == "fiscal"}
        return years.pop() if len(years) == 1 else None

    @cached_property
    def contested(self) -> Mapping[str, list[int]]:
        """The fields that several columns could hold and none does, with these columns."""
        return self.header.contested

    def column(self, name: str) -> int | None:
        """Return the column of a field that only one may hold."""
        found = self.header.columns_of(name)
        return found[0] if found else None

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell that holds the value shown at a place."""
        return self._anchors.get((row, column), (row, column)) if self.grid.merges else (row, column)

    def value(self, row: int, column: int | None, *, across: bool = False) -> Value:
        """Return the value shown at a place: a range merged downwards shows it in all its rows.

        Ranges merged to the right show it in their first column only, unless `across` is given.
        """
        if column is None:
            return None
        if not self.grid.merges:
            cells = self.grid.rows[row]
            return cells[column] if column < len(cells) else None
        at = self.anchor(row, column)
        if at[1] != column and not across:
            return None
        cells = self.grid.rows[at[0]]
        return cells[at[1]] if at[1] < len(cells) else None

    def text(self, row: int, column: int | None) -> str | None:
        """Return the text at a place without outer blanks and control characters, None for nothing.

        A ditto mark stands for the text above it.
        """
        text = clean_text(self.value(row, column))
        if self.grid.cards is not None:
            return text
        while text is not None and len(text) < 3 and text in _DITTO and row > self.header.last_row + 1:
            row -= 1
            text = clean_text(self.value(row, column))
        return text

    def said(self, row: int, column: int | None) -> Value:
        """Return the value at a place, of a ditto mark the one above it; for years and days, not figures."""
        value = self.value(row, column)
        if self.grid.cards is not None:
            return value
        while isinstance(value, str) and value.strip() in _DITTO and row > self.header.last_row + 1:
            row -= 1
            value = self.value(row, column)
        return value

    def code(self, row: int, column: int | None) -> str | None:
        """Return a code or number as people see it, with the zeros that only the cell's format shows."""
        text = self.text(row, column)
        if text is None or column is None or not self.grid.marks or not text.isdigit():
            return text
        mark = None if isinstance(self.value(row, column), str) else self.mark(row, column)
        zeros = mark.number_format if mark is not None else None
        return text.zfill(len(zeros)) if zeros and _ZEROS.match(zeros) else text

    def lines(self, row: int, column: int) -> str | None:
        """Return the text at a place with the ends of its full lines, for cells that list names."""
        value = self.value(row, column)
        if not isinstance(value, str) or SOFT_END not in value:
            return self.text(row, column)
        return SOFT_END.join(text for part in value.split(SOFT_END) if (text := clean_text(part)) is not None)

    def is_merged_below(self, row: int, column: int) -> bool:
        """Tell whether a place is covered by a merged range that begins in a row above."""
        return self.anchor(row, column)[0] < row

    @cached_property
    def tall_columns(self) -> frozenset[int]:
        """Columns of the body with cells merged over rows."""
        first = self.header.last_row
        return frozenset(
            column
            for merge in self.grid.merges
            if first < merge.first_row < min(merge.last_row, self.end)
            for column in range(merge.first_column, min(merge.last_column, self.grid.width) + 1)
        )

    @cached_property
    def wide_cells(self) -> frozenset[tuple[int, int]]:
        """The first cells of ranges merged over several columns."""
        return frozenset(
            (merge.first_row, merge.first_column)
            for merge in self.grid.merges
            if merge.last_column > merge.first_column
        )

    @cached_property
    def tall_cells(self) -> Mapping[tuple[int, int], int]:
        """The first cells of ranges merged over several rows, with their last row."""
        return {
            (merge.first_row, merge.first_column): min(merge.last_row, self.end - 1)
            for merge in self.grid.merges
            if merge.last_row > merge.first_row
        }

    def merges_down(self, name: str) -> bool:
        """Tell whether the column of a field has cells merged over rows."""
        return any(column in self.tall_columns for column in self.header.columns_of(name))

    def place(self, row: int, column: int | None = None) -> Location:
        """Return where a row or a cell stands, with its heading."""
        heading = None
        if column is not None and column < len(self.header.columns):
            heading = self.header.columns[column].heading.replace("\n", "") or column_letters(column + 1)
        first = self.header.last_row + 1 if row > self.header.last_row else 0
        return self.grid.place(self.file, row, column, heading, first)

    def mark(self, row: int, column: int) -> Mark | None:
        """Return what is special about the cell whose value is shown at a place."""
        return self.grid.marks.get(self.anchor(row, column)) if self.grid.marks else None

    @cached_property
    def marked_rows(self) -> frozenset[int]:
        """Rows with at least one special cell of their own or merged into them."""
        rows = {row for row, _ in self.grid.marks}
        merged = {row for (row, _), anchor in self._anchors.items() if anchor in self.grid.marks}
        return frozenset(rows | merged)


def with_columns(table: Table, columns: Mapping[int, tuple[str | None, str]]) -> Table:
    """Return the table with some columns taken for (field, how)."""
    matches = list(table.header.columns)
    for number, (name, how) in columns.items():
        matches[number] = ColumnMatch(matches[number].heading, name, how)
    return replace(table, header=replace(table.header, columns=tuple(matches)))


def clean_text(value: Value) -> str | None:
    """Return a value as text without outer blanks and control characters, None for nothing."""
    if type(value) is not str:
        if value is None:
            return None
        value = text_of(value)
    text = value.strip()
    if not text:
        return None
    plain = text if text.isprintable() else text.replace("\n", "").replace("\u3000", "")
    if "_x" in plain or not plain.isprintable():
        return clean_control(_INVISIBLE.sub("", text.replace("_x000D_", ""))).strip() or None
    return text


class Printing(StrEnum):
    """How a column prints a value that holds for several rows."""

    EVERY_ROW = "every_row"  # in each of them: a blank cell is an empty one
    ONCE = "once"  # in the first one: a blank cell repeats the value above
    UNSURE = "unsure"  # too few blanks to tell


def printing_of(table: Table, column: int) -> Printing:
    """Tell whether blank cells of a column repeat the value above them.

    They do not where groups are merged (a blank cell outside of them is empty), nor where some value
    stands in two rows one after the other. They do where a good part of the rows is blank.
    """
    if column in table.tall_columns or table.grid.cards is not None:
        return Printing.EVERY_ROW
    rows = range(table.header.last_row + 1, table.end)
    cells = table.grid.rows
    body = cells[rows.start : rows.stop]
    if min(map(len, body), default=0) > column and all(map(itemgetter(column), body)):
        return Printing.EVERY_ROW  # without blanks there is nothing to tell
    texts = [
        clean_text(table.value(row, column))
        for row in rows
        if any(value or value == 0 for value in cells[row])
    ]
    if any(before == after and _is_value(before) for before, after in pairwise(texts)):
        return Printing.EVERY_ROW
    blanks = texts.count(None)
    return Printing.ONCE if blanks * 10 >= len(texts) * _GROUPED_TENTHS else Printing.UNSURE


def _is_value(text: str | None) -> bool:
    return text is not None and _DASHES.match(text) is None


def mark_doubts(
    table: Table, row: int, columns: Mapping[str, int], describe: Callable[[str], str]
) -> Iterator[Doubt]:
    """Yield what the cells of a row are beside their values: errors, formulas without results …"""
    for name, column in columns.items():
        mark = table.mark(row, column)
        if mark is None:
            continue
        cell = table.place(row, column).cell or ""
        where = f"{describe(name)}（{cell}）" if cell else describe(name)
        if mark.error is not None:
            yield Doubt("error_cell", name, f"{where}のセルがエラー（{mark.error}）になっています。")
        elif not mark.has_cache:
            message = (
                f"{where}は数式ですが計算結果が保存されていないので、Excelで開いて保存し直してください。"
            )
            yield Doubt("formula_without_value", name, message)
        if mark.guessed:
            yield Doubt("page_break", name, f"{where}：{mark.guessed}")
        if mark.unclear:
            yield Doubt("text_overlaps", name, f"{where}：{mark.unclear}")
        if mark.base is not None and name in _NAMES:
            message = f"{where}に小さい文字があります。注の印なら消してください。"
            yield Doubt("raised_mark", name, message)
        if mark.struck:
            yield Doubt("struck_text", name, f"{where}に取り消し線の引かれた文字があります。")
        if mark.comment:
            yield Doubt("comment", name, f"{where}にコメントがあります：{mark.comment[:200]}", review=False)


def ragged_doubt(table: Table, row: int) -> Doubt | None:
    """Return the doubt about a row of a CSV that has more or fewer cells than the table."""
    count = table.grid.ragged.get(row)
    if count is None:
        return None
    width = len(table.header.columns)
    if count < 0:
        message = '一つのセルに複数の行が入っているようなので、引用符（"）の対応を確かめてください。'
        return Doubt("swallowed_rows", None, message)
    if count > width:
        message = f"列が{count}個あり見出しの{width}個より多いので、値がずれていないか確かめてください。"
        return Doubt("too_many_cells", None, message)
    if count < width:
        message = (
            f"列が{count}個しかなく見出しの{width}個より少ないので、値がずれていないか確かめてください。"
        )
        return Doubt("too_few_cells", None, message)
    return None
