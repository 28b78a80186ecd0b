"""What goes into a judgement: plain figures with what is known about them.

Every figure is a finite Decimal in the KPI's own unit (a share of 63.4 ％ is 63.4); a fiscal year is
the year it begins in (R6 = 2024). Missing is None with a status, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from evaluations.enums import Reason, ValueStatus
from strategy.enums import Aggregation, Direction, EnteredAs, PathRule, TargetQualifier


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where the KPI stood before the plan.

    `fiscal_year` is the base year, or the last year of a base period; None when it is not known (then
    nothing can be interpolated from it). `period` is the period as printed (H22～26の5年間).
    """

    value: Decimal
    fiscal_year: int | None = None
    period: str = ""


@dataclass(frozen=True, slots=True)
class TargetChange:
    """A change of a target in mid-plan: what it was at first and became, as printed, and on which day.

    The reason stays with the target: an explanation may be published, and reasons are written for inside.
    """

    former: str
    now: str
    on: date


@dataclass(frozen=True, slots=True)
class Target:
    """A fiscal year's target: a number (with a bound), a range, or a word.

    A range has `value` as its lower and `upper` as its upper end, both included. A word (現状維持,
    増加) has neither. An own target of a cumulative KPI is cumulative. `is_changed` tells that it was
    changed on the way, `change` from what and when where the history knows.
    """

    value: Decimal | None = None
    qualifier: TargetQualifier = TargetQualifier.EXACT
    upper: Decimal | None = None
    word: str = ""
    is_changed: bool = False
    change: TargetChange | None = None

    @property
    def number(self) -> Decimal | None:
        """The number a rate can be computed against, None for words and ranges."""
        if self.qualifier in (TargetQualifier.WORD, TargetQualifier.RANGE):
            return None
        return self.value

    @property
    def is_set(self) -> bool:
        """Whether there is a target at all."""
        return self.value is not None or bool(self.word)


@dataclass(frozen=True, slots=True)
class ActualValue:
    """A fiscal year's actual with its status.

    `due` is when a missing one is expected, as printed. `reason` overrides the status' own reason where a
    figure put together from others is missing (parts not complete).
    """

    value: Decimal | None = None
    status: ValueStatus = ValueStatus.FINAL
    due: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """From `fiscal_year` on the KPI is measured differently.

    `baseline` is the baseline restated in the new definition; without it nothing can be compared with
    the years before.
    """

    fiscal_year: int
    reason: str = ""
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """What a KPI is and how its figures belong together.

    A direction or an aggregation that is not yet defined is None, and a reason in the judgement.
    `maintain_band` is a share of the target (0.05 = ±5 %) for a KPI to be maintained. `first_year` is the
    first fiscal year a cumulative KPI or an average counts (the plan's first year); None lets it be
    found from the figures. `survey_interval` n > 1 judges a year without survey by the latest value of
    the n - 1 years before. `entered_as` matters for increments only: what targets and actuals are.
    """

    direction: Direction | None
    aggregation: Aggregation | None = Aggregation.YEARLY
    baseline: Baseline | None = None
    name: str = ""
    unit: str = ""
    decimals: int | None = None
    maintain_band: Decimal | None = None
    path_rule: PathRule = PathRule.LINEAR
    first_year: int | None = None
    survey_interval: int = 1
    entered_as: EnteredAs = EnteredAs.LEVEL
    breaks: tuple[SeriesBreak, ...] = ()


Targets = Mapping[int, Target]
Actuals = Mapping[int, ActualValue]


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a reader of the result has to know; it never stops a judgement."""

    code: str
    message: str
