"""What a reader hands on: rows with their places, their values and every doubt about them.

All readers (txt, PDF, xlsx, xls, csv) give the same shapes, so the steps behind them (plan of
changes, preview, apply) do not know what form a document had. Rows and places are tuples: a long list makes
ten thousand of each several times, and a frozen dataclass takes four times as long to make.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from importers.enums import DocumentKind, SourceFormat

CERTAIN = Decimal(1)
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})

# A rectangle on a page of a PDF: left, top, right, bottom in points from the page's top left corner.
Box = tuple[int, int, int, int]

# Keys of `SourceRow.fields` per kind of document; they are the keys of `--json` and of the exports.
PROGRAM_FIELDS = ("order", "number", "name", "bureau", "section", "purpose", "summary", "results")
STRATEGY_FIELDS = ("kind", "goal", "policy", "measure", "node", "project", "kpi", "sections")
ACTUAL_FIELDS = ("kpi", "fiscal_year", "target", "actual", "status")
SECTION_FIELDS = ("bureau", "section", "code", "opened", "closed", "former_name")
STAFF_FIELDS = (
    "staff_number", "name", "kana", "email", "bureau", "section", "role", "valid_from", "valid_to",
    "concurrent",
)  # fmt: skip
DEFINITION_FIELDS = (
    "kpi", "unit", "decimals", "direction", "aggregation", "baseline", "baseline_year", "final_target",
    "target_year", "targets", "rationale", "method", "source", "final_month", "survey_interval", "definition",
    "sections",
)  # fmt: skip


class Location(NamedTuple):
    """Where in a document something stands; all numbers count from 1.

    `row` is the row of a sheet, of a page's tables, or of the data of a CSV (which also has a `line`).
    `page` and `line` belong to texts (`line` is the line of the whole file), `sheet`, `row`, `column`
    and `cell` ("C5") to workbooks and CSV files; `box` is the rectangle on the page of a PDF. What a
    format does not have stays None.
    """

    file: str
    page: int | None = None
    line: int | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None
    box: Box | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the parts that are known, for `--json` and the import row."""
        parts: dict[str, object] = {
            name: value for name, value in zip(self._fields, self, strict=True) if value is not None
        }
        if self.box is not None:
            parts["box"] = list(self.box)
        return parts

    def __str__(self) -> str:
        """Name the place in Japanese: 「programs.txt　2ページ　34行目」."""
        words = [self.file]
        if self.page is not None:
            words.append(f"{self.page}ページ")
        if self.line is not None:
            words.append(f"{self.line}行目")
        if self.sheet is not None:
            words.append(f"シート「{self.sheet}」")
        if self.row is not None:
            words.append(f"{self.row}行目" if self.line is None else f"データの{self.row}行目")
        if self.column is not None:
            words.append(f"「{self.column}」列")
        if self.cell is not None:
            words.append(f"セル{self.cell}")
        return "　".join(words)


@dataclass(frozen=True, slots=True)
class Inference:
    """A value that does not stand in the document as such, with how sure its reader is (0 to 1) and why."""

    confidence: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a person should know about a row.

    With `review` a person has to confirm the row (outcome 要確認); without, it is only told.
    `field` is a key of the row's fields or None for the whole row. `alternatives` are other readings,
    each a mapping of field names to values, likeliest first.
    """

    code: str
    field: str | None
    message: str
    review: bool = True
    alternatives: tuple[Mapping[str, object], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the doubt for `--json`: code, field, message and, where there are any, alternatives."""
        result: dict[str, object] = {"code": self.code, "field": self.field, "message": self.message}
        if self.alternatives:
            result["alternatives"] = [dict(alternative) for alternative in self.alternatives]
        return result


# The commands and the preview call it a warning.
Warning_ = Doubt


@dataclass(frozen=True, slots=True)
class SourceError:
    """A reason why a document, or a part of it, cannot be read; the message says what to do."""

    code: str
    location: Location
    message: str

    def to_dict(self) -> dict[str, object]:
        """Return the error for `--json`."""
        return {"code": self.code, "location": self.location.to_dict(), "message": self.message}


@dataclass(frozen=True, slots=True)
class SourceNote:
    """Something worth telling about a document that is neither an error nor a doubt about one row."""

    code: str
    message: str
    location: Location | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the note for `--json`."""
        place = self.location.to_dict() if self.location is not None else None
        return {"code": self.code, "location": place, "message": self.message}


class SourceRow(NamedTuple):
    """One record of a document.

    `fields` has exactly the keys of its kind (PROGRAM_FIELDS, STRATEGY_FIELDS …); a text keeps the
    document's characters, lines that were only wrapped are joined, typed breaks are "\\n"; None is "the
    document has no value". `extra` holds what those keys have no place for: of programs `former_name`;
    of strategies `section_names` and `section_roles`, lists beside `sections` (which stays as printed)
    with the section proper and its role in brackets or None. `raw` is the piece of text the row was
    read from. `inferred` tells which fields were concluded, how surely and why. `refused` is the
    Japanese reason why the row cannot be taken in, or None.
    """

    location: Location
    fields: Mapping[str, object]
    raw: str = ""
    extra: Mapping[str, object] = NOTHING
    inferred: Mapping[str, Inference] = NOTHING
    doubts: tuple[Doubt, ...] = ()
    refused: str | None = None

    @property
    def confidence(self) -> Decimal:
        """The lowest confidence of any field; 1 when everything stands in the document."""
        if not self.inferred:
            return CERTAIN
        return min((inference.confidence for inference in self.inferred.values()), default=CERTAIN)

    @property
    def needs_review(self) -> bool:
        """Whether a person has to confirm something about this row."""
        return any(doubt.review for doubt in self.doubts)


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column of a table: its letters, its heading as printed, what it was taken for and why.

    `field` is the key a table's reader knows it by (`purpose`, `actual:2024`) or None. `how` is
    `heading` (an exact word), `similar` (a word and harmless additions), `mapping` (a person said so),
    `titled` (the table's title says it), `former` (the old side of a list with both), `inferred` (no
    heading; concluded from the values), `ambiguous` or `unknown`. `samples` are its first values, for
    the page that asks.
    """

    letters: str
    heading: str
    field: str | None
    how: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of a document and the account of its rows.

    `fingerprint` names the layout: the answer to a mapping question holds for every table that has it.
    `missing` are the words for the required columns that were not found. In `counts`, `read` is the sum of
    all others: `records`, `continued` (belonging to the record above), `headings`, `groups`, `totals`,
    `notes`, `examples`, `hidden`. `fiscal_years` are those that its title names. A `turned` table was read
    with its columns as rows: its letters are no addresses.
    """

    location: Location
    fingerprint: str
    columns: tuple[SourceColumn, ...]
    missing: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    title: str = ""
    fiscal_years: tuple[int, ...] = ()
    turned: bool = False


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A whole document as read. With errors `rows` holds what could be read nevertheless, maybe nothing."""

    file: str
    kind: DocumentKind | None
    rows: Sequence[SourceRow] = ()
    errors: tuple[SourceError, ...] = ()
    notes: tuple[SourceNote, ...] = ()
    format: SourceFormat | None = None
    tables: tuple[SourceTable, ...] = ()
