"""What a KPI's definition still lacks before it can be judged, and before it is well documented."""

from dataclasses import dataclass

from strategy.enums import Aggregation, Direction, PartsRule
from tsukuba_kpi.lib.choices import LabelledEnum


class Gap(LabelledEnum):
    """One thing a definition lacks. The first seven stand in the way of a judgement."""

    UNIT = "unit", "単位"
    DIRECTION = "direction", "方向"
    AGGREGATION = "aggregation", "集計方法"
    BASELINE = "baseline", "基準値"
    BASELINE_YEAR = "baseline_year", "基準年度"
    TARGET = "target", "目標値"
    SECTION = "section", "担当課"
    DECIMALS = "decimals", "小数"
    RATIONALE = "rationale", "設定根拠"
    METHOD = "method", "計算方法"
    FINAL_NOTE = "final_note", "確定時期"


NEEDED_TO_JUDGE = frozenset(
    {Gap.UNIT, Gap.DIRECTION, Gap.AGGREGATION, Gap.BASELINE, Gap.BASELINE_YEAR, Gap.TARGET, Gap.SECTION}
)
# Judged by its parts, such a KPI needs no figures of its own.
_BY_PARTS = frozenset({PartsRule.EACH.value, PartsRule.ALL.value, PartsRule.MAIN.value})


@dataclass(frozen=True, slots=True)
class DefinitionFacts:
    """What of a definition is there. `is_part` tells a KPI that another one is made of."""

    unit: str
    has_decimals: bool
    direction: str
    aggregation: str
    has_baseline: bool
    has_baseline_year: bool
    has_target: bool
    has_section: bool
    rationale: str
    method: str
    final_note: str
    parts_rule: str = ""
    is_part: bool = False


def gaps_of(facts: DefinitionFacts) -> tuple[Gap, ...]:
    """Return what is missing, in the order of the form.

    A reference value needs no target, a cumulative count no baseline, a part no target of its own, and a
    KPI that is judged by its parts no figures at all.
    """
    by_parts = facts.parts_rule in _BY_PARTS
    reference = facts.direction == Direction.REFERENCE
    needs_baseline = not (reference or facts.aggregation == Aggregation.CUMULATIVE)
    missing = {
        Gap.UNIT: not facts.unit,
        Gap.DIRECTION: not facts.direction,
        Gap.AGGREGATION: not facts.aggregation,
        Gap.BASELINE: needs_baseline and not facts.has_baseline,
        Gap.BASELINE_YEAR: facts.has_baseline and not facts.has_baseline_year,
        Gap.TARGET: not (reference or facts.is_part or facts.has_target),
        Gap.SECTION: not facts.has_section,
        Gap.DECIMALS: not facts.has_decimals,
        Gap.RATIONALE: not (reference or facts.is_part or facts.rationale.strip()),
        Gap.METHOD: not facts.method.strip(),
        Gap.FINAL_NOTE: not facts.final_note.strip(),
    }
    never = {Gap.UNIT, Gap.DIRECTION, Gap.AGGREGATION, Gap.BASELINE, Gap.TARGET, Gap.DECIMALS}
    return tuple(gap for gap in Gap if missing[gap] and not (by_parts and gap in never))
