"""The plan of changes: what an import would do with each row of a document, and why.

Pure comparison of a document's values with those in hand; the services bring both and write the result.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from importers.calculations.rows import Doubt, SourceError, SourceNote, SourceRow
from importers.enums import DocumentKind, Outcome


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that the document gives another value: keys and values are those of `SourceRow.fields`."""

    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed the field in hand after an import wrote `imported` (None: no import ever did)."""

    imported: object


@dataclass(frozen=True, slots=True)
class Merge:
    """What becomes of one field: written or not, and what a person has to know or confirm about it."""

    write: bool
    doubt: Doubt | None = None


class PlannedRow(NamedTuple):
    """One row of a document with its outcome. `refused` is the Japanese reason of a refused row."""

    source: SourceRow
    outcome: Outcome
    changes: tuple[FieldChange, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    refused: str | None = None

    @property
    def needs_attention(self) -> bool:
        """Whether the report lists the row by itself."""
        return self.outcome in {Outcome.REVIEW, Outcome.REFUSED, Outcome.CHANGED} or any(
            doubt.code not in SUMMARISED for doubt in self.doubts
        )


class PlannedRows(Sequence[PlannedRow]):
    """The rows of a plan in the document's order; those planned together are made when somebody wants them.

    `outcomes` has every row's; `singly` the rows that were planned one by one, by index; `doubts` what is
    to be told about others.
    """

    def __init__(
        self,
        sources: Sequence[SourceRow],
        outcomes: Sequence[Outcome],
        singly: Mapping[int, PlannedRow],
        doubts: Mapping[int, tuple[Doubt, ...]],
    ) -> None:
        self.sources = sources
        self.outcomes = outcomes
        self._singly = singly
        self._doubts = doubts

    def together(self, outcome: Outcome) -> set[int]:
        """Return the indexes of rows with an outcome that were planned together."""
        return {index for index, found in enumerate(self.outcomes) if found is outcome}.difference(
            self._singly
        )

    def doubts_of(self, index: int) -> tuple[Doubt, ...]:
        """Return what is to be told about a row that was planned together with others."""
        return self._doubts.get(index, ())

    def __len__(self) -> int:
        return len(self.outcomes)

    def __iter__(self) -> Iterator[PlannedRow]:
        for index, (source, outcome) in enumerate(zip(self.sources, self.outcomes, strict=True)):
            yield self._singly.get(index) or PlannedRow(source, outcome, doubts=self.doubts_of(index))

    def __getitem__(self, wanted: Any) -> Any:
        if isinstance(wanted, slice):
            return tuple(self[index] for index in range(len(self))[wanted])
        index = range(len(self))[wanted]
        if index in self._singly:
            return self._singly[index]
        return PlannedRow(self.sources[index], self.outcomes[index], doubts=self.doubts_of(index))


# Told once for the whole document: a first load would repeat them on every line.
SUMMARISED = frozenset({"section_new", "account_new", "kana_not_kept", "years_not_taken"})

# Lists that decide who may do what: their questions are not written before a person has answered them.
HELD_KINDS = frozenset({DocumentKind.SECTIONS, DocumentKind.STAFF})


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """All rows of a document in its order. Rows read = rows accounted for: `counts` adds up to `rows`."""

    file: str
    kind: DocumentKind
    rows: Sequence[PlannedRow] = ()
    errors: tuple[SourceError, ...] = ()
    notes: tuple[SourceNote, ...] = ()
    counts: Mapping[Outcome, int] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the document can be taken in."""
        return not self.rows or self.counts[Outcome.REFUSED] == len(self.rows)


def count_outcomes(rows: Sequence[PlannedRow]) -> dict[Outcome, int]:
    """Return how many rows have each outcome, every outcome named."""
    outcomes = rows.outcomes if isinstance(rows, PlannedRows) else [row.outcome for row in rows]
    return {outcome: outcomes.count(outcome) for outcome in Outcome}


def merge_field(
    name: str, *, document: object, current: object, inferred: bool, edited: Edited | None
) -> Merge:
    """Decide about one field in which a document and the value in hand differ; None is "no value".

    - A blank in the document never erases: the value stays and a person is asked.
    - What nobody touched since the last import takes the document's value.
    - What a person changed stays when the document says what it said before, or only infers; it is
      told. When the document itself says something new, that is written, told and marked.
    """
    if document == current or (is_blank(document) and is_blank(current)):
        return Merge(write=False)
    if is_blank(document):
        message = f"文書では空欄です。いまの値「{shorten(current)}」を残します。"
        return Merge(False, Doubt("blank_in_document", name, message, alternatives=({name: None},)))
    if edited is None or is_blank(current):
        return Merge(write=True)
    kept = {name: document}
    if inferred or document == edited.imported:
        message = (
            f"前回の取込の後に変更された値「{shorten(current)}」を残します（文書は「{shorten(document)}」）。"
        )
        return Merge(False, Doubt("edited_since", name, message, review=False, alternatives=(kept,)))
    message = f"取込の後に変更された値「{shorten(current)}」を、文書の新しい値で置き換えます。"
    return Merge(True, Doubt("overwrites_edit", name, message, review=False, alternatives=({name: current},)))


def is_blank(value: object) -> bool:
    """Return whether a field has no value."""
    return value is None or value in ("", [], ())


def shorten(value: object, limit: int = 30) -> str:
    """Return a value as a message shows it: one line, cut when long."""
    if isinstance(value, list | tuple):
        text = "、".join(str(item) for item in value)
    else:
        text = "" if value is None else str(value).replace("\n", " ")
    return text if len(text) <= limit else text[:limit] + "…"


def outcome_of(*, is_new: bool, writes: bool, doubts: Iterable[Doubt]) -> Outcome:
    """Return a row's outcome: what is written already, or never will be, needs no second review."""
    if not writes:
        return Outcome.SAME
    for doubt in doubts:
        if doubt.review:
            return Outcome.REVIEW
    return Outcome.NEW if is_new else Outcome.CHANGED


# Key of `SourceRow.extra`: a person looked at the row in the preview and confirmed it.
CONFIRMED = "confirmed"
# Key of `SourceRow.extra`: the row stands in no document; it asks about this record, which is not in it.
MISSING = "missing"
# Doubts that mark the value they write although the row itself is not held for review.
MARKED_CODES = frozenset({"overwrites_edit"})


def marks_for(
    doubts: Iterable[Doubt], written: Iterable[str], row: SourceRow, whole: str
) -> dict[str, dict[str, object]]:
    """Return the `unconfirmed` entries of the fields that are written in doubt.

    A doubt about the whole row is kept under the field `whole`. Several doubts about one field are
    joined; the lowest confidence and all alternatives stay. A row that a person has confirmed in the
    preview leaves no mark.
    """
    if row.extra.get(CONFIRMED):
        return {}
    written = set(written)
    marks: dict[str, dict[str, object]] = {}
    for doubt in doubts:
        name = doubt.field or whole
        asks = doubt.review or doubt.code in MARKED_CODES
        if not asks or (name not in written and doubt.code != "blank_in_document"):
            continue
        alternatives = [
            _in_words(alternative.get(doubt.field or whole)) for alternative in doubt.alternatives
        ]
        if name in marks:
            marks[name]["reason"] = f"{marks[name]['reason']} {doubt.message}"
            marks[name]["alternatives"] = [*_list(marks[name]["alternatives"]), *alternatives]
            continue
        inference = row.inferred.get(name)
        marks[name] = {
            "confidence": None if inference is None else str(inference.confidence),
            "reason": doubt.message,
            "alternatives": alternatives,
        }
    return marks


def _in_words(value: object) -> str:
    """Return another reading as a page shows it."""
    if is_blank(value):
        return "（空欄）"
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
