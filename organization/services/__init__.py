"""Every write to people, sections and bureaus."""

from organization.services.demo_accounts import (
    AccountsExist,
    DemoAccount,
    SectionMissing,
    close_demo_accounts,
    create_demo_accounts,
    ensure_no_real_accounts,
)
from organization.services.people import (
    Account,
    LastAdministrator,
    add_membership,
    change_own_password,
    change_term,
    change_user,
    create_user,
    create_user_with_membership,
    delete_term,
    grant_role,
    new_password,
    reset_password,
)
from organization.services.reorganisation import change_sections, open_sections, record_successions
from organization.services.staff import (
    NewPerson,
    add_posts,
    change_people,
    change_posts,
    register_people,
)
from organization.services.units import change_unit, create_unit

__all__ = [
    "Account",
    "AccountsExist",
    "DemoAccount",
    "LastAdministrator",
    "NewPerson",
    "SectionMissing",
    "add_membership",
    "add_posts",
    "change_own_password",
    "change_people",
    "change_posts",
    "change_sections",
    "change_term",
    "change_unit",
    "change_user",
    "close_demo_accounts",
    "create_demo_accounts",
    "create_unit",
    "create_user",
    "create_user_with_membership",
    "delete_term",
    "ensure_no_real_accounts",
    "grant_role",
    "new_password",
    "open_sections",
    "record_successions",
    "register_people",
    "reset_password",
]
