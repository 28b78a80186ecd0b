"""Closed vocabularies of getting documents in."""

from tsukuba_kpi.lib.choices import LabelledEnum


class DocumentKind(LabelledEnum):
    """What a document brought by a city is about."""

    STRATEGY = "strategy", "戦略のKPI一覧"
    PROGRAMS = "programs", "事務事業の一覧"
    ACTUALS = "actuals", "年度別の目標値・実績値"
    SECTIONS = "sections", "部署の一覧"
    STAFF = "staff", "職員の一覧"
    DEFINITIONS = "definitions", "KPIの定義"
    ROUND = "round", "照会のExcel"


class Outcome(LabelledEnum):
    """What an import would do with one row of a document."""

    NEW = "new", "新規"
    CHANGED = "changed", "変更"
    SAME = "same", "同じ"
    REVIEW = "review", "要確認"
    REFUSED = "refused", "取込不可"


class SourceFormat(LabelledEnum):
    """Form in which a document came, found out from its content."""

    TXT = "txt", "テキスト"
    PDF = "pdf", "PDF"
    XLSX = "xlsx", "Excelブック（xlsx）"
    XLS = "xls", "Excelブック（xls）"
    CSV = "csv", "CSV"


class KpiRelationKind(LabelledEnum):
    """What an import proposes about KPIs beyond their names."""

    TOTAL_AND_PARTS = "total_and_parts", "合計と内訳"
    SAME_KPI = "same_kpi", "同じ指標の再掲"
    SEVERAL_NUMBERS = "several_numbers", "複数の数値を含む指標"
    CUMULATIVE = "cumulative", "累計の指標"
    LOWER_IS_BETTER = "lower_is_better", "下げることが目標の指標"


class RunState(LabelledEnum):
    """Where an import run stands."""

    READING = "reading", "読取中"
    PREVIEWED = "previewed", "確認待ち"
    APPLIED = "applied", "反映済"
    REFUSED = "refused", "取込不可"
    UNDONE = "undone", "取消済"
    DISCARDED = "discarded", "破棄"


class RowDecision(LabelledEnum):
    """What a person decided about one row of the preview."""

    TAKE = "take", "反映する"
    LEAVE = "leave", "反映しない"


class UndoResult(LabelledEnum):
    """What became of a row when its run was undone."""

    REVERSED = "reversed", "元に戻した"
    KEPT = "kept", "その後の変更があるため残した"
    FAILED = "failed", "戻せなかった"
