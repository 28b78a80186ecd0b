"""The way in for everything that reads a document: inspect, parse in a child, return rows.

Errors never surface as exceptions here: a refused file is a document with `errors` and no rows.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from importers.calculations.plain_rows import PlainRows
from importers.calculations.rows import SourceDocument, SourceRow
from importers.enums import DocumentKind
from importers.sources.limits import LIMITS, Limits
from importers.sources.preflight import Inspection, inspect_file
from importers.sources.refusals import RefusedFile
from importers.sources.sandbox import ReadingProcess
from importers.sources.wire import document_from, pieces_from
from tsukuba_kpi.lib.collector import collector_at_rest

Progress = Callable[[int, int, str], None]


def read_document(
    path: Path,
    *,
    kind: DocumentKind,
    name: str | None = None,
    mapping: Mapping[str, Mapping[str, str | None]] | None = None,
    include_hidden: bool = False,
    known_sections: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    meanwhile: Callable[[], None] | None = None,
    limits: Limits = LIMITS,
) -> SourceDocument:
    """Return a document as rows with places and doubts, whatever the file is.

    `name` is the name the user knows the file by. `mapping` holds, by a layout's fingerprint, which
    column (by its letters) is which field, None for one to be ignored. `known_sections` gives sections
    of the city with their bureaus, which helps to cut cells that print both. `progress` is told
    (done, total, words). The child starts while the file is still inspected; `meanwhile` is done while it
    reads a file that passed.
    """
    file = name or path.name
    with ReadingProcess(file, _modules(path, kind), limits) as process:
        try:
            inspection = inspect_file(path, name=file, limits=limits)
            request = _request(path, file, kind, inspection)
            request |= {
                "mapping": {layout: dict(answer) for layout, answer in (mapping or {}).items()},
                "include_hidden": include_hidden,
                "known_sections": dict(known_sections) if known_sections else None,
            }
            answers = process.ask(request, progress, meanwhile)
            return _collect(process, answers, file, inspection)
        except RefusedFile as refusal:
            return SourceDocument(file, kind, errors=refusal.errors)


def _modules(path: Path, kind: DocumentKind) -> list[str]:
    """Return what the child will need, by the first bytes of the file; a guess costs nothing but time."""
    names = ["importers.sources.parse_document", f"importers.sources.table_{kind.value}"]
    try:
        # Asked before it is opened: a named pipe would wait for a writer for ever.
        if not path.is_file():
            return []
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError:
        return []
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        names.append("importers.sources.workbook")
    elif head.startswith(b"%PDF"):
        names.append("importers.sources.pdf.table")
    return names


def _request(path: Path, file: str, kind: DocumentKind, inspection: Inspection) -> dict[str, Any]:
    return {
        "path": str(path.resolve()),
        "file": file,
        "kind": kind.value,
        "format": inspection.format.value,
        "marked_sheets": list(inspection.marked_sheets),
    }


def _collect(
    process: ReadingProcess, answers: Iterable[Mapping[str, Any]], file: str, inspection: Inspection
) -> SourceDocument:
    pieces: list[SourceRow | PlainRows] = []
    head: Mapping[str, Any] = {}
    with collector_at_rest():
        for message in answers:
            if "rows" in message:
                try:
                    pieces.extend(pieces_from(message["rows"], file))
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    raise process.failed("unreadable rows") from error
            else:
                head = message["end"]
    document = document_from(file, head, pieces)
    if not inspection.notes:
        return document
    return SourceDocument(
        document.file,
        document.kind,
        document.rows,
        document.errors,
        (*inspection.notes, *document.notes),
        document.format,
        document.tables,
    )
