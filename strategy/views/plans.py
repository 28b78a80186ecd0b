"""Pages on which planning sets a plan: its years, names and scheme, its tree, and the KPIs at each node."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from history.selectors import revisions_for
from history.services import Authorship, VersionConflict
from organization.models import Section
from strategy.enums import NodeLevel
from strategy.forms.composition import responsibility_entries, responsibility_forms
from strategy.forms.kpi_choice import SUGGESTIONS, suggestion
from strategy.forms.plan_settings import (
    NodeForm,
    PlanForm,
    name_problems,
    placement_entries,
    placement_forms,
    sent_names,
)
from strategy.models import Kpi, Plan, PlanNode
from strategy.permissions import can_define
from strategy.selectors.definitions import nodes_in_order, plans_and_chosen
from strategy.selectors.plan_settings import PlanLine, plan_lines
from strategy.services.composition import CompositionRefused
from strategy.services.plan_nodes import add_node, change_node, remove_node
from strategy.services.plans import PlanRefused, change_plan, shift_node
from strategy.views.access import authorship_of, for_definers
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest, sent_number

UNPROCESSABLE = 422
CONFLICT = 409
SOMEBODY_WAS_FIRST = (
    "ほかの人が先にこの計画を保存しました。「いまの登録」とあなたの入力を見比べて、もう一度保存してください。"
)


@require_safe
@for_definers
def plan_choose(request: SignedInRequest) -> HttpResponse:
    """Lead to the settings of the plan that runs; without any plan say where one comes from."""
    _, plan = plans_and_chosen(request.GET.get("plan", ""), fiscal_year=clock.current_fiscal_year())
    if plan is None:
        return render(request, "strategy/plan_choose.html")
    return redirect("strategy:plan_settings", plan.code)


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def plan_settings(request: SignedInRequest, code: str) -> HttpResponse:
    """Show and set a plan: name, years, level names, scheme, and the names and order of its nodes."""
    plan = get_object_or_404(Plan, code=code)
    lines = plan_lines(plan)
    nodes = [line.node for line in lines]
    form = PlanForm(request.POST or None, plan=plan)
    names = sent_names(request.POST, nodes)
    problems = name_problems(names, nodes)
    problem, status = "", 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid() and not problems:
            try:
                return _save_plan(request, plan, form, names, nodes)
            except PlanRefused as refused:
                problem = str(refused)
            except VersionConflict:
                problem, status = SOMEBODY_WAS_FIRST, CONFLICT
    context = _context(request, plan, problem, status) | {
        "form": form,
        "lines": [
            (line, names.get(line.node.pk, line.node.name), problems.get(line.node.pk, "")) for line in lines
        ],
        "problems": [(line, problems[line.node.pk]) for line in lines if line.node.pk in problems],
        "plans": Plan.objects.all(),
        "history": revisions_for([plan, *nodes]),
    }
    return render(request, "strategy/plan_settings.html", context, status=status)


def _save_plan(
    request: SignedInRequest, plan: Plan, form: PlanForm, names: dict[int, str], nodes: list[PlanNode]
) -> HttpResponse:
    """Save everything typed, and move a node if its arrow was pressed."""
    authorship = _authorship(request)
    seen = _seen_version(request)
    address = reverse("strategy:plan_settings", args=[plan.code])
    changed = change_plan(
        plan=plan,
        draft=form.draft(names),
        seen_version=seen,
        confirmed="confirm" in request.POST,
        authorship=authorship,
    )
    step, _, pk = request.POST.get("do", "").partition(".")
    node = next((node for node in nodes if str(node.pk) == pk), None)
    if step in STEPS and node is not None:
        version = Plan.objects.values_list("version", flat=True).get(pk=plan.pk)
        moved = shift_node(node=node, by=STEPS[step], seen_version=version, authorship=authorship)
        messages.success(request, f"「{node}」を{'移しました' if moved else 'これ以上移せません'}。")
        return redirect(f"{address}#node-{node.pk}")
    messages.success(request, "保存しました。" if changed else "変更はありませんでした。")
    return redirect(address)


STEPS = {"up": -1, "down": 1}


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def plan_node_add(request: SignedInRequest, code: str) -> HttpResponse:
    """Add a node to a plan's tree."""
    plan = get_object_or_404(Plan, code=code)
    nodes = nodes_in_order(plan)
    form = NodeForm(request.POST or None, plan=plan, nodes=nodes, initial=_below(request, nodes))
    problem, status = "", 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                node = add_node(
                    plan=plan,
                    draft=form.draft,
                    seen_version=_seen_version(request),
                    authorship=_authorship(request),
                )
            except PlanRefused as refused:
                problem = str(refused)
            except VersionConflict:
                problem, status = SOMEBODY_WAS_FIRST, CONFLICT
            else:
                messages.success(request, f"「{node}」を加えました。")
                return redirect("strategy:plan_node_edit", plan.code, node.pk)
    context = _context(request, plan, problem, status) | {"form": form}
    return render(request, "strategy/plan_node_add.html", context, status=status)


def _below(request: SignedInRequest, nodes: list[PlanNode]) -> dict[str, str]:
    """Return what a new node is at first: the level below the node it was asked for at."""
    parent = next((node for node in nodes if str(node.pk) == request.GET.get("parent", "")), None)
    if parent is None:
        return {"level": NodeLevel.GOAL.value, "parent": ""}
    below = {NodeLevel.GOAL: NodeLevel.POLICY, NodeLevel.POLICY: NodeLevel.MEASURE}
    level = below.get(NodeLevel(parent.level), NodeLevel.PROJECT)
    return {"level": level.value, "parent": str(parent.pk)}


@require_http_methods(["GET", "HEAD", "POST"])
@for_definers
def plan_node_edit(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """Show and set one node, the KPIs that stand at it and who answers for it; or take it away."""
    plan = get_object_or_404(Plan, code=code)
    line = next((line for line in plan_lines(plan) if line.node.pk == pk), None)
    node = get_object_or_404(PlanNode.objects.select_related("plan"), plan=plan, pk=pk)
    assert line is not None
    page = _NodePage(request, plan, line, node)
    problem, status = "", 200
    if request.method == "POST":
        status = UNPROCESSABLE
        try:
            done = _take_away(request, node) if request.POST.get("do") == "remove" else page.save()
        except (PlanRefused, CompositionRefused) as refused:
            problem = str(refused)
        except VersionConflict:
            problem, status = SOMEBODY_WAS_FIRST, CONFLICT
        else:
            if done is not None:
                return done
    context = _context(request, plan, problem, status) | page.context()
    return render(request, "strategy/plan_node_edit.html", context, status=status)


def _take_away(request: SignedInRequest, node: PlanNode) -> HttpResponse:
    remove_node(node=node, seen_version=_seen_version(request), authorship=_authorship(request))
    messages.success(request, f"「{node}」を削除しました。")
    return redirect("strategy:plan_settings", node.plan.code)


class _NodePage:
    """One node with its three tables of inputs."""

    def __init__(self, request: SignedInRequest, plan: Plan, line: PlanLine, node: PlanNode) -> None:
        self.request, self.plan, self.line, self.node = request, plan, line, node
        data = request.POST if request.POST.get("do", "save") == "save" else None
        self.nodes = nodes_in_order(plan)
        self.placements = list(line.placements)
        self.held = list(node.responsibilities.select_related("section__bureau"))
        self.sections = _sections(plan, self.held)
        self.kpis = Kpi.objects.filter(is_demo=plan.is_demo).in_bulk()
        self.form = NodeForm(
            data or None,
            plan=plan,
            nodes=[each for each in self.nodes if each.pk != node.pk],
            initial={
                "level": node.level,
                "parent": str(node.parent_id or ""),
                "code": node.code,
                "name": node.name,
                "description": node.description,
            },
            known=node,
        )
        self.rows = placement_forms(
            data or None, node=node, placements=self.placements, nodes=self.nodes, kpis=self.kpis
        )
        self.answering = responsibility_forms(
            data or None, held=self.held, sections=self.sections, placements=[]
        )

    def save(self) -> HttpResponse | None:
        """Save the node; None when something typed cannot be read."""
        if not all([self.form.is_valid(), self.rows.is_valid(), self.answering.is_valid()]):
            return None
        changed = change_node(
            node=self.node,
            draft=self.form.draft,
            placements=placement_entries(self.rows, placements=self.placements, nodes=self.nodes),
            responsibilities=responsibility_entries(self.answering, sections=self.sections, placements=[]),
            seen_version=_seen_version(self.request),
            confirmed="confirm" in self.request.POST,
            authorship=_authorship(self.request),
        )
        messages.success(self.request, "保存しました。" if changed else "変更はありませんでした。")
        return redirect("strategy:plan_node_edit", self.plan.code, self.node.pk)

    def context(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "node": self.node,
            "line": self.line,
            "form": self.form,
            "rows": self.rows,
            "answering": self.answering,
            "suggestions": [suggestion(kpi) for kpi in self.kpis.values()],
            "suggestions_id": SUGGESTIONS,
            "history": revisions_for([self.node, *self.placements, *self.held]),
        }


def _sections(plan: Plan, held: list[Any]) -> list[Section]:
    sections = list(Section.objects.filter(is_demo=plan.is_demo).select_related("bureau"))
    known = {section.pk for section in sections}
    return sections + [row.section for row in held if row.section_id not in known]


def _seen_version(request: SignedInRequest) -> int:
    return sent_number(request.POST.get("version", "")) or 0


def _authorship(request: SignedInRequest) -> Authorship:
    return replace(authorship_of(request), why=request.POST.get("why", "").strip())


def _context(request: SignedInRequest, plan: Plan, problem: str, status: int) -> dict[str, Any]:
    return {
        "plan": plan,
        "problem": problem,
        "is_conflict": status == CONFLICT,
        # After a conflict the next save is made knowing what stands there now.
        "version": Plan.objects.values_list("version", flat=True).get(pk=plan.pk),
        "why": request.POST.get("why", ""),
        "may_define": can_define(request.user),
        "is_demo": plan.is_demo,
    }
