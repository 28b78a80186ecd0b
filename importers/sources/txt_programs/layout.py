"""The layout of a list of programs, estimated from the document itself.

Starts from the usual habits of such tables, reads a part of the records, corrects widths, font measures and
habits by what was read, and reads again (expectation and correction in turn).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from importers.sources.txt_geometry import STREAMED, Alignment, PageGeometry
from importers.sources.txt_language import Tail
from importers.sources.txt_lines import Gap
from importers.sources.txt_programs.boundaries import Division, RecordCosts, TextLayout, divide
from importers.sources.txt_programs.evidence import Evidence
from importers.sources.txt_programs.habits import (
    PURPOSE,
    RESULTS,
    SUMMARY,
    TEXT_COLUMNS,
    Observations,
    learn_habits,
    usual_habits,
)
from importers.sources.txt_programs.heads import HeadLayout, HeadReading, department_candidates, read_heads
from importers.sources.txt_typography import (
    USUAL_MEASURES,
    WrappedLine,
    fit_column,
    fit_measures,
)

_SAMPLE = 40
_FEW = 14
_USUAL_PURPOSE, _USUAL_TEXT = 2_200, 3_500


@dataclass(frozen=True, slots=True)
class RecordEvidence:
    """A record's evidence, and the index of the piece where its name begins."""

    evidence: Evidence
    name_at: int


@dataclass(frozen=True, slots=True)
class ProgramLayout:
    """Everything estimated about a document: the head's columns and the columns of running text."""

    head: HeadLayout
    text: TextLayout


def estimate_layout(records: Sequence[RecordEvidence], *, streamed: bool = False) -> ProgramLayout:
    """Return the layout under which the records read best; `streamed` is a text without empty lines."""
    sample = _spread(records, _SAMPLE)
    few = _spread(records, _FEW)
    departments = _count_departments(records)
    starts = [_start(few, geometry, departments) for geometry in _geometries(sample, streamed=streamed)]
    layout = min(starts, key=lambda start: _total(few, start))
    widths = _width_guesses(sample, layout)
    layout = min(widths, key=lambda guess: _total(few, guess))
    for _ in range(3):
        layout = refine(sample, layout)
    return layout


def _spread(records: Sequence[RecordEvidence], count: int) -> list[RecordEvidence]:
    if len(records) <= count:
        return list(records)
    return [records[index * len(records) // count] for index in range(count)]


def _count_departments(records: Sequence[RecordEvidence]) -> Counter[str]:
    counter: Counter[str] = Counter()
    for record in records:
        counter.update(set(department_candidates(record.evidence, record.name_at)))
    return counter


def _geometries(records: Sequence[RecordEvidence], *, streamed: bool) -> list[PageGeometry]:
    gaps = Counter(joint.gap for record in records for joint in record.evidence.joints[1:])
    if streamed:
        return list(STREAMED)
    # Where nearly all line ends are followed by an empty line, lines of one cell are too.
    drops = (1,) if gaps[Gap.BLANK] > 3 * gaps[Gap.NEXT] else (1, 2, 3)
    return [PageGeometry(alignment, drop) for drop in drops for alignment in Alignment]


def _start(
    records: Sequence[RecordEvidence], geometry: PageGeometry, departments: Counter[str]
) -> ProgramLayout:
    head = HeadLayout(geometry, USUAL_MEASURES, None, None, departments)
    columns = (_USUAL_PURPOSE, _USUAL_TEXT, _USUAL_TEXT)
    return ProgramLayout(head, TextLayout(geometry, USUAL_MEASURES, columns, usual_habits()))


def _width_guesses(records: Sequence[RecordEvidence], layout: ProgramLayout) -> list[ProgramLayout]:
    """Return layouts with the column widths that many unfinished lines have, in all combinations.

    The first line of running text belongs to the purpose for certain; the rest may be of any column.
    """
    firsts: list[int] = []
    others: list[int] = []
    for record in records:
        evidence = record.evidence
        heads = read_heads(evidence, record.name_at, layout.head, keep=1)
        for index in range(heads[0].end + 1 if heads else 0, len(evidence.pieces)):
            joint = evidence.joints[index]
            unfinished = joint.tail is not Tail.STOP and not joint.typed
            if unfinished and joint.gap is layout.text.geometry.gap_in_cell:
                first = index == heads[0].end + 1
                (firsts if first else others).append(USUAL_MEASURES.width_of_counts(joint.line))
    purposes = _crowded(firsts, 2) or [_USUAL_PURPOSE]
    texts = _crowded(others, 3) or [_USUAL_TEXT]
    return [
        replace(layout, text=replace(layout.text, columns=(purpose, summary, results)))
        for purpose in purposes
        for summary in texts
        for results in texts
    ]


def _crowded(widths: Sequence[int], most: int) -> list[int]:
    """Return the widths around which the most lines end, the most crowded first, a good step apart."""
    result: list[int] = []
    left = sorted(widths)
    while left and len(result) < most:
        centre = max(left, key=lambda width: sum(abs(other - width) <= 120 for other in left))
        near = [width for width in left if abs(width - centre) <= 120]
        if result and len(near) < 4:
            break
        result.append(round(median(near)) + 40)
        left = [width for width in left if abs(width - centre) > 300]
    return result


def _total(records: Sequence[RecordEvidence], layout: ProgramLayout) -> int:
    total = 0
    for record in records:
        best = read_record(record, layout)
        total += best[0].cost if best else 5_000
    return total


def read_record(record: RecordEvidence, layout: ProgramLayout) -> list[Division]:
    """Return the divisions of one record, cheapest first."""
    heads = read_heads(record.evidence, record.name_at, layout.head)
    return divide(record.evidence, heads, layout.text)


def refine(records: Sequence[RecordEvidence], layout: ProgramLayout) -> ProgramLayout:
    """Return the layout corrected by what the records look like when read with it."""
    wrapped: list[WrappedLine] = []
    seen = Observations()
    for record in records:
        divisions = read_record(record, layout)
        if divisions:
            _observe(record, divisions[0], layout.text, wrapped, seen)
            _observe_head(record.evidence, divisions[0].head, wrapped)
    measures = fit_measures(wrapped, USUAL_MEASURES)
    columns = {
        column: fit_column(
            [
                (measures.width_of_counts(line.counts), measures.width_of_counts(line.unit))
                for line in wrapped
                if line.column == column
            ],
            usual,
        )
        for column, usual in [*enumerate(layout.text.columns), (_NAME, 0), (_DEPARTMENT, 0)]
    }
    return ProgramLayout(
        replace(
            layout.head,
            measures=measures,
            name_width=columns[_NAME] or None,
            department_width=columns[_DEPARTMENT] or None,
        ),
        replace(
            layout.text,
            measures=measures,
            columns=(columns[PURPOSE], columns[SUMMARY], columns[RESULTS]),
            habits=learn_habits(seen),
        ),
    )


_NAME, _DEPARTMENT = 3, 4


def _observe(
    record: RecordEvidence,
    division: Division,
    layout: TextLayout,
    wrapped: list[WrappedLine],
    seen: Observations,
) -> None:
    evidence = record.evidence
    seen.records += 1
    seen.marked_ends += evidence.pieces[-1].typed_break
    costs = RecordCosts(evidence, layout)
    ends = (division.summary_at, division.results_at, costs.size)
    start = division.purpose_at
    for column, end in zip(TEXT_COLUMNS, ends, strict=True):
        for index in range(start, end):
            seen.endings[column].update(evidence.endings[index])
        for index in range(start + 1, end):
            joint = evidence.joints[index]
            if joint.gap is Gap.SPACE:
                continue
            if costs.wrapped[column][index]:
                wrapped.append(WrappedLine(column, joint.line, joint.unit))
            elif joint.typed:
                seen.marked += 1
            else:
                seen.unmarked += 1
        if start < end:
            last = evidence.last_ending if end == costs.size else evidence.joints[end].ending
            text = evidence.pieces[end - 1].text
            if not text.endswith("。"):
                seen.endings[column][last] += 1
        start = end


def _observe_head(evidence: Evidence, head: HeadReading, wrapped: list[WrappedLine]) -> None:
    for column, start, end in (
        (_NAME, head.start, head.department_at),
        (_DEPARTMENT, head.department_at, head.end),
    ):
        for index in range(start + 1, end):
            joint = evidence.joints[index]
            if joint.gap is not Gap.SPACE and not joint.typed:
                wrapped.append(WrappedLine(column, joint.line, joint.unit))
