"""Writes about people: demo accounts, and their end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from history.services import Authorship, change_record, create_record
from organization.enums import MembershipRole, SiteRole
from organization.models import Membership, RoleGrant, Section, User


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """A person who exists only to try the product: either in a section or with a site role."""

    username: str
    display_name: str
    section_name: str = ""
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
    """Create the demo accounts that do not exist yet; return the new ones.

    A section's name may stand for several records (one for each document's spelling of its bureau):
    the account belongs to all of them.

    :raises AccountsExist: if there is a user who is not a demo account.
    :raises SectionMissing: if a named section is not there.
    """
    ensure_no_real_accounts()
    existing = set(User.objects.values_list("username", flat=True))
    created = []
    for account in accounts:
        if account.username in existing:
            continue
        user = User(username=account.username, display_name=account.display_name, is_demo=True)
        user.set_password(password)
        create_record(user, authorship=authorship)
        _give_roles(user, account, starts_on, authorship)
        created.append(user)
    return created


def _give_roles(user: User, account: DemoAccount, starts_on: date, authorship: Authorship) -> None:
    if account.site_role:
        grant = RoleGrant(user=user, role=account.site_role.value, starts_on=starts_on)
        create_record(grant, authorship=authorship)
    if account.membership_role:
        sections = list(Section.objects.filter(name=account.section_name, is_demo=False))
        if not sections:
            raise SectionMissing(account.section_name)
        for section in sections:
            membership = Membership(
                user=user, section=section, role=account.membership_role.value, starts_on=starts_on
            )
            create_record(membership, authorship=authorship)


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
