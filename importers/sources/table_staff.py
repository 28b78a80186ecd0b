"""A staff list in a table: who works where, in which role, from when; a person may be in two sections."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from importers.calculations.rows import STAFF_FIELDS, Doubt, SourceRow
from importers.calculations.staff_roles import STAFF, read_role
from importers.sources.day_cells import NEVER, read_day
from importers.sources.name_cells import read_person
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
from importers.sources.table_departments import DepartmentReader
from importers.sources.table_rows import Reading, row_word
from tsukuba_kpi.lib.japanese_text import match_key

_LABELS = {
    "staff_number": "職員番号",
    "name": "氏名",
    "kana": "ふりがな",
    "email": "メールアドレス",
    "bureau": "部・局",
    "section": "所属",
    "role": "役割",
    "valid_from": "適用日",
    "valid_to": "終了日",
    "concurrent": "兼務",
    "movement": "異動区分",
    "period": "任用期間",
    "old_section": "旧所属",
}
_PARTS = ("family_name", "given_name", "family_kana", "given_kana")
_SECOND_POST = re.compile(r"[（(\[【〔]\s*(?:兼務|兼任|兼職|併任|兼)\s*[)）\]】〕]")
_UNTIL = re.compile(r"[～〜~]|から(?=.)|(?<=日)より")
_LEAVES = re.compile("退職|辞職|免職|失職|死亡|離職|転出|任期満了|派遣終了")
_NOT_CONCURRENT = re.compile(r"(?:本務|専任|主務|無|なし|×|いいえ|no|false|0|-|―|－|ー)\Z", re.IGNORECASE)
_CONCURRENT = re.compile(r"(?:兼務|兼職|兼|併任|有|あり|○|〇|◯|✓|はい|yes|true|1)\Z", re.IGNORECASE)


def read_staff(tables: Sequence[tuple[Table, Account]]) -> list[SourceRow]:
    """Return a row for every person and section, with those told that contradict one another."""
    rows = [row for table, account in tables for row in _rows(table, account)]
    return _with_contradictions(rows)


def _rows(table: Table, account: Account) -> Iterator[SourceRow]:
    departments = DepartmentReader(table)
    names = (*STAFF_FIELDS, *_PARTS, "movement", "period", "old_section")
    columns = {name: number for name in names if (number := table.column(name)) is not None}
    last: list[SourceRow] = []
    for row, kind in body_rows(table, account, names=("staff_number", "name", *_PARTS, "section")):
        if kind == GROUPS and departments.takes_group(row):
            account.add(GROUPS)
            continue
        account.add(RECORDS)
        found = list(_people(table, row, columns, departments))
        if last and found[0].fields["staff_number"] is None and found[0].fields["name"] is not None:
            last = [_with_name_below(person, str(found[0].fields["name"])) for person in last]
        yield from last
        last = found
    yield from last


def _with_name_below(person: SourceRow, below: str) -> SourceRow:
    """Return a person with the question whether the name is on the next row, below a row of kana."""
    message = f"すぐ下の行に、番号のない氏名「{below[:20]}」があります。どちらが氏名か確かめてください。"
    return person._replace(doubts=(*person.doubts, Doubt("name_unsure", "name", message)))


def _people(
    table: Table, row: int, columns: dict[str, int], departments: DepartmentReader
) -> Iterator[SourceRow]:
    """Yield the row's person in the main section, then in each section it names under 兼務先."""
    reading = Reading(table, row)
    reading.doubts.extend(mark_doubts(table, row, columns, lambda name: _LABELS.get(name, "氏名")))
    ragged = ragged_doubt(table, row)
    if ragged is not None:
        reading.doubts.append(ragged)
    fields: dict[str, object] = dict.fromkeys(STAFF_FIELDS)
    fields["staff_number"] = _staff_number(reading, columns.get("staff_number"))
    person = read_person(reading, columns)
    fields["name"], fields["kana"] = person.name, person.kana
    for name in ("email", "role"):
        text = table.text(row, columns.get(name))
        fields[name] = re.sub(r"\s*\n\s*", "", text) if text is not None else None
    fields["bureau"], fields["section"] = departments.read(reading)
    if _is_without_new_section(table, row, columns):
        fields["bureau"], fields["section"] = None, None
    for name in ("valid_from", "valid_to"):
        fields[name] = _day(reading, name, columns.get(name))
    _period(reading, columns.get("period"), fields)
    fields["concurrent"], others = False, []
    for column in table.header.columns_of("concurrent"):
        is_second, named = _concurrent(reading, column)
        fields["concurrent"] = fields["concurrent"] or is_second
        others.extend(named)
    _say_second_post(fields)
    reading.extra["role_code"] = read_role(fields["role"]).role
    _judge(reading, fields)
    _doubt_leaving(reading, columns.get("movement"))
    yield reading.build(fields)
    if others and reading.extra["role_code"] != STAFF:
        message = f"兼務先でも「{fields['role']}」として登録する案です。兼務先での役割を確かめてください。"
        reading.doubt("concurrent_role", "role", message)
    for bureau, section in others:
        yield reading.build(fields | {"bureau": bureau, "section": section, "concurrent": True})


def _is_without_new_section(table: Table, row: int, columns: dict[str, int]) -> bool:
    """Tell whether a list of transfers says where somebody comes from and leaves open where they go."""
    old, new = table.text(row, columns.get("old_section")), table.text(row, columns.get("section"))
    return old is not None and (new is None or re.fullmatch(r"[-‐-―−－ー]+", new) is not None)


def _say_second_post(fields: dict[str, object]) -> None:
    """Take 課長（兼務） and （兼）契約課 for a second post; the section's name is what is left."""
    for name in ("role", "section"):
        text = fields[name]
        if isinstance(text, str) and _SECOND_POST.search(text):
            fields["concurrent"] = True
            if name == "section":
                fields[name] = _SECOND_POST.sub("", text).strip() or None


def _doubt_leaving(reading: Reading, column: int | None) -> None:
    """Ask about somebody whose row says that they leave: the section may be the one they come from."""
    text = reading.table.text(reading.row, column)
    if text is not None and _LEAVES.search(text):
        message = f"「{text[:20]}」の行です。この所属を付けてよいか確かめてください。"
        reading.doubt("leaving", "section", message)


def _judge(reading: Reading, fields: dict[str, object]) -> None:
    if fields["staff_number"] is None:
        reading.refuse("職員番号が空なので取り込めません。番号を入力してください。")
    if fields["name"] is None:
        reading.refuse("氏名が空なので取り込めません。氏名を入力してください。")
    if fields["section"] is None:
        reading.doubt("section_missing", "section", "所属が空です。所属を選んでください。")


def _staff_number(reading: Reading, column: int | None) -> str | None:
    """Return a number as text, in one width and letter case."""
    text = reading.table.code(reading.row, column)
    return match_key(text).upper() if text is not None else None


def _day(reading: Reading, name: str, column: int | None) -> object:
    value = reading.table.said(reading.row, column)
    text = clean_text(value)
    day = read_day(value)
    if day is None and text is not None and not re.fullmatch(r"[-‐-―−－ー]+", text):
        message = (
            f"{_LABELS[name]}「{text[:20]}」が日付として読めません。「2025/4/1」のように入力してください。"
        )
        reading.doubt("not_a_day", name, message)
    return None if day is not None and day.year >= NEVER else day


def _period(reading: Reading, column: int | None, fields: dict[str, object]) -> None:
    """Take the two days of 「R6.4.1～R7.3.31」; an open end is none."""
    text = reading.table.text(reading.row, column)
    if text is None:
        return
    parts = [part.strip() for part in _UNTIL.split(text)]
    days = [read_day(part) for part in parts]
    if len(parts) != 2 or days[0] is None or (parts[1] and days[1] is None):
        message = f"期間「{text[:30]}」が読めません。開始日と終了日の列に分けてください。"
        reading.doubt("not_a_day", "valid_from", message)
        return
    fields["valid_from"], fields["valid_to"] = fields["valid_from"] or days[0], fields["valid_to"] or days[1]


def _concurrent(reading: Reading, column: int | None) -> tuple[bool, list[tuple[str | None, str]]]:
    """Return whether the row itself is a second post, and the further bureaus and sections it names."""
    text = reading.table.text(reading.row, column)
    if text is None or _NOT_CONCURRENT.match(text.strip()):
        return False, []
    if _CONCURRENT.match(text.strip()):
        return True, []
    cell = read_sections_cell(text)
    reading.doubt(
        "concurrent_sections",
        "concurrent",
        f"兼務先「{'、'.join(cell.sections)}」を別の行にしました。",
        review=False,
    )
    from importers.sources.txt_programs.departments import split_departments

    cut = split_departments(cell.sections)
    return False, [(cut[section].bureau, cut[section].section or section) for section in cell.sections]


def _with_contradictions(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Mark one number under two names, and one person twice in one section."""
    by_number: dict[object, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.fields["staff_number"] is not None:
            by_number[row.fields["staff_number"]].append(index)
    result = list(rows)
    for number, found in by_number.items():
        if len(found) < 2:
            continue
        names = {match_key(str(rows[index].fields["name"] or "")) for index in found}
        where = "と".join(dict.fromkeys(row_word(rows[index].location) for index in found))
        places = [(rows[index].fields["section"], rows[index].fields["valid_from"]) for index in found]
        doubt: Doubt | None = None
        if len(names) > 1:
            message = f"職員番号{number}が{where}にあり、氏名が異なるので、番号を確かめてください。"
            doubt = Doubt("duplicate_number", "staff_number", message)
        elif len(set(places)) < len(places):
            message = f"職員番号{number}の同じ所属が{where}にあるので、どちらを残すか選んでください。"
            doubt = Doubt("duplicate_row", "staff_number", message)
        elif sum(1 for index in found if not rows[index].fields["concurrent"]) > 1:
            message = f"職員番号{number}が{where}にあるので、どちらが兼務か確かめてください。"
            doubt = Doubt("two_posts", "concurrent", message)
        if doubt is not None:
            for index in found:
                result[index] = result[index]._replace(doubts=(*result[index].doubts, doubt))
    return result
