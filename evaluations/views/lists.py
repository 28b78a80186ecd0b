"""Lists of sheets: the chief's approval of many at once, planning's review, giving sheets to sections."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from evaluations import permissions
from evaluations.enums import TRANSITIONS, Act, SheetState
from evaluations.forms.rounds import FilterForm
from evaluations.selectors.lists import awaiting_approval, filtered, rows_of
from evaluations.selectors.tasks import title_of
from evaluations.services import workflow
from evaluations.services.rounds import RoundRefused, assign_section
from evaluations.services.workflow import ActRefused, Seen, WrongState
from evaluations.views.requests import authorship_of, sheet_or_404, user_of
from history.services import VersionConflict
from organization.models import Section
from tsukuba_kpi import clock
from tsukuba_kpi.requests import sent_number

PER_PAGE = 100
_BULK: dict[Act, tuple[Callable[..., bool], str]] = {
    Act.APPROVE: (workflow.approve, "承認しました"),
    Act.REVIEW: (workflow.review, "点検済にしました"),
    Act.REFER: (workflow.refer, "外部評価へ回しました"),
    Act.FINALISE: (workflow.finalise, "確定しました"),
}
_REVIEWING = (Act.REVIEW, Act.REFER, Act.FINALISE)


@require_http_methods(["GET", "HEAD", "POST"])
def approval_list(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person's approval, with the differences to last time; a POST approves."""
    user = user_of(request)
    if not user.access.approver_section_ids:
        raise PermissionDenied("承認できるのは所属長と代決者だけです。")
    if request.method == "POST":
        do_many(request, Act.APPROVE)
        return redirect("evaluations:approval_list")
    today = clock.today()
    rows = rows_of(user, awaiting_approval(user), today=today, with_changes=True)
    own = {row.sheet.section_id for row in rows if row.is_own}
    context = {"rows": rows, "approve_their_own": permissions.approve_their_own(own, today=today)}
    return render(request, "evaluations/approval_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review_list(request: HttpRequest) -> HttpResponse:
    """Show sheets by round, state, section and goal; a POST does one act on those that were chosen.

    `?chosen=all` shows the page with every sheet chosen, so that this needs no script.
    """
    user = user_of(request)
    if not permissions.can_see_board(user):
        raise PermissionDenied
    if request.method == "POST":
        act = request.POST.get("act", "")
        if not permissions.can_manage_rounds(user) or act not in {a.value for a in _BULK}:
            raise PermissionDenied
        do_many(request, Act(act))
        # What was behind the chosen sheets moves up: nobody has looked at it, so it comes unchosen.
        kept = request.GET.copy()
        kept.pop("chosen", None)
        return redirect(f"{request.path}?{kept.urlencode()}")
    rounds = permissions.visible_rounds(user)
    form = FilterForm(request.GET, rounds=rounds)
    found = filtered(user, form.filters, today=clock.today())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "filters": form.filters,
        "is_kpi": form.filters.kind == "kpi",
        "is_program": form.filters.kind == "program",
        "page": page,
        "rows": rows_of(user, list(page.object_list), today=clock.today(), with_changes=True),
        "acts": acts_from(form.filters.state) if permissions.can_manage_rounds(user) else [],
        "all_chosen": request.GET.get("chosen") == "all",
        "may_assign": permissions.can_manage_rounds(user),
        "sections": Section.objects.select_related("bureau") if form.filters.without_section else [],
        "today": clock.today(),
    }
    return render(request, "evaluations/review_list.html", context)


def acts_from(state: SheetState | None) -> list[Act]:
    """Return planning's acts on many sheets: those that begin in a state, all where states are mixed."""
    return [
        act
        for act in _REVIEWING
        if state is None or any(row.act is act and state in row.sources for row in TRANSITIONS)
    ]


def do_many(request: HttpRequest, act: Act) -> None:
    """Do one act on every chosen sheet by itself, and tell what was done and what was not, and why."""
    write, told = _BULK[act]
    done, refused = 0, []
    tokens = dict.fromkeys(str(token) for token in request.POST.getlist("sheet"))
    for token in tokens:
        given = _read_token(request, token)
        if given is None:
            refused.append("選んだシートが見つかりません。")
            continue
        try:
            done += write(**given, authorship=authorship_of(request))
        except VersionConflict:
            told_why = "画面を開いた後に内容が変わりました。確かめてから操作してください。"
            refused.append(f"「{title_of(given['sheet'])}」：{told_why}")
        except (ActRefused, WrongState) as error:
            refused.append(f"「{title_of(given['sheet'])}」：{error}")
    if not tokens:
        messages.warning(request, "シートを選んでから操作してください。")
    if done:
        messages.success(request, f"{done}件を{told}。")
    for reason in refused:
        messages.error(request, reason)


def _read_token(request: HttpRequest, token: str) -> dict[str, Any] | None:
    """Return sheet and versions of a checkbox (kpi-12.5.3), None when it cannot be read."""
    key, _, versions = token.partition(".")
    kind, _, pk = key.partition("-")
    sheet_version, _, figure_version = versions.partition(".")
    number, of_sheet, of_figure = map(sent_number, (pk, sheet_version, figure_version))
    if kind not in {"kpi", "program"} or number is None or of_sheet is None or of_figure is None:
        return None
    sheet = sheet_or_404(request, kind, number)
    return {"sheet": sheet, "seen": Seen(sheet=of_sheet, figure=of_figure)}


@require_POST
def sheet_assign(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Give a sheet to a section."""
    sheet = sheet_or_404(request, kind, pk)
    if not permissions.can_manage_rounds(user_of(request)):
        raise PermissionDenied
    chosen = sent_number(request.POST.get("section", ""))
    version = sent_number(request.POST.get("sheet_version", ""))
    if chosen is None or version is None:
        messages.error(request, "担当にする課室を選んでください。")
        return redirect(_back(request, sheet.get_absolute_url()))
    section = get_object_or_404(Section, pk=chosen)
    try:
        assign_section(
            sheet=sheet,
            section=section,
            seen_version=version,
            authorship=authorship_of(request),
        )
    except (RoundRefused, VersionConflict) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"「{title_of(sheet)}」の担当を{section}にしました。")
    return redirect(_back(request, sheet.get_absolute_url()))


def _back(request: HttpRequest, otherwise: str) -> str:
    wanted = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return otherwise
