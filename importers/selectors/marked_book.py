"""An uploaded workbook written anew: the entries as they were sent, what is wrong marked in its cells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluations.permissions import visible_to
from evaluations.selectors.tasks import kpi_sheets, program_evaluations
from importers.calculations.round_book import Line, LostRow, RoundBook, Table
from importers.calculations.rows import SourceRow
from importers.models import ImportRow, ImportRun
from importers.selectors.book_identity import read_identity
from importers.selectors.round_books import Taking, books_of_sheets
from importers.selectors.runs import row_place
from importers.sources.wire import decode

Key = tuple[str, int]


def marked_book(run: ImportRun, taking: Taking) -> RoundBook | None:
    """Return a run's workbook with its remarks; None when no line of it could be joined to a sheet.

    The lines keep the identities they came with, so that what was changed elsewhere meanwhile still shows.
    """
    rows = list(run.rows.all())
    joined: dict[Key, ImportRow] = {
        (str(row.fields["kind"]), int(row.fields["pk"])): row for row in rows if row.fields.get("pk")
    }
    ids = {kind: [pk for each, pk in joined if each == kind] for kind in ("kpi", "program")}
    books = books_of_sheets(
        taking,
        visible_to(taking.user, kpi_sheets()).filter(round=taking.collection, pk__in=ids["kpi"]),
        visible_to(taking.user, program_evaluations()).filter(round=taking.collection, pk__in=ids["program"]),
    )
    if not books:
        return None
    lost = tuple(_lost(row) for row in rows if not row.fields.get("pk"))
    tables = tuple(_marked(table, joined) for table in _joined_tables(books))
    return replace(books[0], tables=tables, lost=lost)


def _joined_tables(books: Sequence[RoundBook]) -> list[Table]:
    """Return the tables of several sections' books with the lines of all of them."""
    found: dict[str, Table] = {}
    for table in (table for book in books for table in book.tables):
        known = found.get(table.name)
        found[table.name] = replace(known, lines=known.lines + table.lines) if known else table
    return list(found.values())


def _marked(table: Table, joined: Mapping[Key, ImportRow]) -> Table:
    return replace(table, lines=tuple(_line(line, joined) for line in table.lines))


def _line(line: Line, joined: Mapping[Key, ImportRow]) -> Line:
    identity = read_identity(line.identity)
    assert identity is not None  # it was signed a moment ago
    row = joined[identity.kind, identity.pk]
    source: SourceRow = decode(row.source)
    sent = {key: str(text or "") for key, text in source.fields.items()}
    remarks: dict[str, str] = {}
    for doubt in row.doubts:
        if doubt["code"] == "refused":
            remarks[doubt["field"] or ""] = doubt["message"]
    return replace(
        line,
        identity=str(source.extra["identity"]),
        entered={**line.entered, **{key: text for key, text in sent.items() if key in line.entered}},
        remarks=remarks,
    )


def _lost(row: ImportRow) -> LostRow:
    reasons = "".join(doubt["message"] for doubt in row.doubts if doubt["code"] == "refused")
    source: SourceRow = decode(row.source)
    texts = [str(text) for text in source.fields.values() if text]
    content = row.raw or "　".join([str(row.fields.get("title", "")), *texts])
    return LostRow(place=row_place(row), reason=reasons, content=content)
