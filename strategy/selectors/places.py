"""Places that an import inferred and a person has to confirm: which rows belong to which program or node."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strategy.models import Placement, Plan, PlanNode


@dataclass(frozen=True)
class InferredPlace:
    """One decision: a project, or a KPI placed directly, and the node it was read to stand at.

    `held` are the placements that carry the same doubt because they stand at the project.
    """

    key: str
    record: PlanNode | Placement
    held: tuple[Placement, ...]
    title: str
    chosen: PlanNode
    choices: tuple[PlanNode, ...]
    reason: str
    confidence: str

    @property
    def mark(self) -> dict[str, dict[str, str]]:
        """Return the doubt as the mark component takes it."""
        return {"place": {"reason": self.reason, "confidence": self.confidence}}


def inferred_places(plan: Plan) -> tuple[InferredPlace, ...]:
    """Return a plan's inferred places in the document's order (two queries)."""
    nodes = {node.pk: node for node in plan.nodes.all()}
    marked = [
        placement
        for placement in Placement.objects.filter(node__plan=plan).select_related("kpi")
        if "node" in placement.unconfirmed
    ]
    projects = [
        _of_project(node, nodes, tuple(p for p in marked if p.node_id == node.pk))
        for node in nodes.values()
        if "parent" in node.unconfirmed and node.parent_id is not None
    ]
    decided = {placement.pk for place in projects for placement in place.held}
    direct = [_of_placement(p, nodes) for p in marked if p.pk not in decided]
    return tuple(sorted((*projects, *direct), key=_order))


def _of_project(node: PlanNode, nodes: Mapping[int, PlanNode], held: tuple[Placement, ...]) -> InferredPlace:
    parent = nodes[node.parent_id or 0]
    title = f"{node.name}（{'、'.join(p.kpi.name for p in held) or 'KPIなし'}）"
    return _place(f"node-{node.pk}", node, held, title, parent, nodes, node.unconfirmed["parent"])


def _of_placement(placement: Placement, nodes: Mapping[int, PlanNode]) -> InferredPlace:
    return _place(
        f"placement-{placement.pk}",
        placement,
        (),
        placement.kpi.name,
        nodes[placement.node_id],
        nodes,
        placement.unconfirmed["node"],
    )


def _place(
    key: str,
    record: PlanNode | Placement,
    held: tuple[Placement, ...],
    title: str,
    chosen: PlanNode,
    nodes: Mapping[int, PlanNode],
    mark: Mapping[str, Any],
) -> InferredPlace:
    return InferredPlace(
        key=key,
        record=record,
        held=held,
        title=title,
        chosen=chosen,
        choices=tuple(node for node in nodes.values() if node.level == chosen.level),
        reason=str(mark.get("reason", "")),
        confidence=str(mark.get("confidence", "")),
    )


def _order(place: InferredPlace) -> tuple[int, int]:
    return place.record.position, place.record.pk
