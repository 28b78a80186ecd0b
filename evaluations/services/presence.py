"""Who has a sheet open: said by the page every half minute, forgotten a minute after the last word."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from evaluations.models import SheetPresence
from evaluations.permissions import AnySheet
from evaluations.selectors.sheets import as_owner
from organization.models import User

EXPIRES = timedelta(seconds=75)
FORGOTTEN = timedelta(minutes=30)


def show_presence(*, sheet: AnySheet, user: User, at: datetime) -> list[User]:
    """Note that a person has a sheet open; return who else has, in the order in which they came."""
    SheetPresence.objects.filter(user=user, at__lt=at - FORGOTTEN).delete()
    owner: Mapping[str, Any] = as_owner(sheet)
    SheetPresence.objects.update_or_create(user=user, **owner, defaults={"at": at})
    others = SheetPresence.objects.filter(**owner, at__gte=at - EXPIRES).exclude(user=user)
    return [presence.user for presence in others.select_related("user")]


def end_presence(*, sheet: AnySheet, user: User) -> None:
    """Note that a person has left a sheet."""
    SheetPresence.objects.filter(user=user, **as_owner(sheet)).delete()
