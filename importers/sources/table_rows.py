"""One record being read from a table: its doubts, what was concluded, and the row it becomes."""

import re
from collections.abc import Iterable, Mapping, Sequence

from importers.calculations.rows import Doubt, Inference, Location, SourceRow
from importers.sources.grids import text_of
from importers.sources.table_body import Table
from tsukuba_kpi.lib.japanese_text import match_key

_RAW_LENGTH = 4_000
_GARBLED = re.compile("\\(cid:[0-9]+\\)|[\ufffd\ue000-\uf8ff]")  # characters whose meaning a PDF hides


class Reading:
    """What is found out about one row on the way to a SourceRow."""

    __slots__ = ("doubts", "extra", "inferred", "refused", "row", "table")

    def __init__(self, table: Table, row: int) -> None:
        self.table = table
        self.row = row
        self.doubts: list[Doubt] = []
        self.extra: dict[str, object] = {}
        self.inferred: dict[str, Inference] = {}
        self.refused: str | None = None

    def refuse(self, reason: str) -> None:
        """Say why the row cannot be taken in; the first reason stays."""
        if self.refused is None:
            self.refused = f"{self.table.place(self.row)}：{reason}"

    def doubt(self, code: str, field: str | None, message: str, *, review: bool = True) -> None:
        """Add something a person should know about the row."""
        self.doubts.append(Doubt(code, field, message, review))

    def infer(self, field: str, inference: Inference) -> None:
        """Say that a field's value was concluded."""
        self.inferred[field] = inference

    def build(self, fields: Mapping[str, object]) -> SourceRow:
        """Return the row; its text is kept where a person will want to compare."""
        self._doubt_contested(fields)
        self._doubt_former(fields)
        if not self.table.grid.certain_edges:
            message = "罫線がないので、文字の位置から列と行を読みました。元の文書と見比べてください。"
            self.doubt("aligned_columns", None, message)
        if self.table.grid.pages is not None:
            self._doubt_garbled(fields)
            self.extra["boxes"] = self._boxes()
        if self.table.grid.cards is not None and (cells := self._cells()):
            self.extra["cells"] = cells
        raw = ""
        if self.doubts or self.inferred or self.refused or self.table.grid.pages is not None:
            raw = raw_text(self.table, self.row)
        return SourceRow(
            self.table.place(self.row),
            fields,
            raw,
            self.extra,
            self.inferred,
            tuple(self.doubts),
            self.refused,
        )

    def _doubt_contested(self, fields: Mapping[str, object]) -> None:
        """Ask about fields that several columns could hold, where one of them has a value."""
        for contested, columns in self.table.contested.items():
            name = _field_of(contested, fields)
            if name is None:
                continue
            texts = [text for column in columns if (text := self.table.text(self.row, column)) is not None]
            if texts:
                headings = described(_bare(self.table.header.columns[column].heading) for column in columns)
                message = f"{headings}のどの列の値か決められないので空にしました。列を指定してください。"
                self.doubt("column_ambiguous", name, message)

    def _doubt_former(self, fields: Mapping[str, object]) -> None:
        """Tell what the old side of a list said, where the new side says something else."""
        for name, columns in self.table.header.former.items():
            own = [self.table.text(self.row, column) for column in self.table.header.columns_of(name)]
            old = [text for column in columns if (text := self.table.text(self.row, column)) is not None]
            if old and set(map(match_key, old)) != {match_key(text) for text in own if text is not None}:
                quoted = described(_bare(text) for text in old)
                message = f"改正前は{quoted}です。改正後の値を採ったので、変更を確かめてください。"
                self.doubt("former_value", name if name in fields else None, message)

    def _cells(self) -> dict[str, str]:
        """Return the address of each field's cell on the sheet of a card."""
        places = self.table.grid.cards.places if self.table.grid.cards is not None else {}
        found = {
            match.field: self.table.place(self.row, column).cell
            for column, match in enumerate(self.table.header.columns)
            if match.field is not None and (self.row, column) in places
        }
        return {name: cell for name, cell in found.items() if cell is not None}

    def _boxes(self) -> dict[str, list[int]]:
        """Return the rectangle of each field's cell on the page of a PDF."""
        boxes: dict[str, list[int]] = {}
        for column, match in enumerate(self.table.header.columns):
            box = self.table.grid.boxes.get(self.table.anchor(self.row, column))
            if match.field is not None and box is not None:
                boxes[match.field] = list(box)
        return boxes

    def _doubt_garbled(self, fields: Mapping[str, object]) -> None:
        for name, value in fields.items():
            if isinstance(value, str) and _GARBLED.search(value):
                self.doubt("garbled", name, "文字化けまたは外字があります。元の文書を確認してください。")


def _field_of(name: str, fields: Mapping[str, object]) -> str | None:
    """Return the field of a record that a column's is: of yearly figures only those of its own year."""
    measure, colon, year = name.partition(":")
    if not colon:
        return name
    if str(fields.get("fiscal_year")) != year:
        return None
    return "target" if measure == "target" else "actual"


def _bare(heading: str) -> str:
    return re.sub(r"\s+", "", heading)[:40]


def raw_text(table: Table, row: int) -> str:
    """Return the cells of a row as they stand there, separated by tabs."""
    return "\t".join(text_of(value).strip() for value in table.grid.rows[row])[:_RAW_LENGTH]


def row_word(place: Location) -> str:
    """Return how people name a row: of its sheet, of its page, or of the data of a CSV."""
    if place.sheet is not None:
        return f"シート「{place.sheet}」の{place.row}行目"
    if place.page is not None:
        return f"{place.page}ページの表の{place.row}行目"
    return f"データの{place.row}行目"


def with_duplicates(
    rows: Sequence[SourceRow], keys: Sequence[object], *, field: str, what: str, differing: str | None = None
) -> list[SourceRow]:
    """Mark rows that have the same key as another; None is no key.

    `what` names the key in the message. With `differing`, the field whose different values make two
    different things of them.
    """
    places: dict[object, list[int]] = {}
    for index, key in enumerate(keys):
        if key is not None:
            places.setdefault(key, []).append(index)
    result = list(rows)
    for key, found in places.items():
        if len(found) < 2:
            continue
        names = {str(rows[index].fields.get(differing)) for index in found} if differing else set()
        tail = "どちらを残すか選んでください。"
        if len(names) > 1:
            tail = "名称が異なるので、番号を確かめてください。"
        where = "と".join(dict.fromkeys(row_word(rows[index].location) for index in found))
        message = f"{what}{key}が{where}にあり、{tail}"
        for index in found:
            doubt = Doubt("duplicate_number" if field == "number" else "duplicate_row", field, message)
            result[index] = rows[index]._replace(doubts=(*result[index].doubts, doubt))
    return result


def described(values: Iterable[str]) -> str:
    """Return names for a message, each in 「」."""
    return "、".join(f"「{value}」" for value in values)
