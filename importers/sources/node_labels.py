"""What a label of a plan says: its level, its place in the tree and its name.

A plan prints 「Ⅰ-１-（１）名称」 in one cell, or goal, policy and measure in columns of their own, each with
the last part of the code only.
"""

import re
from dataclasses import dataclass

from tsukuba_kpi.lib.japanese_text import match_key, parse_node_code, roman_numeral

_LOCAL = re.compile(
    r"\s*(?:[(（]\s*(?P<closed>[0-9０-９]{1,2})\s*[)）]|(?P<circled>[①-⑳])|(?P<open>[0-9０-９]{1,2})(?=[\s\u3000.．、,，]))"
)
_LEVEL_WORD = re.compile(
    r"^\s*(?:基本|個別|具体的)?(?:目標|政策|施策|方針|方向|柱|戦略|取組)(?=\s*[0-9０-９(（①-⑳])"
)
_GRANT = re.compile("交付金|補助金|grant")
_GOAL = re.compile("数値目標|基本目標|goal")
_MEASURE = re.compile("重要業績|kpi|個別施策|施策|measure")
_LATIN_GOAL = re.compile(r"\s*([IVXＩＶＸ]{1,5})[\u3000．]+(?=\S)")
_LATIN_NUMERALS = {match_key(roman_numeral(number)): number for number in range(1, 13)}
_LEAD = " \t\u3000.．、,，:："


@dataclass(frozen=True, slots=True)
class NodeLabel:
    """A node as printed: `goal` is a roman numeral; what the label does not say is None."""

    kind: str | None
    goal: str | None
    policy: int | None
    measure: int | None
    name: str
    certain: bool = True

    @property
    def has_code(self) -> bool:
        """Whether the label begins with a code."""
        return self.goal is not None


def read_label(text: str) -> NodeLabel:
    """Return what a label with the whole code says; without a code only the name."""
    plain = _with_roman(text.replace("\n", ""))
    code = parse_node_code(plain)
    if code is None or code.goal > 39:
        return NodeLabel(None, None, None, None, plain.strip())
    kind = "measure" if code.measure is not None else "policy" if code.policy is not None else "goal"
    return NodeLabel(kind, roman_numeral(code.goal), code.policy, code.measure, code.rest, code.certain)


def _with_roman(text: str) -> str:
    """Write a goal's numeral of Latin letters as one sign where a full-width blank or dot ends it."""
    match = _LATIN_GOAL.match(text)
    if match is None:
        return text
    number = _LATIN_NUMERALS.get(match_key(match[1]))
    return text if number is None else f"{roman_numeral(number)}\u3000{text[match.end() :]}"


def read_levels(goal: str | None, policy: str | None, measure: str | None) -> NodeLabel | None:
    """Return the lowest node of a row that prints its levels in columns; None where all are empty."""
    texts = [text for text in (goal, policy, measure) if text]
    if not texts:
        return None
    labels = [read_label(text) if text else None for text in (goal, policy, measure)]
    numeral = next((label.goal for label in labels if label is not None and label.goal is not None), None)
    if numeral is None and goal:
        number, _ = _local(re.sub(r"^(?:基本)?目標", "", goal.strip()))
        numeral = roman_numeral(number) if number is not None and number < 40 else None
    policy_number, policy_name = _level(policy, labels[1], "policy")
    measure_number, measure_name = _level(measure, labels[2], "measure")
    if policy_number is None:
        policy_number = labels[2].policy if labels[2] is not None else None
    if measure:
        return NodeLabel("measure", numeral, policy_number, measure_number, measure_name)
    if policy:
        return NodeLabel("policy", numeral, policy_number, None, policy_name)
    name = labels[0].name if labels[0] is not None and labels[0].has_code else _local(goal or "")[1]
    return NodeLabel("goal", numeral, None, None, name)


def kind_of_words(text: str | None) -> str | None:
    """Return the kind that a cell of 種別 names, None for other words."""
    key = match_key(text) if text else ""
    for pattern, kind in ((_GRANT, "grant"), (_GOAL, "goal"), (_MEASURE, "measure")):
        if pattern.search(key):
            return kind
    return None


def _level(text: str | None, label: NodeLabel | None, name: str) -> tuple[int | None, str]:
    if not text:
        return None, ""
    if label is not None and label.has_code and getattr(label, name) is not None:
        return getattr(label, name), label.name
    return _local(text)


def _local(text: str) -> tuple[int | None, str]:
    """Return the number that begins a label of one level, and the name behind it."""
    plain = text.replace("\n", "")
    plain = _LEVEL_WORD.sub("", plain)
    match = _LOCAL.match(plain)
    if match is None:
        return None, plain.strip()
    rest = plain[match.end() :].strip(_LEAD)
    if match["circled"]:
        return ord(match["circled"]) - 0x245F, rest
    return int(match["closed"] or match["open"]), rest
