"""A program's costs in the round's workbook: only where they are asked, three ways like everything else."""

import pytest
from django.urls import reverse

from evaluations.enums import SheetState
from evaluations.models import ProgramEvaluation, Round
from programs.models import ProgramCost, ProgramSheet
from tests.importers.round_books.desk import row, sides, told
from tests.importers.round_books.files import opened

PROGRAM, SHEET = "創業支援事業", "事務事業"
FIVE = {"cost.national": "1,200", "cost.prefectural": "60万円", "cost.bonds": 0, "cost.other": "50千円"}


@pytest.fixture
def desk(desk, city):
    """Return the desk in a city whose round asks what its programs cost."""
    Round.objects.filter(pk=city.program_round.pk).update(asks_costs=True)
    city.program_round.refresh_from_db()
    ProgramSheet.objects.filter(pk=city.industry_program.pk).update(name=PROGRAM)
    return desk


def bring(desk, book):
    return desk.bring(book.saved(), desk.world.program_round)


def cost_of(city):
    return ProgramCost.objects.filter(sheet=city.industry_program).first()


def test_costs_stand_in_the_workbook_where_the_round_asks_for_them(desk, city):
    before = ProgramSheet.objects.create(
        program=city.industry_program.program,
        fiscal_year=city.program_round.fiscal_year - 1,
        position=1,
        name="前",
    )
    ProgramCost.objects.create(sheet=before, national=1500, is_final=True)
    ProgramCost.objects.create(
        sheet=city.industry_program, general=3150, staff_share="0.20", budget_code="2-1"
    )

    book = desk.take(city.program_round)

    values = {
        key: book.cell(PROGRAM, key, SHEET).value for key in book.columns(SHEET) if key.startswith("cost.")
    }
    assert {key: value for key, value in values.items() if value} == {
        "cost.budget_code": "2-1",
        "cost.general": "3150",
        "cost.staff_share": "0.2",
    }
    assert "国支出金 1,500千円" in book.cell(PROGRAM, "last.costs", SHEET).value
    assert "決算" in book.cell(PROGRAM, "last.costs", SHEET).value


def test_costs_are_not_in_the_workbook_of_a_round_that_does_not_ask(desk, city):
    Round.objects.filter(pk=city.program_round.pk).update(asks_costs=False)

    columns = desk.take(city.program_round).columns(SHEET)

    assert not [key for key in columns if "cost" in key]


def test_costs_are_read_in_their_units_written_and_undone(desk, city):
    book = desk.take(city.program_round)
    book.put(
        PROGRAM, {**FIVE, "cost.general": "３，１５０", "cost.labour": 1400, "cost.is_final": "決算"}, SHEET
    )
    book.put(PROGRAM, {"cost.stated_total": "6,300", "cost.staff_share": "0.2人"}, SHEET)
    run = bring(desk, book)
    assert ProgramCost.objects.count() == 0
    assert "記載された総事業費 6,300千円は、内訳の合計 6,400千円と違います。" in told(run, PROGRAM)

    desk.press(run)

    cost = cost_of(city)
    amounts = (cost.national, cost.prefectural, cost.bonds, cost.other, cost.general, cost.labour)
    assert amounts == (1200, 600, 0, 50, 3150, 1400)
    assert (cost.stated_total, str(cost.staff_share), cost.overtime_hours) == (6300, "0.20", None)
    assert cost.is_final
    assert sides(bring(desk, book), PROGRAM) == dict.fromkeys(
        [*FIVE, "cost.general", "cost.staff_share", "cost.labour", "cost.stated_total", "cost.is_final"],
        "same",
    )

    desk.client.post(reverse("importers:import_run_undo", args=[run.pk]))
    assert cost_of(city) is None


def test_cost_changed_by_both_waits_and_the_others_stay(desk, city):
    ProgramCost.objects.create(sheet=city.industry_program, national=1000, general=70, labour=5)
    book = desk.take(city.program_round)
    book.put(PROGRAM, {"cost.national": "1,200", "cost.general": None}, SHEET)
    ProgramCost.objects.filter(sheet=city.industry_program).update(national=1100, labour=6, version=2)
    run = bring(desk, book)

    assert sides(run, PROGRAM) == {
        "cost.national": "both",
        "cost.general": "workbook",
        "cost.labour": "system",
    }
    assert desk.press(run).status_code == 422

    desk.press(run, **{f"field-{row(run, PROGRAM).position}-0": "workbook"})
    cost = cost_of(city)
    assert (cost.national, cost.general, cost.labour) == (1200, None, 6)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"cost.national": "約100"}, "千円の数字"),
        ({"cost.national": -5}, "千円の数字"),
        ({"cost.national": "1.5"}, "整数"),
        ({"cost.staff_share": "10000"}, "桁数が多すぎます"),
        ({"cost.overtime_hours": "12:30"}, "比か区別できません"),
        ({"cost.budget_code": "款" * 61}, "60文字まで"),
        ({"cost.is_final": "はい"}, "選択肢にありません（決算）"),
        ({"cost.labour": "=1+1"}, "計算結果が保存されていません"),
    ],
)
def test_cost_that_cannot_be_taken_is_told_and_comes_back_marked(desk, city, values, reason):
    book = desk.take(city.program_round)
    book.put(PROGRAM, {"cost.other": "50", **values}, SHEET)
    run = bring(desk, book)
    desk.press(run)
    marked = opened(desk.client.get(reverse("importers:round_book_marked", args=[run.pk])).content)
    cell = marked.cell(PROGRAM, next(iter(values)), SHEET)

    assert reason in told(run, PROGRAM)
    assert reason in cell.comment.text
    assert {name: getattr(cost_of(city), name) for name in ("other", "national", "labour")} == {
        "other": 50,
        "national": None,
        "labour": None,
    }


def test_costs_handed_in_since_are_kept_by_undo(desk, city):
    book = desk.take(city.program_round)
    book.put(PROGRAM, {"cost.national": "1200"}, SHEET)
    run = bring(desk, book)
    desk.press(run)
    ProgramEvaluation.objects.filter(pk=city.industry_evaluation.pk).update(state=SheetState.SUBMITTED.value)

    desk.client.post(reverse("importers:import_run_undo", args=[run.pk]))

    assert cost_of(city).national == 1200
    assert row(run, PROGRAM).undo_result == "kept"


def test_cost_in_a_box_that_is_no_longer_asked_is_told(desk, city):
    book = desk.take(city.program_round)
    book.put(PROGRAM, {"cost.national": "1200"}, SHEET)
    Round.objects.filter(pk=city.program_round.pk).update(asks_costs=False)

    run = bring(desk, book)

    assert "このシートでは尋ねていません" in told(run, PROGRAM)
    assert ProgramCost.objects.count() == 0
