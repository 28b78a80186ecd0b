"""Rating schemes: what there is, which plan uses which, and what another one would change."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from evaluations.enums import Reason
from evaluations.selectors.scheme_preview import SchemePreview, latest_year, preview_scheme
from evaluations.selectors.scores import PlanScores, plan_scores
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
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.requests import SignedInRequest

UNPROCESSABLE = 422


@dataclass(frozen=True)
class BandLine:
    """A band with its limit in words."""

    band: Band
    limit: str

    @property
    def points(self) -> str:
        """Return what a KPI of this band counts for."""
        return "－" if self.band.points is None else format_figure(self.band.points)


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
        "scores": _scores(request, plan, scheme),
        "history": revisions_for([stored]),
        "may_define": can_define(request.user),
    }
    return render(request, "strategy/rating_scheme_detail.html", context)


def _scores(request: SignedInRequest, plan: Plan | None, scheme: Scheme) -> PlanScores | None:
    year = latest_year(plan, request.user) if plan else None
    if plan is None or year is None:
        return None
    return plan_scores(plan, scheme, fiscal_year=year, viewer=request.user)


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
    """Change a scheme into its next version, after a look at what that changes.

    While somebody types, the page asks for itself again and takes the preview out of the answer.
    """
    stored = get_object_or_404(RatingScheme.objects.prefetch_related("bands"), pk=pk)
    reasons = [(reason.value, reason.label) for reason in Reason]
    data = _reordered(request.POST) if request.method == "POST" else None
    forms = SchemeForms(data, scheme_of(stored), reasons)
    plans = list(Plan.objects.select_related("rating_scheme"))
    plan = _plan(request.POST.get("plan", ""), plans, stored)
    problems: list[str] = []
    preview = None
    is_readable = data is None or forms.is_valid()
    if data is not None and is_readable:
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
            preview = _preview(request, plan, draft)
    fine = is_readable and not problems
    is_typing = request.headers.get("HX-Request") == "true"
    context = {
        "stored": stored,
        "forms": forms,
        "problems": problems,
        "unreadable": is_typing and not is_readable,
        "plans": plans,
        "plan": plan,
        "preview": preview,
        "previewed": data is not None and fine,
        "may_define": can_define(request.user),
    }
    moved = _step(request.POST.get("do", "")) is not None
    status = 200 if fine or is_typing or moved else UNPROCESSABLE
    return render(request, "strategy/rating_scheme_edit.html", context, status=status)


def _step(do: str) -> tuple[int, int] | None:
    """Return which band an arrow moves and where to: up.2 is (2, 1); None for another button."""
    step, _, row = do.partition(".")
    if step not in {"up", "down"} or not (row.isascii() and row.isdigit() and len(row) < 4):
        return None
    return int(row), int(row) + (1 if step == "down" else -1)


def _reordered(sent: QueryDict) -> QueryDict:
    """Return what was sent, with two bands in each other's places if an arrow was pressed."""
    moved = _step(sent.get("do", ""))
    if moved is None:
        return sent
    data = sent.copy()
    here, there = (f"bands-{row}-" for row in moved)
    names = {
        name.removeprefix(prefix) for prefix in (here, there) for name in sent if name.startswith(prefix)
    }
    if any(name.startswith(there) for name in sent):
        for name in names:
            data[here + name], data[there + name] = sent.get(there + name, ""), sent.get(here + name, "")
    return data
