"""From models to judgements: what the pages show is what `judge` computed from what is in the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from evaluations import permissions
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import ActualValue, Baseline, Definition
from evaluations.calculations.quantities import SeriesBreak as BreakInSeries
from evaluations.calculations.quantities import Target as TargetFigure
from evaluations.calculations.results import Judgement
from evaluations.enums import Edition, ValueStatus
from evaluations.models import Actual
from organization.models import User
from strategy.calculations.rating import Scheme
from strategy.enums import Aggregation, Direction, EnteredAs, PathRule, TargetQualifier
from strategy.models import Kpi, Plan, SeriesBreak, Target
from strategy.selectors.schemes import scheme_of
from tsukuba_kpi.lib.fiscal_year import short_era_label

# For the year that is looked at, the edition asked for comes first; what has not reached it yet stands in.
PREFERENCE: Mapping[Edition, tuple[Edition, ...]] = {
    Edition.FINAL: (Edition.FINAL, Edition.PRELIMINARY, Edition.HALF),
    Edition.PRELIMINARY: (Edition.PRELIMINARY, Edition.HALF),
    Edition.HALF: (Edition.HALF,),
}


@dataclass(frozen=True)
class KpiFigures:
    """A KPI with its rows as they stand for one person: what a judgement and a page are made of."""

    kpi: Kpi
    targets: Mapping[int, Target]
    actuals: Mapping[int, Actual]
    breaks: tuple[SeriesBreak, ...]

    @property
    def final_target(self) -> Target | None:
        """Return the last year's target."""
        return self.targets[max(self.targets)] if self.targets else None


def figures_of(
    kpis: Iterable[Kpi],
    *,
    fiscal_year: int | None = None,
    edition: Edition = Edition.FINAL,
    viewer: User | None = None,
    rows: QuerySet[Actual] | None = None,
) -> dict[int, KpiFigures]:
    """Return the figures of some KPIs by KPI id (three queries).

    `viewer` leaves out the actuals of sheets the person does not see; `rows` are the actuals to choose from
    instead (for publication); with neither it is the city's own view, for commands. `fiscal_year` is the
    year looked at in `edition`: later years are left out.
    """
    by_id = {kpi.pk: kpi for kpi in kpis}
    targets: dict[int, dict[int, Target]] = defaultdict(dict)
    for target in Target.objects.filter(kpi__in=by_id):
        targets[target.kpi_id][target.fiscal_year] = target
    breaks: dict[int, list[SeriesBreak]] = defaultdict(list)
    for broken in SeriesBreak.objects.filter(kpi__in=by_id):
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
        if _rank(row, wanted) < (_rank(best, wanted) if best else len(Edition)):
            actuals[row.kpi_id][row.fiscal_year] = row
    return {
        pk: KpiFigures(kpi, dict(targets[pk]), dict(actuals[pk]), tuple(breaks[pk]))
        for pk, kpi in by_id.items()
    }


def _rank(actual: Actual, wanted: Edition) -> int:
    order = PREFERENCE[wanted]
    found = Edition(actual.edition)
    return order.index(found) if found in order else len(Edition)


def judge_kpis(
    figures: Mapping[int, KpiFigures], *, plan: Plan | None, fiscal_year: int, scheme: Scheme | None = None
) -> dict[int, Judgement]:
    """Judge KPIs in a fiscal year by a scheme, or else the plan's (two queries when it is the plan's)."""
    if scheme is None and plan is not None and plan.rating_scheme is not None:
        scheme = scheme_of(plan.rating_scheme)
    return {
        pk: judge(
            definition_of(found, plan),
            targets_of(found, plan),
            {year: actual_of(row) for year, row in found.actuals.items()},
            fiscal_year,
            scheme,
        )
        for pk, found in figures.items()
    }


def definition_of(figures: KpiFigures, plan: Plan | None) -> Definition:
    """Return a KPI's definition as the calculation takes it."""
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
        first_year=kpi.window_first_fiscal_year or (plan.first_fiscal_year if plan else None),
        survey_interval=kpi.survey_interval,
        entered_as=EnteredAs(kpi.entered_as),
        breaks=tuple(_break(broken) for broken in figures.breaks),
    )


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


def targets_of(figures: KpiFigures, plan: Plan | None) -> dict[int, TargetFigure]:
    """Return the targets by fiscal year; those behind the plan's last year belong to the next plan."""
    last = plan.last_fiscal_year if plan else None
    return {
        year: TargetFigure(row.value, TargetQualifier(row.qualifier), row.upper, row.word)
        for year, row in figures.targets.items()
        if last is None or year <= last
    }


def actual_of(row: Actual) -> ActualValue:
    """Return an actual as the calculation takes it."""
    due = f"{row.expected_on:%Y年%-m月%-d日}" if row.expected_on else ""
    return ActualValue(row.value, ValueStatus(row.status), due)
