"""Counts of grades and of reasons for a node, a plan or a section: never an average of unlike things.

A KPI without a grade is counted under its reason and touches nothing else. A score exists only when
planning has given the bands their points, and is always shown with them. Every page that counts grades
counts them here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from evaluations.calculations.exact import as_decimal, exact
from evaluations.enums import Reason
from strategy.calculations.rating import Band, Scheme
from tsukuba_kpi.lib.decimals import to_plain


class Graded(Protocol):
    """What is counted: a judgement, or a verdict over several numbers."""

    @property
    def grade(self) -> Band | None:
        """The band, None where there is no grade."""

    @property
    def reason(self) -> Reason | None:
        """Why there is no grade (or else no rate)."""

    @property
    def is_provisional(self) -> bool:
        """Whether a preliminary or estimated figure went into it."""

    @property
    def scheme_key(self) -> tuple[str, int | None]:
        """Code and version of the scheme it was graded by."""


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

    Without a scheme there are only reasons. `other_schemes` counts judgements by another scheme or version:
    they are not mixed in.
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


def roll_up(judgements: Iterable[Graded], scheme: Scheme | None) -> RollUp:
    """Count grades by band and missing grades by reason."""
    ours, others = _by_scheme(judgements, scheme)
    graded = [judgement for judgement in ours if judgement.grade is not None]
    return from_counts(
        total=len(ours) + len(others),
        grades=Counter(judgement.grade.label for judgement in graded if judgement.grade),
        provisional=Counter(
            judgement.grade.label for judgement in graded if judgement.grade and judgement.is_provisional
        ),
        missing=Counter(_reason(judgement) for judgement in ours if judgement.grade is None),
        scheme=scheme,
        other_schemes=len(others),
    )


def from_counts(
    *,
    total: int,
    grades: Mapping[str, int],
    provisional: Mapping[str, int],
    missing: Mapping[Reason, int],
    scheme: Scheme | None,
    other_schemes: int = 0,
) -> RollUp:
    """Put counts by band's label and by reason into the scheme's order."""
    bands = scheme.bands if scheme else ()
    order = list(Reason)
    return RollUp(
        total=total,
        graded=sum(grades.get(band.label, 0) for band in bands),
        grades=tuple(
            GradeCount(band, grades.get(band.label, 0), provisional.get(band.label, 0)) for band in bands
        ),
        reasons=tuple(
            ReasonCount(reason, _label(reason, scheme), missing[reason])
            for reason in sorted((each for each in missing if missing[each]), key=order.index)
        ),
        other_schemes=other_schemes,
    )


def _by_scheme(judgements: Iterable[Graded], scheme: Scheme | None) -> tuple[list[Graded], list[Graded]]:
    key = (scheme.code, scheme.version) if scheme else ("", None)
    ours: list[Graded] = []
    others: list[Graded] = []
    for judgement in judgements:
        (ours if judgement.scheme_key == key else others).append(judgement)
    return ours, others


def _reason(judgement: Graded) -> Reason:
    return judgement.reason or Reason.NO_SCHEME


def _label(reason: Reason, scheme: Scheme | None) -> str:
    return (scheme.cannot_judge_label(reason) if scheme else None) or reason.label


def weighted_score(
    judgements: Iterable[tuple[Graded, Decimal]], points: Mapping[str, Decimal]
) -> Score | None:
    """Return the weighted mean of the bands' points, None where no KPI can be counted.

    Each judgement comes with its KPI's weight; `points` are per band label, as planning set them. KPIs
    without a grade, without points or without weight are left out and told, never counted as 0 points.
    """
    weights: dict[str, Fraction] = {}
    counted, left_out = 0, 0
    for judgement, share in judgements:
        label = judgement.grade.label if judgement.grade else None
        if label is None or points.get(label) is None or share <= 0:
            left_out += 1
            continue
        weights[label] = weights.get(label, Fraction(0)) + exact(share)
        counted += 1
    return score_of_weights(weights, points, counted=counted, left_out=left_out)


def score_of_weights(
    weights: Mapping[str, Fraction], points: Mapping[str, Decimal], *, counted: int, left_out: int
) -> Score | None:
    """Return the same from the sums of the counted KPIs' weights by band label."""
    weight = sum(weights.values(), Fraction(0))
    if not weight:
        return None
    total = sum((exact(points[label]) * share for label, share in weights.items()), Fraction(0))
    shown = "、".join(f"{label}＝{to_plain(point)}点" for label, point in points.items())
    told = f"{counted}件を重みで平均した点数です（{shown}）。区分のない{left_out}件は含みません。"
    return Score(as_decimal(total / weight), counted, left_out, tuple(points.items()), told)
