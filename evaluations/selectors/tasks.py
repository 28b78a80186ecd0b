"""わたしの仕事: what is a person's now, until when, what came back and why, and what became of last year."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from evaluations import permissions
from evaluations.enums import (
    LOCKED_ROUNDS,
    LOCKED_STATES,
    SECTION_ACTORS,
    WITH_SECTION,
    Actor,
    RoundState,
    SheetState,
)
from evaluations.models import KpiSheet, MeasureOpinion, ProgramEvaluation, Round, SheetQuerySet
from evaluations.permissions import AnySheet
from organization.models import User

SHOWN = 100  # of each group; the lists behind the group show all


class Group(Enum):
    """The groups of tasks, in the order in which they are done; the label is the page's heading."""

    RETURNED = "差し戻されたもの"
    ENTER = "入力するもの"
    APPROVE = "承認するもの"
    REVIEW = "点検するもの"
    FINALISE = "確定するもの"
    REOPENED = "再開して課室にあるもの"
    OPINE = "意見を述べるもの"
    REPLY = "外部評価の意見に答えるもの"

    @property
    def anchor(self) -> str:
        """Return the group's name in addresses."""
        return self.name.lower()


_RUNNING = Q(round__state__in=[RoundState.OPEN.value, RoundState.CLOSED.value])
_OPEN = Q(round__state=RoundState.OPEN.value)
_CAME_BACK = Q(state=SheetState.RETURNED.value) | (Q(state=SheetState.DRAFTING.value) & ~Q(return_reason=""))
# Which sheets make a group's tasks, and for whom. The states are those from which the table's acts begin.
_RULES: dict[Group, tuple[Actor, Q]] = {
    Group.RETURNED: (Actor.STAFF, _RUNNING & _CAME_BACK),
    Group.ENTER: (
        Actor.STAFF,
        _OPEN & Q(state__in=[SheetState.NOT_STARTED.value, SheetState.DRAFTING.value]) & ~_CAME_BACK,
    ),
    Group.APPROVE: (Actor.APPROVER, _RUNNING & Q(state=SheetState.AWAITING_APPROVAL.value)),
    Group.REVIEW: (Actor.PLANNING, _RUNNING & Q(state=SheetState.SUBMITTED.value)),
    Group.FINALISE: (
        Actor.PLANNING,
        _RUNNING & Q(state__in=[SheetState.REVIEWED.value, SheetState.EXTERNAL.value]),
    ),
    Group.REOPENED: (
        Actor.PLANNING,
        _RUNNING & Q(reopened_until__isnull=False, state__in=[state.value for state in WITH_SECTION]),
    ),
    Group.OPINE: (
        Actor.COMMITTEE,
        _RUNNING & Q(state=SheetState.EXTERNAL.value, committee_opinion=""),
    ),
    Group.REPLY: (
        Actor.STAFF,
        _RUNNING & Q(state=SheetState.EXTERNAL.value, section_reply="") & ~Q(committee_opinion=""),
    ),
}


@dataclass(frozen=True)
class Task:
    """One sheet that waits for the person."""

    sheet: AnySheet
    group: Group
    today: date

    @property
    def key(self) -> str:
        """Return the sheet's name in addresses: kpi-12, program-3."""
        return key_of(self.sheet)

    @property
    def title(self) -> str:
        """Return what the sheet is about."""
        return title_of(self.sheet)

    @property
    def days_late(self) -> int:
        """Return how many days the section is late; 0 while there is time, or where it is not theirs."""
        return self.sheet.days_late(self.today)

    @property
    def late_words(self) -> str:
        """Return how late in words."""
        return f"{self.days_late}日超過"


@dataclass(frozen=True)
class TaskGroup:
    """The tasks of one kind: how many there are, and the first of them."""

    group: Group
    count: int
    tasks: tuple[Task, ...]

    @property
    def hidden(self) -> int:
        """Return how many tasks the page does not show."""
        return self.count - len(self.tasks)

    @property
    def review_words(self) -> str:
        """Return what planning does with the group's sheets in their list, blank for other groups."""
        return {Group.REVIEW: "一覧で点検する", Group.FINALISE: "一覧で確定する"}.get(self.group, "")

    @property
    def review_query(self) -> str:
        """Return the part of the list of sheets that holds the group's first ones, blank for other groups."""
        if not self.review_words or not self.tasks:
            return ""
        first = self.tasks[0].sheet
        kind = "kpi" if isinstance(first, KpiSheet) else "program"
        return f"?kind={kind}&round={first.round_id}&state={SheetState(first.state).value}"


@dataclass(frozen=True)
class Waiting:
    """How many sheets of the person's sections wait for somebody else, by state."""

    state: SheetState
    count: int


@dataclass(frozen=True)
class RunningRound:
    """A round under way and how far it is: for those who watch over all sections."""

    collection: Round
    total: int
    submitted: int
    final: int


@dataclass(frozen=True)
class TaskPage:
    """Everything on the page わたしの仕事."""

    groups: tuple[TaskGroup, ...]
    waiting: tuple[Waiting, ...] = ()
    feedback: tuple[AnySheet, ...] = field(default=())
    decided: tuple[MeasureOpinion, ...] = ()
    without_section: int = 0
    running: tuple[RunningRound, ...] = ()
    shared: tuple[AnySheet, ...] = ()
    opined: tuple[AnySheet, ...] = ()

    @property
    def empty_words(self) -> str:
        """Return what will stand on the page, where nothing waits."""
        if self.running:
            return "課室が提出したシートが、ここに出ます。"
        groups = {group.group for group in self.groups}
        if groups == {Group.OPINE}:
            return "外部評価へ回されたシートが、ここに出ます。"
        if groups:
            return "照会が始まるか、シートが戻ると、ここに出ます。"
        return "課室に所属していないため、入力や承認の仕事はありません。"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Return all tasks in the order in which "次へ" goes through them."""
        return tuple(task for group in self.groups for task in group.tasks)

    @property
    def grids(self) -> tuple[Round, ...]:
        """Return the rounds of which several KPIs are to be entered: for these the grid is quicker."""
        entering = [
            task.sheet.round
            for task in self.tasks
            if task.group in {Group.ENTER, Group.RETURNED} and isinstance(task.sheet, KpiSheet)
        ]
        return tuple(dict.fromkeys(each for each in entering if entering.count(each) > 1))

    @property
    def books(self) -> tuple[Round, ...]:
        """Return the rounds in which several sheets are to be entered: these go as a workbook, too."""
        entering = [task.sheet.round for task in self.tasks if task.group in {Group.ENTER, Group.RETURNED}]
        return tuple(dict.fromkeys(each for each in entering if entering.count(each) > 1))

    @property
    def first(self) -> Task | None:
        """Return where to begin."""
        return next(iter(self.tasks), None)

    @property
    def late(self) -> int:
        """Return how many of the tasks are late."""
        return sum(task.days_late > 0 for task in self.tasks)

    @property
    def late_words(self) -> str:
        """Return that in words."""
        return f"提出期限を過ぎたものが{self.late}件あります"


def key_of(sheet: AnySheet) -> str:
    """Return a sheet's name in addresses: kpi-12, program-3."""
    return f"{'kpi' if isinstance(sheet, KpiSheet) else 'program'}-{sheet.pk}"


def title_of(sheet: AnySheet) -> str:
    """Return what a sheet is about: the KPI's name, or the program's number and name of the year."""
    if isinstance(sheet, KpiSheet):
        return sheet.kpi.name
    return f"{sheet.program_sheet.program.number} {sheet.program_sheet.name}"


def task_page(user: User, *, today: date) -> TaskPage:
    """Return what waits for a person. A constant number of queries."""
    groups = tuple(found for group in Group if (found := _group(user, group, today)) is not None)
    return TaskPage(
        groups=groups,
        waiting=_waiting(user),
        feedback=_feedback(user),
        decided=_decided(user),
        without_section=_without_section() if user.access.is_planning else 0,
        running=_running_rounds() if user.access.reads_all else (),
        shared=_shared(user),
        opined=_opined(user),
    )


def next_task(user: User, *, after: str, today: date) -> Task | None:
    """Return the task after a sheet, in the page's order; the first when the sheet is no task any more."""
    tasks = task_page(user, today=today).tasks
    keys = [task.key for task in tasks]
    following = tasks[keys.index(after) + 1 :] if after in keys else tasks
    rest = [task for task in following if task.key != after]
    return rest[0] if rest else None


def _sections_for(user: User, actor: Actor) -> Q | None:
    """Return whose sheets are a person's in one capacity; None when they never are."""
    access = user.access
    if actor is Actor.STAFF:
        return Q(section_id__in=access.section_ids) if access.section_ids else None
    if actor is Actor.APPROVER:
        return Q(section_id__in=access.approver_section_ids) if access.approver_section_ids else None
    if actor is Actor.PLANNING:
        return Q() if access.is_planning else None
    return Q() if access.is_committee else None


def _group(user: User, group: Group, today: date) -> TaskGroup | None:
    actor, condition = _RULES[group]
    mine = _sections_for(user, actor)
    if mine is None:
        return None
    rows: list[AnySheet] = []
    count = 0
    for sheets in (kpi_sheets(), program_evaluations()):
        wanted = sheets.with_due().filter(mine & condition)
        if actor in SECTION_ACTORS:
            wanted = wanted.with_time(today)
        found = list(wanted.order_by("due", "round_id", *order_of(sheets))[: SHOWN + 1])
        count += wanted.count() if len(found) > SHOWN else len(found)
        rows += found[:SHOWN]
    return TaskGroup(group, count, tuple(Task(sheet, group, today) for sheet in rows))


def kpi_sheets() -> SheetQuerySet:
    """Return KPI sheets with what a list shows of them."""
    return KpiSheet.objects.select_related(
        "kpi", "round", "section__bureau", "returned_by", "submitted_by", "edited_by"
    )


def program_evaluations() -> SheetQuerySet:
    """Return program evaluations with what a list shows of them."""
    return ProgramEvaluation.objects.select_related(
        "program_sheet__program",
        "round",
        "section__bureau",
        "returned_by",
        "submitted_by",
        "edited_by",
    )


def order_of(sheets: "QuerySet[Any]") -> tuple[str, ...]:
    """Return the order of the documents: the KPIs' codes, the programs' positions."""
    return ("kpi__code",) if sheets.model is KpiSheet else ("program_sheet__position", "id")


def _waiting(user: User) -> tuple[Waiting, ...]:
    states = [SheetState.AWAITING_APPROVAL, SheetState.SUBMITTED, SheetState.REVIEWED, SheetState.EXTERNAL]
    if not user.access.section_ids:
        return ()
    counts = dict.fromkeys(states, 0)
    for model in (KpiSheet, ProgramEvaluation):
        rows = model.objects.filter(
            _RUNNING, section_id__in=user.access.section_ids, state__in=[state.value for state in states]
        )
        for state, number in rows.order_by().values_list("state").annotate(Count("pk")):
            counts[SheetState(state)] += number
    return tuple(Waiting(state, number) for state, number in counts.items() if number)


def _feedback(user: User) -> tuple[AnySheet, ...]:
    """Return the finalised sheets of the person's sections that planning or the committee answered."""
    if not user.access.section_ids:
        return ()
    answered = ~Q(planning_comment="") | ~Q(committee_opinion="") | ~Q(decision="") | ~Q(decision_note="")
    rows: list[AnySheet] = []
    for sheets in (kpi_sheets(), program_evaluations()):
        locked = sheets.filter(
            answered,
            section_id__in=user.access.section_ids,
            state__in=[state.value for state in LOCKED_STATES],
        )
        rows += locked.order_by("-round__fiscal_year", *order_of(sheets))[:20]
    return tuple(rows)


def _decided(user: User) -> tuple[MeasureOpinion, ...]:
    """Return what was said and decided of measures at which the person's sections had sheets (one query).

    The newest rounds first; only of rounds that are final.
    """
    if not user.access.section_ids:
        return ()
    placed = Q(kpi__placements__node=OuterRef("node")) | Q(kpi__placements__node__parent=OuterRef("node"))
    written = KpiSheet.objects.filter(
        placed, round=OuterRef("round"), section_id__in=user.access.section_ids
    ).order_by()
    told = MeasureOpinion.objects.filter(
        ~Q(opinion="") | ~Q(decision="") | ~Q(decision_note=""),
        Exists(written),
        round__state__in=[state.value for state in LOCKED_ROUNDS],
    )
    ordered = told.select_related("round", "node__plan").order_by(
        "-round__fiscal_year", "node__position", "pk"
    )
    return tuple(ordered[:20])


def _shared(user: User) -> tuple[AnySheet, ...]:
    """Return the sheets under way at other sections for whose KPI the person's section answers, too."""
    if not user.access.section_ids or user.access.reads_all:
        return ()
    under_way = _RUNNING & ~Q(state__in=[state.value for state in LOCKED_STATES])
    rows = permissions.visible_to(user, kpi_sheets()).filter(under_way)
    if user.access.is_committee:
        rows = rows.exclude(state=SheetState.EXTERNAL.value)
    return tuple(rows.exclude(section_id__in=user.access.section_ids).order_by("round_id", "kpi__code")[:50])


def _opined(user: User) -> tuple[AnySheet, ...]:
    """Return the sheets on which the committee has spoken and may still say it otherwise."""
    if not user.access.is_committee:
        return ()
    rows: list[AnySheet] = []
    for sheets in (kpi_sheets(), program_evaluations()):
        told = sheets.filter(_RUNNING, state=SheetState.EXTERNAL.value).exclude(committee_opinion="")
        rows += told.order_by("round_id", *order_of(sheets))[:SHOWN]
    return tuple(rows)


def _without_section() -> int:
    locked = [state.value for state in LOCKED_STATES]
    return sum(
        model.objects.filter(_RUNNING, section__isnull=True).exclude(state__in=locked).count()
        for model in (KpiSheet, ProgramEvaluation)
    )


def _running_rounds() -> tuple[RunningRound, ...]:
    rounds = list(Round.objects.filter(state__in=[RoundState.OPEN.value, RoundState.CLOSED.value]))
    counts: dict[int, dict[str, int]] = {collection.pk: {} for collection in rounds}
    for model in (KpiSheet, ProgramEvaluation):
        rows = model.objects.filter(round__in=rounds).order_by().values_list("round_id", "state")
        for pk, state, number in rows.annotate(Count("pk")):
            counts[pk][state] = counts[pk].get(state, 0) + number
    return tuple(
        RunningRound(
            collection,
            total=sum(counts[collection.pk].values()),
            submitted=sum(n for state, n in counts[collection.pk].items() if state not in WITH_SECTION),
            final=sum(n for state, n in counts[collection.pk].items() if state in LOCKED_STATES),
        )
        for collection in rounds
    )
