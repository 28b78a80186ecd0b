"""The grid: a section's figures of a round in one table, typed or pasted, read back before they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evaluations.calculations.questions import Question
from evaluations.enums import NUMERIC_STATUSES, Edition, ValueStatus
from evaluations.models import Actual
from evaluations.selectors.earlier_cells import EarlierCell, earlier_cells, spread_years
from evaluations.selectors.grid import Grid, GridRow, grid_of, spread
from evaluations.selectors.questioned import questions_of_sheets
from evaluations.selectors.reading import Understood, understand
from evaluations.selectors.sheets import figure_version
from evaluations.services import workflow
from evaluations.services.sheets import (
    EntryRefused,
    FigureEntry,
    save_figure,
    take_over_answers,
)
from evaluations.services.workflow import ActRefused, Seen, SheetIncomplete, WrongState
from evaluations.views.requests import authorship_of, kpi_sheet_or_404, round_or_404, user_of
from history.services import VersionConflict
from tsukuba_kpi import clock
from tsukuba_kpi.requests import sent_number

SOMEBODY = "ほかの人が先に変えました（いまの値：{value}）。確かめて、もう一度保存してください。"


@dataclass(frozen=True)
class Typed:
    """What a row's boxes hold, and the versions they were opened on."""

    figure: str
    note: str
    seen: Seen


@dataclass(frozen=True)
class Line:
    """A row as the page shows it: stored, typed, read back, and what became of it."""

    row: GridRow
    typed: Typed
    understood: Understood
    told: str = ""
    tone: str = ""
    questions: tuple[Question, ...] = ()
    earlier: tuple["YearBox", ...] = ()

    @property
    def is_changed(self) -> bool:
        """Return whether something is typed that is not stored."""
        return _changed(self.row, self.typed)

    @property
    def words(self) -> str:
        """Return what the typed figure is understood as."""
        return self.understood.words(self.row.kpi)


@dataclass(frozen=True)
class YearBox:
    """The cell of an earlier year as the page shows it; `line` where it may be written."""

    cell: EarlierCell
    line: Line | None


Cells = Mapping[int, tuple[EarlierCell, ...]]


@require_http_methods(["GET", "HEAD", "POST"])
def round_grid(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the grid; a POST reads it back (check, paste), saves it, or hands it in."""
    user = user_of(request)
    collection = round_or_404(request, pk)
    own_only = bool(user.access.section_ids) and "all" not in request.GET
    grid = grid_of(user, collection, own_only=own_only)
    cells = earlier_cells(user, grid, today=clock.today())
    rows = _rows(grid, cells)
    lines = {row.sheet.pk: _stored(row) for row in rows}
    if request.method != "POST":
        return _show(request, grid, cells, lines)
    if not user.access.section_ids:
        raise PermissionDenied("この表に入力できるのは課室の職員だけです。")
    typed = {row.sheet.pk: found for row in rows if (found := _typed(request, row)) is not None}
    do = request.POST.get("do", "save")
    if do == "paste":
        typed = _pasted(request, grid, cells, typed)
    lines |= {pk: _line(row, typed[pk]) for row in rows if (pk := row.sheet.pk) in typed}
    if do in {"check", "paste"}:
        return _show(request, grid, cells, lines)
    saved = _save(request, lines, alone=do == "save")
    if do in {"submit", "take_over"}:
        _hand_in(request, grid, saved, do)
    if all(line.tone != "bad" for line in saved.values()):
        return redirect(_address(request, collection.pk))
    fresh = grid_of(user, collection, own_only=own_only)
    cells = earlier_cells(user, fresh, today=clock.today())
    shown = {row.sheet.pk: _refreshed(row, saved.get(row.sheet.pk)) for row in _rows(fresh, cells)}
    return _show(request, fresh, cells, shown, status=422)


def _rows(grid: Grid, cells: Cells) -> list[GridRow]:
    """Return the rows of the round's own year, and the cells of earlier years that may be written."""
    return [*grid.rows, *(cell.row for of_row in cells.values() for cell in of_row if cell.row)]


def _address(request: HttpRequest, pk: int) -> str:
    return reverse("evaluations:round_grid", args=[pk]) + ("?all=1" if "all" in request.GET else "")


def _show(
    request: HttpRequest, grid: Grid, cells: Cells, lines: Mapping[int, Line], status: int = 200
) -> HttpResponse:
    asked = _asked(request, lines)
    context = {
        "grid": grid,
        "round": grid.collection,
        "lines": [_with_years(asked[row.sheet.pk], cells[row.sheet.pk], asked) for row in grid.rows],
        "may_edit": any(line.row.may_edit for line in asked.values()),
        # Not "block": a template's own word for the block it is in.
        "pasted": request.POST.get("block", "") if request.POST.get("do") == "paste" else "",
        "late": sum(row.may_edit and row.sheet.days_late(clock.today()) > 0 for row in grid.rows),
        "unsaved": sum(line.is_changed for line in lines.values()),
        "has_sections": bool(user_of(request).access.section_ids),
        "is_demo": grid.collection.is_demo,
    }
    return render(request, "evaluations/round_grid.html", context, status=status)


def _with_years(line: Line, cells: tuple[EarlierCell, ...], lines: Mapping[int, Line]) -> Line:
    boxes = (YearBox(cell, lines[cell.row.sheet.pk] if cell.row else None) for cell in cells)
    return replace(line, earlier=tuple(boxes))


def _asked(request: HttpRequest, lines: Mapping[int, Line]) -> dict[int, Line]:
    """Return the lines with what is asked about their figures, typed or stored, where the person writes."""
    mine = {pk: line for pk, line in lines.items() if line.row.may_edit}
    typed = {pk: _typed_actual(line) for pk, line in mine.items()}
    asked = questions_of_sheets(user_of(request), [line.row.sheet for line in mine.values()], typed)
    return {pk: replace(line, questions=asked.get(pk, ())) for pk, line in lines.items()}


def _typed_actual(line: Line) -> Actual | None:
    """Return what a row's box says as a figure, else the stored one; None where it cannot be read."""
    understood, row = line.understood, line.row
    if understood.problem:
        return None
    if not line.is_changed:
        return row.actual
    if understood.status is None:
        return None
    collection = row.sheet.round
    return Actual(
        kpi=row.kpi,
        fiscal_year=collection.fiscal_year,
        edition=collection.edition,
        value=understood.value,
        status=understood.status.value,
    )


# --- rows and boxes -----------------------------------------------------------------------------------------


def _stored(row: GridRow) -> Line:
    """Return a row as it stands, with what the person had typed and not saved."""
    figure = row.figure if row.draft_figure is None else row.draft_figure
    note = row.note if row.draft_note is None else row.draft_note
    sheet_version, figure_version = row.begun
    told = "保存していない入力を戻しました。" if (figure, note) != (row.figure, row.note) else ""
    typed = Typed(figure, note, Seen(sheet=sheet_version, figure=figure_version))
    return Line(row, typed, Understood(), told)


def _typed(request: HttpRequest, row: GridRow) -> Typed | None:
    """Return what was sent for a row; None where nothing was, or the person may not write."""
    pk = row.sheet.pk
    of_sheet, _, of_figure = request.POST.get(f"seen.{pk}", "").partition(".")
    sheet_version, figure_version = sent_number(of_sheet), sent_number(of_figure)
    if f"figure.{pk}" not in request.POST or not row.may_edit:
        return None
    if sheet_version is None or figure_version is None:
        return None
    return Typed(
        request.POST[f"figure.{pk}"][:200],
        request.POST.get(f"note.{pk}", row.note)[:20_000],
        Seen(sheet=sheet_version, figure=figure_version),
    )


def _pasted(request: HttpRequest, grid: Grid, cells: Cells, typed: Mapping[int, Typed]) -> dict[int, Typed]:
    block = request.POST.get("block", "")[:200_000]
    laid = spread_years(block, grid, cells) or spread(block, grid.rows)
    if laid.problem:
        messages.error(request, laid.problem)
    for told in laid.told:
        messages.warning(request, told)
    for line in laid.left_over[:20]:
        messages.warning(request, f"どの指標の値か分からないため、使いませんでした：{line[:80]}")
    if laid.texts:
        messages.info(request, f"{len(laid.texts)}件を欄に入れました。読み取りを確かめて保存してください。")
    return {pk: replace(each, figure=laid.texts.get(pk, each.figure)) for pk, each in typed.items()}


def _changed(row: GridRow, typed: Typed) -> bool:
    return (typed.figure.strip(), typed.note.strip()) != (row.figure.strip(), row.note.strip())


def _line(row: GridRow, typed: Typed) -> Line:
    """Read a row back. A figure changed by hand keeps the kind of status it had."""
    kept = ValueStatus(row.actual.status) if row.actual else None
    understood = understand(
        typed.figure,
        kpi=row.kpi,
        edition=Edition(row.sheet.round.edition),
        fiscal_year=row.sheet.round.fiscal_year,
        today=clock.today(),
        chosen=kept if kept in NUMERIC_STATUSES and typed.figure.strip() else None,
    )
    if kept is not None and typed.figure.strip() == row.figure.strip() and not understood.problem:
        understood = replace(understood, status=kept)
    if understood.problem:
        return Line(row, typed, understood, understood.problem, "bad")
    return Line(row, typed, understood, "未保存" if _changed(row, typed) else "", "warn")


def _refreshed(row: GridRow, line: Line | None) -> Line:
    """Return a row after saving: what was refused keeps its words, on the versions as they are now."""
    if line is None or line.tone != "bad":
        return _stored(row)
    sheet_version, figure_version = row.versions
    return replace(
        line,
        row=row,
        typed=replace(line.typed, seen=Seen(sheet=sheet_version, figure=figure_version)),
    )


# --- writing ------------------------------------------------------------------------------------------------


def _save(request: HttpRequest, lines: Mapping[int, Line], *, alone: bool) -> dict[int, Line]:
    """Save every changed row by itself; a row that is refused says why and keeps its words.

    `alone`: saving is all that was asked for, so that nothing to save is worth telling.
    """
    found: dict[int, Line] = {}
    saved = 0
    for pk, line in lines.items():
        if not line.is_changed:
            found[pk] = line
            continue
        if line.understood.problem:
            found[pk] = line
            continue
        told = _save_one(request, line)
        saved += not told
        found[pk] = replace(line, told=told, tone="bad") if told else replace(line, tone="good")
    refused = sum(line.tone == "bad" for line in found.values())
    if saved:
        messages.success(request, f"{saved}件を保存しました。")
    if refused:
        messages.error(request, f"{refused}件は保存していません。理由を欄の下に示しました。")
    if alone and not saved and not refused:
        messages.info(request, "変更はありませんでした。")
    return found


def _save_one(request: HttpRequest, line: Line) -> str:
    """Save one row; return why not, or nothing."""
    actual, understood = line.row.actual, line.understood
    due = actual.expected_on if actual and understood.value is None else None
    figure = FigureEntry(
        value=understood.value,
        status=understood.status,
        as_of=actual.as_of if actual else None,
        expected_on=understood.expected_on or due,
        published_text=understood.published_text,
        note=line.typed.note or understood.note,
    )
    try:
        save_figure(
            sheet=line.row.sheet,
            figure=figure,
            seen=line.typed.seen,
            authorship=authorship_of(request),
        )
    except EntryRefused as refused:
        return "".join(refused.errors.values())
    except VersionConflict:
        return SOMEBODY.format(value=line.row.figure or "なし")
    except (WrongState, ActRefused) as refused:
        return str(refused)
    return ""


def _hand_in(request: HttpRequest, grid: Grid, saved: Mapping[int, Line], do: str) -> None:
    """Hand in what is complete and tell what the others lack; or answer empty questions as last time.

    Sheets of other years are the business of their own round: what was written there waits on its sheet.
    """
    done = 0
    lacking: dict[str, list[str]] = {}
    for row in grid.rows:
        line = saved.get(row.sheet.pk)
        if line is None or line.tone == "bad":
            continue
        sheet = kpi_sheet_or_404(request, row.sheet.pk)
        figure = figure_version(sheet)
        given: dict[str, Any] = {
            "sheet": sheet,
            "seen": Seen(sheet=sheet.version, figure=figure),
            "authorship": authorship_of(request),
        }
        try:
            done += workflow.submit(**given) if do == "submit" else take_over_answers(**given)
        except SheetIncomplete as incomplete:
            lacking.setdefault("".join(incomplete.errors.values()), []).append(f"「{sheet.kpi}」")
        except (WrongState, ActRefused, VersionConflict, EntryRefused):
            continue
    if do == "take_over":
        messages.info(request, f"{done}件のシートの空欄に、前回の文章を入れました。")
        return
    if done:
        messages.success(request, f"{done}件を承認へ回しました。")
    for errors, names in lacking.items():
        messages.warning(request, f"{len(names)}件は承認へ回していません。{errors}（{'、'.join(names)}）")
    others = [
        line
        for line in saved.values()
        if line.tone == "good" and line.row.sheet.round_id != grid.collection.pk
    ]
    if others:
        messages.info(
            request,
            f"ほかの年度の{len(others)}件は保存だけしました。「わたしの仕事」からそのシートを開いて承認へ回してください。",
        )
