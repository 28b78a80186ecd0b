"""The earlier years of the section's grid: which of their cells are open to the person, and why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from evaluations import permissions
from evaluations.calculations.blocks import BlockRow, lay_block
from evaluations.enums import Edition, Way
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.grid import Grid, GridRow, Spread, drafted, drafts_of_figures, open_remarks
from evaluations.selectors.tasks import kpi_sheets
from evaluations.selectors.year_cells import YEARLY, Closed, place_of, sheets_by_year, why_closed
from organization.models import User
from strategy.models import Kpi


@dataclass(frozen=True)
class EarlierCell:
    """A KPI's figure of an earlier year: `row` where the person may write it, else why it is closed.

    `kpi` is the one that was in force in that year.
    """

    year: int
    kpi: Kpi
    actual: Actual | None
    row: GridRow | None = None
    closed: Closed | None = None
    remarks: int = 0


def earlier_cells(user: User, grid: Grid, *, today: date) -> dict[int, tuple[EarlierCell, ...]]:
    """Return the cells of the years before by the sheet of their row (three queries).

    A year is written on that year's own sheet, where it is open to the person: reopened, returned, or of a
    round that is still running.
    """
    held = {kpi.pk for row in grid.rows for kpi, _ in row.earlier}
    visible = permissions.visible_to(user, kpi_sheets())
    sheets = sheets_by_year(visible, held, grid.years, is_demo=grid.collection.is_demo)
    cells = {
        row.sheet.pk: tuple(
            _cell(user, grid, year, kpi, actual, sheets.get((kpi.pk, year), {}), today)
            for year, (kpi, actual) in zip(grid.years, row.earlier, strict=True)
        )
        for row in grid.rows
    }
    return _with_drafts(user, _once(cells))


def _once(cells: "Cells") -> "Cells":
    """Leave each sheet one open cell: two KPIs may follow the same one."""
    taken: set[int] = set()
    found: Cells = {}
    for pk, of_row in cells.items():
        kept = []
        for cell in of_row:
            if cell.row is not None and cell.row.sheet.pk in taken:
                words = "この値は、同じ指標を引き継いだ別の行で入力します。"
                cell = replace(cell, row=None, closed=Closed("別の行", words, cell.row.sheet))
            elif cell.row is not None:
                taken.add(cell.row.sheet.pk)
            kept.append(cell)
        found[pk] = tuple(kept)
    return found


def _cell(
    user: User,
    grid: Grid,
    year: int,
    kpi: Kpi,
    actual: Actual | None,
    sheets: dict[Edition, KpiSheet],
    today: date,
) -> EarlierCell:
    is_demo = grid.collection.is_demo
    own = {
        edition: found
        for edition in YEARLY
        if (found := grid.actuals.get((kpi.pk, year, edition.value))) and found.is_demo == is_demo
    }
    place = place_of(sheets, own)
    if place.sheet and permissions.way_to_write(user, place.sheet, was_asked=True) is Way.ENTER:
        row = GridRow(place.sheet, (), "", own.get(place.edition), True, 0, None, None)
        return EarlierCell(year, kpi, actual, row=row)
    return EarlierCell(year, kpi, actual, closed=why_closed(place, today=today))


Cells = dict[int, tuple[EarlierCell, ...]]


def _with_drafts(user: User, cells: Cells) -> Cells:
    """Return the cells with what is typed in them and not saved, and the remarks on their sheets."""
    open_sheets = [cell.row.sheet for cell in _all(cells) if cell.row]
    drafts = drafts_of_figures(user, open_sheets)
    remarks = open_remarks([sheet for cell in _all(cells) if (sheet := _sheet(cell))])
    return {
        pk: tuple(
            replace(
                cell,
                row=drafted(cell.row, drafts) if cell.row else None,
                remarks=remarks.get(sheet.pk, 0) if (sheet := _sheet(cell)) else 0,
            )
            for cell in of_row
        )
        for pk, of_row in cells.items()
    }


def _sheet(cell: EarlierCell) -> KpiSheet | None:
    if cell.row is not None:
        return cell.row.sheet
    return cell.closed.sheet if cell.closed else None


def _all(cells: Cells) -> Iterable[EarlierCell]:
    return (cell for of_row in cells.values() for cell in of_row)


def spread_years(block: str, grid: Grid, cells: Mapping[int, tuple[EarlierCell, ...]]) -> Spread | None:
    """Lay a block with headings of years over all open cells; None for a block without such headings."""
    places = {(row.sheet.pk, grid.collection.fiscal_year): row.sheet.pk for row in grid.rows if row.may_edit}
    for pk, of_row in cells.items():
        places |= {(pk, cell.year): cell.row.sheet.pk for cell in of_row if cell.row}
    rows = [BlockRow(row.sheet.pk, (row.kpi.name, row.kpi.code), unit=row.kpi.unit) for row in grid.rows]
    collection = grid.collection
    # Half a year's figure is no year's: a column of that year has nowhere to go.
    own = [] if collection.edition == Edition.HALF else [collection.fiscal_year]
    laid = lay_block(block, rows, [*grid.years, *own])
    if not laid.by_year:
        return None
    texts = {places[key]: text for key, text in laid.texts.items() if key in places}
    left = len(laid.texts) - len(texts)
    closed = (f"書けない欄に当たる{left}個の値は使いませんでした。",) if left else ()
    return Spread(texts, (), laid.problem, (*laid.told, *closed))
