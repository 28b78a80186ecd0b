"""The ruled lines of a PDF page, however they are drawn: strokes, thin filled boxes, dots, frames.

Ends that a page break left open are closed, and it is remembered that they were: the row there goes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

_THIN = 3.0  # points: a box not thicker than this is a line
_SHORTEST = 6.0
_GAP = 3.5  # between the dots or dashes of one line
_FEWEST_DOTS = 5
_SAME = 1.2  # points between two lines that are one
_NEAR = 3.0
_MOST_EDGES = 6_000
_MOST_PIECES = 60_000


@dataclass(frozen=True, slots=True)
class Edge:
    """A level or upright line: at `at`, from `start` to `end`."""

    upright: bool
    at: float
    start: float
    end: float

    @property
    def length(self) -> float:
        """How long the line is, in points."""
        return self.end - self.start

    def for_pdfplumber(self) -> dict[str, Any]:
        """Return the line as pdfplumber describes one."""
        x0, x1, top, bottom = (
            (self.at, self.at, self.start, self.end)
            if self.upright
            else (self.start, self.end, self.at, self.at)
        )
        return {
            "object_type": "line",
            "orientation": "v" if self.upright else "h",
            "x0": x0,
            "x1": x1,
            "top": top,
            "bottom": bottom,
            "doctop": top,
            "width": x1 - x0,
            "height": bottom - top,
        }


@dataclass(frozen=True, slots=True)
class Ruling:
    """The lines of a page; `open_top` and `open_bottom` are heights at which no line closed the table.

    `gaps_below` are the lines that were missing at the lower end, of all columns or of some.
    """

    edges: tuple[Edge, ...]
    open_top: float | None = None
    open_bottom: float | None = None
    gaps_below: tuple[Edge, ...] = ()

    def is_open_below(self, left: float, right: float, at: float) -> bool:
        """Tell whether no line closed a column at the lower end of the page's lines."""
        return any(
            abs(gap.at - at) <= _NEAR and gap.start <= left + _NEAR and gap.end >= right - _NEAR
            for gap in self.gaps_below
        )


def read_ruling(page: Any, *, with_fills: bool = False) -> Ruling:
    """Return the lines of a page of pdfplumber; with `with_fills` the borders of coloured areas too."""
    pieces: list[Edge] = []
    dots: list[tuple[float, float, float, float]] = []
    for line in page.lines:
        pieces.extend(_box_edges(line, dots))
    for box in page.rects:
        filled_area = box.get("fill") and not box.get("stroke") and _is_area(box)
        if with_fills or not filled_area:
            pieces.extend(_box_edges(box, dots))
    for curve in page.curves:
        pieces.extend(_path_edges(curve.get("pts") or ()))
        if len(pieces) > _MOST_PIECES:
            break
    pieces.extend(_dotted(dots))
    edges = [edge for edge in _joined(pieces) if edge.length >= _SHORTEST]
    edges = sorted(edges, key=lambda edge: -edge.length)[:_MOST_EDGES]
    return _closed(edges)


def _is_area(box: Any) -> bool:
    return bool(box["x1"] - box["x0"] > _THIN and box["bottom"] - box["top"] > _THIN)


def _box_edges(box: Any, dots: list[tuple[float, float, float, float]]) -> Iterator[Edge]:
    """Yield the lines of a box: one where it is thin, its four sides otherwise; keep dots for later."""
    left, right, top, bottom = (float(box[key]) for key in ("x0", "x1", "top", "bottom"))
    wide, tall = right - left, bottom - top
    if wide <= _THIN and tall <= _THIN:
        dots.append((left, top, right, bottom))
    elif tall <= _THIN:
        yield Edge(False, (top + bottom) / 2, left, right)
    elif wide <= _THIN:
        yield Edge(True, (left + right) / 2, top, bottom)
    elif box["object_type"] == "rect":
        yield Edge(False, top, left, right)
        yield Edge(False, bottom, left, right)
        yield Edge(True, left, top, bottom)
        yield Edge(True, right, top, bottom)


def _path_edges(points: Sequence[tuple[float, float]]) -> Iterator[Edge]:
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(y1 - y0) <= 0.5 and abs(x1 - x0) >= _SHORTEST:
            yield Edge(False, (y0 + y1) / 2, min(x0, x1), max(x0, x1))
        elif abs(x1 - x0) <= 0.5 and abs(y1 - y0) >= _SHORTEST:
            yield Edge(True, (x0 + x1) / 2, min(y0, y1), max(y0, y1))


def _dotted(dots: Sequence[tuple[float, float, float, float]]) -> Iterator[Edge]:
    """Yield the lines that rows and columns of dots form."""
    for upright in (False, True):
        spans = [
            Edge(True, (left + right) / 2, top, bottom)
            if upright
            else Edge(False, (top + bottom) / 2, left, right)
            for left, top, right, bottom in dots
        ]
        for chain in _chains(spans):
            if len(chain) >= _FEWEST_DOTS:
                yield Edge(upright, chain[0].at, chain[0].start, max(edge.end for edge in chain))


def _joined(pieces: Iterable[Edge]) -> Iterator[Edge]:
    """Join pieces of one line: a line drawn cell by cell, dashes, doubles."""
    found = list(pieces)
    for upright in (False, True):
        for chain in _chains([edge for edge in found if edge.upright is upright]):
            middle = sum(edge.at for edge in chain) / len(chain)
            yield Edge(upright, middle, chain[0].start, max(edge.end for edge in chain))


def _chains(edges: Sequence[Edge]) -> Iterator[list[Edge]]:
    """Yield the pieces that lie on one line, one behind the other."""
    lanes: list[list[Edge]] = []
    for edge in sorted(edges, key=lambda found: found.at):
        if lanes and edge.at - lanes[-1][-1].at <= _SAME:
            lanes[-1].append(edge)
        else:
            lanes.append([edge])
    for lane in lanes:
        chain: list[Edge] = []
        reach = float("-inf")
        for edge in sorted(lane, key=lambda found: found.start):
            if chain and edge.start - reach > _GAP:
                yield chain
                chain = []
            chain.append(edge)
            reach = max(reach, edge.end) if len(chain) > 1 else edge.end
        if chain:
            yield chain


def _closed(edges: list[Edge]) -> Ruling:
    upright = [edge for edge in edges if edge.upright]
    level = [edge for edge in edges if not edge.upright]
    if len(upright) < 2 or not level:
        return Ruling(tuple(edges))
    upright += _open_sides(upright, level)
    ruling = Ruling((*upright, *level))
    top, bottom = _open_end(upright, level, top=True), _open_end(upright, level, top=False)
    return replace(
        ruling,
        edges=(*ruling.edges, *top.edges, *bottom.edges),
        open_top=top.at if top.is_open else None,
        open_bottom=bottom.at if bottom.is_open else None,
        gaps_below=bottom.edges,
    )


@dataclass(frozen=True, slots=True)
class _OpenEnd:
    """The lines added where upright lines end together without one; open when all of it was missing."""

    at: float
    edges: tuple[Edge, ...] = ()
    is_open: bool = False


def _open_sides(upright: Sequence[Edge], level: Sequence[Edge]) -> Iterator[Edge]:
    """Close tables that are printed without their left or right border: level lines end there together."""
    for left in (True, False):
        ends = [edge.start if left else edge.end for edge in level]
        reach = min(ends) if left else max(ends)
        border = min(edge.at for edge in upright) if left else max(edge.at for edge in upright)
        together = [edge for edge, end in zip(level, ends, strict=True) if abs(end - reach) <= _NEAR]
        if abs(border - reach) > _NEAR and len(together) >= 3:
            yield Edge(True, reach, min(edge.at for edge in together), max(edge.at for edge in together))


def _open_end(upright: Sequence[Edge], level: Sequence[Edge], *, top: bool) -> _OpenEnd:
    """Close the columns that have no line at the page's first or last end of the upright lines.

    One column without a line is a merged cell that goes on; all of them are a row that goes on.
    """
    ends = [edge.start if top else edge.end for edge in upright]
    reach = min(ends) if top else max(ends)
    sides = sorted({edge.at for edge, end in zip(upright, ends, strict=True) if abs(end - reach) <= _NEAR})
    there = [edge for edge in level if abs(edge.at - reach) <= _NEAR]
    gaps = [
        Edge(False, reach, left, right)
        for left, right in pairwise(sides)
        if not any(edge.start <= left + _NEAR and edge.end >= right - _NEAR for edge in there)
    ]
    if len(sides) < 3 and there:
        return _OpenEnd(reach)
    return _OpenEnd(reach, tuple(gaps), is_open=len(gaps) == len(sides) - 1 > 1)
