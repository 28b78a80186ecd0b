"""People and their posts as they stand, for comparing a staff list with them (two queries)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.hashers import is_password_usable

from importers.calculations.person_names import name_key
from organization.models import Membership, User
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class Post:
    """A membership in hand; both days are inside."""

    id: int
    section_id: int
    section: str
    bureau: str | None
    role: str
    starts_on: date
    ends_on: date | None

    def holds_on(self, day: date) -> bool:
        """Say whether the person belongs to the section on a day."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


@dataclass(frozen=True, slots=True)
class Person:
    """A user in hand with all posts."""

    id: int
    number: str | None
    username: str
    name: str
    email: str
    is_active: bool
    has_password: bool
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who is registered, found by number, user name and name. Demo accounts are nobody's."""

    by_number: Mapping[str, Person] = field(default_factory=dict)
    by_username: Mapping[str, Person] = field(default_factory=dict)
    by_name: Mapping[str, list[Person]] = field(default_factory=dict)
    # By the number without its leading zeros, which spreadsheets lose.
    by_plain_number: Mapping[str, Person] = field(default_factory=dict)

    def numbered(self) -> Iterator[Person]:
        """Yield the people who have a staff number, in the order of the numbers."""
        for number in sorted(self.by_number):
            yield self.by_number[number]


def number_key(number: object) -> str:
    """Return a staff number by which two spellings are equal; leading zeros count."""
    return match_key(str(number)).upper()


def existing_staff() -> Staff:
    """Return everybody with their posts."""
    posts: dict[int, list[Post]] = {}
    names = ("pk", "section_id", "section__name", "section__bureau__name", "role", "starts_on", "ends_on")
    rows = Membership.objects.order_by("starts_on", "pk").values_list("user_id", *names)
    for user_id, *values in rows:
        posts.setdefault(user_id, []).append(Post(*values))
    by_number: dict[str, Person] = {}
    by_username: dict[str, Person] = {}
    by_name: dict[str, list[Person]] = {}
    for pk, number, username, name, email, is_active, password, is_demo in User.objects.order_by(
        "pk"
    ).values_list(
        "pk", "staff_number", "username", "display_name", "email", "is_active", "password", "is_demo"
    ):
        person = Person(
            pk,
            number,
            username,
            name,
            email,
            is_active,
            is_password_usable(password),
            tuple(posts.get(pk, ())),
        )
        by_username[username.casefold()] = person
        if is_demo:
            continue
        by_name.setdefault(name_key(name), []).append(person)
        if number:
            by_number[number_key(number)] = person
    plain = {number.lstrip("0"): person for number, person in by_number.items() if number.lstrip("0")}
    return Staff(by_number, by_username, by_name, plain)
