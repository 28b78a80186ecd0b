"""今年度は変更なし: what it takes over, what it leaves alone, and that it can be taken back."""

import pytest

from evaluations.enums import Act, SheetState
from evaluations.models import KpiSheet, ProgramEvaluation
from evaluations.services.unchanged import declare_unchanged, take_back_unchanged
from evaluations.services.workflow import WrongState
from history.services import VersionConflict
from programs.models import ProgramSheet
from tests.evaluations.acts import by, fresh, perform, save, seen
from tests.factories.evaluations import (
    KpiSheetFactory,
    ProgramEvaluationFactory,
    RoundFactory,
    RoundQuestionFactory,
)
from tests.factories.programs import ProgramSheetFactory

LAST = {"problems": "人手不足", "next": "採用を増やす", "grade": "高", "gone": "もう尋ねない"}


@pytest.fixture
def sheet(world) -> KpiSheet:
    """A sheet with three questions, answered last year."""
    for key in ("problems", "next"):
        RoundQuestionFactory(round=world.round, key=key)
    RoundQuestionFactory(round=world.round, key="grade", kind="choice", choices=["A", "B"])
    KpiSheetFactory(
        round=RoundFactory(fiscal_year=2018), kpi=world.industry_kpi, section=world.industry, answers=LAST
    )
    return fresh(world.industry_sheet)


def declare(sheet, user) -> int:
    return declare_unchanged(sheet=sheet, seen=seen(sheet), authorship=by(user))


def take_back(sheet, user) -> int:
    return take_back_unchanged(sheet=sheet, seen=seen(sheet), authorship=by(user))


def test_empty_boxes_take_last_times_words_and_say_so(world, sheet):
    save(sheet, world.of_industry.clerk, problems="今年の課題")

    assert declare(fresh(sheet), world.of_industry.clerk) == 1

    stored = fresh(sheet)
    # A choice that is no longer offered is not taken over, nor what is not asked any more.
    assert stored.answers == {"problems": "今年の課題", "next": "採用を増やす"}
    assert (stored.carried_over, stored.unchanged, stored.says_unchanged) == (
        ["next"],
        ["answers.next"],
        True,
    )
    assert stored.state == SheetState.DRAFTING


def test_it_is_taken_back_but_not_what_somebody_wrote_since(world, sheet):
    declare(sheet, world.of_industry.clerk)
    save(fresh(sheet), world.of_industry.clerk, next="採用を減らす")
    assert fresh(sheet).says_unchanged is False

    assert take_back(fresh(sheet), world.of_industry.clerk) == 1

    stored = fresh(sheet)
    assert stored.answers == {"next": "採用を減らす"}
    assert (stored.carried_over, stored.unchanged) == ([], [])
    assert take_back(stored, world.of_industry.clerk) == 0


def test_after_handing_in_or_on_an_old_page_nothing_is_declared(world, sheet):
    old = seen(sheet)
    save(fresh(sheet), world.of_industry.chief)
    with pytest.raises(VersionConflict):
        declare_unchanged(sheet=fresh(sheet), seen=old, authorship=by(world.of_industry.clerk))
    perform(Act.SUBMIT, fresh(sheet), world.of_industry.clerk)
    with pytest.raises(WrongState):
        declare(fresh(sheet), world.of_industry.clerk)


def test_a_programs_purpose_and_summary_are_taken_over_and_its_results_are_not(world):
    program = world.industry_program.program
    texts = {"purpose": "昨年の目的", "summary": "昨年の概要", "results": "昨年の成果"}
    last = ProgramSheetFactory(program=program, fiscal_year=2023, section=world.industry, **texts)
    RoundQuestionFactory(round=world.program_round, target="program", key="problems")
    ProgramEvaluationFactory(
        round=RoundFactory(fiscal_year=2023), program_sheet=last, answers={"problems": "なし"}
    )
    ProgramSheet.objects.filter(pk=world.industry_program.pk).update(purpose="", summary="今年", results="")
    evaluation = fresh(world.industry_evaluation)

    assert declare(evaluation, world.of_industry.clerk) == 2

    yearly = ProgramSheet.objects.get(pk=world.industry_program.pk)
    assert (yearly.purpose, yearly.summary, yearly.results) == ("昨年の目的", "今年", "")
    assert ProgramEvaluation.objects.get(pk=evaluation.pk).unchanged == ["answers.problems", "purpose"]

    assert take_back(fresh(evaluation), world.of_industry.clerk) == 2
    yearly.refresh_from_db()
    assert (yearly.purpose, yearly.summary) == ("", "今年")


def test_one_press_saves_what_was_typed_and_declares(world, sheet, as_user):
    client = as_user(world.of_industry.clerk)
    address = sheet.get_absolute_url()
    page = client.get(address).content.decode()
    assert "空欄の2項目に前回の内容が入ります" in page

    typed = {"sheet_version": 1, "figure_version": 0, "figure": "191", "answers.problems": "途中の文章"}
    client.post(address, {**typed, "do": "unchanged"})

    stored = fresh(sheet)
    assert stored.answers == {"problems": "途中の文章", "next": "採用を増やす"}
    assert "変更なしを取り消す" in client.get(address).content.decode()
    client.post(
        address,
        {
            "sheet_version": stored.version,
            "figure_version": 1,
            "figure": "191",
            "status": "final",
            "answers.problems": "途中の文章",
            "answers.next": "採用を増やす",
            "do": "changed",
        },
    )
    assert fresh(sheet).answers == {"problems": "途中の文章"}
