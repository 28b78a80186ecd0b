"""Who sees which sheet, and who may do what with it: every answer comes from `enums.TRANSITIONS`."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from evaluations.enums import (
    LOCKED_ROUNDS,
    LOCKED_STATES,
    TRANSITIONS,
    Act,
    Actor,
    RoundState,
    SheetState,
    Transition,
    Way,
    reopening_permits,
    round_permits,
)
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round, SheetAttachment, SheetQuerySet
from organization.enums import MembershipRole
from organization.models import Membership, SectionSuccession, User
from programs.models import ProgramSheet
from strategy.models import Responsibility

AnySheet = KpiSheet | ProgramEvaluation


# --- which rows are there for a person ----------------------------------------------------------------


def _seen_by(user: User, *, of_kpis: bool) -> Q:
    """Return the condition on sheets under which a person sees them at all."""
    access = user.access
    if access.reads_all:
        return Q(pk__isnull=False)
    seen = Q(state__in=[state.value for state in LOCKED_STATES])
    if access.is_committee:
        seen |= Q(state=SheetState.EXTERNAL.value)
    if access.section_ids:
        mine = Q(section_id__in=access.section_ids)
        if of_kpis:
            mine |= _answered_for_too(access.section_ids)
        seen |= mine & ~Q(round__state=RoundState.PREPARING.value)
    return seen


def _answered_for_too(section_ids: Collection[int]) -> Q:
    """Return the condition on KPI sheets that other sections read because they answer for the KPI, too.

    These are all sections with a part in the KPI in the sheet's year (共同担当, 取りまとめ), or in a total
    of which it is a part; what became of a section in a reorganisation reads on in its place.
    """
    before = SectionSuccession.objects.filter(successor_id__in=section_ids).values("predecessor_id")
    responsible = Responsibility.objects.filter(
        Q(section_id__in=section_ids) | Q(section_id__in=before),
        Q(first_fiscal_year__isnull=True) | Q(first_fiscal_year__lte=OuterRef("round__fiscal_year")),
        Q(last_fiscal_year__isnull=True) | Q(last_fiscal_year__gte=OuterRef("round__fiscal_year")),
    )
    of_total = responsible.filter(kpi__parts__part=OuterRef("kpi"))
    return Q(Exists(responsible.filter(kpi=OuterRef("kpi")))) | Q(Exists(of_total))


def visible_to(user: User, sheets: SheetQuerySet) -> SheetQuerySet:
    """Keep the sheets that exist for a person; any other one is a 404 for them."""
    return sheets.filter(_seen_by(user, of_kpis=sheets.model is KpiSheet))


def visible_kpi_sheets(user: User) -> SheetQuerySet:
    """Return the KPI sheets that exist for a person."""
    return visible_to(user, KpiSheet.objects.all())


def visible_program_evaluations(user: User) -> SheetQuerySet:
    """Return the program evaluations that exist for a person."""
    return visible_to(user, ProgramEvaluation.objects.all())


def visible_rounds(user: User) -> QuerySet[Round]:
    """Return the rounds a person may know of: those in preparation are planning's alone."""
    rounds = Round.objects.all()
    return rounds if user.access.reads_all else rounds.exclude(state=RoundState.PREPARING.value)


def visible_actuals(user: User) -> QuerySet[Actual]:
    """Return the actuals without those that belong to a sheet the person does not see."""
    if user.access.reads_all:
        return Actual.objects.all()
    unseen = KpiSheet.objects.filter(
        ~_seen_by(user, of_kpis=True),
        kpi=OuterRef("kpi"),
        round__fiscal_year=OuterRef("fiscal_year"),
        round__edition=OuterRef("edition"),
        round__is_demo=OuterRef("is_demo"),
    )
    return Actual.objects.filter(~Exists(unseen))


def public_actuals() -> QuerySet[Actual]:
    """Return the actuals that no sheet under way holds back: what a publication may show."""
    unfinished = KpiSheet.objects.exclude(state__in=[state.value for state in LOCKED_STATES]).filter(
        kpi=OuterRef("kpi"),
        round__fiscal_year=OuterRef("fiscal_year"),
        round__edition=OuterRef("edition"),
        round__is_demo=OuterRef("is_demo"),
    )
    return Actual.objects.filter(~Exists(unfinished))


# --- what a person may do -------------------------------------------------------------------------------


def actors_of(user: User, sheet: AnySheet) -> frozenset[Actor]:
    """Return the capacities in which a person meets a sheet."""
    access = user.access
    actors = set()
    if sheet.section_id in access.section_ids:
        actors.add(Actor.STAFF)
    if sheet.section_id in access.approver_section_ids:
        actors.add(Actor.APPROVER)
    if access.is_planning:
        actors.add(Actor.PLANNING)
    if access.is_committee:
        actors.add(Actor.COMMITTEE)
    return frozenset(actors)


def transition_for(user: User, sheet: AnySheet, act: Act) -> Transition | None:
    """Return the table's row by which a person may do this now, None when there is none."""
    actors = actors_of(user, sheet)
    for transition in TRANSITIONS:
        if (
            transition.act is act
            and transition.actor in actors
            and _stands_for(sheet, transition, user.access.day)
        ):
            return transition
    return None


def _stands_for(sheet: AnySheet, transition: Transition, today: date) -> bool:
    """Return whether the sheet and its round stand where a row of the table begins."""
    return (
        sheet.state in transition.sources
        and round_permits(RoundState(sheet.round.state), transition, was_returned=bool(sheet.return_reason))
        and reopening_permits(transition, reopened_until=sheet.reopened_until, today=today)
    )


def takes_entry(sheet: AnySheet, *, today: date) -> bool:
    """Return whether the sheet's section could enter something now, whoever asks."""
    return any(
        row.act is Act.EDIT and row.actor is Actor.STAFF and _stands_for(sheet, row, today)
        for row in TRANSITIONS
    )


def can_act(user: User, sheet: AnySheet, act: Act) -> bool:
    """Return whether a person may do this to the sheet as it stands (own entries aside)."""
    return transition_for(user, sheet, act) is not None


def way_to_write(user: User, sheet: KpiSheet | None, *, was_asked: bool) -> Way | None:
    """Return by which way a person writes a KPI's figure of a year in a grid; None: it is closed to them.

    `sheet` is the one that the figure belongs to. Without one planning records what was before the rounds,
    but never for a year for which a round of whatever edition has asked: that entry is the section's.
    """
    if sheet is None:
        return Way.RECORD if can_record_figures(user) and not was_asked else None
    if can_act(user, sheet, Act.EDIT):
        return Way.ENTER
    return Way.CORRECT if can_act(user, sheet, Act.CORRECT) else None


def can_see_plan_figures(user: User) -> bool:
    """Return whether a person opens a plan's figures by year: planning, and administrators to read."""
    return user.access.reads_all


def can_record_figures(user: User) -> bool:
    """Return whether a person records figures of years for which no round has asked."""
    return user.access.is_planning


def could_act(user: User, sheet: AnySheet, act: Act) -> bool:
    """Return whether the act is the person's at some state of the sheet: otherwise it is refused for good."""
    actors = actors_of(user, sheet)
    return any(row.act is act and row.actor in actors for row in TRANSITIONS)


def is_done(user: User, sheet: AnySheet, act: Act) -> bool:
    """Return whether the sheet stands where this act of the person would lead: the click was a second one."""
    actors = actors_of(user, sheet)
    return any(
        row.act is act and row.actor in actors and row.target == sheet.state and row.target not in row.sources
        for row in TRANSITIONS
    )


def permitted_acts(user: User, sheet: AnySheet) -> tuple[Act, ...]:
    """Return what a person may do now, in the table's order: the buttons of the page."""
    return tuple(act for act in Act if can_act(user, sheet, act))


def sees_work(user: User, sheet: AnySheet) -> bool:
    """Return whether comments, history and reasons are the person's business, beyond the result."""
    return user.access.reads_all or sheet.section_id in user.access.section_ids


def can_confirm_marks(user: User, yearly: ProgramSheet) -> bool:
    """Return whether a person may confirm what an import inferred of a program's year.

    The section may until a round has made the sheet final; planning may afterwards, too.
    """
    if user.access.is_planning:
        return True
    if yearly.section_id not in user.access.section_ids:
        return False
    locked = [state.value for state in LOCKED_STATES]
    return not ProgramEvaluation.objects.filter(program_sheet=yearly, state__in=locked).exists()


def can_comment(user: User, sheet: AnySheet) -> bool:
    """Return whether a person may remark on a field: section and planning, while the sheet is under way."""
    actors = actors_of(user, sheet)
    return bool(actors & {Actor.STAFF, Actor.PLANNING}) and sheet.state not in LOCKED_STATES


def could_attach(user: User, sheet: AnySheet) -> bool:
    """Return whether a person may attach files to the sheet at some state of it."""
    return could_act(user, sheet, Act.EDIT) or could_act(user, sheet, Act.ASSESS)


def can_attach(user: User, sheet: AnySheet) -> bool:
    """Return whether a person may attach files now: the section while it enters, planning while it checks."""
    return can_act(user, sheet, Act.EDIT) or can_act(user, sheet, Act.ASSESS)


def can_remove_attachment(user: User, sheet: AnySheet, attachment: SheetAttachment) -> bool:
    """Return whether a person may take a file off: each side its own, while it may attach."""
    return can_act(user, sheet, Act.ASSESS if attachment.is_of_planning else Act.EDIT)


def can_see_all_opinions(user: User) -> bool:
    """Return whether what the committee says of measures is there for a person at once."""
    return user.access.reads_all or user.access.is_committee


def sees_opinions(user: User, section_ids: Collection[int | None]) -> bool:
    """Return whether a measure at which these sections have sheets concerns a person."""
    return can_see_all_opinions(user) or bool(user.access.section_ids.intersection(section_ids))


def can_opine_on_measures(user: User, collection: Round) -> bool:
    """Return whether a person records opinions on measures: committee and planning, while a round runs."""
    runs = collection.state in {RoundState.OPEN, RoundState.CLOSED}
    return runs and (user.access.is_committee or user.access.is_planning)


def can_reply_on_measure(user: User, collection: Round, section_ids: Collection[int | None]) -> bool:
    """Return whether a person answers for one of the sections that have sheets at a measure."""
    runs = collection.state in {RoundState.OPEN, RoundState.CLOSED}
    return runs and bool(user.access.section_ids.intersection(section_ids))


def can_decide_on_measures(user: User, collection: Round) -> bool:
    """Return whether a person records what was decided of measures: planning, also after the round's end."""
    return collection.state != RoundState.PREPARING and user.access.is_planning


def can_see_decisions_on_measures(user: User, collection: Round) -> bool:
    """Return whether a person reads what was decided of measures: everybody once the round is final."""
    return user.access.reads_all or collection.state in LOCKED_ROUNDS


def can_manage_rounds(user: User) -> bool:
    """Return whether a person opens rounds, asks questions and gives sheets to sections."""
    return user.access.is_planning


def can_see_board(user: User) -> bool:
    """Return whether a person sees where every section's sheets are."""
    return user.access.reads_all


def can_approve_for(user: User, section_ids: Iterable[int | None]) -> bool:
    """Return whether a person approves for all of these sections."""
    return all(pk in user.access.approver_section_ids for pk in section_ids)


def approve_their_own(section_ids: Collection[int | None], *, today: date) -> frozenset[int]:
    """Return in which of these sections one may approve what one entered: planning allowed it and nobody
    else is there on that day. One query, none without sections.
    """
    if not section_ids:
        return frozenset()
    members = Membership.objects.valid_on(today).filter(
        section_id__in=list(section_ids), section__allows_self_approval=True, user__is_active=True
    )
    alone = members.order_by().values("section_id").annotate(people=Count("user_id", distinct=True))
    return frozenset(alone.filter(people=1).values_list("section_id", flat=True))


def approves_as_deputy(user: User, sheet: AnySheet) -> bool:
    """Return whether an approval by this person is one in the chief's stead (代決)."""
    roles = user.access.sections.get(sheet.section_id or 0, frozenset())
    return MembershipRole.CHIEF not in roles and MembershipRole.DEPUTY in roles
