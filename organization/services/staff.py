"""Many people at once, as a staff list brings them: accounts without a password, posts, their ends.

Nothing here stops an account or touches a site role, so nobody can be locked out by a list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from history.services import Authorship, change_records, create_records, delete_records
from organization.models import Membership, User


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """A person to be registered. The user name is what they will sign in with."""

    username: str
    display_name: str
    staff_number: str
    email: str = ""


def register_people(people: Sequence[NewPerson], *, authorship: Authorship) -> list[User]:
    """Create people who cannot sign in with a password until an administrator gives them one.

    :raises IntegrityError: if a user name or staff number is taken
    :raises ValidationError: if a user name or address is malformed
    """
    users = [
        User(
            username=User.normalize_username(person.username),
            display_name=person.display_name,
            staff_number=person.staff_number,
            email=person.email,
            must_change_password=True,
        )
        for person in people
    ]
    for user in users:
        user.set_unusable_password()
        user.clean_fields()
    return list(create_records(users, authorship=authorship))


def change_people(changes: Mapping[int, Mapping[str, Any]], *, authorship: Authorship) -> None:
    """Correct names, numbers and addresses of people, by their ids."""
    known = User.objects.in_bulk(list(changes))
    change_records([(user, changes[pk]) for pk, user in known.items()], authorship=authorship)


def add_posts(posts: Sequence[Membership], *, authorship: Authorship) -> Sequence[Membership]:
    """Let people belong to sections from a day on."""
    return create_records(posts, authorship=authorship)


def change_posts(
    changes: Mapping[int, Mapping[str, Any]], ended: Mapping[int, date | None], *, authorship: Authorship
) -> None:
    """Change the days of posts, and end them: `ended` has the last day, None for one that never held."""
    with transaction.atomic():
        known = Membership.objects.in_bulk([*changes, *ended])
        taken_back = [known[pk] for pk, day in ended.items() if day is None and pk in known]
        delete_records(taken_back, authorship=authorship)
        days = {pk: {"ends_on": day} for pk, day in ended.items() if day is not None}
        change_records(
            [(known[pk], values) for pk, values in {**changes, **days}.items() if pk in known],
            authorship=authorship,
        )
