"""Who defines what was promised, and who may look at the work on it."""

from organization.models import User


def can_define(user: User) -> bool:
    """Return whether the user writes definitions, targets, plans and rating schemes."""
    return user.is_active and user.access.is_planning


def can_see_definitions(user: User) -> bool:
    """Return whether the user may open the pages of definitions: planning, and administrators to read."""
    return user.is_active and (user.access.is_planning or user.access.is_administrator)
