"""CSV and XLSX for the admin's flat lists: nothing is dropped in silence, nothing comes out as a formula.

Documents of the city do not come this way but through `importers`. django-import-export's own formats
trust a workbook's stated dimension (rows vanish), read a formula without cached value as blank, and
undo only one leading "=" on the way out.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import tablib
import xlsxwriter
from import_export.formats.base_formats import CSV, XLSX

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_UNPACKED = 50_000_000
MAX_PARTS = 1_000
MAX_NUMBER_DIGITS = 15  # a workbook's number is a binary one

# What a spreadsheet may take for the beginning of a formula.
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")


class UnreadableList(ValueError):
    """The file cannot be read as a flat list; the message names the place and what to do."""


def looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet could take a text for a formula."""
    return text.startswith(FORMULA_BEGINNINGS)


def escape_text(value: Any) -> Any:
    """Return a cell for CSV: a text that looks like a formula gets an apostrophe before it."""
    if isinstance(value, str) and (looks_like_formula(value) or value.startswith("'")):
        return "'" + value
    return value


def unescape_text(value: Any) -> Any:
    """Undo `escape_text`."""
    if isinstance(value, str) and value.startswith("'"):
        rest = value[1:]
        if looks_like_formula(rest) or rest.startswith("'"):
            return rest
    return value


def as_written(value: Any) -> str:
    """Return a value as a list writes it: no exponent, ISO dates, 1 and 0 for yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


class ListCSV(CSV):
    """CSV in UTF-8 with BOM (read also as Excel's cp932)."""

    def is_binary(self) -> bool:
        """Read and write bytes: the encoding is found here."""
        return True

    def get_read_mode(self) -> str:
        """Read bytes."""
        return "rb"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> tablib.Dataset:
        """Read a file.

        :raises UnreadableList: if it is no CSV in a known encoding, or too large.
        """
        rows = csv.reader(io.StringIO(_decoded(in_stream), newline=""), strict=True)
        try:
            return _dataset([unescape_text(cell) for cell in row] for row in rows)
        except csv.Error as error:
            raise UnreadableList(f"CSV {rows.line_num}行目を読み取れません（{error}）。") from error

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        """Write a file. Numbers stay as they are, texts that look like formulas are defused."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(dataset.headers)
        for row in dataset:
            writer.writerow([as_written(escape_text(cell)) for cell in row])
        return out.getvalue().encode("utf-8-sig")


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableList("文字コードを読み取れません。UTF-8 か Shift_JIS（cp932）の CSV にしてください。")


class ListXLSX(XLSX):
    """The first sheet of a workbook, every row of it."""

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> tablib.Dataset:
        """Read a file.

        :raises UnreadableList: if it is no workbook, too large, or holds formulas or errors.
        """
        _preflight(in_stream)
        book = openpyxl.load_workbook(io.BytesIO(in_stream), read_only=True, data_only=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # the stated dimension may be wrong; the cells are what counts
            return _dataset([_cell_text(cell) for cell in row] for row in sheet.iter_rows())
        finally:
            book.close()

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        """Write a file: numbers as numbers, everything else as text that stays text."""
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            heading = book.add_format({"bold": True})
            quoted = book.add_format({"quote_prefix": True})
            for column, title in enumerate(dataset.headers):
                sheet.write_string(0, column, title, heading)
            for number, row in enumerate(dataset, 1):
                for column, value in enumerate(row):
                    _write_cell(sheet, number, column, value, quoted)
            sheet.freeze_panes(1, 0)
        return out.getvalue()


def _write_cell(sheet: Any, row: int, column: int, value: Any, quoted: Any) -> None:
    text = as_written(value)
    exact = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if exact and len(text.strip("-").replace(".", "").lstrip("0")) <= MAX_NUMBER_DIGITS:
        sheet.write_number(row, column, value)
    elif text:
        sheet.write_string(row, column, text, quoted if looks_like_formula(text) else None)


def _preflight(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableList("Excelブック（xlsx）として読み取れません。") from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise UnreadableList("ブックが大きすぎます。必要なシートだけにして、保存し直してください。")


def _cell_text(cell: Any) -> str:
    if cell.data_type in {"f", "e"}:
        kind = "数式" if cell.data_type == "f" else "エラー"
        raise UnreadableList(f"セル {cell.coordinate} に{kind}があります。値に直してから取り込んでください。")
    value = cell.value
    if isinstance(value, float):
        # What Excel shows: 15 significant digits, and no ".0" behind a whole number.
        value = Decimal(format(value, ".15g"))
    return as_written(value)


def _dataset(rows: Iterable[list[str]]) -> tablib.Dataset:
    """Return the rows under their headings; every row is kept or the file is refused."""
    dataset = tablib.Dataset()
    headings: list[str] | None = None
    for number, row in enumerate(rows, 1):
        if number > MAX_ROWS + 1 or len(row) > MAX_COLUMNS:
            raise UnreadableList(
                f"大きすぎます（{MAX_ROWS:,}行、{MAX_COLUMNS}列まで）。分けて取り込んでください。"
            )
        if not any(row):
            continue
        if headings is None:
            headings = _headings(row)
            dataset.headers = headings
            continue
        if any(row[len(headings) :]):
            raise UnreadableList(f"{number}行目に、見出しのない列の値があります。")
        dataset.append((row + [""] * len(headings))[: len(headings)])
    return dataset


def _headings(row: list[str]) -> list[str]:
    last = max(index for index, text in enumerate(row) if text)
    found = row[: last + 1]
    if not all(found) or len(set(found)) != len(found):
        raise UnreadableList("見出しの行に、空の見出しか同じ見出しがあります。")
    return found
