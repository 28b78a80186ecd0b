"""A KPI that another one replaces in mid-plan: one series to look at, with the break in sight."""

from dataclasses import dataclass

from evaluations.calculations.aggregation import number_of
from evaluations.calculations.quantities import Actuals, ActualValue, Baseline, SeriesBreak, Warned
from tsukuba_kpi.lib.fiscal_year import era_label


@dataclass(frozen=True, slots=True)
class JoinedSeries:
    """The figures of a KPI and of the one before it, each year from the KPI that was in force."""

    actuals: Actuals
    breaks: tuple[SeriesBreak, ...]
    warnings: tuple[Warned, ...]


def join_series(
    before: Actuals,
    after: Actuals,
    from_year: int,
    *,
    reason: str = "",
    comparable: bool = False,
    baseline: Baseline | None = None,
) -> JoinedSeries:
    """Join a predecessor's figures (years before `from_year`) to its successor's (from it on).

    Unless both measure the same, a series break stands between them; with the successor's `baseline` the
    years from it on can be judged. Years that both have stay with the one in force; where both measure the
    same and yet differ, it is told.
    """
    joined: dict[int, ActualValue] = {year: value for year, value in before.items() if year < from_year}
    joined.update({year: value for year, value in after.items() if year >= from_year})
    breaks = () if comparable else (SeriesBreak(from_year, reason, baseline),)
    twice = [
        year
        for year in sorted({*before} & {*after})
        if comparable
        and number_of(before[year]) is not None
        and number_of(after[year]) is not None
        and number_of(before[year]) != number_of(after[year])
    ]
    named = "・".join(era_label(year) for year in twice)
    told = f"{named}は前の指標と新しい指標で値が違います。その年度に使っていた指標の値で判定しています。"
    return JoinedSeries(joined, breaks, (Warned("series_differ", told),) if twice else ())
