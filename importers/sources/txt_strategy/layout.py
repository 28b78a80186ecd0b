"""The layout of a strategy list, estimated from its own lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from importers.sources.txt_geometry import STREAMED, Alignment, PageGeometry
from importers.sources.txt_lines import Gap, Line, Piece, split_pieces
from importers.sources.txt_order import is_streamed
from importers.sources.txt_strategy.columns import Column, cell_of
from importers.sources.txt_strategy.lattice import Cell, Lattice, StrategyLayout, wrapped_lines
from importers.sources.txt_typography import (
    USUAL_MEASURES,
    FontMeasures,
    WrappedLine,
    fit_column,
    fit_measures,
)

_FEW_PIECES = 40
_FEW_BLOCKS = 3
_ENOUGH_PIECES = 400
_GEOMETRIES = (
    (Alignment.CENTRE, 2),
    (Alignment.CENTRE, 1),
    (Alignment.CENTRE, 3),
    (Alignment.TOP, 2),
    (Alignment.TOP, 1),
    (Alignment.BOTTOM, 2),
)


def split_blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Cut the lines where a page or a group of displaced cells begins."""
    blocks: list[list[Line]] = []
    for line in lines:
        if line.before is Gap.PAGE or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def estimate_layout(blocks: Sequence[Sequence[Line]]) -> StrategyLayout:
    """Return the layout under which the blocks of rows read best."""
    pieces = [split_pieces(tuple(block)) for block in blocks]
    samples = [block[:_FEW_PIECES] for block in sorted(pieces, key=len, reverse=True)[:_FEW_BLOCKS]]
    # The usual geometry first: where the sample does not tell, it is taken.
    streamed = is_streamed([line for block in blocks for line in block])
    usual = [PageGeometry(alignment, drop) for alignment, drop in _GEOMETRIES]
    guesses = [StrategyLayout(geometry) for geometry in (STREAMED if streamed else usual)]
    layout = min(guesses, key=lambda guess: sum(Lattice(sample, guess).read()[0] for sample in samples))
    some = _some_blocks(pieces)
    return _refine(some, _refine(some, layout))


def _some_blocks(blocks: Sequence[Sequence[Piece]]) -> list[Sequence[Piece]]:
    """Return blocks from the beginning on until there is enough to estimate from."""
    chosen: list[Sequence[Piece]] = []
    for block in blocks:
        if sum(map(len, chosen)) >= _ENOUGH_PIECES:
            break
        chosen.append(block[:_ENOUGH_PIECES])
    return chosen


def _refine(blocks: Sequence[Sequence[Piece]], layout: StrategyLayout) -> StrategyLayout:
    wrapped: list[WrappedLine] = []
    ones: dict[Column, list[int]] = {column: [] for column in Column}
    seen: tuple[Counter[str], ...] = tuple(Counter() for _ in Column)
    readings: list[tuple[Sequence[Piece], list[Cell]]] = []
    for pieces in blocks:
        _, cells = Lattice(pieces, layout).read()
        if not any(cell.column is Column.SECTION for cell in cells):
            continue
        readings.append((pieces, cells))
        wrapped += [WrappedLine(*line) for line in wrapped_lines(pieces, cells)]
        for cell in cells:
            seen[cell.column][cell_of(pieces[cell.start : cell.end])] += 1
    measures = fit_measures(wrapped, USUAL_MEASURES)
    for pieces, cells in readings:
        for cell in cells:
            ones[cell.column] += [measures.width_of(piece.text) for piece in pieces[cell.start : cell.end]]
    widths = tuple(_width(column, wrapped, ones[column], measures) for column in Column)
    widest = tuple(max(ones[column], default=0) for column in Column)
    return replace(layout, measures=measures, widths=widths, widest=widest, seen=seen)


def _width(
    column: Column, wrapped: Sequence[WrappedLine], lines: Sequence[int], measures: FontMeasures
) -> int | None:
    """Return a column's width from its wrapped lines, or None where there are too few."""
    ends = [
        (measures.width_of_counts(line.counts), measures.width_of_counts(line.unit))
        for line in wrapped
        if line.column == column
    ]
    if len(ends) < 2:
        return None
    # A cell misread here and there may give a line too wide; all others fit the column.
    widest = sorted(lines)[(len(lines) - 1) * 49 // 50]
    return max(fit_column(ends, widest), widest)
