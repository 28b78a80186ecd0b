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
from organization.services.units import change_unit, create_unit

__all__ = [
    "Account",
    "AccountsExist",
    "DemoAccount",
    "LastAdministrator",
    "SectionMissing",
    "add_membership",
    "change_own_password",
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
    "reset_password",
]
