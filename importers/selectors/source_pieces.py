"""The piece of a document that a row came from, as a page shows it beside the row."""

from collections.abc import Sequence
from dataclasses import dataclass

from importers.enums import SourceFormat
from importers.models import ImportRow, ImportRun
from importers.selectors.runs import row_place
from importers.sources.refusals import RefusedFile
from importers.sources.text_decoding import decode_text

LINES_AROUND = 3
LONGEST_TEXT = 5_000_000


@dataclass(frozen=True)
class SourceLine:
    """One line of a text document; `is_own` when the row was read from it."""

    number: int
    text: str
    is_own: bool


@dataclass(frozen=True)
class SourcePiece:
    """Where a row stands, and what stands there: lines of a text, or the cells of its row."""

    place: str
    lines: Sequence[SourceLine] = ()
    cells: Sequence[str] = ()
    page: int | None = None


def source_piece(run: ImportRun, row: ImportRow) -> SourcePiece:
    """Return the piece of the document behind a row."""
    place = row_place(row)
    if run.format == SourceFormat.TXT.value:
        return SourcePiece(place, lines=_lines(run, row))
    cells = row.raw.split("\t") if row.raw else []
    page = row.location.get("page") if run.format == SourceFormat.PDF.value else None
    return SourcePiece(place, cells=cells, page=page)


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
