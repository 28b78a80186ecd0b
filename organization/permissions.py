"""Who may keep people and sections."""

from organization.models import User


def can_keep_organization(user: User) -> bool:
    """Return whether the user may create and change accounts, sections and bureaus."""
    return user.is_active and user.access.is_administrator
