"""Two people at once: one effect, nothing lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from history.models import Revision
from history.services import VersionConflict, change_record, change_records
from importers.services.undo import CannotUndo, undo_run
from programs.models import Program, ProgramSheet
from strategy.models import Kpi, Plan
from tests.importers.pipeline.documents import (
    by_hand,
    imported,
    indicator,
    outcomes,
    program,
    programs,
    strategy,
)


def at_once(act, times=2):
    """Do the same in several threads at the same moment; return results and exceptions."""
    start = Barrier(times)

    def run(number):
        start.wait()
        try:
            return act(number)
        except Exception as problem:  # noqa: BLE001 - the test looks at it
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_list_at_once_have_one_effect():
    document = programs(*(program(number) for number in range(1, 31)))

    results = at_once(lambda _: imported(document))

    assert sorted(outcomes(done.plan)[0] for done in results) == ["new", "same"]
    assert (Program.objects.count(), ProgramSheet.objects.count()) == (30, 30)
    assert Revision.objects.filter(record_type="programs.program").count() == 30


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_strategy_at_once_have_one_effect():
    document = strategy(indicator("利用者数"), indicator("満足度"))

    results = at_once(lambda _: imported(document))

    assert sorted(outcomes(done.plan)[0] for done in results) == ["new", "same"]
    assert (Plan.objects.count(), Kpi.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_people_undo_at_once_and_one_does():
    run = imported(programs(program(1))).run

    results = at_once(lambda _: undo_run(run, authorship=by_hand()))

    assert sorted(type(result).__name__ for result in results) == [CannotUndo.__name__, "UndoReport"]
    assert ProgramSheet.objects.count() == 0


@pytest.mark.django_db
def test_bulk_change_refuses_a_record_that_somebody_saved_since():
    imported(programs(program(1), program(2)))
    first, second = ProgramSheet.objects.order_by("pk")
    change_record(ProgramSheet.objects.get(pk=second.pk), {"results": "人の成果。"}, authorship=by_hand())

    with pytest.raises(VersionConflict):
        change_records(
            [(first, {"results": "取込の成果。"}), (second, {"results": "取込の成果。"})],
            authorship=by_hand(),
        )

    assert list(ProgramSheet.objects.order_by("pk").values_list("results", flat=True)) == [
        "成果の文。",
        "人の成果。",
    ]
