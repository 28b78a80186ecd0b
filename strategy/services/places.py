"""Confirm where rows of a document belong, or put them where they belong."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from history.services import Authorship, change_record
from strategy.models import Placement, PlanNode
from strategy.selectors.places import InferredPlace


class PlaceTaken(Exception):
    """The KPI stands at that node already."""

    def __init__(self, title: str, node: PlanNode) -> None:
        super().__init__(f"「{title}」は「{node}」にすでにあります。別の項目を選んでください。")


def confirm_places(
    *, places: Sequence[InferredPlace], chosen: Mapping[str, PlanNode], authorship: Authorship
) -> int:
    """Set the chosen nodes and take the doubts away, all or nothing; return how many were confirmed.

    :raises PlaceTaken: if a KPI would stand twice at one node
    """
    count = 0
    with transaction.atomic():
        for place in places:
            if place.key in chosen:
                _confirm(place, chosen[place.key], authorship)
                count += 1
    return count


def _confirm(place: InferredPlace, node: PlanNode, authorship: Authorship) -> None:
    record = place.record
    if isinstance(record, PlanNode):
        change_record(
            record, {"parent": node, "unconfirmed": _without(record, "parent")}, authorship=authorship
        )
        for placement in place.held:
            change_record(placement, {"unconfirmed": _without(placement, "node")}, authorship=authorship)
        return
    taken = Placement.objects.filter(kpi=record.kpi_id, node=node).exclude(pk=record.pk)
    if taken.exists():
        raise PlaceTaken(place.title, node)
    change_record(record, {"node": node, "unconfirmed": _without(record, "node")}, authorship=authorship)


def _without(record: PlanNode | Placement, name: str) -> dict[str, object]:
    return {field: mark for field, mark in record.unconfirmed.items() if field != name}
