"""Where the cells of one record end: every possible division is given a cost, and the cheapest is taken.

A division is name | department | purpose | summary | results over the record's pieces. Its cost adds up, in
hundredths of natural logarithms, what each boundary and each joint inside a cell speaks for or against
(docs/importing_txt.md tells the evidence one by one). From the costs of all divisions follows how sure
the best one is, boundary by boundary.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from importers.sources.txt_geometry import PageGeometry
from importers.sources.txt_language import Head, Tail
from importers.sources.txt_lines import Gap
from importers.sources.txt_programs.evidence import Evidence, Joint
from importers.sources.txt_programs.habits import (
    HEAD_AT_START,
    HEAD_WRAPPED,
    PURPOSE,
    RESULTS,
    SUMMARY,
    TAIL_AT_END,
    TAIL_IN_BARE_LIST,
    TAIL_WRAPPED,
    TEXT_COLUMNS,
    Habits,
)
from importers.sources.txt_programs.heads import HeadReading
from importers.sources.txt_typography import FontMeasures, distance_from_full

GAP_DISAGREES = 700
PAGE_INSIDE = 500
PAGE_BETWEEN = 250
INSIDE_BRACKETS = 600
LEADS_ON = 400  # a cell that ends with the announcement of a list
NOTE_OPENS_CELL = 300
NOTE_FOLLOWS = 60
EMPTY_CELL = 900
WRAP_MARKED = 650  # a space at the end of a line that was wrapped
PARAGRAPH_GOES_ON = 70
PARAGRAPH_ENDS_CELL = 70
SPACE_BETWEEN_WORDS = 250
SPACE_IN_JAPANESE = 600
SPACE_BEHIND_STOP = 900
TOO_WIDE = 4  # per hundredth of an em beyond the column
MOST = 4_000
NOT_WORTH_COMPARING = 1_500
MANY_LINES = 5


@dataclass(frozen=True, slots=True)
class TextLayout:
    """What the columns of running text look like: geometry, font, column widths, habits."""

    geometry: PageGeometry
    measures: FontMeasures
    columns: tuple[int, int, int]
    habits: Habits


@dataclass(frozen=True, slots=True)
class Division:
    """One way to divide a record: piece indices where department, purpose, summary and results begin.

    A text cell of no pieces is an empty one.
    """

    cost: int
    head: HeadReading
    summary_at: int
    results_at: int

    @property
    def purpose_at(self) -> int:
        """Index of the first piece behind the department."""
        return self.head.end


class RecordCosts:
    """All costs of one record's joints under one layout, ready to be added up."""

    def __init__(self, evidence: Evidence, layout: TextLayout) -> None:
        self._evidence = evidence
        self._layout = layout
        self.size = len(evidence.pieces)
        joints = evidence.joints
        widths = [layout.measures.width_of_counts(counts) for counts in evidence.line_counts]
        ends = [(0, 0)] + [
            (layout.measures.width_of_counts(joint.line), layout.measures.width_of_counts(joint.unit))
            for joint in joints[1:]
        ]
        # Prefix sums: the cost of pieces i..j in a column is a difference of two of them.
        self._up_to: list[list[int]] = []
        self._from: list[list[int]] = []
        self.wrapped: list[list[bool]] = []
        for column in TEXT_COLUMNS:
            inside, wrapped = [0], [False]
            content = [0]
            for index in range(self.size):
                if index:
                    joint_cost, is_wrap = self._joint_inside(joints[index], column, ends[index])
                    if joints[index].gap is Gap.SPACE:
                        joint_cost += self._too_wide(widths[index], column)
                    inside.append(inside[-1] + joint_cost)
                    wrapped.append(is_wrap)
                content.append(content[-1] + self._piece_content(index, column, widths[index]))
            self.wrapped.append(wrapped)
            self._up_to.append(
                [0]
                + [
                    content[end] + inside[end - 1] + self._closing(end, column)
                    for end in range(1, self.size + 1)
                ]
            )
            self._from.append([content[start] + inside[start] for start in range(self.size)])

    def _joint_inside(self, joint: Joint, column: int, ends: tuple[int, int]) -> tuple[int, bool]:
        """Return the cost of a cell going on over a joint, and whether as a wrapped line."""
        if joint.gap is Gap.SPACE:
            return _space_inside(joint), True
        extra = 0
        if joint.gap is Gap.PAGE:
            extra = PAGE_INSIDE
        elif joint.gap is not self._layout.geometry.gap_in_cell:
            extra = GAP_DISAGREES
        wrap = self._wrap(joint, column, ends)
        typed = self._typed(joint, column)
        return (wrap + extra, True) if wrap <= typed else (typed + extra, False)

    def _wrap(self, joint: Joint, column: int, ends: tuple[int, int]) -> int:
        line, unit = ends
        missing = distance_from_full(self._layout.columns[column], line, unit)
        result = TAIL_WRAPPED[joint.tail] + HEAD_WRAPPED[joint.head] - joint.continuity
        if missing > 40:
            result += min((missing - 40) * 3, MOST)
        if joint.typed and not joint.latin:
            result += WRAP_MARKED
        return round(result)

    def _typed(self, joint: Joint, column: int) -> int:
        habits = self._layout.habits
        result = self._paragraph_end(joint, column) + PARAGRAPH_GOES_ON
        result += habits.marked if joint.typed else habits.unmarked
        return result + _opens_paragraph(joint, new_cell=False)

    def _paragraph_end(self, joint: Joint, column: int) -> int:
        # The last line of a paragraph is of any length: one chance in so many characters for this one.
        tails = TAIL_IN_BARE_LIST if joint.in_bare_list else TAIL_AT_END
        result = round(100 * math.log(self._layout.columns[column] / 100)) + tails[joint.tail]
        if joint.tail is not Tail.STOP:
            result += self._layout.habits.endings[column][joint.ending]
        return result

    def _piece_content(self, index: int, column: int, width: int) -> int:
        endings = self._layout.habits.endings[column]
        result = sum(endings[ending] for ending in self._evidence.endings[index])
        if self._evidence.pieces[index].before is not Gap.SPACE:
            result += self._too_wide(width, column)
        return result

    def _too_wide(self, width: int, column: int) -> int:
        excess = width - self._layout.columns[column]
        return min((excess - 40) * TOO_WIDE, MOST) if excess > 40 else 0

    def cell(self, start: int, end: int, column: int) -> int:
        """Return the cost of a text cell from piece `start` to before piece `end`, with its end."""
        if start == end:
            return EMPTY_CELL
        return self._up_to[column][end] - self._from[column][start]

    def _closing(self, end: int, column: int) -> int:
        if end == self.size:
            if self._evidence.pieces[-1].text.endswith("。"):
                return TAIL_AT_END[Tail.STOP]
            return TAIL_AT_END[Tail.WORD] + self._layout.habits.endings[column][self._evidence.last_ending]
        joint = self._evidence.joints[end]
        result = self._paragraph_end(joint, column) + PARAGRAPH_ENDS_CELL
        if joint.typed:
            result += self._layout.habits.end_marked
        if joint.in_brackets:
            result += INSIDE_BRACKETS
        if joint.leads_on:
            result += LEADS_ON
        return result + _opens_paragraph(joint, new_cell=True)

    def borders(self, start: int) -> Sequence[Sequence[int]]:
        """Return what the gap before piece `start` costs, by the lines of the cells before and after."""
        joint = self._evidence.joints[start]
        return border_costs(self._layout.geometry, joint.gap, joint.opened)


@lru_cache(maxsize=200)
def border_costs(geometry: PageGeometry, gap: Gap, opened: bool) -> tuple[tuple[int, ...], ...]:
    """Return the cost of a gap between two cells by their numbers of lines, both capped at MANY_LINES."""
    if gap is Gap.PAGE:
        return ((PAGE_BETWEEN,) * (MANY_LINES + 1),) * (MANY_LINES + 1)
    return tuple(
        tuple(
            0 if geometry.gap_between(max(before, 1), max(after, 1), opened) is gap else GAP_DISAGREES
            for after in range(MANY_LINES + 1)
        )
        for before in range(MANY_LINES + 1)
    )


def _space_inside(joint: Joint) -> int:
    """Return the cost of a half-width space typed into a text: usual beside Latin words and numbers only."""
    if joint.tail is Tail.STOP:
        return SPACE_BEHIND_STOP
    beside_latin = joint.latin or joint.tail is Tail.DIGIT or joint.head in (Head.DIGIT, Head.LATIN)
    return SPACE_BETWEEN_WORDS if beside_latin else SPACE_IN_JAPANESE


def _opens_paragraph(joint: Joint, *, new_cell: bool) -> int:
    """Return the cost of a paragraph opening as this joint's next line does."""
    result = HEAD_AT_START[joint.head]
    mark, before = joint.mark, joint.mark_before
    if mark is None:
        # After an item comes another one; plain text after an item is more often another cell.
        return result + (40 if before is None else (180 if not new_cell else 60))
    result -= HEAD_AT_START[Head.MARK]
    if joint.note:
        return result + (NOTE_FOLLOWS if not new_cell else NOTE_OPENS_CELL)
    if mark.number is not None:
        if mark.continues(before) or (not mark.opens_list and before is None):
            return result + (60 if not new_cell else 450)
        return result + ((350 if before is not None else 100) if not new_cell else 110)
    if before is not None and mark.family == before.family:
        return result + (30 if not new_cell else 120)
    return result + (130 if not new_cell else 110)


def divide(evidence: Evidence, heads: Sequence[HeadReading], layout: TextLayout) -> list[Division]:
    """Return all divisions of a record that are worth comparing, cheapest first."""
    costs = RecordCosts(evidence, layout)
    divisions: list[Division] = []
    for head in heads:
        divisions += _divisions_behind(head, costs, evidence)
    if not divisions:
        return []
    worth = min(division.cost for division in divisions) + NOT_WORTH_COMPARING
    return sorted(
        (division for division in divisions if division.cost <= worth), key=lambda division: division.cost
    )


def _divisions_behind(head: HeadReading, costs: RecordCosts, evidence: Evidence) -> list[Division]:
    size, line_of = costs.size, evidence.line_of
    results = [costs.cell(start, size, RESULTS) for start in range(size + 1)]
    best = MOST * 1_000
    divisions: list[Division] = []
    for summary_at in range(head.end, size + 1):
        before, purpose = min(head.lines, MANY_LINES), head.cost + costs.cell(head.end, summary_at, PURPOSE)
        if summary_at > head.end:
            lines = min(line_of[summary_at - 1] - line_of[head.end] + 1, MANY_LINES)
            purpose += costs.borders(head.end)[before][lines]
            before = lines
        if purpose > best + NOT_WORTH_COMPARING:
            continue
        rows = costs.borders(summary_at)[before] if summary_at < size else ()
        for results_at in range(summary_at, size + 1):
            total = purpose + results[results_at] + costs.cell(summary_at, results_at, SUMMARY)
            last = before
            if results_at > summary_at:
                last = min(line_of[results_at - 1] - line_of[summary_at] + 1, MANY_LINES)
                total += rows[last]
            if results_at < size:
                lines = min(line_of[size - 1] - line_of[results_at] + 1, MANY_LINES)
                total += costs.borders(results_at)[last][lines]
            if total <= best + NOT_WORTH_COMPARING:
                best = min(best, total)
                divisions.append(Division(total, head, summary_at, results_at))
    return divisions
