"""The KPIs of a plan in one fiscal year, each with its places, sections, figures, verdict and sheet.

Dashboards and lists count and filter these rows, so that a number and the list behind it agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evaluations import permissions
from evaluations.enums import Edition, SheetState
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.judgements import KpiFigures, Verdict, figures_of, verdicts_of
from organization.models import Section, User
from reports.selectors.plan_tree import PlanTree
from strategy.models import Kpi, Placement, PlanNode, Target

IN_HAND = frozenset(
    {SheetState.NOT_STARTED, SheetState.DRAFTING, SheetState.AWAITING_APPROVAL, SheetState.RETURNED}
)


@dataclass(frozen=True)
class KpiRow:
    """One KPI of a plan in one fiscal year as a person may see it."""

    kpi: Kpi
    placements: tuple[Placement, ...]
    sections: tuple[Section, ...]
    figures: KpiFigures
    verdict: Verdict
    sheet: KpiSheet | None

    @property
    def nodes(self) -> tuple[PlanNode, ...]:
        """Return where the KPI stands in the plan."""
        return tuple(placement.node for placement in self.placements)

    @property
    def unconfirmed(self) -> dict[str, Any]:
        """Return what waits for a person: of the KPI itself, of its places and of the nodes it stands at."""
        found = dict(self.kpi.unconfirmed)
        for placement in self.placements:
            for name, doubt in (*placement.unconfirmed.items(), *placement.node.unconfirmed.items()):
                found.setdefault(f"{placement.pk}-{name}", doubt)
        return found

    @property
    def actual(self) -> Actual | None:
        """Return the year's actual, None when there is no row yet."""
        return self.figures.actuals.get(self.verdict.fiscal_year)

    @property
    def target(self) -> Target | None:
        """Return the year's own target."""
        return self.figures.targets.get(self.verdict.fiscal_year)

    @property
    def is_waiting(self) -> bool:
        """Return whether the section still has the sheet in hand."""
        return self.sheet is not None and self.sheet.state in IN_HAND

    @property
    def missing_definition(self) -> tuple[str, ...]:
        """Return what planning has not defined yet, in the words of the definition page."""
        kpi = self.kpi
        lacks = {
            "単位": not kpi.unit,
            "方向": not kpi.direction,
            "集計方法": not kpi.aggregation,
            "基準値": kpi.baseline_value is None,
            "目標値": not self.figures.targets,
            "担当課": not self.sections,
        }
        return tuple(name for name, is_missing in lacks.items() if is_missing)


def kpi_rows(tree: PlanTree, *, fiscal_year: int, edition: Edition, viewer: User | None) -> list[KpiRow]:
    """Return the rows of a plan, each KPI once, in the document's order (a constant number of queries)."""
    kpis = tree.kpis()
    figures = figures_of(kpis, fiscal_year=fiscal_year, edition=edition, viewer=viewer)
    verdicts = verdicts_of(figures, plan=tree.plan, fiscal_year=fiscal_year)
    sheets = _sheets(kpis, fiscal_year, edition, viewer)
    placements, sections = _places(tree)
    return [
        KpiRow(
            kpi,
            tuple(placements[kpi.pk]),
            tuple(sections[kpi.pk].values()),
            figures[kpi.pk],
            verdicts[kpi.pk],
            sheets.get(kpi.pk),
        )
        for kpi in kpis
    ]


def _sheets(
    kpis: Iterable[Kpi], fiscal_year: int, edition: Edition, viewer: User | None
) -> dict[int, KpiSheet]:
    sheets = permissions.visible_kpi_sheets(viewer) if viewer else KpiSheet.objects.all()
    found = sheets.filter(kpi__in=kpis, round__fiscal_year=fiscal_year, round__edition=edition.value)
    return {sheet.kpi_id: sheet for sheet in found.select_related("round", "section")}


def _places(tree: PlanTree) -> tuple[dict[int, list[Placement]], dict[int, dict[int, Section]]]:
    placements: dict[int, list[Placement]] = {}
    sections: dict[int, dict[int, Section]] = {}
    for branch in tree.branches:
        for place in branch.all_places():
            placements.setdefault(place.kpi.pk, []).append(place.placement)
            found = sections.setdefault(place.kpi.pk, {})
            found.update((section.pk, section) for section in place.sections)
    return placements, sections
