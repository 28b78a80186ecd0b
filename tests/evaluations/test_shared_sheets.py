"""Who has a part in a KPI reads its sheet; an emptied figure stays in the history; marks are confirmed."""

import pytest
from django.urls import reverse

from evaluations import permissions
from evaluations.enums import RoundState, SheetState
from evaluations.models import Actual, KpiSheet, Round
from evaluations.selectors.pages import kpi_sheet_page
from evaluations.selectors.tasks import task_page
from organization.models import User
from programs.models import ProgramSheet
from strategy.enums import ResponsibilityRole
from tests.evaluations.acts import AT, figure, fresh, save
from tests.factories.evaluations import ActualFactory
from tests.factories.organization import SectionFactory, SectionSuccessionFactory
from tests.factories.strategy import KpiPartFactory, ResponsibilityFactory


def sees(user, sheet) -> bool:
    return permissions.visible_kpi_sheets(user).filter(pk=sheet.pk).exists()


@pytest.mark.parametrize("role", ResponsibilityRole)
def test_a_section_with_a_part_in_the_kpi_reads_its_sheet_and_figure(world, as_user, role):
    other = world.of_publicity.clerk
    figure_2019 = ActualFactory(kpi=world.industry_kpi)
    assert not sees(other, world.industry_sheet)

    ResponsibilityFactory(kpi=world.industry_kpi, section=world.publicity, role=role.value)

    assert sees(other, world.industry_sheet)
    assert figure_2019 in permissions.visible_actuals(other)
    assert task_page(other, today=AT.date()).shared == (world.industry_sheet,)
    client = as_user(other)
    assert client.get(world.industry_sheet.get_absolute_url()).context["form"] is None
    refused = client.post(
        world.industry_sheet.get_absolute_url(), {"sheet_version": 1, "figure_version": 1, "figure": "1"}
    )
    assert refused.status_code == 403


def test_only_in_its_years_and_not_while_the_round_prepares(world):
    part = ResponsibilityFactory(
        kpi=world.industry_kpi, section=world.publicity, role="co", last_fiscal_year=2018
    )
    assert not sees(world.of_publicity.clerk, world.industry_sheet)

    type(part).objects.filter(pk=part.pk).update(last_fiscal_year=2019)
    assert sees(world.of_publicity.clerk, world.industry_sheet)

    Round.objects.filter(pk=world.round.pk).update(state=RoundState.PREPARING.value)
    assert not sees(world.of_publicity.clerk, world.industry_sheet)


def test_what_became_of_a_section_reads_on_in_its_place(world):
    former = SectionFactory()
    SectionSuccessionFactory(predecessor=former, successor=world.publicity)
    ResponsibilityFactory(kpi=world.industry_kpi, section=former, role="coordinator")

    assert sees(world.of_publicity.clerk, world.industry_sheet)


def test_who_coordinates_a_total_reads_its_parts(world):
    # 広報戦略課 leads the total of which 産業振興課 enters a part.
    KpiPartFactory(whole=world.publicity_kpi, part=world.industry_kpi)

    assert sees(world.of_publicity.clerk, world.industry_sheet)
    assert not sees(world.of_industry.clerk, world.publicity_sheet)


def test_remarks_and_reasons_stay_with_the_section(world):
    ResponsibilityFactory(kpi=world.industry_kpi, section=world.publicity, role="co")

    assert permissions.sees_work(world.of_publicity.clerk, fresh(world.industry_sheet)) is False


# --- an emptied figure --------------------------------------------------------------------------------------


def test_an_emptied_figure_stays_in_the_history(world):
    clerk = world.of_industry.clerk
    save(fresh(world.industry_sheet), clerk)
    save(fresh(world.industry_sheet), clerk, figure(None, status=None))
    save(fresh(world.industry_sheet), clerk, figure(205))
    assert Actual.objects.count() == 1

    changes = kpi_sheet_page(clerk, fresh(world.industry_sheet)).changes["figure"]

    assert sorted((change.old, change.new) for change in changes) == [
        ("", "191（確定）"),
        ("", "205（確定）"),
        ("191（確定）", "（空欄にした）"),
    ]


# --- what an import inferred --------------------------------------------------------------------------------


@pytest.fixture
def yearly(world) -> ProgramSheet:
    marks = {"purpose": {"confidence": "0.60", "reason": "改行"}, "summary": {"reason": "改行"}}
    ProgramSheet.objects.filter(pk=world.industry_program.pk).update(unconfirmed=marks, purpose="目的の文")
    return ProgramSheet.objects.get(pk=world.industry_program.pk)


def test_the_section_confirms_what_it_has_compared(world, yearly, as_user):
    client = as_user(world.of_industry.clerk)
    address = reverse("evaluations:program_marks", args=[yearly.pk])
    program = yearly.program.get_absolute_url()
    assert address in client.get(program).content.decode()
    assert "目的の文" in client.get(address).content.decode()

    client.post(address, {"version": yearly.version, "field": "purpose"})
    yearly.refresh_from_db()
    assert (list(yearly.unconfirmed), yearly.version) == (["summary"], 2)

    client.post(address, {"version": 1, "all": "1"})
    yearly.refresh_from_db()
    assert list(yearly.unconfirmed) == ["summary"], "an old page confirms nothing"
    client.post(address, {"version": 2, "all": "1"})
    yearly.refresh_from_db()
    assert yearly.unconfirmed == {}
    assert address not in client.get(program).content.decode()


def test_after_the_lock_only_planning_confirms(world, yearly, as_user):
    type(world.industry_evaluation).objects.update(state=SheetState.FINALISED.value)
    address = reverse("evaluations:program_marks", args=[yearly.pk])

    statuses = {
        user.username: as_user(User.objects.get(pk=user.pk)).get(address).status_code
        for user in (world.of_industry.clerk, world.planning, world.reader)
    }

    assert statuses == {"industry-clerk": 403, "planning": 200, "reader": 403}
    assert KpiSheet.objects.count() == 2
