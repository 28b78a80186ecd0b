"""Closed vocabularies of the append-only history."""

from tsukuba_kpi.lib.choices import LabelledEnum


class RevisionAct(LabelledEnum):
    """What happened to the record."""

    CREATED = "created", "作成"
    CHANGED = "changed", "変更"
    DELETED = "deleted", "削除"


class Through(LabelledEnum):
    """By which way a change came in."""

    BROWSER = "browser", "画面入力"
    WORKBOOK = "workbook", "Excel様式"
    IMPORT = "import", "文書の取込"
    CORRECTION = "correction", "訂正"
    COMMAND = "command", "管理コマンド"
    UNDO = "undo", "取込の取消"
