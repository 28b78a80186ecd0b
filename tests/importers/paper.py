"""A printed table and its text as a PDF text extractor gives it, for tests.

Follows the extractor's own rule from positions on the page (Apache PDFBox, PDFTextStripper:
overlapping heights stay on a line; an empty line where the height differs by more than 2.5 heights of
the glyphs, or where the text moves sideways behind a line that did not open a paragraph). Knows
nothing of the readers it tests.
"""

import random
from dataclasses import dataclass, field

NEVER_STARTS = "、。，．）」』】・？！：；％"
NEVER_ENDS = "（「『【"


@dataclass
class Font:
    """Widths of characters; `jitter` makes those of one group a little different, as real fonts do."""

    hiragana: float = 0.9
    katakana: float = 0.87
    digit: float = 0.66
    latin: float = 0.66
    point: float = 0.5
    bracket: float = 0.55
    half: float = 0.6
    jitter: float = 0.06
    seed: int = 0
    _cache: dict = field(default_factory=dict)

    def width(self, text: str) -> float:
        return sum(self._one(character) for character in text)

    def _one(self, character: str) -> float:
        if character not in self._cache:
            code = ord(character)
            noise = random.Random(f"{self.seed}{character}").uniform(-self.jitter, self.jitter)
            if code < 0x80:
                base = self.half
            elif character in "、。，．・：":
                base, noise = self.point, 0
            elif character in "（）「」『』【】":
                base, noise = self.bracket, 0
            elif 0x3041 <= code <= 0x309F:
                base = self.hiragana
            elif 0x30A0 <= code <= 0x30FF:
                base = self.katakana
            elif 0xFF10 <= code <= 0xFF19:
                base = self.digit
            elif 0xFF21 <= code <= 0xFF5A:
                base = self.latin
            else:
                base, noise = 1.0, 0
            self._cache[character] = base + noise
        return self._cache[character]


PROPORTIONAL = Font()
NARROW_KANA = Font(0.74, 0.74, 1.0, 0.94, 0.65, 0.77, 0.55)
FIXED = Font(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, jitter=0.0)
WIDE_PROPORTIONAL = Font(0.96, 0.93, 0.8, 0.8, 0.7, 0.7, 0.58)


def wrap(paragraph: str, width: float, font: Font) -> list[str]:
    """Break one paragraph into lines no wider than `width`, by the rules of Japanese line breaking."""
    lines: list[str] = []
    line = ""
    for unit in _units(paragraph):
        if line and font.width(line + unit.rstrip("　")) > width:
            lines.append(line)
            line = ""
        line += unit
    return [*lines, line]


def _units(paragraph: str) -> list[str]:
    units: list[str] = []
    for character in paragraph:
        glued = units and (
            character in NEVER_STARTS
            or units[-1][-1] in NEVER_ENDS
            or (character.isascii() and units[-1][-1].isascii() and character != " " and units[-1][-1] != " ")
        )
        if glued:
            units[-1] += character
        else:
            units.append(character)
    return units


def lines_of(
    text: str, width: float, font: Font, marked: float = 1.0, rng: random.Random | None = None
) -> list[str]:
    """Return a cell's lines; a typed break ("\\n") leaves a space at the line's end with chance `marked`."""
    lines: list[str] = []
    paragraphs = text.split("\n")
    for index, paragraph in enumerate(paragraphs):
        wrapped = wrap(paragraph, width, font)
        if index < len(paragraphs) - 1 and (rng is None or rng.random() < marked):
            wrapped[-1] += " "
        lines += wrapped
    return lines


@dataclass
class Run:
    """One printed line: where it starts, its height on the page (downwards), its text."""

    x: float
    y: float
    text: str


@dataclass
class Paper:
    """Page geometry: line pitch, height of the glyphs, room in a page, padding of a row."""

    pitch: float = 1.6
    glyph: float = 0.48
    page: float = 55.0
    padding: float = 0.5
    alignment: str = "centre"


def cell_runs(x: float, top: float, height: float, lines: list[str], paper: Paper) -> list[Run]:
    """Place a cell's lines within its row."""
    block = len(lines) * paper.pitch
    if paper.alignment == "centre":
        first = top + (height - block) / 2
    elif paper.alignment == "top":
        first = top
    else:
        first = top + height - block
    return [Run(x, first + index * paper.pitch, line) for index, line in enumerate(lines)]


def extract(pages: list[list[list[Run]]], paper: Paper) -> str:
    """Return the text of pages, each a list of groups of runs; a group's start counts like a page's."""
    return "\n ".join(_extract_group(group, paper) for page in pages for group in page if group)


def _extract_group(runs: list[Run], paper: Paper) -> str:
    text = ""
    last: Run | None = None
    start_x = 0.0
    opened = True
    hanging = False
    for run in runs:
        if last is None:
            text += run.text
            start_x, opened, hanging = run.x, True, False
        elif abs(run.y - last.y) <= paper.glyph:
            text += (" " if run.x > last.x else "") + run.text
        else:
            gap = run.x - start_x
            now_opened = now_hanging = False
            if abs(run.y - last.y) > 2.5 * paper.glyph:
                now_opened = True
            elif gap > 1.0:
                if opened:
                    now_hanging = True
                else:
                    now_opened = True
            elif gap < -0.5:
                now_opened = not opened
            elif hanging:
                now_hanging = True
            text += ("\n\n" if now_opened else "\n") + run.text
            start_x, opened, hanging = run.x, now_opened, now_hanging
        last = run
    return text
