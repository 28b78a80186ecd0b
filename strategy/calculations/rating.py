"""Rating schemes as data: ordered bands over chosen quantities, and what a quantity's band is.

A scheme belongs to a plan. It never computes anything itself: it is given quantities (rates as
exact fractions, 1 = 100 %) and answers with a band, so that planning may change thresholds without
changing code, and so that every grade can be checked against the scheme's version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from strategy.enums import RatingMeasure

WhyNot = TypeVar("WhyNot")


# Measures that are shares of 1; people write and read their limits in percent.
RATES = frozenset(
    {
        RatingMeasure.PROGRESS_RATE,
        RatingMeasure.ACHIEVEMENT_RATE,
        RatingMeasure.PATH_RATE,
        RatingMeasure.PATH_PROGRESS,
        RatingMeasure.BASELINE_RATE,
    }
)


@dataclass(frozen=True, slots=True)
class Band:
    """One class of a scheme, best first in its scheme.

    `minimum` is the lower limit in the unit of the measure (a rate: 0.6 = 60 %); None is "everything
    that no better band took". `measure` overrides the scheme's measure for this band only (the
    S/A/B/C scheme asks for the target first and for the baseline afterwards). `pattern` names the
    hatching that keeps bands apart in grey print and for readers who do not tell colours apart. `points`
    are what planning counts a KPI of this band for in a weighted score, None where it has no scores.
    """

    label: str
    minimum: Decimal | None = None
    includes_minimum: bool = True
    symbol: str = ""
    colour: str = ""
    pattern: str = ""
    sentence: str = ""
    measure: RatingMeasure | None = None
    points: Decimal | None = None

    def holds(self, quantity: Fraction | Decimal) -> bool:
        """Tell whether a quantity reaches this band (better bands are asked before)."""
        if self.minimum is None:
            return True
        return quantity >= self.minimum if self.includes_minimum else quantity > self.minimum


@dataclass(frozen=True, slots=True)
class CannotJudge:
    """The class shown for one reason (a code of `evaluations.enums.Reason`) instead of a grade."""

    reason: str
    label: str
    symbol: str = "－"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A rating scheme in one version.

    `met_label` and `not_met_label` name the bands for KPIs of which only met or not met can be told
    (a target in words, a range, a target equal to its baseline); empty means no grade for them.
    `is_proposal` marks thresholds that no published source states: planning has to set them.
    """

    code: str
    name: str
    version: int
    measure: RatingMeasure
    bands: tuple[Band, ...]
    cannot_judge: tuple[CannotJudge, ...] = ()
    met_label: str = ""
    not_met_label: str = ""
    is_proposal: bool = False
    source: str = ""

    def band_named(self, label: str) -> Band | None:
        """Return the band with this label, None when the scheme has none."""
        for band in self.bands:
            if band.label == label:
                return band
        return None

    @property
    def points(self) -> dict[str, Decimal]:
        """Return the bands' points by label; empty where planning has set none."""
        return {band.label: band.points for band in self.bands if band.points is not None}

    def measure_of(self, band: Band) -> RatingMeasure:
        """Return the measure a band's limit is stated in."""
        return band.measure or self.measure

    def cannot_judge_label(self, reason: str) -> str | None:
        """Return the scheme's own word for a reason, None when it has none."""
        for entry in self.cannot_judge:
            if entry.reason == reason:
                return entry.label
        return None


@dataclass(frozen=True, slots=True)
class Classified:
    """A band together with the measure and quantity that led to it, for the explanation.

    `upper` is the band just above that was missed by the same measure, None at the top.
    """

    band: Band
    measure: RatingMeasure
    quantity: Fraction | Decimal
    upper: Band | None


def classify_by(
    scheme: Scheme, quantity_of: Callable[[RatingMeasure], Fraction | Decimal | WhyNot]
) -> Classified | WhyNot | None:
    """Find the best band whose limit is reached.

    `quantity_of` gives a measure's quantity, or the reason why there is none: the first band that
    asks for a missing quantity ends the search with that reason, because a better band might apply.
    None when the quantities lie below every band (a gap that `scheme_problems` reports).
    """
    above: Band | None = None
    for band in scheme.bands:
        measure = scheme.measure_of(band)
        quantity = quantity_of(measure)
        if not isinstance(quantity, Fraction | Decimal):
            return quantity
        if band.holds(quantity):
            same = above is not None and scheme.measure_of(above) == measure
            return Classified(band, measure, quantity, above if same else None)
        above = band
    return None


def classify(scheme: Scheme, quantities: Mapping[RatingMeasure, Fraction | Decimal | None]) -> Band | None:
    """Return the band of a set of quantities, None when one that is asked for is missing."""
    found = classify_by(scheme, lambda measure: quantities.get(measure))
    return found.band if isinstance(found, Classified) else None


def scheme_problems(scheme: Scheme) -> list[str]:
    """List what is wrong with a scheme, as Japanese sentences for its editor; empty when sound."""
    if not scheme.bands:
        return ["区分がありません。区分を１つ以上入れてください。"]
    return [
        *_label_problems(scheme),
        *_limit_problems(scheme),
        *_gap_problems(scheme),
        *_points_problems(scheme),
    ]


def _points_problems(scheme: Scheme) -> list[str]:
    """Refuse points for some bands only: a KPI in the others would silently leave the score."""
    without = [band.label for band in scheme.bands if band.points is None]
    if not without or len(without) == len(scheme.bands):
        return []
    named = "、".join(f"「{label}」" for label in without)
    return [f"点数のない区分があります（{named}）。すべての区分に入れるか、どれにも入れないでください。"]


def _label_problems(scheme: Scheme) -> list[str]:
    problems = []
    seen: set[str] = set()
    for position, band in enumerate(scheme.bands, start=1):
        if not band.label.strip():
            problems.append(f"{position}番目の区分に名前がありません。")
        elif band.label in seen:
            problems.append(f"区分「{band.label}」が２つ以上あります。")
        seen.add(band.label)
    for label, meaning in ((scheme.met_label, "達成"), (scheme.not_met_label, "未達成")):
        if label and label not in seen:
            problems.append(f"{meaning}のときの区分「{label}」が区分の中にありません。")
    return problems


def _limit_problems(scheme: Scheme) -> list[str]:
    strange = [band for band in scheme.bands if band.minimum is not None and not band.minimum.is_finite()]
    if strange:
        return [f"区分「{band.label}」の下限が数値ではありません。数値を入れてください。" for band in strange]
    pairs = zip(scheme.bands, scheme.bands[1:], strict=False)
    found = (_pair_problem(scheme, better, worse) for better, worse in pairs)
    return [problem for problem in found if problem]


def _pair_problem(scheme: Scheme, better: Band, worse: Band) -> str:
    if better.minimum is None:
        return (
            f"区分「{better.label}」に下限がないため、その下の「{worse.label}」に届く値がありません（重なり）。"
            "下限のない区分は最後に置いてください。"
        )
    if worse.minimum is None or scheme.measure_of(better) != scheme.measure_of(worse):
        return ""
    if worse.minimum > better.minimum:
        return (
            f"区分の順序が逆です。「{better.label}」の下限（{_limit(scheme, better)}）より"
            f"「{worse.label}」の下限（{_limit(scheme, worse)}）が大きくなっています。"
            "良い区分から順に並べてください。"
        )
    if worse.minimum == better.minimum and (better.includes_minimum or not worse.includes_minimum):
        return (
            f"区分「{better.label}」と「{worse.label}」の下限（{_limit(scheme, better)}）が同じで、"
            "範囲が重なっています。"
            "どちらかの下限を直してください。"
        )
    return ""


def _gap_problems(scheme: Scheme) -> list[str]:
    last = scheme.bands[-1]
    if last.minimum is None:
        return []
    limit = f"{_limit(scheme, last)}{'未満' if last.includes_minimum else '以下'}"
    return [
        f"最後の区分「{last.label}」に下限（{_limit(scheme, last)}）があるため、"
        f"{limit}の値に区分がありません（すき間）。"
        "最後の区分の下限は空にしてください。"
    ]


def _limit(scheme: Scheme, band: Band) -> str:
    """Return a band's limit as its editor shows it: rates in percent."""
    minimum = band.minimum or Decimal(0)
    is_rate = scheme.measure_of(band) in RATES
    shown = f"{(minimum * 100 if is_rate else minimum):f}"
    plain = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return f"{plain}％" if is_rate else plain
