"""Undoing a whole run, row by row."""

import io

import pytest
from django.core.management import CommandError, call_command

from evaluations.enums import SheetState
from evaluations.models import Actual
from history.enums import RevisionAct, Through
from history.models import Revision
from history.services import change_record, create_record
from importers.enums import UndoResult
from importers.models import ImportRow
from importers.services.undo import CannotUndo, undo_run
from organization.models import Bureau, Section
from programs.models import Program, ProgramSheet
from strategy.models import Kpi, Placement, Plan, PlanNode, Responsibility, Target
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory
from tests.factories.strategy import KpiFactory
from tests.importers.pipeline.documents import (
    by_hand,
    grant,
    imported,
    indicator,
    outcomes,
    program,
    programs,
    strategy,
    truth,
)
from tests.importers.pipeline.test_plan_actuals import actuals, yearly

pytestmark = pytest.mark.django_db

TABLES = (
    Plan,
    PlanNode,
    Kpi,
    Placement,
    Responsibility,
    Section,
    Bureau,
    Program,
    ProgramSheet,
    Target,
    Actual,
)


def sizes():
    """Return how many records each table has."""
    return {model.__name__: model.objects.count() for model in TABLES if model.objects.exists()}


def undone(run):
    """Undo a run; return its counts without the zeros."""
    report = undo_run(run, authorship=by_hand())
    return {result.value: count for result, count in report.counts.items() if count}


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        (
            strategy(
                indicator("利用者数"), grant(None, project="市場開催事業"), grant("出店数", project="市")
            ),
            3,
        ),
        (programs(program(4), program(9)), 2),
        (actuals(yearly(), yearly(fiscal_year=2023, line=2)), 2),
    ],
    ids=["strategy", "programs", "actuals"],
)
def test_undo_of_a_first_load_leaves_nothing_but_history(document, rows):
    run = imported(document).run

    assert undone(run) == {"reversed": rows}

    assert sizes() == {}
    assert run.state == "undone"
    assert Revision.objects.filter(act=RevisionAct.DELETED, through=Through.UNDO).exists()
    assert outcomes(imported(document).plan) == ["new" if run.kind != "actuals" else "review"] * rows


def test_undo_of_the_sample_strategy_then_import_gives_the_same_again():
    document = strategy(*truth("strategy.json"))
    run = imported(document).run

    assert undone(run) == {"reversed": 46}
    assert set(outcomes(imported(document).plan)) == {"new"}


def test_undo_gives_changed_fields_their_old_values_and_returns_deleted_records():
    first = strategy(indicator("利用者数"), indicator("満足度"))
    imported(first)
    before = list(Responsibility.objects.order_by("pk").values())
    changed = indicator("利用者数", sections=["企画課"], node="歩きやすいまち")
    run = imported(strategy(changed, indicator("満足度"))).run

    assert undone(run) == {"reversed": 2}

    assert PlanNode.objects.get(ascii_code="1-1-1").name == "移動しやすいまち"
    assert list(Responsibility.objects.order_by("pk").values()) == before
    assert not Section.objects.filter(name="企画課").exists()


def test_undo_keeps_what_a_person_edited_since():
    run = imported(programs(program(4), program(9))).run
    sheet = ProgramSheet.objects.get(program__number=4)
    change_record(sheet, {"results": "人の書いた成果。"}, authorship=by_hand())

    assert undone(run) == {"reversed": 1, "kept": 1}

    assert list(Program.objects.values_list("number", flat=True)) == [4]
    kept = ImportRow.objects.get(run=run, position=1)
    assert kept.undo_result == UndoResult.KEPT
    assert "取込の後に変更されている" in kept.undo_note
    assert Section.objects.count() == 1


def test_undo_keeps_a_value_that_a_later_import_changed():
    run = imported(programs(program(4))).run
    imported(programs(program(4, results="二度目の成果。")))

    assert undone(run) == {"kept": 1}
    assert ProgramSheet.objects.get().results == "二度目の成果。"


def test_undo_keeps_a_kpi_that_later_figures_need():
    run = imported(strategy(indicator("利用者数"), indicator("満足度"))).run
    kpi = Kpi.objects.get(name="利用者数")
    create_record(ActualFactory.build(kpi=kpi), authorship=by_hand())

    assert undone(run) == {"reversed": 1, "kept": 1}

    assert list(Kpi.objects.values_list("name", flat=True)) == ["利用者数"]
    assert "実績値" in ImportRow.objects.get(run=run, position=1).undo_note


def test_undo_keeps_figures_that_a_handed_in_sheet_stands_on():
    kpi = KpiFactory(name="バス利用者数")
    run = imported(actuals(yearly(), yearly(fiscal_year=2023, line=2))).run
    KpiSheetFactory(kpi=kpi, round=RoundFactory(fiscal_year=2024), state=SheetState.SUBMITTED.value)

    assert undone(run) == {"reversed": 1, "kept": 1}

    assert list(Actual.objects.values_list("fiscal_year", flat=True)) == [2024]


def test_undo_twice_is_refused():
    run = imported(programs(program(4))).run
    undo_run(run, authorship=by_hand())

    with pytest.raises(CannotUndo):
        undo_run(run, authorship=by_hand())


def test_undo_fails_row_by_row_where_something_took_the_place():
    imported(strategy(indicator("利用者数", sections=["交通課"])))
    run = imported(strategy(indicator("利用者数", sections=["企画課"]))).run
    kpi, section = Kpi.objects.get(), Section.objects.get(name="交通課")
    create_record(Responsibility(kpi=kpi, section=section), authorship=by_hand())

    undo_run(run, authorship=by_hand())

    assert list(kpi.responsibilities.values_list("section__name", flat=True)) == ["交通課"]


def test_undo_takes_queries_by_batches_not_by_rows(django_assert_max_num_queries):
    run = imported(programs(*(program(number) for number in range(1, 201)))).run

    with django_assert_max_num_queries(90):
        undo_run(run, authorship=by_hand())


def test_undo_command_lists_and_undoes():
    run = imported(programs(program(4))).run
    out = io.StringIO()

    call_command("undo_import", stdout=out)
    call_command("undo_import", str(run.pk), stdout=out)

    listed, summary = out.getvalue().splitlines()
    assert listed.endswith("list.txt")
    assert (
        summary
        == "list.txtの取込を取り消しました。元に戻した 1　その後の変更があるため残した 0　戻せなかった 0"
    )
    with pytest.raises(CommandError, match="取り消せません"):
        call_command("undo_import", str(run.pk))


def test_undo_of_an_earlier_run_after_a_later_one_was_undone():
    first = imported(programs(program(4))).run
    later = imported(programs(program(4, results="二度目の成果。"))).run
    undo_run(later, authorship=by_hand())

    assert undone(first) == {"reversed": 1}
    assert sizes() == {}
