"""Workbooks (.xlsx, .xls) to grids: values by calamine, everything else by the XML or the records.

Called in the reading process only: calamine is native code and may abort on hostile files.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import python_calamine

from importers.calculations.rows import Location
from importers.sources.grids import Grid, Mark, Merge
from importers.sources.refusals import RefusedFile, refuse
from importers.sources.sheet_marks import (
    SheetMarks,
    Styles,
    read_comments,
    read_marks,
    read_shared_strings,
    read_styles,
)
from importers.sources.workbook_parts import BrokenWorkbookError, SheetPart, elements, read_sheet_parts

if TYPE_CHECKING:
    from importers.sources.biff import BiffSheet

_LONGEST_TEXT = 32_767  # what a cell of Excel holds
_CHUNK = 1024 * 1024
_DAMAGED = "は壊れているか途中で切れているので、Excelで開いて保存し直したものを取り込んでください。"
_FIGURE = re.compile(r"[0-9０-９]\s*\Z")
_RAISED = "上付きの文字を使うブックなので、注の印の数字が値に混じっていないか確かめてください。"
_PLAIN_XLS_FORMATS = frozenset(("General", "0", "0.00", "#,##0", "#,##0.00", "@"))

Progress = Callable[[int, int, str], None]


def read_xlsx(path: Path, file: str, marked: Iterable[str], progress: Progress) -> list[Grid]:
    """Return a grid for every worksheet; `marked` are the parts that the preflight found worth a look.

    :raises RefusedFile: the workbook cannot be read.
    """
    try:
        return _read_xlsx(path, file, marked, progress)
    except (expat.ExpatError, BrokenWorkbookError, zipfile.BadZipFile) as error:
        raise refuse("damaged", Location(file), _DAMAGED) from error


def _read_xlsx(path: Path, file: str, marked: Iterable[str], progress: Progress) -> list[Grid]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())

        def read(name: str) -> bytes:
            return archive.read(name) if name in names else b""

        parts = read_sheet_parts(read)
        styles = read_styles(_styles_part(read, names)) if _styles_part(read, names) else Styles()
        strings = read_shared_strings(read("xl/sharedStrings.xml"))
        sheets: list[Grid] = []
        values = _calamine_sheets(path, file, [part.name for part in parts])
        for number, (part, sheet) in enumerate(zip(parts, values, strict=True)):
            if not part.part:
                continue
            progress(number, len(parts), f"シート「{part.name}」を読んでいます")
            grid = _grid(sheet, part, file)
            if part.part in marked or strings or _uses(archive, part.part, styles):
                found = read_marks(_blocks(archive, part.part), styles, strings)
                grid = _with_marks(grid, found)
            sheets.append(_with_comments(grid, part, read))
        return sheets


def read_xls(path: Path, file: str, progress: Progress) -> list[Grid]:
    """Return a grid for every worksheet of an .xls.

    :raises RefusedFile: the workbook cannot be read.
    """
    from importers.sources.biff import read_biff
    from importers.sources.ole_container import OleContainer

    records = read_biff(OleContainer(path.read_bytes()).read("Workbook"))
    values = _calamine_sheets(path, file, [sheet.name for sheet in records])
    sheets: list[Grid] = []
    for number, (record, sheet) in enumerate(zip(records, values, strict=True)):
        if not record.has_cells:
            continue
        progress(number, len(records), f"シート「{record.name}」を読んでいます")
        grid = _grid(sheet, SheetPart(record.name, record.name, record.hidden), file)
        grid = _with_marks(grid, _biff_marks(record))
        sheets.append(_with_raised_asked(grid) if record.has_raised else grid)
    return sheets


def _calamine_sheets(path: Path, file: str, names: list[str]) -> Iterator[Any]:
    """Yield calamine's sheets, one by one, so that only one is in memory."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError as error:
        what = "はパスワードで保護されているので、保護を外して保存したものを取り込んでください。"
        raise refuse("encrypted", Location(file), what) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise refuse("damaged", Location(file), _DAMAGED) from error
    if [sheet.name for sheet in workbook.sheets_metadata] != names:
        raise refuse("damaged", Location(file), _DAMAGED)
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
            yield None
            continue
        try:
            yield workbook.get_sheet_by_index(index)
        except (python_calamine.CalamineError, ValueError) as error:
            raise _refuse_sheet(file, sheet.name) from error


def _refuse_sheet(file: str, name: str) -> RefusedFile:
    what = f"のシート「{name}」は壊れていて読めないので、Excelで開いて保存し直したものを取り込んでください。"
    return refuse("damaged", Location(file, sheet=name), what)


def _grid(sheet: Any, part: SheetPart, file: str) -> Grid:
    if sheet is None:
        return Grid(part.name, (), visible=not part.hidden)
    rows = sheet.to_python(skip_empty_area=False)
    if any(len(value) > _LONGEST_TEXT for row in rows for value in row if type(value) is str):
        what = (
            f"のシート「{part.name}」に{_LONGEST_TEXT:,}文字を超えるセルがあるので、"
            "文章を短くして保存したものを取り込んでください。"
        )
        raise refuse("cell_too_long", Location(file, sheet=part.name), what)
    merges = tuple(Merge(*first, *last) for first, last in sheet.merged_cell_ranges or ())
    return Grid(part.name, rows, merges, visible=not part.hidden)


def _with_marks(grid: Grid, found: SheetMarks) -> Grid:
    return replace(
        grid,
        marks=found.marks,
        hidden_rows=frozenset(found.hidden_rows),
        hidden_columns=frozenset(found.hidden_columns),
    )


def _styles_part(read: Callable[[str], bytes], names: set[str]) -> bytes:
    return read("xl/styles.xml") if "xl/styles.xml" in names else b""


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while block := stream.read(_CHUNK):
            yield block


def _uses(archive: zipfile.ZipFile, part: str, styles: Styles) -> bool:
    """Tell whether a sheet uses a style that says something about its cells."""
    telling = [f's="{number}"'.encode() for number in styles.telling]
    if not telling:
        return False
    tail = b""
    for block in _blocks(archive, part):
        text = tail + block
        if any(style in text for style in telling):
            return True
        tail = text[-16:]
    return False


def _with_comments(grid: Grid, part: SheetPart, read: Callable[[str], bytes]) -> Grid:
    folder, _, base = part.part.rpartition("/")
    relations = read(f"{folder}/_rels/{base}.rels")
    if b"/comments" not in relations:
        return grid
    marks = dict(grid.marks)
    for relation in elements(relations, "Relationship"):
        if not relation.get("Type", "").endswith("/relationships/comments"):
            continue
        target = relation.get("Target", "")
        name = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        data = read(name)
        for cell, text in read_comments(data).items() if data else ():
            marks[cell] = replace(marks.get(cell, Mark()), comment=text)
    return replace(grid, marks=marks)


def _with_raised_asked(grid: Grid) -> Grid:
    """Ask about figures kept as texts, the last digit of which may be a raised mark of a note."""
    texts = {
        (row, column): replace(grid.marks.get((row, column), Mark()), unclear=_RAISED)
        for row, cells in enumerate(grid.rows)
        for column, value in enumerate(cells)
        if isinstance(value, str) and _FIGURE.search(value)
    }
    return replace(grid, marks={**grid.marks, **texts})


def _biff_marks(record: "BiffSheet") -> SheetMarks:
    marks: dict[tuple[int, int], Mark] = {}
    for (row, column), cell in record.cells.items():
        number_format = None if cell.format in _PLAIN_XLS_FORMATS else cell.format
        mark = Mark(cell.error, cell.is_formula, not cell.stale_formula, number_format)
        if mark != Mark():
            marks[row - 1, column - 1] = mark
    return SheetMarks(
        marks,
        {row - 1 for row in record.hidden_rows},
        {column - 1 for column in record.hidden_columns},
    )
