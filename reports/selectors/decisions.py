"""What was decided about KPIs, programs and measures after their evaluation, for their authors to read."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from evaluations import permissions
from evaluations.enums import LOCKED_ROUNDS
from evaluations.models import MeasureOpinion
from organization.models import User
from strategy.models import Placement

_DECIDED = ~Q(decision="") | ~Q(decision_note="")


@dataclass(frozen=True)
class Decided:
    """One decision: direction and the note on means."""

    fiscal_year: int
    subject: str
    decision: str
    note: str
    address: str


def decisions_on(
    viewer: User, *, node_ids: Collection[int] = (), program_ids: Collection[int] = ()
) -> tuple[Decided, ...]:
    """Return the decisions on nodes and on finished sheets, of KPIs at them and of programs, newest first."""
    placed = Placement.objects.filter(node__in=node_ids).order_by().values("kpi")
    kpis = permissions.visible_kpi_sheets(viewer).locked().filter(_DECIDED, kpi__in=placed)
    programs = (
        permissions.visible_program_evaluations(viewer)
        .locked()
        .filter(_DECIDED, program_sheet__program__in=program_ids)
    )
    rounds = permissions.visible_rounds(viewer).filter(state__in=[state.value for state in LOCKED_ROUNDS])
    nodes = MeasureOpinion.objects.filter(_DECIDED, node__in=node_ids, round__in=rounds)
    found = [
        Decided(
            each.round.fiscal_year,
            f"{each.node}（全体）",
            each.decision,
            each.decision_note,
            f"{reverse('evaluations:round_opinions', args=[each.round_id])}#node-{each.node_id}",
        )
        for each in nodes.select_related("round", "node").order_by("node__position", "pk")
    ]
    found += [
        Decided(
            sheet.round.fiscal_year,
            sheet.kpi.name,
            sheet.decision,
            sheet.decision_note,
            sheet.get_absolute_url(),
        )
        for sheet in kpis.select_related("round", "kpi").order_by("kpi__code", "pk")
    ]
    found += [
        Decided(
            sheet.round.fiscal_year,
            sheet.program_sheet.name,
            sheet.decision,
            sheet.decision_note,
            sheet.get_absolute_url(),
        )
        for sheet in programs.select_related("round", "program_sheet__program").order_by(
            "program_sheet__program__number", "pk"
        )
    ]
    return tuple(sorted(found, key=lambda decided: -decided.fiscal_year))
