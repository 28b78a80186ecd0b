"""Exported records as flat tables, with headings under which the importers find the columns again."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.enums import ValueStatus
from importers.calculations.strategy_places import goal_number
from importers.enums import DocumentKind
from tsukuba_kpi.lib.flat_table import Cell, FlatTable
from tsukuba_kpi.lib.japanese_text import NodeCode

_HEADINGS: Mapping[DocumentKind, Mapping[str, str]] = {
    DocumentKind.PROGRAMS: {
        "order": "順番",
        "number": "事業番号",
        "name": "事務事業名",
        "bureau": "部局名",
        "section": "課室名",
        "purpose": "事業の目的",
        "summary": "事業の概要",
        "results": "成果",
    },
    DocumentKind.STRATEGY: {
        "kind": "種別",
        "code": "番号",
        "label": "目標・施策・事業名",
        "project": "個別事業",
        "kpi": "指標・KPI名",
        "sections": "担当課",
    },
    DocumentKind.ACTUALS: {
        "kpi": "指標名",
        "fiscal_year": "年度",
        "target": "目標値",
        "actual": "実績値",
        "status": "値の状態",
    },
}
_KINDS = {"goal": "数値目標", "policy": "基本施策", "measure": "個別施策", "grant": "交付金事業"}


def table_of(kind: DocumentKind, records: Sequence[Mapping[str, Any]]) -> FlatTable:
    """Return records as a table: one record a line, several sections in one cell joined by 「、」."""
    headings = _HEADINGS[kind]
    if kind is DocumentKind.STRATEGY:
        records = [{**record, **_labelled(record)} for record in records]
    rows = [tuple(_cell(name, record[name]) for name in headings) for record in records]
    return FlatTable(kind.label, tuple(headings.values()), rows)


def _labelled(record: Mapping[str, Any]) -> dict[str, str | None]:
    """Return a node's code for machines, and its label with the code in front, as plans print it."""
    goal = goal_number(record["goal"])
    if goal is None:
        return {"code": None, "label": record["node"]}
    code = NodeCode(goal, record["policy"], record["measure"], rest="")
    return {"code": code.ascii, "label": f"{code.printed}\u3000{record['node'] or ''}".strip()}


def _cell(name: str, value: Any) -> Cell:
    if isinstance(value, list):
        return "、".join(value)
    if name == "status":
        return ValueStatus(value).label if value else None
    cell: Cell = _KINDS.get(value, value) if name == "kind" else value
    return cell
