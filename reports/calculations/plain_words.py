"""What a publication says, in plain sentences for readers who know none of the field's words."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from reports.calculations.published import (
    PublishedBand,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedYear,
)
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import era_label

DOWN = "下向き"  # a publication holds the direction in words


@dataclass(frozen=True)
class Overview:
    """The KPIs of a plan or node by grade, and the sentence that says the same."""

    grades: tuple[tuple[PublishedBand, int], ...]
    ungraded: int
    unpublished: int
    sentence: str

    @property
    def shown(self) -> int:
        """Return how many KPIs this publication says something of."""
        return sum(number for _, number in self.grades) + self.ungraded


def overview(plan: PublishedPlan, fiscal_year: int, node: PublishedNode | None = None) -> Overview:
    """Count a plan's KPIs, or those below a node, each once."""
    codes = set(node.all_kpis()) if node else {kpi.code for kpi in plan.kpis}
    kpis = [kpi for kpi in plan.kpis if kpi.code in codes]
    years = [kpi.year(fiscal_year) for kpi in kpis if kpi.is_published]
    numbers = Counter(year.grade.label for year in years if year and year.grade)
    grades = tuple((band, numbers[band.label]) for band in plan.bands if numbers[band.label])
    ungraded = sum(1 for year in years if not (year and year.grade))
    unpublished = len(kpis) - len(years)
    return Overview(
        grades, ungraded, unpublished, _sentence(fiscal_year, len(years), grades, ungraded, unpublished)
    )


def _sentence(
    fiscal_year: int,
    shown: int,
    grades: tuple[tuple[PublishedBand, int], ...],
    ungraded: int,
    unpublished: int,
) -> str:
    if not shown:
        return f"{era_label(fiscal_year)}の指標は、まだ公表していません。"
    parts = [f"「{band.label}」が{number}" for band, number in grades]
    words = f"{era_label(fiscal_year)}は、{shown}の指標を公表しています。"
    if parts:
        words += f"評価は、{'、'.join(parts)}です。"
    if ungraded:
        words += (
            f"{ungraded}の指標は、値がまだないなどの理由で評価していません（理由は指標ごとに示しています）。"
        )
    if unpublished:
        words += f"ほかに{unpublished}の指標は、この版では公表していません。"
    return words


def kpi_sentence(kpi: PublishedKpi, fiscal_year: int) -> str:
    """Say a KPI's year against its target and the year before; blank where there is no figure.

    Figures of a KPI that is summed over years are each year's own: they are not set against a target here.
    """
    year, before = kpi.year(fiscal_year), kpi.year(fiscal_year - 1)
    if year is None or year.value is None:
        return ""
    words = f"{era_label(fiscal_year)}の実績は、{_figure(kpi, year.value)}でした。"
    is_summed = year.judged_value is not None and year.judged_value != year.value
    if year.target is not None and year.target_upper is None and not is_summed:
        words += _against(kpi, year, year.target)
    if before is not None and before.value is not None:
        words += _since(kpi, year.value - before.value)
    return words


def _against(kpi: PublishedKpi, year: PublishedYear, target: Decimal) -> str:
    assert year.value is not None
    gap = year.value - target
    if gap == 0:
        return f"目標の{_figure(kpi, target)}と同じです。"
    side = "上回って" if gap > 0 else "下回って"
    sense = "（小さいほどよい指標です）" if kpi.direction == DOWN else ""
    return f"目標の{_figure(kpi, target)}を{_figure(kpi, abs(gap))}{side}います{sense}。"


def rate_notes(kpi: PublishedKpi) -> tuple[str, ...]:
    """Return what a reader has to know of the rates in a KPI's table, or they mislead.

    The achievement rate is the actual by the target whatever the direction (docs/formulas.md): with negative
    figures, or where less is better, more of it is not better.
    """
    rated = [year for year in kpi.years if year.achievement_rate is not None]
    if any(_is_negative(year) for year in rated):
        return (
            "負の値があるため、達成率（実績値÷目標値）は良し悪しを表しません。進捗率と評価を見てください。",
        )
    if rated and kpi.direction == DOWN:
        return ("小さいほどよい指標なので、達成率（実績値÷目標値）も小さいほど良いことを示します。",)
    return ()


def grade_notes(plan: PublishedPlan, kpi: PublishedKpi) -> tuple[str, ...]:
    """Return what a reader has to know of the grades in a KPI's table."""
    if plan.scheme_is_proposal and any(year.grade for year in kpi.years):
        return ("「案」の付いた評価は、評価の区切りが案で、確定したものではありません。",)
    return ()


def _is_negative(year: PublishedYear) -> bool:
    figures = (year.value, year.judged_value, year.target, year.achievement_rate)
    return any(figure is not None and figure < 0 for figure in figures)


def _since(kpi: PublishedKpi, change: Decimal) -> str:
    if change == 0:
        return "前の年度と同じです。"
    return f"前の年度から{_figure(kpi, abs(change))}{'増えました' if change > 0 else '減りました'}。"


def _figure(kpi: PublishedKpi, value: Decimal) -> str:
    return format_figure(value, kpi.decimals, kpi.unit)
