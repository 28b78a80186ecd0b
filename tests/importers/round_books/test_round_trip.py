"""Whatever is written into a box comes back as it was, without the database and without people."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from importers.calculations.round_book import MARKER, Column, Line, RoundBook, Table
from importers.calculations.three_way import Choice, Difference, Side, side_of
from importers.selectors.book_values import as_cell
from importers.sources.table_round import read_round_book
from importers.sources.workbook import read_xlsx
from importers.workbooks.round_book_file import write_round_book

TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("あ漢①𠮷㎡△▲－=+-@'\"<&>_x0041 \n\t　0１９,.%％"), st.characters(codec="utf-8")
    ),
    max_size=60,
)


def book_with(note: str, identity: str) -> RoundBook:
    columns = (
        Column(key="code", heading="指標番号", width=10, names_line=True),
        Column(key="name", heading="指標名", width=20, names_line=True),
        Column(key="note", heading="注記", width=30, takes_input=True),
    )
    line = Line(identity=identity, shown={"code": "K-1", "name": "指標"}, entered={"note": note})
    return RoundBook(
        round_name="照会",
        fiscal_year=2019,
        section_name="課",
        due_days=(),
        instructions="",
        taken_at=datetime(2026, 5, 1, 9, 0, tzinfo=UTC),
        taken_by="人",
        tables=(Table(name="KPI", title="照会", columns=columns, lines=(line,)),),
    )


@settings(max_examples=25)
@given(note=TEXTS)
def test_text_comes_back_as_it_was(note):
    kept = as_cell(note)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        path.write_bytes(write_round_book(book_with(kept, "控え" * 20_000)))
        grids = read_xlsx(path, path.name, (), lambda done, total, words: None)

        rows = read_round_book(grids, path.name).rows

    assert len(rows) == 1
    assert as_cell(str(rows[0].fields["note"])) == kept
    assert rows[0].extra["identity"] == "控え" * 20_000
    assert rows[0].extra["names"] == {"code": "K-1", "name": "指標"}
    assert MARKER not in kept


@given(base=st.integers(0, 2), workbook=st.integers(0, 2), system=st.integers(0, 2))
def test_nothing_is_written_that_the_workbook_did_not_change(base, workbook, system):
    side = side_of(base=base, workbook=workbook, system=system)
    found = Difference(field="f", label="", base="", workbook="", system="", side=side)

    undecided = found.wants_workbook({})

    assert undecided == (workbook != base and system == base)
    assert found.waits({}) == (workbook != base and system != base and workbook != system)
    assert not found.wants_workbook({"f": Choice.SYSTEM})
    assert found.wants_workbook({"f": Choice.WORKBOOK}) == found.proposes
    assert found.proposes == (workbook not in (base, system))
    assert (side is Side.UNCHANGED) == (base == workbook == system)
