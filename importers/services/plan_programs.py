"""Plan what a list of programs changes: matched by program number, compared field by field."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from importers.calculations.duplicates import Duplicate, find_duplicates, without_readers_word
from importers.calculations.plain_rows import column_of
from importers.calculations.plan import (
    ChangePlan,
    Edited,
    FieldChange,
    PlannedRow,
    PlannedRows,
    count_outcomes,
    is_blank,
    marks_for,
    merge_field,
    outcome_of,
    shorten,
)
from importers.calculations.rows import PROGRAM_FIELDS, Doubt, SourceDocument, SourceRow
from importers.calculations.section_names import Answers, SectionDirectory, SectionMatch
from importers.enums import DocumentKind, Outcome
from importers.selectors.existing import edits_by_people, section_directory
from importers.selectors.existing_programs import (
    ProgramsState,
    ProgramState,
    SheetState,
    existing_programs,
    locked_sheets,
)
from importers.services.plain_programs import NewSheets, new_sheets, rows_in_hand
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.japanese_text import match_key

TEXTS = ("name", "purpose", "summary", "results")
MAX_NUMBER = 2_147_483_647


class ProgramWrite(NamedTuple):
    """What applying one row writes; ids are None for new records.

    `changes` are the fields of a sheet in hand that get other values; a new sheet gets all of them. A tuple,
    since a long list makes ten thousand of them and a frozen dataclass takes four times as long to make.
    """

    row_index: int
    row: SourceRow
    number: int
    program_id: int | None
    sheet_id: int | None
    changes: Mapping[str, Any]
    section: SectionMatch | None
    marks: Mapping[str, Any]
    is_newest: bool
    version: int | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """The fields of the sheet to write."""
        if self.sheet_id is not None:
            return self.changes
        fields = self.row.fields
        return {
            "position": fields["order"],
            "name": fields["name"],
            "bureau_printed": fields["bureau"] or "",
            "section_printed": fields["section"] or "",
            "purpose": fields["purpose"] or "",
            "summary": fields["summary"] or "",
            "results": fields["results"] or "",
            "former_name": self.row.extra.get("former_name") or "",
        }


@dataclass(frozen=True, slots=True)
class ProgramsPlan:
    """The rows as shown, and what applying them writes: row by row, and new sheets by column."""

    plan: ChangePlan
    writes: tuple[ProgramWrite, ...] = ()
    new: NewSheets = field(default_factory=NewSheets)


@dataclass
class _Context:
    """What the rows are compared with."""

    state: ProgramsState
    directory: SectionDirectory
    fiscal_year: int
    demo: bool
    rows: Sequence[SourceRow]
    numbers: Sequence[int | None]
    edits: Mapping[tuple[int, str], Edited]

    @cached_property
    def locked(self) -> frozenset[int]:
        """The sheets of the year that an import may not change; asked for where one differs."""
        return locked_sheets(fiscal_year=self.fiscal_year, demo=self.demo)

    @cached_property
    def names_in_file(self) -> Mapping[int, str]:
        """The names of the document's programs by number."""
        rows = zip(self.numbers, column_of(self.rows, "name"), strict=True)
        return {number: str(name) for number, name in rows if number is not None}

    @cached_property
    def numbers_in_file(self) -> Mapping[str, list[int]]:
        """The numbers of the document's programs by name."""
        numbers: dict[str, list[int]] = {}
        for number, name in self.names_in_file.items():
            numbers.setdefault(name, []).append(number)
        return numbers


def plan_programs(
    document: SourceDocument,
    *,
    fiscal_year: int,
    demo: bool = False,
    answers: Answers | None = None,
    state: ProgramsState | None = None,
) -> ProgramsPlan:
    """Return what importing a list of programs of a fiscal year would change; writes nothing.

    `answers`: what a person said about sections that are not registered. `state`: the programs in hand where
    they have been loaded.
    """
    rows = document.rows
    if None in column_of(rows, "order"):
        rows = [_with_order(row, index) for index, row in enumerate(rows)]
    numbers = _identities(column_of(rows, "number"))
    duplicates = find_duplicates(rows, numbers, _content, _label)
    if state is None:
        state = existing_programs(fiscal_year=fiscal_year, demo=demo)
    same = rows_in_hand(rows, numbers, state) - duplicates.keys()
    differing = [index for index in range(len(rows)) if index not in same]
    context = _Context(
        state=state,
        directory=section_directory(
            demo=demo,
            first_year=fiscal_year,
            last_year=fiscal_year,
            is_first_load=not state,
            answers=answers,
        ),
        fiscal_year=fiscal_year,
        demo=demo,
        rows=rows,
        numbers=numbers,
        edits=edits_by_people(
            "programs.programsheet", _sheets_of((numbers[index] for index in differing), state)
        ),
    )
    new = new_sheets(
        rows,
        numbers,
        state,
        context.directory,
        [index for index in differing if index not in duplicates],
    )
    singly: dict[int, PlannedRow] = {}
    writes: list[ProgramWrite] = []
    for index in differing:
        if index in new.doubts:
            continue
        singly[index], write = _plan_row(index, rows[index], numbers[index], duplicates.get(index), context)
        if write is not None:
            writes.append(write)
    planned = PlannedRows(rows, _outcomes(len(rows), same, singly), singly, new.doubts)
    plan = ChangePlan(
        file=document.file,
        kind=DocumentKind.PROGRAMS,
        rows=planned,
        errors=document.errors,
        notes=document.notes,
        counts=count_outcomes(planned),
    )
    return ProgramsPlan(plan, tuple(writes), new)


def _outcomes(count: int, same: AbstractSet[int], singly: Mapping[int, PlannedRow]) -> list[Outcome]:
    """Return each row's outcome; what is neither in hand nor planned by itself is new."""
    outcomes = [Outcome.NEW] * count
    for index in same:
        outcomes[index] = Outcome.SAME
    for index, row in singly.items():
        outcomes[index] = row.outcome
    return outcomes


def _with_order(row: SourceRow, index: int) -> SourceRow:
    """Give a row of a list without a column of positions its place in the file."""
    if row.fields.get("order") is not None:
        return row
    return row._replace(fields={**row.fields, "order": index + 1})


def _identities(numbers: list[Any]) -> list[int | None]:
    """Return the numbers as they are known by, None for what none can be."""
    if set(map(type, numbers)) == {int} and min(numbers) > 0 and max(numbers) <= MAX_NUMBER:
        return numbers
    return [number if isinstance(number, int) and 0 < number <= MAX_NUMBER else None for number in numbers]


def _label(row: SourceRow) -> str:
    return f"事業番号{row.fields.get('number')}"


def _content(row: SourceRow) -> tuple[object, ...]:
    return tuple(value for name, value in row.fields.items() if name != "order")


def _sheets_of(numbers: Iterable[int | None], state: ProgramsState) -> list[int]:
    """Return the sheets of programs with these numbers."""
    if not state:
        return []
    programs = (state.get(number) for number in numbers if number is not None)
    return [program.sheet.id for program in programs if program is not None and program.sheet is not None]


def _differ(document: object, current: object) -> bool:
    return document != current and not (is_blank(document) and is_blank(current))


def _plan_row(
    index: int, row: SourceRow, number: int | None, duplicate: Duplicate | None, context: _Context
) -> tuple[PlannedRow, ProgramWrite | None]:
    refusal = row.refused or _refusal(row, number) or (duplicate.refusal if duplicate else None)
    if refusal is not None:
        return PlannedRow(row, Outcome.REFUSED, doubts=_doubts(row, duplicate), refused=refusal), None
    if duplicate is not None and duplicate.is_repetition:
        return PlannedRow(row, Outcome.SAME, doubts=_doubts(row, duplicate)), None
    assert number is not None
    program = context.state.get(number)
    if program is not None and program.sheet is not None:
        return _compare(index, row, number, program, program.sheet, context)
    return _add(index, row, number, program, context)


def _doubts(row: SourceRow, duplicate: Duplicate | None) -> tuple[Doubt, ...]:
    if duplicate is None:
        return row.doubts
    return (*without_readers_word(row.doubts), *duplicate.doubts)


def _refusal(row: SourceRow, number: int | None) -> str | None:
    if number is None:
        printed = row.fields.get("number")
        if printed is None:
            return "事業番号がありません。番号を補ってから取り込んでください。"
        return f"事業番号「{shorten(printed)}」を番号として読めません。1以上の整数に直してください。"
    if is_blank(row.fields.get("name")):
        return "事務事業名がありません。名称を補ってから取り込んでください。"
    return None


# --- a sheet that is not there yet ----------------------------------------------------------------------


def _add(
    index: int, row: SourceRow, number: int, program: ProgramState | None, context: _Context
) -> tuple[PlannedRow, ProgramWrite]:
    fields = row.fields
    match = context.directory.find(fields["section"], fields["bureau"], field="section")  # type: ignore[arg-type]
    doubts = _without_repeats(row.doubts, match.doubts)
    if program is None:
        doubts += _same_name_elsewhere(row, number, context)
    elif match_key(program.name) != match_key(str(fields["name"])):
        doubts += (_renamed(row, program.name, same_year=False),)
    outcome = outcome_of(is_new=True, writes=True, doubts=doubts)
    marks = marks_for(doubts, PROGRAM_FIELDS, row, "name") if outcome is Outcome.REVIEW else {}
    pk, is_newest = (program.id, program.is_newest) if program is not None else (None, True)
    write = ProgramWrite(index, row, number, pk, None, {}, match, marks, is_newest)
    return PlannedRow(row, outcome, doubts=doubts), write


def _without_repeats(doubts: tuple[Doubt, ...], more: tuple[Doubt, ...]) -> tuple[Doubt, ...]:
    """Add doubts unless the reader has said the same: an empty section needs telling once."""
    if not doubts:
        return more
    known = {doubt.code for doubt in doubts}
    return doubts + tuple(doubt for doubt in more if doubt.code not in known)


def _same_name_elsewhere(row: SourceRow, number: int, context: _Context) -> tuple[Doubt, ...]:
    name = str(row.fields["name"])
    same_name = context.numbers_in_file.get(name, [])
    in_file = [] if same_name == [number] else [other for other in same_name if other != number]
    if in_file:
        numbers = "、".join(str(other) for other in in_file[:5])
        message = f"同じ名称の事業「{shorten(name)}」が、この文書の事業番号{numbers}にもあります。"
        return (Doubt("same_name_in_file", "name", message, review=False),)
    if not context.state:
        return ()
    key = match_key(name)
    others = [
        other
        for other in context.state.numbers_by_name.get(key, [])
        if other != number and match_key(context.names_in_file.get(other, "")) != key
    ]
    if not others:
        return ()
    message = (
        f"同じ名称の事業「{shorten(name)}」が事業番号{others[0]}で登録されています。"
        f"番号が変わったのか、別の事業かを確認してください（事業番号{number}の新しい事業として登録する案です）。"
    )
    return (Doubt("same_name_other_number", "number", message, True, ({"number": others[0]},)),)


def _renamed(row: SourceRow, old_name: str, *, same_year: bool) -> Doubt:
    former = row.extra.get("former_name")
    said = isinstance(former, str) and match_key(former) == match_key(old_name)
    message = f"事業の名称が「{shorten(old_name)}」から変わっています。"
    if said:
        return Doubt("renamed", "name", message + "文書に旧名称の記載があります。", review=False)
    message += "改称かどうか確認してください。"
    alternatives = ({"name": old_name},) if same_year else ()
    return Doubt("renamed", "name", message, True, alternatives)


# --- a sheet that is there ------------------------------------------------------------------------------


def _compare(
    index: int,
    row: SourceRow,
    number: int,
    program: ProgramState,
    sheet: SheetState,
    context: _Context,
) -> tuple[PlannedRow, ProgramWrite | None]:
    fields = row.fields
    doubts = list(row.doubts)
    changes: list[FieldChange] = []
    values: dict[str, Any] = {}
    if fields["order"] != sheet.order:
        changes.append(FieldChange("order", sheet.order, fields["order"]))
        values["position"] = fields["order"]
    for name in TEXTS:
        current = getattr(sheet, name)
        if not _differ(fields[name], current):
            continue
        merge = merge_field(
            name,
            document=fields[name],
            current=current,
            inferred=name in row.inferred,
            edited=context.edits.get((sheet.id, name)),
        )
        if merge.doubt is not None:
            doubts.append(merge.doubt)
        if merge.write:
            changes.append(FieldChange(name, current, fields[name]))
            values[name] = fields[name]
            doubts += _about_the_change(row, name, current)
    section = _compare_section(row, sheet, context, changes, values, doubts)
    former = row.extra.get("former_name") or ""
    if former and former != sheet.former_name:
        values["former_name"] = former
    written = {change.field for change in changes}
    marks = _new_marks(marks_for(doubts, written, row, "name"), sheet, written)
    writes = bool(values) or section is not None or marks != sheet.unconfirmed
    outcome = outcome_of(is_new=False, writes=writes, doubts=doubts)
    shown = PlannedRow(row, outcome, tuple(changes), tuple(doubts))
    if not writes:
        return shown, None
    if sheet.id in context.locked:
        reason = (
            f"{era_label(context.fiscal_year)}の事業番号{number}は確定済みのため、取込では変えられません。"
            "訂正は企画部門が画面で行ってください。"
        )
        return PlannedRow(row, Outcome.REFUSED, tuple(changes), tuple(doubts), reason), None
    write = ProgramWrite(
        index, row, number, program.id, sheet.id, values, section, marks, program.is_newest, sheet.version
    )
    return shown, write


def _about_the_change(row: SourceRow, name: str, current: str | None) -> list[Doubt]:
    """Say what kind of change it is: a rename to confirm, or only another spelling."""
    if current is None:
        return []
    if match_key(current) == match_key(str(row.fields[name])):
        message = "文字の幅や空白、改行だけが異なります。"
        return [Doubt("spelling", name, message, review=False)]
    return [_renamed(row, current, same_year=True)] if name == "name" else []


def _compare_section(
    row: SourceRow,
    sheet: SheetState,
    context: _Context,
    changes: list[FieldChange],
    values: dict[str, Any],
    doubts: list[Doubt],
) -> SectionMatch | None:
    """Compare bureau and section as printed; return the section to write, or None where it stays."""
    printed = (row.fields["bureau"] or None, row.fields["section"] or None)
    current = (sheet.bureau, sheet.section)
    if printed == current:
        return None
    if printed[1] is None and current[1] is not None:
        doubts.append(
            Doubt(
                "blank_in_document",
                "section",
                f"文書では担当課が空欄です。いまの担当課「{current[1]}」を残します。",
                alternatives=({"section": None},),
            )
        )
        return None
    edited = context.edits.get((sheet.id, "section"))
    if edited is not None:
        message = f"取込の後に変更された担当課を、文書の新しい記載「{shorten(printed[1])}」で置き換えます。"
        before = {"section": current[1]}
        doubts.append(Doubt("overwrites_edit", "section", message, review=False, alternatives=(before,)))
    match = context.directory.find(printed[1], printed[0], field="section")  # type: ignore[arg-type]
    doubts += match.doubts
    for name, old, new in zip(("bureau", "section"), current, printed, strict=True):
        if old != new:
            changes.append(FieldChange(name, old, new))
    values["bureau_printed"] = printed[0] or ""
    values["section_printed"] = printed[1] or ""
    return match


def _new_marks(marks: Mapping[str, Any], sheet: SheetState, written: set[str]) -> dict[str, Any]:
    """Return the sheet's marks after the write: a value that is replaced loses its old mark."""
    kept = {name: mark for name, mark in sheet.unconfirmed.items() if name not in written}
    return {**kept, **{name: mark for name, mark in marks.items() if name not in kept}}
