"""The grid: all KPIs of a section in one round × years, with this year's figure to be entered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Count

from evaluations import permissions
from evaluations.enums import Act, Edition
from evaluations.models import Actual, FieldComment, KpiSheet, Round, SheetDraft, SheetQuerySet
from evaluations.selectors.reading import shown_figure, what_to_enter
from evaluations.selectors.tasks import kpi_sheets
from organization.models import User
from strategy.models import Kpi, Target
from strategy.selectors.succession import kpi_in_force, kpis_before
from strategy.selectors.wording import target_words
from tsukuba_kpi.lib.japanese_text import match_key

EARLIER_YEARS = 4


@dataclass(frozen=True)
class GridRow:
    """One KPI's line: what is known, what stands in its cell, and whether the person may write there.

    `earlier` has the figures of the years before, each with the KPI that was in force then.
    """

    sheet: KpiSheet
    earlier: tuple[tuple[Kpi, Actual | None], ...]
    target: str
    actual: Actual | None
    may_edit: bool
    remarks: int
    draft_figure: str | None
    draft_note: str | None
    draft_version: int | None = None

    @property
    def kpi(self) -> Kpi:
        """Return the KPI."""
        return self.sheet.kpi

    @property
    def figure(self) -> str:
        """Return the stored figure as its cell shows it: as printed, else in plain digits."""
        return shown_figure(self.actual)

    @property
    def note(self) -> str:
        """Return the stored remark."""
        return self.actual.note if self.actual else ""

    @property
    def versions(self) -> tuple[int, int]:
        """Return the versions of sheet and figure as they stand."""
        return self.sheet.version, self.actual.version if self.actual else 0

    @property
    def begun(self) -> tuple[int, int]:
        """Return the versions on which the cells are typed: a draft keeps the one it was begun on."""
        sheet_version, figure_version = self.versions
        return self.draft_version or sheet_version, figure_version

    @property
    def hint(self) -> str:
        """Return which figure is asked for."""
        return what_to_enter(self.kpi)


@dataclass(frozen=True)
class Grid:
    """The grid of a round for one person."""

    collection: Round
    years: tuple[int, ...]
    rows: tuple[GridRow, ...]
    actuals: "Actuals" = field(default_factory=dict)

    @property
    def may_edit(self) -> bool:
        """Return whether there is a cell to write into."""
        return any(row.may_edit for row in self.rows)

    @property
    def dues(self) -> list[date]:
        """Return the days on which what may be written is due, in order."""
        return sorted({row.sheet.due_on for row in self.rows if row.may_edit and row.sheet.due_on})


def grid_of(user: User, collection: Round, *, own_only: bool) -> Grid:
    """Return the grid of a round: a person's own sections, or everything they see. Constant queries."""
    sheets = permissions.visible_to(user, kpi_sheets()).filter(round=collection)
    if own_only:
        sheets = sheets.filter(section_id__in=user.access.section_ids)
    return grid_of_sheets(user, collection, sheets)


def grid_of_sheets(user: User, collection: Round, sheets: SheetQuerySet) -> Grid:
    """Return the grid of some sheets of one round that the person sees. Constant queries."""
    found: list[KpiSheet] = list(sheets.order_by("section__position", "section_id", "kpi__code"))
    year = collection.fiscal_year
    years = tuple(range(year - EARLIER_YEARS, year))
    kpi_ids = [sheet.kpi_id for sheet in found]
    before = kpis_before([sheet.kpi for sheet in found])
    actuals = _actuals(user, [*kpi_ids, *before], collection)
    targets = {
        target.kpi_id: target for target in Target.objects.filter(kpi_id__in=kpi_ids, fiscal_year=year)
    }
    drafts = drafts_of_figures(user, found)
    remarks = open_remarks(found)
    rows = (
        GridRow(
            sheet=sheet,
            earlier=tuple(_earlier(actuals, kpi_in_force(sheet.kpi, each, before), each) for each in years),
            target=target_words(targets[sheet.kpi_id], sheet.kpi) if sheet.kpi_id in targets else "",
            actual=actuals.get((sheet.kpi_id, year, collection.edition)),
            may_edit=permissions.can_act(user, sheet, Act.EDIT),
            remarks=remarks.get(sheet.pk, 0),
            draft_figure=None,
            draft_note=None,
        )
        for sheet in found
    )
    return Grid(collection, years, tuple(drafted(row, drafts) for row in rows), actuals)


Actuals = Mapping[tuple[int, int, str], Actual]


def _actuals(user: User, kpi_ids: Sequence[int], collection: Round) -> Actuals:
    rows = permissions.visible_actuals(user).filter(kpi_id__in=kpi_ids)
    kept: dict[tuple[int, int, str], Actual] = {}
    for actual in rows:
        key = (actual.kpi_id, actual.fiscal_year, actual.edition)
        # Of two the one of this round's world stands: a demonstration's in a demonstration (ADR 0005).
        if key not in kept or actual.is_demo == collection.is_demo:
            kept[key] = actual
    year = collection.fiscal_year
    return {
        key: actual for key, actual in kept.items() if key[1] != year or actual.is_demo == collection.is_demo
    }


def _of_year(actuals: Actuals, kpi_id: int, year: int) -> Actual | None:
    for edition in (Edition.FINAL, Edition.PRELIMINARY):
        if (kpi_id, year, edition.value) in actuals:
            return actuals[kpi_id, year, edition.value]
    return None


def _earlier(actuals: Actuals, kpi: Kpi, year: int) -> tuple[Kpi, Actual | None]:
    return kpi, _of_year(actuals, kpi.pk, year)


Drafts = Mapping[tuple[Any, str], SheetDraft]


def drafts_of_figures(user: User, sheets: Sequence[KpiSheet]) -> Drafts:
    """Return what a person has typed in grids and not saved, by sheet and field (one query)."""
    rows = SheetDraft.objects.filter(user=user, kpi_sheet__in=sheets, field__in=["figure", "note"])
    return {(draft.kpi_sheet_id, draft.field): draft for draft in rows}


def drafted(row: GridRow, drafts: Drafts) -> GridRow:
    """Return a row with what the person had typed in it."""
    of_row = [drafts.get((row.sheet.pk, name)) for name in ("figure", "note")]
    return replace(
        row,
        draft_figure=_text(of_row[0]),
        draft_note=_text(of_row[1]),
        draft_version=min((draft.sheet_version for draft in of_row if draft is not None), default=None),
    )


def _text(draft: SheetDraft | None) -> str | None:
    return draft.text if draft is not None else None


def open_remarks(sheets: Sequence[KpiSheet]) -> dict[Any, int]:
    """Return how many remarks wait for an answer, by sheet (one query)."""
    rows = FieldComment.objects.filter(kpi_sheet__in=sheets, parent__isnull=True, resolved_at__isnull=True)
    return dict(rows.order_by().values_list("kpi_sheet_id").annotate(Count("pk")))


# --- a pasted block -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """A pasted block laid onto rows: sheet → text, and the lines that found no row."""

    texts: Mapping[int, str]
    left_over: tuple[str, ...] = ()
    problem: str = ""
    told: tuple[str, ...] = ()


def spread(block: str, rows: Iterable[GridRow]) -> Spread:
    """Lay lines pasted from a spreadsheet onto the rows that can be written.

    Lines with a KPI's name (or number) and one figure behind it go to that KPI, in whatever order; else
    every line is one figure, for the rows in their order. An empty cell changes nothing. Nothing is
    guessed: a name that two rows share, or a second column of figures, leads nowhere and is told.
    """
    lines = block.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    writable = [row for row in rows if row.may_edit]
    if any("\t" in line for line in lines):
        return _by_name([[cell.strip() for cell in line.split("\t")] for line in lines], writable)
    pairs = zip(writable, lines, strict=False)
    texts = {row.sheet.pk: line.strip() for row, line in pairs if line.strip()}
    return Spread(texts, tuple(line.strip() for line in lines[len(writable) :] if line.strip()))


def _by_name(lines: Sequence[Sequence[str]], writable: Sequence[GridRow]) -> Spread:
    named: dict[str, list[int]] = {}
    for row in writable:
        for name in {match_key(row.kpi.name), match_key(row.kpi.code)}:
            named.setdefault(name, []).append(row.sheet.pk)
    texts: dict[int, str] = {}
    columns: set[int] = set()
    left_over = []
    for cells in lines:
        places = [position for position, cell in enumerate(cells) if cell and match_key(cell) in named]
        sheets = named[match_key(cells[places[-1]])] if places else []
        behind = [p for p, cell in enumerate(cells) if cell and places and p > places[-1]]
        if len(sheets) == 1 and sheets[0] not in texts:
            columns.update(behind)
            for position in behind:
                texts[sheets[0]] = cells[position]
        elif any(cells):
            left_over.append("　".join(cell for cell in cells if cell))
    if len(columns) > 1:
        return Spread({}, (), "値の列が二つ以上あります。指標名と、今回の値の列だけを貼り付けてください。")
    return Spread(texts, tuple(left_over))
