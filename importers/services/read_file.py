"""Read a file from disk into a SourceDocument, with what identifies the file."""

import hashlib
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from importers.calculations.rows import SourceDocument
from importers.enums import DocumentKind
from importers.models import ColumnMapping
from importers.services.imports import ImportedFile
from importers.sources.limits import LIMITS
from importers.sources.read_document import read_document
from organization.models import Section

Progress = Callable[[int, int, str], None]
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as read: its document and its identity."""

    document: SourceDocument
    file: ImportedFile


def read_file(
    path: Path,
    kind: DocumentKind,
    *,
    demo: bool = False,
    name: str | None = None,
    include_hidden: bool = False,
    progress: Progress | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> ReadFile:
    """Read a document of any form; what cannot be read stands in the document's errors.

    `meanwhile` is done while the document is read.

    :raises OSError: the file cannot be opened
    """
    sha256, size = _identify(path)
    document = read_document(
        path,
        kind=kind,
        name=name,
        mapping=remembered_columns(kind),
        include_hidden=include_hidden,
        known_sections=known_sections(demo=demo),
        progress=progress,
        meanwhile=meanwhile,
    )
    file = ImportedFile(
        name=name or path.name,
        sha256=sha256,
        size=size,
        format=document.format.value if document.format is not None else "",
        path=path,
    )
    return ReadFile(document, file)


def _identify(path: Path) -> tuple[str, int]:
    """Return a file's SHA-256 and size without holding more than a piece of it.

    What is no file (a pipe may never end) or too large is not read at all: the document refuses it.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > LIMITS.file_bytes:
        return "", status.st_size
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def known_sections(*, demo: bool) -> Mapping[str, str]:
    """Return the names of the registered sections with their bureaus, which help to cut glued names."""
    return {
        name: bureau or ""
        for name, bureau in Section.objects.filter(is_demo=demo).values_list("name", "bureau__name")
    }


def remembered_columns(kind: DocumentKind) -> dict[str, dict[str, str | None]]:
    """Return what people said about the columns of layouts that were not understood, by fingerprint."""
    return {
        fingerprint: {letters: field or None for letters, field in mapping.items()}
        for fingerprint, mapping in ColumnMapping.objects.filter(kind=kind.value).values_list(
            "fingerprint", "mapping"
        )
    }
