"""How wide a line of Japanese text is, and whether it was full when it was wrapped.

Widths are whole hundredths of a kanji's width. Proportional fonts set kana, digits and punctuation
narrower, each font in its own measure, so the measures are estimated from the document: all lines that
were wrapped in one column are about equally wide, which holds for one choice of measures only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from operator import mul
from statistics import median

EM = 100


class Glyph(IntEnum):
    """Groups of characters that a font sets about equally wide."""

    KANJI = 0
    HIRAGANA = 1
    KATAKANA = 2
    DIGIT = 3
    LATIN = 4
    POINT = 5
    BRACKET = 6
    HALF = 7


_POINTS = frozenset("、。，．・：；")
BRACKETS_OPEN = "（「『【〔［｛〈《“‘"
BRACKETS_CLOSE = "）」』】〕］｝〉》”’"
_BRACKETS = frozenset(BRACKETS_OPEN + BRACKETS_CLOSE)

# Line breaking rules (JIS X 4051) as office programs apply them.
NEVER_STARTS = frozenset("、。，．・：；？！" + BRACKETS_CLOSE + ",.)]}!?％%")
NEVER_ENDS = frozenset(BRACKETS_OPEN + "([{")
# Some programs keep these from the start of a line, some do not.
_SELDOM_STARTS = frozenset("ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々ゝゞヽヾ")


@lru_cache(maxsize=20_000)
def glyph_of(character: str) -> Glyph:
    """Return the group of a character; whatever is not listed is as wide as a kanji."""
    code = ord(character)
    if code < 0x80 or 0xFF61 <= code <= 0xFF9F:
        return Glyph.HALF
    if character in _POINTS:
        return Glyph.POINT
    if character in _BRACKETS:
        return Glyph.BRACKET
    if 0x3041 <= code <= 0x309F:
        return Glyph.HIRAGANA
    if 0x30A0 <= code <= 0x30FF:
        return Glyph.KATAKANA
    if 0xFF10 <= code <= 0xFF19:
        return Glyph.DIGIT
    if 0xFF21 <= code <= 0xFF3A or 0xFF41 <= code <= 0xFF5A:
        return Glyph.LATIN
    return Glyph.KANJI


GlyphCounts = tuple[int, ...]


@lru_cache(maxsize=50_000)
def count_glyphs(text: str) -> GlyphCounts:
    """Return how many characters of each group a text has."""
    counts = [0] * len(Glyph)
    for character in text:
        counts[glyph_of(character)] += 1
    return tuple(counts)


@dataclass(frozen=True, slots=True)
class FontMeasures:
    """The width of each group of characters in hundredths of a kanji's width."""

    widths: tuple[int, ...]

    def width_of(self, text: str) -> int:
        """Return the width of a text."""
        return self.width_of_counts(count_glyphs(text))

    def width_of_counts(self, counts: GlyphCounts) -> int:
        """Return the width of a text of which the groups are already counted."""
        return sum(map(mul, counts, self.widths))


# Between a font of equal widths (all 100, half-width 50) and the narrowest proportional ones.
USUAL_MEASURES = FontMeasures((100, 84, 82, 85, 82, 64, 66, 56))
EQUAL_MEASURES = FontMeasures((100, 100, 100, 100, 100, 100, 100, 50))


def leading_unit(text: str) -> str:
    """Return what cannot be broken at a text's start: it moves to the next line as a whole.

    A half-width word or number stays together; an opening bracket takes the next character with it, and
    punctuation hangs on the character before.
    """
    end = 0
    while end < len(text) and text[end] in NEVER_ENDS:
        end += 1
    start = end
    while end < len(text) and text[end] != " " and ord(text[end]) < 0x80 and text[end] not in NEVER_ENDS:
        end += 1
    if end == start:
        end += 1
    while end < len(text) and (text[end] in NEVER_STARTS or text[end] in _SELDOM_STARTS):
        end += 1
    return text[:end]


def distance_from_full(column: int, line: int, unit: int) -> int:
    """Return by how much a line misses being full, in hundredths; 0 where wrapping explains its end.

    A line is full when the next unit had no room in the column.
    """
    room = column - line
    if room > unit:
        return room - unit
    return -room if room < 0 else 0


@dataclass(frozen=True, slots=True)
class WrappedLine:
    """A line that was wrapped: its column, its counted characters and the unit that had no room."""

    column: int
    counts: GlyphCounts
    unit: GlyphCounts


_PRIOR_WEIGHT = 3
_MOST_FITTED = 240


def fit_measures(lines: Sequence[WrappedLine], start: FontMeasures) -> FontMeasures:
    """Return the measures under which the wrapped lines of each column are most nearly equally wide.

    Steps through one group at a time (coordinate descent on whole numbers, so that the result does not
    depend on the machine); a group that hardly occurs stays where it starts.
    """
    if len(lines) < 8:
        return start
    groups: dict[int, list[WrappedLine]] = {}
    for line in lines[:: len(lines) // _MOST_FITTED + 1]:
        groups.setdefault(line.column, []).append(line)
    best = list(start.widths)
    best_cost = _misfit(groups, best, start)
    for step in (8, 4, 2):
        improved = True
        rounds = 0
        while improved and rounds < 6:
            improved = False
            rounds += 1
            for glyph in Glyph:
                if glyph is Glyph.KANJI:
                    continue
                for change in (step, -step):
                    trial = [*best]
                    trial[glyph] = min(max(trial[glyph] + change, 30), 110)
                    cost = _misfit(groups, trial, start)
                    if cost < best_cost:
                        best, best_cost, improved = trial, cost, True
                        break
    return FontMeasures(tuple(best))


def _misfit(groups: dict[int, list[WrappedLine]], widths: Sequence[int], start: FontMeasures) -> int:
    total = 0
    for lines in groups.values():
        ends = [_middle_of_end(line, widths) for line in lines]
        centre = round(median(ends))
        # A line that fits under no measure was not wrapped; it must not pull.
        total += sum(min(abs(end - centre), 250) for end in ends)
    return total + sum(
        _PRIOR_WEIGHT * abs(width - usual) for width, usual in zip(widths, start.widths, strict=True)
    )


def _middle_of_end(line: WrappedLine, widths: Sequence[int]) -> int:
    own: int = sum(map(mul, line.counts, widths))
    unit: int = sum(map(mul, line.unit, widths))
    return own + min(unit, 200) // 2


def fit_column(ends: Iterable[tuple[int, int]], usual: int) -> int:
    """Return a column's width from (line, unit) widths of its wrapped lines, or the usual one without any.

    Each wrapped line says that the column is at least as wide as the line and narrower than line and
    unit; the width that contradicts the fewest lines, by the least, is taken.
    """
    pairs = list(ends)
    if len(pairs) < 2:
        return usual
    candidates = sorted({line for line, _ in pairs} | {line + unit for line, unit in pairs})
    middle = round(median(line + unit // 2 for line, unit in pairs))
    near = [candidate for candidate in candidates if abs(candidate - middle) <= 200] or [middle]

    def contradiction(column: int) -> tuple[int, int]:
        total = sum(min(distance_from_full(column, line, unit), 250) for line, unit in pairs)
        return total, abs(column - middle)

    return min(near, key=contradiction)
