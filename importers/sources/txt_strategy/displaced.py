"""Cells merged over several rows: the text prints them behind their page, from the right column to the left.

Such a group is a record's KPI, project and label, or a project, or labels of grant programs. Two cells of
one line each are joined without any sign, because the text goes back to the left.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from importers.sources.txt_language import Continuity
from importers.sources.txt_lines import Gap, Line, Piece, split_pieces
from importers.sources.txt_strategy.columns import (
    Column,
    cell_of,
    character_of,
    is_dash,
    kpi_likeness,
    text_cost,
)
from importers.sources.txt_strategy.lattice import GAP_DISAGREES, StrategyLayout
from importers.sources.txt_typography import distance_from_full, leading_unit
from tsukuba_kpi.lib.japanese_text import parse_node_code

_NULL_THEN_CODE = re.compile(r"(?P<kpi>.*?)(?P<null>[-－―‐–—−])(?P<label>[Ⅰ-Ⅻⅰ-ⅻ].*)$")
_NULL_AT_START = re.compile(r"(?P<null>[-－―‐–—−])(?P<project>[^-－―‐–—−Ⅰ-Ⅻⅰ-ⅻ0-9０-９].+)$")
_NULL_AT_END = re.compile(r"(?P<kpi>.+?)(?P<null>[-－―‐–—−])$")
MOST_LINES = 8
SPLIT_WORDS = 200
ODD_KPI = 300
NEW_GROUP = 80
KPI_WITHOUT_PROJECT = 300
_MOST_PIECES = 60
_MOST_KPIS = 5
_BEAM = 1_500


@dataclass(frozen=True, slots=True)
class Displaced:
    """One group of a block.

    With a KPI it belongs to one record, whose project and label may follow. Without, `text` is a label with a
    code, or the name of a project or of a grant program: which, only the rows can tell.
    """

    line: Line
    kpi: str | None = None
    project: str | None = None
    label: str | None = None
    text: str | None = None
    # Widths of the lines of `text`, and other ways to part a KPI and a project that were run together.
    widest: int = 0
    other_splits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BlockReading:
    """One reading of a block with a certain number of KPIs in it."""

    cost: int
    groups: tuple[Displaced, ...]


@dataclass(frozen=True, slots=True)
class _Path:
    cost: int
    groups: tuple[Displaced, ...] = ()
    # The last cell: "kpi", "project", "label" or "text", its lines.
    last: str = ""
    lines: int = 0
    kpis: int = 0


class BlockReader:
    """Reads the groups of blocks under one layout."""

    def __init__(self, layout: StrategyLayout, continuity: Continuity) -> None:
        self._layout = layout
        self._continuity = continuity
        self._kpi_endings: Counter[str] = Counter(text[-2:] for text in layout.seen[Column.KPI])

    def read(self, lines: Sequence[Line]) -> dict[int, BlockReading]:
        """Return the best reading of a block for each number of KPIs it may hold."""
        pieces = _with_parted_nulls(split_pieces(tuple(lines)))[:_MOST_PIECES]
        size = len(pieces)
        best: list[dict[tuple[str, int, int], _Path]] = [{} for _ in range(size + 1)]
        best[0]["", 0, 0] = _Path(0)
        for position in range(size):
            paths = list(best[position].values())
            worth = min((path.cost for path in paths), default=0) + _BEAM
            for path in paths:
                if path.cost > worth:
                    continue
                for end in range(position + 1, min(position + MOST_LINES, size) + 1):
                    for following in self._cells(path, pieces, position, end):
                        _keep(best[end], following)
                if path.last == "" or pieces[position].before is not Gap.SPACE:
                    for following in self._split(path, pieces, position):
                        _keep(best[position + 1], following)
        readings: dict[int, BlockReading] = {}
        for path in best[size].values():
            cost = path.cost + (KPI_WITHOUT_PROJECT if path.last == "kpi" else 0)
            if path.kpis not in readings or cost < readings[path.kpis].cost:
                readings[path.kpis] = BlockReading(cost, path.groups)
        return readings

    def _cells(self, path: _Path, pieces: Sequence[Piece], start: int, end: int) -> list[_Path]:
        text = cell_of(pieces[start:end])
        lines = 1 + sum(piece.before is not Gap.SPACE for piece in pieces[start + 1 : end])
        like = character_of(text)
        found = []
        if path.last in ("kpi", "project") and path.groups[-1].kpi is not None:
            cost = path.cost + self._border(path, pieces, start, lines)
            group = path.groups[-1]
            if path.last == "kpi" and not like.coded:
                inside = self._inside(pieces, Column.PROJECT, start, end)
                own = text_cost(Column.PROJECT, text, self._layout.seen[Column.PROJECT])
                found.append(
                    self._grown(path, replace(group, project=text), cost + own + inside, "project", lines)
                )
            if path.last == "project" and not like.dash:
                inside = self._inside(pieces, Column.LABEL, start, end)
                own = text_cost(Column.LABEL, text, self._layout.seen[Column.LABEL])
                found.append(
                    self._grown(path, replace(group, label=text), cost + own + inside, "label", lines)
                )
        if path.last and pieces[start].before is Gap.SPACE:
            return found
        opening = path.cost + self._new_group(path, pieces[start])
        line = pieces[start].line
        if like.dash:
            # A project without a KPI: the sign for "none" stands in front of it.
            if end < len(pieces) and pieces[end].before is Gap.SPACE and path.kpis < _MOST_KPIS:
                found.append(
                    _Path(opening, (*path.groups, Displaced(line, kpi=text)), "kpi", 1, path.kpis + 1)
                )
            return found
        if not like.coded and path.kpis < _MOST_KPIS:
            inside = self._inside(pieces, Column.KPI, start, end)
            own = text_cost(Column.KPI, text, self._layout.seen[Column.KPI])
            groups = (*path.groups, Displaced(line, kpi=text))
            found.append(_Path(opening + own + inside, groups, "kpi", lines, path.kpis + 1))
        widest = max(self._layout.measures.width_of(piece.text) for piece in pieces[start:end])
        inside = self._inside(pieces, Column.LABEL, start, end)
        if not like.coded:
            inside = min(inside, self._inside(pieces, Column.PROJECT, start, end))
        own = 0 if like.coded else 100 + (150 if kpi_likeness(text) > 0 else 0)
        groups = (*path.groups, Displaced(line, text=text, widest=widest))
        found.append(_Path(opening + own + inside, groups, "text", lines, path.kpis))
        return found

    def _grown(self, path: _Path, group: Displaced, cost: int, last: str, lines: int) -> _Path:
        return _Path(cost, (*path.groups[:-1], group), last, lines, path.kpis)

    def _new_group(self, path: _Path, piece: Piece) -> int:
        if not path.last:
            return 0
        cost = NEW_GROUP if piece.before is Gap.BLANK else GAP_DISAGREES
        return cost + (KPI_WITHOUT_PROJECT if path.last == "kpi" else 0)

    def _border(self, path: _Path, pieces: Sequence[Piece], start: int, lines: int) -> int:
        opened = pieces[start - 1].line.before in (Gap.BLANK, Gap.PAGE)
        expected = self._layout.geometry.gap_between(path.lines, lines, opened)
        return 0 if expected is pieces[start].before else GAP_DISAGREES

    def _inside(self, pieces: Sequence[Piece], column: Column, start: int, end: int) -> int:
        cost = 0
        measures, width = self._layout.measures, self._layout.room_in(column)
        for index in range(start, end):
            if width is not None:
                cost += too_wide(measures.width_of(pieces[index].text), width)
            if index == start:
                continue
            gap = pieces[index].before
            if gap is Gap.SPACE:
                cost += 500
                continue
            if gap is not self._layout.geometry.gap_in_cell:
                cost += GAP_DISAGREES
            if self._layout.widths[column] is not None and not pieces[index - 1].typed_break:
                before = measures.width_of(pieces[index - 1].text)
                unit = measures.width_of(leading_unit(pieces[index].text))
                cost += min(max(distance_from_full(width or 0, before, unit) - 60, 0) * 2, 400)
        return cost

    def _split(self, path: _Path, pieces: Sequence[Piece], position: int) -> list[_Path]:
        """Part a line that may be a KPI and a project run together, at the likeliest place."""
        text = pieces[position].text
        if path.kpis >= _MOST_KPIS:
            return []
        candidates = sorted(
            (self._split_cost(text, at), at)
            for at in range(3, len(text) - 2)
            if kpi_likeness(text[:at]) > kpi_likeness(text[at:]) and text[at] not in _NO_NAME_BEGINS
        )
        if not candidates:
            return []
        cost, at = candidates[0]
        group = Displaced(
            pieces[position].line,
            kpi=text[:at],
            project=text[at:],
            other_splits=tuple((text[:other], text[other:]) for _, other in candidates[1:4]),
        )
        cost = path.cost + max(cost, 0) + self._new_group(path, pieces[position])
        return [_Path(cost, (*path.groups, group), "project", 1, path.kpis + 1)]

    def _split_cost(self, text: str, at: int) -> int:
        likeness = kpi_likeness(text[:at]) - kpi_likeness(text[at:])
        cost = 0 if character_of(text[:at]).kpi_end else ODD_KPI
        cost += SPLIT_WORDS - min(likeness, 400) // 4 + self._continuity.evidence(text[at - 1], text[at])
        cost -= min(self._kpi_endings[text[at - 2 : at]], 4) * 40
        for part, column in ((text[:at], Column.KPI), (text[at:], Column.PROJECT)):
            width = self._layout.room_in(column)
            if width is not None:
                cost += too_wide(self._layout.measures.width_of(part), width)
        return cost


_NO_NAME_BEGINS = frozenset("のをにはがと・、，（()）ーんっゃゅょ々")


def too_wide(line: int, width: int) -> int:
    """Return the cost of a line wider than its column."""
    return min(max(line - width - 60, 0) * 3, 900)


def _keep(best: dict[tuple[str, int, int], _Path], path: _Path) -> None:
    key = (path.last, path.lines, path.kpis)
    if key not in best or path.cost < best[key].cost:
        best[key] = path


def _with_parted_nulls(pieces: Sequence[Piece]) -> list[Piece]:
    """Part 「KPI-」, 「KPI-Ⅰ　label」 and 「-project」 at the sign for "none"."""
    parted: list[Piece] = []
    for piece in pieces:
        match = (
            _NULL_AT_START.match(piece.text)
            or _NULL_THEN_CODE.match(piece.text)
            or _NULL_AT_END.match(piece.text)
        )
        if match is None or is_dash(piece.text) or parse_node_code(piece.text) is not None:
            parted.append(piece)
            continue
        texts = [text for text in match.groups() if text]
        parted.append(replace(piece, text=texts[0], ends_line=False))
        parted += [
            Piece(text, piece.line, Gap.SPACE, index == len(texts) and piece.ends_line)
            for index, text in enumerate(texts[1:], start=2)
        ]
    return parted
