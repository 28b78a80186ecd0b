"""How what was read travels from the reading process to the server: JSON of plain values only.

Pickle would let a parser that was taken over run code in the server; JSON cannot. Decimals and dates
travel as tagged objects, rows in batches so that neither side holds the document twice.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from decimal import Decimal
from typing import Any, Final

from importers.calculations.rows import (
    Doubt,
    Inference,
    Location,
    SourceColumn,
    SourceDocument,
    SourceError,
    SourceNote,
    SourceRow,
    SourceTable,
)
from importers.enums import DocumentKind, SourceFormat

BATCH: Final = 500
_SHAPES: Final[dict[str, Any]] = {
    shape.__name__: shape
    for shape in (Doubt, Inference, Location, SourceColumn, SourceError, SourceNote, SourceRow, SourceTable)
}
_TAG: Final = "$"


def encode(value: object) -> str:
    """Return one line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_tagged)


def decode(line: str | bytes) -> Any:
    """Return what `encode` was given, sequences as lists.

    :raises ValueError: no JSON, or a tag that is none of ours.
    """
    text = line.decode("utf-8") if isinstance(line, bytes) else line
    if f'"{_TAG}"' in text:
        return json.loads(text, object_hook=_untagged)
    return json.loads(text)


def row_batches(rows: Sequence[SourceRow]) -> Iterable[list[object]]:
    """Yield the rows in batches; a row without doubts travels as its place and values alone."""
    keys: tuple[str, ...] | None = None
    for start in range(0, len(rows), BATCH):
        batch: list[object] = []
        for row in rows[start : start + BATCH]:
            if keys is None:
                keys = tuple(row.fields)
                batch.append(list(keys))
            if row.doubts or row.inferred or row.extra or row.refused or row.raw or tuple(row.fields) != keys:
                batch.append(row)
            else:
                place = row.location
                batch.append([_place(place), list(row.fields.values())])
        yield batch


def _place(place: Location) -> list[object]:
    return [place.page, place.line, place.sheet, place.row, place.column, place.cell, place.box]


def rows_from(batch: Iterable[Any], file: str, keys: list[str]) -> Iterable[SourceRow]:
    """Return the rows of a decoded batch; the first batch leaves the names of the fields in `keys`."""
    for item in batch:
        if isinstance(item, SourceRow):
            yield item
        elif not keys:
            keys.extend(item)
        else:
            (page, line, sheet, row, column, cell, box), values = item
            place = Location(file, page, line, sheet, row, column, cell, tuple(box) if box else None)
            yield SourceRow(place, dict(zip(keys, values, strict=True)))


def document_head(document: SourceDocument) -> dict[str, object]:
    """Return everything of a document but its rows."""
    return {
        "kind": document.kind,
        "format": document.format,
        "errors": document.errors,
        "notes": document.notes,
        "tables": document.tables,
    }


def document_from(file: str, head: Mapping[str, Any], rows: Iterable[SourceRow]) -> SourceDocument:
    """Return the document from its decoded head and rows."""
    return SourceDocument(
        file=file,
        kind=kind_named(head["kind"]) if head["kind"] else None,
        rows=tuple(rows),
        errors=tuple(head["errors"]),
        notes=tuple(head["notes"]),
        format=format_named(head["format"]) if head["format"] else None,
        tables=tuple(head["tables"]),
    )


def kind_named(value: str) -> DocumentKind:
    """Return the kind of document with this code."""
    return next(kind for kind in DocumentKind if kind.value == value)


def format_named(value: str) -> SourceFormat:
    """Return the form of document with this code."""
    return next(form for form in SourceFormat if form.value == value)


def _tagged(value: object) -> object:
    if is_dataclass(value) and type(value).__name__ in _SHAPES:
        parts = [getattr(value, part.name) for part in fields_of(value)]
        return {_TAG: type(value).__name__, "parts": parts}
    if isinstance(value, Decimal):
        return {_TAG: "decimal", "text": str(value)}
    if isinstance(value, datetime.date | datetime.time):
        return {_TAG: "date", "text": value.isoformat()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot travel: {type(value).__name__}")


def _untagged(value: dict[str, Any]) -> object:
    tag = value.get(_TAG)
    if tag is None:
        return value
    if tag == "decimal":
        return Decimal(value["text"])
    if tag == "date":
        return datetime.date.fromisoformat(value["text"][:10])
    shape = _SHAPES.get(tag)
    if shape is None:
        raise ValueError(f"unknown tag {tag!r}")
    parts = dict(zip((part.name for part in fields_of(shape)), value["parts"], strict=True))
    return shape(**{name: _as_tuple(name, part) for name, part in parts.items()})


_SEQUENCES: Final = frozenset(
    {"doubts", "alternatives", "box", "samples", "columns", "missing", "fiscal_years"}
)


def _as_tuple(name: str, part: object) -> object:
    return tuple(part) if isinstance(part, list) and name in _SEQUENCES else part
