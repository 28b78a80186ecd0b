"""Rows that change nothing are kept together, and shown like all others."""

import pytest
from django.core.paginator import Paginator
from django.urls import reverse

from importers.models import ImportRow, UnchangedRows
from importers.selectors.unchanged_rows import row_at, rows_at, rows_shown
from importers.services import run_rows
from importers.services.undo import undo_run
from tests.importers.pipeline.documents import by_hand, imported, program, programs

pytestmark = pytest.mark.django_db


def run_with(*changed, rows=7):
    """Import a list twice; the second time the programs of these numbers have other results."""
    imported(programs(*(program(number) for number in range(1, rows + 1))))
    again = (
        program(number, **({"results": "別の成果。"} if number in changed else {}))
        for number in range(1, rows + 1)
    )
    return imported(programs(*again)).run


def numbers(rows):
    return [(row.position, row.fields["number"], row.outcome) for row in rows]


def test_unchanged_rows_are_kept_together_and_counted():
    run = run_with(2, 5)

    assert run.counts == {"new": 0, "changed": 2, "same": 5, "review": 0, "refused": 0}
    assert list(run.rows.values_list("position", "outcome")) == [(2, "changed"), (5, "changed")]
    assert run.unchanged.get().positions == [1, 3, 4, 6, 7]
    assert run.row_count == len(rows_shown(run, ""))


def test_rows_of_both_kinds_stand_in_the_order_of_the_document(monkeypatch):
    monkeypatch.setattr(run_rows, "BATCH", 2)
    monkeypatch.setattr("importers.sources.wire.BATCH", 2)
    run = run_with(2, 5)

    everything = [row for page in Paginator(rows_shown(run, ""), 3) for row in numbers(page.object_list)]

    expected = [(n, n, "changed" if n in (2, 5) else "same") for n in range(1, 8)]
    assert everything == expected
    assert numbers(rows_shown(run, "same")[:]) == [row for row in expected if row[2] == "same"]
    assert numbers(rows_shown(run, "changed")) == [row for row in expected if row[2] == "changed"]
    assert UnchangedRows.objects.count() == 3


def test_unchanged_row_says_what_a_row_of_its_own_would():
    run = run_with(2)
    alone = run.rows.get()

    together = row_at(run, 3)

    assert together.fields == alone.fields | {
        "order": 3,
        "number": 3,
        "name": "事業その3",
        "results": "成果の文。",
    }
    assert together.location == alone.location | {"line": together.location["line"]}
    assert (together.confidence, together.doubts, together.records) == (1, [], [])


def test_unchanged_row_with_something_to_tell_is_kept_alone():
    first = programs(program(1), program(2))
    imported(first)
    by_hand_changed = programs(program(1), program(1), program(2, results="別の成果。"))

    run = imported(by_hand_changed).run

    same = ImportRow.objects.filter(run=run, outcome="same")
    assert [row.position for row in same] == [2]
    assert [doubt["code"] for doubt in same.get().doubts] == ["duplicate_same"]
    assert [row.position for row in rows_at(run, [1, 2, 3, 4])] == [1, 2, 3]


def test_pages_show_unchanged_rows(world, as_user):
    run = run_with(2)
    client = as_user(world.planning)
    detail = reverse("importers:import_run_detail", args=[run.pk])

    listed = client.get(detail, {"outcome": "same"}).content.decode()
    row = client.get(reverse("importers:import_row_edit", args=[run.pk, 3]))

    assert "事業その3" in listed
    assert "事業その2" not in listed
    assert (row.context["previous"], row.context["next"]) == (2, 4)
    assert row.status_code == 200
    assert client.get(reverse("importers:import_row_edit", args=[run.pk, 8])).status_code == 404


@pytest.mark.parametrize("rows", [3, 9])
def test_run_with_unchanged_rows_takes_the_same_queries(rows, world, as_user, django_assert_num_queries):
    run = run_with(2, rows=rows)
    client = as_user(world.planning)
    client.get("/")

    with django_assert_num_queries(11):
        client.get(reverse("importers:import_run_detail", args=[run.pk]))


def test_run_with_unchanged_rows_is_undone():
    run = run_with(2)

    undo_run(run, authorship=by_hand())

    run.refresh_from_db()
    assert numbers(rows_shown(run, ""))[0] == (1, 1, "same")
    assert [row.undo_result for row in rows_shown(run, "")] == ["", "reversed", "", "", "", "", ""]
