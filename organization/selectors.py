"""Reads for the pages of people and sections."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Prefetch, Q, QuerySet

from organization.enums import SiteRole
from organization.models import Bureau, FormDraft, Membership, RoleGrant, Section, User
from tsukuba_kpi.lib.japanese_text import spellings

SORTS = {
    "username": ("username",),
    "name": ("display_name", "username"),
    "number": ("staff_number", "username"),
    "last": ("last_login", "username"),
}


@dataclass(frozen=True)
class UserFilter:
    """What the list of users is asked for; blank means all."""

    text: str = ""
    section_id: int | None = None
    role: str = ""
    status: str = ""
    sort: str = "username"


def user_list(wanted: UserFilter, *, today: date) -> QuerySet[User]:
    """Return the users asked for, each with `current_memberships` and `current_grants` (two more queries)."""
    users = User.objects.all()
    for word in wanted.text.split():
        # Names are kept as typed, so a word is looked for in every spelling.
        found = Q()
        for spelling in spellings(word):
            found |= Q(username__icontains=spelling)
            found |= Q(display_name__icontains=spelling) | Q(staff_number__icontains=spelling)
        users = users.filter(found)
    if wanted.section_id is not None:
        users = users.filter(
            pk__in=Membership.objects.valid_on(today).filter(section_id=wanted.section_id).values("user_id")
        )
    if wanted.role in {role.value for role in SiteRole}:
        users = users.filter(
            pk__in=RoleGrant.objects.valid_on(today).filter(role=wanted.role).values("user_id")
        )
    if wanted.status == "waiting":
        users = users.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if wanted.status in {"active", "stopped"}:
        users = users.filter(is_active=wanted.status == "active")
    descending = wanted.sort.startswith("-")
    order = SORTS.get(wanted.sort.removeprefix("-"), SORTS["username"])
    return users.order_by(*(f"-{name}" if descending else name for name in order), "pk").prefetch_related(
        Prefetch(
            "memberships",
            Membership.objects.valid_on(today).select_related("section"),
            to_attr="current_memberships",
        ),
        Prefetch("role_grants", RoleGrant.objects.valid_on(today), to_attr="current_grants"),
    )


@dataclass(frozen=True)
class BureauWithSections:
    """A bureau (None: sections without one) and its sections of a fiscal year, each with `people`."""

    bureau: Bureau | None
    sections: list[Section]


def bureaus_with_sections(fiscal_year: int, *, today: date) -> list[BureauWithSections]:
    """Return the organisation of a fiscal year (two queries); `people` counts who belongs today."""
    counted = Q(memberships__starts_on__lte=today) & (
        Q(memberships__ends_on__isnull=True) | Q(memberships__ends_on__gte=today)
    )
    by_bureau: dict[int | None, list[Section]] = {}
    for section in Section.objects.for_year(fiscal_year).annotate(
        people=Count("memberships__user", filter=counted, distinct=True)
    ):
        by_bureau.setdefault(section.bureau_id, []).append(section)
    bureaus = list(Bureau.objects.all())
    kept = [
        BureauWithSections(bureau, by_bureau.get(bureau.pk, []))
        for bureau in bureaus
        if bureau.pk in by_bureau or bureau.exists_in(fiscal_year)
    ]
    without = by_bureau.get(None, [])
    return [*kept, BureauWithSections(None, without)] if without else kept


def form_drafts_of(user: User, *, since: datetime) -> dict[str, list[FormDraft]]:
    """Return what a person has typed and not sent, by the form's place, the newest first (one query)."""
    found: dict[str, list[FormDraft]] = {}
    for draft in FormDraft.objects.filter(user=user, done_at=None, at__gte=since):
        found.setdefault(draft.place, []).append(draft)
    return found
