"""One pass over the XML of a worksheet before anybody parses it: how far its cells reach.

A cell far away in a tiny file makes readers allocate the whole rectangle, so the reach is measured first.
The pass is a handful of byte searches where the XML has the form that Excel and the usual libraries write,
and expat where it has any other.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.parsers import expat

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
_CELL = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})\Z")
# Cells in the usual form, with their letters; any other form of theirs with "". Near cells have row numbers
# of up to four digits, which lead nowhere far; most sheets have no others.
_NEAR_CELLS = re.compile(rb'<c(?: r="([A-Z]{1,3}+)[1-9][0-9]{0,3}+"|[ >/\t\n\r])')
_CELLS = re.compile(rb'<c(?: r="([A-Z]{1,3}+)[1-9][0-9]{0,6}+"|[ >/\t\n\r])')
_FAR_CELL = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{5,7})"')
# Rows in the usual form, with number and attributes, and the runs of a text in a cell, with a letter; any
# other form of a row with nothing.
_ROWS = re.compile(rb'<r(?:ow(?: r="([0-9]{1,9}+)"([^<>]*+)>|[ >/\t\n\r])|([^o]))')
_COLUMNS = re.compile(rb"<col[ \t\n\r]([^<>]*+)>")
_USUAL_ATTRIBUTES = re.compile(rb"""\s*+(?:[\w:]++="[^"&<]*+"\s*+)*+/?""")
_HIDES = re.compile(rb"""\b(?:hidden="(?!0"|false")|(?:ht|width)="[0.]*")""")
# Words with a letter of theirs that is rare in the XML of Japanese sheets: a letter is found ten times as
# fast, and a compiled pattern finds a word twice as fast as `in` does.
_PREFIXED = (b":", re.compile(rb":(?:c|col|f|is|mergeCell|r|row)[ >/\t\n\r]"))
_DECLARATION = (b"!", re.compile(rb"<!"))
_MARKS = ((b"f", re.compile(rb"<f")), (b"e", re.compile(rb'"e"')), (b"'", re.compile(rb"'e'")))
_NEAR_ROWS = 9_999  # what a row number of up to four digits can mean
_MERGE = (b"g", re.compile(rb"<mergeCell "))


class BrokenSheetError(ValueError):
    """The worksheet's XML contradicts itself."""


@dataclass(slots=True)
class SheetScan:
    """What one pass found. Rows and columns count from 1; `columns` is never too small, maybe too large.

    `marked` tells that the sheet has something a value alone does not show (formula, error, raised sign, what
    is hidden), so that it is worth a closer look.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    merges: int = 0
    marked: bool = False

    @property
    def area(self) -> int:
        """Cells of the rectangle from A1 to the last used cell."""
        return self.rows * self.columns


def scan_sheet(open_chunks: Callable[[], Iterable[bytes]], most_cells: int) -> SheetScan:
    """Return how far the cells of a worksheet reach; `open_chunks` gives its XML, each time from the start.

    The fast pass does not read row numbers of up to four digits inside cells; where these could lead to
    more than `most_cells`, the exact pass decides. Where far cells alone lead there, nothing more is read.

    :raises BrokenSheetError: references outside a worksheet, rows out of order, XML that is none.
    """
    scan = _PlainScan(most_cells)
    if scan.feed_all(open_chunks()):
        result = scan.result
        near = _NEAR_ROWS if result.cells else 0
        if scan.is_too_wide or max(scan.far, near) * result.columns <= most_cells:
            return result
    return _scan_exactly(open_chunks())


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column: 1 is A, 27 AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _PlainScan:
    """The fast pass; gives up (False) on a chunk that is not in the usual form."""

    def __init__(self, most_cells: int) -> None:
        self.result = SheetScan()
        self.far = 0  # the last row with a cell, where that is beyond what four digits say
        self._most_cells = most_cells
        self._last_row = 0
        self._reaches_far = False  # until a cell's row number has more than four digits

    @property
    def is_too_wide(self) -> bool:
        """Whether the cells seen so far span more than is read."""
        return self.far * self.result.columns > self._most_cells

    def feed_all(self, chunks: Iterable[bytes]) -> bool:
        rest = b""
        for chunk in chunks:
            text = rest + chunk
            cut = text.rfind(b"<")
            text, rest = (text[:cut], text[cut:]) if cut >= 0 else (text, b"")
            if not self._feed(text):
                return False
            if self.is_too_wide:
                return True
        return self._feed(rest)

    def _feed(self, text: bytes) -> bool:
        letters = (_CELLS if self._reaches_far else _NEAR_CELLS).findall(text)
        columns = set(letters)
        if b"" in columns and not self._reaches_far:
            self._reaches_far = True
            return self._feed(text)
        if self._reaches_far:
            self.far = max([self.far, *map(int, set(_FAR_CELL.findall(text)))])
            self.result.rows = max(self.result.rows, self.far)
        rows = _ROWS.findall(text)
        attributes = {found for _, found, _ in rows}.union(_COLUMNS.findall(_outside_rows(text)))
        if b"" in columns or not all(map(_USUAL_ATTRIBUTES.fullmatch, attributes)):
            return False
        if (b"", b"", b"") in rows or _has(text, _PREFIXED) or _has(text, _DECLARATION):
            return False
        numbers = [int(number) for number, _, _ in rows if number]
        result = self.result
        result.cells += len(letters)
        result.merges += len(_MERGE[1].findall(text)) if _has(text, _MERGE) else 0
        result.marked = (
            result.marked
            or len(numbers) < len(rows)  # there are runs
            or any(map(_HIDES.search, attributes))
            or any(_has(text, mark) for mark in _MARKS)
        )
        result.columns = max([result.columns, *(column_number(found.decode()) for found in columns)])
        self._read_rows(numbers)
        return True

    def _read_rows(self, rows: list[int]) -> None:
        if not rows:
            return
        if rows[0] <= self._last_row or any(map(int.__ge__, rows, rows[1:])):
            raise BrokenSheetError("rows out of order")
        self._last_row = rows[-1]
        if self._last_row > MAX_ROWS:
            raise BrokenSheetError("row outside the sheet")
        # Rows without cells lead nowhere: those with near cells end here, the others are in `far`.
        self.result.rows = max(self.result.rows, min(self._last_row, _NEAR_ROWS))


def _has(text: bytes, word: tuple[bytes, re.Pattern[bytes]]) -> bool:
    """Tell whether XML has a word, given with a letter of it."""
    letter, pattern = word
    return letter in text and pattern.search(text) is not None


def _outside_rows(text: bytes) -> bytes:
    """Return what of the XML stands before the first row and from the last one on."""
    first = text.find(b"<row")
    return text if first < 0 else text[:first] + text[text.rfind(b"<row") :]


def _scan_exactly(chunks: Iterable[bytes]) -> SheetScan:
    reader = _ExactScan()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BrokenSheetError(str(error)) from error
    return reader.result


class _ExactScan:
    """The same by expat, for any spelling; rows and cells without a reference follow one another."""

    def __init__(self) -> None:
        self.result = SheetScan(marked=True)
        self._row = 0
        self._column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self._cell(attributes.get("r"))
        elif local == "row":
            self._start_row(attributes.get("r"))
        elif local == "mergeCell":
            self.result.merges += 1

    def _start_row(self, reference: str | None) -> None:
        if reference is not None and not (reference.isascii() and reference.isdigit() and len(reference) < 8):
            raise BrokenSheetError("row reference")
        row = self._row + 1 if reference is None else int(reference)
        if not self._row < row <= MAX_ROWS:
            raise BrokenSheetError("rows out of order")
        self._row, self._column = row, 0

    def _cell(self, reference: str | None) -> None:
        row, column = self._row, self._column + 1
        if reference is not None:
            match = _CELL.match(reference.encode())
            if match is None:
                raise BrokenSheetError("cell reference")
            column, row = column_number(match[1].decode()), int(match[2])
        if not (0 < column <= MAX_COLUMNS and 0 < row <= MAX_ROWS):
            raise BrokenSheetError("cell outside the sheet")
        self._column = column
        result = self.result
        result.cells += 1
        result.rows = max(result.rows, row)
        result.columns = max(result.columns, column)
