"""Closed vocabularies of a plan and its KPIs."""

from tsukuba_kpi.lib.choices import LabelledEnum


class NodeLevel(LabelledEnum):
    """Level of a node in the tree of a plan."""

    GOAL = "goal", "基本目標"
    POLICY = "policy", "基本施策"
    MEASURE = "measure", "個別施策"
    GRANT = "grant", "交付金事業"
    PROJECT = "project", "個別事業"


class Direction(LabelledEnum):
    """Which way the city wants a figure to move."""

    UP = "up", "上向き"
    DOWN = "down", "下向き"
    MAINTAIN = "maintain", "維持"
    REFERENCE = "reference", "参考値"


class Aggregation(LabelledEnum):
    """How the figures of several years belong together."""

    YEARLY = "yearly", "単年度値"
    YEAR_END = "year_end", "年度末時点の値"
    CUMULATIVE = "cumulative", "計画期間の累計"
    INCREMENT = "increment", "事業開始前からの増加分"
    AVERAGE = "average", "期間の平均"


class TargetQualifier(LabelledEnum):
    """How a target's number is meant."""

    EXACT = "exact", "ちょうど"
    AT_LEAST = "at_least", "以上"
    AT_MOST = "at_most", "以下"
    RANGE = "range", "範囲"
    WORD = "word", "文言"


class PartKind(LabelledEnum):
    """What a part is to its whole."""

    ADDEND = "addend", "内訳"
    COMPONENT = "component", "併記された数値"
    NUMERATOR = "numerator", "分子"
    DENOMINATOR = "denominator", "分母"


class PartsRule(LabelledEnum):
    """How a KPI of several numbers is judged."""

    SUM = "sum", "合計で判定"
    EACH = "each", "それぞれ判定"
    ALL = "all", "すべて達成で達成"
    MAIN = "main", "主な数値で判定"
    RATIO = "ratio", "分子÷分母で判定"


class ResponsibilityRole(LabelledEnum):
    """What a section has to do with a KPI."""

    LEAD = "lead", "主担当"
    CO = "co", "共同担当"
    COORDINATOR = "coordinator", "取りまとめ"


class RatingMeasure(LabelledEnum):
    """The quantity whose thresholds a rating scheme's bands carry."""

    PROGRESS_RATE = "progress_rate", "進捗率"
    ACHIEVEMENT_RATE = "achievement_rate", "達成率"
    PATH_RATE = "path_rate", "当年度の期待値に対する達成率"
    PATH_PROGRESS = "path_progress", "当年度の期待値までの進捗率"
    DIFFERENCE = "difference", "当年度の期待値との差"
    BASELINE_RATE = "baseline_rate", "基準値に対する比率"
    MET = "met", "達成・未達成"
    EFFECT = "effect", "交付金事業の効果"


class PathRule(LabelledEnum):
    """How the expected value of a year without its own target is found."""

    LINEAR = "linear", "直線"
    STEPS = "steps", "段階（直前の年の値）"
    NONE = "none", "定めない"


class EnteredAs(LabelledEnum):
    """What the yearly figures of an increment KPI are (a grant form asks for increments)."""

    LEVEL = "level", "水準（各年度の値そのもの）"
    INCREMENT = "increment", "各年度の増加分"
    CUMULATIVE_INCREMENT = "cumulative_increment", "増加分の累計"
