"""KPIs made of several figures: totals of parts, several numbers in one KPI, ratios, successors.

A total that is stated stays what it is, and one that differs from its parts' sum is told. A total that is
not stated is the sum when every part has a figure; otherwise it is missing, with how many parts there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from evaluations.calculations.aggregation import is_summed, least_final, number_of, reason_of
from evaluations.calculations.exact import as_decimal, exact
from evaluations.calculations.quantities import (
    Actuals,
    ActualValue,
    Baseline,
    Definition,
    Target,
    Targets,
    Warned,
)
from evaluations.enums import Reason, ValueStatus
from strategy.enums import Aggregation
from tsukuba_kpi.lib.fiscal_year import era_label


@dataclass(frozen=True, slots=True)
class Part:
    """One figure of a KPI that has several: an addend, a component, a numerator or a denominator."""

    name: str
    definition: Definition
    targets: Targets
    actuals: Actuals
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many parts have a figure in a fiscal year, and why the others have none."""

    present: int
    total: int
    missing: tuple[tuple[str, Reason], ...]

    @property
    def text(self) -> str:
        """Say it: 内訳３のうち２の値がある."""
        gaps = "、".join(f"「{name}」は{reason.label}" for name, reason in self.missing)
        return f"内訳{self.total}件のうち{self.present}件の値があります" + (f"（{gaps}）" if gaps else "")


@dataclass(frozen=True, slots=True)
class Composed:
    """A KPI's figures after its parts were put together, ready for `judge`."""

    definition: Definition
    targets: Targets
    actuals: Actuals
    coverage: Coverage
    warnings: tuple[Warned, ...]


def total_of_parts(
    definition: Definition, targets: Targets, actuals: Actuals, parts: Sequence[Part], fiscal_year: int
) -> Composed:
    """Put a total together from its parts: actuals year by year, targets and baseline where it has none."""
    years = {*actuals, *(year for part in parts for year in part.actuals)}
    figures = {year: _total(actuals.get(year), parts, year) for year in sorted(years)}
    warnings: list[Warned] = []
    composed_targets = targets
    if not any(target.is_set for target in targets.values()):
        composed_targets = _summed_targets(parts)
        if composed_targets:
            warnings.append(Warned("targets_from_parts", "目標は内訳の目標の合計です。"))
    if definition.baseline is None:
        baseline = _summed_baseline(parts)
        if baseline is not None:
            definition = replace(definition, baseline=baseline)
            warnings.append(Warned("baseline_from_parts", "基準値は内訳の基準値の合計です。"))
    coverage = coverage_of(parts, fiscal_year)
    warnings.extend(_actual_warnings(definition, actuals, parts, fiscal_year, coverage))
    return Composed(definition, composed_targets, figures, coverage, tuple(warnings))


def coverage_of(parts: Sequence[Part], fiscal_year: int) -> Coverage:
    """Count the parts that have a figure in a fiscal year."""
    missing = tuple(
        (part.name, reason_of(part.actuals.get(fiscal_year)))
        for part in parts
        if number_of(part.actuals.get(fiscal_year)) is None
    )
    return Coverage(len(parts) - len(missing), len(parts), missing)


def _is_stated(actual: ActualValue | None) -> bool:
    """Whether the total itself says something for the year: a figure, or a status without one."""
    return number_of(actual) is not None or reason_of(actual) is not Reason.NO_ACTUAL


def _sum_of(parts: Sequence[Part], year: int) -> Fraction | None:
    numbers = [number_of(part.actuals.get(year)) for part in parts]
    known = [number for number in numbers if number is not None]
    return sum(known, Fraction(0)) if known and len(known) == len(numbers) else None


def _total(stated: ActualValue | None, parts: Sequence[Part], year: int) -> ActualValue:
    if stated is not None and _is_stated(stated):
        return stated
    total = _sum_of(parts, year)
    if total is not None:
        return ActualValue(as_decimal(total), least_final(part.actuals[year].status for part in parts))
    coverage = coverage_of(parts, year)
    reasons = {reason for _, reason in coverage.missing}
    alike = coverage.present == 0 and len(reasons) == 1
    given = [part.actuals[year] for part in parts if year in part.actuals]
    due = "、".join(actual.due for actual in given if actual.due)
    return ActualValue(None, ValueStatus.UNKNOWN, due, reasons.pop() if alike else Reason.PARTS_MISSING)


def _summed_targets(parts: Sequence[Part]) -> Targets:
    years = {year for part in parts for year in part.targets}
    summed: dict[int, Target] = {}
    for year in sorted(years):
        numbers = [part.targets[year].number if year in part.targets else None for part in parts]
        known = [exact(number) for number in numbers if number is not None]
        if len(known) == len(numbers):
            summed[year] = Target(as_decimal(sum(known, Fraction(0))))
    return summed


def _summed_baseline(parts: Sequence[Part]) -> Baseline | None:
    known = [part.definition.baseline for part in parts if part.definition.baseline is not None]
    if not known or len(known) != len(parts):
        return None
    years = {baseline.fiscal_year for baseline in known}
    total = sum((exact(baseline.value) for baseline in known), Fraction(0))
    return Baseline(as_decimal(total), years.pop() if len(years) == 1 else None)


def _actual_warnings(
    definition: Definition,
    actuals: Actuals,
    parts: Sequence[Part],
    fiscal_year: int,
    coverage: Coverage,
) -> list[Warned]:
    summed = is_summed(definition) or definition.aggregation is Aggregation.AVERAGE
    years = [year for year in sorted(actuals) if year == fiscal_year or (summed and year < fiscal_year)]
    found = []
    for year in years:
        stated, total = number_of(actuals[year]), _sum_of(parts, year)
        if stated is not None and total is not None and stated != total:
            found.append(
                Warned(
                    "total_differs",
                    f"{era_label(year)}の合計{_plain(stated)}が内訳の和{_plain(total)}と一致しません。"
                    "記載された合計で判定しています。",
                )
            )
    if coverage.missing:
        found.append(Warned("parts_coverage", f"{era_label(fiscal_year)}は{coverage.text}。"))
    elif number_of(actuals.get(fiscal_year)) is None and not _is_stated(actuals.get(fiscal_year)):
        found.append(
            Warned("total_from_parts", f"{era_label(fiscal_year)}の値は内訳{coverage.total}件の合計です。")
        )
    return found


def _plain(value: Fraction) -> str:
    number: Decimal = as_decimal(value)
    return f"{number:,f}"
