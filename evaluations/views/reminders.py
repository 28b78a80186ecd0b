"""Dates of groups, and reminders: who is asked for what, by mail, on paper, or pasted elsewhere."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import BaseModelFormSet, modelformset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.enums import Occasion
from evaluations.forms.rounds import DueForm, WordingForm
from evaluations.models import RoundDue
from evaluations.selectors.outstanding import outstanding_of, running_rounds
from evaluations.selectors.reminders import (
    HEADINGS,
    PLACES,
    Wording,
    chasing_rows,
    chasing_text,
    digests_of,
    wordings,
)
from evaluations.services.dues import DuesRefused, set_dues
from evaluations.services.reminders import WordingRefused, send_digests, set_wording
from evaluations.views.requests import authorship_of, round_or_404
from evaluations.views.rounds import UNPROCESSABLE, require_planning
from tsukuba_kpi import clock
from tsukuba_kpi.lib.flat_table import guard

DueFormSet: Any = modelformset_factory(RoundDue, form=DueForm, extra=3, can_delete=True, max_num=100)


@require_http_methods(["GET", "HEAD", "POST"])
def round_dues(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change by when the groups of a round are due."""
    collection = round_or_404(request, pk)
    require_planning(request)
    rows = collection.dues.select_related("bureau", "section")
    forms = DueFormSet(request.POST or None, queryset=rows)
    told = ""
    if request.method == "POST" and forms.is_valid():
        try:
            set_dues(collection=collection, dues=_wanted(forms), authorship=authorship_of(request))
        except DuesRefused as refused:
            told = str(refused)
        else:
            messages.success(request, "期限を保存しました。シートの期限も変わりました。")
            return redirect("evaluations:round_dues", pk)
    context = {"round": collection, "forms": forms, "told": told, "is_demo": collection.is_demo}
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "evaluations/round_dues.html", context, status=status)


def _wanted(forms: "BaseModelFormSet[RoundDue, Any]") -> list[RoundDue]:
    return [
        form.instance
        for form in forms.forms
        if not form.cleaned_data.get("DELETE") and (form.instance.pk or form.has_changed())
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def round_reminders(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who still owes what in a round; a POST sends today's mails to those whom it concerns."""
    collection = round_or_404(request, pk)
    require_planning(request)
    today = clock.today()
    # A person gets one mail a day, so it tells of the other rounds, too.
    rounds = running_rounds()
    all_owed = outstanding_of(rounds, today=today)
    owed = [each for each in all_owed if each.collection == collection]
    digests = [
        digest
        for digest in digests_of(rounds, today=today, site_url=settings.SITE_URL, owed=all_owed)
        if any(line.owed.collection == collection for line in digest.lines)
    ]
    if request.method == "POST":
        if not settings.SENDS_MAIL:
            messages.error(request, "メールサーバーが設定されていないため、送れません。")
        else:
            _tell(request, send_digests(digests=digests, today=today, now=clock.now))
        return redirect("evaluations:round_reminders", pk)
    context = {
        "round": collection,
        "owed": [(each, each.days_late(today)) for each in owed],
        "digests": digests,
        "text": chasing_text(owed, collection, today=today, site_url=settings.SITE_URL),
        "sends_mail": settings.SENDS_MAIL,
        "is_demo": collection.is_demo,
        "today": today,
    }
    return render(request, "evaluations/round_reminders.html", context)


def _tell(request: HttpRequest, report: Any) -> None:
    if report.sent:
        messages.success(request, f"{report.sent}人に送りました。")
    if report.without_address:
        names = "、".join(report.without_address[:10])
        messages.warning(request, f"メールアドレスがないため送っていません：{names}")
    if report.failed:
        names = "、".join(report.failed[:10])
        messages.error(request, f"メールサーバーが受け付けませんでした：{names}")
    if not (report.sent or report.without_address or report.failed):
        messages.info(request, "今日知らせる人はいません（送るのは一人一日一通までです）。")


@require_safe
def round_reminder_table(request: HttpRequest, pk: int) -> HttpResponse:
    """Return who still owes what, a line a person, as a text with tabs for the city's own mailer."""
    collection = round_or_404(request, pk)
    require_planning(request)
    today = clock.today()
    rows = [list(HEADINGS), *chasing_rows(outstanding_of([collection], today=today), today=today)]
    lines = ("\t".join(guard(" ".join(cell.split())) for cell in row) for row in rows)
    response = HttpResponse(
        ("\r\n".join(lines) + "\r\n").encode("utf-8-sig"),
        content_type="text/tab-separated-values; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="reminders-{collection.pk}.tsv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def reminder_text_list(request: HttpRequest) -> HttpResponse:
    """Show and change the words of the reminders."""
    require_planning(request)
    texts = wordings()
    forms = {
        occasion: WordingForm(
            request.POST or None,
            prefix=occasion.value,
            initial={"subject": texts[occasion].subject, "body": texts[occasion].body},
        )
        for occasion in Occasion
    }
    # Counted, not `all`: every form shows its own faults.
    valid = sum(form.is_valid() for form in forms.values()) == len(forms)
    if request.method == "POST" and valid and _set_wordings(request, forms):
        messages.success(request, "文面を保存しました。")
        return redirect("evaluations:reminder_text_list")
    context = {"forms": forms.items(), "places": [f"{{{place}}}" for place in PLACES]}
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "evaluations/reminder_text_list.html", context, status=status)


def _set_wordings(request: HttpRequest, forms: dict[Occasion, WordingForm]) -> bool:
    """Keep every wording that differs; put what is wrong at its field and return whether nothing was."""
    usual = wordings()
    for occasion, form in forms.items():
        body = form.cleaned_data["body"].replace("\r\n", "\n")
        typed = Wording(form.cleaned_data["subject"], body)
        if typed == usual[occasion]:
            continue
        try:
            set_wording(occasion=occasion, wording=typed, authorship=authorship_of(request))
        except WordingRefused as refused:
            for name, message in refused.errors.items():
                form.add_error(name, message)
    return not any(form.errors for form in forms.values())
