"""Grant programs in a round: what the rule proposes from their KPIs, and what planning decided."""

from collections.abc import Collection
from dataclasses import dataclass

from evaluations import permissions
from evaluations.calculations.grant_effect import GrantEffect
from evaluations.enums import LOCKED_ROUNDS, Edition
from evaluations.models import GrantDecision, Round
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import Verdict, verdicts_of
from evaluations.selectors.scores import kpis_below, proposed_effect
from evaluations.selectors.standing import plans_as_stood, settled_at
from history.selectors import Change, Key, revisions_for
from organization.models import User
from strategy.enums import NodeLevel
from strategy.models import Kpi, Plan, PlanNode
from strategy.selectors.definitions import kpis_of_plan, nodes_in_order


@dataclass(frozen=True)
class EffectRow:
    """One grant program: its KPIs as they are judged, the proposed effect, and the decision."""

    node: PlanNode
    kpis: tuple[tuple[Kpi, Verdict], ...]
    proposal: GrantEffect
    decision: GrantDecision | None

    @property
    def proposed(self) -> str:
        """Return the proposed effect, blank where nothing is proposed."""
        return self.proposal.band.label if self.proposal.band else ""

    @property
    def version(self) -> int:
        """Return the version a form names; 0 while nothing is decided."""
        return self.decision.version if self.decision else 0

    @property
    def is_decided(self) -> bool:
        """Return whether an effect stands."""
        return bool(self.decision and self.decision.effect)

    @property
    def has_moved(self) -> bool:
        """Return whether the figures propose something else than when it was decided."""
        return bool(self.decision and self.decision.effect and self.decision.proposed != self.proposed)


def effect_rows(user: User, collection: Round) -> list[EffectRow]:
    """Return the grant programs of a round's plans in the plans' order.

    The number of queries grows with the plans, not with programs and KPIs.
    """
    decided = {row.node_id: row for row in collection.grant_decisions.select_related("decided_by")}
    plans = list(collection.plans.order_by("pk"))
    rows: list[EffectRow] = []
    for plan, stood in zip(plans, plans_as_stood(plans, settled_at(collection)), strict=True):
        rows += _rows_of_plan(user, collection, plan, stood, decided)
    return rows


def _rows_of_plan(
    user: User, collection: Round, plan: Plan, stood: Plan, decided: dict[int, GrantDecision]
) -> list[EffectRow]:
    nodes = nodes_in_order(plan)
    grants = [node for node in nodes if node.level == NodeLevel.GRANT]
    if not grants:
        return []
    found, places = kpis_of_plan(plan)
    below = kpis_below(nodes, places)
    asked = [kpi for kpi in found if any(kpi.pk in below[grant.pk] for grant in grants)]
    figures = figures_of(
        asked,
        fiscal_year=collection.fiscal_year,
        edition=Edition(collection.edition),
        viewer=user,
        is_demo=collection.is_demo,
        stood_at=settled_at(collection),
    )
    verdicts = verdicts_of(figures, plan=stood, fiscal_year=collection.fiscal_year)
    return [
        EffectRow(
            grant,
            tuple((kpi, verdicts[kpi.pk]) for kpi in asked if kpi.pk in below[grant.pk]),
            proposed_effect([verdicts[kpi.pk] for kpi in asked if kpi.pk in below[grant.pk]]),
            decided.get(grant.pk),
        )
        for grant in grants
    ]


def effect_history(rows: Collection[EffectRow]) -> dict[Key, list[Change]]:
    """Return who decided what, and why."""
    return revisions_for([row.decision for row in rows if row.decision is not None])


def decided_effects(viewer: User, node_ids: Collection[int]) -> list[GrantDecision]:
    """Return the effects decided on some grant programs, the latest first (one query, none for none).

    Planning and the committee see them at once, others when the round is finalised.
    """
    if not node_ids:
        return []
    rows = GrantDecision.objects.filter(node__in=node_ids).exclude(effect="")
    if not permissions.can_see_all_opinions(viewer):
        rows = rows.filter(round__state__in=[state.value for state in LOCKED_ROUNDS])
    return list(rows.select_related("round", "node").order_by("-round__fiscal_year", "-round_id", "pk"))
