"""The effect of a grant program, proposed by rule from all its KPIs; a person confirms it.

非常に効果的: all met. 相当程度: some met. 効果があった: none met, one at least better than before the
project. 効果なし: none better. With a KPI that cannot be judged nothing is proposed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from evaluations.calculations.results import Judgement
from evaluations.enums import Reason
from strategy.calculations.rating import Band, Scheme, classify
from strategy.enums import RatingMeasure

_NOT_BETTER, _BETTER, _SOME_MET, _ALL_MET = range(4)


@dataclass(frozen=True, slots=True)
class GrantEffect:
    """A proposed effect with the counts it rests on; `band` is None with its `reason`."""

    band: Band | None
    total: int
    met: int
    better: int
    unknown: int
    reason: Reason | None
    explanation: str


def propose_effect(judgements: Sequence[Judgement], scheme: Scheme) -> GrantEffect:
    """Propose the effect of a grant program from its KPIs' judgements, by a scheme on `effect`."""
    total = len(judgements)
    met = sum(judgement.met is True for judgement in judgements)
    better = sum(judgement.better_than_baseline is True for judgement in judgements)
    unknown = [judgement for judgement in judgements if _is_open(judgement, met)]
    counted = f"指標{total}件のうち目標に達したもの{met}件、事業開始前より良くなったもの{better}件"
    if not judgements or unknown:
        reason = Reason.NO_TARGET if not judgements else unknown[0].reason or Reason.NO_EXPECTED
        told = f"{counted}、まだ判定できないもの{len(unknown)}件のため、効果の案を出していません。"
        return GrantEffect(None, total, met, better, len(unknown), reason, told)
    if met == total:
        level = _ALL_MET
    elif met:
        level = _SOME_MET
    else:
        level = _BETTER if better else _NOT_BETTER
    band = classify(scheme, {RatingMeasure.EFFECT: Decimal(level)})
    if band is None:
        return GrantEffect(None, total, met, better, 0, Reason.NO_BAND, f"{counted}です。")
    told = f"{counted}のため、「{band.label}」を案とします。人が確認して決めてください。"
    return GrantEffect(band, total, met, better, 0, None, told)


def _is_open(judgement: Judgement, met: int) -> bool:
    """Whether a KPI leaves the effect open: unknown if met, or (when none is met) unknown if better."""
    if judgement.met is None:
        return True
    return met == 0 and judgement.better_than_baseline is None
