"""Rounds: the list, preparing one from the last, its questions, opening with a preview, its board."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import BaseModelFormSet, modelformset_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluations import permissions
from evaluations.enums import Edition, RoundState
from evaluations.forms.rounds import QuestionForm, RoundForm, round_values
from evaluations.models import Round, RoundQuestion
from evaluations.selectors.board import board_of
from evaluations.selectors.rounds import latest_round, plan_opening
from evaluations.services.rounds import (
    RoundRefused,
    change_round,
    close_round,
    create_round,
    finalise_round,
    open_round,
    reopen_round,
    set_questions,
)
from evaluations.tasks import send_reminders
from evaluations.views.requests import authorship_of, round_or_404, user_of
from tsukuba_kpi import clock
from tsukuba_kpi.requests import sent_number

UNPROCESSABLE = 422
_STEPS = {
    "close": (close_round, "照会を締め切りました。差し戻したシートだけ入力できます。"),
    "reopen": (reopen_round, "照会を再開しました。"),
    "finalise": (finalise_round, "照会を確定しました。"),
}


def require_planning(request: HttpRequest) -> None:
    """Refuse everybody but the planning division."""
    if not permissions.can_manage_rounds(user_of(request)):
        raise PermissionDenied("照会を扱えるのは企画部門だけです。")


@require_safe
def round_list(request: HttpRequest) -> HttpResponse:
    """Show the rounds."""
    user = user_of(request)
    rounds = permissions.visible_rounds(user).prefetch_related("plans")
    context = {"rounds": rounds, "may_manage": permissions.can_manage_rounds(user)}
    return render(request, "evaluations/round_list.html", context)


@require_safe
def round_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a round's sheets are; who reads only their own sees the round's days and words."""
    user = user_of(request)
    collection = round_or_404(request, pk)
    sees_board = permissions.can_see_board(user)
    context = {
        "round": collection,
        "plans": collection.plans.all() if permissions.can_see_plan_figures(user) else (),
        "board": board_of(collection, today=clock.today()) if sees_board else None,
        "may_manage": permissions.can_manage_rounds(user),
        "sees_effects": permissions.can_see_all_opinions(user),
        "is_demo": collection.is_demo,
        "today": clock.today(),
    }
    return render(request, "evaluations/round_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def round_create(request: HttpRequest) -> HttpResponse:
    """Prepare a round from the last one."""
    require_planning(request)
    this_year = clock.current_fiscal_year()
    if request.method != "POST":
        form = RoundForm(this_year=this_year, initial=_like_the_last(this_year))
        return render(request, "evaluations/round_edit.html", {"form": form, "round": None})
    form = RoundForm(request.POST, this_year=this_year)
    if form.is_valid():
        try:
            collection = create_round(draft=form.draft(), authorship=authorship_of(request))
        except RoundRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "照会を準備しました。項目を確かめて、開いてください。")
            _tell_of_dues(request, collection)
            return redirect("evaluations:round_open", collection.pk)
    context = {"form": form, "round": None}
    return render(request, "evaluations/round_edit.html", context, status=UNPROCESSABLE)


def _tell_of_dues(request: HttpRequest, collection: Round) -> None:
    """Say that days of groups came along from the last round, and how many did not."""
    before = collection.previous.dues.count() if collection.previous else 0
    copied = collection.dues.count()
    if before:
        left = f"（ほかの{before - copied}件は、課室や部局がないか、開始より前になるため写していません）"
        messages.info(
            request,
            f"前回の照会から、まとまりごとの提出期限{copied}件をこの照会の日程に移して写しました"
            f"{left if copied < before else ''}。下で確かめてください。",
        )


def _like_the_last(this_year: int) -> dict[str, Any]:
    last = latest_round(before_year=this_year, edition=Edition.FINAL, is_demo=False)
    if last is None:
        return {"fiscal_year": this_year - 1}
    return {
        "fiscal_year": last.fiscal_year + 1,
        "edition": last.edition,
        "plans": last.plans.all(),
        "asks_programs": last.asks_programs,
        "asks_costs": last.asks_costs,
        "rating_scheme": last.rating_scheme_id,
        "remind_days": "、".join(str(day) for day in last.remind_days),
        "instructions": last.instructions,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def round_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a round's days and words; before it opens also what it is about."""
    collection = round_or_404(request, pk)
    require_planning(request)
    this_year = clock.current_fiscal_year()
    if request.method != "POST":
        form = RoundForm(this_year=this_year, initial=round_values(collection))
        return render(request, "evaluations/round_edit.html", {"form": form, "round": collection})
    form = RoundForm(request.POST, this_year=this_year)
    if form.is_valid():
        draft = form.draft(is_demo=collection.is_demo)
        try:
            change_round(collection=collection, draft=draft, authorship=authorship_of(request))
        except RoundRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "照会を変更しました。")
            return redirect(collection)
    context = {"form": form, "round": collection}
    return render(request, "evaluations/round_edit.html", context, status=UNPROCESSABLE)


QuestionFormSet: Any = modelformset_factory(
    RoundQuestion, form=QuestionForm, extra=2, can_delete=True, max_num=60
)


@require_http_methods(["GET", "HEAD", "POST"])
def round_questions(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change what a round's forms ask."""
    collection = round_or_404(request, pk)
    require_planning(request)
    if collection.state != RoundState.PREPARING:
        return _read_only_questions(request, collection)
    questions = QuestionFormSet(request.POST or None, queryset=collection.questions.all())
    if request.method == "POST" and questions.is_valid():
        try:
            set_questions(
                collection=collection,
                questions=_wanted(questions),
                authorship=authorship_of(request),
            )
        except RoundRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "照会の項目を保存しました。")
            return redirect("evaluations:round_questions", pk)
    context = {"round": collection, "questions": questions, "may_change": True}
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "evaluations/round_questions.html", context, status=status)


def _read_only_questions(request: HttpRequest, collection: Round) -> HttpResponse:
    if request.method == "POST":
        messages.error(request, "照会を開いた後は、項目を変えられません。")
    context = {"round": collection, "rows": collection.questions.all(), "may_change": False}
    return render(request, "evaluations/round_questions.html", context)


def _wanted(questions: "BaseModelFormSet[RoundQuestion, Any]") -> list[RoundQuestion]:
    """Return the questions as they shall stand: unchanged, changed and new ones, without those removed."""
    return [
        form.instance
        for form in questions.forms
        if not form.cleaned_data.get("DELETE") and (form.instance.pk or form.has_changed())
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def round_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what opening would ask of whom; a POST opens with what is chosen there."""
    collection = round_or_404(request, pk)
    require_planning(request)
    if request.method == "POST":
        try:
            report = open_round(
                collection=collection,
                kpi_ids=_numbers(request, "kpi"),
                program_sheet_ids=_numbers(request, "program"),
                authorship=authorship_of(request),
            )
        except RoundRefused as refused:
            messages.error(request, str(refused))
            return redirect("evaluations:round_open", pk)
        # People are told behind the page: a hundred mails take longer than a press should.
        transaction.on_commit(lambda: send_reminders.enqueue())
        messages.success(
            request,
            f"照会を開きました。KPIシート{report.kpi_sheets}件、"
            f"事務事業{report.program_evaluations}件を作りました。",
        )
        return redirect(collection)
    context = {
        "round": collection,
        "opening": plan_opening(collection, today=clock.today()),
        "questions": collection.questions.all(),
        "dues": collection.dues.select_related("bureau", "section"),
    }
    return render(request, "evaluations/round_open.html", context)


def _numbers(request: HttpRequest, name: str) -> set[int]:
    return {number for value in request.POST.getlist(name) if (number := sent_number(value)) is not None}


@require_POST
def round_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Close, reopen or end a round."""
    collection = round_or_404(request, pk)
    require_planning(request)
    step = _STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Http404("この操作はありません。")
    write, told = step
    try:
        done = write(collection=collection, authorship=authorship_of(request))
    except RoundRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, told if done else "すでに済んでいます。")
    return redirect(collection)
