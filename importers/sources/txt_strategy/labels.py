"""Which displaced labels belong to which rows.

The text does not say. The rows without a label form one stretch, each label covers some neighbouring
rows of it; every way to cut the stretch and to deal the labels out is weighed by what the rows share
with the labels and with each other. What comes out is a proposal: it always goes to a person, with the
other labels as alternatives.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from importers.calculations.rows import Doubt
from importers.sources.txt_strategy.columns import is_dash
from importers.sources.txt_strategy.overlap import count_parts, shared_words
from importers.sources.txt_strategy.placing import plan_place
from importers.sources.txt_strategy.records import Record
from tsukuba_kpi.lib.japanese_text import parse_node_code

# However well it fits, nothing in the document confirms it.
MOST_SURE = Decimal("0.90")
_PLACES = Decimal("0.01")
_MOST_LABELS = 9

SAME_SECTION = 60
SAME_BEGINNING = 150
NEW_PROJECTS_END = 170  # a row without a project after rows with one: the next program begins
ROLE_BEGINS = 120
CUT = 150
OTHER_PAGE = 200
OUT_OF_ORDER = 1_000


@dataclass(frozen=True, slots=True)
class LooseLabel:
    """A label's text and the pages whose ends it was printed at (several where its rows go over a page)."""

    text: str
    pages: frozenset[int]


@dataclass(frozen=True, slots=True)
class _State:
    used: int
    label: int


def gather_labels(printed: Iterable[tuple[str, int]]) -> list[LooseLabel]:
    """Return the labels of (text, page) pairs, each once."""
    pages: dict[str, set[int]] = {}
    for text, page in printed:
        pages.setdefault(text, set()).add(page)
    return [LooseLabel(text, frozenset(numbers)) for text, numbers in pages.items()]


def give_labels(records: Sequence[Record], labels: Sequence[LooseLabel]) -> list[LooseLabel]:
    """Give every record without a label the likeliest one; return the labels that no record got."""
    missing = [record for record in records if record.label is None]
    if not missing or not labels:
        return list(labels)
    dealt = list(labels[:_MOST_LABELS])
    weights = _weigh(missing, dealt)
    chosen = _best_path(missing, dealt, weights)
    shares = _shares(missing, dealt, weights)
    for index, record in enumerate(missing):
        _set_label(record, dealt, chosen[index], shares[index])
    used = set(chosen)
    return [label for index, label in enumerate(labels) if index not in used]


def _set_label(record: Record, labels: Sequence[LooseLabel], chosen: int, shares: Sequence[float]) -> None:
    record.label = labels[chosen].text
    share = Decimal(round(100 * shares[chosen])) * _PLACES
    confidence = min(share, MOST_SURE)
    record.infer(
        "node",
        confidence,
        "ページの末尾に書き出されていた名称を、言葉の重なり・担当課・行の並びから割り当てました。",
    )
    order = sorted(range(len(labels)), key=lambda index: -shares[index])
    record.doubts.append(
        Doubt(
            "label_inferred",
            "node",
            f"「{labels[chosen].text}」の行と推定しました（確からしさ{round(confidence * 100)}％）。"
            "どの事業・施策の行かは文書に書かれていません。確認してください。",
            alternatives=tuple({"node": labels[index].text} for index in order if index != chosen),
        )
    )


def _weigh(records: Sequence[Record], labels: Sequence[LooseLabel]) -> list[list[int]]:
    """Return how well each record goes with each label, in hundredths of a logarithm."""
    names = [_words_of(record) for record in records]
    common = count_parts([*names, *(label.text for label in labels)])
    return [
        [
            min(shared_words(label.text, name, common), 250)
            - (OTHER_PAGE if record.page not in label.pages else 0)
            for label in labels
        ]
        for record, name in zip(records, names, strict=True)
    ]


def _words_of(record: Record) -> str:
    parts = [record.project or "", record.kpi or "", *record.sections]
    return " ".join(parts)


def _change(left: Record, right: Record) -> int:
    """Return what speaks for a cut between two neighbouring records (positive) or against it."""
    if left.merged_project is not None and left.merged_project == right.merged_project:
        return -OUT_OF_ORDER
    score = -CUT
    if set(left.sections) & set(right.sections):
        score -= SAME_SECTION
    if _common_beginning(left.kpi or "", right.kpi or "") >= 5:
        score -= SAME_BEGINNING
    if _has_project(left) and not _has_project(right):
        score += NEW_PROJECTS_END + CUT
    if not _has_project(left) and _has_project(right):
        score -= 60
    if any("（" in section for section in right.sections):
        score += ROLE_BEGINS
    return score


def _has_project(record: Record) -> bool:
    return record.project is not None and not is_dash(record.project)


def _common_beginning(left: str, right: str) -> int:
    length = 0
    while length < min(len(left), len(right)) and left[length] == right[length]:
        length += 1
    return length


def _steps(
    records: Sequence[Record], labels: Sequence[LooseLabel], weights: Sequence[Sequence[int]]
) -> list[dict[_State, dict[_State, int]]]:
    """Return, record by record, from which state to which state one may go at what score."""
    places = [plan_place(parse_node_code(label.text)) for label in labels]
    start = _State(0, -1)
    layers: list[dict[_State, dict[_State, int]]] = []
    states = {start}
    for index, record in enumerate(records):
        change = _change(records[index - 1], record) if index else 0
        layer: dict[_State, dict[_State, int]] = {}
        for state in states:
            for number in range(len(labels)):
                bit = 1 << number
                if number == state.label:
                    score = 0
                elif state.used & bit:
                    continue
                else:
                    score = change if state.label >= 0 else 0
                    score -= _order_cost(places, state.label, number)
                target = _State(state.used | bit, number)
                layer.setdefault(target, {})[state] = score + weights[index][number]
        layers.append(layer)
        states = set(layer)
    return layers


def _order_cost(places: Sequence[tuple[int, int, int, int] | None], before: int, after: int) -> int:
    left = places[before] if before >= 0 else None
    right = places[after]
    return OUT_OF_ORDER if left is not None and right is not None and right < left else 0


def _end_score(state: _State, count: int) -> int:
    """Every label was printed for some row: one that is left over speaks against the whole."""
    return -300 * (count - bin(state.used).count("1"))


def _best_path(
    records: Sequence[Record], labels: Sequence[LooseLabel], weights: Sequence[Sequence[int]]
) -> list[int]:
    layers = _steps(records, labels, weights)
    best: dict[_State, int] = {_State(0, -1): 0}
    back: list[dict[_State, _State]] = []
    for layer in layers:
        following: dict[_State, int] = {}
        origin: dict[_State, _State] = {}
        for target, sources in layer.items():
            source = max(sources, key=lambda state: best[state] + sources[state])
            following[target] = best[source] + sources[source]
            origin[target] = source
        best = following
        back.append(origin)
    state = max(best, key=lambda end: best[end] + _end_score(end, len(labels)))
    chosen = []
    for origin in reversed(back):
        chosen.append(state.label)
        state = origin[state]
    return chosen[::-1]


def _shares(
    records: Sequence[Record], labels: Sequence[LooseLabel], weights: Sequence[Sequence[int]]
) -> list[list[float]]:
    """Return, for each record, the share of all divisions that give it each label."""
    layers = _steps(records, labels, weights)
    forward: list[dict[_State, float]] = [{_State(0, -1): 0.0}]
    for layer in layers:
        forward.append(
            {
                target: _log_sum([forward[-1][source] + score / 100 for source, score in sources.items()])
                for target, sources in layer.items()
            }
        )
    backward: dict[_State, float] = {state: _end_score(state, len(labels)) / 100 for state in forward[-1]}
    result: list[list[float]] = [[] for _ in records]
    for index in range(len(records) - 1, -1, -1):
        totals = [[0.0] for _ in labels]
        for state, value in backward.items():
            totals[state.label].append(forward[index + 1][state] + value)
        sums = [_log_sum(total[1:]) if len(total) > 1 else -math.inf for total in totals]
        whole = _log_sum([value for value in sums if value > -math.inf])
        result[index] = [math.exp(value - whole) if value > -math.inf else 0.0 for value in sums]
        before: dict[_State, list[float]] = {}
        for target, sources in layers[index].items():
            for source, score in sources.items():
                before.setdefault(source, []).append(backward[target] + score / 100)
        backward = {state: _log_sum(values) for state, values in before.items()}
    return result


def _log_sum(values: Sequence[float]) -> float:
    high = max(values)
    return high + math.log(sum(math.exp(value - high) for value in values))
