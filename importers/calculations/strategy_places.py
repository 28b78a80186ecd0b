"""Where a row of a strategy list stands: its nodes from the goal downwards, its KPI and its sections.

Pure: keys and specifications only; which of them exist already is for the plan of changes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from importers.calculations.rows import SourceRow
from tsukuba_kpi.lib.japanese_text import NodeCode, match_key, parse_node_code, roman_numeral

# A node's key: its code where it has one, else its level and the key of its name below its parent.
NodeKey = tuple[str, ...]

_ROLE = re.compile(r"^(?P<name>[^（(]+)[（(](?P<role>[^（()）]+)[）)]$")


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node that a row needs: `code` as printed, `ascii_code` for machines; grants have none."""

    key: NodeKey
    level: str
    parent: NodeKey | None
    name: str
    code: str = ""
    ascii_code: str = ""
    # A node that only carries others: its name does not stand in this row.
    is_implied: bool = False


@dataclass(frozen=True, slots=True)
class PrintedSection:
    """A section as printed, split into the section proper and its role in brackets."""

    printed: str
    name: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class RowPlace:
    """The place of one row: `path` from the top to the node that the KPI hangs on."""

    path: tuple[NodeSpec, ...]
    kpi: str | None
    kpi_key: str | None
    sections: tuple[PrintedSection, ...]

    @property
    def node(self) -> NodeSpec:
        """The node that the KPI hangs on: the project where there is one."""
        return self.path[-1]

    @property
    def labelled(self) -> NodeSpec:
        """The node whose name the row prints as its label."""
        return self.path[-2] if self.path[-1].level == "project" else self.path[-1]


def place_of(row: SourceRow) -> RowPlace | str:
    """Return where a row stands, or the Japanese reason why that cannot be told."""
    fields = row.fields
    kpi = _text(fields.get("kpi"))
    node, project = _text(fields.get("node")), _text(fields.get("project"))
    path = _coded_path(fields, node) if fields.get("kind") != "grant" else _grant_path(node)
    if isinstance(path, str):
        return path
    if project is not None:
        parent = path[-1].key
        spec = NodeSpec((*parent, "project", match_key(project)), "project", parent, project)
        path = (*path, spec)
    if kpi is None and project is None and node is None:
        return "目標・施策・事業名も指標名もありません。どの項目の行か補ってから取り込んでください。"
    return RowPlace(path, kpi, match_key(kpi) if kpi else None, printed_sections(row))


def _grant_path(name: str | None) -> tuple[NodeSpec, ...]:
    return (NodeSpec(("grant", match_key(name or "")), "grant", None, name or ""),)


def _coded_path(fields: Mapping[str, object], name: str | None) -> tuple[NodeSpec, ...] | str:
    goal = goal_number(fields.get("goal"))
    policy, measure = fields.get("policy"), fields.get("measure")
    if fields.get("goal") is None and policy is None and measure is None:
        return _uncoded_path(fields, name)
    if goal is None:
        return f"基本目標の番号「{fields.get('goal')}」を読めません。Ⅰ、Ⅱ のような番号に直してください。"
    numbers = [goal]
    for number in (policy, measure):
        if number is None:
            break
        if not isinstance(number, int) or number < 1:
            return f"施策の番号「{number}」を読めません。1以上の整数に直してください。"
        numbers.append(number)
    if measure is not None and policy is None:
        return "個別施策の番号がありますが、基本施策の番号がありません。番号を補ってください。"
    codes = [
        NodeCode(goal, numbers[1] if depth > 1 else None, numbers[2] if depth > 2 else None, rest="")
        for depth in range(1, len(numbers) + 1)
    ]
    specs = []
    for depth, code in enumerate(codes):
        own = depth == len(codes) - 1
        specs.append(
            NodeSpec(
                ("code", code.ascii),
                ("goal", "policy", "measure")[depth],
                ("code", codes[depth - 1].ascii) if depth else None,
                (name or "") if own else "",
                code.printed,
                code.ascii,
                is_implied=not own,
            )
        )
    return tuple(specs)


def _uncoded_path(fields: Mapping[str, object], name: str | None) -> tuple[NodeSpec, ...] | str:
    level = fields.get("kind")
    if level not in {"goal", "policy", "measure"}:
        return f"種別「{level}」を読めません。数値目標・個別施策・交付金事業のどれかを確認してください。"
    if name is None:
        return "目標・施策の番号も名称もありません。どの項目の行か補ってから取り込んでください。"
    return (NodeSpec((str(level), match_key(name)), str(level), None, name),)


def goal_number(value: object) -> int | None:
    """Return the number of a goal printed as Ⅰ, I or 1."""
    if isinstance(value, int):
        return value if 1 <= value <= 39 else None
    if not isinstance(value, str):
        return None
    code = parse_node_code(value.strip() + "\u3000-")
    if code is not None and code.policy is None:
        return code.goal
    digits = match_key(value)
    return int(digits) if digits.isascii() and digits.isdigit() and 1 <= int(digits) <= 39 else None


def printed_goal(ascii_code: str) -> str:
    """Return the roman numeral of the goal in a node's code: 2-1-3 → Ⅱ."""
    return roman_numeral(int(ascii_code.split("-")[0]))


def printed_sections(row: SourceRow) -> tuple[PrintedSection, ...]:
    """Return the row's sections; the reader's split into name and role counts before our own."""
    printed = row.fields.get("sections")
    texts = [str(text) for text in printed if text] if isinstance(printed, list | tuple) else []
    names, roles = row.extra.get("section_names"), row.extra.get("section_roles")
    if (
        isinstance(names, list | tuple)
        and isinstance(roles, list | tuple)
        and len(names) == len(roles) == len(texts)
    ):
        return tuple(
            PrintedSection(text, str(name), None if role is None else str(role))
            for text, name, role in zip(texts, names, roles, strict=True)
        )
    return tuple(split_section(text) for text in texts)


def split_section(text: str) -> PrintedSection:
    """Split 未来戦略課（交付金調整担当） into the section and its role."""
    match = _ROLE.match(text)
    if match is None:
        return PrintedSection(text, text)
    return PrintedSection(text, match["name"].strip(), match["role"].strip())


def section_as_printed(name: str, role: str) -> str:
    """Return how a section with a role is usually printed."""
    return f"{name}（{role}）" if role else name


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
