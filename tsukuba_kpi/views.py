"""Pages of the frame: the way in, health, and what a refused form shows."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.utils import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from evaluations.enums import SheetState, ValueStatus
from tsukuba_kpi.unsent import unsent_form


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead a signed-in user to their work."""
    return redirect("evaluations:task_list")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Show the keys and marks."""
    context = {
        "sheet_states": list(SheetState),
        "value_statuses": list(ValueStatus),
        "example": {"": {"confidence": "0.60", "reason": "改行の位置から、ここまでを事業名と読みました。"}},
    }
    return render(request, "help.html", context)


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database unavailable", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show what was typed again when a form came with an outdated token, so that no text is lost."""
    return render(request, "csrf_failure.html", {"unsent": unsent_form(request)}, status=403)
