"""Pages of a text that keeps the places of its cells by spaces, as lines of words with their columns.

`pdftotext -layout` and its like fill the room between two cells with spaces. Most of them count a full-width
character as one column, some as two: both are tried.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from importers.sources.txt_furniture import key_of, page_number
from importers.sources.txt_lines import normalised

_ROOM = re.compile("(?<=[^ ]) {2,}(?=[^ ])")
_INDENT = re.compile(" {3,}[^ ]")
_WORD = re.compile("[^ ]+")
_TAB = 8
_LEAST_LINES = 4
_SPACED_TENTHS = 4  # so many of ten lines have wide room inside or in front
_NUMBER = re.compile("[0-9]+")
_LETTER = re.compile("[^\\W\\d_]")
_LONGEST_COUNT = 12
_SHORTEST_FILLED = 40
_FILLED_TENTHS = 8  # so many of ten lines are filled to the page's edge where a program does so
_MOST_REPEATED = 4  # lines at the top or the bottom of a page


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without a space between them: the columns from `start` to before `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AlignedLine:
    """A line with text: its number in the file, its words, and how many empty lines stand above it."""

    number: int
    words: tuple[Word, ...]
    blanks: int

    @property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(word.text for word in self.words)


def is_aligned(text: str) -> bool:
    """Tell whether wide room inside the lines shows where the cells of a text stand."""
    lines = [line for line in text.replace("\f", "\n").split("\n") if line.strip()]
    inside = sum(_ROOM.search(line) is not None for line in lines)
    spaced = sum(_ROOM.search(line) is not None or _INDENT.match(line) is not None for line in lines)
    return inside >= _LEAST_LINES and spaced * 10 >= len(lines) * _SPACED_TENTHS


def is_cut_off(text: str) -> bool:
    """Tell whether lines filled with spaces to one length have letters in their last place: some are lost."""
    lines = text.replace("\f", "\n").splitlines()
    lengths = Counter(len(line) for line in lines if len(line) >= _SHORTEST_FILLED)
    if not lengths:
        return False
    length, count = lengths.most_common(1)[0]
    filled = [line for line in lines if len(line) == length]
    return count * 10 >= len(lines) * _FILLED_TENTHS and any(not line[-1].isspace() for line in filled)


def read_pages(text: str, *, wide: bool) -> list[list[AlignedLine]]:
    """Return the lines of each page; with `wide` a full-width character takes two columns."""
    pages: list[list[AlignedLine]] = [[]]
    number = 1
    blanks = 0
    for part in re.split("([\n\f])", normalised(text)):
        if part == "\f":
            pages.append([])
            blanks = 0
        elif part == "\n":
            number += 1
        elif part.strip():
            pages[-1].append(AlignedLine(number, tuple(_words(part, wide=wide)), blanks))
            blanks = 0
            continue
        else:
            blanks += 1
    return [page for page in pages if page]


def _words(line: str, *, wide: bool) -> Iterator[Word]:
    places = [0]
    for character in line:
        places.append(places[-1] + (_width(character) if wide else 1))
    for found in _WORD.finditer(line.replace("\t", " ").rstrip()):
        yield Word(places[found.start()], places[found.end()], found[0])


@lru_cache(maxsize=20_000)
def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def without_running_lines(
    pages: Sequence[Sequence[AlignedLine]], tops: Sequence[Sequence[AlignedLine] | None]
) -> list[list[AlignedLine]]:
    """Leave out page numbers and what most pages print at the same end.

    `tops` are the lines above the heading of each page, None for a page without one: below a heading nothing
    is to be left out.
    """
    kept = [list(page) for page in pages]
    known = {key_of(line.text) for top in tops for line in top or ()}
    bare = [at for at, top in enumerate(tops) if top is None]
    for end, among in ((0, bare), (-1, range(len(pages)))):
        for _ in range(_MOST_REPEATED):
            drop = _running(kept, among, end, known)
            if not drop:
                break
            for at in drop:
                del kept[at][end]
    return kept


def _running(
    pages: Sequence[Sequence[AlignedLine]], among: Iterable[int], end: int, known: set[str]
) -> list[int]:
    """Return the pages whose first or last line is a page number, known, or the same on most pages."""
    lines = {at: pages[at][end] for at in among if pages[at]}
    numbers = {at: number for at, line in lines.items() if (number := page_number(line.text)) is not None}
    offsets = Counter(number - at for at, number in numbers.items())
    offset, count = offsets.most_common(1)[0] if offsets else (0, 0)
    least = max(2, len(lines) * 3 // 5)
    keys = Counter(_repeated_key(line) for line in lines.values())
    return [
        at
        for at, line in lines.items()
        if key_of(line.text) in known
        or keys[_repeated_key(line)] >= least
        or (numbers.get(at, -1) - at == offset and (count >= least or _is_set_off(pages[at], end)))
    ]


def _repeated_key(line: AlignedLine) -> str:
    """Return what a line repeats on other pages: its text, with any number in place of one that counts."""
    key = key_of(line.text)
    return _NUMBER.sub("0", key) if len(key) <= _LONGEST_COUNT and not _LETTER.search(key) else key


def _is_set_off(page: Sequence[AlignedLine], end: int) -> bool:
    """Tell whether an empty line parts the line at one end from the others."""
    if len(page) < 2:
        return False
    return (page[1].blanks if end == 0 else page[-1].blanks) > 0
