"""Tasks, approvals, reviews, rounds and boards: what stands in them, for whom, in how many queries."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from evaluations.enums import Act, RoundState, SheetState
from evaluations.models import KpiSheet, Round
from evaluations.selectors.board import board_of
from evaluations.selectors.tasks import Group, next_task, task_page
from organization.enums import MembershipRole
from tests.evaluations.acts import fresh, perform, save
from tests.factories.evaluations import (
    ActualFactory,
    KpiSheetFactory,
    ProgramEvaluationFactory,
    RoundFactory,
    RoundQuestionFactory,
)
from tests.factories.organization import member_of
from tests.factories.programs import ProgramSheetFactory

TODAY = date(2026, 5, 20)


def text_of(response) -> str:
    return unescape(response.content.decode())


def groups_of(user) -> dict[Group, list]:
    return {g.group: [t.sheet for t in g.tasks] for g in task_page(user, today=TODAY).groups if g.tasks}


def put(sheet, state, **values):
    type(sheet).objects.filter(pk=sheet.pk).update(state=state.value, **values)


def many_sheets(world, count, state=SheetState.NOT_STARTED):
    """Give 産業振興課 `count` sheets of each kind beside the world's, with figures and returns."""
    for number in range(count):
        kpi_sheet = KpiSheetFactory(round=world.round, section=world.industry, state=state.value)
        ActualFactory(kpi=kpi_sheet.kpi, value=number)
        ActualFactory(kpi=kpi_sheet.kpi, fiscal_year=2018, value=number + 1)
        ProgramEvaluationFactory(
            round=world.program_round,
            program_sheet=ProgramSheetFactory(section=world.industry),
            state=state.value,
        )


# --- tasks ------------------------------------------------------------------------------------------


def test_tasks_are_those_of_the_persons_part_at_each_state(world):
    sheet = world.industry_sheet
    put(world.industry_evaluation, SheetState.FINALISED)
    expected = {
        SheetState.NOT_STARTED: {"clerk": Group.ENTER, "chief": Group.ENTER},
        SheetState.DRAFTING: {"clerk": Group.ENTER, "chief": Group.ENTER},
        SheetState.RETURNED: {"clerk": Group.RETURNED, "chief": Group.RETURNED},
        SheetState.AWAITING_APPROVAL: {"chief": Group.APPROVE, "deputy": Group.APPROVE},
        SheetState.SUBMITTED: {"planning": Group.REVIEW},
        SheetState.REVIEWED: {"planning": Group.FINALISE},
        SheetState.EXTERNAL: {"planning": Group.FINALISE, "committee": Group.OPINE},
        SheetState.FINALISED: {},
    }
    KpiSheet.objects.exclude(pk=sheet.pk).delete()
    people = {
        "clerk": world.of_industry.clerk,
        "chief": world.of_industry.chief,
        "deputy": world.of_industry.deputy,
        "planning": world.planning,
        "committee": world.committee,
        "other": world.of_publicity.chief,
        "administrator": world.administrator,
        "reader": world.reader,
    }
    for state, groups in expected.items():
        put(sheet, state)
        for name, user in people.items():
            found = [g for g, sheets in groups_of(user).items() if sheet in sheets]
            wanted = groups.get(name)
            if name == "deputy" and state in {SheetState.NOT_STARTED, SheetState.DRAFTING}:
                wanted = Group.ENTER
            if name == "deputy" and state is SheetState.RETURNED:
                wanted = Group.RETURNED
            assert found == ([wanted] if wanted else []), (state, name)


def test_a_sheet_that_came_back_stays_first_while_it_is_worked_on(world):
    put(world.industry_sheet, SheetState.DRAFTING, return_reason="出典を確かめてください")

    assert groups_of(world.of_industry.clerk)[Group.RETURNED] == [world.industry_sheet]


def test_an_opinion_waits_for_the_sections_answer(world):
    put(world.industry_sheet, SheetState.EXTERNAL, committee_opinion="目標を見直すこと")

    assert groups_of(world.of_industry.clerk)[Group.REPLY] == [world.industry_sheet]
    assert Group.OPINE not in groups_of(world.committee)


def test_the_committee_finds_what_it_said_until_it_is_final(world, as_user):
    committee = as_user(world.committee)
    put(world.industry_sheet, SheetState.EXTERNAL, committee_opinion="目標を見直すこと")
    put(world.industry_evaluation, SheetState.FINALISED, committee_opinion="もう確定した意見")
    page = text_of(committee.get(reverse("evaluations:task_list")))

    assert "外部評価へ回されたシートが、ここに出ます。" in page
    assert "目標を見直すこと" in page
    assert "もう確定した意見" not in page
    assert f'href="{world.industry_sheet.get_absolute_url()}"' in page
    assert f'href="{reverse("evaluations:round_opinions", args=[world.round.pk])}"' in page
    for other in (world.planning, world.reader, world.of_industry.clerk):
        assert task_page(other, today=TODAY).opined == ()


@pytest.mark.parametrize(("writer", "box"), [("committee", "opinion"), ("clerk", "reply")])
def test_a_sheet_with_the_committee_leads_to_the_box_that_is_asked_for(world, as_user, writer, box):
    put(world.industry_sheet, SheetState.EXTERNAL, committee_opinion="目標を見直すこと")
    user = {"committee": world.committee, "clerk": world.of_industry.clerk}[writer]

    page = text_of(as_user(user).get(world.industry_sheet.get_absolute_url()))

    assert re.findall(r'href="#(opinion|reply)"', page) == [box]
    assert f'<textarea id="{box}"' in page


def test_rounds_in_preparation_or_over_and_closed_ones_give_no_new_work(world):
    for state in (RoundState.PREPARING, RoundState.CLOSED, RoundState.FINALISED):
        Round.objects.update(state=state.value)
        assert groups_of(world.of_industry.clerk) == {}


def test_task_list_names_the_return_the_delay_and_last_years_decision(world, as_user):
    put(world.industry_sheet, SheetState.RETURNED, return_reason="統計の年を確かめてください")
    Round.objects.filter(pk=world.round.pk).update(due_on=date.today() - timedelta(days=3))
    KpiSheetFactory(
        round=RoundFactory(fiscal_year=2018),
        kpi=world.industry_kpi,
        section=world.industry,
        state=SheetState.FINALISED.value,
        decision="改善",
        committee_opinion="定着率に注目すること",
    )

    page = text_of(as_user(world.of_industry.clerk).get(reverse("evaluations:task_list")))

    for expected in ("統計の年を確かめてください", "3日超過", "定着率に注目すること", "最初の仕事を開く"):
        assert expected in page


def test_task_list_tells_planning_of_sheets_without_section(world, as_user):
    KpiSheetFactory(round=world.round, section=None)

    page = text_of(as_user(world.planning).get(reverse("evaluations:task_list")))

    assert "1件のシートに担当課室がありません" in page


def test_next_goes_through_the_tasks_and_ends(world):
    clerk = world.of_industry.clerk
    second = KpiSheetFactory(round=world.round, section=world.industry)

    assert next_task(clerk, after="", today=TODAY).sheet == world.industry_sheet
    assert next_task(clerk, after=f"kpi-{world.industry_sheet.pk}", today=TODAY).sheet == second
    last = f"program-{world.industry_evaluation.pk}"
    assert next_task(clerk, after=last, today=TODAY) is None
    assert next_task(world.reader, after="", today=TODAY) is None


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("role", "queries"), [("chief", 18), ("planning", 15)])
def test_task_list_asks_the_same_number_of_queries(world, as_user, assert_queries, count, role, queries):
    many_sheets(world, count)
    for state in (SheetState.RETURNED, SheetState.AWAITING_APPROVAL, SheetState.SUBMITTED):
        many_sheets(world, count, state)
    user = world.planning if role == "planning" else world.of_industry.chief
    client = as_user(user)
    client.get(reverse("evaluations:task_list"))

    with assert_queries(queries):
        client.get(reverse("evaluations:task_list"))


# --- approving many ---------------------------------------------------------------------------------


@pytest.fixture
def awaiting(world):
    """Two sheets of 産業振興課 that wait: one entered by the clerk, one by the chief."""
    RoundQuestionFactory(round=world.round, key="problems", label="課題")
    by_chief = KpiSheetFactory(round=world.round, section=world.industry)
    save(fresh(world.industry_sheet), world.of_industry.clerk, problems="人手の不足")
    save(fresh(by_chief), world.of_industry.chief, problems="なし")
    for sheet in (world.industry_sheet, by_chief):
        perform(Act.SUBMIT, fresh(sheet), world.of_industry.clerk)
    return world.industry_sheet, by_chief


def test_approval_list_shows_what_differs_from_last_time(world, as_user, awaiting):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    KpiSheetFactory(
        round=RoundFactory(fiscal_year=2018),
        kpi=world.industry_kpi,
        state=SheetState.FINALISED.value,
        answers={"problems": "場所の不足"},
    )

    response = as_user(world.of_industry.chief).get(reverse("evaluations:approval_list"))

    rows = {row.sheet.pk: row for row in response.context["rows"]}
    mine, own = rows[awaiting[0].pk], rows[awaiting[1].pk]
    assert (mine.difference, mine.is_own, own.is_own) == ("+6人", False, True)
    assert [(c.label, c.before, c.now) for c in mine.changes] == [("課題", "場所の不足", "人手の不足")]
    assert "自分の入力" in text_of(response)


def test_approval_list_approves_the_chosen_and_tells_why_others_are_not(world, as_user, awaiting):
    client = as_user(world.of_industry.chief)
    rows = client.get(reverse("evaluations:approval_list")).context["rows"]

    response = client.post(
        reverse("evaluations:approval_list"),
        {"sheet": [*(row.token for row in rows), "kpi-x.1.1", "nonsense"]},
        follow=True,
    )

    assert fresh(awaiting[0]).state == SheetState.SUBMITTED
    assert fresh(awaiting[1]).state == SheetState.AWAITING_APPROVAL
    page = text_of(response)
    assert "1件を承認しました。" in page
    assert "ご自分が入力した内容は承認できません" in page
    assert "選んだシートが見つかりません。" in page


def test_approval_list_does_not_approve_what_changed_since(world, as_user, awaiting):
    client = as_user(world.of_industry.chief)
    token = client.get(reverse("evaluations:approval_list")).context["rows"][0].token
    perform(Act.WITHDRAW, fresh(awaiting[0]), world.of_industry.clerk)
    perform(Act.SUBMIT, fresh(awaiting[0]), world.of_industry.clerk)

    client.post(reverse("evaluations:approval_list"), {"sheet": token})

    assert fresh(awaiting[0]).state == SheetState.AWAITING_APPROVAL


@pytest.mark.parametrize("count", [1, 3])
def test_approval_list_asks_the_same_number_of_queries(world, as_user, assert_queries, count):
    many_sheets(world, count, SheetState.AWAITING_APPROVAL)
    RoundQuestionFactory(round=world.round)
    client = as_user(world.of_industry.chief)
    client.get(reverse("evaluations:approval_list"))

    with assert_queries(22):
        client.get(reverse("evaluations:approval_list"))


# --- reviewing --------------------------------------------------------------------------------------


def test_review_list_narrows_by_state_section_goal_and_words(world, as_user):
    put(world.industry_sheet, SheetState.SUBMITTED)
    without = KpiSheetFactory(round=world.round, section=None)
    client = as_user(world.planning)

    def found(**query):
        rows = client.get(reverse("evaluations:review_list"), query).context["rows"]
        return {row.sheet for row in rows}

    everything = {world.industry_sheet, world.publicity_sheet, without}
    assert found() == everything
    assert found(state="submitted") == {world.industry_sheet}
    assert found(section=world.publicity.pk) == {world.publicity_sheet}
    assert found(section="none") == {without}
    assert found(node=world.goal.pk) == {world.industry_sheet, world.publicity_sheet}
    assert found(q="創業") == {world.industry_sheet}
    assert found(round=world.program_round.pk) == set()
    assert found(kind="program") == {world.industry_evaluation, world.publicity_evaluation}
    assert found(late="on") == set()
    Round.objects.update(due_on=date.today() - timedelta(days=1))
    assert found(late="on") == {world.publicity_sheet, without}
    assert found(state="nonsense", section="x", node="999") == everything


@pytest.mark.parametrize("asked", ["ばす", "SNS", "ｓｎｓ", "バス　登録"])
def test_review_list_finds_words_in_any_width_and_kana(world, as_user, asked):
    world.industry_kpi.name = "バスのＳＮＳ登録者数"
    world.industry_kpi.save()
    client = as_user(world.planning)

    rows = client.get(reverse("evaluations:review_list"), {"q": asked}).context["rows"]

    assert {row.sheet for row in rows} == {world.industry_sheet}


def test_review_list_reviews_and_finalises_the_chosen(world, as_user):
    ActualFactory(kpi=world.industry_kpi)
    put(world.industry_sheet, SheetState.SUBMITTED)
    client = as_user(world.planning)
    address = reverse("evaluations:review_list")

    def do(act):
        rows = client.get(address).context["rows"]
        tokens = [row.token for row in rows if row.sheet == world.industry_sheet]
        return text_of(client.post(address, {"sheet": tokens, "act": act}, follow=True))

    assert "1件を点検済にしました。" in do("review")
    assert "1件を確定しました。" in do("finalise")
    assert fresh(world.industry_sheet).state == SheetState.FINALISED
    assert "シートを選んでから" in text_of(client.post(address, {"act": "review"}, follow=True))


def test_review_list_chooses_all_shown_and_offers_only_acts_that_begin_there(world, as_user):
    put(world.industry_sheet, SheetState.SUBMITTED)
    client = as_user(world.planning)

    def shown(**query):
        return client.get(reverse("evaluations:review_list"), {"state": "submitted", **query})

    assert shown().context["acts"] == [Act.REVIEW]
    assert shown(state="drafting").context["acts"] == []
    assert shown(state="").context["acts"] == [Act.REVIEW, Act.REFER, Act.FINALISE]
    assert shown().content.count(b" checked") == 0
    assert shown(chosen="all").content.count(b" checked") == 1


def test_review_list_chooses_nothing_that_moves_up_after_an_act(world, as_user):
    put(world.industry_sheet, SheetState.SUBMITTED)
    client = as_user(world.planning)
    address = reverse("evaluations:review_list") + "?state=submitted&chosen=all"
    (row,) = client.get(address).context["rows"]

    after = client.post(address, {"sheet": row.token, "act": "review"})

    assert after.headers["Location"].endswith("?state=submitted")


def test_review_list_keeps_its_filters_from_kpis_to_programs(world, as_user):
    page = as_user(world.planning).get(
        reverse("evaluations:review_list"), {"round": world.round.pk, "state": "submitted", "page": 2}
    )

    assert f"?round={world.round.pk}&state=submitted&kind=program" in text_of(page)


def test_planning_goes_from_its_tasks_to_just_the_sheets_that_wait(world, as_user):
    put(world.industry_sheet, SheetState.SUBMITTED)
    client = as_user(world.planning)

    (group,) = client.get(reverse("evaluations:task_list")).context["page"].groups[:1]
    rows = client.get(reverse("evaluations:review_list") + group.review_query).context["rows"]

    assert [row.sheet for row in rows] == [world.industry_sheet]


def test_review_list_shows_what_reads_otherwise_than_last_year(world, as_user):
    earlier = RoundFactory(fiscal_year=world.round.fiscal_year - 1)
    RoundQuestionFactory(round=world.round, key="factors", label="要因")
    KpiSheetFactory(round=earlier, kpi=world.industry_kpi, answers={"factors": "前年の要因"})
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(answers={"factors": "今年の要因"})

    page = as_user(world.planning).get(reverse("evaluations:review_list"), {"round": world.round.pk})

    assert "前年の要因" in text_of(page)
    assert "今年の要因" in text_of(page)


def test_a_sheet_is_given_to_a_section_from_the_list(world, as_user):
    sheet = KpiSheetFactory(round=world.round, section=None)
    back = reverse("evaluations:review_list") + "?section=none"
    address = reverse("evaluations:sheet_assign", args=["kpi", sheet.pk])
    client = as_user(world.planning)

    given = client.post(address, {"section": world.industry.pk, "sheet_version": sheet.version, "back": back})
    away = client.post(
        address, {"section": world.publicity.pk, "sheet_version": 2, "back": "//elsewhere.example/"}
    )

    assert given.headers["Location"] == back
    assert away.headers["Location"] == sheet.get_absolute_url()
    assert fresh(sheet).section == world.publicity


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("kind", "queries"), [("kpi", 21), ("program", 13)])
def test_review_list_asks_the_same_number_of_queries(world, as_user, assert_queries, count, kind, queries):
    many_sheets(world, count, SheetState.SUBMITTED)
    client = as_user(world.planning)
    address = reverse("evaluations:review_list") + f"?kind={kind}"
    client.get(address)

    with assert_queries(queries):
        client.get(address)


# --- rounds -----------------------------------------------------------------------------------------


def test_the_board_counts_sheets_by_section_and_state(world):
    put(world.industry_sheet, SheetState.SUBMITTED)
    KpiSheetFactory(round=world.round, section=None)
    Round.objects.filter(pk=world.round.pk).update(due_on=TODAY - timedelta(days=1))

    board = board_of(world.round, today=TODAY)

    told = {
        str(row.section): ({s.value: n for s, n in row.counts if n}, row.total, row.done, row.late)
        for row in board.rows
    }
    assert told == {
        "None": ({"not_started": 1}, 1, 0, 1),
        "産業振興課": ({"submitted": 1}, 1, 1, 0),
        "広報戦略課": ({"not_started": 1}, 1, 0, 1),
    }
    assert (board.total, board.submitted, board.final, board.late) == (3, 1, 0, 2)


def test_round_detail_shows_the_board_to_the_centre_only(world, as_user):
    address = world.round.get_absolute_url()

    assert as_user(world.planning).get(address).context["board"].total == 2
    assert as_user(world.of_industry.clerk).get(address).context["board"] is None


@pytest.mark.parametrize("count", [1, 3])
def test_round_pages_ask_the_same_number_of_queries(world, as_user, assert_queries, count):
    for number in range(count):
        section = member_of(world.industry, MembershipRole.STAFF, f"more-{number}").memberships.get().section
        KpiSheetFactory(round=world.round, section=section)
        KpiSheetFactory(round=world.round)
        RoundFactory()
    client = as_user(world.planning)
    detail, listing = world.round.get_absolute_url(), reverse("evaluations:round_list")
    client.get(detail)

    with assert_queries(10):
        client.get(detail)
    with assert_queries(6):
        client.get(listing)


def test_a_round_is_prepared_asked_about_and_opened_in_the_browser(world, as_user):
    client = as_user(world.planning)
    new = client.get(reverse("evaluations:round_create"))
    assert new.context["form"].initial["fiscal_year"] == 2025

    entry = {"fiscal_year": 2018, "edition": "final", "plans": [world.plan.pk], "due_on": "2099-06-01"}
    prepared = client.post(reverse("evaluations:round_create"), entry)
    collection = Round.objects.get(fiscal_year=2018)
    assert prepared.headers["Location"] == reverse("evaluations:round_open", args=[collection.pk])
    assert collection.kpi_sheets.count() == 0
    preview = client.get(prepared.headers["Location"])
    assert len(preview.context["opening"].kpis) == 2

    client.post(prepared.headers["Location"], {"kpi": [world.industry_kpi.pk]})

    collection.refresh_from_db()
    assert collection.state == RoundState.OPEN
    assert [sheet.section for sheet in collection.kpi_sheets.all()] == [world.industry]


def test_a_round_that_cannot_be_is_told_on_its_form(world, as_user):
    client = as_user(world.planning)
    entry = {"fiscal_year": 2019, "edition": "final", "opens_on": "2026-06-02", "due_on": "2026-06-01"}

    backwards = client.post(reverse("evaluations:round_create"), entry)
    double = client.post(reverse("evaluations:round_create"), {**entry, "opens_on": ""})

    assert "提出期限は照会開始日より前にできません。" in text_of(backwards)
    assert "この年度と版の照会はすでにあります。" in text_of(double)
    assert Round.objects.filter(fiscal_year=2019).count() == 1


def test_the_questions_of_a_round_are_changed_added_and_removed(world, as_user):
    collection = RoundFactory(fiscal_year=2018, state=RoundState.PREPARING.value)
    kept = RoundQuestionFactory(round=collection, key="kept", label="残す")
    gone = RoundQuestionFactory(round=collection, key="gone", label="除く")
    client = as_user(world.planning)
    address = reverse("evaluations:round_questions", args=[collection.pk])
    shown = client.get(address).context["questions"]
    data = {
        name: value
        for form in [shown.management_form, *shown.forms]
        for bound in form
        if (value := bound.value()) is not None and value is not False
        for name in [bound.html_name]
    }
    data |= {
        "form-0-label": "残して改める",
        "form-1-DELETE": "on",
        "form-2-target": "kpi",
        "form-2-position": "3",
        "form-2-key": "grade",
        "form-2-label": "満足度",
        "form-2-kind": "choice",
        "form-2-choices_text": "高い\n低い\n",
    }

    assert client.post(address, {**data, "form-2-choices_text": ""}).status_code == 422
    assert client.post(address, data).status_code == 302

    assert [str(form.instance.pk) for form in shown.forms[:2]] == [str(kept.pk), str(gone.pk)]
    assert sorted(collection.questions.values_list("key", "label")) == [
        ("grade", "満足度"),
        ("kept", "残して改める"),
    ]
    assert collection.questions.get(key="grade").choices == ["高い", "低い"]


def test_round_state_closes_reopens_and_refuses_to_end_too_early(world, as_user):
    client = as_user(world.planning)
    address = reverse("evaluations:round_state", args=[world.round.pk])

    assert "締め切りました" in text_of(client.post(address, {"step": "close"}, follow=True))
    assert "再開しました" in text_of(client.post(address, {"step": "reopen"}, follow=True))
    assert "確定していないシートが2件" in text_of(client.post(address, {"step": "finalise"}, follow=True))
    assert client.post(address, {"step": "explode"}).status_code == 404
