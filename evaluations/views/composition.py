"""Pages of one KPI beside its definition: what it is made of, and who answers for it.

They stand here because an open round asks for reasons (ADR 0015).
"""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from evaluations.selectors.definition_use import rounds_asking
from evaluations.services.definitions import (
    ChangeReasonMissing,
    change_composition,
    change_responsibilities,
)
from history.selectors import revisions_for
from history.services import VersionConflict
from organization.models import Section
from strategy.forms.composition import CompositionForms, responsibility_entries, responsibility_forms
from strategy.forms.kpi_choice import SUGGESTIONS, suggestion
from strategy.models import Kpi
from strategy.permissions import can_define
from strategy.services.composition import Composition, CompositionRefused
from strategy.views.access import authorship_of, for_definers
from tsukuba_kpi.requests import SignedInRequest, sent_number

UNPROCESSABLE = 422
CONFLICT = 409
SOMEBODY_WAS_FIRST = (
    "ほかの人が先にこの指標を保存しました。「いまの登録」とあなたの入力を見比べて、もう一度保存してください。"
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def kpi_parts_edit(request: SignedInRequest, code: str) -> HttpResponse:
    """Show and set a KPI's parts, changes of definition and predecessor."""
    kpi = get_object_or_404(Kpi.objects.select_related("predecessor"), code=code)
    parts = list(kpi.parts.select_related("part"))
    breaks = list(kpi.breaks.all())
    others = Kpi.objects.filter(is_demo=kpi.is_demo).in_bulk()
    forms = CompositionForms(request.POST or None, kpi=kpi, parts=parts, breaks=breaks, kpis=others)
    problem, status = "", 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if forms.is_valid():
            try:
                changed = change_composition(
                    kpi=kpi,
                    composition=Composition(
                        parts=forms.part_entries,
                        breaks=forms.break_entries,
                        succession=forms.predecessor.succession,
                    ),
                    seen_version=_seen_version(request),
                    authorship=replace(authorship_of(request), why=request.POST.get("why", "").strip()),
                )
            except (CompositionRefused, ChangeReasonMissing) as refused:
                problem = str(refused)
            except VersionConflict:
                problem, status = SOMEBODY_WAS_FIRST, CONFLICT
            else:
                messages.success(request, "保存しました。" if changed else "変更はありませんでした。")
                return redirect("strategy:kpi_parts_edit", code)
    context = _context(request, kpi, problem, status) | {
        "forms": forms,
        "parts": parts,
        "breaks": breaks,
        "wholes": kpi.wholes.select_related("whole"),
        "suggestions": [suggestion(other) for other in others.values() if other.pk != kpi.pk],
        "suggestions_id": SUGGESTIONS,
        "history": revisions_for([kpi, *parts, *breaks]),
    }
    return render(request, "strategy/kpi_parts_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def kpi_responsibilities_edit(request: SignedInRequest, code: str) -> HttpResponse:
    """Show and set which sections answer for a KPI, in which years and at which place."""
    kpi = get_object_or_404(Kpi, code=code)
    held = list(kpi.responsibilities.select_related("section__bureau", "placement__node"))
    sections = list(Section.objects.filter(is_demo=kpi.is_demo).select_related("bureau"))
    known = {section.pk for section in sections}
    sections += [row.section for row in held if row.section_id not in known]
    placements = list(kpi.placements.select_related("node"))
    rows = responsibility_forms(request.POST or None, held=held, sections=sections, placements=placements)
    problem, status = "", 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if rows.is_valid():
            try:
                changed = change_responsibilities(
                    kpi=kpi,
                    entries=responsibility_entries(rows, sections=sections, placements=placements),
                    seen_version=_seen_version(request),
                    confirmed="confirm" in request.POST,
                    authorship=replace(authorship_of(request), why=request.POST.get("why", "").strip()),
                )
            except (CompositionRefused, ChangeReasonMissing) as refused:
                problem = str(refused)
            except VersionConflict:
                problem, status = SOMEBODY_WAS_FIRST, CONFLICT
            else:
                messages.success(request, "保存しました。" if changed else "変更はありませんでした。")
                return redirect("strategy:kpi_responsibilities_edit", code)
    context = _context(request, kpi, problem, status) | {
        "rows": rows,
        "held": held,
        "history": revisions_for([kpi, *held]),
    }
    return render(request, "strategy/kpi_responsibilities_edit.html", context, status=status)


def _seen_version(request: SignedInRequest) -> int:
    return sent_number(request.POST.get("version", "")) or 0


def _context(request: SignedInRequest, kpi: Kpi, problem: str, status: int) -> dict[str, Any]:
    return {
        "kpi": kpi,
        "problem": problem,
        "is_conflict": status == CONFLICT,
        # After a conflict the next save is made knowing what stands there now.
        "version": Kpi.objects.values_list("version", flat=True).get(pk=kpi.pk),
        "why": request.POST.get("why", ""),
        "rounds": rounds_asking([kpi.pk]).get(kpi.pk, ()),
        "may_define": can_define(request.user),
        "is_demo": kpi.is_demo,
    }
