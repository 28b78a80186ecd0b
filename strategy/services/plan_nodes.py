"""Writes of one node of a plan: what it is, where it hangs, which KPIs stand at it, who answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import ProtectedError

from history.services import Authorship, change_record, create_record, delete_record
from strategy.enums import NodeLevel
from strategy.models import Kpi, Placement, Plan, PlanNode, Responsibility
from strategy.services.composition import (
    ResponsibilityEntry,
    check_responsibilities,
    responsibility_values,
)
from strategy.services.plans import PlanRefused, claim_plan, left_marks
from strategy.services.rows import replace_rows

# What may hang below what: always something broader. A grant program may belong to a goal, or to none.
BREADTH = {
    NodeLevel.GOAL: 0,
    NodeLevel.POLICY: 1,
    NodeLevel.MEASURE: 2,
    NodeLevel.GRANT: 3,
    NodeLevel.PROJECT: 4,
}


@dataclass(frozen=True, kw_only=True)
class NodeDraft:
    """What a page states of a node; `parent` None hangs it at the top."""

    level: NodeLevel
    parent: PlanNode | None
    name: str
    code: str = ""
    ascii_code: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class PlacementEntry:
    """A KPI at a node as a person states it; `pk` None is a new one, another `node` moves it there."""

    pk: int | None
    kpi: Kpi
    node: PlanNode
    printed_name: str = ""
    weight: Decimal | None = None


def add_node(*, plan: Plan, draft: NodeDraft, seen_version: int, authorship: Authorship) -> PlanNode:
    """Add a node behind its siblings.

    :raises PlanRefused: if it cannot hang there, or one of the same number or name is there already
    :raises VersionConflict: if somebody else saved the plan since the page was shown
    """
    with transaction.atomic():
        claim_plan(plan, seen_version)
        _check_node(plan, draft, None)
        last = PlanNode.objects.filter(plan=plan, parent=draft.parent).order_by("-position").first()
        node = PlanNode(
            plan=plan,
            parent=draft.parent,
            level=draft.level.value,
            code=draft.code,
            ascii_code=draft.ascii_code,
            name=draft.name,
            description=draft.description,
            position=last.position + 1 if last else (draft.parent.position if draft.parent else 0),
        )
        return create_record(node, authorship=authorship)


def change_node(
    *,
    node: PlanNode,
    draft: NodeDraft,
    placements: Sequence[PlacementEntry],
    responsibilities: Sequence[ResponsibilityEntry],
    seen_version: int,
    confirmed: bool = False,
    authorship: Authorship,
) -> bool:
    """Set a node, the KPIs placed at it and who answers for it; return whether anything changed.

    A placement or responsibility that is left out is taken away. `confirmed` says that what an import had
    proposed of the node and its places is right.

    :raises PlanRefused: if it cannot hang there, or a KPI would stand twice at one node
    :raises CompositionRefused: if a section stands twice from the same year on
    :raises VersionConflict: if somebody else saved the plan since the page was shown
    """
    with transaction.atomic():
        claim_plan(node.plan, seen_version)
        _check_node(node.plan, draft, node)
        _check_placements(node, placements)
        check_responsibilities(responsibilities)
        values = {
            "parent": draft.parent,
            "level": draft.level.value,
            "code": draft.code,
            "ascii_code": draft.ascii_code,
            "name": draft.name,
            "description": draft.description,
        }
        rows = [(entry.pk, _of_node(entry, position)) for position, entry in enumerate(responsibilities)]
        held = list(node.responsibilities.all())
        answering = replace_rows(Responsibility, held, rows, {"node": node}, authorship)
        settled = {name for name in ("name", "parent") if getattr(node, name) != values[name]}
        settled |= {"responsibilities"} if answering else set()
        marks = {} if confirmed else left_marks(node.unconfirmed, settled)
        changed = change_record(node, {**values, "unconfirmed": marks}, authorship=authorship)
        changed |= _place(node, placements, confirmed, authorship)
    return changed or answering


def _of_node(entry: ResponsibilityEntry, position: int) -> dict[str, object]:
    values = responsibility_values(entry, position)
    return {name: value for name, value in values.items() if name != "placement"}


def remove_node(*, node: PlanNode, seen_version: int, authorship: Authorship) -> None:
    """Take an empty node away; who answered for it goes with it.

    :raises PlanRefused: if nodes hang below it or KPIs stand at it
    :raises VersionConflict: if somebody else saved the plan since the page was shown
    """
    with transaction.atomic():
        claim_plan(node.plan, seen_version)
        if node.children.exists():
            raise PlanRefused("下に項目があるため削除できません。先に、下の項目を移すか削除してください。")
        if node.placements.exists():
            raise PlanRefused("指標があるため削除できません。先に、指標を別の項目へ移すか外してください。")
        for responsibility in node.responsibilities.all():
            delete_record(responsibility, authorship=authorship)
        try:
            delete_record(node, authorship=authorship)
        except ProtectedError as error:
            raise PlanRefused(
                "外部評価の意見か交付金事業の効果が記録されているため削除できません。名称を変えて残してください。"
            ) from error


# --- placements -----------------------------------------------------------------------------------------


def _place(
    node: PlanNode, entries: Sequence[PlacementEntry], confirmed: bool, authorship: Authorship
) -> bool:
    held = {placement.pk: placement for placement in node.placements.all()}
    kept = {entry.pk for entry in entries}
    changed = False
    for pk, placement in held.items():
        if pk not in kept:
            _take_away(placement, authorship)
            changed = True
    last = Placement.objects.filter(node__plan=node.plan_id).order_by("-position").first()
    position = last.position if last else 0
    for entry in entries:
        placement_of = held.get(entry.pk) if entry.pk is not None else None
        if placement_of is None:
            position += 1
            new = Placement(
                kpi=entry.kpi,
                node=entry.node,
                position=position,
                printed_name=entry.printed_name,
                weight=entry.weight,
            )
            create_record(new, authorship=authorship)
            changed = True
            continue
        moved = placement_of.node_id != entry.node.pk
        marks = left_marks(placement_of.unconfirmed, {"node"} if moved else set())
        changed |= change_record(
            placement_of,
            {
                "node": entry.node,
                "printed_name": entry.printed_name,
                "weight": entry.weight,
                "unconfirmed": {} if confirmed else marks,
            },
            authorship=authorship,
        )
    return changed


def _take_away(placement: Placement, authorship: Authorship) -> None:
    """Delete a placement; who answered at this place alone goes with it, each told in the history."""
    for responsibility in placement.responsibilities.all():
        delete_record(responsibility, authorship=authorship)
    delete_record(placement, authorship=authorship)


# --- what is refused ------------------------------------------------------------------------------------


def _check_node(plan: Plan, draft: NodeDraft, node: PlanNode | None) -> None:
    if not draft.name and not draft.code:
        raise PlanRefused("名称か番号を入力してください。")
    _check_parent(plan, draft, node)
    others = PlanNode.objects.filter(plan=plan)
    if node is not None:
        others = others.exclude(pk=node.pk)
    if draft.ascii_code and others.filter(ascii_code=draft.ascii_code).exists():
        printed = draft.code or draft.ascii_code
        raise PlanRefused(f"番号「{printed}」の項目がこの計画にすでにあります。番号を変えてください。")
    same = others.filter(parent=draft.parent, level=draft.level.value, name=draft.name, ascii_code="")
    if not draft.ascii_code and same.exists():
        raise PlanRefused(f"「{draft.name}」という名称の項目が同じ位置にすでにあります。")


def _check_parent(plan: Plan, draft: NodeDraft, node: PlanNode | None) -> None:
    parent = draft.parent
    if parent is None:
        return
    if parent.plan_id != plan.pk:
        raise PlanRefused("上位には、同じ計画の項目を選んでください。")
    if BREADTH[NodeLevel(parent.level)] >= BREADTH[draft.level]:
        raise PlanRefused(
            f"{plan.level_name(draft.level)}を{plan.level_name(parent.level)}の下には置けません。上位を選び直してください。"
        )
    if node is None:
        return
    for child in node.children.all():
        if BREADTH[draft.level] >= BREADTH[NodeLevel(child.level)]:
            raise PlanRefused(f"下に「{child}」があるため、{plan.level_name(draft.level)}にはできません。")
    parents = dict(PlanNode.objects.filter(plan=plan).values_list("pk", "parent_id"))
    above: int | None = parent.pk
    while above is not None:
        if above == node.pk:
            raise PlanRefused("自身や自身の下の項目を上位にはできません。")
        above = parents.get(above)


def _check_placements(node: PlanNode, entries: Sequence[PlacementEntry]) -> None:
    own = {entry.pk for entry in entries if entry.pk is not None}
    taken = set(
        Placement.objects.filter(kpi__in=[entry.kpi.pk for entry in entries])
        .exclude(pk__in=own)
        .exclude(node=node)
        .values_list("kpi_id", "node_id")
    )
    seen: set[tuple[int, int]] = set()
    for entry in entries:
        key = (entry.kpi.pk, entry.node.pk)
        if key in seen or key in taken:
            raise PlanRefused(f"「{entry.kpi.name}」は「{entry.node}」にすでにあります。")
        seen.add(key)
