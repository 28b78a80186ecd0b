"""A section's round as one workbook: its sheets, columns and lines, before any of it is a file.

What goes out and what comes back meet here and nowhere else: a column by its key, a line by its identity,
never by its place, because people sort, insert and delete.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

# The first of the columns that hold a line's identity begins the row of keys; the number is the layout's.
MARKER: Final = "tsukuba-kpi-round-book/1"
IDENTITY: Final = "identity"
# What Excel keeps in one cell, counted as Excel counts (UTF-16 code units).
CELL_UNITS: Final = 32_767
# An identity is cut into cells well below that.
IDENTITY_PIECE: Final = 30_000
NOT_ASKED: Final = "（対象外）"
CONTINUED: Final = "\n…（長いため途中まで。画面で見て、画面で直してください）"
OUR_REMARK: Final = "【取込の結果】"

ANSWER_PREFIX: Final = "answers."
COST_PREFIX: Final = "cost."
IS_FINAL: Final = "決算"
FIGURE_PARTS: Final = ("figure", "status")
FIGURE_FIELDS: Final = ("figure", "expected_on", "as_of", "note")
PROGRAM_TEXTS: Final = ("purpose", "summary", "results")

FIELD_LABELS: Final[Mapping[str, str]] = {
    "figure": "実績値",
    "status": "値の状態",
    "expected_on": "値が出る予定日",
    "as_of": "時点",
    "note": "注記・値がない理由",
    "self_grade": "課の評価",
    "grade_reason": "計算による評価と異なる理由",
    "purpose": "事業の目的",
    "summary": "事業の概要",
    "results": "成果",
}


def units_of(text: str) -> int:
    """Return a text's length as Excel counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits_cell(text: str) -> bool:
    """Return whether a cell holds the whole text."""
    return units_of(text) <= CELL_UNITS


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `key` is what it is known by; `width` counts narrow characters of the standard font.

    `takes_input` tells a field of the sheet from what is only shown. With `opens_page` a printed page may
    begin here: what belongs together stays on one page. `names_line` marks what a line is called by.
    """

    key: str
    heading: str
    width: float
    takes_input: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""
    limit: int | None = None
    is_required: bool = False
    is_number: bool = False
    opens_page: bool = False
    names_line: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """One KPI or program. `shown` and `entered` are texts by the columns' keys.

    `identity` is the signed text by which the line is known again. `may_edit` is whether its
    section could save it when the workbook was taken; `closed` are input columns that this line does not
    have, or whose text is longer than a cell. `choices` are drop-downs of this line alone. `remarks` come
    back from an upload: by field what is wrong there, "" for the whole line.
    """

    identity: str
    shown: Mapping[str, str]
    entered: Mapping[str, str]
    may_edit: bool = True
    closed: frozenset[str] = frozenset()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One sheet of the workbook."""

    name: str
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class LostRow:
    """A row of an uploaded workbook that could not be joined to a sheet: where, why, and what it said."""

    place: str
    reason: str
    content: str


@dataclass(frozen=True, kw_only=True)
class RoundBook:
    """A section's workbook of one round. `due_days` are the days on which its sheets are due, in order."""

    round_name: str
    fiscal_year: int
    section_name: str
    due_days: tuple[date, ...]
    instructions: str
    taken_at: datetime
    taken_by: str
    tables: tuple[Table, ...]
    is_demo: bool = False
    lost: tuple[LostRow, ...] = ()

    @property
    def has_remarks(self) -> bool:
        """Return whether the workbook tells what an upload found."""
        return bool(self.lost) or any(line.remarks for table in self.tables for line in table.lines)


def shown_in_cell(text: str) -> str:
    """Return what a cell shows of a text: all of it, or as much as a cell holds."""
    if fits_cell(text):
        return text
    room = CELL_UNITS - units_of(CONTINUED)
    cut = text.encode("utf-16-le", "surrogatepass")[: room * 2].decode("utf-16-le", "ignore")
    return cut + CONTINUED


def pieces_of(identity: str) -> list[str]:
    """Cut an identity into what single cells hold."""
    return [identity[start : start + IDENTITY_PIECE] for start in range(0, len(identity), IDENTITY_PIECE)]
