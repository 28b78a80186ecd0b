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

FIXED = ("KPIコード", "指標・KPI", "単位", "基準値", "基準年度")


def values_by_year(plan: Plan, *, viewer: User) -> FlatTable:
    """Return one line per KPI of the plan, for each fiscal year the final edition's value and its status.

    What a person may not see, and what nobody has entered, is blank: never 0.
    """
    years = range(plan.first_fiscal_year, plan.last_fiscal_year + 1)
    kpis = list(Kpi.objects.filter(placements__node__plan=plan).distinct().order_by("code"))
    wide = _pivot(kpis, years, viewer)
    header = (*FIXED, *(f"{era_label(year)}（{year}）{what}" for year in years for what in ("実績", "状態")))
    rows = [
        (kpi.code, kpi.name, kpi.unit, kpi.baseline_value, kpi.baseline_fiscal_year, *_line(wide, kpi, years))
        for kpi in kpis
    ]
    return FlatTable(f"{plan.name} 実績", header, rows)


def _pivot(kpis: list[Kpi], years: range, viewer: User) -> "pd.DataFrame":
    """Turn the long list of actuals into KPIs × (value or status, year)."""
    import pandas as pd  # half a second and 50 MB: only for whoever takes the file

    seen = permissions.visible_actuals(viewer).filter(
        kpi__in=kpis, fiscal_year__in=years, edition=Edition.FINAL.value
    )
    long = pd.DataFrame.from_records(
        seen.values_list("kpi_id", "fiscal_year", "value", "status"),
        columns=["kpi", "fiscal_year", "value", "status"],
    )
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
