"""A list of bureaus and sections in a table."""

from collections.abc import Sequence

from importers.calculations.rows import SECTION_FIELDS, SourceRow
from importers.sources.day_cells import read_day
from importers.sources.figure_cells import read_year_cell
from importers.sources.row_kinds import body_rows
from importers.sources.section_cells import read_sections_cell
from importers.sources.table_body import (
    GROUPS,
    RECORDS,
    Account,
    Table,
    clean_text,
    mark_doubts,
    ragged_doubt,
)
from importers.sources.table_departments import DepartmentReader, is_bureau
from importers.sources.table_rows import Reading, with_duplicates
from tsukuba_kpi.lib.fiscal_year import fiscal_year_of

_LABELS = {
    "code": "部署コード",
    "bureau": "部・局",
    "section": "課・室",
    "opened": "設置年度",
    "closed": "廃止年度",
    "former_name": "旧名称",
}


def read_sections(tables: Sequence[tuple[Table, Account]]) -> list[SourceRow]:
    """Return the sections of all tables, with those told that stand there twice."""
    rows = [row for table, account in tables for row in _rows(table, account)]
    keys: list[object] = []
    for row in rows:
        name = row.fields["section"]
        keys.append(f"「{row.fields['bureau'] or ''}{name}」" if name is not None else None)
    return with_duplicates(rows, keys, field="section", what="部署")


def _rows(table: Table, account: Account) -> list[SourceRow]:
    departments = DepartmentReader(table)
    columns = {name: number for name in SECTION_FIELDS if (number := table.column(name)) is not None}
    rows: list[SourceRow] = []
    for row, kind in body_rows(table, account, names=("section", "bureau", "code")):
        if kind == GROUPS and departments.takes_group(row):
            account.leave_out(GROUPS, row)
            if columns.get("section") is not None and not is_bureau(_only_text(table, row)):
                account.tell(GROUPS, row)
            continue
        account.add(RECORDS)
        rows.append(_row(table, row, columns, departments))
    return rows


def _row(table: Table, row: int, columns: dict[str, int], departments: DepartmentReader) -> SourceRow:
    reading = Reading(table, row)
    reading.doubts.extend(mark_doubts(table, row, columns, _LABELS.__getitem__))
    ragged = ragged_doubt(table, row)
    if ragged is not None:
        reading.doubts.append(ragged)
    fields: dict[str, object] = dict.fromkeys(SECTION_FIELDS)
    fields["bureau"], fields["section"] = departments.read(reading)
    for name in ("code", "former_name"):
        fields[name] = table.text(row, columns.get(name))
    for name in ("opened", "closed"):
        fields[name] = _year(reading, name, columns.get(name))
    names = read_sections_cell(str(fields["section"] or "")).sections
    if len(names) > 1:
        message = f"一つの欄に課・室が{len(names)}つあるようです。一行に一つにするか、確かめてください。"
        reading.doubt("several_sections", "section", message)
    if fields["section"] is None:
        reading.refuse("課・室の名称が空なので取り込めません。名称を入力してください。")
    return reading.build(fields)


def _only_text(table: Table, row: int) -> str:
    return next((text for value in table.grid.rows[row] if (text := clean_text(value)) is not None), "")


def _year(reading: Reading, name: str, column: int | None) -> int | None:
    """Return a fiscal year; the last day of a section (3月31日) belongs to the year it closes."""
    value = reading.table.value(reading.row, column)
    year = read_year_cell(value)
    if year.problem is not None:
        reading.doubt("year_unreadable", name, f"{_LABELS[name]}の{year.problem}")
    day = read_day(value)
    if name == "closed" and day is not None and (day.month, day.day) == (4, 1):
        # Abolished on 1 April: the year before was the last one.
        return fiscal_year_of(day) - 1
    return year.year
