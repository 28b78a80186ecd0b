"""Where KPIs stand in a plan, and which sections answer for them there in which years."""

import json
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, prefetch_related_objects

from history.enums import RevisionAct
from history.models import Revision
from history.selectors import as_they_stood
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
    def weight(self) -> Decimal:
        """Return what the KPI counts for in a score: the weight of its first place that has one, else 1."""
        return next((place.weight for place in self._in_order() if place.weight is not None), Decimal(1))

    def _in_order(self) -> list[Placement]:
        return sorted(self.placements, key=lambda place: (place.position, place.pk))

    @property
    def nodes(self) -> tuple[PlanNode, ...]:
        """Return where the KPI stands."""
        return tuple(placement.node for placement in self.placements)

    @property
    def needs_review(self) -> bool:
        """Return whether a place, or the node it is at, waits for a person."""
        return any(placement.unconfirmed or placement.node.unconfirmed for placement in self.placements)

    def sections(self, fiscal_year: int, *, placement: Placement | None = None) -> tuple[Section, ...]:
        """Return the sections that answer in a fiscal year, at one place or at any, each once."""
        found = {
            each.section_id: each.section
            for each in self.held
            if (placement is None or each.placement_id in (None, placement.pk))
            and (each.first_fiscal_year or fiscal_year)
            <= fiscal_year
            <= (each.last_fiscal_year or fiscal_year)
        }
        return tuple(found.values())


def places_of(
    plan: Plan,
    kpi_ids: Collection[int],
    *,
    nodes: Iterable[PlanNode] = (),
    stood_at: datetime | None = None,
) -> dict[int, Places]:
    """Return the places of some KPIs that stand in a plan (two queries).

    With `stood_at` they are those of that time (some queries more), at the plan's `nodes` of that time.
    """
    found: dict[int, Places] = defaultdict(Places)
    for placement in (
        Placement.objects.filter(node__plan=plan, kpi_id__in=kpi_ids).select_related("node")
        if stood_at is None
        else _placements_then(kpi_ids, {node.pk: node for node in nodes}, stood_at)
    ):
        found[placement.kpi_id].placements.append(placement)
    here = {placement.pk for places in found.values() for placement in places.placements}
    held: Iterable[Responsibility] = Responsibility.objects.filter(kpi_id__in=list(found)).select_related(
        "section__bureau"
    )
    if stood_at is not None:
        held = _held_then(held, found, stood_at)
    for each in held:
        if each.kpi_id is not None and (each.placement_id is None or each.placement_id in here):
            found[each.kpi_id].held.append(each)
    return dict(found)


def _placements_then(
    kpi_ids: Collection[int], nodes: Mapping[int, PlanNode], stood_at: datetime
) -> list[Placement]:
    wanted = set(kpi_ids)
    today = Placement.objects.filter(kpi_id__in=wanted)
    stood = as_they_stood(Placement, today, stood_at, gone=lambda place: place.kpi_id in wanted)
    inside = [place for place in stood if place.node_id in nodes]
    for place in inside:
        place.node = nodes[place.node_id]
    return sorted(inside, key=lambda place: (place.position, place.pk))


def _held_then(
    today: Iterable[Responsibility], of_kpis: Container[int], stood_at: datetime
) -> list[Responsibility]:
    stood = as_they_stood(Responsibility, today, stood_at, gone=lambda each: each.kpi_id in of_kpis)
    prefetch_related_objects(stood, "section__bureau")
    return sorted(stood, key=lambda each: (each.position, each.pk))


def kpis_ever_in(plan: Plan) -> set[int]:
    """Return the KPIs that stand in a plan or once stood there: settled rounds still count them."""
    gone_nodes = (each for each in _gone(PlanNode) if each["plan_id"] == str(plan.pk))
    nodes = {*plan.nodes.values_list("pk", flat=True), *(int(each["id"]) for each in gone_nodes)}
    found = set(Placement.objects.filter(node__plan=plan).values_list("kpi_id", flat=True))
    found |= {int(each["kpi_id"]) for each in _gone(Placement) if int(each["node_id"]) in nodes}
    moved = Revision.objects.filter(record_type=Placement._meta.label_lower, field="node").order_by()
    away = {pk for pk, old in moved.values_list("record_id", "old") if old and int(old) in nodes}
    return found | set(Placement.objects.filter(pk__in=away).values_list("kpi_id", flat=True))


def _gone(model: type[Model]) -> Iterator[dict[str, Any]]:
    """Yield what the deleted records of a model held."""
    rows = Revision.objects.filter(
        record_type=model._meta.label_lower, act=RevisionAct.DELETED.value, new__isnull=True
    )
    for content in rows.order_by().values_list("old", flat=True):
        yield json.loads(content or "{}")


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
