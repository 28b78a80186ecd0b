"""How long a judgement takes: `python bench/judge.py [number of KPIs]` (100,000 by default).

Prints microseconds per KPI and, because machines differ, the ratio to a bare Decimal division done as
often in the same run. KPIs of every kind in turn; the texts are made for one in ten, as pages do.
"""

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import ActualValue, Baseline, Definition, Target
from evaluations.enums import ValueStatus
from strategy.calculations.ready_schemes import READY_SCHEMES, THREE_BANDS
from strategy.enums import Aggregation, Direction

YEARS = range(2015, 2020)
KINDS = [
    (direction, aggregation)
    for aggregation in Aggregation
    for direction in (Direction.UP, Direction.DOWN, Direction.MAINTAIN)
]


def figures(number: int) -> list[tuple]:
    """Return so many KPIs of all kinds, one in eleven without this year's figure."""
    kpis = []
    for index in range(number):
        direction, aggregation = KINDS[index % len(KINDS)]
        base = Decimal(100 + index % 900) + Decimal(index % 10) / 10
        definition = Definition(direction, aggregation, Baseline(base, 2014), unit="人")
        targets = {2019: Target(base + 20)} if index % 3 else {year: Target(base + 5) for year in YEARS}
        actuals = {year: ActualValue(base + (index + year) % 30) for year in YEARS}
        if index % 11 == 0:
            actuals[2017] = ActualValue(None, ValueStatus.PENDING)
        kpis.append((definition, targets, actuals, 2017, READY_SCHEMES[index % len(READY_SCHEMES)]))
    return kpis


def timed(work: Callable[[], object]) -> float:
    """Return the seconds a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(number: int) -> None:
    """Judge, explain and divide; print each per KPI."""
    kpis = figures(number)
    pairs = [(each[0].baseline.value, each[1][2019].value) for each in kpis]

    bare = timed(lambda: [above / below for above, below in pairs]) / number
    judging = timed(lambda: [judge(*each) for each in kpis]) / number
    some = kpis[::10]
    wording = timed(lambda: [judge(*each).explanation for each in some]) / len(some)
    one = (Definition(Direction.UP, baseline=Baseline(Decimal(180), 2014)), {2019: Target(Decimal(227))})
    actual = {2017: ActualValue(Decimal(191))}
    simplest = timed(lambda: [judge(*one, actual, 2017, THREE_BANDS) for _ in some]) / len(some)

    print(f"{number:,} KPIs of all kinds")
    for name, seconds in (
        ("a bare Decimal division", bare),
        ("judgement (rates, expected value, grade, reasons)", judging),
        ("judgement of a simple yearly KPI", simplest),
        ("judgement with its text", wording),
    ):
        print(f"{name:52} {seconds * 1e6:9.2f} µs  {seconds / bare:8.0f} ×")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
