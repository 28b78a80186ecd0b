"""A KPI's rows with those of its parts and of the KPI it follows, and in the calculation's own terms."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from evaluations import permissions
from evaluations.calculations.quantities import Actuals, ActualValue, Baseline, Definition, Warned
from evaluations.calculations.quantities import SeriesBreak as BreakInSeries
from evaluations.calculations.quantities import Target as TargetFigure
from evaluations.calculations.succession import JoinedSeries, join_series
from evaluations.enums import Edition, ValueStatus
from evaluations.models import Actual
from history.selectors import as_they_stood
from organization.models import User
from strategy.enums import (
    Aggregation,
    Direction,
    EnteredAs,
    PartKind,
    PathRule,
    TargetQualifier,
)
from strategy.models import Kpi, KpiPart, Plan, SeriesBreak, Target
from strategy.selectors.succession import predecessor_ids
from tsukuba_kpi.lib.fiscal_year import day_words, short_era_label

# For the year that is looked at, the edition asked for comes first; what has not reached it yet stands in.
# Half a year's figure never stands in for a year's.
PREFERENCE: Mapping[Edition, tuple[Edition, ...]] = {
    Edition.FINAL: (Edition.FINAL, Edition.PRELIMINARY),
    Edition.PRELIMINARY: (Edition.PRELIMINARY,),
    Edition.HALF: (Edition.HALF,),
}


@dataclass(frozen=True)
class PartFigures:
    """A part of a KPI with its own figures, and what it is to the whole."""

    kind: PartKind
    is_main: bool
    figures: "KpiFigures"


@dataclass(frozen=True)
class KpiFigures:
    """A KPI with its rows as they stand for one person: what a judgement and a page are made of.

    `before` are the figures of the KPI it follows in mid-plan; None where nothing says from which year.
    """

    kpi: Kpi
    targets: Mapping[int, Target]
    actuals: Mapping[int, Actual]
    breaks: tuple[SeriesBreak, ...]
    parts: tuple[PartFigures, ...] = ()
    before: "KpiFigures | None" = None

    @property
    def final_target(self) -> Target | None:
        """Return the last year's target."""
        return self.targets[max(self.targets)] if self.targets else None

    @property
    def seam(self) -> int | None:
        """Return the fiscal year from which this KPI stands for the one before it."""
        return self.kpi.predecessor_fiscal_year if self.before is not None else None

    @property
    def seam_words(self) -> str:
        """Say which KPI came before and why it was replaced."""
        if self.before is None:
            return ""
        reason = f"：{self.kpi.predecessor_reason}" if self.kpi.predecessor_reason else ""
        return f"前の指標「{self.before.kpi.name}」から替わりました{reason}"

    def in_force(self, year: int) -> "KpiFigures":
        """Return the figures of the KPI that was in force in a year: its own, or of one before it."""
        if self.before is None or self.seam is None or year >= self.seam:
            return self
        return self.before.in_force(year)

    def compares(self, year: int) -> bool:
        """Tell whether a year's figure is one of this KPI's own, or of one before that measures the same."""
        if self.before is None or self.seam is None or year >= self.seam:
            return True
        return self.kpi.predecessor_is_comparable and self.before.compares(year)


def line_of(figures: KpiFigures) -> list[KpiFigures]:
    """Return a KPI's figures and those of the KPIs before it, the newest first."""
    return [figures, *(line_of(figures.before) if figures.before is not None else [])]


def figures_of(
    kpis: Iterable[Kpi],
    *,
    fiscal_year: int | None = None,
    edition: Edition = Edition.FINAL,
    viewer: User | None = None,
    rows: QuerySet[Actual] | None = None,
    is_demo: bool = False,
    stood_at: datetime | None = None,
) -> dict[int, KpiFigures]:
    """Return the figures of some KPIs, their parts and the KPIs they follow, by KPI id.

    Four queries, one more per depth of parts and of KPIs that follow each other.

    `viewer` leaves out the actuals of sheets the person does not see; `rows` are the actuals to choose from
    instead (for publication); with neither it is the city's own view, for commands. `fiscal_year` is the
    year looked at in `edition`: later years are left out. Of a real and a demonstration's figure the one of
    `is_demo` counts; where only the other is there, that one does. With `stood_at` definitions, parts, breaks
    and targets are those of that time (some queries more); the figures are today's, with their corrections.
    """
    asked = {kpi.pk: kpi for kpi in kpis}
    if stood_at is not None:
        asked |= {kpi.pk: kpi for kpi in as_they_stood(Kpi, asked.values(), stood_at)}
    links, by_id = _with_related(asked) if stood_at is None else _related_as_stood(asked, stood_at)
    targets: dict[int, dict[int, Target]] = defaultdict(dict)
    for target in _as_stood(Target, Target.objects.filter(kpi__in=by_id), stood_at, by_id):
        targets[target.kpi_id][target.fiscal_year] = target
    breaks: dict[int, list[SeriesBreak]] = defaultdict(list)
    for broken in _as_stood(SeriesBreak, SeriesBreak.objects.filter(kpi__in=by_id), stood_at, by_id):
        breaks[broken.kpi_id].append(broken)
    if rows is None:
        rows = permissions.visible_actuals(viewer) if viewer else Actual.objects.all()
    rows = rows.filter(kpi__in=by_id)
    if fiscal_year is not None:
        rows = rows.filter(fiscal_year__lte=fiscal_year)
    actuals: dict[int, dict[int, Actual]] = defaultdict(dict)
    for row in rows:
        best = actuals[row.kpi_id].get(row.fiscal_year)
        wanted = edition if row.fiscal_year == fiscal_year else Edition.FINAL
        if row.edition in PREFERENCE[wanted] and (
            best is None or _rank(row, wanted, is_demo) < _rank(best, wanted, is_demo)
        ):
            actuals[row.kpi_id][row.fiscal_year] = row
    alone = {
        pk: KpiFigures(kpi, dict(targets[pk]), dict(actuals[pk]), tuple(breaks[pk]))
        for pk, kpi in by_id.items()
    }
    return {pk: _joined(alone[pk], alone, links, frozenset()) for pk in asked}


def _with_related(asked: Mapping[int, Kpi]) -> tuple[dict[int, list[KpiPart]], dict[int, Kpi]]:
    """Return the links from wholes to parts, and the KPIs asked for with all parts and those they follow."""
    links: dict[int, list[KpiPart]] = defaultdict(list)
    by_id = dict(asked)
    waiting = set(asked)
    while waiting:
        found: dict[int, Kpi] = {}
        below = KpiPart.objects.filter(whole_id__in=waiting).select_related("part").order_by("position", "id")
        for link in below:
            links[link.whole_id].append(link)
            found[link.part_id] = link.part
        before = predecessor_ids(by_id[pk] for pk in waiting) - by_id.keys() - found.keys()
        if before:
            found |= Kpi.objects.in_bulk(before)
        waiting = found.keys() - by_id.keys()
        by_id |= {pk: found[pk] for pk in waiting}
    return links, by_id


def _joined(
    figures: KpiFigures,
    alone: Mapping[int, KpiFigures],
    links: Mapping[int, list[KpiPart]],
    above: frozenset[int],
) -> KpiFigures:
    """Return a KPI's figures with those of its parts and of the KPI it follows; circles are left out."""
    kpi, line = figures.kpi, above | {figures.kpi.pk}
    before = kpi.predecessor_id if kpi.predecessor_fiscal_year else None
    if before is not None and before in alone and before not in line:
        figures = replace(figures, before=_joined(alone[before], alone, links, line))
    parts = tuple(
        PartFigures(PartKind(link.kind), link.is_main, _joined(alone[link.part_id], alone, links, line))
        for link in links.get(figures.kpi.pk, [])
        if link.part_id not in line
    )
    return replace(figures, parts=parts) if parts else figures


OfKpi = TypeVar("OfKpi", Target, SeriesBreak)


def _as_stood(
    model: type[OfKpi], records: Iterable[OfKpi], stood_at: datetime | None, of_kpis: Container[int]
) -> Iterable[OfKpi]:
    """Return records as they are, or as they stood, with what has been taken away since from some KPIs."""
    if stood_at is None:
        return records
    return as_they_stood(model, records, stood_at, gone=lambda record: record.kpi_id in of_kpis)


def _related_as_stood(
    asked: Mapping[int, Kpi], stood_at: datetime
) -> tuple[dict[int, list[KpiPart]], dict[int, Kpi]]:
    """Return links and KPIs as `_with_related` does, as they stood; `asked` come as they stood."""
    today = KpiPart.objects.select_related("part")
    links: dict[int, list[KpiPart]] = defaultdict(list)
    stood = as_they_stood(KpiPart, today, stood_at, gone=lambda link: True)
    for link in sorted(stood, key=lambda link: (link.position, link.pk)):
        links[link.whole_id].append(link)
    by_id, waiting = dict(asked), set(asked)
    while waiting:
        found = {link.part_id: link.part for pk in waiting for link in links.get(pk, [])}
        before = predecessor_ids(by_id[pk] for pk in waiting) - by_id.keys() - found.keys()
        if before:
            found |= Kpi.objects.in_bulk(before)
        waiting = found.keys() - by_id.keys()
        fresh = as_they_stood(Kpi, [found[pk] for pk in waiting], stood_at)
        by_id |= {pk: found[pk] for pk in waiting} | {kpi.pk: kpi for kpi in fresh}
    return links, by_id


def _rank(actual: Actual, wanted: Edition, is_demo: bool) -> tuple[bool, int]:
    return actual.is_demo != is_demo, PREFERENCE[wanted].index(Edition(actual.edition))


# --- rows for the calculation -------------------------------------------------------------------------------


def definition_of(figures: KpiFigures, plan: Plan | None) -> Definition:
    """Return a KPI's definition as the calculation takes it, with the seam to the KPI before as a break."""
    kpi = figures.kpi
    return Definition(
        direction=Direction(kpi.direction) if kpi.direction else None,
        aggregation=Aggregation(kpi.aggregation) if kpi.aggregation else None,
        baseline=_baseline(kpi),
        name=kpi.name,
        unit=kpi.unit,
        decimals=kpi.decimals,
        maintain_band=kpi.maintain_band,
        path_rule=PathRule(kpi.path_rule),
        first_year=kpi.window_first_fiscal_year or _first_year(figures, plan),
        survey_interval=kpi.survey_interval,
        entered_as=EnteredAs(kpi.entered_as),
        breaks=(*(_break(broken) for broken in figures.breaks), *_seams(figures)),
    )


def _first_year(figures: KpiFigures, plan: Plan | None) -> int | None:
    """Return the year a count begins with: the plan's first, or the KPI's own where it began later.

    A KPI that measures the same as the one it follows goes on counting where that one had begun.
    """
    if figures.before is not None and figures.kpi.predecessor_is_comparable:
        return _first_year(figures.before, plan)
    begun = [
        year
        for year in (
            plan.first_fiscal_year if plan else None,
            figures.kpi.first_fiscal_year,
            figures.seam,
        )
        if year is not None
    ]
    return max(begun, default=None)


def _joined_with_before(figures: KpiFigures) -> JoinedSeries | None:
    """Return the KPI's figures joined to those of the KPI it follows; None where it follows none."""
    if figures.before is None or figures.seam is None:
        return None
    return join_series(
        actuals_of(figures.before),
        _own_actuals(figures),
        figures.seam,
        reason=figures.seam_words,
        comparable=figures.kpi.predecessor_is_comparable,
        baseline=_baseline(figures.kpi),
    )


def _seams(figures: KpiFigures) -> tuple[BreakInSeries, ...]:
    """Return where this KPI and those before it followed others that measured something else."""
    joined = _joined_with_before(figures)
    return (*_seams(figures.before), *joined.breaks) if joined and figures.before else ()


def _baseline(kpi: Kpi) -> Baseline | None:
    if kpi.baseline_value is None:
        return None
    first, last = kpi.baseline_first_fiscal_year, kpi.baseline_fiscal_year
    period = f"{short_era_label(first)}～{short_era_label(last)}" if first and last and first != last else ""
    return Baseline(kpi.baseline_value, last, period)


def _break(broken: SeriesBreak) -> BreakInSeries:
    restated = None
    if broken.baseline_value is not None:
        restated = Baseline(broken.baseline_value, broken.baseline_fiscal_year)
    return BreakInSeries(broken.fiscal_year, broken.reason, restated)


def seam_warnings(figures: KpiFigures) -> tuple[Warned, ...]:
    """Tell of years for which this KPI and the one before have figures that should agree and do not."""
    joined = _joined_with_before(figures)
    return joined.warnings if joined else ()


def targets_of(figures: KpiFigures, plan: Plan | None) -> dict[int, TargetFigure]:
    """Return the targets by fiscal year; those behind the plan's last year belong to the next plan."""
    last = plan.last_fiscal_year if plan else None
    return {
        year: TargetFigure(
            row.value, TargetQualifier(row.qualifier), row.upper, row.word, is_changed=bool(row.change_reason)
        )
        for year, row in figures.targets.items()
        if last is None or year <= last
    }


def actuals_of(figures: KpiFigures) -> Actuals:
    """Return the actuals by fiscal year, those of the KPI before joined to them."""
    joined = _joined_with_before(figures)
    return joined.actuals if joined else _own_actuals(figures)


def _own_actuals(figures: KpiFigures) -> dict[int, ActualValue]:
    return {year: actual_of(row) for year, row in figures.actuals.items()}


def actual_of(row: Actual) -> ActualValue:
    """Return an actual as the calculation takes it."""
    due = f"{day_words(row.expected_on)}" if row.expected_on else ""
    return ActualValue(row.value, ValueStatus(row.status), due)
