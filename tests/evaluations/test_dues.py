"""Dates of groups: which one counts for a sheet, and that every list goes by it."""

from datetime import date

import pytest
from django.urls import reverse

from evaluations.calculations.dues import GroupDue, Subject, due_of, moved_due
from evaluations.enums import QuestionTarget
from evaluations.models import KpiSheet, ProgramEvaluation, Round, RoundDue
from evaluations.selectors.lists import Filters, filtered
from evaluations.selectors.tasks import task_page
from evaluations.services.dues import DuesRefused, set_dues
from evaluations.services.rounds import assign_section
from history.models import Revision
from strategy.models import Placement
from tests.evaluations.acts import by

DUE, LATER, SOONER = date(2026, 5, 29), date(2026, 6, 12), date(2026, 5, 15)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], None),
        ([GroupDue(due_on=DUE, target="kpi")], None),
        ([GroupDue(due_on=DUE, target="program")], DUE),
        ([GroupDue(due_on=DUE, target="program"), GroupDue(due_on=LATER, program_kind="subsidy")], LATER),
        ([GroupDue(due_on=DUE, bureau_id=1), GroupDue(due_on=LATER, program_kind="subsidy")], DUE),
        ([GroupDue(due_on=DUE, bureau_id=1, section_id=None), GroupDue(due_on=LATER, section_id=7)], LATER),
        ([GroupDue(due_on=DUE, section_id=7), GroupDue(due_on=LATER, section_id=7, target="kpi")], DUE),
        ([GroupDue(due_on=DUE, section_id=8)], None),
        ([GroupDue(due_on=LATER, section_id=7, position=2), GroupDue(due_on=DUE, section_id=7)], LATER),
    ],
)
def test_the_most_closely_described_group_counts(groups, expected):
    subject = Subject(target="program", section_id=7, bureau_id=1, program_kind="subsidy")

    assert due_of(groups, subject) == expected
    assert due_of(reversed(groups), subject) == expected


@pytest.mark.parametrize(
    ("due", "round_due", "new_round_due", "years", "expected"),
    [
        # As far from the round's day as last time: two weeks more, one week less.
        (date(2026, 6, 12), DUE, date(2027, 5, 28), 1, date(2027, 6, 11)),
        (date(2026, 5, 22), DUE, date(2027, 5, 28), 1, date(2027, 5, 21)),
        # A weekend gives way to the Friday before.
        (date(2026, 6, 1), DUE, date(2027, 5, 28), 1, date(2027, 5, 31)),
        (date(2026, 6, 1), DUE, date(2027, 5, 27), 1, date(2027, 5, 28)),
        # A round without a day: the same day of the next year.
        (date(2026, 6, 11), None, date(2027, 5, 28), 1, date(2027, 6, 11)),
        (date(2028, 2, 29), DUE, None, 1, date(2029, 2, 28)),
    ],
)
def test_a_groups_day_moves_with_its_round(due, round_due, new_round_due, years, expected):
    moved = moved_due(due, round_due=round_due, new_round_due=new_round_due, years=years)

    assert moved == expected


def rows(*dues: RoundDue) -> list[RoundDue]:
    return list(dues)


def test_sheets_take_their_groups_date_and_keep_their_version(world):
    Round.objects.filter(pk=world.program_round.pk).update(due_on=DUE)
    collection = Round.objects.get(pk=world.program_round.pk)
    own = RoundDue(section=world.industry, due_on=LATER)

    set_dues(collection=collection, dues=rows(own), authorship=by(world.planning))

    sheets = {s.section.name: s for s in ProgramEvaluation.objects.select_related("section", "round")}
    assert {name: (s.due_on, s.version) for name, s in sheets.items()} == {
        "産業振興課": (LATER, 1),
        "広報戦略課": (DUE, 1),
    }
    assert Revision.objects.filter(record_type="evaluations.rounddue").count() == 1

    assign_section(
        sheet=sheets["広報戦略課"], section=world.industry, seen_version=1, authorship=by(world.planning)
    )
    assert set(ProgramEvaluation.objects.values_list("own_due_on", flat=True)) == {LATER}

    set_dues(collection=collection, dues=[], authorship=by(world.planning))
    assert set(ProgramEvaluation.objects.values_list("own_due_on", flat=True)) == {None}


def test_lists_count_a_sheet_late_by_its_own_date(world):
    Round.objects.filter(pk=world.round.pk).update(due_on=DUE)
    collection = Round.objects.get(pk=world.round.pk)
    kpis = RoundDue(target=QuestionTarget.KPI.value, bureau=world.industry.bureau, due_on=SOONER)
    set_dues(collection=collection, dues=rows(kpis), authorship=by(world.planning))

    late = filtered(world.planning, Filters(late_only=True), today=date(2026, 5, 20))

    assert list(late) == [world.industry_sheet]
    task = task_page(world.of_industry.clerk, today=date(2026, 5, 20)).first
    assert (task.sheet.pk, task.days_late) == (KpiSheet.objects.get(section=world.industry).pk, 5)


def test_dates_that_cannot_stand_are_refused(world):
    collection = world.round
    collection.opens_on = DUE
    with pytest.raises(DuesRefused, match="照会開始日より前"):
        set_dues(
            collection=collection,
            dues=rows(RoundDue(section=world.industry, due_on=SOONER)),
            authorship=by(world.planning),
        )
    with pytest.raises(DuesRefused, match="二つあります"):
        set_dues(
            collection=collection,
            dues=rows(
                RoundDue(section=world.industry, due_on=DUE), RoundDue(section=world.industry, due_on=LATER)
            ),
            authorship=by(world.planning),
        )
    assert RoundDue.objects.count() == 0


def test_planning_sets_dates_on_their_page(world, as_user):
    client = as_user(world.planning)
    address = reverse("evaluations:round_dues", args=[world.round.pk])
    head = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}

    nothing = client.post(address, {**head, "form-0-due_on": "2026-06-12"})
    assert (nothing.status_code, RoundDue.objects.count()) == (422, 0)
    wrong = {**head, "form-0-target": "kpi", "form-0-program_kind": "subsidy", "form-0-due_on": "2026-06-12"}
    assert client.post(address, wrong).status_code == 422

    sent = client.post(address, {**head, "form-0-section": world.industry.pk, "form-0-due_on": "2026-06-12"})

    assert sent.status_code == 302
    assert KpiSheet.objects.get(section=world.industry).own_due_on == LATER
    shown = client.get(world.industry_sheet.get_absolute_url()).content.decode()
    assert "提出期限 <strong>2026年6月12日</strong>" in shown


def test_a_plans_page_calls_sheets_late_by_their_own_dates(world, as_user):
    Round.objects.filter(pk=world.round.pk).update(due_on=date(2099, 5, 1))
    address = f"{reverse('reports:plan_detail', args=[world.plan.code])}?fiscal_year=2019"
    client = as_user(world.planning)
    assert client.get(address).context["is_late"] is False

    # A group whose day came before the round's is late from that day on.
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(own_due_on=date(2020, 5, 1))
    assert client.get(address).context["is_late"] is True
    assert "期限超過" in client.get(world.industry_sheet.get_absolute_url()).content.decode()

    Placement.objects.filter(kpi=world.industry_sheet.kpi).delete()
    assert client.get(address).context["is_late"] is False, "what is late in another plan is not late here"

    Round.objects.filter(pk=world.round.pk).update(due_on=date(2020, 5, 1))
    KpiSheet.objects.update(own_due_on=date(2099, 1, 1))
    assert client.get(address).context["is_late"] is False
