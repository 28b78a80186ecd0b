"""A list of bureaus and sections in a table."""

import re
from collections.abc import Mapping, Sequence

from importers.calculations.rows import SECTION_FIELDS, SourceRow
from importers.sources.day_cells import NEVER, read_day
from importers.sources.figure_cells import read_year_cell
from importers.sources.row_kinds import body_rows
from importers.sources.section_cells import read_sections_cell
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
from importers.sources.table_departments import DepartmentReader, is_bureau
from importers.sources.table_rows import Reading, with_duplicates
from tsukuba_kpi.lib.fiscal_year import era_label, fiscal_year_of
from tsukuba_kpi.lib.japanese_text import match_key

_LABELS = {
    "change": "区分",
    "effective": "適用日",
    "code": "部署コード",
    "bureau": "部・局",
    "section": "課・室",
    "opened": "設置年度",
    "closed": "廃止年度",
    "former_name": "旧名称",
}
_ENDS = re.compile("廃止|閉鎖|閉庁|終了")
_BEGINS = re.compile("新設|設置|創設|改称|名称変更|名称を変更|統合|再編|改組|分割|移管|移行|所管替")
_STAYS = re.compile(r"(?:存続|継続|現行|変更(?:なし|無し?)|(?:変更)?(?:なし|無し?)|既存|[-‐-―−－ー・]+)\Z")
_NO_SECTION = re.compile(r"[（(]?(?:廃止|なし|無し?|[-‐-―−－ー]+)[)）]?\Z")
_SUBDIVISIONS = re.compile(r"(?:所属)?(?:係|班|グループ|チーム|担当係|係・担当|係・班)(?:名|等)?\Z")


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
    names = (*SECTION_FIELDS, "change", "effective")
    columns = {name: number for name in names if (number := table.column(name)) is not None}
    has_subdivisions = any(_SUBDIVISIONS.match(leaf) for leaf in table.header.leaves)
    rows: list[SourceRow] = []
    for row, kind in body_rows(table, account, names=("section", "bureau", "code")):
        if kind == GROUPS and departments.takes_group(row):
            account.leave_out(GROUPS, row)
            if columns.get("section") is not None and not is_bureau(_only_text(table, row)):
                account.tell(GROUPS, row)
            continue
        found = _row(table, row, columns, departments)
        if has_subdivisions and rows and not found.doubts and found.fields == rows[-1].fields:
            account.add(CONTINUED)  # another 係 of the same section
            continue
        account.add(RECORDS)
        rows.append(found)
    return rows


def _row(table: Table, row: int, columns: dict[str, int], departments: DepartmentReader) -> SourceRow:
    reading = Reading(table, row)
    reading.doubts.extend(mark_doubts(table, row, columns, _LABELS.__getitem__))
    ragged = ragged_doubt(table, row)
    if ragged is not None:
        reading.doubts.append(ragged)
    fields: dict[str, object] = dict.fromkeys(SECTION_FIELDS)
    fields["bureau"], fields["section"] = departments.read(reading)
    fields["code"] = table.code(row, columns.get("code"))
    fields["former_name"] = table.text(row, columns.get("former_name"))
    for name in ("opened", "closed"):
        fields[name] = _year(reading, name, columns.get(name))
    _former_side(reading, fields)
    _change(reading, columns, fields)
    names = read_sections_cell(str(fields["section"] or "")).sections
    if len(names) > 1:
        message = f"一つの欄に課・室が{len(names)}つあるようです。一行に一つにするか、確かめてください。"
        reading.doubt("several_sections", "section", message)
    if fields["section"] is None:
        reading.refuse("課・室の名称が空なので取り込めません。名称を入力してください。")
    return reading.build(fields)


def _former_side(reading: Reading, fields: dict[str, object]) -> None:
    """Take the old side of a list that compares old and new for the former name, or for what is abolished."""
    former = reading.table.header.former
    section = fields["section"]
    old = _old(reading, former, "section")
    if old is None and section is None and fields["former_name"] is not None:
        old = str(fields["former_name"])
    if old is None:
        return
    if section is None or _NO_SECTION.match(str(section)):
        fields["section"], fields["bureau"] = old, _old(reading, former, "bureau") or fields["bureau"]
        fields["former_name"] = None
        message = f"改正後の名称がないので、「{old}」の廃止と読みました。確かめてください。"
        reading.doubt("section_abolished", "closed", message)
        reading.extra["abolished"] = True
    elif fields["former_name"] is None and match_key(old) != match_key(str(section)):
        fields["former_name"] = old


def _old(reading: Reading, former: Mapping[str, list[int]], name: str) -> str | None:
    texts = [reading.table.text(reading.row, column) for column in former.get(name, ())]
    found = next((text for text in texts if text is not None), None)
    return None if found is None or _NO_SECTION.match(found) else found.replace("\n", "")


def _change(reading: Reading, columns: Mapping[str, int], fields: dict[str, object]) -> None:
    """Read what becomes of a section, and from which day on, where columns of their own say it."""
    text = reading.table.text(reading.row, columns.get("change"))
    key = match_key(text) if text is not None else ""
    since = _year(reading, "effective", columns.get("effective"))
    ends = bool(_ENDS.search(key)) or reading.extra.pop("abolished", False) is True
    begins = bool(_BEGINS.search(key))
    if ends and begins:
        message = f"「{(text or '')[:20]}」が廃止か新設か決められないので、年度を確かめてください。"
        reading.doubt("change_unclear", "closed", message)
    elif ends and fields["closed"] is None:
        _end(reading, columns, fields, since)
    elif since is None or fields["opened"] is not None or _STAYS.match(key):
        return
    elif begins or fields["former_name"] is not None or reading.table.header.former:
        fields["opened"] = since
    else:
        message = f"適用日の{era_label(since)}を設置年度とするか確かめてください。設置年度は空にしました。"
        reading.doubt("change_unclear", "opened", message)


def _end(reading: Reading, columns: Mapping[str, int], fields: dict[str, object], since: int | None) -> None:
    """Say which year is a section's last one: it is abolished from a day on, or on the last day of March."""
    day = read_day(reading.table.said(reading.row, columns.get("effective")))
    if since is None:
        reading.doubt("change_unclear", "closed", "廃止の年度が分かりません。廃止年度を入力してください。")
    elif day is None:
        fields["closed"] = since - 1
        message = f"{era_label(since)}に廃止とあるので、{era_label(since - 1)}限りと読みました。"
        reading.doubt("change_unclear", "closed", f"{message}確かめてください。")
    else:
        fields["closed"] = since - 1 if (day.month, day.day) == (4, 1) else since


def _only_text(table: Table, row: int) -> str:
    return next((text for value in table.grid.rows[row] if (text := clean_text(value)) is not None), "")


def _year(reading: Reading, name: str, column: int | None) -> int | None:
    """Return a fiscal year; the last day of a section (3月31日) belongs to the year it closes."""
    value = reading.table.said(reading.row, column)
    year = read_year_cell(value)
    if year.year is not None and year.year >= NEVER:
        return None
    if year.problem is not None:
        reading.doubt("year_unreadable", name, f"{_LABELS[name]}の{year.problem}")
    day = read_day(value)
    if name == "closed" and day is not None and (day.month, day.day) == (4, 1):
        # Abolished on 1 April: the year before was the last one.
        return fiscal_year_of(day) - 1
    return year.year
