"""From a complete record to a row: kind, code, name, sections with roles, doubts."""

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from importers.calculations.rows import Doubt, Inference, Location, SourceRow
from importers.sources.section_cells import read_sections_cell
from importers.sources.txt_programs.heads import is_unit_name
from importers.sources.txt_strategy.columns import is_dash
from importers.sources.txt_strategy.records import Record
from tsukuba_kpi.lib.japanese_text import match_key, roman_numeral

SURE_ENOUGH = Decimal("0.96")
_GARBLED = re.compile("[\ufffd\ue000-\uf8ff]")


def build_row(record: Record, raw: str, file_name: str) -> SourceRow:
    """Return the row of one record."""
    place = Location(file=file_name, page=record.page, line=record.first.number)
    cells = [read_sections_cell(text) for text in record.sections]
    fields = _fields(record, [section for cell in cells for section in cell.sections])
    extra = {
        "section_names": [name for cell in cells for name in cell.names],
        "section_roles": [role for cell in cells for role in cell.roles],
    }
    doubts = [*record.doubts, *_doubts(record, fields)]
    doubts += [
        Doubt("sections_split", "sections", f"{cell.unsure}担当課を確認してください。")
        for cell in cells
        if cell.unsure is not None
    ]
    inferred = dict(record.inferred)
    share = Decimal(round(1000 * record.share)) / 1000
    if share < SURE_ENOUGH:
        doubts.append(
            Doubt(
                "cell_boundary",
                "kpi",
                f"この行の欄の分け方が文書の配置だけでは決まりません（確からしさ{round(share * 100)}％）。"
                "事業名・個別事業・指標名を確認してください。",
            )
        )
        inferred.setdefault("kpi", Inference(share, "行の長さと間隔から欄を分けました。"))
    refused = _refusal(record, place)
    return SourceRow(place, fields, raw, extra, inferred, tuple(doubts), refused)


def _fields(record: Record, sections: Sequence[str]) -> dict[str, object]:
    code = record.code
    if code is None:
        kind = "grant"
    elif code.policy is None:
        kind = "goal"
    else:
        kind = "measure" if code.measure is not None else "policy"
    return {
        "kind": kind,
        "goal": roman_numeral(code.goal) if code is not None else None,
        "policy": code.policy if code is not None else None,
        "measure": code.measure if code is not None else None,
        "node": code.rest if code is not None else record.label,
        "project": _value(record.project),
        "kpi": _value(record.kpi),
        "sections": list(sections),
    }


def _value(text: str | None) -> str | None:
    return None if text is None or is_dash(text) else text


def _refusal(record: Record, place: Location) -> str | None:
    if _value(record.kpi) is None and _value(record.project) is None:
        sections = "、".join(record.sections)
        return (
            f"{place}：担当課「{sections}」の行に指標名も個別事業もありません。"
            "元の文書で行のつながりを確認し、Excelの一覧で取り込んでください。"
        )
    return None


def _doubts(record: Record, fields: dict[str, object]) -> list[Doubt]:
    doubts = []
    if fields["node"] in (None, ""):
        doubts.append(
            Doubt("node_missing", "node", "目標・施策・事業の名称が読み取れません。名称を入力してください。")
        )
    code = record.code
    if code is not None and not code.certain:
        doubts.append(
            Doubt("code_uncertain", "node", f"「{record.label}」のどこまでがコードか確認してください。")
        )
    if not record.sections:
        doubts.append(
            Doubt("section_missing", "sections", "担当課が読み取れません。担当課を選んでください。")
        )
    doubts += [
        Doubt("section_unknown", "sections", f"「{section}」が部署の名称か確認してください。")
        for section in record.sections
        if not is_unit_name(section)
    ]
    if _value(record.kpi) is not None and record.project is None:
        doubts.append(
            Doubt(
                "project_missing",
                "project",
                "個別事業の欄が読み取れません。個別事業の有無を確認してください。",
            )
        )
    if record.kpi is None:
        doubts.append(
            Doubt("kpi_missing", "kpi", "指標名の欄が読み取れません。指標の有無を確認してください。")
        )
    doubts += [
        Doubt("garbled", name, f"「{value}」に文字化けまたは外字があります。元の文書を確認してください。")
        for name, value in fields.items()
        if isinstance(value, str) and _GARBLED.search(value)
    ]
    return doubts


def with_document_doubts(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Add the doubts that only the whole document shows: one code with two names."""
    names: dict[tuple[object, ...], Counter[str]] = {}
    for row in rows:
        names.setdefault(_code_of(row), Counter())[match_key(str(row.fields["node"]))] += 1
    result = []
    for row in rows:
        code = _code_of(row)
        doubts = list(row.doubts)
        if code[0] is not None and len(names[code]) > 1:
            doubts.append(
                Doubt(
                    "label_differs",
                    "node",
                    f"同じコードの名称が文書の中で異なります（「{row.fields['node']}」）。正しい名称を確認してください。",
                )
            )
        result.append(
            SourceRow(row.location, row.fields, row.raw, row.extra, row.inferred, tuple(doubts), row.refused)
        )
    return result


def _code_of(row: SourceRow) -> tuple[object, ...]:
    return (row.fields["goal"], row.fields["policy"], row.fields["measure"])
