"""What the read API answers with: flat records, the same for the public and for people inside.

Figures are decimal strings, so that nothing is lost on the way; null is "no value", never 0. The text behind
each field is its description in the OpenAPI document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Annotated, Any

from tsukuba_kpi.lib.decimals import to_plain


@dataclass(frozen=True)
class PlanRecord:
    """計画"""

    code: Annotated[str, "計画の変わらない符号"]
    name: Annotated[str, "計画名"]
    summary: Annotated[str, "市民向けの概要"]
    first_fiscal_year: Annotated[int | None, "最初の年度（始まる西暦年）"]
    last_fiscal_year: Annotated[int | None, "最後の年度（始まる西暦年）"]
    rating_scheme: Annotated[str, "評価基準の名称。空は未設定"]
    is_proposed_scheme: Annotated[bool, "評価基準のしきい値が案であるか"]
    grades: Annotated[tuple[str, ...], "評価の区分。良い順"]
    is_demo: Annotated[bool, "デモデータか"]


@dataclass(frozen=True)
class NodeRecord:
    """目標・施策・事業"""

    plan: Annotated[str, "計画の符号"]
    key: Annotated[str, "計画の中で変わらない符号"]
    parent: Annotated[str | None, "上位の項目の key。最上位は null"]
    level: Annotated[str, "階層の符号"]
    level_name: Annotated[str, "この計画での階層の呼び名"]
    code: Annotated[str, "番号（印刷された表記）"]
    ascii_code: Annotated[str, "番号（英数字）"]
    name: Annotated[str, "名称"]
    kpis: Annotated[tuple[str, ...], "この項目に直接属する指標の番号"]


@dataclass(frozen=True)
class KpiRecord:
    """指標（KPI）の定義"""

    code: Annotated[str, "指標の変わらない番号"]
    name: Annotated[str, "指標名"]
    unit: Annotated[str, "単位"]
    decimals: Annotated[int | None, "表示する小数点以下の桁数"]
    direction: Annotated[str, "望ましい向き。空は未設定"]
    aggregation: Annotated[str, "年度の値のまとめ方。空は未設定"]
    baseline_value: Annotated[Decimal | None, "基準値。null は値なし"]
    baseline_note: Annotated[str, "基準値の表記"]
    rationale: Annotated[str, "目標の設定根拠"]
    method: Annotated[str, "実績値の計算方法"]
    statistic_source: Annotated[str, "出典統計"]
    sections: Annotated[tuple[str, ...], "担当課室"]
    plans: Annotated[tuple[str, ...], "この指標がある計画の符号"]
    is_demo: Annotated[bool, "デモデータか"]


@dataclass(frozen=True)
class SeriesRecord:
    """指標の一年度の値と評価"""

    plan: Annotated[str, "評価した計画の符号"]
    kpi: Annotated[str, "指標の番号"]
    fiscal_year: Annotated[int, "年度（始まる西暦年）"]
    fiscal_year_era: Annotated[str, "年度（和暦）"]
    unit: Annotated[str, "単位"]
    target: Annotated[Decimal | None, "当年度の目標値。null は値なし"]
    target_upper: Annotated[Decimal | None, "目標が範囲のときの上限"]
    target_word: Annotated[str, "文言の目標、または以上・以下"]
    target_former: Annotated[str, "計画の途中で変わった目標の、変わる前（印字のまま）。空は変わっていない"]
    target_changed_on: Annotated[str | None, "目標が変わった日（YYYY-MM-DD）"]
    value: Annotated[Decimal | None, "実績値。null は値なし（0ではない）"]
    judged_value: Annotated[Decimal | None, "率が比べる値（累計の指標では合計）"]
    status: Annotated[str | None, "実績値の状態の符号（符号表 value_status）。null は実績の行がない"]
    expected_on: Annotated[str | None, "値が決まる予定日（YYYY-MM-DD）"]
    note: Annotated[str, "注記"]
    progress_rate: Annotated[Decimal | None, "進捗率。1 が 100％"]
    achievement_rate: Annotated[Decimal | None, "達成率。1 が 100％"]
    grade: Annotated[str | None, "評価。null は判定なし"]
    reason: Annotated[str | None, "判定できない理由の符号（符号表 reason）"]
    explanation: Annotated[str, "計算を述べた文"]


@dataclass(frozen=True)
class ProgramRecord:
    """事務事業の一年度"""

    key: Annotated[str, "番地に使う符号"]
    number: Annotated[int, "事業番号"]
    fiscal_year: Annotated[int, "年度（始まる西暦年）"]
    fiscal_year_era: Annotated[str, "年度（和暦）"]
    name: Annotated[str, "事務事業名"]
    former_name: Annotated[str, "旧名称"]
    bureau: Annotated[str, "部局"]
    section: Annotated[str, "担当課室"]
    purpose: Annotated[str | None, "目的。null は入力中のため示さない"]
    summary: Annotated[str | None, "概要。null は入力中のため示さない"]
    results: Annotated[str | None, "成果。null は入力中のため示さない"]
    is_demo: Annotated[bool, "デモデータか"]


@dataclass(frozen=True)
class PublicationRecord:
    """公表"""

    id: Annotated[int, "公表の番号"]
    round: Annotated[str, "照会の名称"]
    fiscal_year: Annotated[int, "対象年度（始まる西暦年）"]
    edition: Annotated[str, "版の符号（符号表 edition）"]
    edition_number: Annotated[int, "公表の版。2 から後は訂正"]
    published_at: Annotated[str, "公表日時（ISO 8601）"]
    amendment: Annotated[str, "前の版からの訂正の説明"]
    withdrawn_at: Annotated[str | None, "取り下げた日時（ISO 8601）。null は取り下げていない"]
    withdrawal: Annotated[str, "取り下げた理由"]
    is_demo: Annotated[bool, "デモデータか"]


@dataclass(frozen=True)
class CodeRecord:
    """符号の意味"""

    table: Annotated[str, "符号表の名称"]
    code: Annotated[str, "符号"]
    label: Annotated[str, "意味"]


Record = PlanRecord | NodeRecord | KpiRecord | SeriesRecord | ProgramRecord | PublicationRecord | CodeRecord


def as_json(value: Any) -> Any:
    """Return records as JSON-ready data: decimals as plain decimal strings."""
    if isinstance(value, Decimal):
        return to_plain(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: as_json(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    return value
