"""The cells of a grid's years: on which sheet a KPI's figure of a year is written, and why one is closed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from evaluations.enums import LOCKED_STATES, WITH_SECTION, Edition, RoundState, SheetState
from evaluations.models import KpiSheet, SheetQuerySet

# The editions in which a year has a figure of its own; half a year's never stands in for a year's.
YEARLY = (Edition.FINAL, Edition.PRELIMINARY)

SheetsOfYear = Mapping[Edition, KpiSheet]


def sheets_by_year(
    rows: SheetQuerySet, kpi_ids: Iterable[int], years: Iterable[int], *, is_demo: bool
) -> dict[tuple[int, int], dict[Edition, KpiSheet]]:
    """Return the sheets of some KPIs and years among `rows` by edition (one query).

    A demonstration's grid has a demonstration's sheets, the city's has the city's (ADR 0005).
    """
    wanted = rows.filter(
        kpi_id__in=list(kpi_ids), round__fiscal_year__in=list(years), round__is_demo=is_demo
    ).order_by("pk")
    found: dict[tuple[int, int], dict[Edition, KpiSheet]] = {}
    for sheet in wanted:
        of_year = found.setdefault((sheet.kpi_id, sheet.round.fiscal_year), {})
        of_year[Edition(sheet.round.edition)] = sheet
    return found


@dataclass(frozen=True)
class Place:
    """Where the figure of a KPI's year stands: its edition, and the sheet that it belongs to.

    `asked_on` is a sheet of another edition, where the year was asked for in that one only.
    """

    edition: Edition
    sheet: KpiSheet | None = None
    asked_on: KpiSheet | None = None

    @property
    def was_asked(self) -> bool:
        """Return whether any round has asked for the year."""
        return self.sheet is not None or self.asked_on is not None


def place_of(sheets: SheetsOfYear, held: Collection[Edition]) -> Place:
    """Return where a year's figure is written: in the highest edition that has a sheet or a figure.

    `held` are the editions in which there is a figure. The cell shows that edition's figure, so nobody
    writes a preliminary figure behind a final one. What no round has asked for is written as final.
    """
    if not sheets:
        return Place(Edition.FINAL)
    edition = next((each for each in YEARLY if each in sheets or each in held), Edition.FINAL)
    other = next(iter(sheets.values()))
    return Place(edition, sheets.get(edition), None if edition in sheets else other)


@dataclass(frozen=True)
class Closed:
    """Why a cell is not written here: a word or two to stand in it, and the sentence behind them.

    Where no round asked for the year, as in most early ones, a table need not repeat the mark in every cell.
    """

    mark: str
    words: str
    sheet: KpiSheet | None = None
    was_asked: bool = True


def why_closed(place: Place, *, today: date) -> Closed:
    """Return why a cell is closed, from where its sheet stands."""
    sheet = place.sheet
    if sheet is None:
        return _without_sheet(place)
    collection, state = sheet.round, SheetState(sheet.state)
    mark, words = state.label, ""
    if collection.state == RoundState.PREPARING:
        mark, words = "準備中", "照会の準備中です。"
    elif state in LOCKED_STATES:
        words = "確定した値です。企画部門が訂正するか、再開したときだけ変わります。"
    elif sheet.reopened_until is not None and sheet.reopened_until < today and state in WITH_SECTION:
        mark, words = "期限切れ", "再開の期限を過ぎました。企画部門が再び確定するか、期限を延ばします。"
    elif state is SheetState.AWAITING_APPROVAL:
        words = f"{_section(sheet)}の所属長の承認を待っています。"
    elif state in WITH_SECTION and collection.state == RoundState.CLOSED and not sheet.return_reason:
        mark, words = "締切", "照会が締め切られたため、差し戻されるまで入力できません。"
    elif state in WITH_SECTION:
        words = f"{_section(sheet)}が入力します。"
    else:
        words = "企画部門が点検しています。直すときは差戻しを受けます。"
    return Closed(mark, f"{collection}：{words}", sheet)


def _without_sheet(place: Place) -> Closed:
    if place.asked_on is None:
        words = "入力できるシートがありません（照会していない年度か、ほかの課室のシートです）。"
        return Closed("シートなし", words, was_asked=False)
    asked = place.asked_on.round
    words = f"{asked}で照会した年度なので、{place.edition.label}の値はその照会で課室が入力します。"
    return Closed("照会待ち", words, place.asked_on)


def _section(sheet: KpiSheet) -> str:
    return str(sheet.section) if sheet.section else "課室（未定）"
