"""The acts' buttons: withdraw, approve, return, assess, review, refer, opine, reply, finalise, publish."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from evaluations import permissions
from evaluations.enums import Act
from evaluations.forms.sheets import ActForm, AssessmentForm, ReasonForm, TextForm, VersionForm, versions_of
from evaluations.models import FieldComment
from evaluations.permissions import AnySheet
from evaluations.selectors.pages import SheetPage
from evaluations.selectors.tasks import key_of, title_of
from evaluations.services import comments, drafts, workflow
from evaluations.services.workflow import ActRefused, ReasonMissing, WrongState
from evaluations.views.conflicts import CONFLICT
from evaluations.views.entry import UNPROCESSABLE, show
from evaluations.views.kinds import kind_named
from evaluations.views.requests import authorship_of, sheet_or_404, user_of
from history.services import VersionConflict
from tsukuba_kpi import clock
from tsukuba_kpi.requests import sent_number

_PLAIN: dict[Act, Callable[..., bool]] = {
    Act.APPROVE: workflow.approve,
    Act.REVIEW: workflow.review,
    Act.REFER: workflow.refer,
    Act.FINALISE: workflow.finalise,
    Act.RELOCK: workflow.relock,
}
_TOLD = {
    Act.APPROVE: "承認しました。",
    Act.WITHDRAW: "取り下げました。",
    Act.REVIEW: "点検済にしました。",
    Act.REFER: "外部評価へ回しました。",
    Act.FINALISE: "確定しました。以後は訂正としてだけ変えられます。",
    Act.RETURN: "差し戻しました。",
    Act.RELOCK: "再び確定しました。",
}
SOMEBODY_WAS_FIRST = (
    "画面を開いた後に、ほかの人がこのシートを変えました。いまの内容を確かめて、もう一度操作してください。"
)


@require_POST
def sheet_act(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Do one of the acts that need no more than a press, or a reason."""
    sheet = sheet_or_404(request, kind, pk)
    form = ActForm(request.POST)
    if not form.is_valid():
        raise Http404("この操作はありません。")
    act = Act(form.cleaned_data["act"])
    common: dict[str, Any] = {"sheet": sheet, "seen": form.seen, "authorship": authorship_of(request)}
    try:
        if act is Act.WITHDRAW:
            done = workflow.withdraw(reason=form.cleaned_data["reason"], **common)
        elif act in _PLAIN:
            done = _PLAIN[act](**common)
        else:
            raise Http404("この操作はありません。")
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    except VersionConflict:
        messages.error(request, SOMEBODY_WAS_FIRST)
        return redirect(sheet)
    except (WrongState, ReasonMissing) as refused:
        messages.error(request, str(refused))
        return redirect(sheet)
    messages.success(request, f"「{title_of(sheet)}」を{_TOLD[act]}" if done else "すでに済んでいます。")
    return _on(request, sheet)


def _on(request: HttpRequest, sheet: AnySheet) -> HttpResponse:
    """Go on to the next task where the person asked for it, else back to the sheet."""
    if request.POST.get("then") == "next":
        return redirect(f"{reverse('evaluations:task_next')}?after={key_of(sheet)}")
    return redirect(sheet)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_return(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Send a sheet back with a reason, and a remark on each field that has to be done again."""
    page = kind_named(kind).load(request, pk)
    if not permissions.could_act(user_of(request), page.sheet, Act.RETURN):
        raise PermissionDenied
    if Act.RETURN not in page.acts:
        messages.error(request, str(WrongState(page.sheet, Act.RETURN)))
        return redirect(page.sheet)
    form = ReasonForm(request.POST or None)
    versions = VersionForm(request.POST or None, initial=versions_of(page.sheet, page))
    if request.method == "POST" and form.is_valid() and versions.is_valid():
        remarks = {field: remark for field, _, _, remark in _remarkable(page, request)}
        try:
            workflow.return_sheet(
                sheet=page.sheet,
                reason=form.cleaned_data["reason"],
                field_comments=remarks,
                seen=versions.seen,
                authorship=authorship_of(request),
            )
        except ActRefused as refused:
            raise PermissionDenied(str(refused)) from refused
        except (VersionConflict, WrongState):
            form.add_error(None, SOMEBODY_WAS_FIRST)
            versions = VersionForm(initial=versions_of(page.sheet, page))
        else:
            messages.success(request, f"「{title_of(page.sheet)}」を{_TOLD[Act.RETURN]}")
            return _on(request, page.sheet)
    context = {
        "page": page,
        "sheet": page.sheet,
        "kind": kind,
        "title": title_of(page.sheet),
        "form": form,
        "versions": versions,
        "fields": _remarkable(page, request),
        "is_demo": page.sheet.round.is_demo,
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "evaluations/sheet_return.html", context, status=status)


def _remarkable(page: SheetPage, request: HttpRequest) -> list[tuple[str, str, str, str]]:
    """Return (field, label, what stands there, the remark as typed) for every field of a sheet."""
    return [
        (field, label, text, request.POST.get(f"remark.{field}", ""))
        for field, label, text in page.entered_fields
    ]


# --- planning, committee and section in writing -------------------------------------------------------------


@require_POST
def sheet_assess(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Save planning's own evaluation."""
    page = kind_named(kind).load(request, pk)
    form = AssessmentForm(request.POST, page=page)
    if not permissions.could_act(user_of(request), page.sheet, Act.ASSESS):
        raise PermissionDenied
    if not form.is_valid():
        return show(request, kind_named(kind), page, assessment=form, status=UNPROCESSABLE)
    try:
        saved = workflow.assess(
            sheet=page.sheet,
            assessment=form.assessment,
            seen=form.seen,
            authorship=authorship_of(request),
        )
    except (VersionConflict, WrongState) as refused:
        told = str(refused) if isinstance(refused, WrongState) else SOMEBODY_WAS_FIRST
        again = AssessmentForm({**request.POST.dict(), **versions_of(page.sheet, page)}, page=page)
        again.is_valid()
        again.add_error(None, told)
        return show(request, kind_named(kind), page, assessment=again, status=CONFLICT)
    messages.success(request, "所見を保存しました。" if saved else "変更はありませんでした。")
    return _on(request, page.sheet)


@require_POST
def sheet_opine(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Record the committee's opinion."""
    return _write(
        request,
        kind,
        pk,
        Act.OPINE,
        lambda **given: workflow.opine(opinion=given.pop("text"), **given),
    )


@require_POST
def sheet_reply(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Record the section's answer to the committee's opinion."""
    return _write(request, kind, pk, Act.REPLY, workflow.reply)


def _write(request: HttpRequest, kind: str, pk: int, act: Act, write: Callable[..., bool]) -> HttpResponse:
    sheet = sheet_or_404(request, kind, pk)
    if not permissions.could_act(user_of(request), sheet, act):
        raise PermissionDenied
    form = TextForm(request.POST)
    if not form.is_valid():
        messages.error(request, "文章が長すぎるか、送信の形が正しくありません。")
        return redirect(sheet)
    try:
        saved = write(
            sheet=sheet,
            text=form.cleaned_data["text"],
            seen=form.seen,
            authorship=authorship_of(request),
        )
    except (VersionConflict, WrongState) as refused:
        told = str(refused) if isinstance(refused, WrongState) else SOMEBODY_WAS_FIRST
        page = kind_named(kind).load(request, pk)
        context = {"sheet": sheet, "title": title_of(sheet), "told": told, "typed": form.cleaned_data["text"]}
        return render(
            request, "evaluations/sheet_text_conflict.html", {**context, "page": page}, status=CONFLICT
        )
    messages.success(request, "保存しました。" if saved else "変更はありませんでした。")
    return redirect(sheet)


# --- remarks and drafts -------------------------------------------------------------------------------------


@require_POST
def sheet_comment(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Write a remark on a field, or answer one."""
    sheet = sheet_or_404(request, kind, pk)
    parent = None
    answered = sent_number(request.POST.get("parent", ""))
    if answered is not None:
        own = {f"{'kpi_sheet' if kind == 'kpi' else 'program_evaluation'}_id": sheet.pk}
        parent = FieldComment.objects.filter(**own, pk=answered).first()
        if parent is None:
            raise Http404("コメントがありません。")
    try:
        comments.add_comment(
            sheet=sheet,
            field=request.POST.get("field", ""),
            text=request.POST.get("text", ""),
            parent=parent,
            authorship=authorship_of(request),
        )
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    except comments.CommentRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "コメントを書きました。")
    return redirect(sheet)


@require_POST
def comment_resolve(request: HttpRequest, kind: str, pk: int, comment_pk: int) -> HttpResponse:
    """Close a remark: its author has seen that it is done."""
    sheet = sheet_or_404(request, kind, pk)
    own = {f"{'kpi_sheet' if kind == 'kpi' else 'program_evaluation'}_id": sheet.pk}
    comment = FieldComment.objects.filter(**own, pk=comment_pk).first()
    if comment is None or not permissions.sees_work(user_of(request), sheet):
        raise Http404("コメントがありません。")
    try:
        comments.resolve_comment(comment=comment, authorship=authorship_of(request))
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    return redirect(sheet)


@require_POST
def sheet_draft(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Keep what is being typed (called by static/js/drafts.js every few seconds): 204.

    What was on its way in a save (`submitted`) is no news when the person's save has arrived: 200.
    """
    sheet = sheet_or_404(request, kind, pk)
    user = user_of(request)
    if not permissions.could_act(user, sheet, Act.EDIT):
        raise PermissionDenied
    version = sent_number(request.POST.get("sheet_version", ""))
    typed = {
        name.removeprefix("draft."): text
        for name, text in request.POST.items()
        if name.startswith("draft.") and isinstance(text, str)
    }
    if version is None or version > sheet.version:
        raise Http404("このシートの版ではありません。")
    if "submitted" in request.POST and version < sheet.version and sheet.edited_by_id == user.pk:
        return HttpResponse("saved", content_type="text/plain")  # the save had arrived: nothing is left of it
    try:
        drafts.keep(sheet=sheet, user=user, typed=typed, version=version, at=clock.now())
    except drafts.DraftTooLarge:
        return HttpResponse("入力が長すぎて下書きを保管できません。", status=413, content_type="text/plain")
    return HttpResponse(status=204)


@require_POST
def sheet_draft_discard(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Throw away what was typed and not saved."""
    sheet = sheet_or_404(request, kind, pk)
    drafts.forget(sheet=sheet, user=user_of(request))
    messages.info(request, "下書きを捨てて、保存済みの内容に戻しました。")
    return redirect(sheet)
