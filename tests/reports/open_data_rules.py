"""The rules of the state for machine-readable data (March 2026), as a reader of files finds them."""

import csv
import io
import re
import zipfile

import openpyxl

FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r\n")
NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?%?")
ASCII_NAME = re.compile(r"[a-z][a-z0-9_]*")


def csv_rows(content: bytes, encoding: str) -> list[list[str]]:
    """Return the lines of a csv file, which must be in the encoding it says."""
    if encoding == "utf-8-sig":
        assert content.startswith(b"\xef\xbb\xbf"), "no BOM"
    text = content.decode(encoding)
    assert "\r\n" in text
    return list(csv.reader(io.StringIO(text, newline="")))


def faults_of_table(rows: list[list[object]], *, ascii_names: bool) -> list[str]:
    """Return what is wrong with a table: its head, its lines, cells that a spreadsheet would compute."""
    header, *lines = rows
    names = [str(name or "") for name in header]
    found = [
        f"head {name!r}" for name in names if not name or (ascii_names and not ASCII_NAME.fullmatch(name))
    ]
    found += ["a name twice"] if len(set(names)) != len(names) else []
    found += [f"line {number} is uneven" for number, line in enumerate(lines, 2) if len(line) != len(names)]
    found += [
        f"line {number}: {cell!r} would be computed"
        for number, line in enumerate(rows, 1)
        for cell in line
        if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell)
    ]
    return found + [f"line {number} is empty" for number, line in enumerate(lines, 2) if not any(line)]


def faults_of_csv(content: bytes, encoding: str = "utf-8-sig", *, ascii_names: bool = False) -> list[str]:
    """Return what is wrong with a csv file."""
    return faults_of_table([list(row) for row in csv_rows(content, encoding)], ascii_names=ascii_names)


def faults_of_workbook(content: bytes, *, ascii_names: bool = False) -> list[str]:
    """Return what is wrong with a workbook: also hidden things, merged cells, macros and outside links."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = []
    for sheet in book:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        # Texts of a workbook are marked as texts, with a quote prefix: how they begin is no matter.
        found += [
            f"{sheet.title}: {each}"
            for each in faults_of_table(rows, ascii_names=ascii_names)
            if "would be computed" not in each
        ]
        found += [f"{sheet.title}: merged cells"] if sheet.merged_cells.ranges else []
        found += [f"{sheet.title}: hidden"] if sheet.sheet_state != "visible" else []
        hidden = [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()]
        found += [f"{sheet.title}: hidden lines"] if any(each.hidden for each in hidden) else []
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if cell.data_type == "f" or cell.comment or cell.hyperlink:
                found.append(f"{sheet.title} {cell.coordinate}: formula, comment or link")
            if cell.data_type == "s" and not cell.quotePrefix:
                found.append(f"{sheet.title} {cell.coordinate}: a text without its mark")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        found += [name for name in parts.namelist() if "vba" in name.lower() or "externalLink" in name]
    return found
