"""A city's own form, filled: named cells of an uploaded workbook get the values of one sheet.

The workbook has passed the inspection of every upload. Texts are written as texts, whatever they begin
with; formulas of the form stay the city's own and none is added. What was not filled stands on a sheet
of its own at the end, with the reason.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zipfile import ZipFile

import openpyxl
from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from tsukuba_kpi.lib.flat_table import CUT_SHORT, cut_to_cell
from tsukuba_kpi.lib.japanese_text import match_key

FormValue = str | int | Decimal | None
MOST_NAMES = 2_000
RESULT_SHEET = "記入の結果"
# Parts of a workbook that writing may not carry over.
_FRAGILE = {
    "drawings": "図形・画像の配置",
    "media": "画像",
    "charts": "グラフ",
    "ctrlprops": "フォームのボタンやチェックボックス",
    "activex": "ActiveXの部品",
    "pivottables": "ピボットテーブル",
    "slicers": "スライサー",
}
_EXACT_DIGITS = 15
FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r\n")
_CELL = re.compile(r"\A\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?\Z")
_NOT_IN_NAMES = re.compile(r"[\W_]+")


class FormUnfit(Exception):
    """The workbook cannot serve as a form; the message goes on after the file's name."""


@dataclass(frozen=True)
class Unfilled:
    """A name of the form, or a part of it, that did not get what it asks for, and why."""

    name: str
    place: str
    reason: str


@dataclass(frozen=True)
class FilledForm:
    """The filled workbook, which of its names were filled, and what was not."""

    content: bytes
    filled: tuple[str, ...]
    unfilled: tuple[Unfilled, ...]


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
    names = _names(book)
    if len(names) > MOST_NAMES:
        raise FormUnfit(f"には名前が{len(names):,}個あります。{MOST_NAMES:,}個までにしてください。")
    filled, unfilled = _fill(book, names, {name_key(name): value for name, value in values.items()})
    if not filled:
        words = "には、記入できる名前の付いたセルがありません。一覧にある名前をセルに付けてください。"
        raise FormUnfit(words)
    unfilled += _lost_parts(data, _saved(book))
    if unfilled:
        _tell(book, unfilled)
    return FilledForm(_saved(book), tuple(filled), tuple(unfilled))


def _fill(
    book: Workbook, names: list[DefinedName], by_key: Mapping[str, FormValue]
) -> tuple[list[str], list[Unfilled]]:
    filled: list[str] = []
    unfilled: list[Unfilled] = []
    taken: dict[tuple[str, str], str] = {}
    for defined in names:
        cell = _cell_of(book, defined)
        place = f"{cell.parent.title}!{cell.coordinate}" if cell is not None else (defined.attr_text or "")
        if (reason := _obstacle(defined.name, cell, by_key, taken)) is not None:
            unfilled.append(Unfilled(defined.name, place, reason))
            continue
        assert cell is not None
        taken[cell.parent.title, cell.coordinate] = defined.name
        filled.append(defined.name)
        if (shortened := _write(cell, by_key[name_key(defined.name)])) is not None:
            unfilled.append(Unfilled(defined.name, place, shortened))
    return filled, unfilled


def _obstacle(
    name: str, cell: Cell | None, by_key: Mapping[str, FormValue], taken: Mapping[tuple[str, str], str]
) -> str | None:
    """Return why a name is not filled, None when it is."""
    if name_key(name) not in by_key:
        return "このシートにない名前です（名前の誤りか、まだ値がないか、見られない内容です）。"
    if cell is None:
        return "一つのセル（または結合したセル）を指していないため、記入できません。"
    first = taken.get((cell.parent.title, cell.coordinate))
    if first is not None:
        return f"同じセルに名前「{first}」の内容を記入したため、記入していません。"
    if cell.data_type == "f":
        return "様式の計算式があるため、書き換えていません。"
    return None


def _lost_parts(before: bytes, after: bytes) -> list[Unfilled]:
    """Return what of the form the writing did not carry over: pictures, shapes, controls."""
    kept, had = (_kinds_of_parts(content) for content in (after, before))
    return [
        Unfilled("", words, "記入したブックに残せませんでした。元の様式を確かめてください。")
        for key, words in _FRAGILE.items()
        if kept[key] < had[key]
    ]


def _kinds_of_parts(content: bytes) -> dict[str, int]:
    with ZipFile(io.BytesIO(content)) as parts:
        names = [name.lower() for name in parts.namelist()]
    return {key: sum(1 for name in names if name.startswith(f"xl/{key}/")) for key in _FRAGILE}


def _tell(book: Workbook, unfilled: list[Unfilled]) -> None:
    """Add a sheet at the end that says what was not filled."""
    sheet = book.create_sheet(_free_title(book))
    rows = [("名前", "場所", "記入していない理由"), *((u.name, u.place, u.reason) for u in unfilled)]
    for line, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            _write(sheet.cell(line, column), text)
    for letter, width in (("A", 24), ("B", 24), ("C", 70)):
        sheet.column_dimensions[letter].width = width


def _free_title(book: Workbook) -> str:
    number, title = 1, RESULT_SHEET
    while title in book.sheetnames:
        number += 1
        title = f"{RESULT_SHEET}{number}"
    return title


def _saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _names(book: Workbook) -> list[DefinedName]:
    """Return the names a person gave: those of print areas and filters, and hidden ones, are Excel's own."""
    found = [*book.defined_names.values()]
    for sheet in book.worksheets:
        found += sheet.defined_names.values()
    return [each for each in found if not each.name.startswith("_xlnm") and not each.hidden]


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
    sheet = book[title]
    if match is None or int(match[2]) > 1_048_576 or not isinstance(sheet, Worksheet):
        return None
    cell = sheet[f"{match[1]}{match[2]}"]
    if isinstance(cell, MergedCell):
        merged = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        cell = sheet.cell(merged.min_row, merged.min_col)
    return cell if isinstance(cell, Cell) else None


def _write(cell: Cell, value: FormValue) -> str | None:
    """Write a value; return what was lost of it."""
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > _EXACT_DIGITS:
        value = format(value, "f")
    if not isinstance(value, str):
        cell.value = value
        return None
    text = cut_to_cell(ILLEGAL_CHARACTERS_RE.sub("", value))
    # The type after the value: openpyxl takes a text that begins with = for a formula.
    cell.value = text
    cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    return "Excelのセルに入る長さを超えるため、途中までです。" if text.endswith(CUT_SHORT) else None
