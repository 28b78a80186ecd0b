"""The fixtures themselves: what the other tests lean on must hold."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction

from history.enums import RevisionAct, Through
from history.models import Revision
from organization.models import Section, User
from tests.factories.organization import SectionFactory, UserFactory

TOUCHES = ("UPDATE history_revision SET why = 'x'", "DELETE FROM history_revision")


def _keep_a_revision():
    Revision.objects.create(
        record_type="strategy.kpi",
        record_id=1,
        act=RevisionAct.CREATED.value,
        change="00000000-0000-0000-0000-000000000001",
        at="2026-04-01T00:00:00Z",
        through=Through.COMMAND.value,
    )


@pytest.mark.parametrize("statement", TOUCHES)
@pytest.mark.parametrize("time", [1, 2])
def test_revisions_refuse_changes_inside_and_after_tests_that_commit(transactional_db, statement, time):
    _keep_a_revision()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)

    assert Revision.objects.count() == 1


@pytest.mark.parametrize("time", [1, 2])
def test_tables_are_empty_again_after_a_test_that_committed(transactional_db, time):
    before = Section.objects.count()

    SectionFactory()

    assert (before, Section.objects.count()) == (0, 1)
    assert ContentType.objects.filter(app_label="organization", model="section").exists()


def test_world_has_one_person_of_every_kind(world):
    assert User.objects.count() == 11
    assert world.of_industry.clerk.access.section_ids == {world.industry.pk}
    assert world.of_industry.clerk.access.approver_section_ids == frozenset()
    assert world.of_industry.deputy.access.approver_section_ids == {world.industry.pk}
    assert world.planning.access.is_planning
    assert world.administrator.access.is_administrator
    assert world.outsider.access.roles == frozenset()


def test_assert_queries_names_the_queries_of_a_failure(assert_queries):
    message = r'1 queries instead of 0:\n  1\. SELECT .*"organization_section"'

    with pytest.raises(pytest.fail.Exception, match=message), assert_queries(0):
        list(Section.objects.all())


def test_as_user_signs_in(as_user, db):
    user = UserFactory()

    client = as_user(user)

    assert client.session["_auth_user_id"] == str(user.pk)


def test_browser_reads_the_live_server_and_axe_finds_faults(page, live_server, assert_accessible):
    page.goto(live_server.url + "/healthz")
    assert page.locator("body").inner_text() == "ok"

    page.set_content("<html><body><img src=''></body></html>")

    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)
