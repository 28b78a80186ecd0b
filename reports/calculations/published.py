"""What a publication holds, as plain data: frozen when it is made, read by public pages and exports.

Kept as JSON (`to_json`, `from_json`); figures are decimal strings there and Decimals here. Nothing that is
not named here can reach the public, because public pages read nothing else.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from tsukuba_kpi.lib.figures import to_plain

SCHEMA = 1


@dataclass(frozen=True)
class PublishedBand:
    """A grade with its looks."""

    label: str
    symbol: str = ""
    colour: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class PublishedYear:
    """One fiscal year of a KPI: target, actual or why there is none, rates, grade or why there is none.

    `judged_value` is what the rates compare: for a cumulative KPI the sum of the years so far. A target that
    was changed in mid-plan has what it was before and the day; the reason is written for inside.
    """

    fiscal_year: int
    target: Decimal | None
    target_upper: Decimal | None
    target_qualifier: str
    target_word: str
    value: Decimal | None
    judged_value: Decimal | None
    status: str
    expected_on: str
    note: str
    progress_rate: Decimal | None
    achievement_rate: Decimal | None
    grade: PublishedBand | None
    reason: str
    reason_label: str
    explanation: str
    target_former: str = ""
    target_changed_on: str = ""


@dataclass(frozen=True)
class PublishedAnswer:
    """One answer that the round marked as public; `summarised` says that planning shortened it."""

    label: str
    text: str
    key: str = ""
    summarised: bool = False


@dataclass(frozen=True)
class PublishedKpi:
    """One KPI with its definition, its years up to the published one, and the public answers."""

    code: str
    name: str
    unit: str
    decimals: int | None
    direction: str
    aggregation: str
    baseline_value: Decimal | None
    baseline_text: str
    rationale: str
    method: str
    statistic_source: str
    sections: tuple[str, ...]
    is_published: bool
    years: tuple[PublishedYear, ...]
    answers: tuple[PublishedAnswer, ...]
    final_target: str = ""

    def year(self, fiscal_year: int) -> PublishedYear | None:
        """Return one fiscal year."""
        return next((year for year in self.years if year.fiscal_year == fiscal_year), None)


@dataclass(frozen=True)
class PublishedNode:
    """A node of the plan with the codes of its KPIs, the nodes below it, and what was said of it as a whole.

    `answers` are the external committee's opinion and the sections' reply.
    """

    key: str
    level: str
    level_name: str
    code: str
    ascii_code: str
    name: str
    description: str
    kpis: tuple[str, ...]
    children: tuple["PublishedNode", ...]
    answers: tuple[PublishedAnswer, ...] = ()

    def walk(self) -> Iterator["PublishedNode"]:
        """Yield the node and everything below it, in the plan's order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all_kpis(self) -> tuple[str, ...]:
        """Return the codes of the KPIs here and below, each once."""
        found = dict.fromkeys(self.kpis)
        for child in self.children:
            found.update(dict.fromkeys(child.all_kpis()))
        return tuple(found)


@dataclass(frozen=True)
class PublishedPlan:
    """A plan as the public reads it."""

    code: str
    name: str
    summary: str
    is_demo: bool
    first_fiscal_year: int | None
    last_fiscal_year: int | None
    scheme_name: str
    scheme_is_proposal: bool
    bands: tuple[PublishedBand, ...]
    nodes: tuple[PublishedNode, ...]
    kpis: tuple[PublishedKpi, ...]

    def all_nodes(self) -> Iterator["PublishedNode"]:
        """Yield every node, in the plan's order."""
        for node in self.nodes:
            yield from node.walk()

    def node(self, key: str) -> PublishedNode | None:
        """Return one node by its key."""
        return next((node for node in self.all_nodes() if node.key == key), None)

    def kpi(self, code: str) -> PublishedKpi | None:
        """Return one KPI by its code."""
        return next((kpi for kpi in self.kpis if kpi.code == code), None)


def address_key(number: int, *, is_demo: bool) -> str:
    """Return what stands for a program in addresses: its number, with a mark for a demonstration's."""
    return f"demo-{number}" if is_demo else str(number)


@dataclass(frozen=True)
class PublishedProgram:
    """A program in the published fiscal year."""

    number: int
    name: str
    former_name: str
    bureau: str
    section: str
    purpose: str
    summary: str
    results: str
    answers: tuple[PublishedAnswer, ...]
    is_demo: bool

    @property
    def key(self) -> str:
        """Return what stands in its address: numbers of the demo and of the city are apart."""
        return address_key(self.number, is_demo=self.is_demo)


@dataclass(frozen=True)
class Content:
    """Everything one publication shows."""

    round_name: str
    fiscal_year: int
    edition: str
    edition_label: str
    plans: tuple[PublishedPlan, ...]
    programs: tuple[PublishedProgram, ...]


def to_json(content: Content) -> dict[str, Any]:
    """Return the content as JSON-ready data."""
    return {"schema": SCHEMA, **_plain(asdict(content))}


def fingerprint(content: Content) -> str:
    """Return what differs when anything of the content does: to publish what was looked at, and no other."""
    text = json.dumps(to_json(content), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return to_plain(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def from_json(data: Mapping[str, Any]) -> Content:
    """Return the content that `to_json` wrote.

    :raises ValueError: if it was written in a form this version does not know.
    """
    if data.get("schema") != SCHEMA:
        raise ValueError(f"公表内容の形式 {data.get('schema')} は読めません。")
    return Content(
        **_fields(data, "round_name", "fiscal_year", "edition", "edition_label"),
        plans=tuple(_plan(plan) for plan in data["plans"]),
        programs=tuple(
            PublishedProgram(**{**program, "answers": _answers(program)}) for program in data["programs"]
        ),
    )


def _fields(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names}


def _plan(data: Mapping[str, Any]) -> PublishedPlan:
    return PublishedPlan(
        **{
            **data,
            "bands": tuple(PublishedBand(**band) for band in data["bands"]),
            "nodes": tuple(_node(node) for node in data["nodes"]),
            "kpis": tuple(_kpi(kpi) for kpi in data["kpis"]),
        }
    )


def _node(data: Mapping[str, Any]) -> PublishedNode:
    children = tuple(_node(child) for child in data["children"])
    # Publications from before there were opinions have no answers.
    answers = _answers({"answers": data.get("answers", ())})
    return PublishedNode(**{**data, "kpis": tuple(data["kpis"]), "children": children, "answers": answers})


def _kpi(data: Mapping[str, Any]) -> PublishedKpi:
    return PublishedKpi(
        **{
            **data,
            "baseline_value": _decimal(data["baseline_value"]),
            "sections": tuple(data["sections"]),
            "years": tuple(_year(year) for year in data["years"]),
            "answers": _answers(data),
        }
    )


def _year(data: Mapping[str, Any]) -> PublishedYear:
    figures = ("target", "target_upper", "value", "judged_value", "progress_rate", "achievement_rate")
    return PublishedYear(
        **{
            **data,
            **{name: _decimal(data[name]) for name in figures},
            "grade": PublishedBand(**data["grade"]) if data["grade"] else None,
        }
    )


def _answers(data: Mapping[str, Any]) -> tuple[PublishedAnswer, ...]:
    return tuple(PublishedAnswer(**answer) for answer in data["answers"])


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
