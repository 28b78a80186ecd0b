"""How what was read travels from the reading process to the server: JSON of plain values only.

Pickle would let a parser that was taken over run code in the server; JSON cannot. Decimals and dates
travel as tagged objects, rows in batches so that neither side holds the document twice; of the plain rows of
a long list, a hundred thousand cells, whole columns travel as one text. Rows are also kept in this form, so
that forms may be added, and those there are stay readable.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields as fields_of
from decimal import Decimal
from itertools import groupby, repeat
from types import NoneType
from typing import Any, Final, cast

from importers.calculations.plain_rows import BETWEEN, JoinedTexts, PlainRows, RowPieces
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
_TUPLES: Final = (Location, SourceRow)
_SHAPES: Final[dict[str, Any]] = {
    shape.__name__: shape
    for shape in (*_TUPLES, Doubt, Inference, SourceColumn, SourceError, SourceNote, SourceTable)
}
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    name: getattr(shape, "_fields", None) or tuple(part.name for part in fields_of(shape))
    for name, shape in _SHAPES.items()
}
_TAG: Final = "$"
_BOX: Final = Location._fields.index("box") - 1  # of a place without its file
_NO_PLACE: Final = {"all": None}
_PLAIN: Final = frozenset((str, int, bool, NoneType))


def encode(value: object) -> str:
    """Return one line of JSON."""
    return json.dumps(_part(value), ensure_ascii=False, separators=(",", ":"), default=_tagged)


def decode(line: str | bytes) -> Any:
    """Return what `encode` was given, sequences as lists.

    :raises ValueError: no JSON, or a tag that is none of ours.
    """
    text = line.decode("utf-8") if isinstance(line, bytes) else line
    if f'"{_TAG}"' in text:
        return json.loads(text, object_hook=_untagged)
    return json.loads(text)


def row_batches(rows: Sequence[SourceRow]) -> Iterable[list[object]]:
    """Yield the rows in batches: plain ones, of which there is nothing to say, together and by column."""
    if isinstance(rows, RowPieces):
        for by_column, pieces in groupby(rows.pieces, _is_by_column):
            if by_column:
                for piece in cast(Iterable[PlainRows], pieces):
                    yield [_packed_columns(piece)]
            else:
                yield from row_batches(cast(list[SourceRow], list(pieces)))
        return
    for start in range(0, len(rows), BATCH):
        batch: list[object] = []
        for keys, alike in groupby(rows[start : start + BATCH], _keys_of_plain):
            if keys is None:
                batch += map(_part, alike)
            else:
                batch.append(_packed_rows(keys, list(alike)))
        yield batch


def rows_from(batch: Iterable[Any], file: str) -> Iterator[SourceRow]:
    """Yield the rows of a decoded batch.

    :raises ValueError: the columns do not fit one another
    """
    for piece in pieces_from(batch, file):
        if isinstance(piece, PlainRows):
            yield from piece
        else:
            yield piece


def pieces_from(batch: Iterable[Any], file: str) -> Iterator[SourceRow | PlainRows]:
    """Yield the rows of a decoded batch; the plain ones of a sheet stay together.

    :raises ValueError: the columns do not fit one another
    """
    for item in batch:
        if isinstance(item, SourceRow):
            yield item
        elif (plain := _plain_rows(item, file)) is not None:
            yield plain
        else:
            yield from _unpacked_rows(item, file)


def is_plain(row: SourceRow) -> bool:
    """Tell whether a row's place and values are all there is to it: nothing inferred, doubted or refused."""
    return not any(row[2:])


def _keys_of_plain(row: SourceRow) -> tuple[str, ...] | None:
    """Return the names of a row's fields where its place and its values are all there is."""
    return tuple(row.fields) if is_plain(row) else None


def _is_by_column(piece: SourceRow | PlainRows) -> bool:
    return isinstance(piece, PlainRows)


def _packed_columns(rows: PlainRows) -> dict[str, object]:
    places: dict[str, Sequence[object]] = {"sheet": (rows.sheet,) * len(rows), "row": rows.numbers}
    nothing = (None,) * len(rows)
    columns = [*(places.get(name, nothing) for name in Location._fields[1:]), *rows.values.values()]
    return {
        "keys": tuple(rows.values),
        "count": len(rows),
        "columns": [_packed(column) for column in columns],
    }


def _packed_rows(keys: tuple[str, ...], rows: list[SourceRow]) -> dict[str, object]:
    places = zip(*[row.location[1:] for row in rows], strict=True)
    values = zip(*[row.fields.values() for row in rows], strict=True)
    return {"keys": keys, "count": len(rows), "columns": [_packed(column) for column in (*places, *values)]}


def _plain_rows(packed: Mapping[str, Any], file: str) -> PlainRows | None:
    """Return packed rows by column where they stand in one sheet and their places are row numbers alone."""
    places = dict(zip(Location._fields[1:], packed["columns"], strict=False))
    sheet, row = places.pop("sheet").get("all"), places.pop("row")
    elsewhere = any(place != _NO_PLACE for place in places.values())
    if not isinstance(sheet, str) or elsewhere or not _is_numbers(row):
        return None
    values = packed["columns"][len(places) + 2 :]
    numbers, *columns = _unpacked_columns([row, *values], packed["count"])
    return PlainRows(file, sheet, numbers, dict(zip(packed["keys"], columns, strict=True)))


def _is_numbers(packed: Mapping[str, Any]) -> bool:
    ((form, held),) = packed.items()
    return form == "whole" or isinstance(held, int) or (form == "each" and set(map(type, held)) == {int})


def _unpacked_columns(columns: Iterable[Mapping[str, Any]], count: int) -> list[Sequence[Any]]:
    if not 0 < count <= BATCH:
        raise ValueError("more rows than a batch has")
    return [_unpacked(column, count) for column in columns]


def _unpacked_rows(packed: Mapping[str, Any], file: str) -> Iterator[SourceRow]:
    count = packed["count"]
    columns = _unpacked_columns(packed["columns"], count)
    columns[_BOX] = [tuple(box) if box else None for box in columns[_BOX]]
    places = map(Location, repeat(file, count), *columns[: _BOX + 1])
    records = zip(*columns[_BOX + 1 :], strict=True)
    keys = packed["keys"]
    return map(SourceRow, places, (dict(zip(keys, values, strict=True)) for values in records))


def _packed(column: Sequence[object]) -> dict[str, object]:
    """Return a column in the shortest form that gives it back: reading it is most of what the pipe costs."""
    if isinstance(column, JoinedTexts):
        return {"texts": column.joined}
    first = column[0]
    kinds = set(map(type, column))
    if len(kinds) == 1 and type(first) in _PLAIN and column.count(first) == len(column):
        return {"all": first}
    if kinds == {int} and list(column) == list(range(cast(int, first), cast(int, first) + len(column))):
        return {"from": first}
    if kinds <= {str, NoneType} and "" not in column:
        texts = cast(tuple[str, ...], column if NoneType not in kinds else [text or "" for text in column])
        joined = BETWEEN.join(texts)
        if joined.count(BETWEEN) == len(column) - 1:
            return {"texts": joined}
    return {"each": column}


def _unpacked(packed: Mapping[str, Any], count: int) -> Sequence[Any]:
    """Return a column of so many values.

    :raises ValueError: it has fewer or more
    """
    ((form, held),) = packed.items()
    if form == "all":
        return [held] * count
    if form == "from":
        return range(held, held + count)
    if form == "whole":  # as rows were kept before
        column: Sequence[Any] = list(map(int, held.split(" ")))
    elif form == "texts":
        column = JoinedTexts(held).texts
    else:
        column = held
    if len(column) != count:
        raise ValueError("a column of another length")
    return column


def document_head(document: SourceDocument) -> dict[str, object]:
    """Return everything of a document but its rows."""
    return {
        "kind": document.kind,
        "format": document.format,
        "errors": document.errors,
        "notes": document.notes,
        "tables": document.tables,
    }


def document_from(
    file: str, head: Mapping[str, Any], pieces: Sequence[SourceRow | PlainRows]
) -> SourceDocument:
    """Return the document from its decoded head and rows."""
    by_column = any(map(_is_by_column, pieces))
    return SourceDocument(
        file=file,
        kind=kind_named(head["kind"]) if head["kind"] else None,
        rows=RowPieces(pieces) if by_column else cast(tuple[SourceRow, ...], tuple(pieces)),
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


def _part(value: object) -> object:
    """Return a part of a shape as JSON takes it, which would write our tuples as nameless lists."""
    return _tagged(value) if type(value) in _TUPLES else value


def _tagged(value: object) -> object:
    name = type(value).__name__
    if _SHAPES.get(name) is type(value):
        return {_TAG: name, "parts": [_part(getattr(value, part)) for part in _PARTS[name]]}
    if isinstance(value, Decimal):
        return {_TAG: "decimal", "text": str(value)}
    if isinstance(value, datetime.date | datetime.time):
        return {_TAG: "date", "text": value.isoformat()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot travel: {name}")


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
    parts = dict(zip(_PARTS[tag], value["parts"], strict=True))
    return shape(**{name: _as_tuple(name, part) for name, part in parts.items()})


_SEQUENCES: Final = frozenset(
    {"doubts", "alternatives", "box", "samples", "columns", "missing", "fiscal_years"}
)


def _as_tuple(name: str, part: object) -> object:
    return tuple(part) if isinstance(part, list) and name in _SEQUENCES else part
