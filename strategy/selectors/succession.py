"""Which KPI was in force in a fiscal year, where one follows another in mid-plan."""

from collections.abc import Iterable, Mapping

from strategy.models import Kpi


def predecessor_ids(kpis: Iterable[Kpi]) -> set[int]:
    """Return which KPIs some others follow, where it is known from which year."""
    return {kpi.predecessor_id for kpi in kpis if kpi.predecessor_id and kpi.predecessor_fiscal_year}


def kpis_before(kpis: Iterable[Kpi]) -> dict[int, Kpi]:
    """Return the KPIs that some others follow, and those before them, by id.

    One query per link of the longest line; none where no KPI follows another.
    """
    found: dict[int, Kpi] = {}
    waiting = predecessor_ids(kpis)
    while waiting:
        fresh = Kpi.objects.in_bulk(waiting)
        found |= fresh
        waiting = predecessor_ids(fresh.values()) - found.keys()
    return found


def kpi_in_force(kpi: Kpi, year: int, before: Mapping[int, Kpi]) -> Kpi:
    """Return the KPI in force in a year: this one, or one before it (`kpis_before` has found them)."""
    seen: set[int] = set()
    while kpi.pk not in seen and kpi.predecessor_fiscal_year and year < kpi.predecessor_fiscal_year:
        seen.add(kpi.pk)
        kpi = before.get(kpi.predecessor_id or 0, kpi)
    return kpi
