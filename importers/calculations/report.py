"""What an import tells: the `--json` object, and the lines a person reads on the terminal."""

import datetime
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from importers.calculations.duplicates import short_place
from importers.calculations.plan import HELD_KINDS, SUMMARISED, ChangePlan, PlannedRow, shorten
from importers.calculations.rows import Doubt
from importers.enums import DocumentKind, Outcome

MAX_LISTED = 200
_PLAIN = frozenset((str, int, float, bool, type(None)))

FIELD_LABELS: Mapping[str, str] = {
    "order": "順番",
    "number": "事業番号",
    "name": "名称",
    "bureau": "部局",
    "section": "担当課",
    "purpose": "目的",
    "summary": "概要",
    "results": "成果",
    "kind": "種別",
    "goal": "基本目標",
    "policy": "基本施策",
    "measure": "個別施策",
    "node": "目標・施策・事業名",
    "project": "個別事業",
    "kpi": "指標名",
    "sections": "担当課",
    "fiscal_year": "年度",
    "target": "目標値",
    "actual": "実績値",
    "status": "値の状態",
    "unit": "単位",
    "baseline": "基準値",
    "code": "部署コード",
    "opened": "設置年度",
    "closed": "最後の年度",
    "former_name": "旧名称",
    "succession": "組織改正",
    "staff_number": "職員番号",
    "kana": "ふりがな",
    "email": "メールアドレス",
    "role": "役割",
    "valid_from": "適用日",
    "valid_to": "終了日",
    "concurrent": "兼務",
    "ends": "終わる所属",
    "decimals": "小数点以下の桁数",
    "direction": "方向",
    "aggregation": "集計方法",
    "baseline_year": "基準年度",
    "targets": "年度別の目標値",
    "final_target": "最終目標値",
    "target_year": "目標年度",
    "rationale": "設定根拠",
    "method": "計算方法",
    "source": "出典",
    "final_month": "数値確定の時期",
    "survey_interval": "調査の間隔",
    "definition": "定義・備考",
}


_LABELS_OF_KIND: Mapping[DocumentKind, Mapping[str, str]] = {
    DocumentKind.PROGRAMS: {"name": "事業名"},
    DocumentKind.STAFF: {"name": "氏名", "section": "所属"},
    DocumentKind.SECTIONS: {"section": "課室"},
}


def field_label(name: str, kind: DocumentKind) -> str:
    """Return what a field of a kind of document is called; blank for none."""
    return _LABELS_OF_KIND.get(kind, {}).get(name) or FIELD_LABELS.get(name, "")


def plan_to_dict(plan: ChangePlan, sha256: str) -> dict[str, object]:
    """Return the object that `--json` prints; its keys are a stable interface."""
    return {
        "file": plan.file,
        "kind": plan.kind.value,
        "sha256": sha256,
        "counts": {outcome.value: plan.counts.get(outcome, 0) for outcome in Outcome},
        "rows": [row_to_dict(row) for row in plan.rows],
        "errors": [error.to_dict() for error in plan.errors],
    }


def row_to_dict(row: PlannedRow) -> dict[str, object]:
    """Return one row of the `--json` object; changes and the reason of a refusal are told as warnings."""
    return {
        "location": row.source.location.to_dict(),
        "outcome": row.outcome.value,
        "confidence": plain_number(row.source.confidence),
        "fields": {name: plain_value(value) for name, value in row.source.fields.items()},
        "warnings": [doubt.to_dict() for doubt in told(row)],
    }


def told(row: PlannedRow) -> tuple[Doubt, ...]:
    """Return everything there is to say about a row: its refusal, its doubts, and what it changes."""
    if row.refused is None and not row.changes:
        return row.doubts
    found: list[Doubt] = []
    if row.refused is not None and not any(doubt.message == row.refused for doubt in row.doubts):
        found.append(Doubt("refused", None, row.refused))
    found += row.doubts
    found += [
        Doubt("changed", c.field, f"「{shorten(c.old)}」→「{shorten(c.new)}」", review=False)
        for c in row.changes
    ]
    return tuple(found)


def plain_number(value: Decimal) -> int | float:
    """Return a figure as JSON writes it: whole numbers without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def plain_value(value: object) -> object:
    """Return a value of a row as JSON holds it."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, Mapping):
        if _PLAIN.issuperset(map(type, value.values())):
            return dict(value)
        return {key: plain_value(item) for key, item in value.items()}
    return value


def plain_values(values: Sequence[object]) -> Sequence[object]:
    """Return the values of a column as JSON holds them."""
    return values if _PLAIN.issuperset(map(type, values)) else list(map(plain_value, values))


def to_json(value: object) -> str:
    """Return JSON as the commands print it: readable, Japanese as it is."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


# --- for people -------------------------------------------------------------------------------------------


def report_lines(plan: ChangePlan, *, applied: bool, sha256: str) -> list[str]:
    """Return the report of a preview or an import in Japanese, with the sum that must add up."""
    lines = [f"{plan.file}（{plan.kind.label}）　SHA-256 {sha256[:12]}…"]
    lines += [f"お知らせ: {note.message}" for note in plan.notes]
    counts = "　".join(f"{outcome.label} {plan.counts.get(outcome, 0)}" for outcome in Outcome)
    total = sum(plan.counts.values())
    lines.append(f"読み取った行 {len(plan.rows)} ＝ {counts}（計 {total}）")
    lines += _summaries(plan.rows)
    listed = [row for row in plan.rows if row.needs_attention]
    if listed:
        lines.append("")
        lines.append(f"確認の必要な行（{len(listed)}件）")
        lines += _table(
            [("場所", "結果", "確度", "内容"), *(_cells(row, plan.kind) for row in listed[:MAX_LISTED])],
        )
        if len(listed) > MAX_LISTED:
            lines.append(f"ほか{len(listed) - MAX_LISTED}件（--json で全件を確認できます）")
    lines.append("")
    lines.append(_closing(plan, applied=applied))
    return lines


def _closing(plan: ChangePlan, *, applied: bool) -> str:
    if not applied:
        return "確認のみです。何も書き込んでいません（--apply を付けると反映します）。"
    wanted = [Outcome.NEW, Outcome.CHANGED, *([] if plan.kind in HELD_KINDS else [Outcome.REVIEW])]
    written = sum(plan.counts.get(outcome, 0) for outcome in wanted)
    left = plan.counts.get(Outcome.REFUSED, 0)
    sentence = f"{written}行を反映しました。" if written else "変更はありません。何も書き込んでいません。"
    if plan.counts.get(Outcome.REVIEW, 0) and plan.kind in HELD_KINDS:
        sentence += "要確認の行は、画面で確認するまで反映しません。"
    elif plan.counts.get(Outcome.REVIEW, 0):
        sentence += "要確認の行は、人が確認するまで要確認と表示されます。"
    return sentence + (f"取込不可の{left}行は反映していません。" if left else "")


def _summaries(rows: Iterable[PlannedRow]) -> list[str]:
    """Tell once, with its number of rows, what a first load would repeat on every row."""
    messages: dict[str, int] = {}
    for row in rows:
        for doubt in row.doubts:
            if doubt.code in SUMMARISED:
                messages[doubt.message] = messages.get(doubt.message, 0) + 1
    return [f"お知らせ: {message}（{count}行）" for message, count in messages.items()]


def _cells(row: PlannedRow, kind: DocumentKind) -> tuple[str, str, str, str]:
    parts = [
        f"{field_label(d.field, kind)}: {d.message}" if d.field else d.message
        for d in told(row)
        if d.code not in SUMMARISED
    ]
    confidence = "" if row.source.confidence == 1 else f"{row.source.confidence:.2f}"
    return short_place(row.source.location), row.outcome.label, confidence, " ／ ".join(parts)


def _table(rows: list[tuple[str, str, str, str]]) -> list[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(_pad(row[column], widths[column]) for column in range(3)), row[3]]).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
