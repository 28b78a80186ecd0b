"""The beginning of a record: order, number, then the cells of name and department.

A department is known by its ending (課, 室, センター …) and by standing beside many programs; its bureau
stands before it in the same cell.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from importers.sources.txt_geometry import PageGeometry
from importers.sources.txt_lines import Gap, Piece
from importers.sources.txt_programs.evidence import Evidence
from importers.sources.txt_typography import FontMeasures, distance_from_full

MOST_NAME_PIECES = 9
MOST_DEPARTMENT_PIECES = 5

# Endings of the names of a city's units, by kind and not by city.
_UNIT = (
    r"(?:課|室|センター|係|局|部|所|館|院|校|園|署|署所|委員会|班|チーム|グループ|担当|本部|会計管理者|支所|"
    r"場|団|隊|区|推進員|公社|財団|博物館|図書館)"
)
UNIT_END = re.compile(rf"{_UNIT}(?:（[^（）]*）)?$")
# Bureaus, the level above: what may stand before a section in the same cell.
BUREAU_END = re.compile(r"(?:本部|事務局|委員会|公室|部|局|室|庁|支所|区役所|区|院|会)$")
_NOT_A_UNIT = re.compile(r"[。、，「」？！]")
_NAME_END = re.compile(
    r"(?:事業|事務|業務|管理|運営|整備|支援|推進|対策|保全|調査|計画|活動|助成|補助|補助金|負担金|交付金|委託|"
    r"経費|費|プロジェクト|プログラム|制度|センター|等|会議|交流|開催|策定|手当|給付|貸付|指導|相談|啓発|改修|工事)"
    r"(?:[（(〔【].*[）)〕】])?$"
)

GAP_DISAGREES = 700
NO_UNIT_ENDING = 900
NOT_SEEN_ELSEWHERE = 150
NO_BUREAU_SEEN = 120
NAME_ENDS_ODDLY = 130
SPACE_INSIDE = 260
SENTENCE_INSIDE = 900
NOT_WORTH_COMPARING = 1_200


@dataclass(frozen=True, slots=True)
class HeadReading:
    """One reading of a record's head over its pieces: name from `start`, department up to before `end`.

    `lines` is the number of lines of the last cell of the head; `cost` in hundredths of a logarithm.
    """

    start: int
    department_at: int
    end: int
    lines: int
    cost: int


@dataclass(frozen=True, slots=True)
class HeadLayout:
    """Widths of the name and department columns (None: not known yet), and departments seen how often."""

    geometry: PageGeometry
    measures: FontMeasures
    name_width: int | None
    department_width: int | None
    departments: Counter[str]


def department_candidates(evidence: Evidence, start: int) -> Iterable[str]:
    """Return every text in a record's head that reads like a department."""
    size = len(evidence.pieces)
    for first in range(start + 1, min(start + 1 + MOST_NAME_PIECES, size)):
        for end in range(first + 1, min(first + 1 + MOST_DEPARTMENT_PIECES, size + 1)):
            text = joined(evidence.pieces[first:end])
            if is_unit_name(text):
                yield text


@lru_cache(maxsize=20_000)
def is_unit_name(text: str) -> bool:
    """Whether a text can be the name of a unit: it ends like one and holds no sentence."""
    return UNIT_END.search(text) is not None and _NOT_A_UNIT.search(text) is None and 2 < len(text) <= 45


def joined(pieces: Sequence[Piece]) -> str:
    """Return the text of a name cell: wrapped lines joined, spaces of the document kept."""
    text = ""
    for index, piece in enumerate(pieces):
        if index and piece.before is Gap.SPACE:
            text += " "
        text += piece.text
    return text


def read_heads(evidence: Evidence, start: int, layout: HeadLayout, keep: int = 4) -> list[HeadReading]:
    """Return the likeliest readings of a record's head, cheapest first; `start` is the piece of the name."""
    readings: list[HeadReading] = []
    size = len(evidence.pieces)
    cheapest = 3 * NOT_WORTH_COMPARING
    for department_at in range(start + 1, min(start + 1 + MOST_NAME_PIECES, size)):
        name_cost = _name_cost(evidence, start, department_at, layout)
        if name_cost > cheapest + NOT_WORTH_COMPARING:
            continue
        for end in range(department_at + 1, min(department_at + 1 + MOST_DEPARTMENT_PIECES, size + 1)):
            cost = name_cost + _department_cost(evidence, department_at, end, layout)
            cost += _border(evidence, department_at, start, end, layout.geometry)
            lines = evidence.lines_between(department_at, end)
            cheapest = min(cheapest, cost)
            readings.append(HeadReading(start, department_at, end, lines, cost))
    readings.sort(key=lambda reading: reading.cost)
    return [reading for reading in readings[:keep] if reading.cost <= readings[0].cost + NOT_WORTH_COMPARING]


def _border(evidence: Evidence, at: int, start: int, end: int, geometry: PageGeometry) -> int:
    joint = evidence.joints[at]
    if joint.gap is Gap.PAGE:
        return 250
    before = evidence.lines_between(start, at)
    after = evidence.lines_between(at, end)
    return 0 if geometry.gap_between(before, after, joint.opened) is joint.gap else GAP_DISAGREES


def _name_cost(evidence: Evidence, start: int, end: int, layout: HeadLayout) -> int:
    text = joined(evidence.pieces[start:end])
    cost = 0 if _NAME_END.search(text) else NAME_ENDS_ODDLY
    cost += _first_border(evidence, start, end, layout.geometry)
    if "。" in text:
        cost += SENTENCE_INSIDE
    if is_unit_name(text) and text in layout.departments:
        cost += 400
    return cost + _inside(evidence, start, end, layout.name_width, layout)


def _first_border(evidence: Evidence, start: int, end: int, geometry: PageGeometry) -> int:
    """The gap between the number, a cell of one line, and the name."""
    if start == 0:
        return 0
    joint = evidence.joints[start]
    expected = geometry.gap_between(1, evidence.lines_between(start, end), joint.opened)
    return 0 if expected is joint.gap or joint.gap is Gap.PAGE else GAP_DISAGREES


def _department_cost(evidence: Evidence, start: int, end: int, layout: HeadLayout) -> int:
    text = joined(evidence.pieces[start:end])
    cost = _inside(evidence, start, end, layout.department_width, layout)
    if not is_unit_name(text):
        return cost + NO_UNIT_ENDING + (SENTENCE_INSIDE if _NOT_A_UNIT.search(text) else 0)
    if layout.departments[text] < 2:
        cost += NOT_SEEN_ELSEWHERE
        if not _shares_bureau(text, layout.departments):
            cost += NO_BUREAU_SEEN
    return cost


def _shares_bureau(text: str, departments: Counter[str]) -> bool:
    return any(
        BUREAU_END.search(text[:cut]) is not None
        and any(other != text and other.startswith(text[:cut]) for other in departments)
        for cut in range(2, len(text) - 1)
    )


def _inside(evidence: Evidence, start: int, end: int, width: int | None, layout: HeadLayout) -> int:
    """The cost of the joints inside a name cell: gaps, and lines that are not full although they go on."""
    cost = 0
    for index in range(start + 1, end):
        joint = evidence.joints[index]
        if joint.gap is Gap.SPACE:
            cost += SPACE_INSIDE
            continue
        if joint.gap is not layout.geometry.gap_in_cell:
            cost += GAP_DISAGREES if joint.gap is not Gap.PAGE else 300
        if joint.in_brackets:
            cost -= 60
        if width is not None and not joint.typed:
            missing = distance_from_full(
                width,
                layout.measures.width_of_counts(joint.line),
                layout.measures.width_of_counts(joint.unit),
            )
            cost += min(max(missing - 60, 0) * 2, 400)
    if width is not None:
        for index in range(start, end):
            if evidence.pieces[index].before is not Gap.SPACE or evidence.pieces[index].ends_line:
                excess = layout.measures.width_of(evidence.pieces[index].text) - width
                cost += min(max(excess - 60, 0) * 3, 900)
    return cost
