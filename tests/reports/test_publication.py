"""Publishing freezes what is finalised; the public sees that and nothing else."""

import io
import re
from decimal import Decimal
from html import unescape

import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from evaluations.enums import SheetState
from evaluations.models import Actual, KpiSheet, ProgramEvaluation
from reports.calculations.published import from_json, to_json
from reports.calculations.static_links import with_relative_links
from reports.models import Publication
from reports.selectors.publications import content_of
from reports.services import AmendmentUnexplained, NothingToPublish, publish_round
from tests.factories.evaluations import ActualFactory, RoundQuestionFactory
from tests.reports.published_pages import authorship, end_round, finalise, public_pages, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def finalised(world):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191))
    ActualFactory(kpi=world.publicity_kpi, value=Decimal("27182"))
    finalise(world.industry_sheet)
    end_round(world.round)
    return world


def test_nothing_is_public_before_the_first_publication(world, client):
    page = client.get(reverse("reports:public_home")).content.decode()

    assert "公表しているものはまだありません" in page
    assert client.get(reverse("reports:public_plan", args=["trial"])).status_code == 404


def test_publish_round_shows_finalised_figures_with_their_arithmetic(finalised, client):
    publish_round(collection=finalised.round, authorship=authorship(finalised))

    page = client.get(
        reverse("reports:public_kpi", args=["trial", 2019, finalised.industry_kpi.code])
    ).content.decode()
    assert "191" in page
    assert "23.4％" in page
    assert KpiSheet.objects.get(pk=finalised.industry_sheet.pk).state == SheetState.PUBLISHED


def test_public_pages_hold_no_canary_of_anything_unpublished(finalised, client):
    RoundQuestionFactory(round=finalised.round, key="inner", is_public=False)
    finalise(
        finalised.industry_sheet,
        answers={"inner": "カナリア回答"},
        planning_comment="カナリア所見",
        return_reason="カナリア差戻し",
        grade_reason="カナリア理由",
    )
    KpiSheet.objects.filter(pk=finalised.publicity_sheet.pk).update(answers={"inner": "カナリア未確定"})
    Actual.objects.filter(kpi=finalised.publicity_kpi).update(note="カナリア注記")
    ProgramEvaluation.objects.update(planning_comment="カナリア事業所見")
    publish_round(collection=finalised.round, authorship=authorship(finalised))

    text = public_pages(client)

    assert "カナリア" not in text
    assert "27,182" not in text
    assert "191" in text


def test_a_later_correction_does_not_change_what_is_published(finalised, client):
    publish_round(collection=finalised.round, authorship=authorship(finalised))

    Actual.objects.filter(kpi=finalised.industry_kpi).update(value=Decimal(999))

    assert "999" not in public_pages(client)


def test_publishing_again_needs_to_say_what_was_corrected(finalised, client):
    publish_round(collection=finalised.round, authorship=authorship(finalised))
    Actual.objects.filter(kpi=finalised.industry_kpi).update(value=Decimal(999))

    with pytest.raises(AmendmentUnexplained):
        publish_round(collection=finalised.round, authorship=authorship(finalised))
    again = publish_round(
        collection=finalised.round, amendment="実績値の訂正", authorship=authorship(finalised)
    )

    assert again.edition_number == 2
    page = client.get(reverse("reports:public_plan", args=["trial"])).content.decode()
    assert "実績値の訂正" in page
    assert "999" in public_pages(client)


def test_publish_round_without_a_finalised_sheet_is_refused(world):
    end_round(world.round)

    with pytest.raises(NothingToPublish):
        publish_round(collection=world.round, authorship=authorship(world))

    assert not Publication.objects.exists()


def test_content_survives_json(finalised):
    content = content_of(finalised.round)

    assert from_json(to_json(content)) == content
    assert [kpi.is_published for kpi in content.plans[0].kpis] == [True, False]


def test_publication_create_is_for_planning_only(finalised, as_user):
    address = reverse("reports:publication_create", args=[finalised.round.pk])

    assert as_user(finalised.of_industry.clerk).post(address).status_code == 403
    assert as_user(finalised.planning).post(address).status_code == 302
    assert Publication.objects.count() == 1


def test_report_says_what_is_published_and_sets_no_markup_of_users(finalised, client):
    finalised.industry_kpi.rationale = "#strong[根拠] $x$ *太字*"
    finalised.industry_kpi.save()
    made = publish_round(collection=finalised.round, authorship=authorship(finalised))

    response = client.get(reverse("reports:public_report", args=[made.pk]))

    text = words_of(response).replace("\n", "").replace(" ", "")
    assert "年次報告書" in text
    assert "191人" in text
    assert "#strong[根拠]$x$*太字*" in text
    assert "/StructTreeRoot" in pypdf.PdfReader(io.BytesIO(response.content)).trailer["/Root"]


def test_static_folder_holds_the_same_and_nothing_more(finalised, client, tmp_path):
    KpiSheet.objects.filter(pk=finalised.industry_sheet.pk).update(planning_comment="カナリア所見")
    made = publish_round(collection=finalised.round, authorship=authorship(finalised))

    call_command("publish_static", tmp_path / "site", stdout=io.StringIO())

    page = tmp_path / "site/public/plans/trial/2019/kpis" / finalised.industry_kpi.code / "index.html"
    address = reverse("reports:public_kpi", args=["trial", 2019, finalised.industry_kpi.code])
    served = client.get(address).content.decode()
    assert page.read_text() == with_relative_links(served, address, ["/public/", "/static/"])
    assert (tmp_path / f"site/public/reports/{made.pk}.pdf").read_bytes()[:5] == b"%PDF-"
    assert (tmp_path / "site/static/css/base.css").exists()
    everything = b"".join(file.read_bytes() for file in (tmp_path / "site").rglob("*") if file.is_file())
    assert "カナリア".encode() not in everything


def test_static_folder_may_lie_anywhere(finalised, tmp_path):
    publish_round(collection=finalised.round, authorship=authorship(finalised))
    site = tmp_path / "site"

    call_command("publish_static", site, stdout=io.StringIO())

    pages = {page: page.read_text() for page in site.rglob("*.html")}
    links = {
        (page, unescape(link))
        for page, text in pages.items()
        for link in re.findall(r'\b(?:href|src|action)="([^"#]+)', text)
    }
    assert len(links) > 100
    assert sorted(link for page, link in links if not (page.parent / link.partition("?")[0]).is_file()) == []
    assert [page for page, text in pages.items() if "/api/" in text or "<form" in text] == []
    assert {site / "index.html", site / "public/plans/trial/index.html"} <= set(pages)


def test_links_become_relative_and_others_stay():
    page = (
        '<a href="/public/a/">A</a><a href="/public/b.csv?x=1&amp;y=2">B</a>'
        '<a href="/else/">C</a><a href="#d">D</a>'
    )

    found = with_relative_links(page, "/public/plans/", ["/public/"])

    assert found == (
        '<a href="../a/index.html">A</a><a href="../b.csv?x=1&amp;y=2">B</a>'
        '<a href="/else/">C</a><a href="#d">D</a>'
    )


def test_static_folder_does_not_replace_somebody_elses(finalised, tmp_path):
    (tmp_path / "thesis.txt").write_text("私の論文")

    with pytest.raises(CommandError, match="置き換えません"):
        call_command("publish_static", tmp_path)

    assert (tmp_path / "thesis.txt").read_text() == "私の論文"


def test_publish_round_command_publishes_for_planning_only(finalised):
    with pytest.raises(CommandError, match="公表できる人"):
        call_command("publish_round", str(finalised.round.pk), "--by", finalised.reader.username)
    assert not Publication.objects.exists()

    told = io.StringIO()
    call_command("publish_round", str(finalised.round.pk), "--by", finalised.planning.username, stdout=told)

    assert "第1版" in told.getvalue()
    assert Publication.objects.get().published_by == finalised.planning
    with pytest.raises(CommandError, match="何を訂正したか"):
        call_command("publish_round", str(finalised.round.pk), "--by", finalised.planning.username)
