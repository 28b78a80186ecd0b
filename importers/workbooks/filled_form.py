"""A city's own form, filled: named cells of an uploaded workbook get the values of one sheet.

The workbook has passed the inspection of every upload. Texts are written as texts, whatever they begin
with; formulas of the form stay the city's own and none is added.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import openpyxl
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName

from tsukuba_kpi.lib.flat_table import CELL_LIMIT
from tsukuba_kpi.lib.japanese_text import match_key

FormValue = str | int | Decimal | None
MOST_NAMES = 2_000
FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r\n")
_CELL = re.compile(r"\A\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?\Z")
_NOT_IN_NAMES = re.compile(r"[\W_]+")


class FormUnfit(Exception):
    """The workbook cannot serve as a form; the message goes on after the file's name."""


@dataclass(frozen=True)
class FilledForm:
    """The filled workbook, and which of its names were filled, or belong to nothing this sheet has."""

    content: bytes
    filled: tuple[str, ...]
    unknown: tuple[str, ...]


def name_key(name: str) -> str:
    """Return what is compared: neither width nor signs between words make a difference."""
    return _NOT_IN_NAMES.sub("", match_key(name))


def write_values(data: bytes, values: Mapping[str, FormValue]) -> FilledForm:
    """Write the values into the cells that the workbook names like them.

    :raises FormUnfit: for a workbook that cannot be opened, or has no cell with a known name
    """
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), keep_links=False, rich_text=False)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, OSError) as error:
        words = "を様式として開けません。Excelで「Excelブック（*.xlsx）」として保存し直してください。"
        raise FormUnfit(words) from error
    by_key = {name_key(name): value for name, value in values.items()}
    filled, unknown = [], []
    for name, cell in _named_cells(book):
        if name_key(name) in by_key:
            _write(cell, by_key[name_key(name)])
            filled.append(name)
        else:
            unknown.append(name)
    if not filled:
        words = "には、記入できる名前の付いたセルがありません。一覧にある名前をセルに付けてください。"
        raise FormUnfit(words)
    buffer = io.BytesIO()
    book.save(buffer)
    return FilledForm(buffer.getvalue(), tuple(filled), tuple(unknown))


def _named_cells(book: Workbook) -> list[tuple[str, Cell]]:
    found: list[tuple[str, Cell]] = []
    names: list[DefinedName] = [*book.defined_names.values()]
    for sheet in book.worksheets:
        names += sheet.defined_names.values()
    for defined in names[:MOST_NAMES]:
        if defined.name.startswith("_xlnm") or defined.hidden:
            continue
        cell = _cell_of(book, defined)
        if cell is not None:
            found.append((defined.name, cell))
    return found


def _cell_of(book: Workbook, defined: DefinedName) -> Cell | None:
    """Return the one cell, or the first of a merged range, that a name stands for."""
    try:
        places = list(defined.destinations)
    except (ValueError, AttributeError):
        return None
    if len(places) != 1 or places[0][0] not in book.sheetnames:
        return None
    title, area = places[0]
    match = _CELL.match(area)
    if match is None or int(match[2]) > 1_048_576:
        return None
    cell = book[title][f"{match[1]}{match[2]}"]
    return cell if isinstance(cell, Cell) else None


def _write(cell: Cell, value: FormValue) -> None:
    if value is None:
        cell.value = None
        return
    if isinstance(value, str):
        # The type after the value: openpyxl takes a text that begins with = for a formula.
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:CELL_LIMIT]
        cell.data_type = "s"
        if value.startswith(FORMULA_STARTS):
            cell.quotePrefix = True
        return
    cell.value = value
