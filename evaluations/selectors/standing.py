"""When a round was settled: from then on its pages show plan, definitions and targets as they stood."""

from collections.abc import Sequence
from datetime import datetime

from evaluations.enums import RoundState
from evaluations.models import Round
from history.models import Revision
from history.selectors import as_they_stood
from strategy.models import Kpi, Placement, Plan, PlanNode, Responsibility

_SETTLED = frozenset({RoundState.FINALISED.value, RoundState.PUBLISHED.value})


def settled_at(collection: Round) -> datetime | None:
    """Return when a round was finalised last; None while it is under way (one query when it is over)."""
    if collection.state not in _SETTLED:
        return None
    moves = Revision.objects.for_record(collection).filter(field="state", new=RoundState.FINALISED.value)
    return moves.order_by("-at", "-id").values_list("at", flat=True).first()


def plans_as_stood(plans: Sequence[Plan], stood_at: datetime | None) -> list[Plan]:
    """Return plans as they are, or with the years and the scheme of a time."""
    return list(plans) if stood_at is None else as_they_stood(Plan, plans, stood_at)


def places_of(kpi: Kpi, stood_at: datetime | None) -> tuple[Placement, ...]:
    """Return where a KPI stands, or stood: with the names that its nodes had."""
    places = list(Placement.objects.filter(kpi_id=kpi.pk).select_related("node__plan", "node__parent"))
    if stood_at is None:
        return tuple(places)
    stood = as_they_stood(Placement, places, stood_at, gone=lambda place: place.kpi_id == kpi.pk)
    ids = {place.node_id for place in stood}
    today = PlanNode.objects.filter(pk__in=ids).select_related("plan", "parent")
    nodes = {
        node.pk: node for node in as_they_stood(PlanNode, today, stood_at, gone=lambda node: node.pk in ids)
    }
    for place in stood:
        place.node = nodes[place.node_id]
    return tuple(sorted(stood, key=lambda place: (place.position, place.pk)))


def responsibilities_of(kpi: Kpi, year: int, stood_at: datetime | None) -> tuple[Responsibility, ...]:
    """Return who answers for a KPI in a fiscal year, or who answered as things stood at a time."""
    rows = Responsibility.objects.filter(kpi_id=kpi.pk).select_related("section")
    if stood_at is None:
        return tuple(rows.for_year(year))
    stood = as_they_stood(Responsibility, rows, stood_at, gone=lambda row: row.kpi_id == kpi.pk)
    holding = [
        row for row in stood if (row.first_fiscal_year or year) <= year <= (row.last_fiscal_year or year)
    ]
    return tuple(sorted(holding, key=lambda row: (row.position, row.pk)))
