"""A plan over its years: the grades of every goal in every fiscal year, as counts."""

from dataclasses import dataclass

import pandas as pd

from evaluations.selectors.judgements import figures_of, verdicts_of
from organization.models import User
from reports.selectors.plan_tree import PlanTree
from strategy.calculations.rating import Band, Scheme
from strategy.models import PlanNode
from strategy.selectors.schemes import scheme_of

UNGRADED = ""


@dataclass(frozen=True)
class YearCell:
    """A goal in a fiscal year: how many KPIs have each band (best first), and how many have none."""

    fiscal_year: int
    counts: tuple[tuple[Band, int], ...]
    ungraded: int

    @property
    def graded(self) -> int:
        """Return how many have a grade."""
        return sum(number for _, number in self.counts)


@dataclass(frozen=True)
class GoalLine:
    """One line of the table; `node` is None for the whole plan."""

    node: PlanNode | None
    cells: tuple[YearCell, ...]


@dataclass(frozen=True)
class YearTable:
    """Goals × fiscal years."""

    years: tuple[int, ...]
    bands: tuple[Band, ...]
    lines: tuple[GoalLine, ...]


def year_table(tree: PlanTree, *, years: tuple[int, ...], viewer: User) -> YearTable:
    """Count grades per top node and year, each KPI once per line (a constant number of queries)."""
    plan = tree.plan
    scheme = scheme_of(plan.rating_scheme) if plan.rating_scheme else None
    bands = scheme.bands if scheme else ()
    grades = _grades(tree, years, scheme, viewer)
    lines: list[tuple[PlanNode | None, set[int]]] = [(None, {kpi.pk for kpi in tree.kpis()})]
    lines += [(branch.node, branch.kpi_ids()) for branch in tree.branches]
    return YearTable(
        years=years,
        bands=bands,
        lines=tuple(GoalLine(node, _cells(grades, kpis, years, bands)) for node, kpis in lines),
    )


def _grades(tree: PlanTree, years: tuple[int, ...], scheme: Scheme | None, viewer: User) -> pd.DataFrame:
    """Return one row per KPI and year with the grade's label, blank where there is none."""
    figures = figures_of(tree.kpis(), viewer=viewer)
    records = [
        (pk, year, verdict.grade.label if verdict.grade else UNGRADED)
        for year in years
        for pk, verdict in verdicts_of(figures, plan=tree.plan, fiscal_year=year, scheme=scheme).items()
    ]
    return pd.DataFrame.from_records(records, columns=["kpi", "fiscal_year", "grade"])


def _cells(
    grades: pd.DataFrame, kpis: set[int], years: tuple[int, ...], bands: tuple[Band, ...]
) -> tuple[YearCell, ...]:
    inside = grades[grades["kpi"].isin(kpis)]
    counted = inside.groupby(["fiscal_year", "grade"]).size().to_dict()
    return tuple(
        YearCell(
            year,
            tuple((band, int(counted.get((year, band.label), 0))) for band in bands),
            int(counted.get((year, UNGRADED), 0)),
        )
        for year in years
    )
