"""The process that parses: what it does to itself must not reach the server."""

import os
import signal
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.calculations.plain_rows import BETWEEN, JoinedTexts, PlainRows, RowPieces
from importers.calculations.rows import (
    Doubt,
    Inference,
    Location,
    SourceDocument,
    SourceError,
    SourceNote,
    SourceRow,
)
from importers.enums import DocumentKind, SourceFormat
from importers.sources.child_start import bare_environment, end_origin, origin_pid
from importers.sources.limits import MEGABYTE, Limits
from importers.sources.read_document import read_document
from importers.sources.refusals import RefusedFile
from importers.sources.sandbox import ReadingProcess
from importers.sources.wire import (
    decode,
    document_from,
    document_head,
    encode,
    pieces_from,
    row_batches,
    rows_from,
)
from tests.importers.made_files import write_csv


def outcome_of(module: str, limits: Limits) -> str:
    name = f"tests.importers.bad_modules.{module}"
    with ReadingProcess("list.xlsx", [name], limits) as process, pytest.raises(RefusedFile) as refused:
        list(process.ask({"path": "x"}))
    assert "「list.xlsx」" in str(refused.value)
    return str(refused.value.errors[0].code)


@pytest.mark.parametrize(
    ("module", "code"), [("aborts", "unreadable"), ("swallows", "unreadable"), ("hangs", "timeout")]
)
def test_misbehaving_process_is_a_refusal(module, code):
    started = time.monotonic()

    assert outcome_of(module, Limits(stall_seconds=3)) == code
    assert time.monotonic() - started < 10


def test_endless_answer_is_cut_off():
    assert outcome_of("chatters", Limits(answer_bytes=20 * MEGABYTE)) == "unreadable"


def test_process_that_lives_too_long_is_ended():
    assert outcome_of("hangs", Limits(total_seconds=1)) == "timeout"


def test_progress_is_told(tmp_path):
    path = tmp_path / "list.csv"
    write_csv(
        path,
        [["事業番号", "事業名", "担当課"], *([n, f"事業{n}", "道路課"] for n in range(1, 3001))],
        "utf-8",
    )
    told: list[tuple[int, int, str]] = []

    document = read_document(path, kind=DocumentKind.PROGRAMS, progress=lambda *message: told.append(message))

    assert len(document.rows) == 3000
    assert [done for done, total, _ in told if total == 3000] == [1000, 2000, 3000]


def test_server_environment_does_not_reach_the_process(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "do not tell")

    assert "SECRET_KEY" not in bare_environment()


VALUES = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(-(10**12), 10**12),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.dates(),
    st.booleans(),
    st.lists(st.text(max_size=5), max_size=3),
)
PLACES = st.builds(
    Location,
    file=st.just("a.xlsx"),
    page=st.none() | st.integers(1, 9),
    line=st.none() | st.integers(1, 9),
    sheet=st.none() | st.text(max_size=5),
    row=st.none() | st.integers(1, 9),
    cell=st.none() | st.just("C5"),
    box=st.none() | st.tuples(*[st.integers(0, 900)] * 4),
)
DOUBTS = st.builds(
    Doubt,
    code=st.just("c"),
    field=st.none() | st.just("a"),
    message=st.text(max_size=9),
    review=st.booleans(),
    alternatives=st.just(()) | st.tuples(st.fixed_dictionaries({"a": VALUES})),
)
ROWS = st.builds(
    SourceRow,
    location=PLACES,
    fields=st.fixed_dictionaries({"a": VALUES, "b": VALUES}),
    raw=st.text(max_size=5),
    extra=st.just({}) | st.fixed_dictionaries({"x": VALUES}),
    inferred=st.just({}) | st.just({"a": Inference(Decimal("0.9"), "語尾から")}),
    doubts=st.just(()) | st.tuples(DOUBTS),
    refused=st.none() | st.text(min_size=1, max_size=5),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=8))
def test_document_comes_out_of_the_pipe_as_it_went_in(rows):
    place = Location("a.xlsx", sheet="一覧")
    document = SourceDocument(
        "a.xlsx",
        DocumentKind.PROGRAMS,
        tuple(rows),
        (SourceError("e", place, "m"),),
        (SourceNote("n", "m"),),
        SourceFormat.XLSX,
    )

    lines = [encode({"rows": batch}) for batch in row_batches(document.rows)]
    received = [row for line in lines for row in rows_from(decode(line)["rows"], "a.xlsx")]
    result = document_from("a.xlsx", decode(encode(document_head(document))), received)

    assert result == document


def test_foreign_tag_in_an_answer_is_refused():
    with pytest.raises(ValueError, match="unknown tag"):
        decode('{"$":"os.system","parts":[]}')


def read_list(tmp_path):
    path = tmp_path / "list.csv"
    write_csv(path, [["事業番号", "事業名", "担当課"], [1, "事業1", "道路課"]], "utf-8")
    return read_document(path, kind=DocumentKind.PROGRAMS)


def test_reading_processes_are_forked_from_one_that_survives_them(tmp_path):
    expected = read_list(tmp_path)
    origin = origin_pid()

    assert outcome_of("aborts", Limits()) == "unreadable"
    assert read_list(tmp_path) == expected
    assert origin_pid() == origin


def test_lost_origin_is_replaced(tmp_path):
    expected = read_list(tmp_path)
    lost = origin_pid()
    os.kill(lost, signal.SIGKILL)

    assert read_list(tmp_path) == expected
    assert origin_pid() != lost


def test_without_fork_every_document_has_an_interpreter_of_its_own(tmp_path, monkeypatch):
    expected = read_list(tmp_path)
    monkeypatch.delattr(os, "fork")
    end_origin()

    assert read_list(tmp_path) == expected
    assert outcome_of("aborts", Limits()) == "unreadable"
    assert origin_pid() is None


def test_origin_that_ends_takes_its_forks_with_it():
    with ReadingProcess("list.xlsx", ["tests.importers.bad_modules.hangs"]) as process:
        end_origin()
        with pytest.raises(RefusedFile) as refused:
            list(process.ask({"path": "x"}))

    assert refused.value.errors[0].code == "unreadable"


def test_two_documents_are_read_at_once(tmp_path):
    expected = read_list(tmp_path)

    with ReadingProcess("slow.xlsx", ["tests.importers.bad_modules.hangs"], Limits(stall_seconds=3)):
        assert read_list(tmp_path) == expected


@pytest.mark.parametrize("packed", ["1 2", "1 2 3 x", "1 2 3 4 5"])
def test_columns_of_other_lengths_are_refused(packed):
    place = [{"all": None}] * 7
    batch = [{"keys": ["a", "b"], "count": 4, "columns": [*place, {"all": 1}, {"whole": packed}]}]

    with pytest.raises(ValueError, match=r"invalid literal|another length"):
        list(rows_from(batch, "a.xlsx"))


def test_rows_out_of_nothing_are_refused():
    with pytest.raises(ValueError, match="more rows"):
        list(rows_from([{"keys": ["a"], "count": 10**9, "columns": [{"all": None}] * 8}], "a.xlsx"))


def test_plain_rows_travel_as_columns():
    rows = [SourceRow(Location("a.xlsx", sheet="一覧", row=n), {"n": n, "text": f"文{n}"}) for n in range(3)]

    (batch,) = row_batches(rows)

    assert len(batch) == 1
    assert list(rows_from(decode(encode(batch)), "a.xlsx")) == rows


@pytest.mark.parametrize("numbers", [[5], [5, 6, 7], [7, 5, 9], [5, 5], [5, None], [5, 6.5], [5, True]])
def test_columns_of_numbers_travel(numbers):
    texts = JoinedTexts(BETWEEN.join(["道路", "", "公園"][: len(numbers)]))
    rows = PlainRows("a.xlsx", "一覧", range(2, 2 + len(numbers)), {"n": numbers, "text": texts})

    (batch,) = row_batches(RowPieces([rows]))
    received = RowPieces(list(pieces_from(decode(encode(batch)), "a.xlsx")))

    assert list(map(repr, received.column("n"))) == list(map(repr, numbers))
    assert received.column("text") == ["道路", None, "公園"][: len(numbers)]
    assert [row.location.row for row in received] == list(rows.numbers)


def test_columns_as_they_were_kept_before_stay_readable():
    place = [{"all": None}, {"all": None}, {"all": "一覧"}, {"whole": "3 5"}, *[{"all": None}] * 3]

    rows = list(rows_from([{"keys": ["n"], "count": 2, "columns": [*place, {"whole": "7 9"}]}], "a.xlsx"))

    assert [(row.location.row, row.fields) for row in rows] == [(3, {"n": 7}), (5, {"n": 9})]


def test_rows_kept_by_column_travel_in_their_order():
    alone = SourceRow(Location("a.xlsx", sheet="一覧", row=4), {"n": None}, refused="番号がありません。")
    pieces = RowPieces(
        [
            PlainRows("a.xlsx", "一覧", range(2, 4), {"n": [1, 2]}),
            alone,
            PlainRows("a.xlsx", "一覧", range(5, 6), {"n": [3]}),
        ]
    )

    received = [row for batch in row_batches(pieces) for row in rows_from(decode(encode(batch)), "a.xlsx")]

    assert received == list(pieces)
    assert [(row.location.row, row.fields["n"]) for row in received] == [(2, 1), (3, 2), (4, None), (5, 3)]
    assert (len(pieces), pieces[2], pieces.alone) == (4, alone, {2: alone})
