"""Every write to people, their memberships and their roles, with its revision."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from axes.utils import reset as forget_failed_sign_ins
from django.db import transaction
from django.utils import timezone

from history.services import Authorship, change_record, create_record, delete_record
from organization.enums import MembershipRole, SiteRole
from organization.models import Membership, RoleGrant, Section, User
from organization.services.checked import change_checked, fresh

Term = Membership | RoleGrant

# Without the characters people mistake for one another when they copy a note: 0 o 1 l i.
UNMISTAKABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class LastAdministrator(Exception):
    """The act would leave nobody who may keep accounts. Nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "期限のない「管理者」の権限を持つ利用者がいなくなるため、実行できません。"
            "先にほかの利用者へ「管理者」の権限を与えてください。"
        )


@dataclass(frozen=True)
class Account:
    """A user with the one-time password that was just made. It is kept nowhere: show it once."""

    user: User
    password: str


def new_password() -> str:
    """Return a one-time password of 12 letters in three groups (59 bits)."""
    return "-".join("".join(secrets.choice(UNMISTAKABLE) for _ in range(4)) for _ in range(3))


# --- people ---------------------------------------------------------------------------------------


def create_user(
    *,
    username: str,
    display_name: str,
    authorship: Authorship,
    staff_number: str | None = None,
    is_demo: bool = False,
) -> Account:
    """Create a person with a one-time password.

    :raises ValidationError: if the user name or staff number is taken or malformed.
    """
    password = new_password()
    user = User(
        username=User.normalize_username(username),
        display_name=display_name,
        staff_number=staff_number or None,
        is_demo=is_demo,
        must_change_password=True,
    )
    user.set_password(password)
    user.full_clean()
    return Account(create_record(user, authorship=authorship), password)


def create_user_with_membership(
    *,
    username: str,
    display_name: str,
    staff_number: str | None,
    section: Section | None,
    role: MembershipRole,
    starts_on: date | None,
    authorship: Authorship,
) -> Account:
    """Create a person and, where a section and a first day are given, their place in it: both or neither.

    :raises ValidationError: if the user name or staff number is taken or malformed.
    """
    with transaction.atomic():
        account = create_user(
            username=username, display_name=display_name, staff_number=staff_number, authorship=authorship
        )
        if section is not None and starts_on is not None:
            add_membership(
                user=account.user, section=section, role=role, starts_on=starts_on, authorship=authorship
            )
    return account


def change_user(user: User, changes: Mapping[str, Any], *, authorship: Authorship) -> bool:
    """Change a person's names, number or whether they may sign in; return whether anything changed.

    :raises LastAdministrator: if the last administrator would be stopped.
    :raises ValidationError: if a name or number is taken or malformed.
    """
    with transaction.atomic():
        if changes.get("is_active") is False:
            _lock_administrators()
        current = fresh(user)
        changed = change_checked(current, changes, authorship)
        if changed and not current.is_active and _administers(current):
            _ensure_administrator_remains(timezone.localdate(authorship.at))
    return changed


def reset_password(user: User, *, authorship: Authorship) -> Account:
    """Replace a person's password by a one-time one, end their sessions and lift a sign-in lock."""
    password = new_password()
    hashed = User()
    hashed.set_password(password)
    with transaction.atomic():
        current = fresh(user)
        change_record(
            current,
            {"password": hashed.password, "must_change_password": True},
            authorship=authorship,
        )
        forget_failed_sign_ins(username=current.username)
    return Account(current, password)


def change_own_password(user: User, raw_password: str, *, authorship: Authorship) -> User:
    """Set the password a person chose themselves; return the person with it."""
    hashed = User()
    hashed.set_password(raw_password)
    with transaction.atomic():
        current = fresh(user)
        change_record(
            current, {"password": hashed.password, "must_change_password": False}, authorship=authorship
        )
    return current


# --- memberships and roles ------------------------------------------------------------------------


def add_membership(
    *,
    user: User,
    section: Section,
    role: MembershipRole,
    starts_on: date,
    authorship: Authorship,
    ends_on: date | None = None,
) -> Membership:
    """Let a person belong to a section from a day on.

    :raises ValidationError: if they already do from that day, or the days are in the wrong order.
    """
    membership = Membership(user=user, section=section, role=role.value, starts_on=starts_on, ends_on=ends_on)
    membership.full_clean()
    return create_record(membership, authorship=authorship)


def grant_role(
    *,
    user: User,
    role: SiteRole,
    starts_on: date,
    authorship: Authorship,
    ends_on: date | None = None,
) -> RoleGrant:
    """Give a person a site role from a day on.

    :raises ValidationError: if they already have it from that day, or the days are in the wrong order.
    """
    grant = RoleGrant(user=user, role=role.value, starts_on=starts_on, ends_on=ends_on)
    grant.full_clean()
    return create_record(grant, authorship=authorship)


def change_term(term: Term, *, starts_on: date, ends_on: date | None, authorship: Authorship) -> bool:
    """Change from when to when a membership or role holds; return whether anything changed.

    :raises LastAdministrator: if nobody would keep the accounts without end.
    :raises ValidationError: if the days are in the wrong order.
    """
    with transaction.atomic():
        if _is_administrator_grant(term):
            _lock_administrators()
        current = fresh(term)
        changed = change_checked(current, {"starts_on": starts_on, "ends_on": ends_on}, authorship)
        if changed and _is_administrator_grant(current):
            today = timezone.localdate(authorship.at)
            _ensure_administrator_remains(today if ends_on is None else max(today, ends_on + timedelta(1)))
    return changed


def delete_term(term: Term, *, authorship: Authorship) -> None:
    """Take back a membership or role that was entered by mistake; the revision keeps it.

    :raises LastAdministrator: if nobody would keep the accounts.
    """
    with transaction.atomic():
        if _is_administrator_grant(term):
            _lock_administrators()
        current = fresh(term)
        delete_record(current, authorship=authorship)
        if _is_administrator_grant(current):
            _ensure_administrator_remains(timezone.localdate(authorship.at))


def _is_administrator_grant(term: Term) -> bool:
    return isinstance(term, RoleGrant) and term.role == SiteRole.ADMINISTRATOR


def _administers(user: User) -> bool:
    return bool(user.role_grants.filter(role=SiteRole.ADMINISTRATOR.value).exists())


def _lock_administrators() -> None:
    """Let one act at a time touch who is administrator, until the end of the transaction.

    Of two administrators taking away each other's role at the same moment the second has to see what
    the first did. Always in the same order and before any other lock, so that they cannot wait for
    one another. (SQLite has one writer at a time anyway.)
    """
    grants = RoleGrant.objects.select_for_update().filter(role=SiteRole.ADMINISTRATOR.value)
    list(grants.order_by("pk").values_list("pk", flat=True))


def _ensure_administrator_remains(day: date) -> None:
    """Refuse to go on when no active person is administrator on a day and without end."""
    grants = RoleGrant.objects.filter(role=SiteRole.ADMINISTRATOR.value)
    remaining = grants.filter(ends_on__isnull=True, starts_on__lte=day, user__is_active=True)
    if not remaining.exists():
        raise LastAdministrator
