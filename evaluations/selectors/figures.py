"""A KPI's rows with those of its parts and of the KPI it follows, and in the calculation's own terms."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from evaluations import permissions
from evaluations.calculations.quantities import (
    Actuals,
    ActualValue,
    Baseline,
    Definition,
    TargetChange,
    Warned,
)
from evaluations.calculations.quantities import SeriesBreak as BreakInSeries
from evaluations.calculations.quantities import Target as TargetFigure
from evaluations.calculations.succession import JoinedSeries, join_series
from evaluations.enums import Edition, ValueStatus
from evaluations.models import Actual
from evaluations.selectors.parts import When, composition_of
from evaluations.selectors.target_changes import changes_by_year, reasoned_revisions
from history.selectors import stood_at_each
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
    `changes` tell by year how targets were changed in mid-plan.
    """

    kpi: Kpi
    targets: Mapping[int, Target]
    actuals: Mapping[int, Actual]
    breaks: tuple[SeriesBreak, ...]
    parts: tuple[PartFigures, ...] = ()
    before: "KpiFigures | None" = None
    changes: Mapping[int, TargetChange] = field(default_factory=dict)

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
    found = figures_at(
        kpis,
        [stood_at],
        fiscal_year=fiscal_year,
        edition=edition,
        viewer=viewer,
        rows=rows,
        is_demo=is_demo,
    )
    return found[stood_at]


def figures_at(
    kpis: Iterable[Kpi],
    times: Iterable[When],
    *,
    fiscal_year: int | None = None,
    edition: Edition = Edition.FINAL,
    viewer: User | None = None,
    rows: QuerySet[Actual] | None = None,
    is_demo: bool = False,
) -> dict[When, dict[int, KpiFigures]]:
    """Return the same as `figures_of` at each of some times, in the queries of one time.

    Where nothing that defines a KPI changed between two times, both have the very same object.
    """
    asked, at_times = {kpi.pk: kpi for kpi in kpis}, list(dict.fromkeys(times))
    composed = composition_of(asked, at_times)
    ids = composed.ids
    targets = _by_kpi(Target, Target.objects.filter(kpi__in=ids), at_times, ids)
    breaks = _by_kpi(SeriesBreak, SeriesBreak.objects.filter(kpi__in=ids), at_times, ids)
    if rows is None:
        rows = permissions.visible_actuals(viewer) if viewer else Actual.objects.all()
    actuals = _actuals(rows.filter(kpi__in=ids), fiscal_year, edition, is_demo)
    every = (row for of_kpis in targets.values() for found_rows in of_kpis.values() for row in found_rows)
    told = reasoned_revisions(every)
    found: dict[When, dict[int, KpiFigures]] = {}
    known: dict[int, KpiFigures] = {}
    for at in at_times:
        alone = {
            pk: KpiFigures(
                kpi,
                {row.fiscal_year: row for row in targets[at][pk]},
                actuals[pk],
                tuple(breaks[at][pk]),
                changes=changes_by_year(targets[at][pk], kpi, told, at),
            )
            for pk, kpi in composed.kpis[at].items()
        }
        found[at] = {}
        for pk in asked:
            joined = _joined(alone[pk], alone, composed.links[at], frozenset())
            same = known.setdefault(pk, joined)
            found[at][pk] = same if _is_same(same, joined) else joined
    return found


def _actuals(
    rows: QuerySet[Actual], fiscal_year: int | None, edition: Edition, is_demo: bool
) -> dict[int, dict[int, Actual]]:
    """Return by KPI and year the row that counts."""
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
    return actuals


def _is_same(one: KpiFigures, other: KpiFigures) -> bool:
    """Return whether two figures are made of the very same rows."""
    return (
        one.kpi is other.kpi
        and one.changes == other.changes
        and _are_same(one.targets.values(), other.targets.values())
        and _are_same(one.breaks, other.breaks)
        and (one.before is None) == (other.before is None)
        and (one.before is None or other.before is None or _is_same(one.before, other.before))
        and len(one.parts) == len(other.parts)
        and all(
            (mine.kind, mine.is_main) == (its.kind, its.is_main) and _is_same(mine.figures, its.figures)
            for mine, its in zip(one.parts, other.parts, strict=True)
        )
    )


def _are_same(some: Collection[Model], others: Collection[Model]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))


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


def _by_kpi(
    model: type[OfKpi], rows: Iterable[OfKpi], times: Collection[When], of_kpis: Container[int]
) -> dict[When, dict[int, list[OfKpi]]]:
    """Return rows by KPI at some times: as they are, or as they stood with what has been taken away since."""
    today = list(rows)
    past = [at for at in times if at is not None]
    stood = stood_at_each(model, today, past, gone=lambda record: record.kpi_id in of_kpis)
    found: dict[When, dict[int, list[OfKpi]]] = {at: defaultdict(list) for at in times}
    for at in times:
        for row in today if at is None else stood[at]:
            found[at][row.kpi_id].append(row)
    return found


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
            row.value,
            TargetQualifier(row.qualifier),
            row.upper,
            row.word,
            is_changed=bool(row.change_reason),
            change=figures.changes.get(year),
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
