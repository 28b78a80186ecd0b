"""Records of an .xls workbook (BIFF8): sheets, how far cells reach, formats, hidden rows and columns.

The values themselves come from calamine; this reads what calamine does not tell. Record numbers and
layouts: [MS-XLS] 2.4, Microsoft's open specification of the format.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

BOF, EOF, FILEPASS, BOUNDSHEET, DATEMODE = 0x809, 0x0A, 0x2F, 0x85, 0x22
FONT = 0x31
FORMAT, XF, COLINFO, ROW, MERGED = 0x41E, 0xE0, 0x7D, 0x208, 0xE5
FORMULA, NUMBER, RK, MULRK = 0x06, 0x203, 0x27E, 0xBD
LABELSST, LABEL, RSTRING, BOOLERR = 0xFD, 0x204, 0xD6, 0x205
_CELLS = frozenset((FORMULA, NUMBER, RK, MULRK, LABELSST, LABEL, RSTRING, BOOLERR))
_BIFF8 = 0x600
# Number formats that every .xls knows without naming them ([MS-XLS] 2.5.165), as far as they matter here.
_BUILT_IN = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 49: "@"}
_ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
}


class BrokenBiffError(ValueError):
    """The records contradict themselves."""


class EncryptedBiffError(ValueError):
    """The workbook is protected by a password."""


@dataclass(frozen=True, slots=True)
class BiffCell:
    """What a cell's record tells beside its value; row and column count from 1."""

    format: str
    error: str | None = None
    stale_formula: bool = False
    is_formula: bool = False


@dataclass(slots=True)
class BiffSheet:
    """One sheet: cells worth telling about, hidden rows and columns, how far its cells reach.

    `has_raised` tells that the workbook has a font for raised letters; where they stand is not read.
    """

    name: str
    hidden: bool
    has_cells: bool
    rows: int = 0
    columns: int = 0
    cells: dict[tuple[int, int], BiffCell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    has_raised: bool = False


def read_biff(stream: bytes) -> list[BiffSheet]:
    """Return the sheets of a workbook stream in order.

    :raises BrokenBiffError: records that lead outside the stream, or an older version of the format.
    :raises EncryptedBiffError: a password is needed.
    """
    formats = dict(_BUILT_IN)
    styles: list[int] = []
    places: list[tuple[int, BiffSheet]] = []
    has_raised = False
    for kind, body in _records(stream, 0):
        if kind == FILEPASS:
            raise EncryptedBiffError
        if kind == BOUNDSHEET:
            places.append(_bound_sheet(body))
        elif kind == FONT and len(body) >= 10:
            has_raised = has_raised or body[8:10] == b"\x01\x00"
        elif kind == FORMAT:
            number, text = _format(body)
            formats[number] = text
        elif kind == XF and len(body) >= 4:
            styles.append(int.from_bytes(body[2:4], "little"))
    names = [formats.get(number, "General") for number in styles]
    for position, sheet in places:
        sheet.has_raised = has_raised
        if sheet.has_cells:
            _read_sheet(stream, position, sheet, names)
    return [sheet for _, sheet in places]


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one substream, from its BOF to its EOF."""
    if len(stream) < position + 8 or position < 0:
        raise BrokenBiffError("substream outside the stream")
    kind, length, version = struct.unpack_from("<HHH", stream, position)
    if kind != BOF or version != _BIFF8:
        raise BrokenBiffError("no BIFF8 substream")
    depth = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + length]
        if len(body) < length:
            raise BrokenBiffError("record cut off")
        position += 4 + length
        depth += (kind == BOF) - (kind == EOF)
        if depth == 0:
            return
        if depth == 1:
            yield kind, body
    raise BrokenBiffError("no end")


def _bound_sheet(body: bytes) -> tuple[int, BiffSheet]:
    if len(body) < 8:
        raise BrokenBiffError("sheet record")
    position, state, kind, length, wide = struct.unpack_from("<IBBBB", body)
    name = body[8 : 8 + length * (2 if wide & 1 else 1)].decode(
        "utf-16-le" if wide & 1 else "latin-1", "replace"
    )
    return position, BiffSheet(name, hidden=bool(state & 3), has_cells=kind == 0)


def _format(body: bytes) -> tuple[int, str]:
    if len(body) < 5:
        return -1, ""
    number, length, wide = struct.unpack_from("<HHB", body)
    size = length * (2 if wide & 1 else 1)
    return number, body[5 : 5 + size].decode("utf-16-le" if wide & 1 else "latin-1", "replace")


def _read_sheet(stream: bytes, position: int, sheet: BiffSheet, styles: list[str]) -> None:
    for kind, body in _records(stream, position):
        if kind in _CELLS and len(body) >= 6:
            _read_cell(kind, body, sheet, styles)
        elif kind == ROW and len(body) >= 16:
            row, flags = int.from_bytes(body[:2], "little"), int.from_bytes(body[12:16], "little")
            if flags & 0x20:
                sheet.hidden_rows.add(row + 1)
        elif kind == COLINFO and len(body) >= 10:
            first, last, _, _, flags = struct.unpack_from("<HHHHH", body)
            if flags & 1:
                sheet.hidden_columns.update(range(first + 1, min(last, 255) + 2))


def _read_cell(kind: int, body: bytes, sheet: BiffSheet, styles: list[str]) -> None:
    row, column, style = struct.unpack_from("<HHH", body)
    sheet.rows = max(sheet.rows, row + 1)
    if kind == MULRK:
        count = (len(body) - 6) // 6
        for index in range(count):
            style = int.from_bytes(body[4 + index * 6 : 6 + index * 6], "little")
            _keep(sheet, row, column + index, BiffCell(_style(styles, style)))
        column += max(count - 1, 0)
    elif kind in (NUMBER, RK):
        _keep(sheet, row, column, BiffCell(_style(styles, style)))
    elif kind == BOOLERR and len(body) >= 8 and body[7]:
        _keep(sheet, row, column, BiffCell(_style(styles, style), error=_ERRORS.get(body[6], "#ERROR")))
    elif kind == FORMULA and len(body) >= 16:
        _keep(sheet, row, column, _formula(body, _style(styles, style)))
    sheet.columns = max(sheet.columns, column + 1)


def _formula(body: bytes, number_format: str) -> BiffCell:
    """A formula's result stands in its record; bits 0 and 1 ask Excel to compute it on opening."""
    error = None
    if body[12:14] == b"\xff\xff" and body[6] == 2:
        error = _ERRORS.get(body[8], "#ERROR")
    flags = int.from_bytes(body[14:16], "little")
    return BiffCell(number_format, error, stale_formula=bool(flags & 0x02), is_formula=True)


def _style(styles: list[str], number: int) -> str:
    return styles[number] if number < len(styles) else "General"


def _keep(sheet: BiffSheet, row: int, column: int, cell: BiffCell) -> None:
    if cell.is_formula or cell.error is not None or cell.format != "General":
        sheet.cells[row + 1, column + 1] = cell
