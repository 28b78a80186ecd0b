"""The common shape of every table, whatever file it came from: rows of plain values and what is special.

A grid keeps the values of all cells as they come (`str`, `int`, `float`, `bool`, dates, None), because a
city's list has a hundred thousand of them, and a `Mark` only for the cells of which the value alone does
not tell everything. Rows and columns of a grid count from 0; the numbers people see come from `place`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from importers.calculations.rows import Box, Location
from importers.sources.sheet_scan import column_letters

# Where a line of a PDF's cell ended because it was full: nothing in the text, but names may end there.
SOFT_END = "\x1e"
Value = str | int | float | bool | Decimal | datetime | date | time | timedelta | None
_EXCEL_DIGITS = 15
_NOTE_MARK = re.compile("[0-9０-９※＊*†‡#()（）注a-z、,，~～・\\s]+\\Z")
_POWERS = ("m", "ｍ", "㎜", "10")


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything about one cell that its value does not tell.

    `error` is what an error cell shows (#REF!). `formula` is True for a formula, `has_cache` False for
    one whose result was not saved or is to be computed anew. `number_format` is given where a number is
    shown otherwise than it is held (percent, thousands, a unit). `struck` is text crossed out. `guessed`
    is why the value was taken from another cell, where a person has to confirm it. `unclear` is why its
    letters may not be those of the cell. `base` is its text without small raised signs that follow another
    one and are likely the mark of a note (1,234¹).
    """

    error: str | None = None
    formula: bool = False
    has_cache: bool = True
    number_format: str | None = None
    struck: bool = False
    comment: str | None = None
    guessed: str | None = None
    unclear: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range; first and last are both inside."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Origin:
    """What a turned grid was: its rows are `columns` of `grid`, its columns the rows from `first_row` on."""

    grid: "Grid"
    first_row: int
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CardPlaces:
    """Where the cells of gathered cards stand, by row and column of the grid; a whole card's at column -1.

    The cards begin at row `first`.
    """

    places: Mapping[tuple[int, int], tuple["Grid", int, int]]
    first: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One table-like page of a document: a sheet, a CSV file, the tables of a PDF.

    `lines` gives, for a text, the physical line on which each row begins; `pages` the page of each row
    of a PDF or a text with pages; `page_rows` and `boxes`, for a PDF, its number on that page and the
    rectangle of each cell. `title` is text above the table that is in none of its rows. `ragged` are
    rows that are longer or shorter than the table. `certain_edges` is False where the boundaries of the
    cells were inferred. `origin` is given where rows and columns have changed places, `cards` where each
    row was gathered from a card.
    """

    name: str
    rows: Sequence[Sequence[Value]]
    merges: tuple[Merge, ...] = ()
    marks: Mapping[tuple[int, int], Mark] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    visible: bool = True
    lines: Sequence[int] | None = None
    pages: Sequence[int] | None = None
    page_rows: Sequence[int] | None = None
    boxes: Mapping[tuple[int, int], Box] = field(default_factory=dict)
    ragged: Mapping[int, int] = field(default_factory=dict)
    certain_edges: bool = True
    title: str = ""
    origin: Origin | None = None
    cards: CardPlaces | None = None

    @property
    def width(self) -> int:
        """The number of columns of the longest row."""
        return max(map(len, self.rows), default=0)

    def place(
        self, file: str, row: int, column: int | None = None, heading: str | None = None, first: int = 0
    ) -> Location:
        """Return where a row, or one of its cells, stands; a CSV's rows are counted from row `first` on."""
        if self.cards is not None:
            whole = self.cards.places[max(row, self.cards.first), -1]
            found = self.cards.places.get((row, -1 if column is None else column))
            grid, own_row, own_column = found or whole
            return grid.place(file, own_row, own_column if found and column is not None else None, heading)
        if self.origin is not None:
            return self.origin.grid.place(
                file,
                self.origin.first_row + (column or 0),
                self.origin.columns[row],
                heading,
                self.origin.first_row + 1 if column else 0,
            )
        if self.pages is not None:
            box = self.boxes.get((row, column)) if column is not None else self._row_box(row)
            number = self.page_rows[row] if self.page_rows is not None else row + 1
            if self.lines is not None:
                return Location(file, page=self.pages[row], line=self.lines[row], column=heading)
            return Location(file, page=self.pages[row], row=number, column=heading, box=box)
        if self.lines is not None:
            return Location(file, line=self.lines[row], row=row + 1 - first, column=heading)
        cell = f"{column_letters(column + 1)}{row + 1}" if column is not None else None
        return Location(file, sheet=self.name, row=row + 1, column=heading, cell=cell)

    def _row_box(self, row: int) -> Box | None:
        cells = (self.boxes.get((row, column)) for column in range(len(self.rows[row])))
        found = [box for box in cells if box is not None]
        if not found:
            return None
        return (
            min(box[0] for box in found),
            min(box[1] for box in found),
            max(box[2] for box in found),
            max(box[3] for box in found),
        )


def text_of(value: Value) -> str:
    """Return a value as a person would have typed it; a number without needless decimals.

    A workbook holds numbers in binary; its fifteen significant digits are what Excel shows and means.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace(SOFT_END, "") if SOFT_END in value else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _number_text(decimal_of(value))
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    return str(value)


def is_note_mark(base: str, raised: str) -> bool:
    """Tell whether small signs behind a text are the mark of a note, and not the power of a unit (m²)."""
    marks = raised.strip()
    return bool(marks and _NOTE_MARK.match(marks)) and not base.rstrip().endswith(_POWERS)


def decimal_of(value: int | float | Decimal) -> Decimal:
    """Return a number as a decimal, a binary one at the fifteen digits that Excel keeps."""
    if isinstance(value, float):
        return Decimal(f"{value:.{_EXCEL_DIGITS}g}")
    return Decimal(value)


def _number_text(number: Decimal) -> str:
    if not number.is_finite():
        return str(number)
    whole = number.to_integral_value()
    return f"{whole:f}" if number == whole else f"{number.normalize():f}"
