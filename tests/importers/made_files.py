"""Writes the documents that tests make: workbooks with merged cells, CSV as Excel saves it."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
Rows = list[list[object]]
Merges = list[tuple[int, int, int, int]]  # first row, first column, last row, last column


@dataclass
class Made:
    """A document that was made and what a correct reading gives, in order."""

    path: Path
    expected: list[dict[str, object]]
    layout: str = ""
    rows: Rows = field(default_factory=list)
    merges: Merges = field(default_factory=list)


def padded(text: str, width: int) -> list[object]:
    """Return a row with one text in its first cell."""
    return [text, *[""] * (width - 1)]


def write_xlsx(
    path: Path,
    sheets: dict[str, tuple[Rows, Merges]],
    offset: int = 0,
) -> None:
    """Write sheets with merged ranges; numbers as numbers, the rest as texts."""
    with xlsxwriter.Workbook(path) as book:
        for name, (rows, merges) in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if isinstance(value, int | float):
                        sheet.write_number(row, column + offset, value)
                    elif value:
                        sheet.write_string(row, column + offset, str(value))
            for top, left, bottom, right in merges:
                value = rows[top][left]
                sheet.merge_range(top, left + offset, bottom, right + offset, "")
                if isinstance(value, int | float):
                    sheet.write_number(top, left + offset, value)
                else:
                    sheet.write_string(top, left + offset, str(value))


def write_csv(path: Path, rows: Rows, encoding: str, delimiter: str = ",") -> None:
    """Write rows as Excel does: quotes where needed, CRLF."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
