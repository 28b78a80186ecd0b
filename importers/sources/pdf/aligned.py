"""The lines of a PDF's page without ruled tables, and what they are: of a heading, of a column, a note."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.enums import DocumentKind
from importers.sources.headings import Header
from importers.sources.pdf.edges import Edge
from importers.sources.pdf.headings import TextLine
from importers.sources.pdf.text import Character

_STRADDLE = 0.5  # points by which a letter must reach over a boundary on both sides
_NOTE = re.compile("[※＊*]|[(（]?注|備考|出典|資料|以上")
_KEYS: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.PROGRAMS: ("number",),
    DocumentKind.STRATEGY: ("kpi",),
    DocumentKind.ACTUALS: ("kpi",),
    DocumentKind.SECTIONS: ("section",),
    DocumentKind.STAFF: ("staff_number",),
    DocumentKind.DEFINITIONS: ("kpi",),
}


@dataclass(frozen=True, slots=True)
class LoosePage:
    """The characters of a page, and the lines that were found on it."""

    number: int
    characters: tuple[Character, ...]
    edges: tuple[Edge, ...] = ()


def key_column(header: Header, kind: DocumentKind) -> int:
    """Return the column in which every row has a value."""
    return next(column for name in _KEYS[kind] for column in header.columns_of(name))


def is_note(line: TextLine) -> bool:
    """Tell whether a line is a remark below a table."""
    return _NOTE.match(line.texts()[0]) is not None


def body_below(lines: Sequence[TextLine], heading: Sequence[list[str]]) -> list[TextLine]:
    """Return the lines below the heading, all of them on a page that does not repeat it."""
    texts = [line.texts() for line in lines]
    height = len(heading)
    for at in range(len(lines) - height + 1):
        if texts[at : at + height] == heading:
            return list(lines[at + height :])
    return list(lines)


def place_of(line: TextLine) -> tuple[int, str]:
    """Return the height and the text of a line, by which one that pages repeat is known."""
    return round(line.top), "".join(line.texts())


def _stands_in(line: TextLine, left: float, right: float) -> bool:
    return any(left <= found.middle[0] < right for found in line.characters if found.text.strip())


def crosses(line: TextLine, edges: Sequence[float]) -> bool:
    """Tell whether a letter of a line lies on both sides of a boundary between two columns."""
    return any(
        found.left < edge - _STRADDLE and found.right > edge + _STRADDLE
        for found in line.characters
        for edge in edges[1:-1]
    )


def has_text(line: TextLine, column: int, edges: Sequence[float]) -> bool:
    """Tell whether a line has something in a column."""
    return _stands_in(line, edges[column], edges[column + 1])
