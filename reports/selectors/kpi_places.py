"""Where KPIs stand in a plan, and which sections answer for them there in which years."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from organization.models import Section
from strategy.models import Placement, Plan, PlanNode, Responsibility


@dataclass
class Places:
    """A KPI's places in a plan, and the responsibilities that hold there."""

    placements: list[Placement] = field(default_factory=list)
    held: list[Responsibility] = field(default_factory=list)

    @property
    def position(self) -> int:
        """Return the order of the KPI's first row in the plan's document."""
        return min(placement.position for placement in self.placements)

    @property
    def nodes(self) -> tuple[PlanNode, ...]:
        """Return where the KPI stands."""
        return tuple(placement.node for placement in self.placements)

    @property
    def needs_review(self) -> bool:
        """Return whether a place, or the node it is at, waits for a person."""
        return any(placement.unconfirmed or placement.node.unconfirmed for placement in self.placements)

    def sections(self, fiscal_year: int) -> tuple[Section, ...]:
        """Return the sections that answer in a fiscal year, each once."""
        found = {
            each.section_id: each.section
            for each in self.held
            if (each.first_fiscal_year or fiscal_year)
            <= fiscal_year
            <= (each.last_fiscal_year or fiscal_year)
        }
        return tuple(found.values())


def places_of(plan: Plan, kpi_ids: Collection[int]) -> dict[int, Places]:
    """Return the places of some KPIs that stand in a plan (two queries)."""
    found: dict[int, Places] = defaultdict(Places)
    placements = Placement.objects.filter(node__plan=plan, kpi_id__in=kpi_ids).select_related("node")
    for placement in placements:
        found[placement.kpi_id].placements.append(placement)
    here = {placement.pk for places in found.values() for placement in places.placements}
    held = Responsibility.objects.filter(kpi_id__in=list(found)).select_related("section__bureau")
    for each in held:
        if each.placement_id is None or each.placement_id in here:
            found[each.kpi_id].held.append(each)
    return dict(found)


def lines_above(nodes: Iterable[PlanNode]) -> dict[int, tuple[int, ...]]:
    """Return for every node of a plan itself and the nodes above it."""
    parents = {node.pk: node.parent_id for node in nodes}
    lines = {}
    for pk in parents:
        line, above = [pk], parents[pk]
        while above is not None and above not in line:
            line.append(above)
            above = parents.get(above)
        lines[pk] = tuple(line)
    return lines
