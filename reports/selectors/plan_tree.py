"""The tree of a plan with its KPIs, built in Python from a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from organization.models import Section
from strategy.enums import NodeLevel
from strategy.models import Kpi, Placement, Plan, PlanNode, Responsibility


@dataclass
class KpiPlace:
    """One row of a plan: a KPI at a place, with the sections that answer for it there."""

    placement: Placement
    kpi: Kpi
    sections: list[Section] = field(default_factory=list)


@dataclass
class Branch:
    """A node with everything below it, in the document's order."""

    node: PlanNode
    children: list["Branch"] = field(default_factory=list)
    places: list[KpiPlace] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def walk(self) -> Iterator["Branch"]:
        """Yield this branch and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all_places(self) -> list[KpiPlace]:
        """Return the rows of this branch and of all below it."""
        return [place for branch in self.walk() for place in branch.places]

    def kpi_ids(self) -> set[int]:
        """Return the KPIs of this branch, each once however often it is placed."""
        return {place.kpi.pk for place in self.all_places()}


@dataclass
class PlanTree:
    """A plan as a tree. `branches` are the top nodes: goals first, then grant programs."""

    plan: Plan
    branches: list[Branch]
    by_id: dict[int, Branch]

    def kpis(self) -> list[Kpi]:
        """Return every KPI of the plan once, in the order of its first place."""
        found: dict[int, Kpi] = {}
        places = [place for branch in self.branches for place in branch.all_places()]
        for place in sorted(places, key=lambda place: place.placement.position):
            found.setdefault(place.kpi.pk, place.kpi)
        return list(found.values())

    def ancestors(self, node: PlanNode) -> list[PlanNode]:
        """Return the nodes above a node, the top one first."""
        path: list[PlanNode] = []
        parent_id = node.parent_id
        while parent_id is not None:
            above = self.by_id[parent_id].node
            path.insert(0, above)
            parent_id = above.parent_id
        return path


def plan_tree(plan: Plan, *, fiscal_year: int | None = None) -> PlanTree:
    """Return a plan's tree; responsibilities are those of the fiscal year (three queries)."""
    by_id = {node.pk: Branch(node) for node in plan.nodes.all()}
    branches: list[Branch] = []
    for branch in by_id.values():
        above = by_id.get(branch.node.parent_id) if branch.node.parent_id else None
        (above.children if above else branches).append(branch)
    placements = Placement.objects.filter(node__plan=plan).select_related("kpi", "node")
    places = {p.pk: KpiPlace(p, p.kpi) for p in placements}
    for place in places.values():
        by_id[place.placement.node_id].places.append(place)
    _attach_sections(plan, by_id, places, fiscal_year)
    order = {NodeLevel.GOAL.value: 0, NodeLevel.POLICY.value: 0, NodeLevel.MEASURE.value: 0}
    branches.sort(key=lambda b: (order.get(b.node.level, 1), b.node.position, b.node.pk))
    return PlanTree(plan, branches, by_id)


def _attach_sections(
    plan: Plan, branches: dict[int, Branch], places: dict[int, KpiPlace], fiscal_year: int | None
) -> None:
    year = fiscal_year or plan.last_fiscal_year
    held = Responsibility.objects.select_related("section__bureau")
    of_kpis = held.filter(kpi__placements__node__plan=plan).distinct()
    of_nodes = held.filter(node__plan=plan)
    if year is not None:
        of_kpis, of_nodes = of_kpis.for_year(year), of_nodes.for_year(year)
    by_kpi: dict[int, list[Responsibility]] = defaultdict(list)
    for responsibility in of_kpis:
        by_kpi[responsibility.kpi_id].append(responsibility)
    for place in places.values():
        place.sections = [
            r.section for r in by_kpi[place.kpi.pk] if r.placement_id in (None, place.placement.pk)
        ]
    for responsibility in of_nodes:
        branches[responsibility.node_id].sections.append(responsibility.section)
