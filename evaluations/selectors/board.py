"""The board of a round: sections × states with their dates, who is late, and who has not signed in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Max, Min, Q

from evaluations.enums import LOCKED_STATES, WITH_SECTION, SheetState
from evaluations.models import KpiSheet, ProgramEvaluation, Round, SheetQuerySet
from evaluations.models.sheets import late_on
from organization.enums import MembershipRole
from organization.models import Membership, Section, User

NAMED = 3  # so many people stand on the board with their names


@dataclass(frozen=True)
class Absentees:
    """The people of a section who have not signed in since the round began."""

    people: tuple[User, ...] = ()

    @property
    def words(self) -> str:
        """Return their names, and how many there are beyond the first ones."""
        named = "、".join(str(user) for user in self.people[:NAMED])
        more = len(self.people) - NAMED
        return f"{named} ほか{more}人" if more > 0 else named


@dataclass(frozen=True)
class BoardRow:
    """One section (None: nobody yet) in a round: how many sheets are where, by when, how many are late.

    `kinds` counts KPIs' and programs' sheets of each state apart: the lists behind show one kind each.
    """

    section: Section | None
    counts: tuple[tuple[SheetState, int], ...]
    total: int
    late: int
    first_due: date | None = None
    last_due: date | None = None
    last_handed_in: datetime | None = None
    absentees: Absentees = field(default_factory=Absentees)
    kinds: Mapping[SheetState, tuple[int, int]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return how an address names the section."""
        return str(self.section.pk) if self.section else "none"

    @property
    def done(self) -> int:
        """Return how many sheets have left the section."""
        return sum(number for state, number in self.counts if state not in WITH_SECTION)

    @property
    def cells(self) -> list[tuple[SheetState, tuple[tuple[str, str, int], ...]]]:
        """Return for each state the lists behind its number: (kind, its label, how many)."""
        return [(state, self._lists(state)) for state, _ in self.counts]

    def _lists(self, state: SheetState) -> tuple[tuple[str, str, int], ...]:
        kpis, programs = self.kinds.get(state, (0, 0))
        both = (("kpi", "KPI", kpis), ("program", "事業", programs))
        return tuple(each for each in both if each[2])


@dataclass(frozen=True)
class Board:
    """Where a round's sheets are."""

    rows: tuple[BoardRow, ...]
    states: tuple[SheetState, ...]
    totals: tuple[tuple[SheetState, int], ...]
    total: int
    late: int

    @property
    def late_words(self) -> str:
        """Return how many sheets are late, in words."""
        return f"期限超過 {self.late}件"

    @property
    def late_sections(self) -> int:
        """Return how many sections are late with something."""
        return sum(row.late > 0 for row in self.rows)

    @property
    def absent(self) -> int:
        """Return how many people have not signed in since the round began."""
        return sum(len(row.absentees.people) for row in self.rows)

    @property
    def submitted(self) -> int:
        """Return how many sheets have left their sections."""
        return sum(number for state, number in self.totals if state not in WITH_SECTION)

    @property
    def final(self) -> int:
        """Return how many sheets are final."""
        return sum(number for state, number in self.totals if state in LOCKED_STATES)


@dataclass
class _Share:
    """What is counted of one section while the rows come in."""

    kinds: dict[SheetState, tuple[int, int]] = field(default_factory=dict)
    late: int = 0
    dues: list[date] = field(default_factory=list)
    handed_in: list[datetime] = field(default_factory=list)


def board_of(collection: Round, *, today: date) -> Board:
    """Return where the sheets of a round are, section by section. Four queries, however many there are."""
    shares = _shares(collection, today)
    sections = Section.objects.filter(pk__in=[pk for pk in shares if pk is not None])
    ordered: list[Section | None] = [None] if None in shares else []
    ordered += sections.select_related("bureau").order_by("bureau__position", "position", "id")
    absentees = absent_members(
        [section.pk for section in ordered if section], since=collection.opens_on or today, today=today
    )
    rows = tuple(_row(section, shares[section.pk if section else None], absentees) for section in ordered)
    totals = {state: sum(dict(row.counts)[state] for row in rows) for state in SheetState}
    return Board(
        rows=rows,
        states=tuple(SheetState),
        totals=tuple(totals.items()),
        total=sum(totals.values()),
        late=sum(row.late for row in rows),
    )


def _shares(collection: Round, today: date) -> dict[int | None, _Share]:
    shares: dict[int | None, _Share] = {}
    for place, sheets in enumerate((KpiSheet.objects.all(), ProgramEvaluation.objects.all())):
        rows: SheetQuerySet = sheets.filter(round=collection)
        counted = (
            rows.with_due()
            .order_by()
            .values("section_id", "state")
            .annotate(
                number=Count("pk"),
                late=Count("pk", filter=late_on(today)),
                first_due=Min("due"),
                last_due=Max("due"),
                handed_in=Max("submitted_at"),
            )
        )
        for row in counted:
            share = shares.setdefault(row["section_id"], _Share())
            state = SheetState(row["state"])
            numbers = list(share.kinds.get(state, (0, 0)))
            numbers[place] += row["number"]
            share.kinds[state] = (numbers[0], numbers[1])
            share.late += row["late"]
            share.dues += [day for day in (row["first_due"], row["last_due"]) if day is not None]
            share.handed_in += [row["handed_in"]] if row["handed_in"] else []
    return shares


def _row(section: Section | None, share: _Share, absentees: Mapping[int, Absentees]) -> BoardRow:
    counts = tuple((state, sum(share.kinds.get(state, (0, 0)))) for state in SheetState)
    return BoardRow(
        section=section,
        counts=counts,
        total=sum(number for _, number in counts),
        late=share.late,
        first_due=min(share.dues, default=None),
        last_due=max(share.dues, default=None),
        last_handed_in=max(share.handed_in, default=None),
        absentees=absentees.get(section.pk, Absentees()) if section else Absentees(),
        kinds=share.kinds,
    )


def absent_members(section_ids: Iterable[int], *, since: date, today: date) -> dict[int, Absentees]:
    """Return for each section its staff and chiefs who have not signed in since a day. One query."""
    members = (
        Membership.objects.valid_on(today)
        .filter(
            section_id__in=list(section_ids),
            user__is_active=True,
            role__in=[MembershipRole.STAFF.value, MembershipRole.CHIEF.value],
        )
        .filter(Q(user__last_login__isnull=True) | Q(user__last_login__date__lt=since))
        .select_related("user")
        .order_by("section_id", "role", "user_id")
    )
    found: dict[int, dict[int, User]] = {}
    for membership in members:
        found.setdefault(membership.section_id, {})[membership.user_id] = membership.user
    return {pk: Absentees(tuple(users.values())) for pk, users in found.items()}
