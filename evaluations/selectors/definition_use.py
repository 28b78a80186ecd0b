"""Where a KPI's definition is in use: the rounds that have asked for its figures."""

from collections import defaultdict
from collections.abc import Collection

from evaluations.enums import RoundState
from evaluations.models import KpiSheet, Round


def rounds_asking(kpi_ids: Collection[int]) -> dict[int, tuple[Round, ...]]:
    """Return the rounds opened with each KPI, the latest first (one query); a KPI without is left out."""
    found: dict[int, list[Round]] = defaultdict(list)
    sheets = KpiSheet.objects.filter(kpi__in=kpi_ids).exclude(round__state=RoundState.PREPARING.value)
    for sheet in sheets.select_related("round").order_by("-round__fiscal_year", "-round_id"):
        found[sheet.kpi_id].append(sheet.round)
    return {pk: tuple(rounds) for pk, rounds in found.items()}
