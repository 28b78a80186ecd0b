"""Programs of a list that need no look at each: those that stand in hand as printed, and plain new ones.

In a city's list of every year almost all rows are one or the other: compared and written by column.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importers.calculations.plain_rows import RowPieces, column_of
from importers.calculations.plan import MARKED_CODES
from importers.calculations.rows import PROGRAM_FIELDS, Doubt, SourceRow
from importers.calculations.section_names import SectionDirectory, SectionMatch
from importers.selectors.existing_programs import ProgramsState

_PRINTED = tuple(name for name in PROGRAM_FIELDS if name != "number")
# The texts of a sheet by the fields of the list.
_TEXTS = {
    "name": "name",
    "bureau": "bureau_printed",
    "section": "section_printed",
    "purpose": "purpose",
    "summary": "summary",
    "results": "results",
}


@dataclass(frozen=True, slots=True)
class NewSheets:
    """Sheets to add for rows that nothing is asked about, all in the order of `indexes`.

    `program_ids` has None for a program that is new itself; `doubts` has, by the row's index, what is only
    told.
    """

    indexes: Sequence[int] = ()
    numbers: Sequence[int] = ()
    program_ids: Sequence[int | None] = ()
    sections: Sequence[SectionMatch] = ()
    doubts: Mapping[int, tuple[Doubt, ...]] = field(default_factory=dict)
    rows: RowPieces = field(default_factory=lambda: RowPieces(()))

    @property
    def columns(self) -> dict[str, Sequence[Any]]:
        """The fields of the sheets as the model names them."""
        columns = {name: self.rows.column(printed) for printed, name in _TEXTS.items()}
        order = self.rows.column("order")
        return {
            "position": [order[index] for index in self.indexes],
            **{name: [column[index] or "" for index in self.indexes] for name, column in columns.items()},
        }


def rows_in_hand(rows: Sequence[SourceRow], numbers: Sequence[int | None], state: ProgramsState) -> set[int]:
    """Return the indexes of rows that print exactly what stands in hand, with nothing more to be said."""
    if not state:
        return set()
    printed = zip(*(column_of(rows, name) for name in _PRINTED), strict=True)
    equal = {
        index
        for index, (number, values) in enumerate(zip(numbers, printed, strict=True))
        if number is not None and state.printed(number) == values
    }
    alone = rows.alone.items() if isinstance(rows, RowPieces) else enumerate(rows)
    return equal - {index for index, row in alone if row.doubts or row.extra or row.refused is not None}


def new_sheets(
    rows: Sequence[SourceRow],
    numbers: Sequence[int | None],
    state: ProgramsState,
    directory: SectionDirectory,
    candidates: Collection[int],
) -> NewSheets:
    """Return what is added for plain rows whose program has no sheet of the year yet.

    The program has the very name it is printed with, or there is no program at all and no other row of the
    list has its name; its section is found, or registered, without a question.
    """
    if not candidates or not isinstance(rows, RowPieces):
        return NewSheets()
    names, alone = rows.column("name"), rows.alone
    repeated = _repeated(names)
    printed = list(zip(rows.column("section"), rows.column("bureau"), strict=True))
    match_of = _Unasked(directory)
    indexes, program_ids, sections = [], [], []
    for index in candidates:
        number, name = numbers[index], names[index]
        if number is None or not name or name in repeated or index in alone:
            continue
        known = state.get(number) if state else None
        if state and (known is None or known.sheet is not None or known.name != name):
            continue
        match = match_of[printed[index]]
        if match is None:
            continue
        indexes.append(index)
        program_ids.append(known.id if known is not None else None)
        sections.append(match)
    return NewSheets(
        indexes,
        [number for index in indexes if (number := numbers[index]) is not None],
        program_ids,
        sections,
        {index: match.doubts for index, match in zip(indexes, sections, strict=True)},
        rows,
    )


def _repeated(names: Sequence[str | None]) -> set[str | None]:
    if len(set(names)) == len(names):
        return set()
    seen: set[str | None] = set()
    return {name for name in names if name in seen or seen.add(name)}  # type: ignore[func-returns-value]


class _Unasked(dict[tuple[str | None, str | None], SectionMatch | None]):
    """By section and bureau as printed, what is meant; None where a person is asked about it."""

    def __init__(self, directory: SectionDirectory) -> None:
        self._directory = directory

    def __missing__(self, printed: tuple[str | None, str | None]) -> SectionMatch | None:
        match = self._directory.find(*printed, field="section")
        asks = any(doubt.review or doubt.code in MARKED_CODES for doubt in match.doubts)
        self[printed] = None if asks else match
        return self[printed]
