"""The programs in hand, loaded in a handful of queries; only those that are asked for become objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evaluations.enums import LOCKED_STATES
from evaluations.models import ProgramEvaluation
from organization.models import Section
from programs.models import Program, ProgramSheet
from tsukuba_kpi.lib.japanese_text import match_key

# The columns of a sheet as they are loaded.
_KEPT = ("program_id", "pk", "version", "former_name", "section_id")
_PRINTED = ("position", "name", "bureau_printed", "section_printed", "purpose", "summary", "results")
_SECTION = _KEPT.index("section_id")
_PRINTED_FROM = len(_KEPT)

Printed = tuple[int | None, str | None, str | None, str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class SheetState:
    """A program's sheet of the document's year as it stands, with the document's names of the fields."""

    id: int
    order: int | None
    name: str | None
    bureau: str | None
    section: str | None
    purpose: str | None
    summary: str | None
    results: str | None
    former_name: str
    unconfirmed: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class ProgramState:
    """A program as it stands; `sheet` is that of the document's year, `is_newest` says that none is later."""

    id: int
    name: str
    is_newest: bool
    sheet: SheetState | None


class ProgramsState:
    """All programs by number, with their sheets of one fiscal year: the very rows of `existing_programs`."""

    def __init__(
        self,
        programs: Mapping[int, tuple[int, str]],
        sheets: Mapping[int, tuple[Any, ...]],
        sections: Mapping[int, tuple[str | None, str]],
        unconfirmed: Mapping[int, Mapping[str, Any]],
        with_later_sheet: frozenset[int],
    ) -> None:
        self._programs = programs
        self._sheets = sheets
        self._sections = sections
        self._unconfirmed = unconfirmed
        self._with_later_sheet = with_later_sheet

    def __bool__(self) -> bool:
        """Say whether there is any program."""
        return bool(self._programs)

    def get(self, number: int) -> ProgramState | None:
        """Return the program with a number."""
        if number not in self._programs:
            return None
        pk, name = self._programs[number]
        return ProgramState(pk, name, pk not in self._with_later_sheet, self._sheet(number))

    def printed(self, number: int) -> Printed | None:
        """Return a sheet as a list prints it: order, name, bureau, section, purpose, summary, results.

        None stands for every blank. Where the list printed neither bureau nor section, they are the
        registered ones. Without a sheet, None.
        """
        values = self._sheets.get(number)
        if values is None:
            return None
        printed: Printed = values[_PRINTED_FROM:]
        if all(printed):  # as in almost every row
            return printed
        order, name, bureau, section, purpose, summary, results = printed
        if not (bureau or section):
            bureau, section = self._sections.get(values[_SECTION], (None, None))
        return (
            order,
            name or None,
            bureau or None,
            section or None,
            purpose or None,
            summary or None,
            results or None,
        )

    def _sheet(self, number: int) -> SheetState | None:
        printed = self.printed(number)
        if printed is None:
            return None
        pk, version, former_name = self._sheets[number][1:_SECTION]
        return SheetState(pk, *printed, former_name, self._unconfirmed.get(pk, {}), version)

    @cached_property
    def numbers_by_name(self) -> Mapping[str, list[int]]:
        """The numbers of the programs by the key of their name."""
        numbers: dict[str, list[int]] = {}
        for number, (_, name) in self._programs.items():
            numbers.setdefault(match_key(name), []).append(number)
        return numbers


def existing_programs(*, fiscal_year: int, demo: bool) -> ProgramsState:
    """Return the programs and their sheets of one fiscal year.

    The tables are asked one by one: to join them in the database takes it two to three times as long.
    """
    programs = {
        pk: (number, name)
        for pk, number, name in Program.objects.filter(is_demo=demo).values_list("pk", "number", "name")
    }
    if not programs:
        return ProgramsState({}, {}, {}, {}, frozenset())
    sheets = ProgramSheet.objects.order_by()
    of_the_year = sheets.filter(fiscal_year=fiscal_year)
    found = of_the_year.values_list(*_KEPT, *_PRINTED)
    return ProgramsState(
        {number: (pk, name) for pk, (number, name) in programs.items()},
        {programs[values[0]][0]: values for values in found if values[0] in programs},
        {
            pk: (bureau, name)
            for pk, bureau, name in Section.objects.values_list("pk", "bureau__name", "name")
        },
        dict(of_the_year.exclude(unconfirmed={}).values_list("pk", "unconfirmed")),
        frozenset(sheets.filter(fiscal_year__gt=fiscal_year).values_list("program_id", flat=True)),
    )


def locked_sheets(*, fiscal_year: int, demo: bool) -> frozenset[int]:
    """Return the program sheets of a year whose evaluation is finalised or published."""
    return frozenset(
        ProgramEvaluation.objects.filter(
            program_sheet__fiscal_year=fiscal_year,
            program_sheet__program__is_demo=demo,
            state__in=[state.value for state in LOCKED_STATES],
        ).values_list("program_sheet_id", flat=True)
    )
