"""Who joins programs to measures and KPIs."""

from organization.models import User


def can_link(user: User) -> bool:
    """Return whether the user decides what a program serves."""
    return user.is_active and user.access.is_planning


def can_see_links(user: User) -> bool:
    """Return whether the user may open the page of links: planning, and administrators to read."""
    return user.is_active and (user.access.is_planning or user.access.is_administrator)
