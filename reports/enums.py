"""Closed vocabularies of what is counted over many KPIs, and of what is published."""

from tsukuba_kpi.lib.choices import LabelledEnum


class Movement(LabelledEnum):
    """How a KPI's grade moved against the year before."""

    BETTER = "better", "上がった"
    SAME = "same", "同じ"
    WORSE = "worse", "下がった"
    NEW = "new", "新しく評価"
    LOST = "lost", "評価がなくなった"


class OutlookSaid(LabelledEnum):
    """What a projection says of the final target (never a grade)."""

    LIKELY = "likely", "届く見込み"
    UNCERTAIN = "uncertain", "どちらとも言えない"
    UNLIKELY = "unlikely", "届かない見込み"
    TOO_FEW = "too_few", "値が足りない"


class Audience(LabelledEnum):
    """Who sees the same figures: of all sheets, of the committee's, of the finished ones."""

    ALL = "all", "全ての値"
    COMMITTEE = "committee", "外部評価と確定の値"
    FINISHED = "finished", "確定した値"


class Scope(LabelledEnum):
    """Over what KPIs are counted."""

    PLAN = "plan", "計画"
    NODE = "node", "目標・施策・事業"
    SECTION = "section", "課室"
    BUREAU = "bureau", "部局"


class Choice(LabelledEnum):
    """What of a record or field the public reads."""

    PUBLIC = "public", "公開"
    HIDDEN = "hidden", "非公開"
    SUMMARY = "summary", "要約"
