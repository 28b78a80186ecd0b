"""Targets and baselines in the words a page shows."""

from decimal import Decimal

from strategy.enums import TargetQualifier
from strategy.models import Kpi, Target
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import short_era_label


def figure_words(value: Decimal, kpi: Kpi) -> str:
    """Return a figure with its KPI's decimals and unit."""
    return format_figure(value, kpi.decimals, kpi.unit)


def target_words(target: Target, kpi: Kpi) -> str:
    """Return a target as a page shows it: 227人, 80％以上, 10～12人, 現状維持."""
    if target.value is None:
        return target.word
    number = figure_words(target.value, kpi)
    qualifier = TargetQualifier(target.qualifier)
    if qualifier is TargetQualifier.RANGE and target.upper is not None:
        return f"{format_figure(target.value, kpi.decimals)}～{figure_words(target.upper, kpi)}"
    if qualifier in {TargetQualifier.AT_LEAST, TargetQualifier.AT_MOST}:
        return f"{number}{qualifier.label}"
    return number


def baseline_words(kpi: Kpi) -> str:
    """Return the baseline with its year or period, blank where there is none."""
    if kpi.baseline_value is None:
        return kpi.baseline_text
    years = baseline_years(kpi)
    printed = f"（{years}）" if years else ""
    return f"{figure_words(kpi.baseline_value, kpi)}{printed}"


def baseline_years(kpi: Kpi) -> str:
    """Return the base year or period: H26, H22～H26; as printed where no year is known."""
    last = kpi.baseline_fiscal_year
    if last is None:
        return kpi.baseline_text
    first = kpi.baseline_first_fiscal_year
    if first is not None and first != last:
        return f"{short_era_label(first)}～{short_era_label(last)}"
    return short_era_label(last)
