"""Bureau and section of a row: of two columns, one that holds both, or group rows; printed once or merged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from importers.calculations.rows import CERTAIN, Doubt, Inference
from importers.sources.table_body import Printing, Table, clean_text, printing_of
from importers.sources.table_rows import Reading

if TYPE_CHECKING:
    from importers.sources.txt_programs.departments import DepartmentReading

_LABELS = {"bureau": "部局", "section": "担当課", "department": "部署名"}
_DASH = re.compile(r"[-‐-―−－ー─━…・.\s　]+\Z")
_WHITE_SPACE = re.compile(r"\s+")
_FRAME = re.compile(r"^[■□◆◇●○▼【〔\[]+|[】〕\]]+$")
_BUREAU = re.compile(r"(?:部|局|公室|本部)$")
# Offices of the assembly, of committees, of the treasurer; headquarters.
_OFTEN_WITHOUT_BUREAU = re.compile(
    r"^(?:会計|出納|議会|市議会|監査)|(?:事務局|委員会|本部|会計課|会計室|病院)$"
)
_OUTSIDE = re.compile(r"^(?:議会|市議会|監査|選挙|農業委員).*事務局$")  # ends like a bureau and is none
_STATED = re.compile(
    r"(?:(?P<section>担当課室?|所管課室?|課・?室?名|担当課名|所管課名|主管課|所属課?名?)|(?P<bureau>部・?局名?|部名|局名|所管部局?|担当部局?))"
    r"\s*[:：]\s*(?P<unit>[^\s\u3000:：、，,]{1,30})"
)
_SHEET_UNIT = re.compile(r"(?:部|局|公室|課|室|センター|館|所)\Z")
_JOINT = re.compile(r"^[・･/／>＞\-－―→:：、,，]+(?=.)")  # what is printed between a bureau and its section
_BLANKS = re.compile(r"[\s\u3000]+")
_LONGEST_UNIT = 30
_REPEATED = Decimal("0.95")
# Below this a cut goes to a person even where no other is possible.
_SURE_ENOUGH = Decimal("0.95")


@dataclass(frozen=True, slots=True)
class _Group:
    """The bureau and section that group rows set for the rows under them."""

    bureau: str | None = None
    section: str | None = None
    unsure: bool = False
    source: str = ""  # why they hold, where no row of the table says them
    is_joint: bool = False  # one row printed both
    no_bureau: bool = False  # the row printed a section alone where a bureau was to be expected


class DepartmentReader:
    """Reads the bureau and section of one row after the other, from the top of a table."""

    def __init__(self, table: Table, known_sections: Mapping[str, str] | None = None) -> None:
        self._table = table
        self._columns: dict[str, int] = {
            name: number for name in _LABELS if (number := table.column(name)) is not None
        }
        self._group = _Group() if self._columns else _stated_unit(table)
        self._last: dict[str, str] = {}
        self._printing = {name: printing_of(table, number) for name, number in self._columns.items()}
        self._departments, self._section_holds_both = self._read_departments(known_sections)

    @property
    def stands_in_every_row(self) -> bool:
        """Whether each row prints its bureau and its section, so that nothing is carried or cut."""
        whole = all(printing is Printing.EVERY_ROW for printing in self._printing.values())
        return set(self._columns) == {"bureau", "section"} and whole

    def takes_group(self, row: int) -> bool:
        """Take the name of a bureau or section that stands alone on a row for the rows below.

        Where the table has no column for them, any text alone on a row is taken; whether it names a unit is
        for a person to say.
        """
        texts = [text for value in self._table.grid.rows[row] if (text := clean_text(value)) is not None]
        name = _FRAME.sub("", texts[0]).strip() if texts else ""
        parts = [part for part in _BLANKS.split(name) if part]
        known = bool(parts) and len(name) <= _LONGEST_UNIT and all(_is_unit(part) for part in parts)
        if not known and (self._columns or not parts):
            return False
        if not known:
            self._group = _Group(None, name, unsure=True)
        elif len(parts) > 1:
            self._group = _Group(parts[0], "".join(parts[1:]), is_joint=True)
        elif _BUREAU.search(name) and (self._columns or not _OUTSIDE.search(name)):
            self._group = _Group(name, None)
        else:
            self._group = self._section_alone(name)
        return True

    def _section_alone(self, name: str) -> _Group:
        """Return the group of a section: of the bureau above, if that was not printed beside a section."""
        above = self._group
        if above.is_joint or (above.no_bureau and above.bureau is None) or _OUTSIDE.search(name):
            return _Group(None, name, no_bureau=True)
        often = above.bureau is not None and _OFTEN_WITHOUT_BUREAU.search(name) is not None
        return _Group(above.bureau, name, no_bureau=often)

    def read(self, reading: Reading) -> tuple[str | None, str | None]:
        """Return bureau and section of a row, adding to the reading what was concluded or is in doubt."""
        bureau, section = self._carried(reading, "bureau"), self._carried(reading, "section")
        self._doubt_carried_bureau(reading, bureau or self._group.bureau)
        if "department" in self._columns and section is None:
            text = self._carried(reading, "department")
            if text is not None and bureau is not None:
                # A bureau of its own column stays, whatever the column beside it is called.
                return bureau, text.removeprefix(bureau) or text
            if text is not None:
                return self._cut(reading, text)
        elif section is not None and self._section_holds_both:
            return self._cut(reading, section)
        if not self._columns and self._group.source:
            for name in ("bureau", "section"):
                if getattr(self._group, name) is not None:
                    reading.infer(name, Inference(_REPEATED, self._group.source))
        if section is None and self._group.unsure:
            message = f"区分の行「{self._group.section}」を担当課と読みました。確かめてください。"
            reading.doubt("group_unsure", "section", message)
        if section is None and bureau is None and self._group.no_bureau:
            message = f"区分の行「{self._group.section}」の部局を確かめてください。"
            reading.doubt("group_unsure", "bureau", message)
        return bureau or self._group.bureau, section or self._group.section

    def _read_departments(
        self, known_sections: Mapping[str, str] | None
    ) -> tuple[Mapping[str, "DepartmentReading"], bool]:
        """Cut the cells that hold bureau and section in one; all together, as they explain one another."""
        name = "department" if "department" in self._columns else "section"
        if "bureau" in self._columns or name not in self._columns:
            return {}, False
        # The readers of running text take a while to load, and most tables print bureau and section apart.
        from importers.sources.txt_programs.departments import split_departments

        rows = range(self._table.header.last_row + 1, self._table.end)
        texts = {text for row in rows if (text := self._unit(row, name)) is not None}
        readings = split_departments(sorted(texts), known_sections)
        cut = sum(1 for reading in readings.values() if reading.bureau is not None)
        return readings, name == "section" and cut * 2 > len(readings)

    def _cut(self, reading: Reading, text: str) -> tuple[str | None, str | None]:
        cut = self._departments.get(text)
        if cut is None:
            return self._group.bureau, text
        section = _JOINT.sub("", cut.section) if cut.bureau and cut.section else cut.section
        if cut.confidence < CERTAIN:
            for name in ("bureau", "section"):
                reading.infer(name, Inference(cut.confidence, cut.reason))
        if cut.alternatives or cut.confidence < _SURE_ENOUGH:
            alternatives = tuple(
                {"bureau": bureau, "section": section} for bureau, section in cut.alternatives
            )
            message = f"部局と担当課の区切りを確認してください。{cut.reason}"
            reading.doubts.append(Doubt("bureau_section_split", "section", message, True, alternatives))
        return cut.bureau or self._group.bureau, section

    def _carried(self, reading: Reading, name: str) -> str | None:
        """Return the unit in a row's cell, or the one printed above for the whole group.

        A bureau printed anew begins a group: the section of the group before ends with it.
        """
        if name not in self._columns:
            return None
        text = self._unit(reading.row, name)
        if text is not None:
            if name == "bureau" and text != self._last.get("bureau"):
                self._last.pop("section", None)
                self._last.pop("department", None)
            self._last[name] = text
            return text
        printing = self._printing[name]
        if printing is Printing.EVERY_ROW or name not in self._last:
            return None
        label = _LABELS[name]
        reading.infer(name, Inference(_REPEATED, f"{label}の欄が空なので、上の行と同じと読みました。"))
        if printing is Printing.UNSURE:
            reading.doubt("repeated_value", name, f"{label}の欄が空です。上の行と同じか確かめてください。")
        return self._last[name]

    def _doubt_carried_bureau(self, reading: Reading, bureau: str | None) -> None:
        """Doubt a bureau taken from above for a unit that often has none, and a missing one for another."""
        if "bureau" not in self._columns or self._unit(reading.row, "bureau") is not None:
            return
        units = (self._unit(reading.row, name) for name in ("section", "department") if name in self._columns)
        unit = next((unit for unit in units if unit is not None), None)
        often = unit is not None and _OFTEN_WITHOUT_BUREAU.search(unit) is not None
        if bureau is None and unit is not None and not often:
            message = f"部局の欄が空です。「{unit}」の部局を確かめてください。"
            reading.doubt("bureau_missing", "bureau", message)
        elif bureau is not None and often:
            message = f"部局の欄が空です。「{unit}」が上の行の「{bureau}」に属するか確かめてください。"
            reading.doubt("repeated_value", "bureau", message)

    def _unit(self, row: int, name: str) -> str | None:
        text = self._table.text(row, self._columns[name])
        if text is None or (len(text) < 4 and _DASH.match(text)):
            return None
        return _WHITE_SPACE.sub("", text)


def states_units(table: Table) -> bool:
    """Tell whether the title, the sheet's name or rows of their own say the units of a table's rows."""
    if _stated_unit(table) != _Group():
        return True
    for row in range(table.header.last_row + 1, table.end):
        texts = [text for value in table.grid.rows[row] if (text := clean_text(value)) is not None]
        if len(texts) == 1:
            return all(_is_unit(part) for part in _BLANKS.split(_FRAME.sub("", texts[0]).strip()) if part)
    return False


def units_in(texts: Sequence[str]) -> dict[str, str]:
    """Return the units that titles state: 「課名：税務課」, or 「税務課」 alone. The last holds."""
    said: dict[str, str] = {}
    for text in reversed(texts):
        for match in _STATED.finditer(text):
            name = "section" if match["section"] else "bureau"
            said.setdefault(name, _WHITE_SPACE.sub("", match["unit"]))
    for text in reversed(texts) if not said else ():
        parts = [part for part in _BLANKS.split(_FRAME.sub("", text).strip()) if part]
        if 0 < len(parts) < 3 and len(text) <= _LONGEST_UNIT and all(map(_is_unit, parts)):
            is_bureau_first = _BUREAU.search(parts[0]) is not None and not _OUTSIDE.search(parts[0])
            return dict(zip(("bureau", "section") if is_bureau_first else ("section",), parts, strict=False))
    return said


def _stated_unit(table: Table) -> _Group:
    """Return the bureau and section that the title or the sheet's name states for a whole table."""
    said = units_in(table.title_rows)
    if said:
        return _Group(said.get("bureau"), said.get("section"), source="表題の部署名から読みました。")
    name = _WHITE_SPACE.sub("", table.grid.name)
    if 1 < len(name) <= _LONGEST_UNIT and _SHEET_UNIT.search(name) and _is_unit(name):
        if _BUREAU.search(name):
            return _Group(name, None, source="シートの名前から部局と読みました。")
        return _Group(None, name, source="シートの名前から担当課と読みました。")
    return _Group()


def is_bureau(name: str) -> bool:
    """Tell whether a name is that of a bureau (市長公室, 総務部), not of a section."""
    return _BUREAU.search(_FRAME.sub("", name).strip()) is not None


def _is_unit(text: str) -> bool:
    from importers.sources.txt_programs.heads import is_unit_name

    return _BUREAU.search(text) is not None or is_unit_name(text)
