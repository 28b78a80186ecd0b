"""A finalised round's page looks as it did, whatever becomes of plan, definitions and targets."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from evaluations.enums import SheetState
from evaluations.selectors.judged import judged_sheets
from evaluations.selectors.pages import kpi_sheet_page
from evaluations.services.rounds import finalise_round
from history.services import Authorship, change_record, delete_record
from strategy.enums import NodeLevel, PartKind
from strategy.services.plan_nodes import NodeDraft, change_node
from strategy.services.plans import PlanDraft, change_plan
from tests.factories.evaluations import ActualFactory
from tests.factories.organization import SectionFactory
from tests.factories.strategy import KpiPartFactory, PlanNodeFactory, RatingSchemeFactory, TargetFactory

pytestmark = pytest.mark.django_db
ENDED = datetime(2026, 9, 1, tzinfo=UTC)


def on_day(world, day: int, why: str = "") -> Authorship:
    return Authorship(by=world.planning, at=ENDED + timedelta(days=day), why=why)


@pytest.fixture
def ended(world):
    """The world's round, finalised with an actual of 227 against 227."""
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)
    for sheet in (world.industry_sheet, world.publicity_sheet):
        sheet.state = SheetState.FINALISED.value
        sheet.save()
    finalise_round(collection=world.round, authorship=on_day(world, 0))
    return world.industry_sheet


def change_everything(world) -> None:
    """Change what a judgement and a page of the KPI are made of."""
    by = on_day(world, 30, "次の計画の準備")
    kpi = world.industry_kpi
    change_record(kpi, {"name": "新しい名前", "direction": "down", "unit": "社"}, authorship=by)
    change_record(kpi.targets.get(), {"value": 9999}, authorship=by)
    change_record(kpi.responsibilities.get(), {"section": SectionFactory(name="新しい課")}, authorship=by)
    new_place = PlanNodeFactory(plan=world.plan, level="measure", name="新しい位置")
    change_record(kpi.placements.get(), {"node": new_place}, authorship=by)
    plan = world.plan
    plan.refresh_from_db()
    change_plan(
        plan=plan,
        draft=PlanDraft(
            name="新しい計画名",
            first_fiscal_year=2016,
            last_fiscal_year=2030,
            level_names={},
            rating_scheme=RatingSchemeFactory(),
            node_names={world.measure.pk: "新しい施策名"},
        ),
        seen_version=plan.version,
        authorship=by,
    )


def test_the_sheet_of_a_finalised_round_shows_and_judges_as_it_did(world, ended, as_user):
    client = as_user(world.planning)
    address = ended.get_absolute_url()
    before = kpi_sheet_page(world.planning, ended)
    shown = unescape(client.get(address).content.decode())

    change_everything(world)

    after = kpi_sheet_page(
        world.planning, type(ended).objects.select_related("round", "kpi").get(pk=ended.pk)
    )
    text = unescape(client.get(address).content.decode())
    assert after.verdict is not None
    assert after.verdict.grade == before.verdict.grade
    assert after.verdict.explanation == before.verdict.explanation
    assert (after.baseline, after.years, after.kpi.name) == (before.baseline, before.years, "創業者数")
    for name in ("創業の支援", "産業振興課", "227人"):
        assert name in shown
        assert name in text
    for name in ("新しい名前", "新しい課", "新しい位置", "新しい施策名", "9,999"):
        assert name not in text


def test_a_part_that_was_taken_away_still_counts_for_the_finalised_round(world, ended):
    kpi = world.industry_kpi
    link = KpiPartFactory(whole=kpi, kind=PartKind.ADDEND.value)
    TargetFactory(kpi=link.part)
    before = kpi_sheet_page(world.planning, ended).verdict

    delete_record(link, authorship=on_day(world, 30))

    assert kpi_sheet_page(world.planning, ended).verdict.explanation == before.explanation


def test_lists_of_a_finalised_round_judge_as_it_did(world, ended):
    before = judged_sheets(world.planning, [ended])[ended.pk].verdict

    change_everything(world)

    after = judged_sheets(world.planning, [ended])[ended.pk].verdict
    assert (after.grade, after.explanation) == (before.grade, before.explanation)


def test_an_open_round_follows_its_plan(world):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)
    sheet = world.industry_sheet
    before = kpi_sheet_page(world.planning, sheet).verdict

    change_record(world.industry_kpi.targets.get(), {"value": 9999}, authorship=on_day(world, 1))

    assert kpi_sheet_page(world.planning, sheet).verdict.grade != before.grade


def test_a_node_that_is_renamed_keeps_its_name_on_the_finalised_sheet(world, ended):
    node = world.measure
    world.plan.refresh_from_db()
    change_node(
        node=node,
        draft=NodeDraft(
            level=NodeLevel.MEASURE, parent=node.parent, name="別の名", code=node.code, ascii_code="1-1-1"
        ),
        placements=[],
        responsibilities=[],
        seen_version=world.plan.version,
        authorship=on_day(world, 30),
    )

    assert [str(place.node) for place in kpi_sheet_page(world.planning, ended).places] == [
        "Ⅰ-１-（１） 創業の支援"
    ]
