"""Plan what a staff list changes: people by number, their posts from a day on, who is not in the list."""

import datetime
from dataclasses import dataclass, replace

from importers.calculations.duplicates import Duplicate, find_duplicates, without_readers_word
from importers.calculations.person_names import name_key
from importers.calculations.plan import CONFIRMED, MISSING, ChangePlan, PlannedRow, count_outcomes
from importers.calculations.rows import STAFF_FIELDS, Doubt, Location, SourceDocument, SourceNote, SourceRow
from importers.calculations.section_names import Answers, SectionDirectory, SectionMatch
from importers.enums import DocumentKind, Outcome
from importers.selectors.existing import section_directory
from importers.selectors.existing_staff import Person, Staff, existing_staff, number_key
from importers.services.compare_staff import (
    ONE_DAY,
    Group,
    StaffComparison,
    StaffWrite,
    day_of,
    refusal_of,
    role_label,
)
from tsukuba_kpi.lib.fiscal_year import fiscal_year_of
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """The rows as shown, and what applying them writes."""

    plan: ChangePlan
    writes: tuple[StaffWrite, ...] = ()


def plan_staff(
    document: SourceDocument,
    *,
    effective_on: datetime.date | None = None,
    answers: Answers | None = None,
) -> StaffPlan:
    """Return what importing a staff list would change; writes nothing.

    `effective_on` is the first day of rows that name none, `answers` what a person said about sections
    that are not registered.
    """
    return _Planner(document, effective_on, answers).plan()


class _Planner:
    def __init__(
        self, document: SourceDocument, effective_on: datetime.date | None, answers: Answers | None
    ) -> None:
        self.document, self.effective_on, self.answers = document, effective_on, answers
        self.rows = [_without_own_words(row) for row in document.rows]
        self.staff: Staff = existing_staff()
        self.duplicates = find_duplicates(self.rows, list(map(_identity, self.rows)), _content, _label)
        self.directories: dict[int, SectionDirectory] = {}
        self.by_number = self._numbers()
        self.days = [self._day(row) for row in self.rows]
        self.refusals = [self._refusal(index) for index in range(len(self.rows))]
        self.matches = [self._match(index) for index in range(len(self.rows))]
        self.groups = {number: self._group(found) for number, found in self.by_number.items()}

    def plan(self) -> StaffPlan:
        planned: list[PlannedRow] = []
        writes: list[StaffWrite] = []
        for index, row in enumerate(self.rows):
            shown, write = self._missing(index, row) if MISSING in row.extra else self._row(index, row)
            planned.append(shown)
            if write is not None:
                writes.append(write)
        plan = ChangePlan(
            file=self.document.file,
            kind=DocumentKind.STAFF,
            rows=tuple(planned),
            errors=self.document.errors,
            notes=self.document.notes,
            counts=count_outcomes(planned),
        )
        return StaffPlan(plan, tuple(writes))

    def _day(self, row: SourceRow) -> datetime.date | None:
        stated = day_of(row.fields.get("valid_from"))
        if stated is None and self.effective_on is None:
            return day_of(row.fields.get("valid_to"))
        return stated or self.effective_on

    def _refusal(self, index: int) -> str | None:
        row = self.rows[index]
        if MISSING in row.extra:
            return None
        duplicate = self.duplicates.get(index)
        if row.refused is not None or (duplicate is not None and duplicate.refusal):
            return row.refused or (duplicate.refusal if duplicate else None)
        return refusal_of(row, self.staff, self.days[index]) or self._two_names(index)

    def _two_names(self, index: int) -> str | None:
        """Refuse a number that the document gives to two people."""
        number = self.rows[index].fields["staff_number"]
        rows = (self.rows[other] for other in self.by_number[number_key(number)])
        names = {name_key(str(row.fields.get("name") or "")) for row in rows}
        if len(names) < 2:
            return None
        return f"職員番号{number}に、氏名の違う行があります。番号を確認してください。"

    def _match(self, index: int) -> SectionMatch:
        row, day = self.rows[index], self.days[index]
        if self.refusals[index] is not None or MISSING in row.extra or day is None:
            return SectionMatch()
        year = fiscal_year_of(day)
        if year not in self.directories:
            self.directories[year] = section_directory(
                demo=False, first_year=year, last_year=year, answers=self.answers
            )
        return self.directories[year].find(
            _text(row.fields.get("section")), _text(row.fields.get("bureau")), field="section"
        )

    def _numbers(self) -> dict[str, list[int]]:
        """Return the document's rows of each person."""
        indexes: dict[str, list[int]] = {}
        for index, row in enumerate(self.rows):
            if MISSING not in row.extra and row.fields.get("staff_number"):
                indexes.setdefault(number_key(row.fields["staff_number"]), []).append(index)
        return indexes

    def _group(self, indexes: list[int]) -> Group:
        fit = [index for index in indexes if self.refusals[index] is None]
        home = next((index for index in fit if not self.rows[index].fields.get("concurrent")), None)
        named = {self.matches[index].id for index in indexes}
        return Group(
            section_ids=frozenset(pk for pk in named if pk is not None),
            is_whole=len(fit) == len(indexes),
            first=min(fit, default=-1),
            home=home,
        )

    def _row(self, index: int, row: SourceRow) -> tuple[PlannedRow, StaffWrite | None]:
        duplicate: Duplicate | None = self.duplicates.get(index)
        doubts = (*row.doubts, *(duplicate.doubts if duplicate else ()))
        refusal = self.refusals[index]
        if refusal is not None:
            return PlannedRow(row, Outcome.REFUSED, doubts=doubts, refused=refusal), None
        if duplicate is not None and duplicate.is_repetition:
            return PlannedRow(row, Outcome.SAME, doubts=doubts), None
        day = self.days[index]
        assert day is not None
        row = row._replace(doubts=(*doubts, *self._two_posts(index)))
        group = self.groups[number_key(row.fields["staff_number"])]
        return StaffComparison(index, row, self.matches[index], day, group, self.staff).plan()

    def _two_posts(self, index: int) -> tuple[Doubt, ...]:
        """Ask which of several home sections is the second post."""
        row = self.rows[index]
        if row.fields.get("concurrent"):
            return ()
        homes = [
            other
            for other in self.by_number[number_key(row.fields["staff_number"])]
            if self.refusals[other] is None
            and not self.rows[other].fields.get("concurrent")
            and not (other in self.duplicates and self.duplicates[other].is_repetition)
        ]
        if len(homes) < 2:
            return ()
        message = "兼務でない所属が二つ以上あります。どれが兼務か、または期間が分かれるのか確認してください。"
        return (Doubt("two_posts", "concurrent", message),)

    # --- who is not in the list

    def _missing(self, index: int, row: SourceRow) -> tuple[PlannedRow, StaffWrite | None]:
        person = next((p for p in self.staff.numbered() if p.id == row.extra[MISSING]), None)
        day = day_of(row.extra.get("day"))
        held = [post for post in person.posts if post.holds_on(day)] if person and day else []
        if person is None or day is None or not held:
            return PlannedRow(row, Outcome.SAME), None
        shown = PlannedRow(row, Outcome.REVIEW, doubts=row.doubts)
        if not row.extra.get(CONFIRMED):
            return shown, None
        last = day - ONE_DAY
        ends = tuple((post.id, last if post.starts_on <= last else None) for post in held)
        return shown, StaffWrite(index, str(person.number), person.id, ends=ends)


def with_missing_staff(document: SourceDocument, *, effective_on: datetime.date | None) -> SourceDocument:
    """Return the document with a question for everybody who works somewhere and is not in the list.

    A list that names less than half of the staff is one of transfers: nobody is asked about then.
    """
    staff = existing_staff()
    numbers = (row.fields.get("staff_number") for row in document.rows)
    listed = {number_key(number) for number in numbers if number}
    stated = [day for row in document.rows if (day := day_of(row.fields.get("valid_from"))) is not None]
    day = effective_on or max(stated, default=None)
    if not listed or day is None:
        return document
    working = [person for person in staff.numbered() if any(post.holds_on(day) for post in person.posts)]
    missing = [person for person in working if number_key(person.number) not in listed]
    if not missing:
        return document
    if len(missing) * 2 > len(working):
        message = (
            f"登録されている職員のうち{len(missing)}人が、この一覧にありません。"
            "異動者だけの一覧として扱い、その人たちの所属は変えません。"
        )
        return replace(document, notes=(*document.notes, SourceNote("staff_not_listed", message)))
    asked = tuple(_missing_row(document.file, person, day) for person in missing)
    message = f"一覧にない職員{len(asked)}人を、最後に要確認として加えました（文書の行ではありません）。"
    return replace(
        document,
        rows=(*document.rows, *asked),
        notes=(*document.notes, SourceNote("staff_missing", message)),
    )


def _missing_row(file: str, person: Person, day: datetime.date) -> SourceRow:
    held = [post for post in person.posts if post.holds_on(day)]
    words = "、".join(f"{post.section} {role_label(post.role)}" for post in held)
    last = day - ONE_DAY
    message = (
        f"この一覧にありません。退職や転出なら、所属（{words}）を{last:%Y/%m/%d}で終えます。"
        "確認しない限り、何も変えません。"
    )
    fields: dict[str, object] = dict.fromkeys(STAFF_FIELDS)
    fields |= {
        "staff_number": person.number,
        "name": person.name,
        "bureau": held[0].bureau,
        "section": held[0].section,
        "role": role_label(held[0].role),
        "valid_to": last,
    }
    return SourceRow(
        Location(file),
        fields,
        extra={MISSING: person.id, "day": day},
        doubts=(Doubt("missing_in_file", None, message),),
    )


# --- parts of a row ---------------------------------------------------------------------------------------

# The reader compares rows as they were read; after a correction the answer may be another one.
_ASKED_ANEW = frozenset({"two_posts", "section_missing"})


def _without_own_words(row: SourceRow) -> SourceRow:
    doubts = tuple(doubt for doubt in without_readers_word(row.doubts) if doubt.code not in _ASKED_ANEW)
    return row if len(doubts) == len(row.doubts) else row._replace(doubts=doubts)


def _identity(row: SourceRow) -> tuple[str, ...] | None:
    if MISSING in row.extra or not row.fields.get("staff_number"):
        return None
    return (
        number_key(row.fields["staff_number"]),
        match_key(str(row.fields.get("section") or "")),
        str(row.fields.get("valid_from") or ""),
    )


def _content(row: SourceRow) -> tuple[object, ...]:
    return tuple(row.fields.get(name) for name in ("name", "bureau", "role", "valid_to", "concurrent"))


def _label(row: SourceRow) -> str:
    return f"職員番号{row.fields['staff_number']}の同じ所属"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
