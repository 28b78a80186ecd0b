"""A round's workbook in the hands of a person: cells found by what they are called, changed, saved."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from importers.calculations.round_book import IDENTITY, MARKER

KEY_ROW, FIRST_ROW = 1, 5


@dataclass
class Book:
    """An opened workbook."""

    workbook: openpyxl.Workbook

    def sheet(self, name: str = "KPI") -> Worksheet:
        return self.workbook[name]

    def columns(self, name: str = "KPI") -> dict[str, int]:
        """Return the column of each key; the identity's first is `identity.0`."""
        cells = self.sheet(name)[KEY_ROW]
        return {
            str(cell.value).removeprefix(f"{MARKER}:"): cell.column
            for cell in cells
            if cell.value is not None
        }

    def rows(self, name: str = "KPI") -> dict[str, int]:
        """Return the row of each line by its name."""
        sheet, column = self.sheet(name), self.columns(name)["name"]
        found = {sheet.cell(row, column).value: row for row in range(FIRST_ROW, sheet.max_row + 1)}
        return {str(text): row for text, row in found.items() if text}

    def cell(self, line: str, key: str, name: str = "KPI") -> Any:
        return self.sheet(name).cell(self.rows(name)[line], self.columns(name)[key])

    def put(self, line: str, values: Mapping[str, Any], name: str = "KPI") -> None:
        for key, value in values.items():
            self.cell(line, key, name).value = value

    def identity(self, line: str, name: str = "KPI") -> Any:
        return self.cell(line, f"{IDENTITY}.0", name)

    def saved(self) -> bytes:
        stream = io.BytesIO()
        self.workbook.save(stream)
        return stream.getvalue()


def opened(content: bytes) -> Book:
    """Open a workbook as a person would, with everything it holds."""
    return Book(openpyxl.load_workbook(io.BytesIO(content)))
