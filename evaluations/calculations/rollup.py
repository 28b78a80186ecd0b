"""Counts of grades and of reasons for a node, a plan or a section: never an average of unlike things.

A KPI without a grade is counted under its reason and touches nothing else. A score exists only when
planning has given the bands their points, and is always shown with them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from evaluations.calculations.exact import as_decimal, exact
from evaluations.calculations.results import Judgement
from evaluations.enums import Reason
from strategy.calculations.rating import Band, Scheme


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many KPIs have a grade, and how many of these by a preliminary or estimated figure."""

    band: Band
    count: int
    provisional: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many KPIs have no grade for a reason."""

    reason: Reason
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class RollUp:
    """The grades of some KPIs in the order of their scheme, best first, and the reasons of the others.

    `other_schemes` counts judgements by another scheme or version: they are not mixed in.
    """

    total: int
    graded: int
    grades: tuple[GradeCount, ...]
    reasons: tuple[ReasonCount, ...]
    other_schemes: int


@dataclass(frozen=True, slots=True)
class Score:
    """A weighted score with everything it was made of; `left_out` KPIs have no grade or no weight."""

    value: Decimal
    counted: int
    left_out: int
    points: tuple[tuple[str, Decimal], ...]
    explanation: str


def roll_up(judgements: Iterable[Judgement], scheme: Scheme) -> RollUp:
    """Count grades by band and missing grades by reason."""
    ours, others = _by_scheme(judgements, scheme)
    graded = [judgement for judgement in ours if judgement.grade is not None]
    counts = Counter(judgement.grade.label for judgement in graded if judgement.grade)
    provisional = Counter(
        judgement.grade.label for judgement in graded if judgement.grade and judgement.is_provisional
    )
    missing = Counter(_reason(judgement) for judgement in ours if judgement.grade is None)
    order = list(Reason)
    return RollUp(
        total=len(ours) + len(others),
        graded=len(graded),
        grades=tuple(GradeCount(band, counts[band.label], provisional[band.label]) for band in scheme.bands),
        reasons=tuple(
            ReasonCount(reason, scheme.cannot_judge_label(reason) or reason.label, missing[reason])
            for reason in sorted(missing, key=order.index)
        ),
        other_schemes=len(others),
    )


def _by_scheme(judgements: Iterable[Judgement], scheme: Scheme) -> tuple[list[Judgement], list[Judgement]]:
    ours: list[Judgement] = []
    others: list[Judgement] = []
    for judgement in judgements:
        same = (judgement.scheme_code, judgement.scheme_version) == (scheme.code, scheme.version)
        (ours if same else others).append(judgement)
    return ours, others


def _reason(judgement: Judgement) -> Reason:
    return judgement.reason_for("grade") or judgement.reason or Reason.NO_SCHEME


def weighted_score(
    judgements: Iterable[tuple[Judgement, Decimal]], points: Mapping[str, Decimal]
) -> Score | None:
    """Return the weighted mean of the bands' points, None where no KPI can be counted.

    Each judgement comes with its KPI's weight; `points` are per band label, as planning set them. KPIs
    without a grade, without points or without weight are left out and told, never counted as 0 points.
    """
    total, weight, counted, left_out = Fraction(0), Fraction(0), 0, 0
    for judgement, share in judgements:
        point = points.get(judgement.grade.label) if judgement.grade else None
        if point is None or share <= 0:
            left_out += 1
            continue
        total += exact(point) * exact(share)
        weight += exact(share)
        counted += 1
    if not weight:
        return None
    shown = "、".join(f"{label}＝{point:f}点" for label, point in points.items())
    told = f"{counted}件を重みで平均した点数です（{shown}）。区分のない{left_out}件は含みません。"
    return Score(as_decimal(total / weight), counted, left_out, tuple(points.items()), told)
