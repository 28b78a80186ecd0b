"""Writes about people: demo accounts, and their end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import transaction

from history.services import Authorship, change_record, create_record
from organization.enums import MembershipRole, SiteRole
from organization.models import Membership, RoleGrant, Section, User


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """A person who exists only to try the product: either in sections or with a site role.

    `of_demo_city` names the sections of a sample city instead of the real ones.
    """

    username: str
    display_name: str
    section_names: tuple[str, ...] = ()
    of_demo_city: bool = False
    membership_role: MembershipRole | None = None
    site_role: SiteRole | None = None


class SectionMissing(Exception):
    """A demo account belongs to a section that the database does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(f"課室「{name}」がありません。先に文書を取り込んでください。")
        self.name = name


class AccountsExist(Exception):
    """Real people use this database already: accounts with known passwords do not belong there."""

    def __init__(self) -> None:
        super().__init__(
            "実際の利用者がすでに登録されているため、パスワードが公開されているデモの利用者は作れません。"
        )


def ensure_no_real_accounts() -> None:
    """Refuse a database that real people use.

    :raises AccountsExist: if there is a user who is not a demo account.
    """
    if User.objects.filter(is_demo=False).exists():
        raise AccountsExist


@transaction.atomic
def create_demo_accounts(
    *, accounts: Sequence[DemoAccount], password: str, starts_on: date, authorship: Authorship
) -> list[User]:
    """Create the demo accounts that do not exist yet, open closed ones again; return these and the new ones.

    A section's name may stand for several records (one for each document's spelling of its bureau):
    the account belongs to all of them.

    :raises AccountsExist: if there is a user who is not a demo account.
    :raises SectionMissing: if a named section is not there.
    """
    ensure_no_real_accounts()
    existing = {user.username: user for user in User.objects.all()}
    opened: list[User] = []
    # Once for all: the password is known to everybody, and hashing is slow on purpose.
    hashed = make_password(password)
    for account in accounts:
        user = existing.get(account.username)
        if user is not None and user.is_active:
            continue
        if user is None:
            user = User(username=account.username, display_name=account.display_name, is_demo=True)
            user.password = hashed
            create_record(user, authorship=authorship)
        else:
            user.password = hashed
            user.save(update_fields=["password"])
            change_record(user, {"is_active": True}, authorship=authorship)
        _give_roles(user, account, starts_on, authorship)
        opened.append(user)
    return opened


def _give_roles(user: User, account: DemoAccount, starts_on: date, authorship: Authorship) -> None:
    if account.site_role and not user.role_grants.exists():
        grant = RoleGrant(user=user, role=account.site_role.value, starts_on=starts_on)
        create_record(grant, authorship=authorship)
    if account.membership_role:
        held = set(user.memberships.values_list("section_id", flat=True))
        for section in _sections_of(account):
            if section.pk not in held:
                membership = Membership(
                    user=user, section=section, role=account.membership_role.value, starts_on=starts_on
                )
                create_record(membership, authorship=authorship)


def _sections_of(account: DemoAccount) -> list[Section]:
    rows = Section.objects.filter(name__in=account.section_names, is_demo=account.of_demo_city)
    found = list(rows.order_by("pk"))
    for name in account.section_names:
        if not any(section.name == name for section in found):
            raise SectionMissing(name)
    return found


@transaction.atomic
def close_demo_accounts(*, authorship: Authorship) -> int:
    """Let nobody sign in with a demo account any more; return how many were closed.

    The accounts stay, because the history names them; their known password is gone.
    """
    open_accounts = list(User.objects.filter(is_demo=True, is_active=True))
    for user in open_accounts:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        change_record(user, {"is_active": False}, authorship=authorship)
    return len(open_accounts)
