"""Which displaced labels belong to which rows.

The text does not say. The rows without a label form one stretch, each label covers some neighbouring
rows of it; every way to cut the stretch and to deal the labels out is weighed by what the rows share
with the labels and with each other. What comes out is a proposal: it always goes to a person, with the
other labels as alternatives.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from importers.calculations.rows import Doubt
from importers.sources.txt_strategy.columns import is_dash
from importers.sources.txt_strategy.overlap import count_parts, shared_words
from importers.sources.txt_strategy.placing import PlanPlace, plan_place
from importers.sources.txt_strategy.records import Record
from tsukuba_kpi.lib.japanese_text import parse_node_code

# However well it fits, nothing in the document confirms it.
MOST_SURE = Decimal("0.90")
_PLACES = Decimal("0.01")
MOST_LABELS = 6
_MOST_ROWS = 80

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
    if len(labels) <= MOST_LABELS and len(missing) <= _MOST_ROWS:
        used = _deal(missing, labels)
    else:
        used = set()
        for page in sorted({record.page for record in missing}):
            rows = [record for record in missing if record.page == page][:_MOST_ROWS]
            near = [label for label in labels if page in label.pages][:MOST_LABELS]
            used |= _deal(rows, near) if near else set()
    return [label for label in labels if label.text not in used]


def _deal(records: Sequence[Record], labels: Sequence[LooseLabel]) -> set[str]:
    weights = _weigh(records, labels)
    layers = _steps(records, labels, weights)
    chosen = _best_path(layers, len(labels))
    shares = _shares(layers, len(labels))
    for index, record in enumerate(records):
        _set_label(record, labels, chosen[index], shares[index])
    return {labels[number].text for number in chosen}


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


# A state is a set of labels already used (its bits) and the label of the last record: used * 16 + label.
_START = 15
Layer = Mapping[int, Mapping[int, int]]


def _steps(
    records: Sequence[Record], labels: Sequence[LooseLabel], weights: Sequence[Sequence[int]]
) -> list[Layer]:
    """Return, record by record, for every state the states before it and the score of the step."""
    places = [plan_place(parse_node_code(label.text)) for label in labels]
    count = len(labels)
    order = [
        [_order_cost(places[before], places[after]) for after in range(count)] for before in range(count)
    ]
    layers: list[Layer] = []
    states = [_START]
    for index, record in enumerate(records):
        change = _change(records[index - 1], record) if index else 0
        layer: dict[int, dict[int, int]] = {}
        for state in states:
            used, last = divmod(state, 16)
            for number, weight in enumerate(weights[index]):
                bit = 1 << number
                if last == number:
                    score = weight
                elif used & bit:
                    continue
                else:
                    score = weight if last == _START else weight + change - order[last][number]
                target = (used | bit) * 16 + number
                layer.setdefault(target, {})[state] = score
        layers.append(layer)
        states = list(layer)
    return layers


def _order_cost(left: PlanPlace | None, right: PlanPlace | None) -> int:
    return OUT_OF_ORDER if left is not None and right is not None and right < left else 0


def _end_score(state: int, count: int) -> int:
    """Every label was printed for some row: one that is left over speaks against the whole."""
    return -300 * (count - (state // 16).bit_count())


def _best_path(layers: Sequence[Layer], count: int) -> list[int]:
    best: dict[int, int] = {_START: 0}
    back: list[dict[int, int]] = []
    for layer in layers:
        following: dict[int, int] = {}
        origin: dict[int, int] = {}
        for target, sources in layer.items():
            total, source = max((best[state] + score, state) for state, score in sources.items())
            following[target], origin[target] = total, source
        best = following
        back.append(origin)
    state = max(best, key=lambda end: best[end] + _end_score(end, count))
    chosen = []
    for origin in reversed(back):
        chosen.append(state % 16)
        state = origin[state]
    return chosen[::-1]


def _shares(layers: Sequence[Layer], count: int) -> list[list[float]]:
    """Return, for each record, the share of all divisions that give it each label."""
    forward: list[dict[int, float]] = [{_START: 0.0}]
    for layer in layers:
        known = forward[-1]
        forward.append(
            {
                target: _log_sum([known[source] + score / 100 for source, score in sources.items()])
                for target, sources in layer.items()
            }
        )
    backward = {state: _end_score(state, count) / 100 for state in forward[-1]}
    result: list[list[float]] = []
    for layer, ahead in zip(reversed(layers), reversed(forward), strict=False):
        totals: list[list[float]] = [[] for _ in range(count)]
        for state, value in backward.items():
            totals[state % 16].append(ahead[state] + value)
        whole = _log_sum([value for total in totals for value in total])
        result.append([math.exp(_log_sum(total) - whole) if total else 0.0 for total in totals])
        before: dict[int, list[float]] = {}
        for target, sources in layer.items():
            for source, score in sources.items():
                before.setdefault(source, []).append(backward[target] + score / 100)
        backward = {state: _log_sum(values) for state, values in before.items()}
    return result[::-1]


def _log_sum(values: Sequence[float]) -> float:
    high = max(values)
    return high + math.log(sum(math.exp(value - high) for value in values))
