"""Reads a document in this process, and compares what was read with what is meant."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importers.calculations.rows import SourceDocument, SourceRow
from importers.enums import DocumentKind
from importers.sources.parse_document import ParseRequest, parse_document
from importers.sources.preflight import inspect_file
from importers.sources.refusals import RefusedFile


def read_here(path: Path, kind: DocumentKind, **options: Any) -> SourceDocument:
    """Return a document without a process of its own: quick, and its errors have a traceback."""
    try:
        found = inspect_file(path)
        request = ParseRequest(path, path.name, kind, found.format, found.marked_sheets, **options)
        return parse_document(request, lambda done, total, words: None)
    except RefusedFile as refusal:
        return SourceDocument(path.name, kind, errors=refusal.errors)


def folded(value: object) -> object:
    """Return a value for comparing: compatibility forms and white space make no difference."""
    if isinstance(value, str):
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", value))
    if isinstance(value, list | tuple):
        return [folded(item) for item in value]
    return value


@dataclass
class Score:
    """How many fields were right, how many wrong but marked for a person, and which wrong in silence."""

    right: int = 0
    marked: int = 0
    wrong: list[str] = field(default_factory=list)


def compare(expected: Iterable[Mapping[str, object]], rows: Iterable[SourceRow]) -> Score:
    """Compare records with rows one by one; a missing or surplus row counts as wrong."""
    score = Score()
    wanted, found = list(expected), list(rows)
    if len(wanted) != len(found):
        score.wrong.append(f"{len(found)} rows instead of {len(wanted)}")
    for want, row in zip(wanted, found, strict=False):
        for name, value in want.items():
            if folded(row.fields[name]) == folded(value):
                score.right += 1
            elif row.needs_review or row.refused:
                score.marked += 1
            else:
                score.wrong.append(f"{row.location}: {name} {row.fields[name]!r} instead of {value!r}")
    return score
