"""How sure a division of a record is, and what in it does not fit the layout."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from importers.sources.txt_lines import Gap
from importers.sources.txt_programs.boundaries import (
    MANY_LINES,
    Division,
    RecordCosts,
    border_costs,
)
from importers.sources.txt_programs.evidence import Evidence
from importers.sources.txt_programs.habits import TEXT_COLUMNS
from importers.sources.txt_programs.layout import ProgramLayout
from importers.sources.txt_typography import distance_from_full

# Below this a boundary is marked for review.
SURE_ENOUGH = Decimal("0.97")
_PLACES = Decimal("0.001")

# The boundaries of a division, by the fields on their two sides.
BOUNDARIES: dict[tuple[str, str], Callable[[Division], int]] = {
    ("name", "section"): lambda division: division.head.department_at,
    ("section", "purpose"): lambda division: division.purpose_at,
    ("purpose", "summary"): lambda division: division.summary_at,
    ("summary", "results"): lambda division: division.results_at,
}


@dataclass(frozen=True, slots=True)
class BoundaryReading:
    """One boundary: the fields it parts, how sure it is, and the best division that puts it elsewhere."""

    before: str
    after: str
    confidence: Decimal
    alternative: Division | None


def boundary_readings(divisions: Sequence[Division]) -> list[BoundaryReading]:
    """Weigh all divisions of a record against each other, boundary by boundary.

    A division's weight is the probability its cost stands for; a boundary is as sure as the share of the
    divisions that agree on it.
    """
    best = divisions[0]
    weights = [math.exp((best.cost - division.cost) / 100) for division in divisions]
    total = sum(weights)
    readings = []
    for (before, after), place in BOUNDARIES.items():
        agreeing = sum(
            weight
            for weight, division in zip(weights, divisions, strict=True)
            if place(division) == place(best)
        )
        alternative = next((division for division in divisions if place(division) != place(best)), None)
        share = Decimal(round(1000 * agreeing / total)) * _PLACES
        readings.append(BoundaryReading(before, after, share, alternative))
    return readings


@dataclass(frozen=True, slots=True)
class Strain:
    """Something in the chosen division that the layout does not explain: a code and the field it concerns."""

    code: str
    field: str


_FIELDS = ("purpose", "summary", "results")
_MUCH_TOO_WIDE = 150
_FAR_FROM_FULL = 250


def strains(evidence: Evidence, division: Division, layout: ProgramLayout) -> list[Strain]:
    """Return what does not fit: gaps, lines wider than their column, wrapped lines that were not full."""
    found = _border_strains(evidence, division, layout)
    costs = RecordCosts(evidence, layout.text)
    size = len(evidence.pieces)
    ends = (division.summary_at, division.results_at, size)
    start = division.purpose_at
    for column, name, end in zip(TEXT_COLUMNS, _FIELDS, ends, strict=True):
        found += [Strain(code, name) for code in _cell_strains(evidence, costs, start, end, column, layout)]
        start = end
    return list(dict.fromkeys(found))


def _cell_strains(
    evidence: Evidence, costs: RecordCosts, start: int, end: int, column: int, layout: ProgramLayout
) -> list[str]:
    measures, width = layout.text.measures, layout.text.columns[column]
    codes = []
    for index in range(start, end):
        own = measures.width_of_counts(evidence.line_counts[index])
        first_of_many = evidence.pieces[index].before is not Gap.SPACE
        if first_of_many and own > width + _MUCH_TOO_WIDE:
            codes.append("line_too_wide")
        if index == start:
            continue
        joint = evidence.joints[index]
        if joint.gap is Gap.PAGE:
            codes.append("page_break_inside")
        elif joint.gap is Gap.NEXT and layout.text.geometry.gap_in_cell is Gap.BLANK:
            codes.append("gap_disagrees")
        if joint.gap is not Gap.SPACE and costs.wrapped[column][index]:
            missing = distance_from_full(
                width, measures.width_of_counts(joint.line), measures.width_of_counts(joint.unit)
            )
            if missing > _FAR_FROM_FULL:
                codes.append("line_not_full")
    return codes


def _border_strains(evidence: Evidence, division: Division, layout: ProgramLayout) -> list[Strain]:
    size = len(evidence.pieces)
    places = (
        division.head.start,
        division.head.department_at,
        division.purpose_at,
        division.summary_at,
        division.results_at,
        size,
    )
    names = ("name", "section", "purpose", "summary", "results")
    found: list[Strain] = []
    before = 1
    for name, start, end in zip(names, places, places[1:], strict=False):
        if start == end:
            continue
        lines = min(evidence.lines_between(start, end), MANY_LINES)
        if start:
            joint = evidence.joints[start]
            if joint.gap is Gap.PAGE:
                found.append(Strain("page_break_inside", name))
            elif border_costs(layout.text.geometry, joint.gap, joint.opened)[before][lines]:
                found.append(Strain("gap_disagrees", name))
        before = lines
    return found
