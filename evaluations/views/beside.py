"""What lies beside a sheet: its files, and who else has it open."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from evaluations import permissions
from evaluations.models import SheetAttachment
from evaluations.permissions import AnySheet
from evaluations.selectors.sheets import as_owner
from evaluations.services.attachments import AttachmentRefused, attach_file, remove_attachment
from evaluations.services.presence import end_presence, show_presence
from evaluations.services.workflow import ActRefused
from evaluations.views.requests import authorship_of, sheet_or_404, user_of
from tsukuba_kpi import clock


@require_POST
def sheet_attach(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Keep a file with a sheet."""
    sheet = sheet_or_404(request, kind, pk)
    if not permissions.could_attach(user_of(request), sheet):
        raise PermissionDenied
    files = request.FILES.getlist("file")
    if not files:
        messages.error(request, "添付するファイルを選んでください。")
    for file in files:
        try:
            added = attach_file(
                sheet=sheet,
                file=file,
                note=request.POST.get("note", ""),
                authorship=authorship_of(request),
            )
        except (ActRefused, AttachmentRefused) as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"「{added.name}」を添付しました。")
    return redirect(f"{sheet.get_absolute_url()}#attachments")


def _attachment_or_404(request: HttpRequest, sheet: AnySheet, pk: int) -> SheetAttachment:
    attachment = SheetAttachment.objects.filter(**as_owner(sheet), pk=pk).first()
    if attachment is None or not permissions.sees_work(user_of(request), sheet):
        raise Http404("添付ファイルがありません。")
    return attachment


@require_safe
def sheet_attachment(request: HttpRequest, kind: str, pk: int, attachment_pk: int) -> HttpResponseBase:
    """Hand a file out, to be saved: a browser opens nothing of it on this site."""
    attachment = _attachment_or_404(request, sheet_or_404(request, kind, pk), attachment_pk)
    if attachment.removed_at is not None:
        raise Http404("このファイルは外されました。")
    try:
        stored = attachment.stored_file.open("rb")
    except FileNotFoundError as error:
        raise Http404("ファイルの中身が見つかりません。管理者に知らせてください。") from error
    response = FileResponse(
        stored, as_attachment=True, filename=attachment.name, content_type="application/octet-stream"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def attachment_remove(request: HttpRequest, kind: str, pk: int, attachment_pk: int) -> HttpResponse:
    """Take a file off a sheet."""
    sheet = sheet_or_404(request, kind, pk)
    attachment = _attachment_or_404(request, sheet, attachment_pk)
    try:
        done = remove_attachment(attachment=attachment, sheet=sheet, authorship=authorship_of(request))
    except ActRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    messages.success(request, f"「{attachment.name}」を外しました。" if done else "すでに外されています。")
    return redirect(f"{sheet.get_absolute_url()}#attachments")


@require_POST
def sheet_presence(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take note of who has the sheet open (static/js/presence.js says so), and tell who else has."""
    sheet = sheet_or_404(request, kind, pk)
    user = user_of(request)
    if not permissions.sees_work(user, sheet):
        raise PermissionDenied
    if "gone" in request.POST:
        end_presence(sheet=sheet, user=user)
        return HttpResponse(status=204)
    others = show_presence(sheet=sheet, user=user, at=clock.now())
    return JsonResponse({"others": [str(other) for other in others]})
