"""Characters of a PDF page to the text of one cell: by their places, never by their order in the file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from importers.sources.grids import SOFT_END, is_note_mark
from importers.sources.txt_typography import leading_unit
from tsukuba_kpi.lib.japanese_text import restore_kanji

_SPACE_GAP = 0.55  # of the type size: a gap this wide between characters is a blank nobody printed
_WORD_GAP = 0.2  # the same between two half-width letters
_SAME_PLACE = 1.0  # points: a character printed twice for boldness
_SLACK = 0.4  # of the type size: what rounding and kerning may hide of a line's end
# Fonts that draw two characters alike name the other one: a hyphenation point for the middle dot.
# Of two signs that Windows' Japanese encoding does not tell apart, the one it has is meant.
_SHARED_GLYPHS = {
    0x2027: "・",
    0x2215: "／",
    0x02BB: "‘",
    0x2035: "｀",
    0x2329: "〈",
    0x232A: "〉",
    0x2012: "–",
    0x2003: "\u3000",
    0x2002: " ",
    0x00A0: " ",
    0x301C: "\uff5e",
    0x2212: "\uff0d",
}
_SMALL = 0.8  # of the largest type of a cell: smaller signs are marks of notes
_UNREADABLE = re.compile("\\(cid:[0-9]+\\)|[\ufffd\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Character:
    """One printed character; points from the page's top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    raised: bool = False  # smaller than the signs of its kind, though of the same type size

    @property
    def middle(self) -> tuple[float, float]:
        """The centre, by which a character belongs to a cell."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """Characters that stand side by side."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float


def printed_lines(characters: Iterable[Character]) -> list[PrintedLine]:
    """Return the lines that characters form, from top to bottom."""
    rows: list[list[Character]] = []
    bottom = float("-inf")
    for character in sorted(characters, key=lambda found: found.middle[1]):
        height = character.bottom - character.top
        if rows and character.middle[1] < bottom - height * 0.25:
            rows[-1].append(character)
        else:
            rows.append([character])
            bottom = character.bottom
        bottom = max(bottom, character.bottom)
    return [line for row in rows if (line := _line(row)) is not None]


def without_note_marks(characters: Sequence[Character]) -> list[Character] | None:
    """Return a cell's characters without the small ones behind others (1,234¹), None where it has none."""
    shown = [found for found in characters if found.text.strip()]
    largest = max((found.size for found in shown), default=0.0)
    small = {at for at, found in enumerate(shown) if found.raised or found.size <= largest * _SMALL}
    if not small:
        return None
    kept = [found for at, found in enumerate(shown) if at not in small]
    base = "".join(found.text for found in kept)
    marks = "".join(found.text for at, found in enumerate(shown) if at in small)
    return kept if base and is_note_mark(base, marks) else None


def cell_text(lines: Sequence[PrintedLine], left: float, right: float) -> str:
    """Join the lines of a cell: a line that ended because the next word had no room was only wrapped.

    A trailing blank marks a line end that somebody typed. SOFT_END remains where a wrapped line ended.
    """
    if not lines:
        return ""
    padding = max(0.0, min(line.left for line in lines) - left)
    edge = right - min(padding, 3 * max(line.size for line in lines))
    text = lines[0].text
    for before, after in pairwise(lines):
        text = _joined(text, after.text, wrapped=was_wrapped(before, after, edge))
    return text.strip()


def is_unreadable(text: str) -> bool:
    """Tell whether a text has characters that the PDF does not say the meaning of."""
    return _UNREADABLE.search(text) is not None


def was_wrapped(before: PrintedLine, after: PrintedLine, edge: float) -> bool:
    """Tell whether a line ended because the next word had no room before `edge`."""
    if before.text.endswith((" ", "\u3000")):
        return False
    unit = leading_unit(after.text.strip()[:40])
    width = sum(before.size * (0.5 if character.isascii() else 1.0) for character in unit)
    return edge - before.right < width + before.size * _SLACK


def _joined(text: str, following: str, *, wrapped: bool) -> str:
    if not wrapped:
        return f"{text.rstrip()}\n{following}"
    latin = all(end.isascii() and end.isalpha() for end in (text[-1:], following[:1]))
    return f"{text}{SOFT_END}{' ' if latin else ''}{following}"


def _line(row: list[Character]) -> PrintedLine | None:
    row.sort(key=lambda found: found.left)
    kept: list[Character] = []
    for character in row:
        if kept and _printed_twice(kept, character):
            continue
        kept.append(character)
    text = restore_kanji(_with_blanks(kept)).translate(_SHARED_GLYPHS)
    visible = [character for character in kept if character.text.strip()]
    if not visible:
        return None
    return PrintedLine(
        text,
        visible[0].left,
        max(character.right for character in visible),
        min(character.top for character in visible),
        max(character.bottom for character in visible),
        median(character.size for character in visible),
    )


def _printed_twice(kept: Sequence[Character], character: Character) -> bool:
    return any(
        before.text == character.text
        and abs(before.left - character.left) < _SAME_PLACE
        and abs(before.top - character.top) < _SAME_PLACE
        for before in kept[-3:]
    )


def _with_blanks(row: Sequence[Character]) -> str:
    """Return a line's text with a blank where a wide gap stands for one; letters spread evenly have none."""
    gaps = [after.left - before.right for before, after in pairwise(row)]
    usual = median(gaps) if gaps else 0.0
    text = row[0].text if row else ""
    for before, after, gap in zip(row, row[1:], gaps, strict=False):
        words = before.text.isascii() and after.text.isascii()
        enough = (_WORD_GAP if words else _SPACE_GAP) * before.size
        spread = usual > before.size * 0.3 and len(row) > 2
        blank = gap > enough and not spread and before.text.strip() and after.text.strip()
        text += (" " if blank else "") + after.text
    return text
