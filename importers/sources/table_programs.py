"""A list of programs (事務事業) in a table: one row a program, bureau and section maybe merged downwards."""

import re
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from importers.calculations.rows import PROGRAM_FIELDS, Location, SourceRow
from importers.sources.grids import Value, decimal_of
from importers.sources.page_breaks import join_cut_rows
from importers.sources.table_body import (
    CONTINUED,
    GROUPS,
    RECORDS,
    Account,
    RowClassifier,
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
# What a row's texts, joined by tabs, have where a second look is due: outer blanks, dashes alone, escapes,
# control characters, a former name, a line end in the name, a blank in a unit's name.
_LOOK_TWICE = re.compile(
    "(?:\\A|\t)[^\\S\t]|[^\\S\t](?:\t|\\Z)|(?:\\A|\t)[-\u2010-\u2015\u2212\uff0d\u30fc\u2500\u2501\u2026\u30fb.]+(?:\t|\\Z)|_x|"
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2060\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]|\\A[^\t]*[旧\n]|\\A[^\t]*\t(?:[^\t]*\t)?[^\t]*[^\\S\t]"
)
_DASHES = re.compile("\t[-\u2010-\u2015\u2212\uff0d\u30fc\u2500\u2501\u2026\u30fb.]+(?:\t|\\Z)")
_WHITE = re.compile(r"\s")
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
        self._marked = table.marked_rows
        self._last_column = max(self._columns.values())
        if len(self._columns) > 1:
            self._pick = itemgetter(*(self._columns.get(name, 0) for name in PROGRAM_FIELDS))

    def rows(self) -> Iterator[SourceRow]:
        """Yield a row for every program of the table, in order."""
        quickly = self._reads_quickly()
        kind_of = RowClassifier(self._table, _OWN_FIELDS)
        more = {row for rows in self._rests.values() for row in rows}
        for row in range(self._table.header.last_row + 1, self._table.end):
            if row in more:
                self._account.add(CONTINUED)
                continue
            found = self._plain_row(row) if quickly else None
            if found is None:
                kind = kind_of(row)
                if kind == GROUPS and self._departments.takes_group(row):
                    self._account.add(GROUPS)
                    continue
                if kind not in (RECORDS, GROUPS):
                    if kind:
                        self._account.add(kind)
                    continue
                found = self._row(row)
            self._account.add(RECORDS)
            yield found

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
        return plain and every_column and self._departments.stands_in_every_row

    def _plain_row(self, row: int) -> SourceRow | None:
        """Return a row that needs no second look, None for one that does; the same as `_row` gives."""
        cells = self._table.grid.rows[row]
        if row in self._marked or len(cells) <= self._last_column:
            return None
        order, number, *texts = self._pick(cells)
        if not (type(order) is type(number) is float and 0 < order < _MOST and 0 < number < _MOST):
            return None
        if not (order.is_integer() and number.is_integer() and all(texts[:3])):
            return None
        try:
            if not _is_plain(texts):
                return None
        except TypeError:  # a number or a date among the texts
            return None
        name, bureau, section, purpose, summary, results = texts
        fields = {
            "order": int(order),
            "number": int(number),
            "name": name,
            "bureau": bureau,
            "section": section,
            "purpose": purpose or None,
            "summary": summary or None,
            "results": results or None,
        }
        return SourceRow(Location(self._table.file, sheet=self._table.grid.name, row=row + 1), fields)

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
) -> list[SourceRow]:
    """Return the programs of all tables, with those told that have one number twice."""
    rows = [row for table, account in tables for row in ProgramReader(table, account, known_sections).rows()]
    keys = [row.fields["number"] for row in rows]
    if len(set(keys)) == len(keys):
        return rows
    return with_duplicates(rows, keys, field="number", what="事業番号", differing="name")


def _is_plain(texts: list[str]) -> bool:
    """Tell whether a row's texts may be taken as they are; most are passed without the long pattern."""
    row = "\t" + "\t".join(texts)
    name, bureau, section = texts[:3]
    return (
        row.replace("\t", "").replace("\n", "").replace("\u3000", "").isprintable()
        and "_x" not in row
        and _DASHES.search(row) is None
        and list(map(str.strip, texts)) == texts
        and "旧" not in name
        and "\n" not in name
        and _WHITE.search(bureau + section) is None
    ) or _LOOK_TWICE.search(row[1:]) is None


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
