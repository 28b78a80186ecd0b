"""One flat table as CSV or XLSX, as the state's rule for machine-readable data asks.

Header in row 1, one datum a cell, one record a line, no merged cells. No text ever becomes a formula.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter

from tsukuba_kpi.lib.japanese_text import not_in_cp932

Cell = str | int | Decimal | None

# Spreadsheets take a cell that begins so for a formula; Japanese Excel also the full-width forms.
_FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r\n")
_NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?%?")
CELL_LIMIT = 32_767  # what an Excel cell holds, counted as Excel counts (UTF-16 code units)
CUT_SHORT = "\n…（Excelのセルに入る長さを超えるため、ここまでです。全文はCSV・JSONか画面にあります）"
REPLACEMENT = "〓"
# Binary floating point, in which workbooks keep numbers, holds this many decimal digits.
_EXACT_DIGITS = 15


@dataclass(frozen=True, slots=True)
class FlatTable:
    """A table with named columns."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file's content; `lost` are the characters that its encoding cannot hold, replaced by 〓."""

    content: bytes
    lost: tuple[str, ...] = ()


def guard(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay as they are."""
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def cell_length(text: str) -> int:
    """Return how long Excel takes a text to be: characters beyond the first plane count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_to_cell(text: str) -> str:
    """Return a text that fits a cell; one that was cut says so at its end."""
    if cell_length(text) <= CELL_LIMIT:
        return text
    room = (CELL_LIMIT - cell_length(CUT_SHORT)) * 2
    return text.encode("utf-16-le", "surrogatepass")[:room].decode("utf-16-le", "ignore") + CUT_SHORT


def to_csv(table: FlatTable, encoding: str = "utf-8-sig") -> WrittenFile:
    """Return the table as CSV with CRLF, in UTF-8 with BOM or in cp932.

    :raises LookupError: there is no such encoding
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([guard(name) for name in table.header])
    writer.writerows([_as_text(cell) for cell in row] for row in table.rows)
    text = buffer.getvalue()
    if encoding == "cp932":
        lost = tuple(not_in_cp932(text))
        for piece in sorted(lost, key=len, reverse=True):
            text = text.replace(piece, REPLACEMENT)
        return WrittenFile(text.encode("cp932"), lost)
    return WrittenFile(text.encode(encoding))


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard(cell)
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def to_xlsx(tables: Iterable[FlatTable], *, cut_long: bool = False) -> WrittenFile:
    """Return the tables as the sheets of one workbook; texts are written as texts, never as formulas.

    With `cut_long` a text that is longer than a cell can hold is cut there, with a mark.

    :raises ValueError: a text is longer than a cell can hold
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as workbook:
        # The quote prefix keeps a text a text even after somebody edits the cell.
        text = workbook.add_format({"quote_prefix": True, "text_wrap": True, "valign": "top"})
        number = workbook.add_format({"valign": "top"})
        heading = workbook.add_format({"bold": True, "quote_prefix": True, "bottom": 1, "valign": "top"})
        for table in tables:
            sheet = workbook.add_worksheet(_sheet_name(table.name))
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(table.header):
                sheet.write_string(0, column, name, heading)
                sheet.set_column(column, column, _column_width(table, column))
            for line, row in enumerate(table.rows, start=1):
                for column, cell in enumerate(row):
                    fitting = cut_to_cell(cell) if cut_long and isinstance(cell, str) else cell
                    _write(sheet, line, column, fitting, text, number)
    return WrittenFile(buffer.getvalue())


def _write(sheet: object, line: int, column: int, cell: Cell, text: object, number: object) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        if (length := cell_length(cell)) > CELL_LIMIT:
            raise ValueError(f"text of {length} characters in row {line + 1}, column {column + 1}")
        sheet.write_string(line, column, cell, text)  # type: ignore[attr-defined]
    elif isinstance(cell, Decimal) and len(cell.as_tuple().digits) > _EXACT_DIGITS:
        sheet.write_string(line, column, format(cell, "f"), text)  # type: ignore[attr-defined]
    else:
        sheet.write_number(line, column, cell, number)  # type: ignore[attr-defined]


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", "　", name)[:31] or "表"


def _column_width(table: FlatTable, column: int) -> int:
    longest = max((len(str(row[column])) for row in table.rows[:200] if row[column] is not None), default=0)
    return max(8, min(50, 2 * max(longest, len(table.header[column])) + 2))
