"""Reminders: of what, to whom, when again, in which words; one mail a person and day; the board."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.urls import reverse

from evaluations.calculations.reminders import occasion_to_answer_for, occasion_to_enter
from evaluations.enums import Occasion, RoundState, SheetState
from evaluations.models import KpiSheet, ProgramEvaluation, ReminderMail, ReminderText, Round
from evaluations.selectors.board import board_of
from evaluations.selectors.outstanding import outstanding_of
from evaluations.selectors.reminders import Wording, digests_of
from evaluations.services.reminders import WordingRefused, send_digests, set_wording
from organization.models import Membership, Section, User
from programs.models import Program, ProgramSheet
from tests.evaluations.acts import AT, by
from tests.factories.evaluations import KpiSheetFactory

OPENED, DUE = date(2026, 5, 1), date(2026, 5, 29)
DAYS = [7, 3, 1]


@pytest.mark.parametrize(
    ("today", "told", "expected"),
    [
        (date(2026, 4, 30), {}, None),  # not open yet
        (OPENED, {}, Occasion.KICKOFF),
        (date(2026, 5, 4), {}, Occasion.KICKOFF),  # nothing ran on the first day
        (date(2026, 5, 4), {Occasion.KICKOFF: OPENED}, None),
        (date(2026, 5, 22), {Occasion.KICKOFF: OPENED}, Occasion.DUE_SOON),
        (date(2026, 5, 23), {Occasion.DUE_SOON: date(2026, 5, 22)}, None),
        (date(2026, 5, 25), {Occasion.KICKOFF: OPENED}, Occasion.DUE_SOON),  # the 22nd was missed
        (date(2026, 5, 26), {Occasion.DUE_SOON: date(2026, 5, 22)}, Occasion.DUE_SOON),
        (DUE, {Occasion.DUE_SOON: date(2026, 5, 28)}, None),
        (date(2026, 5, 30), {Occasion.DUE_SOON: date(2026, 5, 28)}, Occasion.OVERDUE),
        (date(2026, 6, 1), {Occasion.OVERDUE: date(2026, 5, 30)}, None),
        (date(2026, 6, 2), {Occasion.OVERDUE: date(2026, 5, 30)}, Occasion.OVERDUE),
    ],
)
def test_who_still_enters_is_reminded_at_the_start_before_and_after_the_due_date(today, told, expected):
    found = occasion_to_enter(today=today, opens_on=OPENED, due_on=DUE, days_before=DAYS, told=told)

    assert found is expected


@pytest.mark.parametrize(
    ("today", "enters", "approves", "told", "expected"),
    [
        (DUE, 2, 0, {}, None),
        (DUE, 2, 1, {}, Occasion.APPROVAL),
        (DUE, 0, 1, {Occasion.APPROVAL: date(2026, 5, 28)}, None),
        (date(2026, 5, 30), 2, 0, {}, Occasion.ESCALATION),
        (date(2026, 5, 30), 0, 0, {}, None),
        (date(2026, 5, 31), 1, 1, {Occasion.ESCALATION: date(2026, 5, 30)}, None),
    ],
)
def test_a_chief_is_told_of_approvals_and_of_a_late_section(today, enters, approves, told, expected):
    found = occasion_to_answer_for(today=today, due_on=DUE, enters=enters, approves=approves, told=told)

    assert found is expected


@pytest.fixture
def collection(world) -> Round:
    """The open round of FY 2019 with dates; everybody of 産業振興課 has an address."""
    Round.objects.exclude(pk=world.round.pk).update(state=RoundState.FINALISED.value)
    Round.objects.filter(pk=world.round.pk).update(opens_on=OPENED, due_on=DUE, name="令和元年度 実績")
    for user in (world.of_industry.clerk, world.of_industry.chief, world.of_industry.deputy):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.lg.jp")
    return Round.objects.get(pk=world.round.pk)


def noon(day: date, minutes: int = 0) -> Callable[[], datetime]:
    """Return a clock that stands still some minutes after noon."""
    return lambda: datetime.combine(day, time(12, minutes), tzinfo=UTC)


def lines_of(collection: Round, today: date) -> dict[str, list[Occasion]]:
    digests = digests_of([collection], today=today)
    return {digest.user.username: [line.occasion for line in digest.lines] for digest in digests}


def test_everybody_gets_what_is_theirs(world, collection):
    KpiSheetFactory(round=collection, section=world.industry, state=SheetState.AWAITING_APPROVAL.value)
    KpiSheet.objects.filter(pk=world.publicity_sheet.pk).update(state=SheetState.SUBMITTED.value)

    assert lines_of(collection, OPENED) == {
        "industry-clerk": [Occasion.KICKOFF],
        "industry-chief": [Occasion.APPROVAL],
        "industry-deputy": [Occasion.APPROVAL],
    }
    assert lines_of(collection, DUE + timedelta(days=1)) == {
        "industry-clerk": [Occasion.OVERDUE],
        "industry-chief": [Occasion.ESCALATION],
    }


def test_a_section_without_staff_has_its_chief_asked_and_a_closed_round_only_what_came_back(
    world, collection
):
    world.of_industry.clerk.memberships.all().delete()
    assert lines_of(collection, OPENED)["industry-chief"] == [Occasion.KICKOFF]

    Round.objects.filter(pk=collection.pk).update(state=RoundState.CLOSED.value)
    collection.refresh_from_db()
    assert outstanding_of([collection], today=OPENED) == []


def test_mail_goes_out_once_a_day_and_again_only_when_it_is_time(world, collection, settings):
    settings.SENDS_MAIL = True
    for day, sent in ((OPENED, 1), (OPENED, 0), (OPENED + timedelta(days=1), 0), (date(2026, 5, 22), 1)):
        mail.outbox.clear()

        report = send_digests(digests=digests_of([collection], today=day), today=day, now=noon(day))

        assert (report.sent, [m.to for m in mail.outbox]) == (
            sent,
            [["industry-clerk@example.lg.jp"]] * sent,
        )
    assert "広報戦略課" not in mail.outbox[0].body
    assert mail.outbox[0].subject == "【期限まで7日】令和元年度 実績"


def test_two_runs_at_the_same_time_send_one_mail(world, collection):
    digests = digests_of([collection], today=OPENED)

    first = send_digests(digests=digests, today=OPENED, now=noon(OPENED))
    second = send_digests(digests=digests, today=OPENED, now=noon(OPENED))

    assert (first.sent, second.sent, second.already) == (1, 0, 1)
    assert first.without_address == ("職員 publicity-clerk",)
    assert len(mail.outbox) == 1


def test_a_mail_the_server_refuses_is_tried_again(world, collection, settings):
    digests = digests_of([collection], today=OPENED)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there

    report = send_digests(digests=digests, today=OPENED, now=noon(OPENED))

    assert (report.sent, report.failed) == (0, ("職員 industry-clerk",))
    assert ReminderMail.objects.count() == 0


class Killed(BaseException):
    """The process ends here: nothing of it runs on."""


def test_a_run_that_dies_while_sending_is_taken_up_again(world, collection, monkeypatch):
    def die(message, fail_silently=False):
        raise Killed

    digests = digests_of([collection], today=OPENED)
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", die)
        with pytest.raises(Killed):
            send_digests(digests=digests, today=OPENED, now=noon(OPENED))
    assert not any(p.told_on for each in outstanding_of([collection], today=OPENED) for p in each.people)

    soon = [
        send_digests(digests=digests_of([collection], today=OPENED), today=OPENED, now=noon(OPENED, minutes))
        for minutes in (5, 11, 30)
    ]

    assert [(each.sent, each.already) for each in soon] == [(0, 1), (1, 0), (0, 0)]
    assert [m.to for m in mail.outbox] == [["industry-clerk@example.lg.jp"]]
    assert ReminderMail.objects.get().is_sent


def test_what_broke_off_is_told_on_the_next_day(world, collection):
    digest = next(each for each in digests_of([collection], today=OPENED) if each.address)
    broken = ReminderMail.objects.create(user=digest.user, day=OPENED, noted_at=noon(OPENED)())
    broken.items.create(round=collection, section=world.industry, occasion=Occasion.KICKOFF.value)
    next_day = OPENED + timedelta(days=1)

    report = send_digests(
        digests=digests_of([collection], today=next_day), today=next_day, now=noon(next_day)
    )

    assert (report.sent, mail.outbox[0].subject) == (1, digest.subject)


def test_without_a_mail_server_the_command_only_tells(world, collection, capsys):
    call_command("send_reminders")

    assert mail.outbox == []
    assert "送りません" in capsys.readouterr().out


def test_a_demonstration_asks_nobody_real(world, collection):
    Round.objects.filter(pk=collection.pk).update(is_demo=True)
    collection.refresh_from_db()

    assert lines_of(collection, OPENED) == {}


def test_planning_changes_the_words_and_a_place_nobody_knows_is_refused(world, collection, as_user):
    words = Wording("{照会}のお願い", "{課室}：{件数}件（{期限}まで）")
    set_wording(occasion=Occasion.KICKOFF, wording=words, authorship=by(world.planning, at=AT))
    Section.objects.filter(pk=world.industry.pk).update(name="{URL}課")

    digest = next(d for d in digests_of([collection], today=OPENED) if d.address)
    assert (digest.subject, digest.body) == ("令和元年度 実績のお願い", "{URL}課：1件（2026年5月29日まで）\n")

    with pytest.raises(WordingRefused) as refused:
        set_wording(
            occasion=Occasion.KICKOFF, wording=Wording("{締切}", "本文"), authorship=by(world.planning)
        )
    assert list(refused.value.errors) == ["subject"]
    assert ReminderText.objects.get().subject == "{照会}のお願い"


def test_the_words_are_changed_on_their_page(world, as_user):
    client = as_user(world.planning)
    address = reverse("evaluations:reminder_text_list")
    form = {
        f"{occasion.value}-{name}": text
        for occasion in Occasion
        for name, text in (("subject", "件名"), ("body", "本文 {氏名}"))
    }

    refused = client.post(address, {**form, "overdue-body": "{だれか}"})
    assert refused.status_code == 422
    assert "{だれか}は使えません" in refused.content.decode()
    assert client.post(address, form).status_code == 302
    assert ReminderText.objects.count() == len(Occasion)


def test_the_list_tells_people_and_the_table_carries_no_formulas(world, collection, as_user):
    User.objects.filter(pk=world.of_industry.clerk.pk).update(display_name="=HYPERLINK(1)")
    client = as_user(world.planning)

    page = client.get(reverse("evaluations:round_reminders", args=[collection.pk])).content.decode()
    table = client.get(reverse("evaluations:round_reminder_table", args=[collection.pk]))

    assert "industry-chief@example.lg.jp" in page
    assert "メールは送りません" in page
    lines = [line.split("\t") for line in table.content.decode("utf-8-sig").splitlines()]
    assert {line[2] for line in lines if line[1] == "産業振興課"} == {
        "'=HYPERLINK(1)",
        "職員 industry-chief",
        "職員 industry-deputy",
    }
    assert {len(line) for line in lines} == {12}


def test_the_page_sends_one_mail_with_all_rounds_in_it(world, collection, as_user, settings):
    settings.SENDS_MAIL = True
    Round.objects.filter(pk=world.program_round.pk).update(state=RoundState.OPEN.value, name="事業の照会")
    Round.objects.filter(pk=collection.pk).update(opens_on=None, due_on=None)

    as_user(world.planning).post(reverse("evaluations:round_reminders", args=[collection.pk]))

    assert [m.to for m in mail.outbox] == [["industry-clerk@example.lg.jp"]]
    assert "令和元年度 実績" in mail.outbox[0].body
    assert "事業の照会" in mail.outbox[0].body


# --- the board ----------------------------------------------------------------------------------------------


def test_the_board_tells_dates_lateness_and_who_has_not_signed_in(world, collection):
    User.objects.filter(pk=world.of_industry.clerk.pk).update(last_login=AT)
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(
        own_due_on=date(2026, 6, 10), submitted_at=AT, submitted_by=world.of_industry.clerk
    )

    board = board_of(collection, today=date(2026, 6, 1))

    told = {
        str(row.section): (row.late, row.first_due, row.last_handed_in, row.absentees.words)
        for row in board.rows
    }
    assert told == {
        "産業振興課": (0, date(2026, 6, 10), AT, "職員 industry-chief"),
        "広報戦略課": (1, DUE, None, "職員 publicity-chief、職員 publicity-clerk"),
    }


def a_whole_city(world, sections: int, sheets: int) -> None:
    """Give the round of 2024 `sections` sections of two people each, and `sheets` program sheets."""
    made = Section.objects.bulk_create(Section(name=f"第{n}課", position=n) for n in range(sections))
    users = User.objects.bulk_create(User(username=f"u{n}", password="!") for n in range(2 * sections))
    Membership.objects.bulk_create(
        Membership(user=user, section=made[n // 2], role=("staff", "chief")[n % 2], starts_on=OPENED)
        for n, user in enumerate(users)
    )
    programs = Program.objects.bulk_create(Program(number=5000 + n, name=f"事業{n}") for n in range(sheets))
    yearly = ProgramSheet.objects.bulk_create(
        ProgramSheet(program=program, fiscal_year=2024, name=program.name) for program in programs
    )
    states = list(SheetState)
    ProgramEvaluation.objects.bulk_create(
        ProgramEvaluation(
            round=world.program_round,
            program_sheet=sheet,
            section=made[n % sections],
            state=states[n % len(states)].value,
        )
        for n, sheet in enumerate(yearly)
    )


@pytest.mark.parametrize(("sections", "sheets"), [(1, 1), (3, 3), (60, 1000)])
def test_board_and_reminders_ask_the_same_number_of_queries(world, as_user, assert_queries, sections, sheets):
    a_whole_city(world, sections, sheets)
    client = as_user(world.planning)
    board = world.program_round.get_absolute_url()
    reminders = reverse("evaluations:round_reminders", args=[world.program_round.pk])
    client.get(board)

    with assert_queries(10):
        client.get(board)
    with assert_queries(14):
        client.get(reminders)
