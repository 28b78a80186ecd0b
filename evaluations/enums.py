"""Closed vocabularies of actuals, sheets and judgement."""

from tsukuba_kpi.lib.choices import LabelledEnum


class ValueStatus(LabelledEnum):
    """What is known of a yearly figure. Only the first three carry a number."""

    FINAL = "final", "確定"
    PRELIMINARY = "preliminary", "速報"
    ESTIMATED = "estimated", "見込"
    PENDING = "pending", "集計中"
    NOT_SURVEYED = "not_surveyed", "調査未実施"
    UNKNOWN = "unknown", "未把握"
    NOT_APPLICABLE = "not_applicable", "該当なし"


NUMERIC_STATUSES = frozenset({ValueStatus.FINAL, ValueStatus.PRELIMINARY, ValueStatus.ESTIMATED})


class Reason(LabelledEnum):
    """Why there is no rate or no grade. The codes are a stable interface (`manage.py judge`)."""

    NO_ACTUAL = "no_actual", "実績が未入力"
    PENDING = "pending", "実績が集計中"
    NOT_SURVEYED = "not_surveyed", "当年度は調査未実施"
    UNKNOWN = "unknown", "実績が未把握"
    NOT_APPLICABLE = "not_applicable", "当年度は該当なし"
    NO_TARGET = "no_target", "目標値が未設定"
    NO_BASELINE = "no_baseline", "基準値が未設定"
    TARGET_EQUALS_BASELINE = "target_equals_baseline", "目標値と基準値が同じ"
    TARGET_ZERO = "target_zero", "目標値が０"
    REFERENCE_ONLY = "reference_only", "参考値のため判定しない"
    WORD_TARGET = "word_target", "目標が文言"
    PARTS_MISSING = "parts_missing", "内訳が揃っていない"
    YEAR_MISSING = "year_missing", "累計の途中に値のない年度がある"
    SERIES_BREAK = "series_break", "定義変更の前後で比較できない"
    NO_EXPECTED = "no_expected", "当年度の期待値が定まらない"
    NO_SCHEME = "no_scheme", "評価基準が未設定"


class Edition(LabelledEnum):
    """Which of the year's collections a value belongs to."""

    HALF = "half", "上半期"
    PRELIMINARY = "preliminary", "速報"
    FINAL = "final", "確定"
