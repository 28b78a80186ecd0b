"""Names of people as staff lists print them: in one cell or two, maybe with the way they are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from importers.calculations.person_names import name_key
from importers.sources.table_body import Table, with_columns
from importers.sources.table_rows import Reading
from tsukuba_kpi.lib.japanese_text import match_key

_KANA = "ぁ-ゖァ-ヺー・･ｦ-ﾟ\\s\u3000"
_READ_BEHIND = re.compile(rf"(?P<name>.*[^{_KANA}(（].*?)\s*[（(](?P<kana>[{_KANA}]+)[)）]\Z", re.DOTALL)
_ONLY_KANA = re.compile(rf"[{_KANA}]+\Z")
# What stands beside a name but is none of it: 再任用, 兼務, 育休中, ※.
_BESIDE = re.compile(r"[（(\[【〔※*＊0-9０-９]")
_LONGEST_PART = 6
_LONGEST_NAME = 100  # with the way it is read: what is longer is none, and would take long to match


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name with the way it is read, as far as a row says them."""

    name: str | None
    kana: str | None


def read_person(reading: Reading, columns: Mapping[str, int]) -> PersonName:
    """Return the name of a row: of its column, or joined from family and given name."""
    printed, inside = _apart(reading.table.text(reading.row, columns.get("name")))
    name = printed or _joined(reading, columns, "name")
    kana = _one_line(reading.table.text(reading.row, columns.get("kana")))
    kana = kana or _joined(reading, columns, "kana")
    family = _one_line(reading.table.text(reading.row, columns.get("family_name")))
    if printed is not None and family is not None and name_key(family) not in name_key(printed):
        message = f"氏名「{printed[:20]}」に姓「{family[:20]}」がありません。どの列が氏名か確かめてください。"
        reading.doubt("name_unsure", "name", message)
    if name is not None and _BESIDE.search(name):
        message = f"氏名「{name[:20]}」に氏名でない文字があるようです。確かめてください。"
        reading.doubt("name_unsure", "name", message)
    return PersonName(name, kana or inside)


def _apart(text: str | None) -> tuple[str | None, str | None]:
    """Return a name and how it is read where one cell prints both."""
    if text is None:
        return None, None
    behind = _READ_BEHIND.match(text) if len(text) <= _LONGEST_NAME else None
    if behind is not None:
        return _one_line(behind["name"]), _one_line(behind["kana"])
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    spoken = [line for line in lines if _ONLY_KANA.match(line)]
    if len(lines) == 2 and len(spoken) == 1:
        return next(line for line in lines if line not in spoken), spoken[0]
    return _one_line(text), None


def _one_line(text: str | None) -> str | None:
    return re.sub(r"\s*\n\s*", "", text).strip() or None if text is not None else None


def _joined(reading: Reading, columns: Mapping[str, int], what: str) -> str | None:
    """Return family and given name from their two columns; a person is asked where one is empty."""
    at = [columns.get(f"family_{what}"), columns.get(f"given_{what}")]
    if None in at:
        return None
    parts = [_one_line(reading.table.text(reading.row, column)) for column in at]
    found = [part for part in parts if part is not None]
    if what == "name" and len(found) == 1:
        message = f"姓と名の一方が空なので「{found[0]}」を氏名としました。確かめてください。"
        reading.doubt("name_unsure", "name", message)
    return "\u3000".join(found) or None


def tell_name_columns(table: Table) -> Table:
    """Return the table with family and given names told where one heading stands over both.

    「氏名」 may be merged over two columns, or the second one may have no heading of its own (CSV). 「氏名
    （ふりがな）」 is the column of names where there is no other.
    """
    for what in ("name", "kana"):
        pair = _pair_under(table, what)
        if pair is not None:
            family, given = pair
            found = {family: (f"family_{what}", "inferred"), given: (f"given_{what}", "inferred")}
            table = with_columns(table, found)
    table = _beside_family_name(table)
    kana = table.column("kana")
    if table.header.fields & {"name", "family_name", "given_name"} or kana is None:
        return table
    is_name = match_key(table.header.columns[kana].heading).startswith("氏名(")
    return with_columns(table, {kana: ("name", "inferred")}) if is_name else table


def _beside_family_name(table: Table) -> Table:
    """Take 「名前」 beside 「苗字」 for the given name."""
    name = table.column("name")
    if name is None or "family_name" not in table.header.fields or "given_name" in table.header.fields:
        return table
    is_given = match_key(table.header.columns[name].heading) == "名前"
    return with_columns(table, {name: ("given_name", "inferred")}) if is_given else table


def _pair_under(table: Table, what: str) -> tuple[int, int] | None:
    """Return the two columns of short words that one heading of names, or of their kana, stands over."""
    columns = table.header.columns
    column = table.column(what)
    for left in range(len(columns) - 1) if column is None else (column,):
        right = left + 1
        if right >= len(columns) or not {columns[left].field, columns[left].rival} & {what}:
            continue
        same = columns[right].rival == what and columns[right].heading == columns[left].heading
        unnamed = columns[right].field is None and not columns[right].heading
        if (same or unnamed) and _is_part_of_name(table, left) and _is_part_of_name(table, right):
            return left, right
    return None


def _is_part_of_name(table: Table, column: int) -> bool:
    """Tell whether a column holds nothing but short words as family and given names are."""
    rows = range(table.header.last_row + 1, table.end)
    texts = [text for row in rows if (text := table.text(row, column)) is not None]
    return bool(texts) and all(len(text) <= _LONGEST_PART and text.isalpha() for text in texts)
