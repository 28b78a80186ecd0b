"""The tree of a plan with its KPIs, built in Python from a constant number of queries."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from organization.models import Section
from reports.selectors.frames import PlanFrame
from reports.selectors.kpi_places import kpis_ever_in, places_of
from strategy.enums import NodeLevel
from strategy.models import Kpi, Placement, Plan, PlanNode


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

    def walk(self) -> Iterator["Branch"]:
        """Yield this branch and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all_places(self) -> list[KpiPlace]:
        """Return the rows of this branch and of all below it."""
        return [place for branch in self.walk() for place in branch.places]


@dataclass
class PlanTree:
    """A plan as a tree. `branches` are the top nodes: goals first, then grant programs."""

    plan: Plan
    branches: list[Branch]

    def kpis(self) -> list[Kpi]:
        """Return every KPI of the plan once, in the order of its first place."""
        found: dict[int, Kpi] = {}
        places = [place for branch in self.branches for place in branch.all_places()]
        for place in sorted(places, key=lambda place: place.placement.position):
            found.setdefault(place.kpi.pk, place.kpi)
        return list(found.values())


def plan_tree(frame: PlanFrame, *, fiscal_year: int) -> PlanTree:
    """Return a plan's tree as its frame stands; responsibilities are those of the fiscal year.

    A constant number of queries. The KPIs are today's rows: `figures_of` has them as they stood.
    """
    by_id = {node.pk: Branch(node) for node in frame.nodes}
    branches: list[Branch] = []
    for branch in by_id.values():
        above = by_id.get(branch.node.parent_id) if branch.node.parent_id else None
        (above.children if above else branches).append(branch)
    found = places_of(frame.plan, kpis_ever_in(frame.plan), nodes=frame.nodes, stood_at=frame.stood_at)
    kpis = Kpi.objects.in_bulk(list(found))
    rows = [
        (placement, places) for pk, places in found.items() if pk in kpis for placement in places.placements
    ]
    for placement, places in sorted(rows, key=lambda row: (row[0].position, row[0].pk)):
        sections = places.sections(fiscal_year, placement=placement)
        by_id[placement.node_id].places.append(KpiPlace(placement, kpis[placement.kpi_id], list(sections)))
    order = {NodeLevel.GOAL.value: 0, NodeLevel.POLICY.value: 0, NodeLevel.MEASURE.value: 0}
    branches.sort(key=lambda b: (order.get(b.node.level, 1), b.node.position, b.node.pk))
    return PlanTree(frame.plan, branches)
