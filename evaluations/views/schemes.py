"""Rating schemes: what there is, which plan uses which, and what another one would change."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from evaluations.enums import Reason
from evaluations.selectors.scheme_preview import SchemePreview, latest_year, preview_scheme
from history.selectors import revisions_for
from strategy.calculations.rating import Band, Scheme, scheme_problems
from strategy.forms.schemes import SchemeForms, limit_words
from strategy.models import Plan, RatingScheme
from strategy.permissions import can_define
from strategy.selectors.schemes import scheme_of
from strategy.services.schemes import (
    SchemeRefused,
    choose_scheme,
    confirm_scheme,
    install_ready_schemes,
    store_new_version,
)
from strategy.views.access import authorship_of, for_definers
from tsukuba_kpi.requests import SignedInRequest

UNPROCESSABLE = 422


@dataclass(frozen=True)
class BandLine:
    """A band with its limit in words."""

    band: Band
    limit: str


def band_lines(scheme: Scheme) -> list[BandLine]:
    """Return a scheme's bands as pages list them, best first."""
    return [BandLine(band, limit_words(band, scheme.measure_of(band))) for band in scheme.bands]


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def rating_scheme_list(request: SignedInRequest) -> HttpResponse:
    """List the rating schemes; a POST stores the ready ones that are not there yet."""
    if request.method == "POST":
        added = install_ready_schemes(authorship=authorship_of(request))
        messages.success(
            request, f"{len(added)}件の評価基準を用意しました。" if added else "すべてあります。"
        )
        return redirect("strategy:rating_scheme_list")
    schemes = list(RatingScheme.objects.prefetch_related("bands", "plans"))
    context = {
        "schemes": [(scheme, band_lines(scheme_of(scheme))) for scheme in schemes],
        "plans_without": list(Plan.objects.filter(rating_scheme=None)),
        "may_define": can_define(request.user),
    }
    return render(request, "strategy/rating_scheme_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def rating_scheme_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a scheme and what it would change in a plan; a POST chooses or confirms it."""
    stored = get_object_or_404(RatingScheme.objects.prefetch_related("bands"), pk=pk)
    scheme = scheme_of(stored)
    plans = list(Plan.objects.select_related("rating_scheme"))
    if request.method == "POST":
        _act(request, stored, plans)
        return redirect("strategy:rating_scheme_detail", pk)
    plan = _plan(request.GET.get("plan", ""), plans, stored)
    context = {
        "stored": stored,
        "scheme": scheme,
        "lines": band_lines(scheme),
        "words": [(_reason_label(entry.reason), entry.label) for entry in scheme.cannot_judge],
        "plans": plans,
        "users": [found for found in plans if found.rating_scheme_id == stored.pk],
        "plan": plan,
        "preview": _preview(request, plan, scheme),
        "history": revisions_for([stored]),
        "may_define": can_define(request.user),
    }
    return render(request, "strategy/rating_scheme_detail.html", context)


def _reason_label(reason: str) -> str:
    return next((member.label for member in Reason if member.value == reason), reason)


def _act(request: SignedInRequest, stored: RatingScheme, plans: list[Plan]) -> None:
    authorship = authorship_of(request)
    if request.POST.get("do") == "confirm":
        changed = confirm_scheme(stored, authorship=authorship)
        messages.success(
            request, "案でなく、市の評価基準として確認しました。" if changed else "確認済みです。"
        )
        return
    plan = next((found for found in plans if found.code == request.POST.get("plan")), None)
    if plan is None:
        messages.error(request, "どの計画に使うかを選んでください。")
        return
    changed = choose_scheme(plan, stored, authorship=authorship)
    messages.success(request, f"「{plan}」の評価基準にしました。" if changed else "すでに使っています。")


def _plan(code: str, plans: list[Plan], stored: RatingScheme) -> Plan | None:
    named = next((plan for plan in plans if plan.code == code), None)
    user = next((plan for plan in plans if plan.rating_scheme_id == stored.pk), None)
    return named or user or next(iter(plans), None)


def _preview(request: SignedInRequest, plan: Plan | None, scheme: Scheme) -> SchemePreview | None:
    year = latest_year(plan, request.user) if plan else None
    if plan is None or year is None:
        return None
    return preview_scheme(plan, scheme, fiscal_year=year, viewer=request.user)


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def rating_scheme_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a scheme into its next version, after a look at what that changes."""
    stored = get_object_or_404(RatingScheme.objects.prefetch_related("bands"), pk=pk)
    reasons = [(reason.value, reason.label) for reason in Reason]
    forms = SchemeForms(request.POST or None, scheme_of(stored), reasons)
    plans = list(Plan.objects.select_related("rating_scheme"))
    plan = _plan(request.POST.get("plan", ""), plans, stored)
    problems: list[str] = []
    preview = None
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if forms.is_valid():
            draft = forms.draft
            problems = scheme_problems(draft)
            if not problems and request.POST.get("do") == "save":
                try:
                    made = store_new_version(draft, authorship=authorship_of(request))
                except SchemeRefused as refused:
                    problems = refused.problems
                else:
                    messages.success(
                        request, f"「{made}」を作りました。計画で使うには、下で計画を選んでください。"
                    )
                    return redirect("strategy:rating_scheme_detail", made.pk)
            if not problems:
                status = 200
                preview = _preview(request, plan, draft)
    context = {
        "stored": stored,
        "forms": forms,
        "problems": problems,
        "plans": plans,
        "plan": plan,
        "preview": preview,
        "previewed": request.method == "POST" and status == 200,
        "may_define": can_define(request.user),
    }
    return render(request, "strategy/rating_scheme_edit.html", context, status=status)
