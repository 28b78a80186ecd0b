"""What sections still owe in a round, by when, and the people who are to be asked for it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q

from evaluations.enums import RoundState, SheetState
from evaluations.models import KpiSheet, ProgramEvaluation, ReminderItem, Round, SheetQuerySet
from organization.enums import MembershipRole
from organization.models import Membership, Section, User

TO_ENTER = (SheetState.NOT_STARTED, SheetState.DRAFTING, SheetState.RETURNED)
APPROVERS = (MembershipRole.CHIEF, MembershipRole.DEPUTY)


@dataclass(frozen=True)
class Person:
    """Somebody of a section who is to be asked."""

    user: User
    roles: frozenset[MembershipRole]
    told_on: date | None = None

    @property
    def role_words(self) -> str:
        """Return what the person is in the section."""
        return "・".join(role.label for role in MembershipRole if role in self.roles)

    @property
    def address(self) -> str:
        """Return the mail address, blank when none is known."""
        return self.user.email.strip()


@dataclass(frozen=True)
class Outstanding:
    """What one section owes by one day: sheets to be entered, and entered ones its chief has to approve."""

    collection: Round
    section: Section
    due_on: date | None
    enters: int
    returned: int
    approves: int
    people: tuple[Person, ...] = ()

    @property
    def count(self) -> int:
        """Return how many sheets planning does not have yet."""
        return self.enters + self.approves

    def days_late(self, today: date) -> int:
        """Return how many days the section is late, 0 while there is time."""
        return max((today - self.due_on).days, 0) if self.due_on else 0

    @property
    def entering(self) -> tuple[Person, ...]:
        """Return who enters: the staff, or where there is none the chief and deputies."""
        staff = tuple(p for p in self.people if MembershipRole.STAFF in p.roles)
        return staff or self.people

    @property
    def answering(self) -> tuple[Person, ...]:
        """Return who answers for the section: the chief, or where there is none the deputies."""
        chiefs = tuple(p for p in self.people if MembershipRole.CHIEF in p.roles)
        return chiefs or tuple(p for p in self.people if MembershipRole.DEPUTY in p.roles)


def outstanding_of(rounds: Iterable[Round], *, today: date) -> list[Outstanding]:
    """Return what is outstanding in open or closed rounds, in the order of the organisation. Five queries.

    After the closing only what came back to the section, or waits for its chief, can still be done.
    """
    by_pk = {each.pk: each for each in rounds if each.state in {RoundState.OPEN, RoundState.CLOSED}}
    counts = _counts(by_pk, today)
    section_ids = {key[1] for key in counts}
    sections = Section.objects.filter(pk__in=section_ids).select_related("bureau")
    people = _people(section_ids, by_pk, today)
    found = []
    for section in sections.order_by("bureau__position", "position", "id"):
        for (round_id, section_id, due_on), states in counts.items():
            if section_id != section.pk:
                continue
            collection = by_pk[round_id]
            row = Outstanding(
                collection=collection,
                section=section,
                due_on=due_on,
                enters=sum(states.get(state, 0) for state in _open_to(collection)),
                returned=states.get(SheetState.RETURNED, 0),
                approves=states.get(SheetState.AWAITING_APPROVAL, 0),
                people=people.get((round_id, section_id), ()),
            )
            if row.count:
                found.append(row)
    return found


def _open_to(collection: Round) -> Collection[SheetState]:
    return TO_ENTER if collection.state == RoundState.OPEN else (SheetState.RETURNED,)


Counts = dict[tuple[int, int, date | None], dict[SheetState, int]]


def _counts(rounds: Mapping[int, Round], today: date) -> Counts:
    states = [state.value for state in (*TO_ENTER, SheetState.AWAITING_APPROVAL)]
    counts: Counts = {}
    for sheets in (KpiSheet.objects.all(), ProgramEvaluation.objects.all()):
        rows: SheetQuerySet = sheets.filter(round__in=list(rounds), section__isnull=False, state__in=states)
        grouped = (
            rows.with_time(today).with_due().order_by().values_list("round_id", "section_id", "due", "state")
        )
        for round_id, section_id, due_on, state, number in grouped.annotate(Count("pk")):
            of_day = counts.setdefault((round_id, section_id, due_on), {})
            of_day[SheetState(state)] = of_day.get(SheetState(state), 0) + number
    return dict(sorted(counts.items(), key=lambda each: (each[0][0], each[0][2] or date.max)))


def _people(
    section_ids: Collection[int], rounds: Mapping[int, Round], today: date
) -> dict[tuple[int, int], tuple[Person, ...]]:
    """Return the people of each section, for each round with the day they were last told of it.

    Nobody real is asked to take part in a demonstration, and nobody made up in the city's own round.
    """
    roles: dict[int, dict[int, tuple[User, set[MembershipRole]]]] = {}
    members = Membership.objects.valid_on(today).filter(section_id__in=section_ids, user__is_active=True)
    for membership in members.select_related("user").order_by("section_id", "user_id"):
        of_section = roles.setdefault(membership.section_id, {})
        _, held = of_section.setdefault(membership.user_id, (membership.user, set()))
        held.add(MembershipRole(membership.role))
    last = _last_told(rounds)
    return {
        (round_id, section_id): tuple(
            Person(user, frozenset(held), last.get((user.pk, round_id, section_id)))
            for user, held in users.values()
            if user.is_demo == collection.is_demo
        )
        for round_id, collection in rounds.items()
        for section_id, users in roles.items()
    }


def _last_told(rounds: Mapping[int, Round]) -> dict[tuple[int, int, int], date]:
    rows = ReminderItem.objects.filter(round__in=list(rounds), mail__is_sent=True).order_by()
    keys = rows.values_list("mail__user_id", "round_id", "section_id").annotate(Max("mail__day"))
    return {(user, collection, section): day for user, collection, section, day in keys}


def running_rounds() -> list[Round]:
    """Return the rounds in which sections still work."""
    running = Q(state__in=[RoundState.OPEN.value, RoundState.CLOSED.value])
    return list(Round.objects.filter(running).order_by("due_on", "id"))
