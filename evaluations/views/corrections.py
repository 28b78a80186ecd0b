"""Correcting a locked sheet, or opening it again for a time: planning, with a reason."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.enums import Act
from evaluations.forms.sheets import ReasonForm, ReopenForm, VersionForm, versions_of
from evaluations.selectors.pages import SheetPage
from evaluations.selectors.tasks import title_of
from evaluations.services import workflow
from evaluations.services.sheets import EntryRefused
from evaluations.services.workflow import ActRefused, ReasonMissing, WrongState
from evaluations.views.conflicts import as_typed, conflict_page, merge
from evaluations.views.entry import UNPROCESSABLE, fresh_form, show
from evaluations.views.kinds import Kind, kind_named
from evaluations.views.requests import authorship_of, user_of
from history.services import VersionConflict
from tsukuba_kpi import clock


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_correct(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Show a locked sheet's fields to be corrected; a POST corrects them."""
    of = kind_named(kind)
    page = of.load(request, pk)
    if not permissions.could_act(user_of(request), page.sheet, Act.CORRECT):
        raise PermissionDenied
    if Act.CORRECT not in page.acts:
        messages.error(request, str(WrongState(page.sheet, Act.CORRECT)))
        return redirect(page.sheet)
    versions = versions_of(page.sheet, page)
    if request.method != "POST":
        return show(request, of, page, form=fresh_form(of, page, versions, {}), correcting=ReasonForm())
    return _correct(request, of, page)


def _correct(request: HttpRequest, of: Kind, page: SheetPage) -> HttpResponse:
    data = request.POST.copy()
    if data.get("merge") and merge(data):
        messages.error(request, "どちらを残すか、すべての項目で選んでください。")
        return conflict_page(request, of, page, of.form(as_typed(data), page=page), correction=request.path)
    form = of.form(data, page=page)
    reason = ReasonForm(data)
    if not (form.is_valid() & reason.is_valid()):
        return show(request, of, page, form=form, correcting=reason, status=UNPROCESSABLE)
    try:
        changed = of.correct(request, page.sheet, form, reason.cleaned_data["reason"])
    except EntryRefused as refused:
        form.add_problems(refused.errors)
    except VersionConflict:
        return conflict_page(request, of, of.load(request, page.sheet.pk), form, correction=request.path)
    except (ReasonMissing, WrongState) as refused:
        reason.add_error(None, str(refused))
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    else:
        messages.success(request, "訂正しました。" if changed else "変更はありませんでした。")
        return redirect(page.sheet)
    return show(request, of, page, form=form, correcting=reason, status=UNPROCESSABLE)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_reopen(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Open one final sheet again until a day, with a reason."""
    page = kind_named(kind).load(request, pk)
    sheet = page.sheet
    if not permissions.could_act(user_of(request), sheet, Act.REOPEN):
        raise PermissionDenied
    if Act.REOPEN not in page.acts:
        messages.error(request, str(WrongState(sheet, Act.REOPEN)))
        return redirect(sheet)
    form = ReopenForm(request.POST or None, today=clock.today())
    versions = VersionForm(request.POST or None, initial=versions_of(sheet, page))
    if request.method == "POST" and form.is_valid() and versions.is_valid():
        try:
            workflow.reopen(
                sheet=sheet,
                reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"],
                seen=versions.seen,
                authorship=authorship_of(request),
            )
        except (VersionConflict, WrongState, workflow.ReopeningOver) as refused:
            form.add_error(None, str(refused))
            versions = VersionForm(initial=versions_of(sheet, page))
        else:
            messages.success(request, f"「{title_of(sheet)}」を再開しました。課室の仕事に出ます。")
            return redirect(sheet)
    context = {
        "page": page,
        "sheet": sheet,
        "kind": kind,
        "title": title_of(sheet),
        "form": form,
        "versions": versions,
        "is_demo": sheet.round.is_demo,
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "evaluations/sheet_reopen.html", context, status=status)
