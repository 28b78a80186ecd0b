"""What kind of row stands under a header: a record, a group, a total, a note, a heading again, an example."""

import re
from collections.abc import Iterator
from typing import Final

from importers.calculations.rows import Doubt
from importers.sources.grids import Value, text_of
from importers.sources.table_body import (
    EXAMPLES,
    GROUPS,
    HEADINGS,
    HIDDEN,
    NOTES,
    RECORDS,
    TOTALS,
    Account,
    Cells,
    Table,
)
from tsukuba_kpi.lib.japanese_text import match_key

_TOTAL = re.compile(
    r"(?:総|小|部|局|課|年度)?(?:合?計|総計)(?:\(.*\))?\Z"
    r"|(?:合計|小計|総計|総合計)(?:額|数|値|件数|人数)?(?:[(:].*|[0-9]+.{0,4})?\Z"
    r"|.{1,9}(?:部|局|課|室)計(?:\(.*\)|[0-9]+(?:件|事業|課)?)?\Z|事(?:務事)?業数\Z"
    r"|計[0-9]+(?:名|人|件|課|事業|指標|項目)\Z"
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
