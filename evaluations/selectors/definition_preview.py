"""What a definition that is only typed yet would change of a KPI's judgement. Nothing is written."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

from evaluations.selectors.figures import KpiFigures, figures_of
from evaluations.selectors.judged import choose_plan
from evaluations.selectors.judgements import Verdict, verdict_of
from organization.models import User
from strategy.calculations.target_figures import TargetFigure
from strategy.models import Kpi, Plan, Target
from strategy.selectors.schemes import scheme_of
from strategy.services.definitions import DefinitionChange, target_fields


@dataclass(frozen=True)
class DefinitionPreview:
    """A KPI's judgement in its latest year with a figure, as it is and as it would be."""

    fiscal_year: int
    before: Verdict
    after: Verdict

    @property
    def is_same(self) -> bool:
        """Return whether neither grade nor reason nor arithmetic would change."""
        return self.before.explanation == self.after.explanation and self.before.grade == self.after.grade


def preview_definition(
    kpi: Kpi, change: DefinitionChange | None, plans: list[Plan], viewer: User
) -> DefinitionPreview | None:
    """Judge a KPI as defined and as typed, in the last year of its plans (else at all) that has a figure.

    None without any figure.
    """
    figures = figures_of([kpi], viewer=viewer)[kpi.pk]
    years = [year for each in _series(figures) for year in each.actuals]
    if not years:
        return None
    within = [year for year in years if any(_runs_in(plan, year) for plan in plans)]
    year = max(within or years)
    plan = choose_plan(plans, {plan.pk for plan in plans}, year)
    scheme = scheme_of(plan.rating_scheme) if plan and plan.rating_scheme else None
    typed = _changed(figures, change) if change else figures
    return DefinitionPreview(
        year, verdict_of(figures, plan, year, scheme), verdict_of(typed, plan, year, scheme)
    )


def _runs_in(plan: Plan, year: int) -> bool:
    return (plan.first_fiscal_year or year) <= year <= (plan.last_fiscal_year or year)


def _series(figures: KpiFigures) -> list[KpiFigures]:
    return [figures, *(each for part in figures.parts for each in _series(part.figures))]


def _changed(figures: KpiFigures, change: DefinitionChange) -> KpiFigures:
    kpi = copy.copy(figures.kpi)
    for name, value in change.values.items():
        setattr(kpi, name, value)
    settled = {*change.values, *change.confirmed}
    kpi.unconfirmed = {name: mark for name, mark in kpi.unconfirmed.items() if name not in settled}
    return replace(figures, kpi=kpi, targets=_changed_targets(figures, change.targets))


def _changed_targets(figures: KpiFigures, typed: Mapping[int, TargetFigure | None]) -> dict[int, Target]:
    targets = {year: target for year, target in figures.targets.items() if year not in typed}
    for year, figure in typed.items():
        if figure is not None:
            targets[year] = Target(kpi=figures.kpi, fiscal_year=year, **target_fields(figure))
    return targets
