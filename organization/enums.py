"""Closed vocabularies of the organisation and its people."""

from tsukuba_kpi.lib.choices import LabelledEnum


class MembershipRole(LabelledEnum):
    """What a person is in a section."""

    STAFF = "staff", "担当者"
    CHIEF = "chief", "所属長"
    DEPUTY = "deputy", "代決者"


class SiteRole(LabelledEnum):
    """What a person may do beyond their own sections."""

    PLANNING = "planning", "企画部門"
    COMMITTEE = "committee", "外部評価委員"
    ADMINISTRATOR = "administrator", "管理者"
    READER = "reader", "閲覧者"


class SuccessionKind(LabelledEnum):
    """How a section became another one on 1 April."""

    RENAME = "rename", "改称"
    MERGE = "merge", "統合"
    SPLIT = "split", "分割"
    TRANSFER = "transfer", "部局間の移管"
    ABOLISH = "abolish", "廃止"
