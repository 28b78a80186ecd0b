"""The piece of a document that a row came from, as a page shows it beside the row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importers.calculations.report import field_label
from importers.enums import DocumentKind, SourceFormat
from importers.models import ImportRow, ImportRun
from importers.selectors.runs import in_words, row_place
from importers.selectors.unchanged_rows import rows_at
from importers.sources.refusals import RefusedFile
from importers.sources.text_decoding import decode_text
from importers.sources.wire import decode

LINES_AROUND = 3
LONGEST_TEXT = 5_000_000


@dataclass(frozen=True)
class SourceLine:
    """One line of a text document; `is_own` when the row was read from it."""

    number: int
    text: str
    is_own: bool


@dataclass(frozen=True)
class SourceCell:
    """One cell of the row: its address (C5, or only the column), its heading, its text.

    `is_asked` when a person is asked about what was read from it.
    """

    address: str
    heading: str
    text: str
    is_asked: bool


@dataclass(frozen=True)
class Neighbour:
    """The row before or after, in short."""

    label: str
    place: str
    text: str


@dataclass(frozen=True)
class SourcePiece:
    """Where a row stands, and what stands there: lines of a text, or the cells of its row with neighbours."""

    place: str
    lines: Sequence[SourceLine] = ()
    cells: Sequence[SourceCell] = ()
    neighbours: Sequence[Neighbour] = ()


def source_piece(run: ImportRun, row: ImportRow) -> SourcePiece:
    """Return the piece of the document behind a row."""
    place = row_place(row)
    if run.format == SourceFormat.TXT.value:
        return SourcePiece(place, lines=_lines(run, row))
    if not place:
        return SourcePiece(place)
    return SourcePiece(place, cells=_cells(run, row), neighbours=_neighbours(run, row))


def _cells(run: ImportRun, row: ImportRow) -> list[SourceCell]:
    """Return the row's cells under their headings; without the printed text, what was read from them."""
    table = _table(run, row)
    columns = table.get("columns", ())
    texts = row.raw.split("\t") if row.raw else [_read_text(row, column) for column in columns]
    asked = {doubt["field"] for doubt in row.doubts if doubt.get("review", True)}
    if asked & {"bureau", "section"}:
        asked.add("department")
    own = _own_addresses(row) if table.get("turned") else {}
    cells = []
    for index, text in enumerate(texts):
        column = columns[index] if index < len(columns) else {}
        if text or column.get("heading"):
            field = str(column.get("field") or "").partition(":")[0]
            letters = str(column.get("letters") or "")
            address = own.get(str(column.get("field")), "") if table.get("turned") else _address(row, letters)
            heading = column.get("heading") or field_label(field, DocumentKind(run.kind)) or "（見出しなし）"
            cells.append(SourceCell(address, heading, text, field in asked))
    return cells


def _own_addresses(row: ImportRow) -> Mapping[str, str]:
    """Return the address of each field's cell where a row was gathered from a card."""
    found = decode(row.source).extra.get("cells", {}) if row.source else {}
    return found if isinstance(found, Mapping) else {}


def _read_text(row: ImportRow, column: Mapping[str, Any]) -> str:
    return in_words(row.fields.get(str(column.get("field") or ""), None))


def _table(run: ImportRun, row: ImportRow) -> Mapping[str, Any]:
    """Return the table a row belongs to: that of its sheet, or the only one."""
    sheet = row.location.get("sheet")
    own = [table for table in run.tables if sheet and f"シート「{sheet}」" in table["place"]]
    tables = own if len(own) == 1 else run.tables if len(run.tables) == 1 else []
    return tables[0] if tables else {}


def _address(row: ImportRow, letters: str) -> str:
    number = row.location.get("row")
    if not letters or row.location.get("page") is not None:
        return ""
    return f"{letters}{number}" if row.location.get("sheet") and number else f"{letters}列"


def _neighbours(run: ImportRun, row: ImportRow) -> list[Neighbour]:
    found = []
    for other in rows_at(run, [row.position - 1, row.position + 1]):
        if other.location.get("sheet") == row.location.get("sheet") and row_place(other):
            label = "前の行" if other.position < row.position else "次の行"
            text = other.raw.replace("\t", "　") or _in_short(run, other)
            found.append(Neighbour(label, row_place(other), text.replace("\n", " ")))
    return found


def _in_short(run: ImportRun, row: ImportRow) -> str:
    """Return what was read from a row in the order of its columns: a database may keep no order of keys."""
    named = [
        name
        for column in _table(run, row).get("columns", ())
        if (name := str(column.get("field") or "")) in row.fields
    ]
    return "　".join(filter(None, (in_words(row.fields[name]) for name in named or row.fields)))


def _lines(run: ImportRun, row: ImportRow) -> list[SourceLine]:
    """Return the row's lines with some before and behind, from the kept file or else from the row."""
    first = row.location.get("line") or 1
    own = row.raw.split("\n") if row.raw else []
    text = _text_of(run)
    if text is None:
        return [SourceLine(first + offset, line, True) for offset, line in enumerate(own)]
    wanted = {line.strip() for line in own if line.strip()}
    lines = text.split("\n")
    last = _last_line(lines, first, own)
    shown = range(max(1, first - LINES_AROUND), min(len(lines), last + LINES_AROUND) + 1)
    return [
        SourceLine(number, lines[number - 1], first <= number <= last and lines[number - 1].strip() in wanted)
        for number in shown
    ]


def _last_line(lines: Sequence[str], first: int, own: Sequence[str]) -> int:
    """Return the number of the row's last line: as many lines that are not blank as the row has."""
    left = sum(1 for line in own if line.strip())
    for number in range(first, len(lines) + 1):
        left -= 1 if lines[number - 1].strip() else 0
        if left <= 0:
            return number
    return len(lines)


def _text_of(run: ImportRun) -> str | None:
    if not run.stored_file or run.size > LONGEST_TEXT:
        return None
    try:
        with run.stored_file.open("rb") as stream:
            return decode_text(stream.read(), run.file_name).text.replace("\r\n", "\n")
    except (OSError, RefusedFile):
        return None
