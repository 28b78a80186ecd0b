"""Finding the header of a table and what its columns are, by their words.

A header is one to three rows, maybe under title rows, with cells merged both ways. A column is taken for
a field only by a word of that field; what is unknown or fits two fields is reported, so that a person can
say what it is (`mapping`), and the answer holds for the layout's fingerprint.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from importers.enums import DocumentKind
from importers.sources.grids import Grid, Value, decimal_of, text_of
from importers.sources.heading_match import (
    YEAR_BESIDE,
    ColumnMatch,
    match_heading,
    names_a_year,
    variants_of,
)
from importers.sources.heading_sides import FORMER, without_old_side
from importers.sources.heading_words import FIGURES, IGNORED, WORDS, KindWords
from importers.sources.sheet_scan import column_letters
from tsukuba_kpi.lib.japanese_text import match_key
from tsukuba_kpi.lib.number_formats import read_number_format

Mapping_ = Mapping[str, Mapping[str, str | None]]

_SEARCHED_ROWS = 80
_HIGHEST_HEADER = 3
_TALLEST_MERGE = 5
_WIDEST = 400
_YEARLY_RANK = 100
_DATE_WORDS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_ERA_YEARS = range(1, 100)
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Header:
    """Where a header stands and what its columns are; rows count from 0, `last_row` is inside.

    `leaves` are the keys of the lowest level per column, `texts` those of all levels.
    """

    first_row: int
    last_row: int
    columns: tuple[ColumnMatch, ...]
    fingerprint: str
    leaves: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset()

    def columns_of(self, name: str) -> list[int]:
        """Return the numbers of the columns that hold a field."""
        return [number for number, column in enumerate(self.columns) if column.field == name]

    @property
    def fields(self) -> set[str]:
        """All fields that were found."""
        return _fields_of(self.columns)

    @property
    def former(self) -> dict[str, list[int]]:
        """The columns of the old side of a list by the field that the new side has."""
        found: dict[str, list[int]] = {}
        for number, column in enumerate(self.columns):
            if column.how == FORMER and column.rival is not None:
                found.setdefault(column.rival, []).append(number)
        return found

    @property
    def contested(self) -> dict[str, list[int]]:
        """The fields that several columns could hold and none does, with these columns."""
        found: dict[str, list[int]] = {}
        taken = self.fields
        for number, column in enumerate(self.columns):
            if column.rival is not None and column.field is None and column.rival not in taken:
                found.setdefault(column.rival, []).append(number)
        return found


def find_header(grid: Grid, kind: DocumentKind) -> Header | None:
    """Return the likeliest header near the top of a grid, or None where no row has enough of the words."""
    rows = [row for row in range(min(len(grid.rows), _SEARCHED_ROWS)) if _has_text(grid, row)]
    return _best_header(grid, kind, rows)


def header_at(grid: Grid, kind: DocumentKind, row: int) -> Header | None:
    """Return the header that begins on exactly this row, or None; it may lack required fields."""
    return _best_header(grid, kind, (row,))


def _best_header(grid: Grid, kind: DocumentKind, rows: Iterable[int]) -> Header | None:
    best: tuple[tuple[bool, int, bool, int, int], _Candidate] | None = None
    anchors = _anchors(grid)
    for first in rows:
        if best is not None and first > best[1].last_row and best[1].is_complete:
            break
        for height in range(1, _HIGHEST_HEADER + 1):
            last = _covered_by_merges(grid, first, first + height - 1)
            if last >= len(grid.rows) or last - first >= _TALLEST_MERGE:
                break
            if any(_has_figures(grid, first, row) for row in range(first + 1, last + 1)):
                break
            candidate = _candidate(grid, anchors, kind, first, last)
            score = candidate.score
            rank = (candidate.is_complete, score, not _cuts_merges(grid, first), first - last, -first)
            if score > 1 and (best is None or rank > best[0]):
                best = (rank, candidate)
    return best[1].header() if best is not None else None


def missing_fields(header: Header, kind: DocumentKind) -> tuple[tuple[str, ...], ...]:
    """Return the groups of required fields of which the header has none."""
    return _missing(header.fields, kind)


def _missing(fields: set[str], kind: DocumentKind) -> tuple[tuple[str, ...], ...]:
    found = set(fields)
    yearly = any(re.match(r"(?:actual|target|preliminary|estimated):", name) for name in found)
    long = bool(found & {"target", "actual"}) and "fiscal_year" in found
    by_measure = "measure" in found and any(name.startswith("year:") for name in found)
    if yearly or long or by_measure:
        found.add(FIGURES)
    if {"family_name", "given_name"} <= found:
        found.add("name")
    return tuple(group for group in WORDS[kind].required if not found & set(group))


def _fields_of(columns: Iterable[ColumnMatch]) -> set[str]:
    return {column.field for column in columns if column.field is not None and column.field != IGNORED}


def apply_mapping(header: Header, mapping: Mapping_ | None) -> Header:
    """Return the header with what a person answered for this layout; None in an answer means ignore."""
    answer = (mapping or {}).get(header.fingerprint)
    if not answer:
        return header
    columns = [
        ColumnMatch(column.heading, answer[letters] or IGNORED, "mapping") if letters in answer else column
        for letters, column in (
            (column_letters(number + 1), column) for number, column in enumerate(header.columns)
        )
    ]
    chosen = {column.field for column in columns if column.how == "mapping"}
    columns = [
        ColumnMatch(column.heading, None, "unknown")
        if column.how != "mapping" and column.field in chosen and column.field != IGNORED
        else column
        for column in columns
    ]
    return replace(header, columns=tuple(columns))


def _has_text(grid: Grid, row: int) -> bool:
    return any(isinstance(value, str) and value.strip() for value in grid.rows[row])


def _anchors(grid: Grid) -> dict[tuple[int, int], tuple[int, int]]:
    """Map every cell of a merged range near the top of the grid to the cell that holds its value."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for merge in grid.merges:
        height = merge.last_row - merge.first_row
        if height > _TALLEST_MERGE:
            continue
        for row in range(merge.first_row, min(merge.last_row + 1, len(grid.rows))):
            for column in range(merge.first_column, min(merge.last_column + 1, _WIDEST)):
                found[row, column] = (merge.first_row, merge.first_column)
    return found


def _covered_by_merges(grid: Grid, first: int, last: int) -> int:
    """Return the last row of a header that would cut no cell merged downwards."""
    for merge in grid.merges:
        tall = merge.first_row != merge.last_row and merge.last_row - merge.first_row < _TALLEST_MERGE
        if tall and first <= merge.first_row <= last:
            last = max(last, merge.last_row)
    return last


def _cuts_merges(grid: Grid, first: int) -> bool:
    """Tell whether a row lies inside cells merged downwards, so that a header begins above it."""
    return any(
        merge.first_row < first <= merge.last_row and merge.last_row - merge.first_row < _TALLEST_MERGE
        for merge in grid.merges
    )


def _has_figures(grid: Grid, first: int, row: int) -> bool:
    """Tell whether a row under headings holds figures, so that it is no level of the header itself.

    Years are headings (2024, or 6 under 令和), and so are the numbers of the columns (1, 2, 3 …).
    """
    from importers.sources.year_headings import read_year_heading

    numbers: dict[int, Decimal] = {}
    for column, value in enumerate(grid.rows[row][:_WIDEST]):
        number = _plain_number(value) if (row, column) not in grid.marks else None
        if number is not None and _texts_above(grid, first, row, column):
            numbers[column] = number
    if list(numbers.values()) == list(range(1, len(numbers) + 1)):
        return False
    for column, number in numbers.items():
        if number not in _ERA_YEARS and number not in _YEARS:
            return True
        above = read_year_heading(_texts_above(grid, first, row, column))
        if above.year is not None and above.measure is not None:
            return True
    return False


def _texts_above(grid: Grid, first: int, row: int, column: int) -> tuple[str, ...]:
    cells = (grid.rows[over][column] for over in range(first, row) if column < len(grid.rows[over]))
    return tuple(text for value in cells if (text := text_of(value).strip()))


def _plain_number(value: Value) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return decimal_of(value)
    text = match_key(value).replace(",", "") if isinstance(value, str) and len(value) < _WIDEST else ""
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]+)?", text) else None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Rows that may be a header, with what their columns would be."""

    kind: DocumentKind
    first_row: int
    last_row: int
    levels: tuple[tuple[str, ...], ...]
    columns: tuple[ColumnMatch, ...]

    @property
    def fields(self) -> set[str]:
        return _fields_of(self.columns)

    @property
    def is_complete(self) -> bool:
        return not _missing(self.fields, self.kind)

    @property
    def score(self) -> int:
        """Count the fields found, exact words double; 0 or 1 means that this is no header."""
        words = WORDS[self.kind]
        found = {column.field: column.how for column in self.columns if column.field not in (None, IGNORED)}
        if self.kind is DocumentKind.DEFINITIONS:
            # A year alone says nothing of a definition; 「目標」 in the row below it does.
            found = {name: how for name, how in found.items() if not (name or "").startswith("year:")}
        years = sum(1 for name in found if name is not None and ":" in name)
        dated = sum(1 for name in found if name is not None and ":" in name and name[:5] != "year:")
        plain = len(found) - years
        required = sum(1 for group in words.required for name in group if name in found)
        if plain + min(years, 2) < 2 and not (required and plain):
            return 0
        ignored = sum(1 for column in self.columns if column.field == IGNORED)
        exact = sum(2 for how in found.values() if how == "heading")
        return 4 * (plain + years) + exact + min(ignored, 3) + required + 2 * min(dated, 3) * self.is_complete

    def header(self) -> Header:
        """Return the header with what names its layout."""
        printed = "\n".join(match_key("/".join(level)) for level in self.levels)
        fingerprint = hashlib.sha256(f"{self.kind.value}\n{printed}".encode()).hexdigest()[:16]
        leaves = tuple(match_key(level[-1]) if level else "" for level in self.levels)
        texts = frozenset(match_key(text) for level in self.levels for text in level)
        return Header(self.first_row, self.last_row, self.columns, fingerprint, leaves, texts)


def _candidate(
    grid: Grid, anchors: Mapping[tuple[int, int], tuple[int, int]], kind: DocumentKind, first: int, last: int
) -> _Candidate:
    width = min(max(len(grid.rows[row]) for row in range(first, last + 1)), _WIDEST)
    rows = range(first, last + 1)
    texts = [_row_texts(grid, anchors, row, width, rows) for row in rows]
    levels = tuple(_distinct(tuple(row[column] for row in texts)) for column in range(width))
    return _Candidate(kind, first, last, levels, tuple(_match_columns(levels, kind)))


def _row_texts(
    grid: Grid,
    anchors: Mapping[tuple[int, int], tuple[int, int]],
    row: int,
    width: int,
    header: range,
) -> list[str]:
    """Return one level of the headings; without merges a blank cell continues the one to its left.

    It does where a level below says something of the column, and none above begins another group there.
    """
    first, below = header.start, range(row + 1, header.stop)
    texts: list[str] = []
    for column in range(width):
        at = anchors.get((row, column), (row, column))
        values = grid.rows[at[0]] if at[0] < len(grid.rows) else ()
        texts.append(_shown(grid, at, values[at[1]]) if at[1] < len(values) else "")
    is_title = texts[0] and not any(texts[1:])
    if below and not is_title and not grid.merges and grid.boxes == {}:
        for column in range(1, width):
            begins = any(_text_at(grid, over, column) for over in range(first, row))
            if not texts[column] and not begins and any(_text_at(grid, row, column) for row in below):
                texts[column] = texts[column - 1]
    return texts


def _text_at(grid: Grid, row: int, column: int) -> str:
    cells = grid.rows[row]
    return text_of(cells[column]).strip() if column < len(cells) else ""


def _shown(grid: Grid, at: tuple[int, int], value: Value) -> str:
    """Return the text of a heading; of a number or day as its format prints it (令和2年度)."""
    text = text_of(value).strip()
    mark = grid.marks.get(at) if grid.marks else None
    if mark is None or mark.number_format is None or isinstance(value, bool):
        return text
    if isinstance(value, date):
        # 2020-01-01 shown as 2020年度: the rest of the day is nobody's word.
        letters = _DATE_WORDS.sub("", mark.number_format).lower()
        only_year = re.search("[yeg]", letters) and not re.search("[md]", letters)
        return f"{value.year}年度" if only_year else text
    if not isinstance(value, int | float):
        return text
    shown = read_number_format(mark.number_format, decimal_of(value))
    is_plain = not (shown.date or shown.percent or shown.fraction or shown.thousands)
    return f"{shown.prefix}{text}{shown.suffix}" if is_plain else text


def _distinct(texts: tuple[str, ...]) -> tuple[str, ...]:
    levels: list[str] = []
    for text in texts:
        if text and (not levels or levels[-1] != text):
            levels.append(text)
    return tuple(levels)


def _match_columns(levels: Sequence[tuple[str, ...]], kind: DocumentKind) -> list[ColumnMatch]:
    words = WORDS[kind]
    matches = [ColumnMatch("/".join(level), *match_heading(level, kind)) for level in levels]
    if words.wide_years:
        matches = _with_dates(levels, _with_years(levels, matches), kind)
    return _without_doubles(without_old_side(levels, matches, kind), words)


def _with_years(levels: Sequence[tuple[str, ...]], matches: list[ColumnMatch]) -> list[ColumnMatch]:
    """Let a year in a heading decide before the bare words 目標 and 実績 do."""
    from importers.sources.year_headings import YearHeading, complete_bare_years, read_year_heading

    years = complete_bare_years([read_year_heading(level) if level else YearHeading() for level in levels])
    result: list[ColumnMatch] = []
    for match, year in zip(matches, years, strict=True):
        if year.year is None or (year.other and match.how == "heading"):
            result.append(match)
        elif year.other:
            result.append(ColumnMatch(match.heading, None, "unknown"))
        elif year.measure is None:
            result.append(ColumnMatch(match.heading, f"year:{year.year}", "heading"))
        else:
            result.append(ColumnMatch(match.heading, f"{year.measure}:{year.year}", "heading"))
    return result


def _with_dates(
    levels: Sequence[tuple[str, ...]], matches: list[ColumnMatch], kind: DocumentKind
) -> list[ColumnMatch]:
    """Take a bare 年度 to the right of 基準値 or 目標値 for its year, where it is not that of the rows."""
    result = list(matches)
    bare = [number for number, level in enumerate(levels) if level and names_a_year(level[-1])]
    wide = any(":" in (match.field or "") for match in matches)
    if kind is DocumentKind.ACTUALS and len(bare) < 2 and not wide:
        return result
    for number in bare:
        left = matches[number - 1].field if number else None
        dated = YEAR_BESIDE.get(left or "")
        if dated is not None and matches[number].field in (None, "fiscal_year", "baseline_year"):
            result[number] = ColumnMatch(matches[number].heading, dated, "heading")
        elif wide and matches[number].field == "fiscal_year":
            result[number] = ColumnMatch(matches[number].heading, None, "unknown")
    return result


def _without_doubles(matches: list[ColumnMatch], words: KindWords) -> list[ColumnMatch]:
    """Leave a field to one column: the more usual word, nobody where two are as good."""
    several = {found.field for found in words.fields if found.several}
    by_field: dict[str, list[int]] = {}
    for number, match in enumerate(matches):
        if match.field is not None and match.field not in several:
            by_field.setdefault(match.field, []).append(number)
    for numbers in by_field.values():
        keep = _best_columns(matches, numbers, words)
        for number in numbers:
            if number not in keep:
                found = matches[number]
                matches[number] = ColumnMatch(found.heading, None, "ambiguous", found.field)
    return matches


def _best_columns(matches: Sequence[ColumnMatch], numbers: Sequence[int], words: KindWords) -> list[int]:
    """Return the column among several whose word is the most usual for their field, if one is."""
    if len(numbers) == 1:
        return list(numbers)
    exact = [number for number in numbers if matches[number].how == "heading"]
    if len(exact) < 2:
        return exact
    ranks = {}
    for number in exact:
        leaf = matches[number].heading.rpartition("/")[2]
        variants = variants_of(leaf) or [""]
        ranks[number] = min(words.rank(str(matches[number].field), variant) for variant in variants)
        ranks[number] += _YEARLY_RANK * (not _is_plain_measure(leaf, matches[number].field, words))
    best = min(ranks.values())
    first = [number for number in exact if ranks[number] == best]
    return first if len(first) == 1 else []


def _is_plain_measure(leaf: str, name: str | None, words: KindWords) -> bool:
    """Tell whether a heading of yearly figures is a bare word: 実績, but not 累計実績 beside it."""
    measure, colon, _ = (name or "").partition(":")
    known = {match_key(word) for found in words.fields if found.field == measure for word in found.words}
    return not colon or any(variant in known for variant in variants_of(leaf))
