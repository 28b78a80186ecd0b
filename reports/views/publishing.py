"""Planning sees what citizens would see, decides what they read of it, and publishes it."""

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluations import permissions
from evaluations.enums import RoundState
from evaluations.models import Round
from evaluations.services.workflow import ActRefused
from history.services import Authorship
from reports.calculations.publication_changes import changes_between
from reports.calculations.publication_warnings import (
    PublicationWarning,
    WarningKind,
    doubts_in_words,
    warnings_of,
)
from reports.calculations.published import fingerprint, from_json
from reports.forms import PublicationChoiceForm
from reports.models import Publication
from reports.selectors.publication_records import (
    PublicationRecord,
    kpi_record,
    node_record,
    program_record,
    staff_names,
)
from reports.selectors.publications import choices_of, content_of
from reports.services import (
    AmendmentUnexplained,
    ContentChanged,
    NothingToPublish,
    NothingToWithdraw,
    WithdrawalUnexplained,
    choose_publication,
    publish_round,
    withdraw_publication,
)
from reports.tasks import keep_report
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest, sent_number

MOST_SHOWN = 50


@dataclass(frozen=True)
class WarningGroup:
    """The warnings of one kind."""

    kind: WarningKind
    number: int
    shown: tuple[PublicationWarning, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def publication_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Preview a round's publication, warnings first, and publish it."""
    collection = _round_of_planning(request, pk)
    problem, amendment = "", request.POST.get("amendment", "")
    doubts = doubts_in_words(amendment, names=staff_names()) if amendment else []
    if doubts and "checked" not in request.POST:
        problem = "訂正の説明に、公表してよいか確かめることばがあります。"
    elif request.method == "POST":
        authorship = Authorship(by=request.user, at=clock.now())
        try:
            made = publish_round(
                collection=collection,
                amendment=amendment,
                seen=request.POST.get("seen", ""),
                authorship=authorship,
            )
        except (NothingToPublish, AmendmentUnexplained, ContentChanged, ActRefused) as refused:
            problem = str(refused)
        else:
            transaction.on_commit(lambda: keep_report.enqueue(made.pk))
            messages.success(request, f"「{collection.name}」を公表しました（第{made.edition_number}版）。")
            return redirect("reports:public_home")
    content = content_of(collection)
    newest = Publication.objects.filter(round=collection).order_by("-edition_number").first()
    changes = changes_between(from_json(newest.content), content) if newest else []
    context = {
        "round": collection,
        "is_demo": collection.is_demo,
        "content": content,
        "warnings": _groups(warnings_of(content, names=staff_names())),
        "kept": choices_of(collection),
        "earlier": Publication.objects.filter(round=collection).defer("content"),
        "in_force": newest is not None and newest.withdrawn_at is None,
        "goes_on": collection.state not in {RoundState.FINALISED, RoundState.PUBLISHED},
        "changes": changes[:MOST_SHOWN],
        "more_changes": max(len(changes) - MOST_SHOWN, 0),
        "amendment": amendment,
        "doubts": doubts,
        "seen": fingerprint(content),
        "problem": problem,
    }
    return render(request, "reports/publication_create.html", context, status=409 if problem else 200)


@require_POST
def publication_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a round's publication back."""
    collection = _round_of_planning(request, pk)
    authorship = Authorship(by=request.user, at=clock.now())
    try:
        withdraw_publication(
            collection=collection, reason=request.POST.get("reason", ""), authorship=authorship
        )
    except (NothingToWithdraw, WithdrawalUnexplained) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            f"「{collection.name}」の公表を取り下げました。静的なフォルダを置いているときは、書き出し直してください。",
        )
    return redirect("reports:publication_create", collection.pk)


@require_safe
def publication_preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the texts, pictures and figures as citizens would read them, one goal at a time."""
    collection = _round_of_planning(request, pk)
    content = content_of(collection)
    goals = [(plan, node) for plan in content.plans for node in plan.nodes]
    asked = sent_number(request.GET.get("goal", "")) or 0
    number = asked if asked < len(goals) else 0
    plan, node = goals[number] if goals else (None, None)
    codes = node.all_kpis() if node else ()
    context = {
        "round": collection,
        "is_demo": collection.is_demo,
        "content": content,
        "goals": goals,
        "number": number,
        "plan": plan,
        "node": node,
        "said_of": [each for each in node.walk() if each.description or each.answers] if node else [],
        "kpis": [kpi for code in codes if plan and (kpi := plan.kpi(code))],
    }
    return render(request, "reports/publication_preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publication_kpi(request: SignedInRequest, pk: int, code: str) -> HttpResponse:
    """Decide what the public reads of a KPI."""
    collection = _round_of_planning(request, pk)
    return _choices(request, collection, kpi_record(collection, code))


@require_http_methods(["GET", "HEAD", "POST"])
def publication_program(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """Decide what the public reads of a program."""
    collection = _round_of_planning(request, pk)
    return _choices(request, collection, program_record(collection, key))


@require_http_methods(["GET", "HEAD", "POST"])
def publication_node(request: SignedInRequest, pk: int, code: str, key: str) -> HttpResponse:
    """Decide what the public reads of what was said of a goal, measure or grant program."""
    collection = _round_of_planning(request, pk)
    return _choices(request, collection, node_record(collection, code, key))


def _choices(request: SignedInRequest, collection: Round, record: PublicationRecord | None) -> HttpResponse:
    if record is None:
        raise Http404
    given = [request.POST] if request.method == "POST" else []
    form = PublicationChoiceForm(*given, texts=record.texts, whole=record.whole)
    if request.method == "POST" and form.is_valid():
        changed = choose_publication(
            collection=collection,
            kpi=record.kpi,
            program=record.program,
            node=record.node,
            chosen=form.chosen(),
            authorship=Authorship(by=request.user, at=clock.now()),
        )
        told = f"公表のしかたを{changed}項目変えました。" if changed else "変わった項目はありません。"
        messages.success(request, told)
        return redirect("reports:publication_create", collection.pk)
    context = {"round": collection, "record": record, "form": form, "is_demo": record.is_demo}
    status = 422 if form.errors else 200
    return render(request, "reports/publication_choices.html", context, status=status)


def _round_of_planning(request: SignedInRequest, pk: int) -> Round:
    collection = get_object_or_404(permissions.visible_rounds(request.user), pk=pk)
    if not permissions.can_manage_rounds(request.user):
        raise PermissionDenied
    return collection


def _groups(warnings: list[PublicationWarning]) -> list[WarningGroup]:
    numbers = Counter(warning.kind for warning in warnings)
    return [
        WarningGroup(
            kind,
            numbers[kind],
            tuple([warning for warning in warnings if warning.kind is kind][:MOST_SHOWN]),
        )
        for kind in WarningKind
        if numbers[kind]
    ]
