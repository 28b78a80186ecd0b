"""The boxes of planning's table of a plan: what was shown, what is typed or pasted, how it is understood.

A figure's box is named `c.<kpi>.<year>`; beside the row `b.<kpi>` carries what the page had shown, with the
versions (JSON), so that two people who change different cells do not disturb each other, and of two who
change the same one the second is told.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from evaluations.calculations.blocks import BlockRow, Laid, lay_block
from evaluations.enums import NUMERIC_STATUSES, ValueStatus, Way
from evaluations.models import Actual
from evaluations.selectors.plan_figures import FigureRow, YearCell, questions_of_row
from evaluations.selectors.reading import Understood, understand
from evaluations.services.sheets import FigureEntry
from evaluations.services.workflow import Seen
from evaluations.services.year_figures import YearEntry
from strategy.models import Kpi, Plan
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.requests import sent_number

LONGEST = 200
CLASH = "ほかの人が先に変えました（いまの値：{stored}）。このまま保存すると、あなたの入力に替わります。"


@dataclass(frozen=True)
class Shown:
    """What the page had shown in a cell: its text, and the versions of sheet and figure behind it."""

    text: str
    sheet: int
    figure: int


@dataclass(frozen=True)
class FigureBox:
    """One cell with its state: same, changed, refused, clash (somebody else was first)."""

    cell: YearCell
    text: str
    base: Shown
    understood: Understood = field(default_factory=Understood)
    state: str = "same"
    problem: str = ""
    asks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the box's name."""
        return f"c.{self.cell.kpi.pk}.{self.cell.year}"

    @property
    def id(self) -> str:
        """Return the box's id in the page."""
        return f"c-{self.cell.kpi.pk}-{self.cell.year}"

    @property
    def label(self) -> str:
        """Return what the box is for, for those who do not see the table."""
        way = "（確定した値の訂正）" if self.cell.way is Way.CORRECT else ""
        return f"{self.cell.kpi.name} {era_label(self.cell.year)}{way}"

    @property
    def is_mine(self) -> bool:
        """Return whether the person has typed something that is not stored."""
        return self.state != "same"

    @property
    def mark(self) -> str:
        """Return the state as the page marks it: what is asked about stands out from what is only changed."""
        return "asked" if self.state == "changed" and self.asks else self.state

    @property
    def answer(self) -> str:
        """Return what is told under the box."""
        if self.state == "same":
            return ""
        lines = [self.problem] if self.problem else []
        if self.state == "changed":
            lines.append(f"{_what_happens(self)}：{self._words}")
        return "\n".join([*lines, *(f"？ {asked}" for asked in self.asks)])

    @property
    def _words(self) -> str:
        return self.understood.words(self.cell.kpi) or "値を消します"

    @property
    def entry(self) -> YearEntry:
        """Return what a save writes."""
        cell, actual, understood = self.cell, self.cell.actual, self.understood
        due = actual.expected_on if actual and understood.value is None else None
        figure = FigureEntry(
            value=understood.value,
            status=understood.status,
            as_of=actual.as_of if actual and understood.status else None,
            expected_on=(understood.expected_on or due) if understood.status else None,
            published_text=understood.published_text,
            note=(actual.note if actual and actual.note else understood.note) if understood.status else "",
        )
        return YearEntry(
            kpi_id=cell.kpi.pk,
            fiscal_year=cell.year,
            figure=figure,
            seen=Seen(sheet=self.base.sheet, figure=self.base.figure),
            sheet=cell.place.sheet if cell.way is Way.CORRECT else None,
        )


def _what_happens(box: FigureBox) -> str:
    return "訂正（未保存）" if box.cell.way is Way.CORRECT else "未保存"


@dataclass(frozen=True)
class BoxRow:
    """One KPI's line: its cells, a box where one may write."""

    row: FigureRow
    cells: tuple[FigureBox, ...]

    @property
    def kpi(self) -> Kpi:
        """Return the KPI."""
        return self.row.kpi

    @property
    def base_name(self) -> str:
        """Return the name of what the page had shown."""
        return f"b.{self.kpi.pk}"

    @property
    def base(self) -> str:
        """Return what the page shows, to be sent along."""
        shown = {str(box.cell.year): [box.base.text, box.base.sheet, box.base.figure] for box in self._open}
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))

    @property
    def _open(self) -> list[FigureBox]:
        return [box for box in self.cells if box.cell.way]


@dataclass(frozen=True)
class FigureSheet:
    """All boxes of one page."""

    rows: tuple[BoxRow, ...]
    years: tuple[int, ...]

    @property
    def boxes(self) -> list[FigureBox]:
        """Return the boxes one may write into."""
        return [box for row in self.rows for box in row.cells if box.cell.way]

    @property
    def changed(self) -> list[FigureBox]:
        """Return the boxes that a save would write."""
        return [box for box in self.boxes if box.state == "changed"]

    @property
    def refused(self) -> list[FigureBox]:
        """Return the boxes that a save would not write."""
        return [box for box in self.boxes if box.state in {"refused", "clash"}]

    @property
    def corrections(self) -> int:
        """Return how many changes are corrections of final figures."""
        return sum(box.cell.way is Way.CORRECT for box in self.changed)

    @property
    def order(self) -> str:
        """Return the KPIs in the page's order, to be sent along."""
        return ".".join(str(row.kpi.pk) for row in self.rows)


def shown_sheet(rows: Sequence[FigureRow], years: Sequence[int]) -> FigureSheet:
    """Return the boxes as they stand."""
    boxes = (BoxRow(row, tuple(FigureBox(cell, cell.text, _now(cell)) for cell in row.cells)) for row in rows)
    return FigureSheet(tuple(boxes), tuple(years))


def sent_sheet(
    rows: Sequence[FigureRow],
    years: Sequence[int],
    data: Mapping[str, str],
    plan: Plan,
    *,
    today: date,
    laid: Laid | None = None,
) -> FigureSheet:
    """Return the boxes as they were sent, each understood and asked about; `laid` is a pasted block."""
    texts = laid.texts if laid else {}
    read = []
    for row in rows:
        bases = _bases(data.get(f"b.{row.kpi.pk}", ""))
        boxes = []
        for cell in row.cells:
            base = bases.get(cell.year, _now(cell))
            typed = texts.get(cell.key, data.get(f"c.{cell.kpi.pk}.{cell.year}", base.text))
            boxes.append(_read(cell, typed[:LONGEST], base, today))
        read.append(_asked(BoxRow(row, tuple(boxes)), plan))
    return FigureSheet(tuple(read), tuple(years))


def with_refusals(
    sheet: FigureSheet, fresh: FigureSheet, refused: Mapping[tuple[int, int], str]
) -> FigureSheet:
    """Return a page after saving: what was refused keeps its words, on the versions as they are now."""
    kept = {box.cell.key: box for box in sheet.boxes if box.cell.key in refused or box in sheet.refused}
    rows = []
    for row in fresh.rows:
        boxes = []
        for box in row.cells:
            mine = kept.get(box.cell.key)
            if mine is not None and box.cell.way:
                told = refused.get(box.cell.key) or mine.problem
                box = replace(mine, cell=box.cell, base=_now(box.cell), state="refused", problem=told)
            boxes.append(box)
        rows.append(replace(row, cells=tuple(boxes)))
    return replace(fresh, rows=tuple(rows))


def lay(
    rows: Sequence[FigureRow], years: Sequence[int], others: Sequence[Kpi], data: Mapping[str, str]
) -> Laid:
    """Lay the pasted block of a request over the page's rows; `others` are the plan's KPIs on other pages."""
    at = _place(data.get("at", "") or f"c.{data.get('at_row', '')}.{data.get('at_year', '')}")
    ordered = _in_order(rows, data.get("rows", ""))
    here = [BlockRow(row.kpi.pk, (row.kpi.name, row.kpi.code), unit=row.kpi.unit) for row in ordered]
    elsewhere = [BlockRow(kpi.pk, (kpi.name, kpi.code), is_here=False) for kpi in others]
    laid = lay_block(data.get("block", ""), [*here, *elsewhere], years, at=at)
    return _on_open_cells(laid, rows)


def _on_open_cells(laid: Laid, rows: Sequence[FigureRow]) -> Laid:
    """Leave out what would lie on closed cells, and say so."""
    is_open = {cell.key for row in rows for cell in row.cells if cell.way}
    texts = {key: text for key, text in laid.texts.items() if key in is_open}
    left = len(laid.texts) - len(texts)
    told = (f"書けない欄に当たる{left}個の値は使いませんでした。",) if left else ()
    return Laid(texts, (*laid.told, *told), laid.problem)


def _in_order(rows: Sequence[FigureRow], order: str) -> list[FigureRow]:
    """Return the rows as the page had them, should the definitions have changed in between."""
    known = {str(row.kpi.pk): row for row in rows}
    wanted = [known[pk] for pk in order.split(".") if pk in known]
    return wanted or list(rows)


# --- reading ------------------------------------------------------------------------------------------------


def _now(cell: YearCell) -> Shown:
    return Shown(cell.text, *cell.versions)


def _bases(content: str) -> dict[int, Shown]:
    """Return what the page had shown by year, nothing where it was tampered with."""
    try:
        sent: Any = json.loads(content or "{}")
        return {int(year): Shown(str(text), int(sheet), int(of)) for year, (text, sheet, of) in sent.items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}


def _place(name: str) -> tuple[int, int] | None:
    """Return KPI and year of a box's name."""
    head, _, rest = name.partition(".")
    kpi, _, year = rest.partition(".")
    numbers = sent_number(kpi), sent_number(year)
    if head != "c" or numbers[0] is None or numbers[1] is None:
        return None
    return numbers[0], numbers[1]


def _read(cell: YearCell, typed: str, base: Shown, today: date) -> FigureBox:
    """Read one box. What somebody else has changed and the person has not is no change of theirs."""
    box = FigureBox(cell, typed, base)
    if cell.way is None or typed.strip() == base.text.strip():
        return FigureBox(cell, cell.text, _now(cell))
    if typed.strip() == cell.text.strip():
        return replace(box, base=_now(cell))
    understood = understand(
        typed,
        kpi=cell.kpi,
        edition=cell.place.edition,
        today=today,
        chosen=_kept_status(cell, typed),
        fiscal_year=cell.year,
    )
    if understood.problem:
        return replace(box, understood=understood, state="refused", problem=understood.problem)
    if (base.sheet, base.figure) != cell.versions:
        told = CLASH.format(stored=cell.text or "なし")
        return replace(box, understood=understood, state="clash", problem=told)
    return replace(
        box, understood=understood, state="changed", asks=(*understood.cautions, *_lost(cell, understood))
    )


def _kept_status(cell: YearCell, typed: str) -> ValueStatus | None:
    """A corrected number keeps the kind of status it had; history is recorded as final."""
    if cell.way is not Way.CORRECT or cell.actual is None or not typed.strip():
        return None
    kept = ValueStatus(cell.actual.status)
    return kept if kept in NUMERIC_STATUSES else None


def _lost(cell: YearCell, understood: Understood) -> tuple[str, ...]:
    """Ask whether a number is really to give way to none."""
    if cell.actual is None or cell.actual.value is None or understood.value is not None:
        return ()
    number = format_figure(cell.actual.value, cell.kpi.decimals, cell.kpi.unit)
    return (f"いまの値{number}がなくなります。よろしいですか。",)


def _asked(row: BoxRow, plan: Plan) -> BoxRow:
    """Return a row with what is asked about the figures typed in it."""
    typed: dict[int, Actual | None] = {
        box.cell.year: _actual(box) for box in row.cells if box.state in {"changed", "clash"}
    }
    if not typed:
        return row
    asked = questions_of_row(row.row, plan, typed)
    boxes = (
        replace(box, asks=(*box.asks, *(each.message for each in asked.get(box.cell.year, ()))))
        for box in row.cells
    )
    return replace(row, cells=tuple(boxes))


def _actual(box: FigureBox) -> Actual | None:
    if box.understood.status is None:
        return None
    return Actual(
        kpi=box.cell.kpi,
        fiscal_year=box.cell.year,
        edition=box.cell.place.edition.value,
        value=box.understood.value,
        status=box.understood.status.value,
    )
