"""Saving a sheet: figure or reason, answers, versions, completeness, corrections, what stays untouched."""

from datetime import date
from decimal import Decimal

import pytest

from evaluations.enums import Edition, QuestionKind, QuestionTarget, SheetState, ValueStatus
from evaluations.models import Actual, KpiSheet
from evaluations.selectors import completeness
from evaluations.selectors.sheets import actual_of, earlier_sheet, locked_actual_keys
from evaluations.services import drafts
from evaluations.services.sheets import (
    AnswersEntry,
    EntryRefused,
    FigureEntry,
    ProgramTexts,
    correct_kpi_sheet,
    save_kpi_sheet,
    save_program_evaluation,
)
from evaluations.services.workflow import ActRefused, ReasonMissing, Seen, WrongState
from history.models import Revision
from history.services import VersionConflict
from tests.evaluations.acts import AT, by, figure, fresh, save, seen
from tests.factories.evaluations import (
    ActualFactory,
    KpiSheetFactory,
    ProgramEvaluationFactory,
    RoundFactory,
    RoundQuestionFactory,
)
from tests.factories.programs import ProgramSheetFactory

TODAY = date(2026, 5, 20)


def clerk_of(world):
    return world.of_industry.clerk


def missing(world, sheet):
    return completeness.missing(sheet, viewer=clerk_of(world), today=TODAY)


def texts(**changes) -> ProgramTexts:
    return ProgramTexts(
        **{"purpose": "試験の目的。", "summary": "試験の概要。", "results": "試験の成果。", **changes}
    )


def save_program(evaluation, user, entered, **answers) -> bool:
    return save_program_evaluation(
        evaluation=evaluation,
        texts=entered,
        entry=AnswersEntry(answers=answers),
        seen=seen(evaluation),
        authorship=by(user),
    )


# --- figure and answers -----------------------------------------------------------------------------


def test_a_save_writes_figure_answers_state_and_revisions(world):
    RoundQuestionFactory(round=world.round, key="problems")

    wrote = save(
        fresh(world.industry_sheet), clerk_of(world), figure("191.5", note="速報ではない"), problems="なし"
    )

    sheet = fresh(world.industry_sheet)
    actual = actual_of(sheet)
    assert wrote is True
    assert (actual.value, actual.status, actual.note) == (Decimal("191.5"), "final", "速報ではない")
    assert (sheet.state, sheet.answers, sheet.edited_by, sheet.edited_at) == (
        SheetState.DRAFTING,
        {"problems": "なし"},
        clerk_of(world),
        AT,
    )
    fields = Revision.objects.filter(record_type="evaluations.kpisheet").values_list("field", flat=True)
    assert set(fields) == {"state", "answers", "edited_by", "edited_at"}
    assert Revision.objects.filter(record_type="evaluations.actual", act="created").count() == 1


def test_saving_the_same_again_writes_nothing_even_on_an_old_version(world):
    save(fresh(world.industry_sheet), clerk_of(world))
    revisions = Revision.objects.count()

    wrote = save_kpi_sheet(
        sheet=fresh(world.industry_sheet),
        figure=figure("191.00"),
        entry=AnswersEntry(),
        seen=Seen(sheet=1, figure=0),
        authorship=by(clerk_of(world)),
    )

    assert wrote is False
    assert Revision.objects.count() == revisions


def test_a_missing_value_keeps_its_reason_and_is_no_zero(world):
    entered = figure(None, status=ValueStatus.PENDING, expected_on=date(2026, 8, 1))

    save(fresh(world.industry_sheet), clerk_of(world), entered)

    actual = actual_of(world.industry_sheet)
    assert (actual.value, actual.status, actual.expected_on) == (None, "pending", date(2026, 8, 1))


def test_zero_is_a_value(world):
    save(fresh(world.industry_sheet), clerk_of(world), figure(0))

    assert actual_of(world.industry_sheet).value == 0
    assert missing(world, fresh(world.industry_sheet)) == {}


def test_emptying_a_figure_takes_the_actual_away_and_keeps_it_in_the_history(world):
    save(fresh(world.industry_sheet), clerk_of(world))

    save(fresh(world.industry_sheet), clerk_of(world), FigureEntry())

    assert actual_of(world.industry_sheet) is None
    deleted = Revision.objects.get(record_type="evaluations.actual", act="deleted")
    assert '"value": "191"' in deleted.old


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        (FigureEntry(value=Decimal(1)), "status"),
        (FigureEntry(note="注記だけ"), "status"),
        (figure(None), "figure"),
        (figure(5, status=ValueStatus.PENDING), "status"),
        (figure("NaN"), "figure"),
        (figure("Infinity"), "figure"),
        (figure("1e18"), "figure"),
        (figure("0.000000001"), "figure"),
        (figure(1, published_text="約" * 121), "figure"),
        (figure(1, note="あ" * 20_001), "note"),
    ],
)
def test_an_impossible_figure_is_refused_with_a_message_at_its_field(world, entered, field):
    with pytest.raises(EntryRefused) as caught:
        save(fresh(world.industry_sheet), clerk_of(world), entered)

    assert list(caught.value.errors) == [field]
    assert Actual.objects.count() == 0
    assert fresh(world.industry_sheet).state == SheetState.NOT_STARTED


def test_trailing_zeros_are_not_too_many_digits(world):
    assert save(fresh(world.industry_sheet), clerk_of(world), figure("1.000000000000")) is True


def test_an_answer_to_an_unknown_question_is_refused(world):
    with pytest.raises(EntryRefused) as caught:
        save(fresh(world.industry_sheet), clerk_of(world), injected="x")

    assert list(caught.value.errors) == ["answers.injected"]


def test_a_choice_outside_the_list_is_refused(world):
    RoundQuestionFactory(
        round=world.round, key="effect", kind=QuestionKind.CHOICE.value, choices=["高", "低"]
    )

    with pytest.raises(EntryRefused):
        save(fresh(world.industry_sheet), clerk_of(world), effect="最高")
    assert save(fresh(world.industry_sheet), clerk_of(world), effect="高") is True


def test_answers_that_were_not_sent_stay(world):
    RoundQuestionFactory(round=world.round, key="problems")
    RoundQuestionFactory(round=world.round, key="factors")
    save(fresh(world.industry_sheet), clerk_of(world), problems="課題", factors="要因")

    save(fresh(world.industry_sheet), clerk_of(world), factors="")

    assert fresh(world.industry_sheet).answers == {"problems": "課題"}


def test_typed_line_ends_and_control_characters_are_cleaned(world):
    RoundQuestionFactory(round=world.round, key="problems")

    save(fresh(world.industry_sheet), clerk_of(world), problems="一行目\r\n二行目\x00\r\n")

    assert fresh(world.industry_sheet).answers == {"problems": "一行目\n二行目"}


# --- two people -------------------------------------------------------------------------------------


def test_the_second_of_two_editors_gets_a_conflict_and_nothing_is_overwritten(world):
    RoundQuestionFactory(round=world.round, key="problems")
    opened = seen(fresh(world.industry_sheet))
    save(fresh(world.industry_sheet), clerk_of(world), problems="先の文")

    with pytest.raises(VersionConflict):
        save_kpi_sheet(
            sheet=fresh(world.industry_sheet),
            figure=figure(200),
            entry=AnswersEntry(answers={"problems": "後の文"}),
            seen=opened,
            authorship=by(world.of_industry.deputy),
        )

    assert fresh(world.industry_sheet).answers == {"problems": "先の文"}
    assert actual_of(world.industry_sheet).value == 191


def test_a_figure_imported_meanwhile_is_a_conflict(world):
    opened = seen(fresh(world.industry_sheet))
    ActualFactory(kpi=world.industry_kpi, value=500)

    with pytest.raises(VersionConflict):
        save_kpi_sheet(
            sheet=fresh(world.industry_sheet),
            figure=figure(191),
            entry=AnswersEntry(),
            seen=opened,
            authorship=by(clerk_of(world)),
        )

    assert fresh(world.industry_sheet).version == 1
    assert actual_of(world.industry_sheet).value == 500


# --- locked sheets and corrections ------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [SheetState.AWAITING_APPROVAL, SheetState.SUBMITTED, SheetState.REVIEWED, SheetState.FINALISED],
)
def test_a_sheet_that_is_not_with_the_section_is_not_written(world, state):
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=state.value)

    with pytest.raises(WrongState):
        save(fresh(world.industry_sheet), clerk_of(world))

    assert Actual.objects.count() == 0


def test_a_correction_needs_a_reason_and_planning(world):
    ActualFactory(kpi=world.industry_kpi)
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.FINALISED.value)

    def correct(user, reason):
        return correct_kpi_sheet(
            sheet=fresh(world.industry_sheet),
            figure=figure(195),
            entry=AnswersEntry(),
            reason=reason,
            seen=seen(fresh(world.industry_sheet)),
            authorship=by(user),
        )

    with pytest.raises(ReasonMissing):
        correct(world.planning, " ")
    with pytest.raises(ActRefused):
        correct(clerk_of(world), "誤り")
    assert actual_of(world.industry_sheet).value == 191
    assert correct(world.planning, "集計の誤り") is True
    assert actual_of(world.industry_sheet).value == 195


def test_a_correction_of_the_figure_alone_gives_the_sheet_a_new_version(world):
    ActualFactory(kpi=world.industry_kpi)
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.FINALISED.value)
    opened = seen(fresh(world.industry_sheet))

    for value in (195, 196):
        correct_kpi_sheet(
            sheet=fresh(world.industry_sheet),
            figure=figure(value),
            entry=AnswersEntry(),
            reason="集計の誤り",
            seen=seen(fresh(world.industry_sheet)),
            authorship=by(world.planning),
        )

    assert fresh(world.industry_sheet).version == opened.sheet + 2


def test_locked_actual_keys_names_finalised_figures_only(world):
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.FINALISED.value)

    keys = locked_actual_keys([world.industry_kpi.pk, world.publicity_kpi.pk])

    assert keys == {(world.industry_kpi.pk, 2019, "final")}


# --- what was read from documents -------------------------------------------------------------------


def test_an_uncertain_figure_has_to_be_confirmed_before_it_is_handed_in(world):
    mark = {"value": {"confidence": "0.6", "reason": "位置から推定"}}
    ActualFactory(kpi=world.industry_kpi, unconfirmed=mark)
    assert list(missing(world, fresh(world.industry_sheet))) == ["figure"]

    save(fresh(world.industry_sheet), clerk_of(world), figure(is_confirmed=True))

    assert actual_of(world.industry_sheet).unconfirmed == {}
    assert missing(world, fresh(world.industry_sheet)) == {}


def test_a_changed_figure_needs_no_further_confirmation(world):
    ActualFactory(kpi=world.industry_kpi, unconfirmed={"value": {"reason": "位置から推定"}})

    save(fresh(world.industry_sheet), clerk_of(world), figure(192))

    assert actual_of(world.industry_sheet).unconfirmed == {}


def test_texts_of_a_program_are_edited_and_confirmed_in_the_round(world):
    sheet = world.industry_program
    sheet.unconfirmed = {"summary": {"reason": "境界"}, "results": {"reason": "境界"}}
    sheet.save()

    save_program(fresh(world.industry_evaluation), clerk_of(world), texts(results="直した成果"))
    sheet.refresh_from_db()
    assert (sheet.results, list(sheet.unconfirmed)) == ("直した成果", ["summary"])

    save_program(
        fresh(world.industry_evaluation), clerk_of(world), texts(results="直した成果", is_confirmed=True)
    )
    sheet.refresh_from_db()
    assert sheet.unconfirmed == {}


def test_other_line_ends_alone_are_no_change_of_a_text(world):
    sheet = world.industry_program
    sheet.results = "一\n二"
    sheet.save()

    wrote = save_program(fresh(world.industry_evaluation), clerk_of(world), texts(results="一\r\n二"))

    assert wrote is False


def test_a_program_sheet_changed_meanwhile_is_a_conflict(world):
    evaluation = fresh(world.industry_evaluation)
    opened = seen(evaluation)
    type(world.industry_program).objects.update(version=2, results="取込で変わった")

    with pytest.raises(VersionConflict):
        save_program_evaluation(
            evaluation=evaluation,
            texts=texts(results="入力した成果"),
            entry=AnswersEntry(),
            seen=opened,
            authorship=by(clerk_of(world)),
        )

    world.industry_program.refresh_from_db()
    assert world.industry_program.results == "取込で変わった"


def test_a_program_without_results_is_incomplete(world):
    type(world.industry_program).objects.update(results="")

    assert list(missing(world, fresh(world.industry_evaluation))) == ["results"]


# --- completeness -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered", "fields"),
    [
        (figure(), []),
        (figure(None, status=ValueStatus.PENDING), ["expected_on"]),
        (figure(None, status=ValueStatus.PENDING, expected_on=date(2026, 5, 19)), ["expected_on"]),
        (figure(None, status=ValueStatus.PENDING, expected_on=TODAY), []),
        (figure(None, status=ValueStatus.NOT_SURVEYED), ["note"]),
        (figure(None, status=ValueStatus.UNKNOWN), ["note"]),
        (figure(None, status=ValueStatus.NOT_APPLICABLE, note="事業が終わった"), []),
    ],
)
def test_a_value_or_a_status_with_its_reason_is_complete(world, entered, fields):
    save(fresh(world.industry_sheet), clerk_of(world), entered)

    assert list(missing(world, fresh(world.industry_sheet))) == fields


def test_required_questions_of_the_sheets_kind_are_asked_for(world):
    RoundQuestionFactory(round=world.round, key="problems", label="課題", is_required=True)
    RoundQuestionFactory(round=world.round, key="note", is_required=False)
    RoundQuestionFactory(
        round=world.round, key="direction", target=QuestionTarget.PROGRAM.value, is_required=True
    )
    save(fresh(world.industry_sheet), clerk_of(world))

    assert missing(world, fresh(world.industry_sheet)) == {"answers.problems": "「課題」を入力してください。"}


def test_a_question_for_another_kind_of_program_is_not_asked(world):
    type(world.industry_program.program).objects.update(kind="facility")
    for kind in ("", "facility", "subsidy"):
        RoundQuestionFactory(
            round=world.program_round,
            target=QuestionTarget.PROGRAM.value,
            key=f"for-{kind}",
            program_kind=kind,
            is_required=True,
        )

    found = missing(world, fresh(world.industry_evaluation))

    assert set(found) == {"answers.for-", "answers.for-facility"}


def test_an_answer_longer_than_its_limit_may_be_saved_but_not_handed_in(world):
    RoundQuestionFactory(round=world.round, key="problems", label="課題", limit=5)

    save(fresh(world.industry_sheet), clerk_of(world), problems="一二三四五六七")

    assert fresh(world.industry_sheet).answers["problems"] == "一二三四五六七"
    assert missing(world, fresh(world.industry_sheet)) == {
        "answers.problems": "「課題」は5文字までです（2文字超えています）。"
    }


# --- last time --------------------------------------------------------------------------------------


def test_the_earlier_sheet_is_that_of_the_year_or_edition_before(world):
    last_year = KpiSheetFactory(round=RoundFactory(fiscal_year=2018), kpi=world.industry_kpi)
    half = KpiSheetFactory(
        round=RoundFactory(fiscal_year=2019, edition=Edition.HALF.value), kpi=world.industry_kpi
    )
    KpiSheetFactory(round=RoundFactory(fiscal_year=2020), kpi=world.industry_kpi)
    KpiSheetFactory(round=RoundFactory(fiscal_year=2017, is_demo=True), kpi=world.industry_kpi)

    assert earlier_sheet(fresh(world.industry_sheet)) == half
    assert earlier_sheet(fresh(half)) == last_year
    assert earlier_sheet(fresh(last_year)) is None


def test_the_earlier_sheet_of_a_program_follows_its_number(world):
    program = world.industry_program.program
    before = ProgramEvaluationFactory(
        round=RoundFactory(fiscal_year=2023),
        program_sheet=ProgramSheetFactory(program=program, fiscal_year=2023, section=world.industry),
    )

    assert earlier_sheet(fresh(world.industry_evaluation)) == before


def test_a_text_taken_over_stays_marked_while_it_reads_the_same(world):
    RoundQuestionFactory(round=world.round, key="problems")
    KpiSheetFactory(
        round=RoundFactory(fiscal_year=2018), kpi=world.industry_kpi, answers={"problems": "人手の不足"}
    )

    def enter(text, taken=()):
        sheet = fresh(world.industry_sheet)
        save_kpi_sheet(
            sheet=sheet,
            figure=figure(),
            entry=AnswersEntry(answers={"problems": text}, carried_over=taken),
            seen=seen(sheet),
            authorship=by(clerk_of(world)),
        )
        return fresh(sheet).carried_over

    assert enter("人手の不足", ["problems"]) == ["problems"]
    assert enter("人手の不足") == ["problems"]
    assert enter("人手と場所の不足") == []


# --- demonstrations and drafts ----------------------------------------------------------------------


def test_a_demonstration_and_the_citys_own_figures_never_touch(world):
    ActualFactory(kpi=world.industry_kpi, value=191)
    demo = KpiSheetFactory(
        round=RoundFactory(fiscal_year=2019, is_demo=True), kpi=world.industry_kpi, section=world.industry
    )

    save(fresh(demo), clerk_of(world), figure(999))
    save(fresh(world.industry_sheet), clerk_of(world), figure(192))

    assert (actual_of(demo).value, actual_of(demo).is_demo) == (999, True)
    assert (actual_of(world.industry_sheet).value, actual_of(world.industry_sheet).is_demo) == (192, False)


def test_a_draft_is_kept_by_field_and_gone_with_the_save(world):
    sheet = world.industry_sheet
    RoundQuestionFactory(round=world.round, key="problems")
    drafts.keep(sheet=sheet, user=clerk_of(world), typed={"answers.problems": "途中"}, version=1, at=AT)
    drafts.keep(sheet=sheet, user=clerk_of(world), typed={"answers.problems": "途中まで"}, version=1, at=AT)
    drafts.keep(sheet=sheet, user=world.of_industry.deputy, typed={"figure": "1"}, version=1, at=AT)
    assert [draft.text for draft in sheet.drafts.filter(user=clerk_of(world))] == ["途中まで"]

    save(fresh(sheet), clerk_of(world), problems="書き上げた")

    assert list(sheet.drafts.values_list("user", flat=True)) == [world.of_industry.deputy.pk]
