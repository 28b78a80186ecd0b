"""The citizens' side. These views read publications and nothing else: what is not published is not there."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.calculations.public_search import search
from reports.calculations.published import PublishedNode, PublishedPlan
from reports.models import Publication
from reports.selectors.publications import Issue, editions_of, latest_issues

MOST_WORDS = 100


@login_not_required
@require_safe
def public_home(request: HttpRequest) -> HttpResponse:
    """Show which plans and programs are published."""
    issues = latest_issues()
    newest: dict[str, tuple[Issue, PublishedPlan]] = {}
    pages: dict[tuple[str, int], Issue] = {}
    for issue in issues:
        for plan in issue.content.plans:
            newest.setdefault(plan.code, (issue, plan))
            pages.setdefault((plan.code, issue.content.fiscal_year), issue)
    listed = [
        (issue, [(plan, pages[plan.code, issue.content.fiscal_year]) for plan in issue.content.plans])
        for issue in issues
    ]
    context = {
        "issues": issues,
        "listed": listed,
        "newest": list(newest.values()),
        "is_demo": bool(newest) and all(plan.is_demo for _, plan in newest.values()),
    }
    return render(request, "reports/public/home.html", context)


@login_not_required
@require_safe
def public_search(request: HttpRequest) -> HttpResponse:
    """Find published KPIs and programs by words; without words, list them all."""
    question = request.GET.get("q", "").strip()[:MOST_WORDS]
    found = search((issue.content for issue in latest_issues()), question)
    context = {
        "question": question,
        "kpis": [one for one in found if one.kpi],
        "programs": [one for one in found if one.program],
        "is_demo": bool(found) and all(one.is_demo for one in found),
    }
    return render(request, "reports/public/search.html", context)


@login_not_required
@require_safe
def public_history(request: HttpRequest) -> HttpResponse:
    """List every publication and correction with its date, newest first."""
    rows = Publication.objects.select_related("round").defer("content").order_by("-published_at", "-pk")
    publications = list(rows)
    is_demo = bool(publications) and all(each.round.is_demo for each in publications)
    context = {"publications": publications, "is_demo": is_demo}
    return render(request, "reports/public/history.html", context)


@login_not_required
@require_safe
def public_plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show a plan's newest publication: the address to remember."""
    return _plan_page(request, code, None)


@login_not_required
@require_safe
def public_plan_year(request: HttpRequest, code: str, fiscal_year: int) -> HttpResponse:
    """Show a plan's publication of a fiscal year: the address to cite."""
    return _plan_page(request, code, fiscal_year)


@login_not_required
@require_safe
def public_node(request: HttpRequest, code: str, fiscal_year: int, key: str) -> HttpResponse:
    """Show a goal, measure or grant program with its KPIs."""
    issue, plan, _ = _issue_of_plan(code, fiscal_year)
    node = plan.node(key)
    if node is None:
        raise Http404
    codes = set(node.all_kpis())
    context = {
        "issue": issue,
        "plan": plan,
        "node": node,
        "kpis": [kpi for kpi in plan.kpis if kpi.code in codes],
        "is_demo": plan.is_demo,
    }
    return render(request, "reports/public/node.html", context)


@login_not_required
@require_safe
def public_kpi(request: HttpRequest, code: str, fiscal_year: int, kpi_code: str) -> HttpResponse:
    """Show a KPI with its years and how it was judged."""
    issue, plan, _ = _issue_of_plan(code, fiscal_year)
    kpi = plan.kpi(kpi_code)
    if kpi is None:
        raise Http404
    context = {
        "issue": issue,
        "plan": plan,
        "kpi": kpi,
        "nodes": _way_to(plan.nodes, kpi_code),
        "chosen": kpi.year(issue.content.fiscal_year),
        "is_demo": plan.is_demo,
    }
    return render(request, "reports/public/kpi.html", context)


@login_not_required
@require_safe
def public_program_list(request: HttpRequest) -> HttpResponse:
    """List the published programs, newest round first."""
    issues = [issue for issue in latest_issues() if issue.content.programs]
    programs = [program for issue in issues for program in issue.content.programs]
    is_demo = bool(programs) and all(program.is_demo for program in programs)
    return render(request, "reports/public/program_list.html", {"issues": issues, "is_demo": is_demo})


@login_not_required
@require_safe
def public_program(request: HttpRequest, fiscal_year: int, key: str) -> HttpResponse:
    """Show a program in a published fiscal year."""
    for issue in latest_issues():
        if issue.content.fiscal_year != fiscal_year:
            continue
        for program in issue.content.programs:
            if program.key == key:
                context = {"issue": issue, "program": program, "is_demo": program.is_demo}
                return render(request, "reports/public/program.html", context)
    raise Http404


def _plan_page(request: HttpRequest, code: str, fiscal_year: int | None) -> HttpResponse:
    issue, plan, others = _issue_of_plan(code, fiscal_year)
    context = {
        "issue": issue,
        "plan": plan,
        "others": others,
        "editions": editions_of(issue.publication),
        "is_demo": plan.is_demo,
    }
    return render(request, "reports/public/plan.html", context)


def _issue_of_plan(code: str, fiscal_year: int | None) -> tuple[Issue, PublishedPlan, list[Issue]]:
    found = [(issue, plan) for issue in latest_issues() for plan in issue.content.plans if plan.code == code]
    for issue, plan in found:
        if fiscal_year in (None, issue.content.fiscal_year):
            by_year = {each.content.fiscal_year: each for each, _ in reversed(found)}
            return issue, plan, list(reversed(by_year.values()))
    raise Http404


def _way_to(nodes: tuple[PublishedNode, ...], code: str) -> tuple[PublishedNode, ...]:
    """Return the nodes above a KPI's first place, the top one first; unnamed ones are left out."""
    for node in nodes:
        own = (node,) if node.name else ()
        if code in node.kpis:
            return own
        if below := _way_to(node.children, code):
            return (*own, *below)
    return ()
