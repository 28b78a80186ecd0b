"""Rounds: what they ask of whom, opening twice, their forms, closing and ending."""

from datetime import date

import pytest
from django.urls import reverse

from evaluations.enums import Edition, QuestionTarget, RoundState, SheetState
from evaluations.models import KpiSheet, ProgramEvaluation, Round, RoundQuestion
from evaluations.selectors.rounds import plan_opening
from evaluations.services.rounds import (
    RoundDraft,
    RoundRefused,
    assign_section,
    change_round,
    close_round,
    create_round,
    finalise_round,
    open_round,
    reopen_round,
    set_questions,
)
from history.models import Revision
from history.services import VersionConflict
from organization.enums import SuccessionKind
from organization.models import Section
from programs.enums import ProgramScope
from strategy.enums import ResponsibilityRole
from strategy.models import Responsibility
from strategy.selectors.responsibility import lead_sections
from tests.evaluations.acts import AT, by
from tests.factories.evaluations import KpiSheetFactory, RoundFactory, RoundQuestionFactory
from tests.factories.organization import SectionFactory, SectionSuccessionFactory
from tests.factories.programs import ProgramSheetFactory
from tests.factories.strategy import (
    KpiFactory,
    KpiPartFactory,
    PlacementFactory,
    PlanNodeFactory,
    ResponsibilityFactory,
)

TODAY = AT.date()


def draft(world, **changes) -> RoundDraft:
    values = {
        "fiscal_year": 2018,
        "edition": Edition.FINAL,
        "plans": [world.plan],
        "due_on": date(2026, 6, 12),
    }
    return RoundDraft(**{**values, **changes})


def make(world, **changes) -> Round:
    return create_round(draft=draft(world, **changes), authorship=by(world.planning))


def asked_kpis(collection: Round) -> set[str]:
    return set(collection.kpi_sheets.values_list("kpi__name", flat=True))


# --- preparing --------------------------------------------------------------------------------------


def test_a_new_round_takes_over_the_days_of_groups(world, as_user):
    gone, renamed, now = (SectionFactory(name=name) for name in ("廃止課", "旧名課", "新名課"))
    for section in (gone, renamed):
        Section.objects.filter(pk=section.pk).update(closed_fiscal_year=2025)
    SectionSuccessionFactory(predecessor=renamed, successor=now, fiscal_year=2026)
    Round.objects.filter(pk=world.round.pk).update(due_on=date(2025, 5, 30))
    for section, day in ((gone, 13), (renamed, 20), (now, 6)):
        world.round.dues.create(section=section, due_on=date(2025, 6, day))
    world.round.dues.create(bureau=world.industry.bureau, target="kpi", due_on=date(2025, 5, 23))

    collection = make(world, fiscal_year=2020, due_on=date(2026, 5, 29))

    assert [(due.group_words, due.due_on) for due in collection.dues.all()] == [
        (f"{world.industry.bureau}・KPIシート", date(2026, 5, 22)),
        ("新名課", date(2026, 6, 19)),
    ]
    assert Revision.objects.filter(record_type="evaluations.rounddue").count() == 2
    shown = as_user(world.planning).get(reverse("evaluations:round_open", args=[collection.pk]))
    assert "新名課　2026年6月19日（金）" in shown.content.decode()


def test_a_round_with_a_group_due_before_its_opening_does_not_open(world):
    collection = make(world, opens_on=date(2026, 5, 11))
    collection.dues.create(section=world.industry, due_on=date(2026, 5, 8))

    with pytest.raises(RoundRefused, match="まとまりごとの期限"):
        open_round(collection=collection, authorship=by(world.planning))
    assert collection.kpi_sheets.count() == 0


def test_a_first_round_asks_the_citys_usual_questions(world):
    Round.objects.filter(fiscal_year=2019).update(fiscal_year=2040)

    collection = make(world)

    keys = collection.questions.filter(target=QuestionTarget.KPI.value).values_list("key", flat=True)
    assert list(keys) == ["factors", "problems", "next_actions", "effectiveness", "efficiency", "overall"]
    choice = collection.questions.get(target="kpi", key="effectiveness")
    assert (choice.kind, choice.choices, choice.is_required) == ("choice", ["高", "中", "低"], True)
    assert collection.questions.filter(target=QuestionTarget.PROGRAM.value, key="direction").exists()
    assert (collection.state, collection.name) == (RoundState.PREPARING, "平成30年度 実績・評価（確定）")


def test_a_later_round_asks_what_the_last_one_asked(world):
    before = RoundFactory(fiscal_year=2017)
    RoundQuestionFactory(round=before, key="own", label="独自の項目", limit=123, is_public=True)

    collection = make(world)

    assert collection.previous == before
    copied = collection.questions.get()
    assert (copied.key, copied.label, copied.limit, copied.is_public) == ("own", "独自の項目", 123, True)


def test_a_second_round_of_a_year_and_edition_is_refused(world):
    make(world)

    with pytest.raises(RoundRefused):
        make(world)
    assert make(world, edition=Edition.PRELIMINARY).fiscal_year == 2018
    assert make(world, is_demo=True).is_demo is True


def test_days_out_of_order_are_refused(world):
    with pytest.raises(RoundRefused):
        make(world, opens_on=date(2026, 7, 1))


def test_year_and_plans_are_fixed_once_the_round_is_open(world):
    collection = make(world)
    change_round(collection=collection, draft=draft(world, fiscal_year=2016), authorship=by(world.planning))
    assert collection.fiscal_year == 2016
    open_round(collection=collection, authorship=by(world.planning))

    with pytest.raises(RoundRefused):
        change_round(collection=collection, draft=draft(world), authorship=by(world.planning))
    later = draft(world, fiscal_year=2016, opens_on=TODAY, due_on=date(2026, 7, 1), asks_programs=True)
    assert change_round(collection=collection, draft=later, authorship=by(world.planning)) is True
    assert Round.objects.get(pk=collection.pk).due_on == date(2026, 7, 1)


def test_questions_are_replaced_before_the_opening_only(world):
    collection = make(world)
    first = collection.questions.filter(target="kpi")[0]
    first.label = "要因"
    added = RoundQuestion(target="kpi", key="extra", label="追加の項目")

    set_questions(collection=collection, questions=[first, added], authorship=by(world.planning))

    assert sorted(collection.questions.values_list("key", "label")) == [
        ("extra", "追加の項目"),
        ("factors", "要因"),
    ]
    with pytest.raises(RoundRefused):
        set_questions(
            collection=collection,
            questions=[first, RoundQuestion(target="kpi", key="factors", label="二つ目")],
            authorship=by(world.planning),
        )
    open_round(collection=collection, authorship=by(world.planning))
    with pytest.raises(RoundRefused):
        set_questions(collection=collection, questions=[], authorship=by(world.planning))


# --- opening ----------------------------------------------------------------------------------------


def test_opening_makes_a_sheet_for_every_kpi_and_program_with_its_section(world):
    ProgramSheetFactory(fiscal_year=2018, section=world.publicity)
    collection = make(world)

    report = open_round(collection=collection, authorship=by(world.planning))

    assert (report.kpi_sheets, report.program_evaluations) == (2, 1)
    assert collection.state == RoundState.OPEN
    assert {(s.kpi, s.section, s.state) for s in collection.kpi_sheets.all()} == {
        (world.industry_kpi, world.industry, SheetState.NOT_STARTED),
        (world.publicity_kpi, world.publicity, SheetState.NOT_STARTED),
    }
    assert collection.program_evaluations.get().section == world.publicity


def test_opening_again_adds_what_is_new_and_nothing_twice(world):
    collection = make(world)
    open_round(collection=collection, authorship=by(world.planning))
    PlacementFactory(kpi=KpiFactory(name="後から加わった指標"), node=world.measure)

    again = open_round(collection=collection, authorship=by(world.planning))
    third = open_round(collection=collection, authorship=by(world.planning))

    assert (again.kpi_sheets, third.kpi_sheets) == (1, 0)
    assert KpiSheet.objects.filter(round=collection).count() == 3


def test_a_kpi_at_two_places_gets_one_sheet(world):
    PlacementFactory(kpi=world.industry_kpi, node=world.goal)
    collection = make(world)

    open_round(collection=collection, authorship=by(world.planning))

    assert collection.kpi_sheets.filter(kpi=world.industry_kpi).count() == 1


def test_parts_are_asked_though_no_document_places_them(world):
    part = KpiFactory(name="うち外国人")
    deeper = KpiFactory(name="うち研究者")
    KpiPartFactory(whole=world.industry_kpi, part=part)
    KpiPartFactory(whole=part, part=deeper)
    collection = make(world)

    open_round(collection=collection, authorship=by(world.planning))

    assert asked_kpis(collection) == {"創業者数", "ホームページ閲覧数", "うち外国人", "うち研究者"}


def test_kpis_of_other_years_other_plans_and_demonstrations_are_not_asked(world):
    for values in (
        {"name": "終わった", "last_fiscal_year": 2017},
        {"name": "まだ", "first_fiscal_year": 2019},
        {"name": "デモ", "is_demo": True},
    ):
        PlacementFactory(kpi=KpiFactory(**values), node=world.measure)
    PlacementFactory(kpi=KpiFactory(name="別の計画"), node=PlanNodeFactory())
    collection = make(world)

    open_round(collection=collection, authorship=by(world.planning))

    assert asked_kpis(collection) == {"創業者数", "ホームページ閲覧数"}


def test_programs_outside_the_evaluation_or_year_are_not_asked(world):
    kept = ProgramSheetFactory(fiscal_year=2018)
    ProgramSheetFactory(fiscal_year=2018, program__scope=ProgramScope.EXCLUDED.value)
    ProgramSheetFactory(fiscal_year=2018, program__is_demo=True)
    ProgramSheetFactory(fiscal_year=2017)
    collection = make(world)

    open_round(collection=collection, authorship=by(world.planning))

    assert [e.program_sheet for e in collection.program_evaluations.all()] == [kept]


def test_a_choice_narrows_what_is_asked(world):
    kept = ProgramSheetFactory(fiscal_year=2018)
    ProgramSheetFactory(fiscal_year=2018)
    collection = make(world)

    open_round(
        collection=collection,
        kpi_ids=[world.industry_kpi.pk],
        program_sheet_ids=[kept.pk],
        authorship=by(world.planning),
    )

    assert asked_kpis(collection) == {"創業者数"}
    assert ProgramEvaluation.objects.get(round=collection).program_sheet == kept


def test_what_nobody_answers_for_gets_a_sheet_without_section_and_is_told(world):
    Responsibility.objects.filter(kpi=world.publicity_kpi).update(role=ResponsibilityRole.CO.value)
    collection = make(world)

    report = open_round(collection=collection, authorship=by(world.planning))

    assert [asked.kpi for asked in report.opening.without_section] == [world.publicity_kpi]
    assert collection.kpi_sheets.get(kpi=world.publicity_kpi).section is None


def test_a_round_with_nothing_to_ask_is_not_opened(world):
    collection = make(world, plans=[], asks_programs=False)

    with pytest.raises(RoundRefused):
        open_round(collection=collection, authorship=by(world.planning))
    assert Round.objects.get(pk=collection.pk).state == RoundState.PREPARING


def test_a_round_due_before_today_is_not_opened(world):
    collection = make(world, due_on=date(2026, 5, 1))

    with pytest.raises(RoundRefused):
        open_round(collection=collection, authorship=by(world.planning))
    assert collection.kpi_sheets.count() == 0


def test_planning_an_opening_needs_the_same_queries_for_one_and_three_kpis(world, django_assert_num_queries):
    collection = make(world)
    ProgramSheetFactory(fiscal_year=2018)
    expected = 7
    with django_assert_num_queries(expected):
        assert len(plan_opening(collection, today=TODAY).shares) == 3
    for _ in range(3):
        ResponsibilityFactory(kpi=PlacementFactory(node=world.measure).kpi)
        ProgramSheetFactory(fiscal_year=2018)
    with django_assert_num_queries(expected):
        assert len(plan_opening(collection, today=TODAY).shares) == 9


# --- who answers ------------------------------------------------------------------------------------


def lead_of(kpi, *, fiscal_year=2018, working_year=2026):
    return lead_sections([kpi.pk], fiscal_year=fiscal_year, working_year=working_year)[kpi.pk]


def test_the_lead_of_the_year_answers(world):
    kpi = KpiFactory()
    old, new = SectionFactory(), SectionFactory()
    ResponsibilityFactory(kpi=kpi, section=old, last_fiscal_year=2017)
    ResponsibilityFactory(kpi=kpi, section=new, first_fiscal_year=2018)

    assert lead_of(kpi, fiscal_year=2017).section == old
    assert lead_of(kpi, fiscal_year=2018).section == new


def test_a_renamed_section_is_followed_over_several_steps(world):
    first = SectionFactory(closed_fiscal_year=2018)
    second = SectionFactory(closed_fiscal_year=2020)
    third = SectionFactory()
    SectionSuccessionFactory(predecessor=first, successor=second, fiscal_year=2019)
    SectionSuccessionFactory(predecessor=second, successor=third, fiscal_year=2021)
    kpi = ResponsibilityFactory(section=first).kpi

    assert lead_of(kpi, working_year=2018).section == first
    assert lead_of(kpi, working_year=2019).section == second
    assert lead_of(kpi, working_year=2026).section == third


def test_a_split_or_abolished_section_leaves_the_question_to_a_person(world):
    split, gone = SectionFactory(closed_fiscal_year=2018), SectionFactory(closed_fiscal_year=2018)
    for _ in range(2):
        SectionSuccessionFactory(predecessor=split, fiscal_year=2019, kind=SuccessionKind.SPLIT.value)
    SectionSuccessionFactory(
        predecessor=gone, successor=None, fiscal_year=2019, kind=SuccessionKind.ABOLISH.value
    )

    of_split = lead_of(ResponsibilityFactory(section=split).kpi)
    of_gone = lead_of(ResponsibilityFactory(section=gone).kpi)

    assert of_split.section is None
    assert "分かれた" in of_split.why_none
    assert of_gone.section is None
    assert "廃止" in of_gone.why_none


def test_sections_that_succeed_each_other_in_a_circle_end_the_search(world):
    first, second = SectionFactory(closed_fiscal_year=2018), SectionFactory(closed_fiscal_year=2018)
    SectionSuccessionFactory(predecessor=first, successor=second, fiscal_year=2019)
    SectionSuccessionFactory(predecessor=second, successor=first, fiscal_year=2019)

    assert lead_of(ResponsibilityFactory(section=first).kpi).section is None


def test_a_responsibility_for_all_places_comes_before_one_for_a_single_place(world):
    everywhere = SectionFactory()
    ResponsibilityFactory(kpi=world.industry_kpi, placement=world.industry_kpi.placements.get(), position=0)
    Responsibility.objects.filter(kpi=world.industry_kpi, placement__isnull=True).update(
        section=everywhere, position=5
    )

    assert lead_of(world.industry_kpi).section == everywhere


# --- afterwards -------------------------------------------------------------------------------------


def test_a_round_is_closed_reopened_and_ended_when_all_is_final(world):
    assert close_round(collection=world.round, authorship=by(world.planning)) is True
    assert close_round(collection=world.round, authorship=by(world.planning)) is False
    assert reopen_round(collection=world.round, authorship=by(world.planning)) is True
    with pytest.raises(RoundRefused):
        finalise_round(collection=world.round, authorship=by(world.planning))

    KpiSheet.objects.update(state=SheetState.FINALISED.value)

    assert finalise_round(collection=world.round, authorship=by(world.planning)) is True
    with pytest.raises(RoundRefused):
        reopen_round(collection=world.round, authorship=by(world.planning))


def test_a_sheet_is_given_to_another_section_unless_it_is_locked(world):
    sheet = KpiSheetFactory(round=world.round, section=None)

    assign_section(sheet=sheet, section=world.industry, seen_version=1, authorship=by(world.planning))

    assert KpiSheet.objects.get(pk=sheet.pk).section == world.industry
    with pytest.raises(VersionConflict):
        assign_section(sheet=sheet, section=None, seen_version=1, authorship=by(world.planning))
    sheet.state = SheetState.FINALISED.value
    with pytest.raises(RoundRefused):
        assign_section(sheet=sheet, section=None, seen_version=2, authorship=by(world.planning))
