"""What an import inferred of a program's year is confirmed directly, without waiting for a round."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.models import ProgramEvaluation
from evaluations.views.requests import authorship_of, user_of
from history.services import VersionConflict
from programs.models import ProgramSheet
from programs.services import confirm_marks
from tsukuba_kpi.requests import sent_number


@dataclass(frozen=True)
class Marked:
    """One inferred field: its name, its label, what stands there."""

    name: str
    label: str
    text: str


@require_http_methods(["GET", "HEAD", "POST"])
def program_marks(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was inferred of a program's year, field by field; a POST confirms what was ticked."""
    user = user_of(request)
    rows = ProgramSheet.objects.select_related("program", "section")
    yearly: ProgramSheet = get_object_or_404(rows, pk=pk)
    evaluations = ProgramEvaluation.objects.filter(program_sheet=yearly)
    if evaluations.exclude(pk__in=permissions.visible_to(user, evaluations).values("pk")).exists():
        raise Http404("担当課が入力中です。")
    if not permissions.can_confirm_marks(user, yearly):
        raise PermissionDenied("確認できるのは担当課室と企画部門だけです。")
    if request.method == "POST":
        return _confirm(request, yearly)
    context = {
        "yearly": yearly,
        "marked": [_marked(yearly, name) for name in yearly.unconfirmed],
        "is_demo": yearly.program.is_demo,
    }
    return render(request, "evaluations/program_marks.html", context)


def _marked(yearly: ProgramSheet, name: str) -> Marked:
    field = next((f for f in yearly._meta.concrete_fields if f.name == name), None)
    value: Any = getattr(yearly, name, "")
    return Marked(name, str(field.verbose_name) if field else name, str(value or ""))


def _confirm(request: HttpRequest, yearly: ProgramSheet) -> HttpResponse:
    fields = set(yearly.unconfirmed) if "all" in request.POST else set(request.POST.getlist("field"))
    if not fields:
        messages.warning(request, "確認した項目に印を付けてください。")
        return redirect("evaluations:program_marks", yearly.pk)
    try:
        done = confirm_marks(
            sheet=yearly,
            fields=fields,
            seen_version=sent_number(request.POST.get("version", "")) or 0,
            authorship=authorship_of(request),
        )
    except VersionConflict:
        messages.error(request, "画面を開いた後に内容が変わりました。いまの内容を確かめてください。")
        return redirect("evaluations:program_marks", yearly.pk)
    messages.success(request, "確認を記録しました。" if done else "すでに確認されています。")
    return redirect(f"{yearly.program.get_absolute_url()}?fiscal_year={yearly.fiscal_year}")
