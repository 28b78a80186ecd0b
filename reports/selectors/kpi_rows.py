"""KPIs of a plan in one year as lines of a table, each with its places, sections, figures and sheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations import permissions
from evaluations.enums import Edition
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.figures import KpiFigures, figures_of
from evaluations.selectors.judgements import Verdict, verdict_in
from organization.models import Section, User
from reports.calculations.standings import Standing
from reports.enums import Movement, OutlookSaid
from reports.models import KpiStanding
from reports.selectors.frames import KpiPeriod, PlanFrame
from reports.selectors.kpi_places import Places, places_of
from reports.selectors.standing_rows import missing_definition
from strategy.models import Kpi, PlanNode, Target
from tsukuba_kpi.lib.figures import format_figure


@dataclass(frozen=True)
class KpiRow:
    """One KPI of a plan in one fiscal year as a person may see it."""

    kpi: Kpi
    places: Places
    figures: KpiFigures
    verdict: Verdict
    sheet: KpiSheet | None
    standing: Standing | KpiStanding

    @property
    def nodes(self) -> tuple[PlanNode, ...]:
        """Return where the KPI stands in the plan."""
        return self.places.nodes

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections that answer for it in the year."""
        return self.places.sections(self.verdict.fiscal_year)

    @property
    def unconfirmed(self) -> dict[str, Any]:
        """Return what waits for a person: of the KPI itself, of its places and of the nodes it stands at."""
        found = dict(self.kpi.unconfirmed)
        for placement in self.places.placements:
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
    def weight_words(self) -> str:
        """Return what the KPI counts for in a score, as it is shown."""
        return format_figure(self.places.weight)

    @property
    def moved(self) -> str:
        """Return in words how the grade moved against the year before."""
        return Movement(self.standing.movement).label if self.standing.movement else ""

    @property
    def outlook(self) -> str:
        """Return in words what a projection says."""
        return OutlookSaid(self.standing.outlook).label if self.standing.outlook else ""

    @property
    def missing_definition(self) -> tuple[str, ...]:
        """Return what planning has not defined yet, in the words of the definition page."""
        return missing_definition(self.kpi, self.figures.targets, self.sections)


def kpi_rows(
    frame: PlanFrame,
    standings: Sequence[Standing | KpiStanding],
    period: KpiPeriod,
    viewer: User,
) -> list[KpiRow]:
    """Return the lines of some KPIs in the order given, as they stood in the period's frame.

    A constant number of queries.
    """
    year, edition = period
    ids = [standing.kpi_id for standing in standings]
    kpis = Kpi.objects.in_bulk(ids)
    figures = figures_of(
        kpis.values(),
        fiscal_year=year,
        edition=edition,
        viewer=viewer,
        is_demo=frame.plan.is_demo,
        stood_at=frame.stood_at,
    )
    sheets = _sheets(ids, year, edition, viewer)
    places = places_of(frame.plan, ids, nodes=frame.nodes, stood_at=frame.stood_at)
    return [
        KpiRow(
            figures[standing.kpi_id].kpi,
            places[standing.kpi_id],
            figures[standing.kpi_id],
            verdict_in(figures[standing.kpi_id], frame.plan, period, frame.scheme),
            sheets.get(standing.kpi_id),
            standing,
        )
        for standing in standings
        if standing.kpi_id in places and standing.kpi_id in figures
    ]


def _sheets(kpi_ids: Iterable[int], fiscal_year: int, edition: Edition, viewer: User) -> dict[int, KpiSheet]:
    found = permissions.visible_kpi_sheets(viewer).filter(
        kpi_id__in=kpi_ids, round__fiscal_year=fiscal_year, round__edition=edition.value
    )
    return {sheet.kpi_id: sheet for sheet in found.select_related("round", "section").order_by("round_id")}
