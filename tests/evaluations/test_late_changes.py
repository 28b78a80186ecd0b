"""After a round has been opened: no change of parts, breaks or sections without a reason, and it is told."""

import json
from datetime import UTC, datetime
from html import unescape

import pytest
from django.urls import reverse

from evaluations.enums import RoundState
from evaluations.selectors.definition_use import late_changes
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import verdict_of
from history.models import Revision
from history.services import Authorship, change_record
from reports.calculations.published import from_json, to_json
from reports.selectors.publications import content_of
from strategy.models import Kpi, KpiPart, Responsibility, SeriesBreak
from tests.factories.evaluations import ActualFactory
from tests.factories.organization import SectionFactory
from tests.factories.strategy import KpiFactory, KpiPartFactory, PlacementFactory, ResponsibilityFactory

pytestmark = pytest.mark.django_db
OPENED = datetime(2026, 4, 10, 1, tzinfo=UTC)
PROPOSED = {"confidence": "0.70", "reason": "推定です。", "alternatives": []}


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


@pytest.fixture
def opened(world):
    """The world's round, opened with its place in the history."""
    by = Authorship(by=world.planning, at=OPENED)
    world.round.state = RoundState.PREPARING.value
    world.round.save()
    change_record(world.round, {"state": RoundState.OPEN.value}, authorship=by)
    return world.round


def parts_of(kpi: Kpi, **more) -> dict[str, str]:
    """Return the page of parts with one part and one break typed in."""
    kpi.refresh_from_db()
    return {
        "version": str(kpi.version),
        "parts-TOTAL_FORMS": "1",
        "parts-INITIAL_FORMS": "0",
        "parts-0-kind": "addend",
        "breaks-TOTAL_FORMS": "1",
        "breaks-INITIAL_FORMS": "0",
        **more,
    }


def sections_of(kpi: Kpi, section, **more) -> dict[str, str]:
    """Return the page of sections with one section chosen."""
    kpi.refresh_from_db()
    return {
        "version": str(kpi.version),
        "rows-TOTAL_FORMS": "1",
        "rows-INITIAL_FORMS": "0",
        "rows-0-section": str(section.pk),
        "rows-0-role": "lead",
        **more,
    }


def address(name: str, kpi: Kpi) -> str:
    return reverse(f"strategy:{name}", args=[kpi.code])


def test_kpi_parts_edit_asks_for_a_reason_once_a_round_has_opened(client, world):
    kpi, part = world.industry_kpi, KpiFactory(code="KPI-0050")
    before = Revision.objects.count()
    entry = {"parts-0-part": "KPI-0050", "breaks-0-fiscal_year": "H29", "breaks-0-reason": "調査方法の変更"}

    refused = client.post(address("kpi_parts_edit", kpi), parts_of(kpi, **entry))
    kept = (KpiPart.objects.count(), SeriesBreak.objects.count(), Revision.objects.count() - before)
    saved = client.post(address("kpi_parts_edit", kpi), parts_of(kpi, why="定義の見直し", **entry))

    assert (refused.status_code, kept) == (422, (0, 0, 0))
    assert "変更の理由を入力してください" in refused.content.decode()
    assert "KPI-0050" in refused.content.decode()
    assert saved.status_code == 302
    assert [link.part for link in kpi.parts.all()] == [part]


def test_kpi_responsibilities_edit_asks_for_a_reason_once_a_round_has_opened(client, world):
    kpi, section = world.industry_kpi, SectionFactory(name="新しい課")
    page = address("kpi_responsibilities_edit", kpi)

    refused = client.post(page, sections_of(kpi, section))
    held = list(kpi.responsibilities.values_list("section__name", flat=True))
    saved = client.post(page, sections_of(kpi, section, why="事務分掌の変更"))

    assert (refused.status_code, held) == (422, ["産業振興課"])
    assert saved.status_code == 302
    assert list(kpi.responsibilities.values_list("section__name", flat=True)) == ["新しい課"]


def test_no_reason_is_asked_of_a_kpi_no_round_has_asked_for(client, world):
    kpi = KpiFactory()
    PlacementFactory(kpi=kpi, node=world.measure)
    section = SectionFactory()

    assert (
        client.post(address("kpi_responsibilities_edit", kpi), sections_of(kpi, section)).status_code == 302
    )
    assert Responsibility.objects.filter(kpi=kpi, section=section).exists()


def test_confirming_proposed_parts_needs_no_reason(client, world):
    kpi = world.industry_kpi
    link = KpiPartFactory(whole=kpi, part__code="KPI-0051", unconfirmed={"part": PROPOSED})
    entry = {
        "parts-INITIAL_FORMS": "1",
        "parts-0-pk": str(link.pk),
        "parts-0-part": "KPI-0051",
    }

    response = client.post(address("kpi_parts_edit", kpi), parts_of(kpi, **entry))

    link.refresh_from_db()
    assert (response.status_code, link.unconfirmed) == (302, {})


def test_sheet_tells_what_changed_after_the_opening_and_why(client, world, opened):
    kpi = world.industry_kpi
    gone = ResponsibilityFactory(kpi=world.publicity_kpi)
    page = address("kpi_responsibilities_edit", kpi)
    client.post(page, sections_of(kpi, SectionFactory(), why="事務分掌の変更"))
    client.post(
        address("kpi_responsibilities_edit", world.publicity_kpi),
        sections_of(world.publicity_kpi, gone.section, why="別の指標の理由"),
    )

    text = unescape(client.get(world.industry_sheet.get_absolute_url()).content.decode())

    assert [(change.what, change.why) for change in late_changes(world.industry_kpi.pk, world.round)] == [
        ("担当", "事務分掌の変更")
    ]
    assert "照会を始めた後に担当が変わりました" in text
    assert "別の指標の理由" not in text


def test_what_changed_before_the_opening_is_not_told(world, opened):
    early = Authorship(by=world.planning, at=datetime(2026, 3, 1, tzinfo=UTC), why="開く前の見直し")
    change_record(world.industry_kpi, {"unit": "社"}, authorship=early)

    assert late_changes(world.industry_kpi.pk, world.round) == ()


# --- targets: in the explanation ---------------------------------------------------------------------------


WHY = "議会の意見を受けた内部の調整"


@pytest.fixture
def raised(world, opened):
    """The industry KPI's target raised from 227 to 300 in mid-plan, with a reason."""
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)
    late = Authorship(
        by=world.planning, at=datetime(2026, 5, 1, tzinfo=UTC), why="議会の意見を受けた内部の調整"
    )
    change_record(
        world.industry_kpi.targets.get(), {"value": 300, "change_reason": late.why}, authorship=late
    )
    return world.industry_kpi


TOLD = "令和元年度の目標は計画の途中で227人から300人に変更されたものです（2026年5月1日）。"


def test_the_explanation_tells_from_what_and_when_a_target_was_changed(client, world, raised):
    sheet = unescape(client.get(world.industry_sheet.get_absolute_url()).content.decode())
    page = unescape(client.get(raised.get_absolute_url(), {"fiscal_year": 2019}).content.decode())
    [record] = client.get(f"/api/v1/kpis/{raised.code}/series/").json()["results"]

    for text in (sheet, page):
        assert TOLD in text
        assert (
            "照会を始めた後に目標値が変わりました（2026年5月1日、理由：議会の意見を受けた内部の調整）" in text
        )
    assert TOLD in record["explanation"]
    assert (record["target_former"], record["target_changed_on"]) == ("227人", "2026-05-01")


def test_the_public_reads_that_a_target_was_changed_and_not_the_reason(world, raised):
    world.industry_sheet.state = "finalised"
    world.industry_sheet.save()

    content = content_of(world.round)

    year = content.plans[0].kpi(raised.code).year(2019)
    assert TOLD in year.explanation
    assert (year.target_former, year.target_changed_on) == ("227人", "2026-05-01")
    assert WHY not in json.dumps(to_json(content), ensure_ascii=False)
    assert from_json(to_json(content)) == content


def test_a_target_that_was_set_back_is_only_marked_as_changed(world, raised):
    back = Authorship(by=world.planning, at=datetime(2026, 6, 1, tzinfo=UTC), why="元に戻す")
    change_record(raised.targets.get(), {"value": 227}, authorship=back)

    figures = figures_of([raised])[raised.pk]

    assert figures.changes == {}
    assert "計画の途中で変更されたものです。" in verdict_of(figures, world.plan, 2019, None).explanation


def test_changes_of_targets_are_read_in_one_query_and_only_where_there_are_some(
    world, raised, assert_queries
):
    with assert_queries(5):
        figures_of([raised])
    with assert_queries(4):
        figures_of([world.publicity_kpi])
