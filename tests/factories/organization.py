"""People, bureaus and sections."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from organization.enums import MembershipRole, SiteRole, SuccessionKind
from organization.models import Bureau, Membership, RoleGrant, Section, SectionSuccession, User

LONG_AGO = date(2015, 4, 1)


class UserFactory(DjangoModelFactory):
    """A person without any role; sign them in with the `as_user` fixture."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    display_name = factory.LazyAttribute(lambda user: f"職員 {user.username}")
    password = "!"


class BureauFactory(DjangoModelFactory):
    """A bureau without end."""

    class Meta:
        model = Bureau

    name = factory.Sequence(lambda n: f"試験{n}部")
    position = factory.Sequence(int)


class SectionFactory(DjangoModelFactory):
    """A section without end."""

    class Meta:
        model = Section

    name = factory.Sequence(lambda n: f"試験{n}課")
    bureau = factory.SubFactory(BureauFactory)
    position = factory.Sequence(int)


class SectionSuccessionFactory(DjangoModelFactory):
    """A section that got another name."""

    class Meta:
        model = SectionSuccession

    predecessor = factory.SubFactory(SectionFactory)
    successor = factory.SubFactory(SectionFactory)
    fiscal_year = 2020
    kind = SuccessionKind.RENAME.value


class MembershipFactory(DjangoModelFactory):
    """A clerk's place in a section, since long ago and without end."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    section = factory.SubFactory(SectionFactory)
    role = MembershipRole.STAFF.value
    starts_on = LONG_AGO


class RoleGrantFactory(DjangoModelFactory):
    """A site role, since long ago and without end."""

    class Meta:
        model = RoleGrant

    user = factory.SubFactory(UserFactory)
    role = SiteRole.READER.value
    starts_on = LONG_AGO


def member_of(section: Section, role: MembershipRole, username: str) -> User:
    """Create a person with a role in a section."""
    membership: Membership = MembershipFactory(section=section, role=role.value, user__username=username)
    return membership.user


def holder_of(role: SiteRole, username: str) -> User:
    """Create a person with a site role and no section."""
    grant: RoleGrant = RoleGrantFactory(role=role.value, user__username=username)
    return grant.user
