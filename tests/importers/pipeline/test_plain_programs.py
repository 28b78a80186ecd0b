"""Programs planned and written by column: the very same as row by row."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from history.models import Revision
from history.services import change_record, delete_record
from importers.calculations.plain_rows import PlainRows, RowPieces
from importers.calculations.report import plan_to_dict
from importers.calculations.rows import PROGRAM_FIELDS, Doubt, Location, SourceDocument, SourceRow
from importers.enums import DocumentKind
from importers.models import ImportRow, UnchangedRows
from importers.selectors.unchanged_rows import rows_shown
from importers.services.imports import EarlyLoad, apply_document
from organization.models import Section
from programs.models import Program, ProgramSheet
from tests.factories.organization import BureauFactory, SectionFactory
from tests.importers.pipeline.documents import FILE, by_hand, options, outcomes, program


def by_column(*rows, alone=()):
    """Return a list as a workbook's reader gives it: by column but for the rows with index in `alone`."""
    pieces = []
    for index, fields in enumerate(rows):
        place = Location("list.xlsx", sheet="一覧", row=index + 2)
        if index in alone:
            doubts = (Doubt("told", "name", "確かめました。", review=False),)
            pieces.append(SourceRow(place, fields, doubts=doubts))
        else:
            values = {name: [fields[name]] for name in PROGRAM_FIELDS}
            pieces.append(PlainRows("list.xlsx", "一覧", [place.row], values))
    return SourceDocument("list.xlsx", DocumentKind.PROGRAMS, RowPieces(pieces))


def row_by_row(document):
    return SourceDocument(document.file, document.kind, tuple(document.rows))


def written(document, **given):
    """Apply a document and return everything that it left in the database, without ids; then take it back."""
    with transaction.atomic():
        applied = apply_document(document, options(document), FILE, authorship=by_hand(), **given)
        shown = rows_shown(applied.run, "") if applied.run else []
        left = {
            "plan": plan_to_dict(applied.plan, ""),
            "programs": list(Program.objects.order_by("number").values_list("number", "name")),
            "sheets": list(ProgramSheet.objects.order_by("program__number", "fiscal_year").values(*SHEET)),
            "sections": sorted(Section.objects.values_list("name", "bureau__name")),
            "revisions": sorted(Revision.objects.values_list("record_type", "act", "field").distinct()),
            "count": Revision.objects.count(),
            "rows": [{name: getattr(row, name) for name in ROW} for row in shown[:]],
            "records": [len(row.records) for row in shown[:]],
            "alone": ImportRow.objects.count(),
        }
        transaction.set_rollback(True)
    return left


SHEET = (
    "program__number", "fiscal_year", "position", "name", "section__name", "bureau_printed",
    "section_printed", "purpose", "summary", "results", "former_name", "unconfirmed", "version",
)  # fmt: skip
ROW = (
    "position", "location", "raw", "fields", "outcome", "confidence", "doubts", "before", "after", "source",
)  # fmt: skip

FIRST = [program(number) for number in range(1, 6)]
LISTS = {
    "all new": FIRST,
    "a name twice": [*FIRST, program(9, name="事業その1")],
    "a number twice": [*FIRST, program(2, name="別の事業")],
    "the same twice": [*FIRST, program(2)],
    "another section": [*FIRST, program(7, section="新設課", bureau="市民部")],
    "nearly a section": [*FIRST, program(7, section="秘書室")],
    "no section": [*FIRST, program(7, section=None)],
    "no name": [*FIRST, program(7, name=None)],
    "no number": [*FIRST, program(7, number=None)],
    "without order": [program(number, order=None) for number in range(1, 6)],
    "changed, blank and renamed": [
        program(1, results="別の成果。"),
        program(2, purpose=None),
        program(3, name="改めた事業"),
        program(4),
        program(5, section="広報課"),
        program(6),
    ],
    "a long section": [*FIRST, program(7, section="課" * 300)],
}


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["nothing", "last year", "this year"])
@pytest.mark.parametrize("name", LISTS)
def test_list_by_column_leaves_what_the_list_row_by_row_leaves(name, before):
    SectionFactory(name="広報課", bureau=BureauFactory(name="総合政策部"))
    if before != "nothing":
        given = {"fiscal_year": 2023} if before == "last year" else {}
        first = by_column(*FIRST)
        apply_document(first, options(first, **given), FILE, authorship=by_hand())
    document = by_column(*LISTS[name], alone={3})

    assert written(document) == written(row_by_row(document))


@pytest.mark.django_db
def test_new_rows_of_a_second_year_keep_their_programs():
    first, second = by_column(*FIRST), by_column(*FIRST)
    apply_document(first, options(first, fiscal_year=2023), FILE, authorship=by_hand())

    applied = apply_document(second, options(second), FILE, authorship=by_hand())

    assert outcomes(applied.plan) == ["new"] * 5
    assert Program.objects.count() == 5
    assert ProgramSheet.objects.count() == 10


@pytest.mark.django_db
def test_unchanged_rows_by_column_are_kept_together():
    document = by_column(*FIRST, alone={1})
    apply_document(document, options(document), FILE, authorship=by_hand())
    again = by_column(*FIRST[:4], program(5, results="別の成果。"), alone={1})

    applied = apply_document(again, options(again), FILE, authorship=by_hand())

    assert UnchangedRows.objects.get(run=applied.run).positions == [1, 3, 4]
    assert sorted(applied.run.rows.values_list("position", flat=True)) == [2, 5]


def loaded_early(document):
    early = EarlyLoad(options(document))
    early()
    return early.state


@pytest.mark.django_db
def test_what_was_saved_after_the_early_loading_is_not_overwritten_unseen():
    document = by_column(*FIRST)
    apply_document(document, options(document), FILE, authorship=by_hand())
    again = by_column(*FIRST[:4], program(5, results="文書の新しい成果。"))
    state = loaded_early(again)
    change_record(
        ProgramSheet.objects.get(program__number=5), {"results": "人の成果。"}, authorship=by_hand()
    )

    applied = apply_document(again, options(again), FILE, authorship=by_hand(), state=state)

    assert [doubt.code for doubt in applied.plan.rows[4].doubts] == ["overwrites_edit"]
    assert applied.plan.rows[4].changes[0].old == "人の成果。"


@pytest.mark.django_db
def test_sheet_deleted_after_the_early_loading_is_written_anew():
    document = by_column(*FIRST)
    apply_document(document, options(document), FILE, authorship=by_hand())
    again = by_column(*FIRST[:4], program(5, results="文書の新しい成果。"))
    state = loaded_early(again)
    delete_record(ProgramSheet.objects.get(program__number=5), authorship=by_hand())

    applied = apply_document(again, options(again), FILE, authorship=by_hand(), state=state)

    assert outcomes(applied.plan)[4] == "new"
    assert ProgramSheet.objects.get(program__number=5).results == "文書の新しい成果。"


@pytest.mark.django_db
def test_program_made_after_the_early_loading_is_not_made_twice():
    document = by_column(*FIRST)
    state = loaded_early(document)
    apply_document(document, options(document), FILE, authorship=by_hand())

    applied = apply_document(document, options(document), FILE, authorship=by_hand(), state=state)

    assert outcomes(applied.plan) == ["same"] * 5
    assert Program.objects.count() == 5


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(["一覧", "二枚目"]), st.integers(1, 3)), max_size=6),
    st.data(),
)
def test_rows_kept_by_column_read_like_a_sequence(kinds, data):
    pieces, number = [], 0
    for is_plain, sheet, count in kinds:
        numbers = range(number + 1, number + 1 + count)
        number += count
        rows = PlainRows("a.xlsx", sheet, numbers, {"n": list(numbers)})
        pieces += [rows] if is_plain else list(rows)
    rows = RowPieces(pieces)
    singly = list(rows)
    wanted = data.draw(st.lists(st.integers(0, len(singly) - 1), unique=True)) if singly else []

    assert [rows[index] for index in range(len(rows))] == singly
    assert rows[1:3] == tuple(singly[1:3])
    assert rows.column("n") == [row.fields["n"] for row in singly]
    assert list(rows.picked(wanted)) == [singly[index] for index in wanted]
    assert list(rows.places) == [row.location for row in singly]
