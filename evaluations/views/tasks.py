"""わたしの仕事, and the way from one task to the next."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from evaluations.selectors.tasks import next_task, task_page
from evaluations.views.requests import user_of
from tsukuba_kpi import clock


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person, until when, and what came back and why."""
    page = task_page(user_of(request), today=clock.today())
    return render(request, "evaluations/task_list.html", {"page": page, "today": clock.today()})


@require_safe
def task_next(request: HttpRequest) -> HttpResponse:
    """Go on to the task after a sheet, or back to the list when nothing waits any more."""
    task = next_task(user_of(request), after=request.GET.get("after", ""), today=clock.today())
    if task is None:
        messages.info(request, "ほかに待っている仕事はありません。")
        return redirect("evaluations:task_list")
    return redirect(task.sheet)
