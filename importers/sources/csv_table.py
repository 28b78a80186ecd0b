"""Delimited text (CSV, TSV) to a grid: strict about quotes, told about rows of another length."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from importers.calculations.rows import Location
from importers.sources.grids import Grid
from importers.sources.refusals import RefusedFile, refuse

SWALLOWED = -1  # what `Grid.ragged` holds for a row with a cell that seems to contain other rows
_DELIMITERS = (",", "\t", ";", "|")
_EXCEL_DIRECTIVE = re.compile(r"\Asep=(.)\r?\n")
_TEXT_FORMULA = re.compile(r'\A="([^"]*)"\Z')  # how Excel's users keep leading zeros in a CSV
_LONGEST_CELL = 200_000
_MOST_CELLS = 4_000_000
_TABLE_TENTHS = 6  # so many of ten rows must have the commonest number of cells
_TABLE_WIDTH = 3


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """A grid and how surely the text was meant as a table.

    Of `filled` rows that are not blank, `agreeing` have the commonest number of cells, `usual_width`.
    """

    grid: Grid
    delimiter: str
    agreeing: int
    filled: int
    usual_width: int = 0

    @property
    def is_table(self) -> bool:
        """Whether most rows agree on their number of cells, so that nobody meant it as running text."""
        return self.usual_width >= _TABLE_WIDTH and self.agreeing * 10 >= self.filled * _TABLE_TENTHS


def read_delimited(text: str, file: str) -> DelimitedText:
    """Return the text as a table, its delimiter being the one under which most rows agree.

    :raises RefusedFile: quotes that do not close or are followed by more text, naming the line.
    """
    directive = _EXCEL_DIRECTIVE.match(text)
    candidates = (
        (directive[1],) if directive else tuple(sign for sign in _DELIMITERS if sign in text) or (",",)
    )
    best: DelimitedText | None = None
    trouble: RefusedFile | None = None
    for delimiter in candidates:
        try:
            found = _parse(text, delimiter, file, skip=1 if directive else 0)
        except RefusedFile as error:
            trouble = trouble or error
            continue
        if best is None or _rank(found) > _rank(best):
            best = found
    if best is None or (trouble is not None and not best.is_table):
        assert trouble is not None
        raise trouble
    return best


def _rank(found: DelimitedText) -> tuple[bool, int, int]:
    return found.is_table, found.agreeing * 10 // max(found.filled, 1), found.grid.width


def _parse(text: str, delimiter: str, file: str, skip: int) -> DelimitedText:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    cells = 0
    before = 0
    try:
        for row in reader:
            rows.append([_clean(cell) for cell in row])
            lines.append(before + 1)
            before = reader.line_num
            cells += len(row)
            if cells > _MOST_CELLS:
                what = (
                    f"はセルが上限の{_MOST_CELLS:,}個を超えるので、分けて保存したものを取り込んでください。"
                )
                raise refuse("too_many_cells", Location(file), what)
    except csv.Error as error:
        raise _refuse_quotes(file, before + 1, str(error)) from error
    del rows[:skip], lines[:skip]
    return _measured(rows, lines, delimiter)


def _clean(cell: str) -> str:
    if "\r" in cell:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    if cell.startswith('="'):
        found = _TEXT_FORMULA.match(cell)
        return found[1] if found else cell
    return cell


def _refuse_quotes(file: str, line: int, reason: str) -> RefusedFile:
    if "field larger" in reason:
        what = (
            f"は{line}行目からのセルが長すぎるので、"
            '引用符（"）の閉じ忘れを直して保存したものを取り込んでください。'
        )
    else:
        what = (
            f'は{line}行目からの引用符（"）の対応が取れていないので、直して保存したものを取り込んでください。'
        )
    return refuse("quotes", Location(file, line=line), what)


def _measured(rows: list[list[str]], lines: list[int], delimiter: str) -> DelimitedText:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    if not widths:
        return DelimitedText(Grid("", rows, lines=lines), delimiter, 0, 0)
    width, agreeing = widths.most_common(1)[0]
    ragged: dict[int, int] = {}
    for number, row in enumerate(rows):
        filled = _filled(row)
        if filled and (filled > width or len(row) < width):
            ragged[number] = max(filled, len(row)) if filled > width else len(row)
        elif any("\n" in cell and _swallowed(cell, delimiter, width) for cell in row):
            ragged[number] = SWALLOWED
    return DelimitedText(
        Grid("", rows, lines=lines, ragged=ragged), delimiter, agreeing, widths.total(), width
    )


def _filled(row: list[str]) -> int:
    """Return the number of cells up to the last one that is not blank."""
    return next((at for at in range(len(row), 0, -1) if row[at - 1].strip()), 0)


def _swallowed(cell: str, delimiter: str, width: int) -> bool:
    """Tell whether a stray quote seems to have drawn whole rows into one cell."""
    return width > 1 and any(line.count(delimiter) >= width - 1 for line in cell.split("\n"))
