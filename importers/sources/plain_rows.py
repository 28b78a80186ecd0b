"""Rows of which nothing is to be told but place and values, kept by column until somebody wants them singly.

A city's list has tens of thousands of cells, and almost all of its rows are such. The reading process
only passes them on, so it makes no row of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importers.calculations.rows import Location, SourceRow


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


class RowPieces(Sequence[SourceRow]):
    """The rows of a document in their order, some of them one by one and some by column."""

    def __init__(self, pieces: Sequence[SourceRow | PlainRows]) -> None:
        self.pieces = pieces

    @property
    def alone(self) -> list[SourceRow]:
        """The rows that have more to tell than place and values."""
        return [piece for piece in self.pieces if isinstance(piece, SourceRow)]

    def column(self, name: str) -> list[object]:
        """Return the values of a field in all rows."""
        found: list[object] = []
        for piece in self.pieces:
            if isinstance(piece, PlainRows):
                found += piece.values[name]
            else:
                found.append(piece.fields[name])
        return found

    def __len__(self) -> int:
        return sum(len(piece) if isinstance(piece, PlainRows) else 1 for piece in self.pieces)

    def __iter__(self) -> Iterator[SourceRow]:
        for piece in self.pieces:
            if isinstance(piece, PlainRows):
                yield from piece
            else:
                yield piece

    def __getitem__(self, wanted: Any) -> Any:
        return tuple(self)[wanted]
