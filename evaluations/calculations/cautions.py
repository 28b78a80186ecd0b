"""What a reader of a judgement has to be told beside the arithmetic: figures that can mislead."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from evaluations.calculations.path import Basis
from evaluations.calculations.quantities import TargetChange, Warned
from evaluations.enums import Reason
from strategy.enums import Aggregation, Direction, TargetQualifier
from tsukuba_kpi.lib.fiscal_year import day_words, era_label

if TYPE_CHECKING:
    from evaluations.calculations.results import Judgement

# Above it the target may have been too low; for planning, not part of the explanation.
_TOO_EASY = Decimal("1.5")

FOR_PLANNING = frozenset({"target_low"})


def warnings_of(judgement: "Judgement") -> tuple[Warned, ...]:
    """List what has to be said beside a judgement."""
    return tuple(Warned(code, message) for check in _CHECKS for code, message in check(judgement))


_Found = Iterator[tuple[str, str]]


def _target_behind(judgement: "Judgement") -> _Found:
    inputs = judgement.inputs
    number = inputs.final_target.number if inputs.final_target else None
    if inputs.baseline is None or number is None or judgement.progress_rate is None:
        return
    rising = number > inputs.baseline.value
    if inputs.definition.direction is (Direction.DOWN if rising else Direction.UP):
        yield (
            Reason.TARGET_BEHIND_BASELINE.value,
            "目標が基準値より望ましくない側にあるため、進捗率が大きいことは良いことを意味しません。",
        )


def _cumulative_baseline(judgement: "Judgement") -> _Found:
    baseline = judgement.inputs.baseline
    if (
        judgement.inputs.definition.aggregation is Aggregation.CUMULATIVE
        and baseline is not None
        and baseline.value != 0
        and judgement.value is not None
    ):
        yield (
            "cumulative_baseline",
            "累計は計画の初年度に0から数えます。基準値は計画前の値との比較のためのもので、"
            "計画期間の途中の進捗率は低く出ます。",
        )


def _negative(judgement: "Judgement") -> _Found:
    target = judgement.inputs.year_target or judgement.inputs.final_target
    number = target.number if target else None
    if judgement.achievement_rate is None or judgement.value is None or number is None:
        return
    if judgement.value < 0 or number < 0:
        yield "negative_achievement", "負の値を含むため、達成率（実績÷目標）は良し悪しを表しません。"


def _years(judgement: "Judgement") -> _Found:
    inputs = judgement.inputs
    base_year = inputs.baseline.fiscal_year if inputs.baseline else None
    if inputs.final_year is not None and judgement.fiscal_year > inputs.final_year:
        yield "after_final_year", f"最終目標の年度（{era_label(inputs.final_year)}）を過ぎています。"
    if base_year is not None and inputs.final_year is not None and base_year >= inputs.final_year:
        yield (
            "baseline_after_target",
            f"基準年度（{era_label(base_year)}）が最終目標の年度より前ではありません。",
        )
    elif base_year is not None and judgement.fiscal_year <= base_year:
        yield "not_after_baseline", f"基準年度（{era_label(base_year)}）以前の年度です。"


def _no_band(judgement: "Judgement") -> _Found:
    definition = judgement.inputs.definition
    unset = definition.direction is Direction.MAINTAIN and definition.maintain_band is None
    if unset and judgement.met is False:
        yield "no_maintain_band", "維持とみなす幅が定められていないため、目標と同じ値だけを達成としています。"


def _qualifier(judgement: "Judgement") -> _Found:
    target = judgement.inputs.year_target or judgement.inputs.final_target
    if target is None:
        return
    against = {Direction.UP: TargetQualifier.AT_MOST, Direction.DOWN: TargetQualifier.AT_LEAST}
    direction = judgement.inputs.definition.direction
    if direction is not None and target.qualifier is against.get(direction):
        yield (
            "qualifier_against_direction",
            f"目標の「{target.qualifier.label}」と指標の向き（{direction.label}）が合っていません。"
            "達成・未達成は目標の表記によります。",
        )


def _changed_targets(judgement: "Judgement") -> _Found:
    inputs = judgement.inputs
    targets = ((judgement.fiscal_year, inputs.year_target), (inputs.final_year, inputs.final_target))
    changed = {year: target for year, target in targets if year is not None and target and target.is_changed}
    for year, target in sorted(changed.items()):
        yield "target_changed", f"{era_label(year)}の目標は計画の途中で{_how_changed(target.change)}。"


def _how_changed(change: TargetChange | None) -> str:
    if change is None:
        return "変更されたものです"
    return f"{change.former}から{change.now}に変更されたものです（{day_words(change.on)}）"


def _too_easy(judgement: "Judgement") -> _Found:
    rate = judgement.directed_achievement_rate
    if rate is not None and rate > _TOO_EASY:
        yield "target_low", "目標の150％を超えています。目標が低すぎないか確かめてください。"


def _steps(judgement: "Judgement") -> _Found:
    expected = judgement.inputs.expected
    if expected is not None and expected.basis is Basis.BASELINE:
        yield "expected_is_baseline", "まだ段階の目標がない年度のため、期待値は基準の値です。"


_CHECKS = (
    _target_behind,
    _cumulative_baseline,
    _negative,
    _years,
    _no_band,
    _qualifier,
    _changed_targets,
    _too_easy,
    _steps,
)
