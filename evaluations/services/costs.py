"""A program's costs, saved together with its sheet."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from history.services import Authorship, VersionConflict, change_record, create_record
from programs.models import ProgramCost, ProgramSheet


@dataclass(frozen=True, kw_only=True)
class CostEntry:
    """Costs as entered: money in 千円, staff in persons, overtime in hours. Blank is not 0.

    `seen_version` is that of the costs the person had before them, 0 where there were none.
    """

    seen_version: int = 0
    budget_code: str = ""
    national: Decimal | None = None
    prefectural: Decimal | None = None
    bonds: Decimal | None = None
    other: Decimal | None = None
    general: Decimal | None = None
    staff_share: Decimal | None = None
    overtime_hours: Decimal | None = None
    labour: Decimal | None = None
    stated_total: Decimal | None = None
    is_final: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """Return what is kept."""
        return {name: value for name, value in asdict(self).items() if name != "seen_version"}

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was entered at all."""
        return all(value in (None, "", False) for value in self.values.values())


def cost_change(yearly: ProgramSheet, entry: CostEntry | None) -> tuple[ProgramCost | None, dict[str, Any]]:
    """Return the stored costs (held until the transaction ends) and what differs from them."""
    if entry is None:
        return None, {}
    stored = ProgramCost.objects.select_for_update().filter(sheet=yearly).first()
    if stored is None:
        return None, {} if entry.is_empty else entry.values
    return stored, {name: value for name, value in entry.values.items() if getattr(stored, name) != value}


def write_costs(
    yearly: ProgramSheet,
    stored: ProgramCost | None,
    changes: dict[str, Any],
    entry: CostEntry,
    authorship: Authorship,
) -> None:
    """Write what differs.

    :raises VersionConflict: if somebody else (an import) has changed the costs since they were shown
    """
    if stored is not None:
        change_record(stored, changes, authorship=authorship, expected_version=entry.seen_version)
        return
    created = ProgramCost(sheet=yearly, **changes)
    if entry.seen_version:
        raise VersionConflict(created)
    try:
        with transaction.atomic():
            create_record(created, authorship=authorship)
    except IntegrityError as error:
        raise VersionConflict(created) from error
