"""Puts displaced records and projects of a page back into the rows that miss them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import pairwise, permutations

from importers.calculations.rows import Doubt
from importers.sources.txt_strategy.displaced import BlockReading, Displaced
from importers.sources.txt_strategy.overlap import shared_words
from importers.sources.txt_strategy.records import Record
from tsukuba_kpi.lib.japanese_text import NodeCode, parse_node_code

_OUT_OF_ORDER = 1_000
_AMONG_OTHERS = 400
_AGAINST_PRINT = 70
_WRONG_COUNT = 1_000
_MOST_ALLOCATIONS = 200
_MOST_PERMUTED = 6
BY_CODE = Decimal("0.99")
ONLY_ONE = Decimal("0.95")
UNCERTAIN = Decimal("0.60")

PlanPlace = tuple[int, int, int, int]


@dataclass(slots=True)
class PagePlacing:
    """The result for one page: its records in order, and the displaced texts nobody asked for."""

    records: list[Record]
    texts: list[Displaced]
    left_over: list[Displaced]


def choose_readings(blocks: Sequence[dict[int, BlockReading]], least: int, most: int) -> list[Displaced]:
    """Return the groups of a page's displaced blocks, read with as many KPIs as rows may miss one."""
    best: dict[int, tuple[int, tuple[Displaced, ...]]] = {0: (0, ())}
    for readings in blocks:
        following: dict[int, tuple[int, tuple[Displaced, ...]]] = {}
        for count, (cost, groups) in best.items():
            for more, reading in readings.items():
                total = cost + reading.cost
                if count + more not in following or total < following[count + more][0]:
                    following[count + more] = (total, (*groups, *reading.groups))
        best = following
    if not best:
        return []
    nearest = min(best, key=lambda count: max(least - count, count - most, 0) * _WRONG_COUNT + best[count][0])
    return list(best[nearest][1])


def bare_runs(records: Sequence[Record]) -> list[list[int]]:
    """Return the stretches of rows that print nothing but a section."""
    runs: list[list[int]] = []
    for index, record in enumerate(records):
        if not record.bare:
            continue
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


class Printed(Enum):
    """In which order of their rows a document prints displaced records at the end of a page."""

    DOWN = 1
    UP = -1
    UNKNOWN = 0


def order_of_print(pages: Iterable[Sequence[Displaced]]) -> Printed:
    """Return the order in which records with codes are printed, which holds for those without as well."""
    balance = 0
    for groups in pages:
        places = [plan_place(parse_node_code(group.label or "")) for group in groups if group.kpi is not None]
        balance += sum(
            (left < right) - (right < left)
            for left, right in pairwise(places)
            if left is not None and right is not None
        )
    return Printed.DOWN if balance > 0 else Printed.UP if balance < 0 else Printed.UNKNOWN


def place_page(
    records: list[Record],
    groups: Sequence[Displaced],
    project_room: int | None,
    printed: Printed = Printed.UNKNOWN,
) -> PagePlacing:
    """Put the displaced cells of one page into its records.

    `project_room` is the project column's width; `printed` decides between records that could change places.
    """
    whole = [group for group in groups if group.kpi is not None]
    texts = [group for group in groups if group.kpi is None]
    # Printed upwards, the last one belongs to the first rows: sorting keeps ties in that order.
    whole = whole[::-1] if printed is Printed.UP else whole
    chosen = _assign(records, bare_runs(records), whole)
    merged: dict[int, Record] = {}
    dropped: set[int] = set()
    for rows, group in chosen.pairs:
        merged[rows[0]] = _merge(records, rows, group, sure=chosen.sure)
        dropped.update(rows[1:])
    placed = [group for _, group in chosen.pairs]
    left_over = [group for group in whole if not any(group is other for other in placed)]
    result = [merged.get(index, record) for index, record in enumerate(records) if index not in dropped]
    texts = _place_projects(result, texts, project_room)
    return PagePlacing(result, texts, left_over)


@dataclass(frozen=True, slots=True)
class _Assignment:
    """Which displaced record goes into which rows, and whether nothing else fits as well."""

    cost: int
    pairs: tuple[tuple[tuple[int, ...], Displaced], ...]
    sure: bool


def _allocations(runs: Sequence[Sequence[int]], wanted: int) -> list[list[int]]:
    """Return how many records may share each run: one at least, and two rows each where they share it."""
    found: list[list[int]] = [[]]
    for run in runs:
        found = [[*counts, count] for counts in found for count in range(1, max(len(run) // 2, 1) + 1)][
            :_MOST_ALLOCATIONS
        ]
    fitting = [counts for counts in found if sum(counts) == wanted]
    return fitting or [[1] * len(runs)]


def _slots(runs: Sequence[Sequence[int]], counts: Sequence[int]) -> tuple[list[tuple[int, ...]], bool]:
    """Cut each run into so many parts; tell whether the cuts were the only possible ones."""
    slots: list[tuple[int, ...]] = []
    only = True
    for run, count in zip(runs, counts, strict=True):
        only = only and (count == 1 or len(run) == 2 * count)
        edges = [len(run) * number // count for number in range(count + 1)]
        slots += [tuple(run[start:end]) for start, end in pairwise(edges)]
    return slots, only


def plan_place(code: NodeCode | None) -> PlanPlace | None:
    """Return where a code stands in the list: all goals first, then all measures; None without a code."""
    if code is None:
        return None
    if code.policy is None:
        return (0, code.goal, 0, 0)
    return (1, code.goal, code.policy, code.measure or 0)


def _assign(
    records: Sequence[Record], runs: Sequence[Sequence[int]], groups: Sequence[Displaced]
) -> _Assignment:
    """Return the best way to deal the groups out to the runs."""
    if not runs or not groups:
        return _Assignment(0, (), True)
    found: list[_Assignment] = []
    for counts in _allocations(runs, len(groups)):
        slots, only = _slots(runs, counts)
        found += _dealt(records, slots, groups, only)
    found.sort(key=lambda assignment: assignment.cost)
    best = found[0]
    alone = len(found) == 1 or found[1].cost - best.cost >= _AMONG_OTHERS
    return _Assignment(best.cost, best.pairs, best.sure and alone and best.cost < _OUT_OF_ORDER)


def _dealt(
    records: Sequence[Record], slots: Sequence[tuple[int, ...]], groups: Sequence[Displaced], only: bool
) -> list[_Assignment]:
    count = min(len(slots), len(groups))
    if len(groups) > _MOST_PERMUTED:
        orders = [tuple(sorted(groups, key=_code_order))[:count]]
        # Two of the same place could change rows.
        only = only and len({_code_order(group) for group in groups}) == len(groups)
    else:
        orders = list(permutations(groups, count))
    found = []
    for chosen in orders:
        cost = sum(_misplaced(records, rows, group) for rows, group in zip(slots, chosen, strict=False))
        cost += _inversions(chosen)
        cost += _AGAINST_PRINT * _exchanges(groups, chosen)
        pairs = tuple(zip(slots, chosen, strict=False))
        found.append(_Assignment(cost, pairs, only and len(slots) == len(groups)))
    return found


def _place_of(record: Record) -> PlanPlace:
    return plan_place(record.code) or (2, 0, 0, 0)


def _code_order(group: Displaced) -> PlanPlace:
    place = plan_place(parse_node_code(group.label or ""))
    return place if place is not None else (2, 0, 0, 0)


def _inversions(chosen: Sequence[Displaced]) -> int:
    places = [_code_order(group) for group in chosen]
    return _OUT_OF_ORDER * sum(left > right for left, right in pairwise(places))


def _exchanges(groups: Sequence[Displaced], chosen: Sequence[Displaced]) -> int:
    """Return how many neighbours of the same place stand the other way round than they are given."""
    number = {id(group): index for index, group in enumerate(groups)}
    return sum(
        _code_order(left) == _code_order(right) and number[id(left)] > number[id(right)]
        for left, right in pairwise(chosen)
    )


def _misplaced(records: Sequence[Record], run: Sequence[int], group: Displaced) -> int:
    """Return the cost of a group in a run: its code must lie between those of the rows around it."""
    before = next((records[index] for index in range(run[0] - 1, -1, -1) if not records[index].bare), None)
    after = next(
        (records[index] for index in range(run[-1] + 1, len(records)) if not records[index].bare), None
    )
    place = _code_order(group)
    cost = 0
    if before is not None and _place_of(before) > place:
        cost += _OUT_OF_ORDER
    if after is not None and _place_of(after) < place:
        cost += _OUT_OF_ORDER
    words = " ".join(filter(None, (group.kpi, group.project)))
    sections = " ".join(section for index in run for section in records[index].sections)
    return cost - min(shared_words(words, sections), 60)


def _merge(records: Sequence[Record], run: Sequence[int], group: Displaced, *, sure: bool) -> Record:
    first, last = records[run[0]], records[run[-1]]
    record = Record(
        first.page,
        first.first,
        last.last,
        label=group.label,
        project=group.project,
        kpi=group.kpi,
        sections=[section for index in run for section in records[index].sections],
        share=min(records[index].share for index in run),
    )
    confidence = BY_CODE if sure and group.label is not None else ONLY_ONE if sure else UNCERTAIN
    reason = (
        "複数の行にまたがる欄がページの末尾に書き出されていたため、"
        + ("コードの順序と空いている行から" if group.label is not None else "空いている行から")
        + "元の行に戻しました。"
    )
    for name in ("kpi", "project", *(("node",) if group.label is not None else ())):
        record.infer(name, confidence, reason)
    if not sure:
        record.infer("sections", confidence, reason)
        record.doubts.append(
            Doubt(
                "displaced_record",
                "kpi",
                f"指標「{group.kpi}」がどの担当課の行のものか、文書の配置だけでは決まりません。担当課を確認してください。",
            )
        )
    if group.other_splits:
        record.infer(
            "project", min(confidence, Decimal("0.85")), "続けて書き出された2つの欄を語尾で分けました。"
        )
        record.infer("kpi", min(confidence, Decimal("0.85")), "続けて書き出された2つの欄を語尾で分けました。")
        record.doubts.append(
            Doubt(
                "joined_cells",
                "kpi",
                f"指標名「{group.kpi}」と個別事業「{group.project}」が区切りなしで書き出されていました。"
                "分け方を確認してください。",
                alternatives=tuple({"kpi": kpi, "project": project} for kpi, project in group.other_splits),
            )
        )
    return record


def project_runs(records: Sequence[Record]) -> list[list[int]]:
    """Return the stretches of records that have a KPI but miss their project."""
    runs: list[list[int]] = []
    for index, record in enumerate(records):
        if record.kpi is None or record.project is not None:
            continue
        if (
            runs
            and runs[-1][-1] == index - 1
            and (records[index - 1].label is None) == (record.label is None)
        ):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _place_projects(
    records: list[Record], texts: list[Displaced], project_room: int | None
) -> list[Displaced]:
    """Give runs without a project one of the displaced texts; return the texts that are left for labels."""
    left = list(texts)
    fits = [
        text
        for text in left
        if parse_node_code(text.text or "") is None
        and (project_room is None or text.widest <= project_room + 60)
    ]
    labels_wanted = any(record.label is None for record in records)
    for run in project_runs(records):
        words = " ".join((records[index].kpi or "") for index in run)
        ranked = sorted(fits, key=lambda text: (-shared_words(text.text or "", words), text.widest))
        if not ranked:
            break
        best = ranked[0]
        if labels_wanted and len(left) == 1 and shared_words(best.text or "", words) < 40:
            break
        _give_project(records, run, best, ranked[1:])
        fits = [text for text in fits if text is not best]
        left = [text for text in left if text is not best]
    return left


def _give_project(
    records: list[Record], run: Sequence[int], chosen: Displaced, rivals: Sequence[Displaced]
) -> None:
    words = " ".join((records[index].kpi or "") for index in run)
    lead = shared_words(chosen.text or "", words) - max(
        (shared_words(rival.text or "", words) for rival in rivals), default=0
    )
    sure = not rivals or lead >= 100
    for index in run:
        record = records[index]
        record.project = chosen.text
        record.merged_project = run[0]
        record.infer(
            "project",
            ONLY_ONE if sure else UNCERTAIN,
            "個別事業の欄が空いている行に、ページの末尾に書き出されていた名称を戻しました。",
        )
        record.doubts.append(
            Doubt(
                "displaced_project",
                "project",
                f"個別事業「{chosen.text}」がこの行のものか確認してください（文書には対応が書かれていません）。",
                alternatives=tuple({"project": rival.text} for rival in rivals),
            )
        )
