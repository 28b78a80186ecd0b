"""The page of a round's opinions: measure by measure, with the sheets that belong to each."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluations import permissions
from evaluations.enums import SheetState
from evaluations.models import KpiSheet, MeasureOpinion, Round
from evaluations.selectors.tasks import kpi_sheets
from organization.models import User
from strategy.enums import NodeLevel
from strategy.models import Placement, PlanNode

LEVELS = (NodeLevel.MEASURE, NodeLevel.GRANT)


@dataclass(frozen=True)
class MeasureRow:
    """One measure: the opinion on it, the sheets placed at it that the person sees, and what they may do."""

    node: PlanNode
    opinion: MeasureOpinion | None
    sheets: tuple[KpiSheet, ...]
    may_opine: bool
    may_reply: bool
    may_decide: bool
    sees_decision: bool

    @property
    def version(self) -> int:
        """Return the version a form names; 0 while there is nothing."""
        return self.opinion.version if self.opinion else 0


def measure_rows(user: User, collection: Round) -> list[MeasureRow]:
    """Return the measures of a round's plans that concern a person, in the plan's order. Five queries.

    Planning and the committee see all of them, a section those at which it has a sheet in the round. What
    the committee says is there for a section as soon as its sheets are with the committee or beyond.
    """
    nodes = PlanNode.objects.filter(
        plan__in=collection.plans.all(), level__in=[level.value for level in LEVELS]
    ).select_related("plan", "parent")
    placed = Placement.objects.filter(node__in=nodes).values_list("node_id", "kpi_id")
    seen = {s.kpi_id: s for s in permissions.visible_to(user, kpi_sheets()).filter(round=collection)}
    by_node: dict[int, list[KpiSheet]] = {}
    for node_id, kpi_id in placed:
        if kpi_id in seen and seen[kpi_id] not in by_node.get(node_id, []):
            by_node.setdefault(node_id, []).append(seen[kpi_id])
    opinions: Mapping[int, MeasureOpinion] = {
        opinion.node_id: opinion
        for opinion in collection.measure_opinions.select_related("opined_by", "replied_by", "decided_by")
    }
    rows = (
        _row(user, collection, node, tuple(by_node.get(node.pk, ())), opinions.get(node.pk))
        for node in nodes.order_by("plan_id", "position", "id")
    )
    return [row for row in rows if row is not None]


def _row(
    user: User,
    collection: Round,
    node: PlanNode,
    sheets: tuple[KpiSheet, ...],
    opinion: MeasureOpinion | None,
) -> MeasureRow | None:
    sections = {sheet.section_id for sheet in sheets}
    if not permissions.sees_opinions(user, sections):
        return None
    told = opinion
    sees_decision = permissions.can_see_decisions_on_measures(user, collection)
    with_committee = {SheetState.EXTERNAL, SheetState.FINALISED, SheetState.PUBLISHED}
    if not permissions.can_see_all_opinions(user) and not any(s.state in with_committee for s in sheets):
        told = None
    return MeasureRow(
        node=node,
        opinion=told,
        sheets=sheets,
        may_opine=permissions.can_opine_on_measures(user, collection),
        may_reply=bool(
            told and told.opinion and permissions.can_reply_on_measure(user, collection, sections)
        ),
        may_decide=permissions.can_decide_on_measures(user, collection),
        sees_decision=bool(told and told.decided_at and sees_decision),
    )
