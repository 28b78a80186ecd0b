"""The sheets on which a section's own import of figures may write, as their states stand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import F

from evaluations.enums import Act, Edition
from evaluations.models import KpiSheet
from evaluations.permissions import can_act, visible_kpi_sheets
from organization.models import User

BATCH = 500  # SQLite limits the parameters of one statement


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """A sheet that a figure would be entered on; `state` in words."""

    id: int
    state: str
    can_edit: bool


def own_sheets(user: User, kpi_ids: Collection[int]) -> Mapping[tuple[int, int], OwnSheet]:
    """Return the sheets of the final edition that exist for a person, by KPI and fiscal year."""
    found: dict[tuple[int, int], OwnSheet] = {}
    ids = sorted(set(kpi_ids))
    for start in range(0, len(ids), BATCH):
        sheets = (
            visible_kpi_sheets(user)
            .filter(
                kpi__in=ids[start : start + BATCH],
                round__edition=Edition.FINAL.value,
                round__is_demo=F("kpi__is_demo"),
            )
            .select_related("round")
        )
        for sheet in sheets:
            found[sheet.kpi_id, sheet.round.fiscal_year] = _own(user, sheet)
    return found


def _own(user: User, sheet: KpiSheet) -> OwnSheet:
    return OwnSheet(sheet.pk, sheet.get_state_display(), can_act(user, sheet, Act.EDIT))
