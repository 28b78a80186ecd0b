"""The citizens' pages: plain words, a picture, finding by words, corrections, and light to load."""

import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.urls import reverse

from evaluations.enums import Reason
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import verdicts_of
from reports.calculations.plain_words import grade_notes, kpi_sentence, overview, rate_notes
from reports.calculations.public_search import search
from reports.calculations.published import PublishedBand
from reports.selectors.publications import content_of
from reports.services import publish_round
from strategy.enums import Direction
from strategy.models import Plan
from tests.factories.evaluations import ActualFactory
from tests.reports.published_pages import authorship, crawl, end_round, finalise

pytestmark = pytest.mark.django_db
FONTS = (".ttf", ".woff2")
MOST_BYTES = 200_000


@pytest.fixture
def issued(world):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191))
    finalise(world.industry_sheet)
    end_round(world.round)
    publish_round(collection=world.round, authorship=authorship(world))
    return world


def page_of(client, name, *args) -> str:
    return client.get(reverse(f"reports:{name}", args=args)).content.decode()


def test_overview_says_in_a_sentence_what_the_bar_shows(issued):
    content = content_of(issued.round)

    found = overview(content.plans[0], 2019)

    assert (found.shown, found.unpublished) == (1, 1)
    assert found.sentence.startswith("令和元年度は、1の指標を公表しています。")
    assert "ほかに1の指標は、この版では公表していません。" in found.sentence


@pytest.mark.parametrize(
    ("value", "target", "before", "words"),
    [
        (
            "191",
            "227",
            "184",
            "目標の227人を36人下回っています。前の年度から7人増えました。",
        ),
        ("191", "191", "191", "目標の191人と同じです。前の年度と同じです。"),
        ("191", None, None, ""),
        (
            "191",
            "180",
            "200",
            "目標の180人を11人上回っています。前の年度から9人減りました。",
        ),
    ],
)
def test_kpi_sentence_sets_the_figure_against_target_and_last_year(issued, value, target, before, words):
    kpi = next(kpi for kpi in content_of(issued.round).plans[0].kpis if kpi.is_published)
    year = replace(
        kpi.year(2019),
        value=Decimal(value),
        judged_value=Decimal(value),
        target=target and Decimal(target),
    )
    last = replace(year, fiscal_year=2018, value=before and Decimal(before))

    assert (
        kpi_sentence(replace(kpi, unit="人", years=(last, year)), 2019)
        == "令和元年度の実績は、191人でした。" + words
    )


def test_kpi_sentence_sets_no_single_year_against_a_target_of_sums(issued):
    kpi = next(kpi for kpi in content_of(issued.round).plans[0].kpis if kpi.is_published)
    year = replace(kpi.year(2019), value=Decimal(10), judged_value=Decimal(50), target=Decimal(60))

    assert "目標" not in kpi_sentence(replace(kpi, years=(year,)), 2019)


def test_kpi_sentence_says_where_less_is_better(issued):
    kpi = next(kpi for kpi in content_of(issued.round).plans[0].kpis if kpi.is_published)
    year = replace(kpi.year(2019), value=Decimal(12), judged_value=Decimal(12), target=Decimal(10))
    falling = replace(kpi, unit="人", years=(year,), direction=Direction.DOWN.label)

    assert kpi_sentence(falling, 2019).endswith("目標の10人を2人上回っています（小さいほどよい指標です）。")


@pytest.mark.parametrize(
    ("direction", "value", "target", "rate", "words"),
    [
        (Direction.UP, "-231", "-140", "1.65", ["負の値があるため"]),
        (Direction.UP, "-7", "4", "-1.75", ["負の値があるため"]),
        (Direction.UP, "0", "-10", "0", ["負の値があるため"]),
        (Direction.DOWN, "12", "10", "1.2", ["小さいほどよい指標なので"]),
        (Direction.UP, "12", "10", "1.2", []),
        (Direction.DOWN, "12", None, None, []),
    ],
)
def test_rate_notes_warn_of_rates_that_mislead(issued, direction, value, target, rate, words):
    kpi = next(kpi for kpi in content_of(issued.round).plans[0].kpis if kpi.is_published)
    year = replace(
        kpi.year(2019),
        value=Decimal(value),
        judged_value=Decimal(value),
        target=target and Decimal(target),
        achievement_rate=rate and Decimal(rate),
    )

    notes = rate_notes(replace(kpi, years=(year,), direction=direction.label))

    assert [note[: len(word)] for note, word in zip(notes, words, strict=True)] == words


def test_public_kpi_says_what_a_proposed_grade_is_and_leads_to_its_data(issued, client):
    plan = content_of(issued.round).plans[0]
    kpi = next(kpi for kpi in plan.kpis if kpi.is_published)
    graded = replace(kpi.year(2019), grade=PublishedBand("順調"))
    proposal = replace(plan, scheme_is_proposal=True)

    assert grade_notes(proposal, replace(kpi, years=(graded,)))[0].startswith("「案」の付いた評価は")
    assert grade_notes(replace(plan, scheme_is_proposal=False), replace(kpi, years=(graded,))) == ()
    page = page_of(client, "public_kpi", "trial", 2019, issued.industry_kpi.code)
    for address in re.findall(r'href="([^"]+)"', page.partition("この指標のデータ")[2]):
        assert client.get(address.replace("&amp;", "&")).status_code == 200


def test_search_finds_regardless_of_width_and_kana(issued):
    content = content_of(issued.round)
    named = replace(content.plans[0].kpis[0], name="つくバス ﾘﾖｳ者数（ＡＢＣ１）", is_published=True)
    content = replace(content, plans=(replace(content.plans[0], kpis=(named,)),))

    assert [one.kpi.name for one in search([content], "りよう　ツクバス abc1")] == [named.name]
    assert search([content], "ありません") == []


def test_public_search_lists_everything_without_words_and_nothing_unpublished(issued, client):
    everything = page_of(client, "public_search")

    assert issued.industry_kpi.name in everything
    assert issued.publicity_kpi.name not in everything
    assert client.get(reverse("reports:public_search"), {"q": "<script>"}).status_code == 200


def test_public_history_tells_every_correction_with_its_day(issued, client):
    publish_round(collection=issued.round, amendment="実績値の誤りを訂正", authorship=authorship(issued))

    page = page_of(client, "public_history")

    assert page.count("2026年9月1日") == 2
    assert "実績値の誤りを訂正" in page


def test_public_kpi_draws_the_series_beside_its_table(issued, client):
    page = page_of(client, "public_kpi", "trial", 2019, issued.industry_kpi.code)

    assert '<svg class="chart"' in page
    assert "でした" in page


def test_every_public_page_is_light_and_asks_nobody_else(issued, client):
    pages = {
        address: response.content.decode()
        for address, response in crawl(client).items()
        if response["Content-Type"].startswith("text/html")
    }

    assert {address: size for address, page in pages.items() if (size := weight(page)) > MOST_BYTES} == {}
    assert [page for page in pages.values() if re.search(r'(?:src|href)="(?:https?:)?//', page)] == []
    assert "Set-Cookie" not in str(client.cookies)


def weight(page: str) -> int:
    """Return the bytes of a page with its styles and scripts, without fonts."""
    names = set(re.findall(rf'(?:href|src)="{settings.STATIC_URL}([^"]+)"', page))
    files = [Path(finders.find(name)) for name in names if not name.endswith(FONTS)]
    assert files
    return len(page.encode()) + sum(file.stat().st_size for file in files)


@pytest.mark.parametrize("count", [1, 3])
def test_public_pages_ask_the_same_number_of_queries(issued, client, assert_queries, count):
    for number in range(1, count):
        publish_round(collection=issued.round, amendment=f"訂正{number}", authorship=authorship(issued))

    for name, queries in (("public_home", 1), ("public_search", 1), ("public_history", 1)):
        with assert_queries(queries):
            page_of(client, name)


def test_a_year_before_the_plan_has_no_grade_of_the_plan(world):
    plan = Plan.objects.get(code="trial")
    plan.first_fiscal_year = 2019
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=Decimal(150))

    verdicts = verdicts_of(figures_of([world.industry_kpi]), plan=plan, fiscal_year=2018)

    found = verdicts[world.industry_kpi.pk]
    assert (found.grade, found.reason) == (None, Reason.OUTSIDE_PERIOD)
    assert found.explanation == "平成30年度は計画の初年度（令和元年度）より前のため、評価しません。"


def test_tables_of_several_publications_have_names_of_their_own(issued, client):
    finalise(issued.industry_evaluation)
    end_round(issued.program_round)
    publish_round(collection=issued.program_round, authorship=authorship(issued))

    names = re.findall(r'role="region" aria-label="([^"]+)"', page_of(client, "public_data"))

    assert len(names) > 4
    assert sorted(names) == sorted(set(names))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_public_pages_have_no_axe_violations(issued, page, live_server, assert_accessible):
    code, year = "trial", 2019
    addresses = [
        reverse("reports:public_home"),
        reverse("reports:public_plan", args=[code]),
        reverse("reports:public_kpi", args=[code, year, issued.industry_kpi.code]),
        reverse("reports:public_node", args=[code, year, issued.goal.ascii_code]),
        reverse("reports:public_search"),
        reverse("reports:public_history"),
        reverse("reports:public_data"),
    ]

    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        assert_accessible(page)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_static_folder_opened_from_a_disk_has_styles_and_no_axe_violations(
    issued, page, tmp_path, assert_accessible
):
    call_command("publish_static", tmp_path / "site", stdout=io.StringIO())

    page.goto((tmp_path / "site/index.html").as_uri())
    page.wait_for_url("**/public/index.html")
    assert_accessible(page)
    page.get_by_role("link", name="試験戦略").first.click()
    page.get_by_role("link", name="活力のあるまち").click()
    page.get_by_role("link", name="創業者数").click()
    assert page.get_by_role("heading", level=1).inner_text() == "創業者数"
    assert page.evaluate("getComputedStyle(document.querySelector('.skip-link')).position") == "absolute"
    assert_accessible(page)
