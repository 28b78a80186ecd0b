"""Read a file from disk into a SourceDocument, with what identifies the file."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from importers.calculations.rows import Location, SourceDocument, SourceError
from importers.enums import DocumentKind, SourceFormat
from importers.services.imports import ImportedFile
from importers.sources.txt_lines import decode_text
from importers.sources.txt_programs import parse_programs_text
from organization.models import Section


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as read: its document and its identity."""

    document: SourceDocument
    file: ImportedFile


def read_file(path: Path, kind: DocumentKind, *, demo: bool = False) -> ReadFile:
    """Read a document; what cannot be read stands in the document's errors.

    :raises OSError: the file cannot be opened
    """
    content = path.read_bytes()
    file = ImportedFile(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        format=SourceFormat.TXT.value,
        content=content,
    )
    return ReadFile(_parse(content, path.name, kind, demo=demo), file)


def _parse(content: bytes, name: str, kind: DocumentKind, *, demo: bool) -> SourceDocument:
    text = decode_text(content, name)
    if isinstance(text, SourceError):
        return SourceDocument(name, kind, errors=(text,))
    if kind is DocumentKind.PROGRAMS:
        return parse_programs_text(text, name, known_sections(demo=demo))
    message = (
        f"「{name}」：{kind.label}はテキスト形式では取り込めません。ExcelブックかCSVで用意してください。"
    )
    return SourceDocument(name, kind, errors=(SourceError("kind_not_in_text", Location(file=name), message),))


def known_sections(*, demo: bool) -> Mapping[str, str]:
    """Return the names of the registered sections with their bureaus, which help to cut glued names."""
    return {
        name: bureau or ""
        for name, bureau in Section.objects.filter(is_demo=demo).values_list("name", "bureau__name")
    }
