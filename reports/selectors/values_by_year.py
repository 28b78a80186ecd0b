"""The actuals of a plan with the years side by side, as planners take them into a spreadsheet."""

from decimal import Decimal
from typing import TYPE_CHECKING

from evaluations import permissions
from evaluations.enums import Edition, ValueStatus
from organization.models import User
from strategy.models import Kpi, Plan
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.flat_table import Cell, FlatTable

if TYPE_CHECKING:
    import pandas as pd

Seen = tuple[int, int, Decimal | None, str]
FIXED = ("KPIコード", "指標・KPI", "単位", "基準値", "基準年度")


def values_by_year(plan: Plan, *, viewer: User) -> FlatTable:
    """Return one line per KPI of the plan, for each fiscal year the final edition's value and its status.

    What a person may not see, and what nobody has entered, is blank: never 0.
    """
    kpis = list(Kpi.objects.filter(placements__node__plan=plan).distinct().order_by("code"))
    seen = _seen(plan, kpis, viewer)
    years = _years_of(plan, {year for _, year, *_ in seen})
    wide = _pivot(kpis, [row for row in seen if row[1] in years])
    header = (*FIXED, *(f"{era_label(year)}（{year}）{what}" for year in years for what in ("実績", "状態")))
    rows = [
        (kpi.code, kpi.name, kpi.unit, kpi.baseline_value, kpi.baseline_fiscal_year, *_line(wide, kpi, years))
        for kpi in kpis
    ]
    return FlatTable(f"{plan.name} 実績", header, rows)


def _seen(plan: Plan, kpis: list[Kpi], viewer: User) -> list[Seen]:
    """Return what a person sees; of a real and a demonstration's figure the one of the plan's own kind."""
    rows = permissions.visible_actuals(viewer).filter(kpi__in=kpis, edition=Edition.FINAL.value)
    found: dict[tuple[int, int], Seen] = {}
    for *row, is_demo in rows.order_by("pk").values_list(
        "kpi_id", "fiscal_year", "value", "status", "is_demo"
    ):
        kpi, year, value, status = row
        if (kpi, year) not in found or is_demo == plan.is_demo:
            found[kpi, year] = (kpi, year, value, status)
    return list(found.values())


def _years_of(plan: Plan, known: set[int]) -> range:
    """Return the plan's years, and where they are not known those with figures."""
    first = plan.first_fiscal_year or plan.last_fiscal_year or min(known, default=0)
    last = plan.last_fiscal_year or max(known, default=first - 1)
    return range(first, max(last, first - 1) + 1)


def _pivot(kpis: list[Kpi], seen: list[Seen]) -> "pd.DataFrame":
    """Turn the long list of actuals into KPIs × (value or status, year)."""
    import pandas as pd  # half a second and 50 MB: only for whoever takes the file

    long = pd.DataFrame.from_records(seen, columns=["kpi", "fiscal_year", "value", "status"])
    # As objects, so that Decimals stay what they are and no blank becomes a number.
    wide = long.astype(object).pivot(index="kpi", columns="fiscal_year", values=["value", "status"])
    return wide.reindex([kpi.pk for kpi in kpis])


def _line(wide: "pd.DataFrame", kpi: Kpi, years: range) -> list[Cell]:
    cells: list[Cell] = []
    for year in years:
        known = ("status", year) in wide.columns
        value = wide.at[kpi.pk, ("value", year)] if known else None
        status = wide.at[kpi.pk, ("status", year)] if known else None
        cells += [
            value if isinstance(value, Decimal) else None,
            ValueStatus(status).label if isinstance(status, str) else None,
        ]
    return cells
