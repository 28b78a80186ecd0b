"""The two sheets' pages: what is asked, what is known, and saving what was typed without losing any of it."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from evaluations import permissions
from evaluations.enums import Act, Edition, ValueStatus
from evaluations.forms.sheets import (
    ActForm,
    AssessmentForm,
    KpiEntryForm,
    ReasonForm,
    SheetForm,
    versions_of,
)
from evaluations.models import Actual, KpiSheet, SheetDraft
from evaluations.permissions import AnySheet
from evaluations.selectors import judged
from evaluations.selectors.pages import KpiSheetPage, SheetPage, kpi_sheet_page
from evaluations.selectors.questioned import questions_if, texts_of
from evaluations.selectors.reading import understand, what_to_enter
from evaluations.selectors.sheets import drafts_of
from evaluations.selectors.tasks import key_of, title_of
from evaluations.services import workflow
from evaluations.services.sheets import EntryRefused
from evaluations.services.unchanged import declare_unchanged, take_back_unchanged
from evaluations.services.workflow import ActRefused, Seen, SheetIncomplete, WrongState
from evaluations.views.conflicts import as_typed, conflict_page, merge
from evaluations.views.kinds import KPI, PROGRAM, Kind
from evaluations.views.requests import (
    authorship_of,
    kpi_sheet_or_404,
    user_of,
)
from history.services import VersionConflict
from tsukuba_kpi import clock

UNPROCESSABLE = 422
CONFLICT = 409


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_sheet_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a KPI's sheet; a POST saves what was typed, and may hand it in."""
    return _detail(request, KPI, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def program_evaluation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a program's yearly sheet; a POST saves what was typed, and may hand it in."""
    return _detail(request, PROGRAM, pk)


def _detail(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    page = kind.load(request, pk)
    if request.method == "POST":
        return _receive(request, kind, page)
    return show(request, kind, page)


# --- showing ------------------------------------------------------------------------------------------------


def show(
    request: HttpRequest,
    kind: Kind,
    page: SheetPage,
    *,
    form: SheetForm | None = None,
    assessment: AssessmentForm | None = None,
    correcting: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a sheet's page, with the form where the person may write."""
    sheet, today = page.sheet, clock.today()
    versions = versions_of(sheet, page)
    kept = drafts_of(sheet, user_of(request)) if page.may_edit and form is None else {}
    if form is None and page.may_edit:
        form = fresh_form(kind, page, versions, kept)
    context = {
        "page": page,
        "sheet": sheet,
        "title": title_of(sheet),
        "key": key_of(sheet),
        "kind": key_of(sheet).split("-")[0],
        "form": form,
        "versions": versions,
        "act_form": ActForm(initial=versions),
        "assessment": assessment or _assessment_form(page, versions),
        "drafts": kept,
        "Act": Act,
        "acts": {act.name: act for act in page.acts},
        "is_demo": sheet.round.is_demo,
        "today": today,
        "days_late": sheet.days_late(today),
        "correcting": correcting,
        "came_back": "再開したシートです" if sheet.reopened_until else "差し戻されたシートです",
        "what_to_enter": what_to_enter(sheet.kpi) if isinstance(sheet, KpiSheet) else "",
        "figure_label": _figure_label(sheet),
    }
    return render(request, kind.template, context, status=status)


def fresh_form(
    kind: Kind,
    page: SheetPage,
    versions: Mapping[str, int],
    kept: Mapping[str, SheetDraft],
) -> SheetForm:
    """Return the form as stored, with what the person had typed and not saved put back on top.

    A draft keeps the version it was begun on, so that saving it meets whatever came in between.
    """
    values = kind.values(page)
    begun = min((draft.sheet_version for draft in kept.values()), default=versions["sheet_version"])
    texts = {name: draft.text for name, draft in kept.items() if name in values}
    initial = {
        **values,
        **texts,
        **versions,
        "sheet_version": begun,
        "base": json.dumps(values, ensure_ascii=False) if begun == versions["sheet_version"] else "",
        "taken_over": ",".join(page.sheet.carried_over),
    }
    return kind.form(initial=initial, page=page)


def _figure_label(sheet: AnySheet) -> str:
    unit = sheet.kpi.unit if isinstance(sheet, KpiSheet) else ""
    return f"実績値（{unit}）" if unit else "実績値"


def _assessment_form(page: SheetPage, versions: Mapping[str, int]) -> AssessmentForm:
    names = ("second_grade", "planning_comment", "decision", "decision_note")
    return AssessmentForm(
        initial={**versions, **{name: getattr(page.sheet, name) for name in names}}, page=page
    )


# --- receiving ----------------------------------------------------------------------------------------------


def _receive(request: HttpRequest, kind: Kind, page: SheetPage) -> HttpResponse:
    if not permissions.could_act(user_of(request), page.sheet, Act.EDIT):
        raise PermissionDenied("このシートに入力できるのは担当課室の職員だけです。")
    data = request.POST.copy()
    if data.get("merge"):
        unchosen = merge(data)
        if unchosen:
            messages.error(request, "どちらを残すか、すべての項目で選んでください。")
            return conflict_page(request, kind, page, kind.form(as_typed(data), page=page))
    if "take" in data or "take_all" in data:
        return _take_over(request, kind, page, data)
    form = kind.form(data, page=page)
    if not form.is_valid():
        if not page.may_edit:
            return conflict_page(request, kind, page, form)
        return show(request, kind, page, form=form, status=UNPROCESSABLE)
    try:
        saved = kind.save(request, page.sheet, form)
    except EntryRefused as refused:
        form.add_problems(refused.errors)
        return show(request, kind, page, form=form, status=UNPROCESSABLE)
    except (VersionConflict, WrongState):
        return conflict_page(request, kind, kind.load(request, page.sheet.pk), form)
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    return _go_on(request, kind, form, saved=saved)


def _go_on(request: HttpRequest, kind: Kind, form: SheetForm, *, saved: bool) -> HttpResponse:
    """Answer a save: back to the sheet, on to the next one, or hand it in."""
    sheet = form.page.sheet
    do = request.POST.get("do", "save")
    if do == "submit":
        return _submit(request, kind, form, kind.load(request, sheet.pk))
    if do in {"unchanged", "changed"}:
        return _unchanged(request, kind.load(request, sheet.pk), do)
    if isinstance(form, KpiEntryForm):
        # The sheet itself asks about its figure; whoever goes on to the next one is asked here.
        asked = _asked(kind.load(request, sheet.pk)) if do == "next" else []
        for caution in (*form.understood.cautions, *asked):
            messages.warning(request, caution)
    messages.success(request, "保存しました。" if saved else "変更はありませんでした。")
    if do == "next":
        return redirect(f"{reverse('evaluations:task_next')}?after={key_of(sheet)}")
    return redirect(sheet)


def _unchanged(request: HttpRequest, page: SheetPage, do: str) -> HttpResponse:
    """Say that nothing changed this year, or take that back; what was typed has been saved before."""
    versions = versions_of(page.sheet, page)
    given: dict[str, Any] = {
        "sheet": page.sheet,
        "seen": Seen(sheet=versions["sheet_version"], figure=versions["figure_version"]),
        "authorship": authorship_of(request),
    }
    try:
        if do == "unchanged":
            filled = declare_unchanged(**given)
            told = f"「今年度は変更なし」とし、{filled}項目に前回の内容を入れました。"
        else:
            emptied = take_back_unchanged(**given)
            told = f"「今年度は変更なし」を取り消し、前回のままの{emptied}項目を空欄に戻しました。"
    except (VersionConflict, WrongState) as refused:
        messages.error(request, str(refused))
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    else:
        messages.success(request, told)
    return redirect(page.sheet)


def _asked(page: SheetPage) -> list[str]:
    """Return what is asked about a figure that was just saved. It stops nobody."""
    return [question.message for question in page.asked] if isinstance(page, KpiSheetPage) else []


def _submit(request: HttpRequest, kind: Kind, form: SheetForm, page: SheetPage) -> HttpResponse:
    versions = versions_of(page.sheet, page)
    seen = Seen(sheet=versions["sheet_version"], figure=versions["figure_version"])
    try:
        submitted = workflow.submit(sheet=page.sheet, seen=seen, authorship=authorship_of(request))
    except SheetIncomplete as incomplete:
        again = kind.form({**form.data.dict(), **versions}, page=page)  # type: ignore[attr-defined]
        again.is_valid()
        again.add_problems(incomplete.errors)
        messages.warning(request, "入力した内容は保存しました。承認へ回すには、下の項目を入力してください。")
        return show(request, kind, page, form=again, status=UNPROCESSABLE)
    except (VersionConflict, WrongState) as refused:
        messages.error(request, str(refused))
        return redirect(page.sheet)
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    told = "承認へ回しました。" if submitted else "すでに承認へ回されています。"
    messages.success(request, f"「{title_of(page.sheet)}」を{told}" if submitted else told)
    return redirect(f"{reverse('evaluations:task_next')}?after={key_of(page.sheet)}")


def _take_over(request: HttpRequest, kind: Kind, page: SheetPage, data: QueryDict) -> HttpResponse:
    """Put last time's answers into the boxes; nothing is saved until the person saves."""
    wanted = {data["take"]} if "take" in data else {row.question.key for row in page.rows}
    taken = {key for key in data.get("taken_over", "").split(",") if key}
    for row in page.rows:
        typed = data.get(row.field, "")
        if row.question.key in wanted and row.earlier and ("take" in data or not typed.strip()):
            data[row.field] = row.earlier
            taken.add(row.question.key)
    data["taken_over"] = ",".join(sorted(taken))
    for name in ("take", "take_all"):
        data.pop(name, None)
    messages.info(request, "前回の文章を入れました。確かめてから保存してください。")
    return show(request, kind, page, form=kind.form(data, page=page))


# --- while typing -------------------------------------------------------------------------------------------


@require_safe
def kpi_sheet_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what a typed figure is understood as, and how it would be judged. Writes nothing."""
    page = kpi_sheet_page(user_of(request), kpi_sheet_or_404(request, pk))
    if not page.may_edit:
        raise PermissionDenied
    chosen = request.GET.get("status", "")
    understood = understand(
        request.GET.get("figure", "")[:200],
        kpi=page.kpi,
        edition=Edition(page.sheet.round.edition),
        today=clock.today(),
        chosen=ValueStatus(chosen) if chosen in set(ValueStatus) else None,
    )
    typed = Actual(
        kpi=page.kpi,
        fiscal_year=page.sheet.round.fiscal_year,
        edition=page.sheet.round.edition,
        value=understood.value,
        status=(understood.status or ValueStatus.UNKNOWN).value,
        expected_on=understood.expected_on,
    )
    context = {
        "understood": understood,
        "words": understood.words(page.kpi),
        "verdict": judged.verdict_if(
            page.sheet, page.figures, page.plan, page.scheme, typed if understood.status else None
        ),
        "scheme": page.scheme,
        "questions": questions_if(
            page.sheet,
            page.figures,
            page.plan,
            typed if understood.status else None,
            text=texts_of(page.sheet),
        ),
    }
    return render(request, "evaluations/_judgement.html", context)
