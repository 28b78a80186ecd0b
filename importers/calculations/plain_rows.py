"""Rows of which nothing is to be told but place and values, kept by column until somebody wants them singly.

A city's list has tens of thousands of cells, and almost all of its rows are such. Most steps on their way
only pass them on or compare whole columns, so no row is made of them before a person or a record needs it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, groupby
from typing import Any, Final, cast

from importers.calculations.rows import Location, SourceRow

BETWEEN: Final = "\ue000"  # joins texts; a sign for private use, which no text of a city has


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Some rows of a sheet: their numbers there, and by field the values of all of them."""

    file: str
    sheet: str
    numbers: Sequence[int]
    values: Mapping[str, Sequence[object]]

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[SourceRow]:
        names = tuple(self.values)
        for number, values in zip(self.numbers, zip(*self.values.values(), strict=True), strict=True):
            place = Location(self.file, None, None, self.sheet, number)
            yield SourceRow(place, dict(zip(names, values, strict=True)))

    def row(self, index: int) -> SourceRow:
        """Return one of the rows."""
        place = Location(self.file, None, None, self.sheet, self.numbers[index])
        return SourceRow(place, {name: column[index] for name, column in self.values.items()})


@dataclass(frozen=True, slots=True)
class JoinedTexts(Sequence[str | None]):
    """A column of texts as the one text that `BETWEEN` joins them to, "" for none: passed on at once."""

    joined: str

    @property
    def texts(self) -> list[str | None]:
        """The texts."""
        texts = self.joined.split(BETWEEN)
        return [text or None for text in texts] if "" in texts else cast(list[str | None], texts)

    def __len__(self) -> int:
        return self.joined.count(BETWEEN) + 1

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.texts)

    def __getitem__(self, wanted: Any) -> Any:
        return self.texts[wanted]


class RowPieces(Sequence[SourceRow]):
    """The rows of a document in their order, some one by one and some by column; all have the same fields."""

    def __init__(self, pieces: Sequence[SourceRow | PlainRows]) -> None:
        self.pieces = pieces
        self._starts = list(accumulate(map(_length, pieces), initial=0))
        self._columns: dict[str, list[Any]] = {}

    @cached_property
    def alone(self) -> Mapping[int, SourceRow]:
        """The rows that have more to tell than place and values, by their index."""
        found = zip(self._starts, self.pieces, strict=False)
        return {start: piece for start, piece in found if isinstance(piece, SourceRow)}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        first = self.pieces[0]
        return tuple(first.values if isinstance(first, PlainRows) else first.fields)

    @property
    def places(self) -> Iterator[Location]:
        """The places of all rows."""
        for piece in self.pieces:
            if isinstance(piece, PlainRows):
                yield from (Location(piece.file, None, None, piece.sheet, row) for row in piece.numbers)
            else:
                yield piece.location

    def column(self, name: str) -> list[Any]:
        """Return the values of a field in all rows."""
        if name not in self._columns:
            self._columns[name] = list(chain.from_iterable(_values(piece, name) for piece in self.pieces))
        return self._columns[name]

    def picked(self, indexes: Sequence[int]) -> "RowPieces":
        """Return some of the rows; those that were kept by column stay so."""
        pieces: list[SourceRow | PlainRows] = []
        file = next((piece.file for piece in self.pieces if isinstance(piece, PlainRows)), "")
        for sheet, group in groupby(indexes, self._sheets.__getitem__):
            wanted = list(group)
            if sheet is None:
                pieces += [self.alone[index] for index in wanted]
                continue
            numbers = [self._numbers[index] for index in wanted]
            columns = {name: self.column(name) for name in self.names}
            values = {name: [column[index] for index in wanted] for name, column in columns.items()}
            pieces.append(PlainRows(file, sheet, numbers, values))
        return RowPieces(pieces)

    @cached_property
    def _sheets(self) -> list[str | None]:
        """The sheet of each row that is kept by column, None for those that are not."""
        found: list[str | None] = []
        for piece in self.pieces:
            found += [piece.sheet] * len(piece) if isinstance(piece, PlainRows) else [None]
        return found

    @cached_property
    def _numbers(self) -> list[int]:
        found: list[int] = []
        for piece in self.pieces:
            found += piece.numbers if isinstance(piece, PlainRows) else [0]
        return found

    def __len__(self) -> int:
        return self._starts[-1]

    def __iter__(self) -> Iterator[SourceRow]:
        for piece in self.pieces:
            if isinstance(piece, PlainRows):
                yield from piece
            else:
                yield piece

    def __getitem__(self, wanted: Any) -> Any:
        if isinstance(wanted, slice):
            return tuple(self[index] for index in range(len(self))[wanted])
        index = range(len(self))[wanted]
        position = bisect_right(self._starts, index) - 1
        piece = self.pieces[position]
        return piece.row(index - self._starts[position]) if isinstance(piece, PlainRows) else piece


def column_of(rows: Sequence[SourceRow], name: str) -> list[Any]:
    """Return the values of a field in all rows, in whatever form they are kept."""
    if isinstance(rows, RowPieces):
        return rows.column(name)
    return [row.fields.get(name) for row in rows]


def _length(piece: SourceRow | PlainRows) -> int:
    return len(piece) if isinstance(piece, PlainRows) else 1


def _values(piece: SourceRow | PlainRows, name: str) -> Sequence[object]:
    return piece.values[name] if isinstance(piece, PlainRows) else (piece.fields[name],)
