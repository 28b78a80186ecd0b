"""The read API described as OpenAPI 3.1, from the records it answers with and one table of its addresses."""

import types
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from reports.calculations.api_records import (
    CodeRecord,
    KpiRecord,
    NodeRecord,
    PlanRecord,
    ProgramRecord,
    PublicationRecord,
    SeriesRecord,
)

VERSION = "1.0"
MOST, USUAL = 1_000, 100


@dataclass(frozen=True)
class Parameter:
    """One parameter of an address."""

    name: str
    told: str
    is_number: bool = False
    is_in_path: bool = False


@dataclass(frozen=True)
class Address:
    """One address of the API: `name` is the URL's name, `path` what stands behind /api/v1/."""

    name: str
    path: str
    told: str
    record: type
    is_list: bool
    parameters: tuple[Parameter, ...] = ()

    @property
    def record_name(self) -> str:
        """Return the name of the record it answers with."""
        return self.record.__name__


PLAN = Parameter("code", "計画の符号", is_in_path=True)
KPI = Parameter("code", "指標の番号", is_in_path=True)
OF_PLAN = Parameter("plan", "計画の符号で絞る")
OF_YEAR = Parameter("fiscal_year", "年度（始まる西暦年）で絞る", is_number=True)
PAGES = (
    Parameter("limit", f"一度に返す件数（{USUAL}。最大 {MOST}）", is_number=True),
    Parameter("offset", "飛ばす件数（0）", is_number=True),
)
ADDRESSES = (
    Address("api_plan_list", "plans/", "計画の一覧", PlanRecord, True, PAGES),
    Address("api_plan", "plans/{code}/", "一つの計画", PlanRecord, False, (PLAN,)),
    Address(
        "api_node_list", "plans/{code}/nodes/", "計画の目標・施策・事業", NodeRecord, True, (PLAN, *PAGES)
    ),
    Address("api_kpi_list", "kpis/", "指標の定義の一覧", KpiRecord, True, (OF_PLAN, *PAGES)),
    Address("api_kpi", "kpis/{code}/", "一つの指標の定義", KpiRecord, False, (KPI,)),
    Address(
        "api_series",
        "kpis/{code}/series/",
        "指標の年度ごとの値と評価",
        SeriesRecord,
        True,
        (KPI, OF_PLAN, *PAGES),
    ),
    Address("api_program_list", "programs/", "事務事業の一覧", ProgramRecord, True, (OF_YEAR, *PAGES)),
    Address(
        "api_program",
        "programs/{fiscal_year}/{key}/",
        "一つの事務事業の一年度",
        ProgramRecord,
        False,
        (
            Parameter("fiscal_year", "年度（始まる西暦年）", is_number=True, is_in_path=True),
            Parameter("key", "事務事業の key", is_in_path=True),
        ),
    ),
    Address("api_publication_list", "publications/", "公表と訂正の一覧", PublicationRecord, True, PAGES),
    Address("api_code_list", "codes/", "符号表", CodeRecord, True, PAGES),
)
INTRODUCTION = (
    "公表された計画・指標・値・事務事業を読むための窓口です。書き込みはありません。サインインせずに読めるのは公表された"
    "内容だけで、公開ページと同じです。サインインした職員には、画面で見える範囲の値を返します。数値は10進の文字列で、"
    "null は「値なし」（0ではない）です。応答の ETag を If-None-Match に付けて送ると、変わっていないとき "
    "304 を返します。番地の v1 の間は、欄を足すことはあっても、名前や意味は変えません。"
)


@dataclass(frozen=True)
class FieldLine:
    """One field of a record for the page that describes the API."""

    name: str
    kind: str
    told: str


def field_lines(record: type) -> tuple[FieldLine, ...]:
    """Return the fields of a record in words."""
    return tuple(
        FieldLine(name, _words(schema), schema["description"]) for name, schema in _properties(record).items()
    )


def _properties(record: type) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of every field with its description."""
    hints = get_type_hints(record, include_extras=True)
    parts = {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Annotated}
    return {name: {**_schema(hint), "description": told} for name, (hint, told) in parts.items()}


def _words(schema: dict[str, Any]) -> str:
    names = {
        "string": "文字列",
        "integer": "整数",
        "boolean": "真偽",
        "array": "文字列の列",
        "null": "null",
    }
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = [
        "数（10進の文字列）" if kind == "string" and "pattern" in schema else names[kind] for kind in kinds
    ]
    return "・".join(words)


def openapi(root: str) -> dict[str, Any]:
    """Return the OpenAPI document; `root` is the address of the API."""
    records = {address.record.__name__: address.record for address in ADDRESSES}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "総合戦略KPI・事務事業評価 読み取りAPI",
            "version": VERSION,
            "description": INTRODUCTION,
            "license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
        },
        "servers": [{"url": root}],
        "paths": {f"/{address.path}": {"get": _operation(address)} for address in ADDRESSES},
        "components": {
            "schemas": {
                **{name: _record_schema(record) for name, record in records.items()},
                **{f"{name}List": _list_schema(name) for name in records},
                "Error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                },
            }
        },
    }


def _operation(address: Address) -> dict[str, Any]:
    name = address.record.__name__ + ("List" if address.is_list else "")
    answers: dict[str, Any] = {
        "200": {
            "description": address.told,
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": _content(name),
        },
        "304": {"description": "変わっていない"},
    }
    if address.is_list:
        answers["400"] = {"description": "引数の誤り", "content": _content("Error")}
    if any(parameter.is_in_path for parameter in address.parameters):
        answers["404"] = {"description": "ない、または公表されていない", "content": _content("Error")}
    return {
        "operationId": address.name.removeprefix("api_"),
        "summary": address.told,
        "parameters": [_parameter(each) for each in address.parameters],
        "responses": answers,
    }


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "path" if parameter.is_in_path else "query",
        "required": parameter.is_in_path,
        "description": parameter.told,
        "schema": {"type": "integer", "minimum": 0} if parameter.is_number else {"type": "string"},
    }


def _list_schema(name: str) -> dict[str, Any]:
    link = {"type": ["string", "null"], "description": "次（前）の頁の番地"}
    return {
        "type": "object",
        "required": ["count", "next", "previous", "results"],
        "properties": {
            "count": {"type": "integer", "description": "全ての件数"},
            "next": link,
            "previous": link,
            "results": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
        },
    }


def _record_schema(record: type) -> dict[str, Any]:
    properties = _properties(record)
    return {
        "type": "object",
        "description": (record.__doc__ or "").strip(),
        "required": list(properties),
        "properties": properties,
    }


def _schema(hint: Any) -> dict[str, Any]:
    """Return the JSON schema of a field's type."""
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (each for each in get_args(hint) if each is not type(None))
        schema = _schema(inner)
        return {**schema, "type": [schema["type"], "null"]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _schema(get_args(hint)[0])}
    if hint is Decimal:
        return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
    return {"type": {str: "string", int: "integer", bool: "boolean"}[hint]}
