"""What comes out of a judgement: rates with their names, the grade, or the reason why there is none."""

from dataclasses import dataclass
from decimal import Decimal

from evaluations.calculations.cautions import warnings_of
from evaluations.calculations.explanation import explain
from evaluations.calculations.path import Expected
from evaluations.calculations.quantities import ActualValue, Baseline, Definition, Target, Warned
from evaluations.enums import Reason, ValueStatus
from strategy.calculations.rating import Band
from strategy.enums import RatingMeasure


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a judgement was computed from, on the scale it was judged on."""

    definition: Definition
    baseline: Baseline | None
    year_target: Target | None
    final_year: int | None
    final_target: Target | None
    actuals: tuple[tuple[int, ActualValue], ...]
    expected: Expected | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One KPI judged in one fiscal year.

    Rates are unrounded (1 = 100 %); a rate that is None has its reason in `reasons`. `value` is the figure
    judged (a sum, an average, the latest survey's), made of the `years` named. `achievement_rate` is
    actual / target as it stands; `directed_achievement_rate` the one where more is better, which bands
    apply to. `graded_by` and `graded_quantity` tell which quantity led to the grade. `reason` is where
    there is no grade, or else no rate; `missing_years` the years whose figures lack.
    """

    fiscal_year: int
    value: Decimal | None
    status: ValueStatus | None
    years: tuple[int, ...]
    expected: Decimal | None
    progress_rate: Decimal | None
    achievement_rate: Decimal | None
    directed_achievement_rate: Decimal | None
    path_rate: Decimal | None
    path_progress: Decimal | None
    difference: Decimal | None
    met: bool | None
    better_than_baseline: bool | None
    grade: Band | None
    graded_by: RatingMeasure | None
    graded_quantity: Decimal | None
    missed: Band | None
    reason: Reason | None
    reasons: tuple[tuple[str, Reason], ...]
    missing_years: tuple[int, ...]
    due: str
    scheme_code: str
    scheme_name: str
    scheme_version: int | None
    inputs: Inputs
    noticed: tuple[Warned, ...]

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What has to be said beside the arithmetic (computed when asked for)."""
        return (*self.noticed, *warnings_of(self))

    @property
    def explanation(self) -> str:
        """The judgement in words: what a clerk can read out (computed when asked for)."""
        return explain(self).text

    @property
    def scheme_key(self) -> tuple[str, int | None]:
        """Code and version of the scheme it was judged by."""
        return self.scheme_code, self.scheme_version

    @property
    def is_provisional(self) -> bool:
        """Whether a preliminary or estimated figure went into it."""
        return self.status in (ValueStatus.PRELIMINARY, ValueStatus.ESTIMATED)

    def reason_for(self, name: str) -> Reason | None:
        """Return why a rate (by its field's name, or `grade`) is missing, None when it is there."""
        return dict(self.reasons).get(name)
