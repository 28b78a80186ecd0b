"""Who sees which figures: the audience a person belongs to, and what they see beyond it."""

from django.db.models import Exists, OuterRef, QuerySet

from evaluations import permissions
from evaluations.enums import LOCKED_STATES, SheetState
from evaluations.models import Actual, KpiSheet, SheetQuerySet
from organization.models import User
from reports.enums import Audience

# Which sheets an audience sees, by their state; None is every state.
STATES_SEEN: dict[Audience, frozenset[SheetState] | None] = {
    Audience.ALL: None,
    Audience.COMMITTEE: LOCKED_STATES | {SheetState.EXTERNAL},
    Audience.FINISHED: LOCKED_STATES,
}


def audience_of(user: User) -> Audience:
    """Return the largest audience a person belongs to whatever their sections are."""
    if user.access.reads_all:
        return Audience.ALL
    return Audience.COMMITTEE if user.access.is_committee else Audience.FINISHED


def sheets_for(audience: Audience) -> SheetQuerySet:
    """Return the sheets an audience sees."""
    states = STATES_SEEN[audience]
    sheets: SheetQuerySet = KpiSheet.objects.all()
    return sheets if states is None else sheets.filter(state__in=[state.value for state in states])


def actuals_for(audience: Audience) -> QuerySet[Actual]:
    """Return the actuals without those of a sheet the audience does not see."""
    states = STATES_SEEN[audience]
    if states is None:
        return Actual.objects.all()
    unseen = KpiSheet.objects.exclude(state__in=[state.value for state in states]).filter(
        kpi=OuterRef("kpi"),
        round__fiscal_year=OuterRef("fiscal_year"),
        round__edition=OuterRef("edition"),
        round__is_demo=OuterRef("is_demo"),
    )
    return Actual.objects.filter(~Exists(unseen))


def sheets_beyond_audience(user: User) -> SheetQuerySet:
    """Return the sheets a person sees as a member of a section, and their audience does not."""
    states = STATES_SEEN[audience_of(user)]
    seen = permissions.visible_kpi_sheets(user)
    return seen.none() if states is None else seen.exclude(state__in=[state.value for state in states])
