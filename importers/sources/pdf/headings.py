"""The heading of a table without upright lines: one line of words, or several that stand over one another.

The lowest line gives the columns; what stands above it is the rest of a column's heading, a heading of its
own with nothing below, or a heading over several columns, as their left ends, right ends or middles say.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from importers.enums import DocumentKind
from importers.sources.grids import Grid
from importers.sources.heading_match import match_heading
from importers.sources.headings import Header, find_header, missing_fields
from importers.sources.pdf.text import Character, printed_lines
from importers.sources.table_body import Table
from importers.sources.table_inference import infer_columns
from importers.sources.year_headings import read_year_heading

LEAST_FIELDS: Final = 3
_FEW_FIELDS: Final = 2  # of lists that are bureaus with their sections
_PIECE_GAP = 0.9  # of the type size: a gap between two cells of one line
_SEARCHED = 40  # lines of a page
_TALLEST = 4  # lines of a heading
_TALLEST_STACK = 7  # where wrapped words stand in the middle of its height
_FARTHEST = 3.0  # of the type size: what is below a word at most beside it
_WORD_ROOM = 0.25  # of the type size: room that may part two known words
_TRIED = 4  # headings of a page
_MOST_PIECES = 60
_NUMBER = re.compile(r"[-‐−－▲△約]?[0-9０-９][0-9０-９,，.．]*(?:[%％人件円万千億回社戸]|ha|km)?\Z")
_BRACKETED = re.compile(r"[(（][^()（）]{1,12}[)）]\Z")
_LONGEST_WORD = 10
_ASKEW, _REPEATED, _SKIPPED, _OTHERWISE = 18.0, 15.0, 8.0, 5.0  # points: what a heading over columns costs

Piece = tuple[Character, ...]


@dataclass(frozen=True, slots=True)
class TextLine:
    """The characters that stand side by side, and where wide gaps part them, or upright lines at `cuts`."""

    characters: tuple[Character, ...]
    cuts: tuple[float, ...] = ()

    @property
    def top(self) -> float:
        """The upper end of the highest letter."""
        return min(found.top for found in self.characters)

    @property
    def bottom(self) -> float:
        """The lower end of the lowest letter."""
        return max(found.bottom for found in self.characters)

    @property
    def middle(self) -> float:
        """The height of the line's middle."""
        return (self.top + self.bottom) / 2

    def pieces(self) -> list[Piece]:
        """Return what wide gaps part, from left to right."""
        shown = sorted(
            (found for found in self.characters if found.text.strip()), key=lambda found: found.left
        )
        parts: list[list[Character]] = []
        for character in shown:
            if (
                parts
                and character.left - parts[-1][-1].right < character.size * _PIECE_GAP
                and not self._are_cut(parts[-1][-1], character)
            ):
                parts[-1].append(character)
            else:
                parts.append([character])
        return [tuple(part) for part in parts]

    def _are_cut(self, before: Character, after: Character) -> bool:
        return any(before.middle[0] < cut < after.middle[0] for cut in self.cuts)

    def texts(self) -> list[str]:
        """Return the texts of the pieces."""
        return [_text(piece) for piece in self.pieces()]


def text_lines(characters: Iterable[Character]) -> list[TextLine]:
    """Return the lines that characters form, from top to bottom."""
    lines: list[list[Character]] = []
    for character in sorted(characters, key=lambda found: found.middle[1]):
        if not character.text.strip():
            continue
        if lines and abs(character.middle[1] - lines[-1][0].middle[1]) < character.size * 0.4:
            lines[-1].append(character)
        else:
            lines.append([character])
    return [TextLine(tuple(line)) for line in lines]


@dataclass(slots=True)
class HeadingColumn:
    """One column: its own words on one or several lines, and where they stand."""

    pieces: list[Piece]

    @property
    def left(self) -> float:
        """Where the leftmost letter begins."""
        return min(piece[0].left for piece in self.pieces)

    @property
    def right(self) -> float:
        """Where the rightmost letter ends."""
        return max(piece[-1].right for piece in self.pieces)

    @property
    def text(self) -> str:
        """The words, from top to bottom."""
        ordered = sorted(self.pieces, key=lambda piece: piece[0].middle[1])
        return "".join(_text(piece) for piece in ordered)

    def characters(self) -> list[Character]:
        """Return all letters."""
        return [found for piece in self.pieces for found in piece]


@dataclass(frozen=True, slots=True)
class PrintedHeading:
    """The lines of a heading, its columns from left to right, and its levels: one text a column in each."""

    lines: tuple[TextLine, ...]
    columns: tuple[HeadingColumn, ...]
    levels: tuple[tuple[str, ...], ...]
    header: Header

    @property
    def texts(self) -> list[list[str]]:
        """The texts of each line, by which a repeated heading is known."""
        return [line.texts() for line in self.lines]


def find_headings(
    lines: Sequence[TextLine], kind: DocumentKind, *, wraps: bool = False, complete: bool = True
) -> list[PrintedHeading]:
    """Return what may be the heading: most fields first, then fewest lines.

    It has all that the kind needs, unless columns without a heading may hold some of it (not `complete`).
    With `wraps` a line below the words may hold the rest of one: 事業番 over 号.
    """
    found = [
        heading
        for first in range(min(len(lines), _SEARCHED))
        for height in range(1, min(_TALLEST, len(lines) - first) + 1)
        if (heading := _heading(lines[first : first + height], lines[first + height :], kind, wraps=wraps))
        is not None
        and not (complete and missing_fields(heading.header, kind))
    ]
    return sorted(found, key=lambda heading: (-len(heading.header.fields), len(heading.lines)))[:_TRIED]


def _heading(
    lines: Sequence[TextLine], body: Sequence[TextLine], kind: DocumentKind, *, wraps: bool
) -> PrintedHeading | None:
    rows = [line.pieces() for line in lines]
    if not _least_fields(kind) <= sum(map(len, rows)) <= _MOST_PIECES:
        return None
    if not _are_words(rows, kind, wraps=wraps):
        return None
    placed = _columns(rows, body)
    return _printed(lines, *placed, kind) if placed is not None else None


def _printed(
    lines: Sequence[TextLine],
    columns: Sequence[HeadingColumn],
    levels: Sequence[tuple[str, ...]],
    kind: DocumentKind,
) -> PrintedHeading | None:
    header = _header(levels, kind)
    if header is None or len(header.fields) < _least_fields(kind):
        return None
    return PrintedHeading(tuple(lines), tuple(columns), tuple(levels), header)


def _least_fields(kind: DocumentKind) -> int:
    return _FEW_FIELDS if kind is DocumentKind.SECTIONS else LEAST_FIELDS


def find_stacked_headings(lines: Sequence[TextLine], kind: DocumentKind) -> list[PrintedHeading]:
    """Return headings of one level whose words are wrapped, each to its own height: most fields first.

    What stands over one another is one word; two known words with little room between them are two.
    """
    searched = lines[: _SEARCHED + _TALLEST_STACK]
    found: list[PrintedHeading] = []
    for parts in (_known_parts, _roomy_parts):
        words = [[part for piece in line.pieces() for part in parts(piece, kind)] for line in searched]
        figures = [any(_NUMBER.match(_text(word)) for word in own) for own in words]
        for first in range(min(len(searched), _SEARCHED)):
            for end in range(first + 1, min(first + _TALLEST_STACK, len(searched)) + 1):
                if figures[end - 1]:
                    break
                pieces = [word for own in words[first:end] for word in own]
                heading = _stacked(searched[first:end], pieces, kind)
                if heading is not None and not missing_fields(heading.header, kind):
                    found.append(heading)
    most = max((len(heading.header.fields) for heading in found), default=0)
    found = [heading for heading in found if len(heading.header.fields) == most]
    # With a row of the table more there are more columns, and none that is known.
    fewest = min((len(heading.columns) for heading in found), default=0)
    found = [heading for heading in found if len(heading.columns) == fewest]
    return sorted(found, key=lambda heading: len(heading.lines))[:1]


def _stacked(lines: Sequence[TextLine], pieces: Sequence[Piece], kind: DocumentKind) -> PrintedHeading | None:
    if len(pieces) > _MOST_PIECES:
        return None
    columns: list[HeadingColumn] = []
    for piece in sorted(pieces, key=lambda piece: piece[0].left):
        if columns and piece[0].left < columns[-1].right:
            columns[-1].pieces.append(piece)
        else:
            columns.append(HeadingColumn([piece]))
    if not _least_fields(kind) <= len(columns):
        return None
    return _printed(lines, columns, [tuple(column.text for column in columns)], kind)


def _known_parts(piece: Piece, kind: DocumentKind) -> list[Piece]:
    """Return the words of a text that are known headings with some room between them, or the text itself."""
    if _is_word(_text(piece), kind):
        return [piece]
    words = _roomy_parts(piece, kind)
    return words if all(_is_word(_text(word), kind) for word in words) else [piece]


def _roomy_parts(piece: Piece, kind: DocumentKind) -> list[Piece]:
    """Return the words of a text that some room parts."""
    parts: list[list[Character]] = [[piece[0]]]
    for before, after in pairwise(piece):
        if after.left - before.right > after.size * _WORD_ROOM:
            parts.append([])
        parts[-1].append(after)
    return [tuple(part) for part in parts]


def _are_words(rows: Sequence[Sequence[Piece]], kind: DocumentKind, *, wraps: bool) -> bool:
    """Tell whether the lines below the one with most words are no row of the table, but known words."""
    base = max(range(len(rows)), key=lambda at: len(rows[at]))
    for texts in ([_text(piece) for piece in pieces] for pieces in rows[base:]):
        if any(_NUMBER.match(text) for text in texts):
            return False
    below = [piece for pieces in rows[base + 1 :] for piece in pieces]
    return all(_is_word(_text(piece), kind) or (wraps and _is_rest(piece, rows, kind)) for piece in below)


def _is_rest(piece: Piece, rows: Sequence[Sequence[Piece]], kind: DocumentKind) -> bool:
    """Tell whether a text is a known word together with what stands over it, or the end of one."""
    column = [
        other
        for pieces in rows
        for other in pieces
        if min(piece[-1].right, other[-1].right) > max(piece[0].left, other[0].left)
    ]
    text = "".join(map(_text, column))
    return len(column) > 1 and match_heading((text,), kind)[0] is not None


def _is_word(text: str, kind: DocumentKind) -> bool:
    if match_heading((text,), kind)[0] is not None or _BRACKETED.match(text):
        return True
    said = read_year_heading((text,))
    return len(text) <= _LONGEST_WORD and bool(said.year or said.measure or said.other)


def _header(levels: Sequence[tuple[str, ...]], kind: DocumentKind) -> Header | None:
    # With a box, a blank cell of the upper levels is not taken to go on with the one to its left.
    grid = Grid("", [*levels, []], boxes={(0, 0): (0, 0, 0, 0)})
    header = find_header(grid, kind)
    return infer_columns(Table("", grid, header, len(grid.rows)), kind).header if header is not None else None


def _columns(
    rows: Sequence[Sequence[Piece]], body: Sequence[TextLine]
) -> tuple[list[HeadingColumn], list[tuple[str, ...]]] | None:
    """Return the columns and the levels of words over them, None where something stands askew."""
    leaves = [HeadingColumn([piece]) for piece in rows[-1]]
    alone: list[HeadingColumn] = []
    over: list[list[Piece]] = []
    for pieces in reversed(rows[:-1]):
        spans = any(len(_under(piece, leaves)) > 1 for piece in pieces) or _repeats(pieces, leaves)
        groups = [piece for piece in pieces if not _takes(piece, pieces, leaves, alone, body, spans=spans)]
        over.append(groups)
    columns = sorted([*leaves, *alone], key=lambda found: found.left)
    if any(before.right > after.left for before, after in pairwise(columns)):
        return None
    levels = [tuple(column.text for column in columns)]
    for groups in filter(None, over):
        level = _level(groups, columns, leaves)
        if level is None:
            return None
        levels.insert(0, level)
    return columns, levels


def _takes(
    piece: Piece,
    line: Sequence[Piece],
    leaves: Sequence[HeadingColumn],
    alone: list[HeadingColumn],
    body: Sequence[TextLine],
    *,
    spans: bool,
) -> bool:
    """Put a word to the one column below it, or make it one where only the table's rows are below it.

    False for a word over several columns, as all are that stand over some on a line that `spans`.
    """
    below, beside = _under(piece, leaves), _under(piece, alone)
    if not below and beside:
        beside[0].pieces.append(piece)
    elif not below and spans and leaves[0].left < piece[0].left and piece[-1].right < leaves[-1].right:
        return False
    elif not below and _has_body(_room_of(piece, line, leaves), body):
        alone.append(HeadingColumn([piece]))
    elif len(below) == 1 and not spans:
        below[0].pieces.append(piece)
    else:
        return False
    return True


def _repeats(pieces: Sequence[Piece], leaves: Sequence[HeadingColumn]) -> bool:
    """Tell whether the lowest line says the same under several words: they stand over columns then."""
    texts = [leaf.text for leaf in leaves]
    return len(pieces) > 1 and len(set(texts)) < len(texts)


def _under(piece: Piece, columns: Iterable[HeadingColumn]) -> list[HeadingColumn]:
    left, right = piece[0].left, piece[-1].right
    return [column for column in columns if min(right, column.right) > max(left, column.left)]


def _room_of(piece: Piece, line: Sequence[Piece], leaves: Sequence[HeadingColumn]) -> tuple[float, float]:
    """Return the sides of a word's room: towards its neighbours where there is no other word below."""
    left, right, most = piece[0].left, piece[-1].right, piece[0].size * _FARTHEST
    befores = [other[-1].right for other in line if other[-1].right <= left]
    afters = [other[0].left for other in line if other[0].left >= right]
    near = max((left + max(befores, default=left - most)) / 2, left - most)
    far = min((right + min(afters, default=right + most)) / 2, right + most)
    is_free = not any(leaf.left < far and leaf.right > near for leaf in leaves)
    return (near, far) if is_free else (left, right)


def _has_body(room: tuple[float, float], body: Sequence[TextLine]) -> bool:
    """Tell whether a good part of the rows has something right below a word: it heads a column of its own."""
    left, right = room
    below = sum(any(left <= found.middle[0] <= right for found in line.characters) for line in body)
    return below * 5 >= len(body)


def _level(
    groups: Sequence[Piece], columns: Sequence[HeadingColumn], leaves: Sequence[HeadingColumn]
) -> tuple[str, ...] | None:
    """Return which word stands over each column, "" for none."""
    inner = [at for at, column in enumerate(columns) if any(column is leaf for leaf in leaves)]
    runs = _runs(groups, [columns[at] for at in inner], inner)
    if runs is None:
        return None
    texts = [""] * len(columns)
    for group, (first, last) in zip(groups, runs, strict=True):
        for at in inner[first : last + 1]:
            texts[at] = _text(group)
    return tuple(texts)


def _runs(
    groups: Sequence[Piece], leaves: Sequence[HeadingColumn], places: Sequence[int]
) -> list[tuple[int, int]] | None:
    """Return the first and last column under each word, as their ends and middles fit best."""
    words = [leaf.text for leaf in leaves]

    @cache
    def best(number: int, start: int, before: tuple[str, ...]) -> tuple[float, tuple[tuple[int, int], ...]]:
        if number == len(groups):
            return 0.0, ()
        found: tuple[float, tuple[tuple[int, int], ...]] = (float("inf"), ())
        for first in range(start, len(leaves)):
            for last in range(first, len(leaves)):
                if places[last] - places[first] != last - first:
                    break
                own = tuple(words[first : last + 1])
                cost = _fit(groups[number], leaves[first], leaves[last])
                cost += _REPEATED * (len(own) - len(set(own)))
                cost += _SKIPPED * (first - start) if number else 0.0
                cost += _OTHERWISE if before and own != before else 0.0
                rest, runs = best(number + 1, last + 1, own)
                if cost + rest < found[0]:
                    found = (cost + rest, ((first, last), *runs))
        return found

    cost, runs = best(0, 0, ())
    return list(runs) if cost <= _ASKEW * len(groups) else None


def _fit(group: Piece, first: HeadingColumn, last: HeadingColumn) -> float:
    """Return by how many points a word is off the columns it may stand over: left, right or in the middle."""
    left, right = group[0].left, group[-1].right
    middles = abs(left + right - first.left - last.right) / 2
    return min(abs(left - first.left), abs(right - last.right), middles)


def _text(piece: Piece) -> str:
    return "".join(line.text for line in printed_lines(piece)).strip()
