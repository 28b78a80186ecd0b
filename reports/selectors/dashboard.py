"""Where a plan stands in one fiscal year: counts of grades, of reasons and of sheets, for every node."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from evaluations.calculations.rollup import roll_up
from evaluations.enums import SheetState
from reports.selectors.kpi_rows import KpiRow
from reports.selectors.plan_tree import Branch, PlanTree
from strategy.calculations.rating import Band, Scheme
from strategy.models import PlanNode
from strategy.selectors.schemes import scheme_of


@dataclass(frozen=True)
class Count:
    """A number that leads to its list: `key` and `value` are the parameter of the list's address."""

    label: str
    key: str
    value: str
    number: int
    band: Band | None = None


@dataclass(frozen=True)
class Tally:
    """KPIs counted by grade and by the reason why there is none. Nothing is averaged."""

    total: int
    grades: tuple[Count, ...]
    reasons: tuple[Count, ...]
    provisional: int

    @property
    def graded(self) -> int:
        """Return how many have a grade."""
        return sum(count.number for count in self.grades)

    @property
    def ungraded(self) -> int:
        """Return how many cannot be judged."""
        return sum(count.number for count in self.reasons)


@dataclass(frozen=True)
class NodeSummary:
    """One line of the tree table."""

    node: PlanNode
    depth: int
    tally: Tally
    waiting: int


@dataclass(frozen=True)
class Dashboard:
    """Everything the plan's page counts."""

    scheme: Scheme | None
    tally: Tally
    states: tuple[Count, ...]
    lines: tuple[NodeSummary, ...]
    undefined: int
    unconfirmed: int
    overdue: int


def dashboard(tree: PlanTree, rows: list[KpiRow], *, is_late: bool) -> Dashboard:
    """Count a plan's rows, over all and for every node (the scheme's bands are one query)."""
    plan = tree.plan
    scheme = scheme_of(plan.rating_scheme) if plan.rating_scheme else None
    by_kpi = {row.kpi.pk: row for row in rows}
    states = Counter(row.sheet.state for row in rows if row.sheet)
    return Dashboard(
        scheme=scheme,
        tally=tally(rows, scheme),
        states=tuple(
            Count(s.label, "state", s.value, states[s.value]) for s in SheetState if states[s.value]
        ),
        lines=tuple(
            NodeSummary(
                branch.node,
                depth,
                tally(found, scheme),
                sum(1 for row in found if row.is_waiting),
            )
            for branch, depth in _with_depth(tree.branches)
            for found in [[by_kpi[pk] for pk in sorted(branch.kpi_ids())]]
        ),
        undefined=sum(1 for row in rows if row.missing_definition),
        unconfirmed=sum(1 for row in rows if row.unconfirmed),
        overdue=sum(1 for row in rows if row.is_waiting) if is_late else 0,
    )


def tally(rows: Iterable[KpiRow], scheme: Scheme | None) -> Tally:
    """Count rows by grade (in the scheme's order) and by reason, each count with its list's parameter."""
    rolled = roll_up((row.verdict for row in rows), scheme)
    return Tally(
        total=rolled.total,
        grades=tuple(
            Count(each.band.label, "grade", each.band.label, each.count, each.band) for each in rolled.grades
        ),
        reasons=tuple(Count(each.label, "reason", each.reason.value, each.count) for each in rolled.reasons),
        provisional=sum(each.provisional for each in rolled.grades),
    )


def _with_depth(branches: Iterable[Branch], depth: int = 0) -> Iterable[tuple[Branch, int]]:
    for branch in branches:
        yield branch, depth
        yield from _with_depth(branch.children, depth + 1)
