"""A list of programs (事務事業) in a table: one row a program, bureau and section maybe merged downwards."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from importers.calculations.plain_rows import BETWEEN, JoinedTexts, PlainRows, RowPieces
from importers.calculations.rows import PROGRAM_FIELDS, SourceRow
from importers.sources.grids import Value, decimal_of
from importers.sources.page_breaks import join_cut_rows
from importers.sources.row_kinds import FIRST_ROWS, RowClassifier, total_doubt
from importers.sources.table_body import (
    CONTINUED,
    GROUPS,
    RECORDS,
    Account,
    Table,
    clean_text,
    mark_doubts,
    ragged_doubt,
)
from importers.sources.table_departments import DepartmentReader
from importers.sources.table_rows import Reading, with_duplicates
from tsukuba_kpi.lib.japanese_text import match_key

_LABELS = {
    "order": "通番",
    "number": "事業番号",
    "name": "事務事業名",
    "bureau": "部局",
    "section": "担当課",
    "department": "部署名",
    "purpose": "目的",
    "summary": "概要",
    "results": "成果",
}
_MOST = 1e9
_AT_ONCE = 200  # rows looked at together
_DASHES_ALONE = re.compile(f"{BETWEEN}[-\u2010-\u2015\u2212\uff0d\u30fc\u2500\u2501\u2026\u30fb.]+{BETWEEN}")
_MAYBE_TOTAL = re.compile(f"(?:計|業数)(?:[額数値件(（:：0-9０-９][^{BETWEEN}]{{0,10}})?{BETWEEN}")
# What is white among what is printed, and what texts of several lines have besides.
_WHITE = " \n\u3000"
# 1031, 1,031 as a PDF prints it, 12.0 as programs export it, No.12.
_WHOLE = re.compile(r"(?:no\.?|№)?([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.0+)?\Z")
_TEXTS = ("purpose", "summary", "results")
_OWN_FIELDS = ("number", "name", *_TEXTS)
_NOTHING = re.compile(r"[-‐-―−－ー─━…・.\s　]+\Z")  # a dash in place of a text
_FORMER = re.compile(r"[（(]\s*旧\s*[:：]?\s*(?P<former>[^（）()]+(?:[（(][^（）()]*[）)][^（）()]*)?)[）)]")


class ProgramReader:
    """Reads the rows of one table."""

    def __init__(
        self, table: Table, account: Account, known_sections: Mapping[str, str] | None = None
    ) -> None:
        table = join_cut_rows(table, account, _OWN_FIELDS, _has_number)
        self._table = table
        self._account = account
        names = (*PROGRAM_FIELDS, "department")
        self._columns = {name: number for name in names if (number := table.column(name)) is not None}
        self._departments = DepartmentReader(table, known_sections)
        self._rests = self._rows_of_one()
        self._more = {row for rows in self._rests.values() for row in rows}
        self._kind_of = RowClassifier(table, _OWN_FIELDS)
        self._marked = table.marked_rows
        self._last_column = max(self._columns.values())

    def rows(self) -> Iterator[SourceRow | PlainRows]:
        """Yield the programs of the table in order, one by one or, where they are plain, many together."""
        first, end = self._table.header.last_row + 1, self._table.end
        size = _AT_ONCE if self._reads_quickly() else 1
        examples = min(first + FIRST_ROWS, end)  # these may stand there
        yield from self._rows(range(first, examples), may_be_plain=False)
        for start in range(examples, end, size):
            batch = range(start, min(start + size, end))
            found = self._plain_rows(batch) if size > 1 else None
            if found is not None:
                yield found
            else:
                yield from self._rows(batch, may_be_plain=size > 1)

    def _rows(self, batch: range, *, may_be_plain: bool) -> Iterator[SourceRow | PlainRows]:
        """Yield the programs of some rows, one by one."""
        for row in batch:
            if row in self._more:
                self._account.add(CONTINUED)
                continue
            plain = self._plain_rows(range(row, row + 1)) if may_be_plain else None
            if plain is not None:
                yield plain
                continue
            kind = self._kind_of(row)
            if kind == GROUPS and self._departments.takes_group(row):
                self._account.add(GROUPS)
            elif kind in (RECORDS, GROUPS):
                self._account.add(RECORDS)
                yield self._row(row)
            elif kind:
                self._account.leave_out(kind, row)

    def _rows_of_one(self) -> dict[int, list[int]]:
        """Find the rows that go on with the program above: its number and its name are merged over them."""
        table = self._table
        columns = [self._columns[name] for name in ("number", "name") if name in self._columns]
        if len(columns) < 2 or not table.tall_columns.issuperset(columns):
            return {}
        rests: dict[int, list[int]] = {}
        for row in range(table.header.last_row + 1, table.end):
            firsts = {table.anchor(row, column)[0] for column in columns}
            if len(firsts) == 1 and (first := firsts.pop()) < row:
                rests.setdefault(first, []).append(row)
        return rests

    def _with_rests(self, reading: Reading, name: str, text: str | None) -> str | None:
        """Return a text with what the rows that go on with the program print below it."""
        column = self._columns.get(name)
        if column is None:
            return text
        texts = [
            more
            for row in self._rests.get(reading.row, ())
            if not self._table.is_merged_below(row, column) and (more := self._table.text(row, column))
        ]
        if not texts:
            return text
        message = f"{_LABELS[name]}が番号の結合された{len(texts) + 1}行に分かれているので、続けて読みました。"
        reading.doubt("continued_row", name, message)
        return "\n".join([text, *texts] if text is not None else texts)

    def _reads_quickly(self) -> bool:
        """Tell whether most rows may be taken as they stand: a long sheet without merged or special cells."""
        grid = self._table.grid
        plain = not (grid.merges or grid.hidden_rows or grid.ragged or grid.lines or grid.pages)
        every_column = all(name in self._columns for name in PROGRAM_FIELDS)
        plain = plain and not self._table.header.former
        return plain and every_column and self._departments.stands_in_every_row

    def _plain_rows(self, batch: range) -> PlainRows | None:
        """Return rows that need no second look, all at once, or None; the same as `_row` gives."""
        cells = self._table.grid.rows[batch.start : batch.stop]
        if not self._marked.isdisjoint(batch) or min(map(len, cells)) <= self._last_column:
            return None
        columns = list(zip(*cells, strict=False))  # all are long enough
        order, number, *others = (columns[self._columns[name]] for name in PROGRAM_FIELDS)
        if not (_are_whole(order) and _are_whole(number)):
            return None
        texts = _plain_texts(others)
        if texts is None:
            return None
        self._account.add(RECORDS, len(batch))
        values: dict[str, Sequence[object]] = {
            "order": list(map(int, order)),
            "number": list(map(int, number)),
            **dict(zip(PROGRAM_FIELDS[2:], texts, strict=True)),
        }
        numbers = range(batch.start + 1, batch.stop + 1)
        return PlainRows(self._table.file, self._table.grid.name, numbers, values)

    def _get(self, row: int, name: str) -> str | None:
        column = self._columns.get(name)
        return self._table.text(row, column) if column is not None else None

    def _row(self, row: int) -> SourceRow:
        reading = Reading(self._table, row)
        table = self._table
        columns = self._columns
        number = self._whole(reading, "number")
        fields: dict[str, object] = {
            "order": self._whole(reading, "order") if "order" in columns else None,
            "number": number,
            "name": self._name(row),
        }
        fields["bureau"], fields["section"] = self._departments.read(reading)
        for name in _TEXTS:
            text = self._get(row, name)
            if self._rests:
                text = self._with_rests(reading, name, text)
            fields[name] = None if text is None or (len(text) < 8 and _NOTHING.match(text)) else text
        if row in self._marked:
            reading.doubts.extend(mark_doubts(table, row, columns, _LABELS.__getitem__))
        if row in table.grid.ragged and (ragged := ragged_doubt(table, row)) is not None:
            reading.doubts.append(ragged)
        self._judge(reading, fields)
        return reading.build(fields)

    def _judge(self, reading: Reading, fields: Mapping[str, object]) -> None:
        if fields["name"] is None:
            reading.refuse("事務事業名が空なので取り込めません。名称を入力してください。")
        elif "旧" in str(fields["name"]) and (former := _FORMER.search(str(fields["name"]))):
            reading.extra["former_name"] = former["former"].strip()
        if fields["number"] is None and reading.refused is None:
            reading.refuse("事業番号が読めないので取り込めません。番号を入力してください。")
        if (total := total_doubt(self._table, reading.row, "name")) is not None:
            reading.doubts.append(total)
        if fields["section"] is None:
            reading.doubt("section_missing", "section", "担当課が空です。担当課を選んでください。")

    def _name(self, row: int) -> str | None:
        text = self._get(row, "name")
        return text.replace("\n", "") if text is not None and "\n" in text else text

    def _whole(self, reading: Reading, name: str) -> int | None:
        """Return a whole number of any spelling, or None with a doubt that shows what stands there."""
        column = self._columns[name]
        value = self._table.value(reading.row, column)
        if type(value) is float and value.is_integer() and abs(value) < 1e9:
            return int(value)
        number = whole_number(value)
        text = clean_text(value)
        if number is None and text is not None:
            message = f"{_LABELS[name]}「{text[:30]}」が整数ではありません。番号を確かめてください。"
            reading.doubt("not_a_number", name, message)
        return number


def read_programs(
    tables: Sequence[tuple[Table, Account]], known_sections: Mapping[str, str] | None = None
) -> Sequence[SourceRow]:
    """Return the programs of all tables, with those told that have one number twice."""
    rows = RowPieces(
        [piece for table, account in tables for piece in ProgramReader(table, account, known_sections).rows()]
    )
    keys = rows.column("number")
    if len(set(keys)) == len(keys):
        return rows
    return with_duplicates(list(rows), keys, field="number", what="事業番号", differing="name")


def _are_whole(numbers: Sequence[Value]) -> bool:
    """Tell whether all cells of a column hold whole numbers as workbooks keep them."""
    if set(map(type, numbers)) != {float}:
        return False
    floats: Sequence[float] = numbers  # type: ignore[assignment]
    return min(floats) > 0 and max(floats) < _MOST and all(map(float.is_integer, floats))


def _plain_texts(columns: Sequence[Sequence[Value]]) -> list[JoinedTexts] | None:
    """Return names, bureaus, sections and longer texts, None where one of them needs a second look.

    It does where a text has outer blanks, is dashes alone, or has escapes or control characters; where
    a name has a line end, tells a former one or may be that of a total; where a unit has a blank.
    """
    if any(set(map(type, column)) != {str} for column in columns):
        return None
    joined = [BETWEEN.join(cast(Sequence[str], column)) for column in columns]
    text = BETWEEN.join(("", *joined, ""))
    if text.count(BETWEEN) != sum(map(len, columns)) + 1:
        return None
    bare = text.replace(BETWEEN, "")
    names, bureaus, sections = joined[:3]
    is_plain = (
        all(map(all, columns[:3]))
        and (bare.isprintable() or bare.replace("\n", "").replace("\u3000", "").isprintable())
        and not any(BETWEEN + white in text or white + BETWEEN in text for white in _WHITE if white in text)
        and not any(white in units for units in (bureaus, sections) for white in _WHITE)
        and not ("_" in text and "_x" in text)  # the first is found at once
        and _DASHES_ALONE.search(text) is None
        and "\n" not in names
        and "旧" not in names
        and _MAYBE_TOTAL.search(names + BETWEEN) is None
    )
    return list(map(JoinedTexts, joined)) if is_plain else None


def _has_number(table: Table, row: int) -> bool:
    return table.text(row, table.column("number")) is not None


def whole_number(value: Value) -> int | None:
    """Return a cell's whole number in any width, None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        number = decimal_of(value)
        return int(number) if number.is_finite() and number == number.to_integral_value() else None
    match = _WHOLE.match(match_key(str(value)))
    return int(match[1].replace(",", "")) if match is not None else None
