"""A plan as it stands: nodes, KPIs, their places and sections, loaded in five queries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from history.enums import RevisionAct
from history.models import Revision
from importers.calculations.strategy_places import NodeKey, section_as_printed
from importers.selectors.existing import BY_PEOPLE
from strategy.models import Kpi, Placement, Plan, PlanNode, Responsibility
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node in hand, with the key by which a document's row finds it."""

    id: int
    key: NodeKey
    parent_id: int | None
    level: str
    name: str
    position: int
    ascii_code: str
    unconfirmed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SectionState:
    """A responsibility in hand. `printed` is how the document printed it."""

    id: int
    kpi_id: int | None
    node_id: int | None
    placement_id: int | None
    section_id: int
    printed: str
    role: str
    role_note: str
    first_year: int | None


@dataclass(frozen=True, slots=True)
class PlacementState:
    """A KPI's place in hand."""

    id: int
    kpi_id: int
    node_id: int
    position: int
    printed: str
    unconfirmed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StrategyState:
    """Everything of one plan, and the KPIs of the other plans by the key of their names."""

    nodes: Mapping[NodeKey, NodeState] = field(default_factory=dict)
    nodes_by_id: Mapping[int, NodeState] = field(default_factory=dict)
    placements: tuple[PlacementState, ...] = ()
    kpi_names: Mapping[int, str] = field(default_factory=dict)
    kpi_versions: Mapping[int, int] = field(default_factory=dict)
    kpis_in_plan: Mapping[str, list[int]] = field(default_factory=dict)
    kpis_elsewhere: Mapping[str, list[int]] = field(default_factory=dict)
    by_kpi: Mapping[int, list[SectionState]] = field(default_factory=dict)
    by_node: Mapping[int, list[SectionState]] = field(default_factory=dict)
    placed_elsewhere: frozenset[int] = frozenset()
    # Nodes that carry KPIs or other nodes; any other node stands in a row of its own.
    carrying_nodes: frozenset[int] = frozenset()

    def sections_at(self, placement: PlacementState) -> list[SectionState]:
        """Return who answers at a place: those named for this place alone, else those of the KPI."""
        everybody = self.by_kpi.get(placement.kpi_id, [])
        here = [state for state in everybody if state.placement_id == placement.id]
        return here or [state for state in everybody if state.placement_id is None]


def existing_strategy(plan: Plan | None, *, demo: bool) -> StrategyState:
    """Return a plan's content; of a plan that is not there yet only the KPIs of other plans."""
    kpis = list(Kpi.objects.filter(is_demo=demo).order_by("pk").values_list("pk", "name", "version"))
    names = {pk: name for pk, name, _ in kpis}
    nodes = _nodes(plan) if plan is not None else []
    by_id = {node.id: node for node in nodes}
    placements = tuple(
        PlacementState(pk, kpi_id, node_id, position, printed or names.get(kpi_id, ""), unconfirmed)
        for pk, kpi_id, node_id, position, printed, unconfirmed in Placement.objects.filter(node__plan=plan)
        .order_by("position", "id")
        .values_list("pk", "kpi_id", "node_id", "position", "printed_name", "unconfirmed")
    ) if plan is not None else ()  # fmt: skip
    placed = {placement.kpi_id for placement in placements}
    by_kpi, by_node = _responsibilities(plan, demo=demo)
    outside = Placement.objects.filter(kpi__is_demo=demo).exclude(node__plan=plan)
    return StrategyState(
        nodes={node.key: node for node in nodes},
        nodes_by_id=by_id,
        placements=placements,
        kpi_names=names,
        kpi_versions={pk: version for pk, _, version in kpis},
        kpis_in_plan=_by_name(names, lambda pk: pk in placed),
        kpis_elsewhere=_by_name(names, lambda pk: pk not in placed),
        by_kpi=by_kpi,
        by_node=by_node,
        placed_elsewhere=frozenset(outside.values_list("kpi_id", flat=True)),
        carrying_nodes=frozenset(p.node_id for p in placements)
        | frozenset(node.parent_id for node in nodes if node.parent_id is not None),
    )


def _by_name(names: Mapping[int, str], wanted: Any) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for pk, name in names.items():
        if wanted(pk):
            found.setdefault(match_key(name), []).append(pk)
    return found


def _nodes(plan: Plan) -> list[NodeState]:
    rows = {
        values[0]: values
        for values in PlanNode.objects.filter(plan=plan)
        .order_by("position", "id")
        .values_list("pk", "parent_id", "level", "name", "position", "ascii_code", "unconfirmed")
    }
    keys: dict[int, NodeKey] = {}

    def key_of(pk: int) -> NodeKey:
        if pk not in keys:
            _, parent_id, level, name, _, ascii_code, _ = rows[pk]
            if ascii_code:
                keys[pk] = ("code", ascii_code)
            elif parent_id is not None and parent_id in rows:
                keys[pk] = (*key_of(parent_id), level, match_key(name))
            else:
                keys[pk] = (level, match_key(name))
        return keys[pk]

    return [
        NodeState(pk, key_of(pk), parent_id, level, name, position, ascii_code, unconfirmed)
        for pk, parent_id, level, name, position, ascii_code, unconfirmed in rows.values()
    ]


def _responsibilities(
    plan: Plan | None, *, demo: bool
) -> tuple[dict[int, list[SectionState]], dict[int, list[SectionState]]]:
    by_kpi: dict[int, list[SectionState]] = {}
    by_node: dict[int, list[SectionState]] = {}
    rows = (
        Responsibility.objects.filter(Q(kpi__is_demo=demo) | Q(node__plan=plan))
        .order_by("position", "id")
        .values_list(
            "pk",
            "kpi_id",
            "node_id",
            "placement_id",
            "section_id",
            "printed_name",
            "section__name",
            "role",
            "role_note",
            "first_fiscal_year",
        )
    )
    for pk, kpi_id, node_id, placement_id, section_id, printed, name, role, note, first_year in rows:
        state = SectionState(
            pk,
            kpi_id,
            node_id,
            placement_id,
            section_id,
            printed or section_as_printed(name, note),
            role,
            note,
            first_year,
        )
        if kpi_id is not None:
            by_kpi.setdefault(kpi_id, []).append(state)
        elif node_id is not None:
            by_node.setdefault(node_id, []).append(state)
    return by_kpi, by_node


def has_own_row(node: NodeState, state: StrategyState) -> bool:
    """Say whether a node stands in a row of its own, without KPI."""
    return node.id in state.by_node or node.id not in state.carrying_nodes


@dataclass(frozen=True, slots=True)
class WrittenSections:
    """The sections that the last import gave a KPI, and whether a person has changed them since."""

    section_ids: list[str]
    changed_by_people: bool


def sections_written_by_imports(*, kpi_id: int | None, node_id: int | None) -> WrittenSections:
    """Return what imports wrote of a KPI's (or a project's) sections.

    Only asked where document and plan differ: responsibilities are found through their snapshots.
    """
    owner = ("kpi_id", str(kpi_id)) if kpi_id is not None else ("node_id", str(node_id))
    present: dict[int, str] = {}
    ours: set[int] = set()
    changed = False
    for record_id, act, old, new, through in (
        Revision.objects.filter(record_type="strategy.responsibility")
        .order_by("id")
        .values_list("record_id", "act", "old", "new", "through")
    ):
        by_person = through in BY_PEOPLE
        if act == RevisionAct.CHANGED.value:
            changed |= by_person and record_id in ours
            continue
        content = json.loads((new if act == RevisionAct.CREATED.value else old) or "{}")
        if content.get(owner[0]) != owner[1]:
            continue
        ours.add(record_id)
        if by_person:
            changed = True
        elif act == RevisionAct.CREATED.value:
            present[record_id] = content["section_id"]
            changed = False
        else:
            present.pop(record_id, None)
    return WrittenSections(list(present.values()), changed)
