"""Closed vocabularies of the city's programs."""

from tsukuba_kpi.lib.choices import LabelledEnum


class ProgramKind(LabelledEnum):
    """Kind of a program, which may decide what its form asks."""

    STATUTORY = "statutory", "法定受託"
    SOFT_MANDATORY = "soft_mandatory", "ソフト（義務）"
    SOFT_OPTIONAL = "soft_optional", "ソフト（任意）"
    INTERNAL = "internal", "内部管理"
    FACILITY = "facility", "施設維持"
    SUBSIDY = "subsidy", "補助"
    CONSTRUCTION = "construction", "整備"


class ProgramScope(LabelledEnum):
    """How closely a program is evaluated."""

    EVALUATED = "evaluated", "評価対象"
    SIMPLE = "simple", "簡易管理"
    EXCLUDED = "excluded", "評価外"


class LineageKind(LabelledEnum):
    """How a program became another one."""

    RENAMED = "renamed", "改称"
    MERGED = "merged", "統合"
    SPLIT = "split", "分割"
    CONTINUED = "continued", "継承"


class LinkState(LabelledEnum):
    """Whether a person has agreed that a program serves a measure or KPI."""

    PROPOSED = "proposed", "提案"
    ACCEPTED = "accepted", "確認済"
    REFUSED = "refused", "不採用"


class IndicatorKind(LabelledEnum):
    """What a program's indicator tells."""

    ACTIVITY = "activity", "活動指標"
    OUTCOME = "outcome", "成果指標"
