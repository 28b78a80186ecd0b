"""What was decided about KPIs and programs after their evaluation, for those who wrote it to read."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from evaluations import permissions
from organization.models import User
from strategy.models import Placement

_DECIDED = ~Q(decision="") | ~Q(decision_note="")


@dataclass(frozen=True)
class Decided:
    """One decision of a finished sheet: direction and the note on means."""

    fiscal_year: int
    subject: str
    decision: str
    note: str
    address: str


def decisions_on(
    viewer: User, *, node_ids: Collection[int] = (), program_ids: Collection[int] = ()
) -> tuple[Decided, ...]:
    """Return the decisions on finished sheets, of KPIs at nodes and of programs, newest first."""
    placed = Placement.objects.filter(node__in=node_ids).order_by().values("kpi")
    kpis = permissions.visible_kpi_sheets(viewer).locked().filter(_DECIDED, kpi__in=placed)
    programs = (
        permissions.visible_program_evaluations(viewer)
        .locked()
        .filter(_DECIDED, program_sheet__program__in=program_ids)
    )
    found = [
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
