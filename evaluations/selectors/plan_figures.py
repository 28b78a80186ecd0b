"""Planning's table of a plan: all its KPIs × years, and which figure may be written how."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Min

from evaluations import permissions
from evaluations.calculations.questions import Question, questions_about
from evaluations.enums import Edition, ValueStatus, Way
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.figures import KpiFigures, actuals_of, definition_of, figures_at, targets_of
from evaluations.selectors.grid import open_remarks
from evaluations.selectors.judgements import composed_part
from evaluations.selectors.reading import shown_figure
from evaluations.selectors.standing import settled_times
from evaluations.selectors.year_cells import YEARLY, Closed, Place, place_of, sheets_by_year, why_closed
from history.enums import Through
from history.models import Revision
from organization.models import User
from strategy.enums import PartKind
from strategy.models import Kpi, Plan
from strategy.selectors.definitions import DefinitionRow

MOST_BEFORE = 5  # years before the plan that are shown unasked, where they have a figure
MOST_YEARS = 20


@dataclass(frozen=True)
class YearCell:
    """A KPI's figure of one year in the table.

    `kpi` defines it as when its round was settled, else as today. `actual` is what stands in the cell and
    what a save compares with; `shown` may be another one that stands in (preliminary, a demonstration's, of
    the KPI before).
    """

    kpi: Kpi
    year: int
    place: Place
    way: Way | None
    actual: Actual | None
    shown: Actual | None
    shown_of: Kpi
    figures: KpiFigures
    closed: Closed | None = None
    remarks: int = 0
    is_corrected: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """Return KPI and year."""
        return self.kpi.pk, self.year

    @property
    def text(self) -> str:
        """Return the figure as its box holds it: as printed, in plain digits, or why there is none."""
        if self.actual is None:
            return ""
        return shown_figure(self.actual) or ValueStatus(self.actual.status).label

    @property
    def versions(self) -> tuple[int, int]:
        """Return the versions of sheet and figure as they stand; 0 where there is none."""
        sheet = self.place.sheet
        return sheet.version if sheet else 0, self.actual.version if self.actual else 0

    @property
    def stands_in(self) -> bool:
        """Return whether another figure than the cell's own is shown in it."""
        return self.shown is not None and self.shown is not self.actual


@dataclass(frozen=True)
class FigureRow:
    """One KPI's line of the table."""

    definition: DefinitionRow
    cells: tuple[YearCell, ...]

    @property
    def kpi(self) -> Kpi:
        """Return the KPI as it is defined today."""
        return self.definition.kpi


def years_of(plan: Plan, kpi_ids: Collection[int], *, first: int | None, today_year: int) -> tuple[int, ...]:
    """Return the years of a plan's table: the plan's own, and those before it that have figures (one query).

    `first` asks for another first year. Years that have not begun are left out.
    """
    last = min(plan.last_fiscal_year or today_year, today_year)
    begin = min(plan.first_fiscal_year or last - MOST_BEFORE + 1, last)
    if first is not None:
        begin = min(first, last)
    else:
        known = Actual.objects.filter(
            kpi_id__in=list(kpi_ids),
            fiscal_year__range=(begin - MOST_BEFORE, begin - 1),
            is_demo=plan.is_demo,
        ).exclude(edition=Edition.HALF.value)
        begin = known.aggregate(first=Min("fiscal_year"))["first"] or begin
    return tuple(range(max(begin, last - MOST_YEARS + 1), last + 1))


def figure_rows(
    user: User, plan: Plan, definitions: Sequence[DefinitionRow], years: Sequence[int], *, today: date
) -> tuple[FigureRow, ...]:
    """Return the lines of some KPIs of a plan. The number of queries does not grow with them."""
    kpis = [row.kpi for row in definitions]
    ids = [kpi.pk for kpi in kpis]
    sheets = sheets_by_year(
        permissions.visible_kpi_sheets(user).select_related("round", "section"),
        ids,
        years,
        is_demo=plan.is_demo,
    )
    rounds = {sheet.round_id: sheet.round for of_year in sheets.values() for sheet in of_year.values()}
    settled = settled_times(rounds.values())
    times: list[datetime | None] = [None, *dict.fromkeys(settled.values())]
    figures = figures_at(kpis, times, viewer=user, is_demo=plan.is_demo)
    reading = _Reading(user, plan, today, sheets, settled, figures, _actuals(user, ids, years))
    cells = {kpi.pk: [reading.cell(kpi, year) for year in years] for kpi in kpis}
    marks = _Marks.of([cell for of_kpi in cells.values() for cell in of_kpi])
    return tuple(FigureRow(row, tuple(marks.on(cell) for cell in cells[row.kpi.pk])) for row in definitions)


Actuals = Mapping[tuple[int, int], Sequence[Actual]]


def _actuals(user: User, kpi_ids: Collection[int], years: Collection[int]) -> Actuals:
    rows = permissions.visible_actuals(user).filter(kpi_id__in=list(kpi_ids), fiscal_year__in=list(years))
    found: dict[tuple[int, int], list[Actual]] = {}
    for actual in rows.exclude(edition=Edition.HALF.value):
        found.setdefault((actual.kpi_id, actual.fiscal_year), []).append(actual)
    return found


@dataclass(frozen=True)
class _Reading:
    """What the cells of one table are made of."""

    user: User
    plan: Plan
    today: date
    sheets: Mapping[tuple[int, int], Mapping[Edition, KpiSheet]]
    settled: Mapping[int, datetime]
    figures: Mapping[datetime | None, Mapping[int, KpiFigures]]
    actuals: Actuals

    def cell(self, kpi: Kpi, year: int) -> YearCell:
        today = self.figures[None][kpi.pk]
        held = today.in_force(year)
        found = self.actuals.get((kpi.pk, year), ())
        own = {Edition(each.edition): each for each in found if each.is_demo == self.plan.is_demo}
        place = place_of(self.sheets.get((kpi.pk, year), {}), own)
        actual = own.get(place.edition)
        if held is not today:
            before = Closed("前の指標", f"この年度は前の指標「{held.kpi.name}」の値です。")
            of_before = held.actuals.get(year)
            return YearCell(kpi, year, place, None, actual, of_before, held.kpi, held, before)
        way = permissions.way_to_write(self.user, place.sheet, was_asked=place.was_asked)
        if way is Way.ENTER:
            way = None  # a section enters in its own grid, where its chief's approval follows
        stood = self.figures[self.settled.get(place.sheet.round_id) if place.sheet else None][kpi.pk]
        shown = actual or next((own[each] for each in YEARLY if each in own), None) or next(iter(found), None)
        closed = None if way else why_closed(place, today=self.today)
        return YearCell(stood.kpi, year, place, way, actual, shown, stood.kpi, stood, closed)


@dataclass(frozen=True)
class _Marks:
    """What stands beside figures: remarks that wait on their sheets, and corrections."""

    remarks: Mapping[int, int]
    corrected: Collection[int]

    @classmethod
    def of(cls, cells: Iterable[YearCell]) -> "_Marks":
        """Read the marks of some cells (two queries)."""
        cells = list(cells)
        ids = [cell.actual.pk for cell in cells if cell.actual]
        label = Actual._meta.label_lower
        corrected = Revision.objects.for_records(label, ids).filter(through=Through.CORRECTION.value)
        return cls(
            open_remarks([cell.place.sheet for cell in cells if cell.place.sheet]),
            set(corrected.order_by().values_list("record_id", flat=True)),
        )

    def on(self, cell: YearCell) -> YearCell:
        sheet, actual = cell.place.sheet, cell.actual
        return replace(
            cell,
            remarks=self.remarks.get(sheet.pk, 0) if sheet else 0,
            is_corrected=actual is not None and actual.pk in self.corrected,
        )


def questions_of_row(
    row: FigureRow, plan: Plan, typed: Mapping[int, Actual | None]
) -> dict[int, tuple[Question, ...]]:
    """Ask about the figures typed in a row by year, each among the others as they would stand. No queries."""
    found = {}
    for cell in row.cells:
        if typed.get(cell.year) is None:
            continue
        actuals = {year: actual for year, actual in cell.figures.actuals.items() if year not in typed}
        actuals |= {year: actual for year, actual in typed.items() if actual is not None}
        figures = replace(cell.figures, actuals=actuals)
        addends = [part for part in figures.parts if part.kind is PartKind.ADDEND]
        found[cell.year] = questions_about(
            definition_of(figures, plan),
            targets_of(figures, plan),
            actuals_of(figures),
            cell.year,
            parts=[composed_part(part, plan, cell.year) for part in addends],
        )
    return found
