"""What citizens see from the preliminary figures to the withdrawal, step by step."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.enums import Edition, RoundState
from evaluations.models import Actual
from evaluations.services.workflow import ActRefused
from history.models import Revision
from reports.models import Publication
from reports.selectors.publications import latest_issues
from reports.services import (
    NothingToWithdraw,
    WithdrawalUnexplained,
    publish_round,
    withdraw_publication,
)
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory
from tests.reports.published_pages import authorship, crawl, end_round, finalise, public_pages, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editions(world):
    """Have a preliminary round beside the final one, both over, each with a figure of its own."""
    early = RoundFactory(fiscal_year=2019, edition=Edition.PRELIMINARY.value, asks_programs=False)
    early.plans.add(world.plan)
    finalise(KpiSheetFactory(round=early, kpi=world.industry_kpi, section=world.industry))
    ActualFactory(kpi=world.industry_kpi, edition="preliminary", status="preliminary", value=Decimal(170))
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191))
    finalise(world.industry_sheet)
    end_round(early)
    end_round(world.round)
    return world, early


def at(world, days: int):
    given = authorship(world)
    return replace(given, at=given.at + timedelta(days=days))


def seen(client, world) -> str:
    address = reverse("reports:public_kpi", args=["trial", 2019, world.industry_kpi.code])
    return client.get(address).content.decode()


def test_the_final_edition_stands_even_when_the_preliminary_one_is_corrected_later(editions, client):
    world, early = editions

    publish_round(collection=early, authorship=at(world, 0))
    assert "170" in seen(client, world)
    publish_round(collection=world.round, authorship=at(world, 1))
    assert "191" in seen(client, world)
    Actual.objects.filter(edition="preliminary").update(value=Decimal(171))
    publish_round(collection=early, amendment="速報値の訂正", authorship=at(world, 2))

    assert "191" in seen(client, world)
    assert [issue.content.edition for issue in latest_issues()] == ["final", "preliminary"]
    api = client.get(reverse("reports:api_series", args=[world.industry_kpi.code])).json()["results"]
    assert [row["value"] for row in api if row["fiscal_year"] == 2019] == ["191"]
    home = client.get(reverse("reports:public_home")).content.decode()
    assert "確定版に替わりました" in home
    crawl(client)


def test_a_withdrawn_publication_is_nowhere_but_in_the_record(editions, client):
    world, _ = editions
    made = publish_round(collection=world.round, authorship=at(world, 0))
    addresses = [address for address in crawl(client) if "/papers/" in address or "/reports/" in address]
    assert len(addresses) >= 3

    withdraw_publication(collection=world.round, reason="個人の名前が\n入っていた", authorship=at(world, 1))

    text = public_pages(client)
    assert "191" not in text
    assert "創業者数" not in text
    assert "2026年9月2日に取り下げました。" in text
    assert {client.get(address).status_code for address in addresses} == {404}
    assert client.get(reverse("reports:api_kpi", args=[world.industry_kpi.code])).status_code == 404
    told = client.get(reverse("reports:api_publication_list")).json()["results"]
    assert [(row["id"], row["withdrawal"]) for row in told] == [(made.pk, "個人の名前が\n入っていた")]
    assert Revision.objects.for_record(made).filter(field="withdrawn_at").count() == 1


def test_a_withdrawn_round_is_published_again_as_a_new_edition(editions, client):
    world, _ = editions
    publish_round(collection=world.round, authorship=at(world, 0))
    withdraw_publication(collection=world.round, reason="誤り", authorship=at(world, 1))

    again = publish_round(collection=world.round, amendment="誤りを直した", authorship=at(world, 2))

    assert again.edition_number == 2
    assert "191" in seen(client, world)
    report = words_of(client.get(reverse("reports:public_report", args=[again.pk])))
    assert "2026年9月2日に取り下げました。" in report.replace("\n", "").replace(" ", "")


def test_withdrawal_needs_a_reason_a_publication_and_planning(editions):
    world, _ = editions

    with pytest.raises(NothingToWithdraw):
        withdraw_publication(collection=world.round, reason="誤り", authorship=at(world, 0))
    publish_round(collection=world.round, authorship=at(world, 0))
    with pytest.raises(WithdrawalUnexplained):
        withdraw_publication(collection=world.round, reason=" 　\n", authorship=at(world, 0))
    with pytest.raises(ActRefused):
        withdraw_publication(
            collection=world.round, reason="誤り", authorship=replace(at(world, 0), by=world.committee)
        )
    withdraw_publication(collection=world.round, reason="誤り", authorship=at(world, 1))
    with pytest.raises(NothingToWithdraw):
        withdraw_publication(collection=world.round, reason="誤り", authorship=at(world, 2))


def test_publication_page_withdraws_and_tells_that_the_static_folder_is_older(editions, as_user):
    world, _ = editions
    publish_round(collection=world.round, authorship=at(world, 0))
    client = as_user(world.planning)
    page = client.get(reverse("reports:publication_create", args=[world.round.pk])).content.decode()
    address = reverse("reports:publication_withdraw", args=[world.round.pk])
    assert f'action="{address}"' in page

    answer = client.post(address, {"reason": "誤り"}, follow=True).content.decode()

    assert "書き出し直してください" in answer
    assert f'action="{address}"' not in answer
    assert Publication.objects.get().withdrawal == "誤り"


def test_a_round_that_goes_on_says_so_before_it_is_published(editions, as_user):
    world, _ = editions
    type(world.round).objects.filter(pk=world.round.pk).update(state=RoundState.CLOSED)
    client = as_user(world.planning)
    address = reverse("reports:publication_create", args=[world.round.pk])

    assert "この照会はまだ確定していません" in client.get(address).content.decode()
    client.post(address)

    world.round.refresh_from_db()
    assert world.round.state == RoundState.CLOSED
    assert Publication.objects.count() == 1


def test_planning_reaches_the_publication_from_the_round(editions, as_user):
    world, _ = editions
    address = reverse("reports:publication_create", args=[world.round.pk])

    assert f'href="{address}"' in as_user(world.planning).get(world.round.get_absolute_url()).content.decode()
    other = as_user(world.of_industry.clerk).get(world.round.get_absolute_url()).content.decode()
    assert f'href="{address}"' not in other
