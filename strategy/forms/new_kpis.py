"""A table of inputs for KPIs that a plan is to have: typed or pasted from Excel, read cell by cell.

Inputs are named `n.<row>.<column>`; a row without any text is no row.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from organization.models import Section
from strategy.calculations.definition_cells import COLUMN, CellReading, Surroundings, surroundings
from strategy.calculations.merging import same_lines
from strategy.calculations.target_figures import TargetFigure, read_target
from strategy.forms.definition_sheet import target_key
from strategy.models import Kpi, PlanNode, Target
from strategy.selectors.kpi_codes import USABLE
from strategy.selectors.wording import target_words
from strategy.services.definitions import target_fields
from strategy.services.new_kpis import KpiDraft
from tsukuba_kpi.lib.fiscal_year import short_era_label
from tsukuba_kpi.lib.japanese_text import match_key

ROWS: Final = 10
_BETWEEN_SECTIONS: Final = re.compile(r"[、，,;；\n]")
OWN_COLUMNS: Final = {"code": "番号（空なら自動）", "name": "指標名", "place": "位置", "sections": "担当課"}
DEFINING: Final = ("unit", "decimals", "direction", "aggregation", "baseline_value", "baseline_years")


@dataclass(frozen=True)
class Known:
    """What the cells are read against: `codes` are all KPIs by number, `names` those by name's key."""

    nodes: Sequence[PlanNode]
    sections: Sequence[Section]
    codes: Mapping[str, Kpi]
    names: Mapping[str, Kpi]
    years: Sequence[int]

    @property
    def columns(self) -> dict[str, str]:
        """Return the labels of the columns by their key."""
        defining = {key: COLUMN[key].label for key in DEFINING}
        targets = {target_key(year): f"{short_era_label(year)}目標" for year in self.years}
        return {**OWN_COLUMNS, **defining, **targets}


@dataclass(frozen=True)
class NewCell:
    """One input with how it was understood."""

    name: str
    key: str
    label: str
    text: str
    reading: CellReading = field(default_factory=CellReading)

    @property
    def id(self) -> str:
        """Return the input's id."""
        return self.name.replace(".", "-")

    @property
    def has_words(self) -> bool:
        """Return whether the page offers words to choose from."""
        return self.key in {"place", "sections", "direction", "aggregation"}

    @property
    def problem(self) -> str:
        """Return why the text cannot be taken."""
        return self.reading.problem

    @property
    def state(self) -> str:
        """Return the state as the page marks it."""
        return "refused" if self.problem else "changed" if self.text.strip() else "same"

    @property
    def answer(self) -> str:
        """Return how the text was understood, or why it cannot be taken."""
        if self.problem:
            return self.problem
        understood = f"→ {self.reading.understood}" if self.reading.understood else ""
        notice = f"！{self.reading.notice}" if self.reading.notice else ""
        return f"{understood}　{notice}".strip("　")


@dataclass(frozen=True)
class NewRow:
    """One row: its cells, and the KPI it states (None: nothing typed, or something cannot be read)."""

    number: int
    cells: tuple[NewCell, ...]
    draft: KpiDraft | None = None


@dataclass(frozen=True)
class NewKpis:
    """The whole table."""

    columns: Mapping[str, str]
    rows: tuple[NewRow, ...]

    @property
    def problems(self) -> list[tuple[NewRow, NewCell]]:
        """Return what cannot be taken."""
        return [(row, cell) for row in self.rows for cell in row.cells if cell.problem]

    @property
    def drafts(self) -> list[KpiDraft]:
        """Return the KPIs that are stated."""
        return [row.draft for row in self.rows if row.draft is not None]


def blank_kpis(known: Known, *, place: str = "") -> NewKpis:
    """Return an empty table; `place` stands in its first row."""
    return NewKpis(known.columns, tuple(_blank(number, known, place) for number in range(1, ROWS + 1)))


def _blank(number: int, known: Known, place: str) -> NewRow:
    texts = {"place": place if number == 1 else ""}
    return NewRow(
        number,
        tuple(
            NewCell(f"n.{number}.{key}", key, label, texts.get(key, ""))
            for key, label in known.columns.items()
        ),
    )


def sent_kpis(data: Mapping[str, str], known: Known) -> NewKpis:
    """Return the table as sent, read."""
    rows = [_sent(number, data, known) for number in range(1, ROWS + 1)]
    stated = [row.draft.code for row in rows if row.draft is not None and row.draft.code]
    twice = {code for code in stated if stated.count(code) > 1}
    return NewKpis(known.columns, tuple(_with_doubled(row, twice) for row in rows))


def _sent(number: int, data: Mapping[str, str], known: Known) -> NewRow:
    texts = {key: same_lines(data.get(f"n.{number}.{key}", "")) for key in known.columns}
    names = {key: (f"n.{number}.{key}", label) for key, label in known.columns.items()}
    if not any(text.strip() for key, text in texts.items() if key != "place"):
        cells = tuple(NewCell(name, key, label, texts[key]) for key, (name, label) in names.items())
        return NewRow(number, cells)
    around = surroundings(texts)
    readings = {key: _read(key, text, around, known) for key, text in texts.items()}
    cells = tuple(
        NewCell(name, key, label, texts[key], readings[key]) for key, (name, label) in names.items()
    )
    if any(cell.problem for cell in cells):
        return NewRow(number, cells)
    return NewRow(number, cells, _draft(readings, known))


def _draft(readings: Mapping[str, CellReading], known: Known) -> KpiDraft:
    values: dict[str, Any] = {}
    for key in ("name", *DEFINING):
        values |= readings[key].values
    targets: dict[int, TargetFigure] = {}
    for year in known.years:
        figure = readings[target_key(year)].values.get("figure")
        if figure is not None:
            targets[year] = figure
    return KpiDraft(
        code=readings["code"].values["code"],
        node=readings["place"].values["node"],
        values=values,
        sections=readings["sections"].values["sections"],
        targets=targets,
    )


def _with_doubled(row: NewRow, twice: set[str]) -> NewRow:
    if row.draft is None or row.draft.code not in twice:
        return row
    told = CellReading(problem="同じ番号が表の中に二つあります。")
    cells = tuple(
        NewCell(cell.name, cell.key, cell.label, cell.text, told) if cell.key == "code" else cell
        for cell in row.cells
    )
    return NewRow(row.number, cells)


# --- cells -----------------------------------------------------------------------------------------------


def _read(key: str, text: str, around: Surroundings, known: Known) -> CellReading:
    if key == "code":
        return _read_code(text, known)
    if key == "name":
        return _read_name(text, around, known)
    if key == "place":
        return _read_place(text, known)
    if key == "sections":
        return _read_sections(text, known)
    if key in COLUMN:
        return COLUMN[key].read(text, around)
    return _read_target(text, around, int(key[1:]))


def _read_code(text: str, known: Known) -> CellReading:
    code = unicodedata.normalize("NFKC", text).strip()
    if not code:
        return CellReading({"code": ""})
    if not USABLE.match(code):
        return CellReading(
            problem="番号は半角の英数字・「-」・「_」で20文字までです。空にすると自動で付きます。"
        )
    if code in known.codes:
        return CellReading(problem=f"番号「{code}」は「{known.codes[code].name}」が使っています。")
    return CellReading({"code": code}, code if code != text.strip() else "")


def _read_name(text: str, around: Surroundings, known: Known) -> CellReading:
    reading = COLUMN["name"].read(text, around)
    same = known.names.get(match_key(text))
    if reading.problem or same is None:
        return CellReading(reading.values, problem=reading.problem)
    told = f"同じ名前の指標（{same.code}）があります。別の指標のときだけ加えてください。"
    return CellReading(reading.values, notice=told)


def _read_place(text: str, known: Known) -> CellReading:
    wanted = match_key(text)
    if not wanted:
        return CellReading(problem="位置（施策の番号か名称）を入力してください。")
    found = [node for node in known.nodes if wanted in _node_keys(node)]
    if len(found) == 1:
        return CellReading({"node": found[0]}, str(found[0]))
    if found:
        return CellReading(problem="同じ名称の項目が複数あります。番号で入力してください。")
    return CellReading(problem="この計画にこの番号・名称の項目はありません。候補から選んでください。")


def _node_keys(node: PlanNode) -> set[str]:
    texts = (str(node), node.code, node.ascii_code, node.name)
    return {match_key(text) for text in texts if text}


def _read_sections(text: str, known: Known) -> CellReading:
    by_key = {match_key(section.name): section for section in known.sections}
    names = [name for part in _BETWEEN_SECTIONS.split(text) if (name := part.strip())]
    unknown = [name for name in names if match_key(name) not in by_key]
    if unknown:
        return CellReading(problem=f"課室「{'、'.join(unknown)}」が組織にありません。")
    found = tuple(dict.fromkeys(by_key[match_key(name)] for name in names))
    return CellReading({"sections": found}, "、".join(section.name for section in found))


def _read_target(text: str, around: Surroundings, year: int) -> CellReading:
    found = read_target(text, unit=around.unit, fiscal_year=year)
    if found.problem or found.figure is None:
        return CellReading(problem=found.problem, notice=found.notice)
    words = target_words(Target(**target_fields(found.figure)), Kpi(unit=around.unit, decimals=None))
    return CellReading({"figure": found.figure}, words, notice=found.notice)
