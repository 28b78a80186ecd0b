"""Pages on which planning defines KPIs. They stand here because an open round asks for reasons (ADR 0015)."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.models import Round
from evaluations.selectors.definition_preview import preview_definition
from evaluations.selectors.definition_use import rounds_asking
from evaluations.services.definitions import ChangeReasonMissing, KpiInUse, change_definitions, remove_kpi
from history.selectors import revisions_for
from history.services import VersionConflict
from strategy.forms.definition_sheet import DefinitionSheet, sent_sheet, shown_sheet, told_changes
from strategy.models import Kpi, Placement, Plan
from strategy.permissions import can_define
from strategy.selectors.definitions import DefinitionRow, definition_of_kpi, target_years
from strategy.views.access import authorship_of, for_definers
from tsukuba_kpi.requests import SignedInRequest, sent_number

UNPROCESSABLE = 422
CONFLICT = 409
CHECKED = "読み取った内容を確かめてから「保存」を押してください。まだ保存していません。"
SOMEBODY_WAS_FIRST = "ほかの人が先に保存しました。下の内容を確かめてください。まだ保存していません。"


@dataclass(frozen=True)
class DefinitionPage:
    """One KPI with what its page shows around the inputs."""

    row: DefinitionRow
    plans: list[Plan]
    years: list[int]
    rounds: tuple[Round, ...]

    @property
    def kpi(self) -> Kpi:
        """Return the KPI."""
        return self.row.kpi

    @property
    def place_marks(self) -> list[Placement]:
        """Return the places of which a person has to say whether they are right."""
        return [place for place in self.row.placements if place.needs_review]


def definition_page(code: str) -> DefinitionPage:
    """Return a KPI's page, read anew."""
    kpi = get_object_or_404(Kpi, code=code)
    row, plans = definition_of_kpi(kpi)
    rounds = rounds_asking([kpi.pk]).get(kpi.pk, ())
    return DefinitionPage(row, plans, target_years(plans, [row]), rounds)


# How the page groups the cells.
GROUPS = (
    ("指標", ("unit", "decimals", "direction", "aggregation")),
    ("基準値", ("baseline_value", "baseline_years", "baseline_text")),
)
FINE_POINTS = ("path_rule", "window", "maintain_band", "entered_as", "parts_rule", "survey_interval", "valid")
TEXTS = ("rationale", "method", "statistic_source", "final_note", "note")


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def kpi_definition_edit(request: SignedInRequest, code: str) -> HttpResponse:
    """Show one KPI's definition and targets; a POST checks or saves what was typed."""
    page = definition_page(code)
    if request.method != "POST":
        return _show(request, page, shown_sheet([page.row], page.years))
    if request.POST.get("do") == "remove":
        return _remove(request, page)
    sheet = _sent(request, page)
    if request.POST.get("do") == "check":
        messages.info(request, CHECKED)
        return _show(request, page, sheet, previews=True)
    if not sheet.can_be_saved:
        if sheet.clashes:
            messages.error(request, SOMEBODY_WAS_FIRST)
        return _show(request, page, sheet, status=CONFLICT if sheet.clashes else UNPROCESSABLE)
    try:
        changed = change_definitions(
            changes=sheet.changes,
            reason=request.POST.get("reason", ""),
            authorship=authorship_of(request),
        )
    except ChangeReasonMissing as missing:
        return _show(request, page, sheet, status=UNPROCESSABLE, reason_problem=str(missing))
    except VersionConflict:
        page = definition_page(code)
        messages.error(request, SOMEBODY_WAS_FIRST)
        return _show(request, page, _sent(request, page), status=CONFLICT)
    tell_saved(request, sheet, changed)
    return redirect("strategy:kpi_definition_edit", code)


def _remove(request: SignedInRequest, page: DefinitionPage) -> HttpResponse:
    authorship = replace(authorship_of(request), why=request.POST.get("why", "").strip())
    try:
        remove_kpi(
            kpi=page.kpi,
            seen_version=sent_number(request.POST.get("version", "")) or 0,
            authorship=authorship,
        )
    except (KpiInUse, VersionConflict) as refused:
        is_conflict = isinstance(refused, VersionConflict)
        messages.error(request, SOMEBODY_WAS_FIRST if is_conflict else str(refused))
        status = CONFLICT if is_conflict else UNPROCESSABLE
        return _show(request, page, shown_sheet([page.row], page.years), status=status)
    messages.success(request, f"「{page.kpi.name}」を削除しました（{page.kpi.code}。履歴に残っています）。")
    return redirect("strategy:kpi_definition_list")


@require_POST
@for_definers
def kpi_definition_preview(request: SignedInRequest, code: str) -> HttpResponse:
    """Say how the KPI would be judged by the definition that is being typed. Writes nothing."""
    page = definition_page(code)
    context = _preview(request, page, _sent(request, page))
    return render(request, "strategy/_definition_preview.html", context)


def _preview(request: SignedInRequest, page: DefinitionPage, sheet: DefinitionSheet) -> dict[str, Any]:
    change = sheet.rows[0].change
    return {
        "shows_preview": True,
        "is_readable": not sheet.refused,
        "preview": None if sheet.refused else preview_definition(page.kpi, change, page.plans, request.user),
    }


def tell_saved(request: SignedInRequest, sheet: DefinitionSheet, changed: int) -> None:
    """Say what was saved, how it was understood, and what deserves a look."""
    told = told_changes(sheet.changed)
    understood = f"（読み取り：{'、'.join(told[:10])}{' ほか' if len(told) > 10 else ''}）" if told else ""
    messages.success(request, f"保存しました。{understood}" if changed else "変更はありませんでした。")
    for cell in sheet.changed:
        if cell.notice:
            messages.warning(request, f"{cell.label}：{cell.notice}")


def _sent(request: SignedInRequest, page: DefinitionPage) -> DefinitionSheet:
    return sent_sheet([page.row], page.years, request.POST.dict(), confirmed=request.POST.getlist("confirm"))


def _show(
    request: SignedInRequest,
    page: DefinitionPage,
    sheet: DefinitionSheet,
    *,
    status: int = 200,
    reason_problem: str = "",
    previews: bool = False,
) -> HttpResponse:
    row = sheet.rows[0]
    cells = row.by_key
    context = {
        "page": page,
        "kpi": page.kpi,
        "sheet": sheet,
        "row": row,
        "name_cell": cells["name"],
        "groups": [(title, [cells[key] for key in keys]) for title, keys in GROUPS],
        "fine_points": [cells[key] for key in FINE_POINTS],
        "texts": [cells[key] for key in TEXTS],
        "history": revisions_for([page.kpi, *page.row.targets.values()]),
        "may_define": can_define(request.user),
        "reason": request.POST.get("reason", ""),
        "reason_problem": reason_problem,
        "is_demo": page.kpi.is_demo,
    }
    if previews:
        context |= _preview(request, page, sheet)
    return render(request, "strategy/kpi_definition_edit.html", context, status=status)
