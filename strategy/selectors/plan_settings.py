"""A plan's tree as its settings show it: every node with its KPIs, its sections, and what is in doubt."""

from collections import defaultdict
from dataclasses import dataclass

from strategy.enums import NodeLevel
from strategy.models import Placement, Plan, PlanNode, Responsibility
from strategy.selectors.definitions import nodes_in_order


@dataclass(frozen=True)
class PlanLine:
    """One node of the tree."""

    node: PlanNode
    depth: int
    level_name: str
    placements: tuple[Placement, ...]
    responsibilities: tuple[Responsibility, ...]
    is_first: bool
    is_last: bool

    @property
    def label(self) -> str:
        """Return how the node is named where it has no name yet: its number and level."""
        return f"{self.node.code} {self.node.name}".strip() or self.level_name

    @property
    def to_review(self) -> int:
        """Return how many things wait for a person: of the node and of its places."""
        return len(self.node.unconfirmed) + sum(len(placement.unconfirmed) for placement in self.placements)


def plan_lines(plan: Plan) -> list[PlanLine]:
    """Return a plan's nodes as its tree reads (three queries)."""
    nodes = nodes_in_order(plan)
    by_id = {node.pk: node for node in nodes}
    placements: dict[int, list[Placement]] = defaultdict(list)
    rows = Placement.objects.filter(node__plan=plan).select_related("kpi").order_by("position", "id")
    for placement in rows:
        placements[placement.node_id].append(placement)
    held: dict[int, list[Responsibility]] = defaultdict(list)
    for row in Responsibility.objects.filter(node__plan=plan).select_related("section"):
        if row.node_id is not None:
            held[row.node_id].append(row)
    siblings: dict[int | None, list[int]] = defaultdict(list)
    for node in nodes:
        siblings[node.parent_id].append(node.pk)
    return [
        PlanLine(
            node=node,
            depth=_depth(node, by_id),
            level_name=plan.level_name(node.level),
            placements=tuple(placements[node.pk]),
            responsibilities=tuple(held[node.pk]),
            is_first=siblings[node.parent_id][0] == node.pk,
            is_last=siblings[node.parent_id][-1] == node.pk,
        )
        for node in nodes
    ]


def _depth(node: PlanNode, by_id: dict[int, PlanNode]) -> int:
    depth = 0
    while node.parent_id is not None and node.parent_id in by_id:
        node = by_id[node.parent_id]
        depth += 1
    return depth


def levels_of(plan: Plan) -> list[tuple[str, str]]:
    """Return the levels with the names this plan gives them."""
    return [(level.value, plan.level_name(level.value)) for level in NodeLevel]
