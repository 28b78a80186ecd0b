"""The rows under a header: which are records, and what becomes of all others. Nothing is dropped untold.

Hidden rows, repeated headings, group rows, totals, notes and examples are told apart here and counted,
so that the rows read are the rows accounted for.
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
from importers.sources.headings import ColumnMatch, Header
from importers.sources.sheet_scan import column_letters
from importers.sources.table_blocks import title_texts
from tsukuba_kpi.lib.japanese_text import clean_control, match_key

RECORDS, CONTINUED, HEADINGS, GROUPS = "records", "continued", "headings", "groups"
TOTALS, NOTES, EXAMPLES, HIDDEN = "totals", "notes", "examples", "hidden"
KINDS_OF_ROWS: Final = (RECORDS, CONTINUED, HEADINGS, GROUPS, TOTALS, NOTES, EXAMPLES, HIDDEN)

_TOTAL = re.compile(
    r"(?:総|小|部|局|課|年度)?(?:合?計|総計)(?:\(.*\))?\Z"
    r"|(?:合計|小計|総計|総合計)(?:額|数|値|件数|人数)?(?:[(:].*|[0-9]+.{0,4})?\Z"
    r"|.{1,9}(?:部|局|課|室)計(?:\(.*\)|[0-9]+(?:件|事業|課)?)?\Z|事(?:務事)?業数\Z"
    r"|集計\Z"  # what Excel writes before the totals of its own tables
)
_COUNTS = re.compile("計|業数")  # a word of a total has one of these
_NOTE = re.compile(
    r"[※＊*]|[(（\[【〔]?注(?:意|記|釈)?[)）\]】〕]?[0-9０-９]*[\s　:：.．、)）]|[(（]注|注[0-9０-９]|"
    r"備考[:：]|出典[:：]|資料[:：]|以上\Z"
)
_EXAMPLE = re.compile(r"[(（【\[]?(?:記載|記入|入力)?例[)）】\]]?[0-9０-９]*\Z")
_PLACEHOLDERS = re.compile("△△|○○|〇〇|◯◯|××|□□|●●|▲▲|＊＊|…………|xxx", re.IGNORECASE)
_ENOUGH_PLACEHOLDERS = 2
FIRST_ROWS: Final = 3  # of a body, where examples stand
_LONGEST_TOTAL = 12
_LABELS_OF_TOTALS = 3  # so many of a row's first cells may say 合計: a position and a count stand before it
_ROWS_A_TICK = 1_000
_DASHES = re.compile(r"[-‐-―−－ー─━]+\Z")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # what copying from the web leaves behind
# Where the mark of a note behind the text would make another thing of it.
_NAMES = frozenset(
    ("number", "name", "node", "project", "kpi", "sections", "section", "staff_number", "code")
)
_DITTO = frozenset(("〃", "″", "〃〃", "同上", "同", "仝", "々", "”", "〟", '"', "''"))
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


def with_columns(table: Table, columns: Mapping[int, tuple[str, str]]) -> Table:
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


def body_rows(table: Table, account: Account, *, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield the rows that may be records or groups, as (row, kind); count all others.

    `names` are the fields of which a record has at least one.
    """
    kind_of = RowClassifier(table, names)
    for row in range(table.header.last_row + 1, table.end):
        kind = kind_of(row)
        if kind in (RECORDS, GROUPS):
            yield row, kind
        elif kind:
            account.leave_out(kind, row)


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


class RowClassifier:
    """Tells the kind of a row, "" for a blank one; plain rows are passed with as few looks as possible."""

    def __init__(self, table: Table, names: tuple[str, ...]) -> None:
        columns = [column for name in names for column in table.header.columns_of(name)]
        self._table = table
        self._columns = frozenset(columns)
        leaves = table.header.leaves
        self._width = sum(1 for leaf in leaves if leaf)
        self._leaves = table.header.texts
        self._longest_leaf = max(map(len, self._leaves), default=0) + 8
        self._first = min(columns, default=0)
        self._hidden = frozenset() if table.include_hidden else table.grid.hidden_rows

    def __call__(self, row: int) -> str:
        """Return the kind of a row."""
        cells = self._table.grid.rows[row]
        filled = [column for column, value in enumerate(cells) if value or value == 0]
        if len(filled) < 4:
            filled = [column for column in filled if not _is_blank(cells[column])]
        if not filled:
            return ""
        if row in self._hidden:
            return HIDDEN
        if self._table.grid.cards is not None:
            return EXAMPLES if self._is_example(cells, filled) else RECORDS
        if len(filled) == 1:
            return self._single(cells, filled[0], row)
        if row == self._table.header.last_row + 1 and self._numbers_columns(cells, filled):
            return HEADINGS
        first = cells[filled[0]]
        if type(first) is str:
            return self._by_words(cells, filled, first.strip())
        if self._is_total_row(cells, filled):
            return TOTALS
        if row <= self._table.header.last_row + FIRST_ROWS and self._is_example(cells, filled):
            return EXAMPLES
        return RECORDS

    def _single(self, cells: Cells, column: int, row: int) -> str:
        text = text_of(cells[column]).strip()
        if text in self._table.title_rows:
            return HEADINGS  # the title printed again on another page
        if _NOTE.match(text):
            return NOTES
        if len(text) <= 2 * _LONGEST_TOTAL and _TOTAL.match(match_key(text)):
            return TOTALS
        if isinstance(cells[column], str) and (column <= self._first or self._spans(row, column)):
            return HEADINGS if self._stands_over_header(row) else GROUPS
        return RECORDS

    def _numbers_columns(self, cells: Cells, filled: list[int]) -> bool:
        """Tell whether the row under the header numbers the columns: 1, 2, 3 … or ①, ②, ③ …"""
        keys = [match_key(text_of(cells[column])).strip("()") for column in filled]
        return len(filled) >= min(3, self._width) and keys == [str(n + 1) for n in range(len(filled))]

    def _stands_over_header(self, row: int) -> bool:
        """Tell whether the next row with something in it is the header again: a title repeated then.

        On the pages of a PDF it may be the last row of a page.
        """
        if self._table.grid.pages is not None:
            return False
        for below in range(row + 1, min(row + 3, self._table.end)):
            cells = self._table.grid.rows[below]
            filled = [column for column, value in enumerate(cells) if not _is_blank(value)]
            if filled:
                first = cells[filled[0]]
                return isinstance(first, str) and self._repeats_header(cells, filled, first.strip())
        return False

    def _spans(self, row: int, column: int) -> bool:
        """Tell whether a cell is merged over most of the table's columns."""
        return any(
            merge.first_row == merge.last_row == row
            and merge.first_column == column
            and (merge.last_column - merge.first_column + 1) * 2 > self._width
            for merge in self._table.grid.merges
        )

    def _by_words(self, cells: Cells, filled: list[int], first: str) -> str:
        if first in self._table.title_rows and self._repeats_title(cells, filled):
            return HEADINGS
        if _NOTE.match(first) and not any(column in self._columns for column in filled[1:]):
            return NOTES
        if len(first) <= _LONGEST_TOTAL and self._is_total_row(cells, filled):
            return TOTALS
        if self._repeats_header(cells, filled, first):
            return HEADINGS
        if len(first) <= _LONGEST_TOTAL and _EXAMPLE.match(first):
            return EXAMPLES
        if self._is_example(cells, filled):
            return EXAMPLES
        return RECORDS

    def _repeats_title(self, cells: Cells, filled: list[int]) -> bool:
        return all(text_of(cells[column]).strip() in self._table.title_rows for column in filled)

    def _is_total_row(self, cells: Cells, filled: list[int]) -> bool:
        """Tell whether one of the first cells says 合計 and the record's own cells describe nothing else."""
        label = next((column for column in filled[:_LABELS_OF_TOTALS] if _is_total(cells[column])), None)
        if label is None:
            return False
        others = (cells[column] for column in filled if column in self._columns and column != label)
        return not any(isinstance(value, str) and len(value) > _LONGEST_TOTAL for value in others)

    def _repeats_header(self, cells: Cells, filled: list[int], first: str) -> bool:
        if len(first) > self._longest_leaf:
            return False
        texts = [cells[column] for column in filled]
        if not all(isinstance(text, str) and len(text) <= self._longest_leaf for text in texts):
            return False
        shown = sum(1 for text in texts if match_key(str(text)) in self._leaves)
        return shown * 3 >= len(filled) * 2 and shown > 1

    def _is_example(self, cells: Cells, filled: list[int]) -> bool:
        return self._placeholders(cells, filled) >= _ENOUGH_PLACEHOLDERS

    def _placeholders(self, cells: Cells, filled: list[int]) -> int:
        texts = [str(cells[column]) for column in filled if column in self._columns]
        return sum(1 for text in texts if _PLACEHOLDERS.search(text[:12]))


def _is_blank(value: Value) -> bool:
    return value is None or value == "" or (isinstance(value, str) and not value.strip())


def _is_total(value: Value) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_TOTAL or not _COUNTS.search(value):
        return False
    return bool(_TOTAL.match(match_key(value)))


def total_doubt(table: Table, row: int, field: str) -> Doubt | None:
    """Return the doubt about a record whose first cells say 合計, but which describes more than a total."""
    filled = [value for value in table.grid.rows[row] if not _is_blank(value)]
    label = next((value for value in filled[:_LABELS_OF_TOTALS] if _is_total(value)), None)
    if label is None:
        return None
    message = f"「{text_of(label).strip()}」とあるので、合計の行でないか確かめてください。"
    return Doubt("maybe_total", field, message)


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
