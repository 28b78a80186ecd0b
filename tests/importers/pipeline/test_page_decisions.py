"""Decisions on the page of a preview: they go along when the run is applied, and nothing unseen with them."""

from django.urls import reverse

from evaluations.models import Actual
from programs.models import ProgramSheet
from tests.importers.pipeline.test_pages import line, page, planning, send, upload, workbook

__all__ = ["planning"]


def test_import_run_apply_keeps_what_is_decided_on_the_page(planning):
    run = upload(planning, workbook(line(4), line(9), line(11, section=None)))
    text = page(planning, "import_run_detail", run.pk)
    assert f'form="decisions" formaction="{reverse("importers:import_run_apply", args=[run.pk])}"' in text

    shown = {f"was-{position}": "" for position in (1, 2, 3)}
    send(planning, "import_run_apply", run.pk, **shown, **{"decision-1": "leave", "decision-3": "take"})

    run.refresh_from_db()
    assert run.state == "applied"
    assert list(run.rows.order_by("position").values_list("decision", flat=True)) == ["leave", "", "take"]
    written = ProgramSheet.objects.filter(fiscal_year=2024, program__number__in=[4, 9, 11])
    assert sorted(written.values_list("program__number", flat=True)) == [9, 11]


def test_import_run_apply_leaves_what_others_decided_where_the_page_still_shows_the_old(planning):
    run = upload(planning, workbook(line(4), line(9)))
    send(planning, "import_run_decide", run.pk, **{"decision-1": "leave"})

    shown = {"was-1": "", "decision-1": "", "was-2": "", "decision-2": ""}
    send(planning, "import_run_apply", run.pk, **shown)

    assert list(run.rows.order_by("position").values_list("decision", flat=True)) == ["leave", ""]
    assert not ProgramSheet.objects.filter(fiscal_year=2024, program__number=4).exists()


def test_import_run_apply_stops_where_a_decision_makes_another_row_look_different(planning):
    """The first row of a new KPI brings its unit; left out, the second brings it, which nobody has seen."""
    headings = ["指標名", "年度", "単位", "実績値"]
    rows = [["新しい指標", "R5", "件", "10"], ["新しい指標", "R6", "件", "11"]]
    run = upload(planning, workbook(*rows, headings=headings), kind="actuals")

    send(planning, "import_run_apply", run.pk, **{"was-1": "", "decision-1": "leave"})

    run.refresh_from_db()
    assert run.state == "previewed"
    text = page(planning, "import_run_detail", run.pk)
    assert "もう一度確認してから反映してください" in text
    assert "新しい指標　令和5年度　実績値 10" in text
    send(planning, "import_run_apply", run.pk)
    assert [(actual.fiscal_year, actual.value) for actual in Actual.objects.all()] == [(2024, 11)]


def test_of_two_rows_that_contradict_one_is_left_out_and_the_other_written(planning):
    run = upload(planning, workbook(line(4), line(4, name="同じ番号の別の事業"), line(9)))
    outcomes = run.rows.order_by("position").values_list("outcome", flat=True)
    assert list(outcomes) == ["refused", "refused", "new"]

    send(planning, "import_run_apply", run.pk, **{"was-1": "", "decision-1": "leave"})

    run.refresh_from_db()
    assert (run.state, list(outcomes.all())) == ("previewed", ["refused", "review", "new"])
    assert (run.counts["refused"], run.counts["review"], run.counts["new"]) == (1, 1, 1)
    send(planning, "import_run_decide", run.pk, all="none")
    assert list(outcomes.all()) == ["refused", "refused", "new"], "taken back, both are refused again"
    send(planning, "import_run_decide", run.pk, **{"decision-1": "leave", "decision-2": "take"})
    send(planning, "import_run_apply", run.pk)
    written = ProgramSheet.objects.filter(fiscal_year=2024).filter(program__number__in=[4, 9])
    assert sorted(sheet.name for sheet in written) == ["事業その9", "同じ番号の別の事業"]
