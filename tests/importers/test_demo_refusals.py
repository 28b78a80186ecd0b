"""The demo stays away from a database that real people use, and takes nothing real along when it goes."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from organization.models import Section, User
from strategy.models import Plan
from tests.factories.organization import SectionFactory, UserFactory
from tests.factories.strategy import ResponsibilityFactory

pytestmark = pytest.mark.django_db


def load(**options) -> str:
    out = StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


def test_load_demo_refuses_a_database_that_real_people_use():
    UserFactory()

    with pytest.raises(CommandError, match="実際の利用者"):
        load()

    assert (User.objects.count(), Plan.objects.count()) == (1, 0)


def test_load_demo_only_if_empty_leaves_any_user_alone():
    UserFactory()

    assert load(only_if_empty=True) == ""
    assert Plan.objects.count() == 0


def test_remove_demo_refuses_to_take_real_records_along(world):
    demo_section = SectionFactory(name="デモ課", is_demo=True)
    ResponsibilityFactory(kpi=world.industry_kpi, section=demo_section, first_fiscal_year=2020)

    with pytest.raises(CommandError, match="デモ課"):
        call_command("remove_demo")

    assert Section.objects.filter(pk=demo_section.pk).exists()
