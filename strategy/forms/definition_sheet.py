"""The inputs of one or many definitions: cells with what was shown, what was typed and how it was understood.

One reading serves the page of a single KPI, the table of all KPIs, and the check while typing. Each
KPI's inputs are named `c.<id>.<column>`; beside them `b.<id>` carries what the page had shown (JSON), so
that two people who change different cells do not disturb each other, and of two who change the same
one the second sees both texts.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from strategy.calculations.definition_cells import (
    COLUMN,
    COLUMNS,
    FIELDS,
    NEVER_EMPTY,
    CellReading,
    Column,
    Surroundings,
    definition_texts,
    finer_notice,
    surroundings,
)
from strategy.calculations.merging import Merge, merge, same_lines
from strategy.calculations.target_figures import TargetFigure, read_target, target_cell
from strategy.models import Kpi, Target
from strategy.selectors.definitions import DefinitionRow
from strategy.selectors.wording import target_words
from strategy.services.definitions import DefinitionChange, stored_figure, target_fields
from tsukuba_kpi.lib.fiscal_year import short_era_label

TARGET_PREFIX = "t"


def target_key(year: int) -> str:
    """Return the name of the cell that holds a year's target."""
    return f"{TARGET_PREFIX}{year}"


@dataclass(frozen=True)
class Cell:
    """One input with its state.

    `state`: same, changed, refused, clash (both people changed it) or theirs (somebody else did). `stored`
    is what is stored by now.
    """

    name: str
    key: str
    label: str
    text: str
    stored: str
    state: str = "same"
    understood: str = ""
    problem: str = ""
    notice: str = ""
    record: Kpi | Target | None = None
    fields: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    help_text: str = ""
    is_long: bool = False
    confirm_value: str = ""
    is_ticked: bool = False

    @property
    def id(self) -> str:
        """Return the input's id."""
        return self.name.replace(".", "-")

    @property
    def marks(self) -> dict[str, Any]:
        """Return what waits for a person in the fields of this cell."""
        if self.record is None:
            return {}
        if isinstance(self.record, Target):
            return self.record.unconfirmed
        return {name: mark for name, mark in self.record.unconfirmed.items() if name in self.fields}

    @property
    def answer(self) -> str:
        """Return in a sentence what the text was understood as, or why it is not taken."""
        if self.state == "clash":
            theirs, mine = self.stored or "（空）", self.text or "（空）"
            return (
                f"ほかの人が先に「{theirs}」と保存しました。あなたの入力は「{mine}」です。"
                "このまま保存すると、あなたの入力に置き換わります。"
            )
        if self.state == "theirs":
            return "ほかの人が変えた値です。"
        if self.problem:
            return self.problem
        understood = f"→ {self.understood or '（空）'}" if self.state == "changed" else ""
        notice = f"！{self.notice}" if self.notice else ""
        return f"{understood}　{notice}".strip("　")

    @property
    def is_needed(self) -> bool:
        """Return whether the reading of other cells depends on this one."""
        return self.key in {"unit", "decimals"}

    @property
    def never_empty(self) -> bool:
        """Return whether a choice has no "not set"."""
        return self.key in NEVER_EMPTY

    @property
    def history_fields(self) -> tuple[str, ...]:
        """Return the fields whose history stands beside this input."""
        if isinstance(self.record, Target):
            return ("value", "upper", "qualifier", "word", "change_reason", "")
        return self.fields

    @property
    def has_answer(self) -> bool:
        """Return whether there is something to say below the input."""
        return self.state != "same" or bool(self.problem or self.notice)


@dataclass(frozen=True)
class RowSheet:
    """The inputs of one KPI, in the order of the columns, then its targets by year."""

    row: DefinitionRow
    cells: tuple[Cell, ...]
    base: str
    change: DefinitionChange | None = None
    loose_marks: Mapping[str, Any] = field(default_factory=dict)
    ticked_marks: frozenset[str] = frozenset()

    @property
    def kpi(self) -> Kpi:
        """Return the KPI."""
        return self.row.kpi

    @cached_property
    def by_key(self) -> dict[str, Cell]:
        """Return the cells by their column, for templates."""
        return {cell.key: cell for cell in self.cells}

    @property
    def target_cells(self) -> list[Cell]:
        """Return the inputs of the targets."""
        return [cell for cell in self.cells if cell.key not in COLUMN]

    @property
    def base_name(self) -> str:
        """Return the name of the hidden input with what was shown."""
        return f"b.{self.kpi.pk}"

    def in_state(self, *states: str) -> list[Cell]:
        """Return the cells in one of some states."""
        return [cell for cell in self.cells if cell.state in states]


@dataclass(frozen=True)
class DefinitionSheet:
    """The inputs of some KPIs as shown or as sent."""

    rows: tuple[RowSheet, ...]
    columns: tuple[Column, ...]
    years: tuple[int, ...]

    @property
    def refused(self) -> list[Cell]:
        """Return what cannot be taken."""
        return [cell for row in self.rows for cell in row.in_state("refused")]

    @property
    def clashes(self) -> list[Cell]:
        """Return what two people changed."""
        return [cell for row in self.rows for cell in row.in_state("clash")]

    @property
    def changed(self) -> list[Cell]:
        """Return what would be written."""
        return [cell for row in self.rows for cell in row.in_state("changed")]

    @property
    def changes(self) -> list[DefinitionChange]:
        """Return the changes of the KPIs that have some."""
        return [row.change for row in self.rows if row.change is not None]

    @property
    def marked(self) -> list[str]:
        """Return the names of everything that waits for a person, as the ticks send them."""
        cells = [cell.name for row in self.rows for cell in row.cells if cell.marks]
        return cells + [f"m.{row.kpi.pk}.{name}" for row in self.rows for name in row.loose_marks]

    @property
    def can_be_saved(self) -> bool:
        """Return whether nothing is in the way."""
        return not self.refused and not self.clashes


def shown_sheet(
    rows: Iterable[DefinitionRow], years: Sequence[int], columns: Sequence[Column] = COLUMNS
) -> DefinitionSheet:
    """Return the inputs as stored."""
    return DefinitionSheet(tuple(_shown(row, years, columns) for row in rows), tuple(columns), tuple(years))


def sent_sheet(
    rows: Iterable[DefinitionRow],
    years: Sequence[int],
    data: Mapping[str, str],
    *,
    confirmed: Iterable[str] = (),
    columns: Sequence[Column] = COLUMNS,
) -> DefinitionSheet:
    """Return the inputs as sent. `confirmed` are the names of cells ticked as right as they are."""
    ticked = frozenset(confirmed)
    sheets = tuple(_sent(row, years, columns, data, ticked) for row in rows)
    return DefinitionSheet(sheets, tuple(columns), tuple(years))


_NAME = re.compile(r"c\.([0-9]{1,18})\.(?:t([0-9]{4})|[a-z_]+)\Z")


@dataclass(frozen=True)
class CellsAsked:
    """Which KPIs and years the inputs of a request are about."""

    kpi_ids: frozenset[int]
    years: tuple[int, ...]


def cells_asked(names: Iterable[str]) -> CellsAsked:
    """Read the names of inputs; other names are left aside."""
    found = [match for name in names if (match := _NAME.match(name))]
    years = sorted({int(match[2]) for match in found if match[2]})
    return CellsAsked(frozenset(int(match[1]) for match in found), tuple(years))


def stored_texts(row: DefinitionRow, years: Iterable[int], columns: Iterable[Column]) -> dict[str, str]:
    """Return what is stored of a KPI, as the texts of its cells."""
    texts = definition_texts({name: getattr(row.kpi, name) for name in FIELDS})
    found = {column.key: same_lines(texts[column.key]) for column in columns}
    for year in years:
        held = row.targets.get(year)
        found[target_key(year)] = target_cell(stored_figure(held), row.kpi.decimals) if held else ""
    return found


def _shown(row: DefinitionRow, years: Sequence[int], columns: Sequence[Column]) -> RowSheet:
    stored = stored_texts(row, years, columns)
    cells = tuple(_cell(row, key, text, text) for key, text in stored.items())
    return RowSheet(row, cells, _json(stored), None, _loose_marks(row))


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))


def _loose_marks(row: DefinitionRow) -> dict[str, Any]:
    """Return what waits for a person outside the cells: the sections, the name's origin …"""
    return {name: mark for name, mark in row.kpi.unconfirmed.items() if name not in FIELDS}


def _cell(row: DefinitionRow, key: str, text: str, stored: str, **state: Any) -> Cell:
    name = f"c.{row.kpi.pk}.{key}"
    column = COLUMN.get(key)
    if column is not None:
        return Cell(
            name,
            key,
            column.label,
            text,
            stored,
            record=row.kpi,
            fields=column.fields,
            choices=column.choices,
            help_text=column.help_text,
            is_long=column.is_long,
            confirm_value=name,
            **state,
        )
    year = int(key.removeprefix(TARGET_PREFIX))
    label = f"{short_era_label(year)}の目標値"
    return Cell(name, key, label, text, stored, record=row.targets.get(year), confirm_value=name, **state)


# --- what was sent -----------------------------------------------------------------------------------------


def _sent(
    row: DefinitionRow,
    years: Sequence[int],
    columns: Sequence[Column],
    data: Mapping[str, str],
    ticked: frozenset[str],
) -> RowSheet:
    stored = stored_texts(row, years, columns)
    typed = {key: data[name] for key in stored if (name := f"c.{row.kpi.pk}.{key}") in data}
    base = _base(data.get(f"b.{row.kpi.pk}", ""))
    merged = merge(stored, base=base, typed=typed, stored=stored)
    texts = {**definition_texts({n: getattr(row.kpi, n) for n in FIELDS}), **stored, **merged.mine}
    around = surroundings(texts)
    readings = {key: _read(key, text, around) for key, text in merged.mine.items()}
    if "unit" in readings and row.kpi.unit and _has_figures(row):
        readings["unit"] = _with_unit_notice(readings["unit"])
    cells = tuple(
        _sent_cell(row, key, typed.get(key, stored[key]), stored[key], merged, readings, ticked)
        for key in stored
    )
    change = _change(row, cells, readings, ticked)
    loose = _loose_marks(row)
    settled = frozenset(name for name in loose if f"m.{row.kpi.pk}.{name}" in ticked)
    return RowSheet(row, cells, _json(stored), change, loose, settled)


def _base(sent: str) -> dict[str, str]:
    """Return what the page had shown; what is not such a table counts as not sent."""
    try:
        found = json.loads(sent) if sent else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): text for key, text in found.items() if isinstance(text, str)}


@dataclass(frozen=True)
class _Read:
    """A cell's reading, of whichever kind the cell is."""

    cell: CellReading
    target: TargetFigure | None = None


def _read(key: str, text: str, around: Surroundings) -> _Read:
    column = COLUMN.get(key)
    if column is not None:
        return _Read(column.read(text, around))
    year = int(key.removeprefix(TARGET_PREFIX))
    found = read_target(text, unit=around.unit, fiscal_year=year)
    if found.problem:
        return _Read(CellReading(problem=found.problem))
    target = found.figure
    shown = Kpi(unit=around.unit, decimals=None)
    understood = target_words(Target(**target_fields(target)), shown) if target else ""
    finer = finer_notice(target.value, around.decimals) if target else ""
    return _Read(CellReading({}, understood, notice=found.notice + finer), target)


def _has_figures(row: DefinitionRow) -> bool:
    return row.kpi.baseline_value is not None or bool(row.targets)


def _with_unit_notice(reading: _Read) -> _Read:
    if reading.cell.problem:
        return reading
    told = "登録済みの基準値・目標値は換算されません。数値も確かめてください。"
    cell = reading.cell
    return _Read(CellReading(cell.values, cell.understood, notice=cell.notice + told))


def _sent_cell(
    row: DefinitionRow,
    key: str,
    typed: str,
    stored: str,
    merged: Merge,
    readings: Mapping[str, _Read],
    ticked: frozenset[str],
) -> Cell:
    is_ticked = f"c.{row.kpi.pk}.{key}" in ticked
    if key in merged.theirs:
        return _cell(row, key, stored, stored, state="theirs", is_ticked=is_ticked)
    reading = readings.get(key)
    if reading is None:
        return _cell(row, key, same_lines(typed), stored, is_ticked=is_ticked)
    found = reading.cell
    state = "changed"
    if key in merged.clashes:
        state = "clash"
    elif found.problem:
        state = "refused"
    elif _says_the_same(row, key, reading):
        state = "same"
    return _cell(
        row,
        key,
        same_lines(typed),
        stored,
        state=state,
        understood=found.understood,
        problem=found.problem,
        notice=found.notice,
    )


def _says_the_same(row: DefinitionRow, key: str, reading: _Read) -> bool:
    """Return whether a text that is written otherwise says what is stored: １，２３４ and 1,234."""
    if key in COLUMN:
        return all(getattr(row.kpi, name) == value for name, value in reading.cell.values.items())
    held = row.targets.get(int(key.removeprefix(TARGET_PREFIX)))
    return target_fields(reading.target) == (target_fields(stored_figure(held)) if held else {})


def _change(
    row: DefinitionRow, cells: Iterable[Cell], readings: Mapping[str, _Read], ticked: frozenset[str]
) -> DefinitionChange | None:
    values: dict[str, Any] = {}
    targets: dict[int, TargetFigure | None] = {}
    confirmed: set[str] = set()
    years: set[int] = set()
    for cell in cells:
        year = int(cell.key.removeprefix(TARGET_PREFIX)) if cell.key not in COLUMN else None
        if cell.state == "changed":
            if year is None:
                values |= readings[cell.key].cell.values
            else:
                targets[year] = readings[cell.key].target
        elif cell.is_ticked and cell.marks:
            if year is None:
                confirmed |= set(cell.marks)
            else:
                years.add(year)
    confirmed |= {name for name in _loose_marks(row) if f"m.{row.kpi.pk}.{name}" in ticked}
    if not (values or targets or confirmed or years):
        return None
    return DefinitionChange(
        kpi=row.kpi,
        held=row.targets,
        values=values,
        targets=targets,
        confirmed=frozenset(confirmed),
        confirmed_targets=frozenset(years),
    )


def told_changes(cells: Iterable[Cell]) -> list[str]:
    """Return how texts were understood where that is not what was typed: said after saving."""
    return [
        f"{cell.label}「{cell.text}」→ {cell.understood}"
        for cell in cells
        if cell.understood and not cell.understood.startswith(same_lines(cell.text))
    ]
