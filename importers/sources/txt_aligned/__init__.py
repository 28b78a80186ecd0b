"""Tables of a text that keeps the places of its cells by spaces (pdftotext -layout and its like).

The text becomes the same grid as the table of a PDF without upright lines, and goes the same way from there:
docs/importing_txt.md. What is found is an inference; anything less regular is refused.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from importers.enums import DocumentKind
from importers.sources.grids import Grid, Mark, Value
from importers.sources.heading_match import match_heading
from importers.sources.pdf.headings import Piece, PrintedHeading, TextLine, find_headings
from importers.sources.pdf.text import Character
from importers.sources.txt_aligned.cells import join
from importers.sources.txt_aligned.columns import Habits, Place, cut, edges_like, edges_under, learn_habits
from importers.sources.txt_aligned.pages import (
    AlignedLine,
    Word,
    is_aligned,
    is_cut_off,
    read_pages,
    without_running_lines,
)
from importers.sources.txt_aligned.rows import RowRules, RowSpan, Setting, TableLine, divide
from importers.sources.txt_aligned.spans import spread
from importers.sources.txt_typography import USUAL_MEASURES
from importers.sources.year_headings import read_year_heading

__all__ = ["is_aligned", "read_aligned_text"]

_CutLine = tuple[AlignedLine, list[tuple[Word, ...]] | None]

_DASH = re.compile(r"[-\u2010-\u2015\u2212\uff0d\u30fc]\Z")
_NOTE = re.compile(r"[※＊*]|[(（]?注|備考|出典|資料")
_MOST_WORDS = 50_000
_MOST_LINES, _LONGEST_PAGE, _WIDEST_LINE = 6_000, 1_500, 400
_TRIED = 2  # headings
_UNSURE = 3.0  # the cost of a row that does not fit what is known of rows
_UNSURE_ROW = "行の境目がはっきりしません。上下の行の文字が混じっていないか、元の文書と見比べてください。"
_SAMPLED_PAGES = 5
_LONGEST_TITLE = 120
_SIZE = 1.2  # columns: one space does not part two headings, two do
_KEYS = {
    DocumentKind.PROGRAMS: ("number", "number_or_order"),
    DocumentKind.STRATEGY: ("kpi", "sections"),
    DocumentKind.ACTUALS: ("kpi",),
    DocumentKind.SECTIONS: ("section",),
    DocumentKind.STAFF: ("staff_number",),
    DocumentKind.DEFINITIONS: ("kpi",),
}
_NO_HEADING = (None, "family_name", "given_name")  # 「指標・KPI 名」 is one heading, 「姓 名」 may be
_SINGLE = frozenset(("number", "order", "number_or_order", "fiscal_year", "staff_number"))
_LABELS = frozenset(("kind", "node", "goal", "policy", "measure", "bureau", "section", "department"))
_MERGEABLE = _LABELS | {"project", "sections"}
_OFTEN_MERGED, _SELDOM_MERGED = 0.15, 0.5  # what merged cells in a column cost, for every row


@dataclass(frozen=True, slots=True)
class AlignedTable:
    """A table as a grid, and the lines outside of it that are not its title."""

    grid: Grid
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a page below its heading, and their boundaries."""

    number: int
    lines: tuple[AlignedLine, ...]
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    """The levels of the headings over all columns, the fields these are, and where the heading stands."""

    levels: tuple[tuple[str, ...], ...]
    names: tuple[str | None, ...]
    page: int
    line: int


class _HeadingLine(TextLine):
    """A line of words as the search for headings takes it: parted at wide room, and between known words."""

    def pieces(self) -> list[Piece]:
        parts: list[Piece] = []
        for piece in TextLine.pieces(self):
            words = _words_of(piece)
            known = len(words) > 1 and all(_is_heading(word) for word in words)
            parts.extend(words if known else [piece])
        return parts


def _words_of(piece: Piece) -> list[Piece]:
    words: list[list[Character]] = [[]]
    for character in piece:
        if words[-1] and character.left > words[-1][-1].right:
            words.append([])
        words[-1].append(character)
    return [tuple(word) for word in words]


def _is_heading(word: Piece) -> bool:
    text = "".join(character.text for character in word)
    known = any(match_heading((text,), kind)[0] not in _NO_HEADING for kind in _KEYS)
    return known or read_year_heading((text,)).year is not None


def read_aligned_text(text: str, kind: DocumentKind) -> AlignedTable | None:
    """Return the one table of an aligned text, None where it is not regular enough."""
    if is_cut_off(text):
        return None
    for wide in (False, True):
        pages = read_pages(text, wide=wide)
        if _is_too_large(pages):
            return None
        table = _read(pages, kind)
        if table is not None:
            return table
    return None


def _is_too_large(pages: Sequence[Sequence[AlignedLine]]) -> bool:
    """Tell whether a text has more than a printed list: reading it would take too long."""
    lines = sum(map(len, pages))
    widest = max((line.words[-1].end for page in pages for line in page), default=0)
    words = sum(len(line.words) for page in pages for line in page)
    if words > _MOST_WORDS:
        return True
    return lines > _MOST_LINES or max(map(len, pages), default=0) > _LONGEST_PAGE or widest > _WIDEST_LINE


def _read(pages: Sequence[Sequence[AlignedLine]], kind: DocumentKind) -> AlignedTable | None:
    for number, page in enumerate(pages):
        printed: list[TextLine] = [_heading_line(line, at) for at, line in enumerate(page)]
        headings = find_headings(printed, kind, wraps=True, complete=False)
        for heading in headings[:_TRIED]:
            first = printed.index(heading.lines[0])
            table = _table(pages, number, first, heading, kind)
            if table is not None:
                return table
        if headings:
            break
    return None


def _heading_line(line: AlignedLine, at: int) -> _HeadingLine:
    return _HeadingLine(
        tuple(
            Character(sign, float(place), float(at), float(place + width), at + 1.0, _SIZE)
            for word in line.words
            for sign, place, width in _signs(word)
        )
    )


def _signs(word: Word) -> Iterable[tuple[str, int, int]]:
    width = (word.end - word.start) / len(word.text)
    for at, sign in enumerate(word.text):
        left = word.start + round(at * width)
        yield sign, left, word.start + round((at + 1) * width) - left


def _table(
    pages: Sequence[Sequence[AlignedLine]], own: int, first: int, heading: PrintedHeading, kind: DocumentKind
) -> AlignedTable | None:
    height = len(heading.lines)
    texts = [_bare(line) for line in pages[own][first : first + height]]
    places = [_find(page, texts) for page in pages[own:]]
    tops = [page[:at] if at is not None else None for page, at in zip(pages[own:], places, strict=True)]
    heads = [
        page[at : at + height] if at is not None else () for page, at in zip(pages[own:], places, strict=True)
    ]
    bodies = without_running_lines(
        [
            page[at + height :] if at is not None else page
            for page, at in zip(pages[own:], places, strict=True)
        ],
        tops,
    )
    count = len(heading.columns)
    known = _edges(heads[0], bodies[0], kind, count)
    if known is None:
        return None
    found: list[_Page] = []
    for number, (head, body) in enumerate(zip(heads, bodies, strict=True), start=own + 1):
        edges = _edges(head, body, kind, count) if head else None
        if edges is None or len(edges) != len(known):
            edges = edges_like(known, [*head, *body])
        if edges is None:
            return None
        found.append(_Page(number, tuple(body), tuple(edges)))
    extra = len(known) + 1 - count
    names = (*["number"] * extra, *(column.field for column in heading.header.columns))
    levels = tuple((*[""] * extra, *level) for level in heading.levels)
    title = "\u3000".join(line.text for line in tops[0] or ())[:_LONGEST_TITLE]
    read = _grid(found, _Heading(levels, names, own + 1, pages[own][first].number), kind, title)
    if read is None:
        return None
    before = [line.text for page in pages[:own] for line in page]
    return replace(read, outside=(*before, *read.outside))


def _bare(line: AlignedLine) -> str:
    return line.text.replace(" ", "")


def _edges(
    head: Sequence[AlignedLine], body: Sequence[AlignedLine], kind: DocumentKind, count: int
) -> list[int] | None:
    """Return the boundaries below the headings of a page, with those of numbers to their left."""
    printed = [_heading_line(line, at) for at, line in enumerate(head)]
    heading = next(
        (
            found
            for found in find_headings(printed, kind, wraps=True, complete=False)
            if len(found.columns) == count
        ),
        None,
    )
    if heading is None:
        return None
    places = [Place(round(column.left), round(column.right)) for column in heading.columns]
    edges = edges_under(places, head, body)
    return None if edges is None else sorted({*_unheaded(body, places[0].left, edges), *edges})


def _find(page: Sequence[AlignedLine], texts: Sequence[str]) -> int | None:
    """Return where a page prints the heading."""
    shown = [_bare(line) for line in page]
    return next(
        (at for at in range(len(shown) - len(texts) + 1) if shown[at : at + len(texts)] == list(texts)), None
    )


def _unheaded(lines: Sequence[AlignedLine], left: int, edges: Sequence[int]) -> list[int]:
    """Return the boundaries behind columns of numbers to the left of the first heading."""
    firsts = [line.words for line in lines if line.words[0].text.isdigit() and line.words[0].start < left]
    if not firsts:
        return []
    found: list[int] = []
    for count in (1, 2):
        ends = [
            words[count - 1].end
            for words in firsts
            if len(words) > count and all(word.text.isdigit() for word in words[:count])
        ]
        if len(ends) * 2 < len(firsts):
            break
        following = [words[count].start for words in firsts if len(words) > count]
        at = min(following)
        if at < max(ends) or (edges and at > edges[0]):
            break
        found.append(at)
    return found


def _grid(pages: Sequence[_Page], heading: _Heading, kind: DocumentKind, title: str) -> AlignedTable | None:
    cut_lines = _cut_lines(pages, len(heading.names))
    keys = [at for at, name in enumerate(heading.names) if name in _KEYS[kind]]
    outside: list[str] = []
    tables: list[list[TableLine]] = []
    for lines in cut_lines:
        end = _end_of_table(lines, keys)
        if end is None:
            return None
        outside += [line.text for line, _ in lines[end:]]
        tables.append([_table_line(line, cells) for line, cells in lines[:end] if cells is not None])
    rules = _rules(tables, heading.names, keys)
    chosen = _choose(tables, rules, heading.names)
    rows: list[list[Value]] = [list(level) for level in heading.levels]
    places = [(heading.page, heading.line)] * len(rows)
    marks: dict[tuple[int, int], Mark] = {}
    for page, held, spans in zip(pages, tables, chosen.spans, strict=True):
        unsure = [len(rows) + at for at, span in enumerate(spans) if span.cost >= _UNSURE and not span.rest]
        marks |= {(row, keys[-1]): Mark(unclear=_UNSURE_ROW) for row in unsure if keys}
        rows += _rows(held, spans, chosen.rules)
        places += [(page.number, held[span.first].number) for span in spans]
    if len(rows) == len(heading.levels):
        return None
    grid = Grid(
        "表1",
        rows,
        marks=marks,
        pages=[page for page, _ in places],
        lines=[line for _, line in places],
        certain_edges=False,
        title=title,
    )
    return AlignedTable(grid, tuple(outside))


def _cut_lines(pages: Sequence[_Page], width: int) -> list[list[_CutLine]]:
    """Return the lines of each page with their cells, None for one that does not fit the columns."""
    found = [[(line, cut(line, page.edges, Habits())) for line in page.lines] for page in pages]
    common = learn_habits([cells for lines in found for _, cells in lines if cells is not None], width)
    for number, page in enumerate(pages):
        own = learn_habits([cells for _, cells in found[number] if cells is not None], width)
        habits = replace(own, own=common.own)
        found[number] = [(line, cut(line, page.edges, habits)) for line in page.lines]
    return found


def _end_of_table(lines: Sequence[_CutLine], keys: Sequence[int]) -> int | None:
    """Return how many lines of a page are the table's, None where one of them does not fit its columns."""
    crossing = next((at for at, (_, cells) in enumerate(lines) if cells is None), len(lines))
    if crossing == len(lines) or _NOTE.match(lines[crossing][0].text):
        return crossing
    behind = [cells for _, cells in lines[crossing:] if cells is not None]
    return None if any(cells[key] for cells in behind for key in keys) else crossing


def _table_line(line: AlignedLine, cells: Sequence[Sequence[Word]]) -> TableLine:
    texts = tuple(" ".join(word.text for word in words) for words in cells)
    return TableLine(line.number, texts, line.blanks > 0)


def _rows(lines: Sequence[TableLine], spans: Sequence[RowSpan], rules: RowRules) -> Iterator[list[Value]]:
    merged = {column: spread(lines, spans, column, rules) for column in rules.loose}
    for at, span in enumerate(spans):
        own = lines[span.first : span.last + 1]
        yield [
            (
                merged[column][at]
                if column in merged
                else join([line.texts[column] for line in own if line.texts[column]], column, rules)
            )
            or None
            for column in range(rules.width)
        ]


def _rules(
    tables: Sequence[Sequence[TableLine]], names: Sequence[str | None], keys: Sequence[int]
) -> RowRules:
    single = frozenset(
        at for at, name in enumerate(names) if name in _SINGLE or (name is None and _counts(tables, at))
    )
    measures = USUAL_MEASURES
    reach = tuple(
        max((measures.width_of(line.texts[column]) for lines in tables for line in lines), default=0)
        for column in range(len(names))
    )
    blanks = any(line.blank for lines in tables for line in lines[1:])
    return RowRules(len(names), tuple(keys), single, frozenset(), reach, Setting.CENTRE, measures, blanks)


def _counts(tables: Sequence[Sequence[TableLine]], column: int) -> bool:
    """Tell whether a column has nothing but whole numbers."""
    texts = [line.texts[column] for lines in tables for line in lines if line.texts[column]]
    return bool(texts) and all(text.isdigit() for text in texts)


@dataclass(frozen=True, slots=True)
class _Division:
    rules: RowRules
    spans: tuple[Sequence[RowSpan], ...]


def _choose(tables: Sequence[Sequence[TableLine]], rules: RowRules, names: Sequence[str | None]) -> _Division:
    """Return the setting, and the columns with merged cells, under which the rows come out best."""
    mergeable = [
        at
        for at, name in enumerate(names)
        if name in _MERGEABLE and at not in {*rules.keys, *rules.single} and not _has_dashes(tables, at)
    ]
    sample = sorted(tables, key=len, reverse=True)[:_SAMPLED_PAGES]
    found: list[tuple[float, RowRules]] = []
    for setting in Setting:
        for loose in _some_of(mergeable):
            tried = replace(rules, setting=setting, loose=frozenset(loose))
            readings = [divide(lines, tried) for lines in sample]
            price = sum(_OFTEN_MERGED if names[at] in _LABELS else _SELDOM_MERGED for at in loose)
            rows = sum(len(spans) for _, spans in readings)
            found.append((sum(value for value, _ in readings) + price * rows, tried))
    chosen = min(found, key=lambda one: one[0])[1]
    return _Division(chosen, tuple(divide(lines, chosen)[1] for lines in tables))


def _has_dashes(tables: Sequence[Sequence[TableLine]], column: int) -> bool:
    """Tell whether most lines of a column are dashes, of which every row has its own."""
    texts = [line.texts[column] for lines in tables for line in lines if line.texts[column]]
    return sum(_DASH.match(text) is not None for text in texts) * 2 > len(texts)


def _some_of(columns: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the sets of neighbouring columns that may have merged cells."""
    return [(), *(tuple(columns[first:end]) for end in range(1, len(columns) + 1) for first in range(end))]
