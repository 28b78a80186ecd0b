"""A settled year looks as it did, wherever it is read; the years after it follow the plan of today."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.enums import Edition, RoundState, SheetState
from evaluations.selectors.pages import kpi_sheet_page
from evaluations.services.rounds import finalise_round
from history.models import Revision
from history.services import Authorship, change_record, create_record, delete_record
from reports.models import KpiStanding, StandingCount, StandingsRead
from reports.paper.words import report_data
from reports.selectors.publications import content_of
from reports.services import standings
from strategy.models import Placement, PlanNode, Responsibility, Target
from strategy.selectors.schemes import scheme_of
from strategy.services.schemes import choose_scheme, store_new_version
from tests.factories.evaluations import ActualFactory, RoundFactory
from tests.factories.strategy import KpiFactory, KpiPartFactory, TargetFactory

pytestmark = pytest.mark.django_db
ENDED = datetime(2026, 4, 20, tzinfo=UTC)
SETTLED, NEW = 2019, 2020
PERIODS = [(SETTLED, Edition.FINAL), (NEW, Edition.FINAL)]


def on_day(world, day: int, why: str = "見直し") -> Authorship:
    return Authorship(by=world.planning, at=ENDED + timedelta(days=day), why=why)


@pytest.fixture
def settled(world):
    """FY 2019 finalised with 227 against 227; FY 2020 open, with 230 against the same final target."""
    world.plan.last_fiscal_year = NEW
    world.plan.save()
    world.industry_kpi.targets.update(fiscal_year=NEW)
    for year, value in ((2018, 200), (SETTLED, 227), (NEW, 230)):
        ActualFactory(kpi=world.industry_kpi, fiscal_year=year, value=value)
    for sheet in (world.industry_sheet, world.publicity_sheet):
        sheet.state = SheetState.FINALISED.value
        sheet.save()
    finalise_round(collection=world.round, authorship=on_day(world, 0))
    world.plan.refresh_from_db()
    return world


def change_what_judges(world) -> None:
    """Set the target far off, turn the direction and let another version of the scheme grade."""
    kpi, plan = world.industry_kpi, world.plan
    change_record(kpi.targets.get(), {"value": Decimal(9999)}, authorship=on_day(world, 30))
    change_record(kpi, {"direction": "down", "unit": "社"}, authorship=on_day(world, 30))
    scheme = scheme_of(plan.rating_scheme)
    bands = tuple(replace(band, label=f"新{band.label}") for band in scheme.bands)
    new = replace(scheme, bands=bands, met_label="", not_met_label="")
    choose_scheme(plan, store_new_version(new, authorship=on_day(world, 30)), authorship=on_day(world, 31))


def told(world, as_user, year: int) -> dict[str, object]:
    """Return what every reader says of a year."""
    client, kpi = as_user(world.planning), world.industry_kpi
    asked = {"fiscal_year": year}
    kpi_page = client.get(kpi.get_absolute_url(), asked).context["page"]
    chosen = next(row for row in kpi_page.years if row.fiscal_year == year)
    listed = client.get(reverse("reports:kpi_list", args=["trial"]), asked).context["rows"]
    board = client.get(reverse("reports:plan_detail", args=["trial"]), asked).context["board"]
    table = client.get(reverse("reports:plan_years", args=["trial"])).context["table"]
    section = client.get(world.industry.get_absolute_url(), asked).context["boards"][0]
    series = client.get(f"/api/v1/kpis/{kpi.code}/series/").json()["results"]
    csv = client.get(reverse("reports:kpi_list_file", args=["trial", "csv"]), asked)
    return {
        "kpi page": (
            chosen.verdict.explanation,
            chosen.verdict.grade,
            chosen.verdict.scheme,
            chosen.kpi.unit,
        ),
        "definition": (kpi_page.kpi.unit, kpi_page.kpi.direction, kpi_page.baseline),
        "list": [(row.kpi.unit, row.verdict.explanation, row.verdict.grade, row.moved) for row in listed],
        "dashboard": (board.tally, [(str(line.node), line.tally) for line in board.lines], board.scheme),
        "years": [cell for line in table.lines for cell in line.cells if cell.fiscal_year == year],
        "section": section.tally,
        "api": [record for record in series if record["fiscal_year"] == year],
        "csv": csv.content.decode("utf-8-sig"),
    }


def test_every_reader_of_a_settled_year_says_what_it_said(settled, as_user):
    world = settled
    sheet = kpi_sheet_page(world.planning, world.industry_sheet).verdict
    before, new_before = told(world, as_user, SETTLED), told(world, as_user, NEW)
    content = content_of(world.round)
    assert before["kpi page"][:2] == (sheet.explanation, sheet.grade)
    assert before["api"][0]["explanation"] == sheet.explanation

    change_what_judges(world)

    after, new_after = told(world, as_user, SETTLED), told(world, as_user, NEW)
    assert after == before
    assert kpi_sheet_page(world.planning, world.industry_sheet).verdict.explanation == sheet.explanation
    assert content_of(world.round) == content
    paper = json.dumps(report_data(content_of(world.round), city="市", issued=""), ensure_ascii=False)
    assert sheet.explanation in paper
    assert all(new_after[reader] != new_before[reader] for reader in new_before)
    assert new_after["kpi page"][1].label.startswith("新")
    assert standings.differences(plan=world.plan) == []


def test_what_a_settled_year_counts_follows_a_correction_of_its_figure(settled):
    world = settled
    standings.keep_up(wanted=[(world.plan, period) for period in PERIODS], at=ENDED)
    change_what_judges(world)
    actual = world.industry_kpi.actuals.get(fiscal_year=SETTLED)

    change_record(actual, {"value": Decimal(100)}, authorship=on_day(world, 40, "訂正"))
    standings.keep_up(wanted=[], at=ENDED)

    standing = KpiStanding.objects.get(kpi=world.industry_kpi, fiscal_year=SETTLED, for_all=True)
    assert standing.grade == "遅れている"
    assert standings.differences(plan=world.plan) == []


def test_a_new_target_does_not_move_what_a_settled_year_says_of_the_year_before(settled):
    world = settled
    standings.keep_up(wanted=[(world.plan, period) for period in PERIODS], at=ENDED)
    kept = ("movement", "has_fallen", "outlook")
    before = KpiStanding.objects.filter(kpi=world.industry_kpi, fiscal_year=SETTLED).values_list(*kept).get()

    change_record(world.industry_kpi.targets.get(), {"value": Decimal(9999)}, authorship=on_day(world, 30))
    standings.keep_up(wanted=[], at=ENDED)

    rows = KpiStanding.objects.filter(kpi=world.industry_kpi)
    assert rows.filter(fiscal_year=SETTLED).values_list(*kept).get() == before == ("better", False, "too_few")
    # 230 is more than 227: the KPI did not fall back, its target was set higher. The grades shown differ.
    assert rows.filter(fiscal_year=NEW, for_all=True).values_list("movement", "has_fallen").get() == (
        "worse",
        False,
    )


def test_grades_of_unlike_schemes_are_not_compared(settled):
    world = settled
    change_what_judges(world)

    standings.keep_up(wanted=[(world.plan, period) for period in PERIODS], at=ENDED)

    assert KpiStanding.objects.get(kpi=world.industry_kpi, fiscal_year=NEW, for_all=True).movement == ""


def test_counts_follow_the_end_of_a_round(world):
    """Before the end a year follows its plan; from the end on it does not."""
    ActualFactory(kpi=world.industry_kpi, fiscal_year=SETTLED, value=227)
    standings.keep_up(wanted=[(world.plan, PERIODS[0])], at=ENDED)
    for sheet in (world.industry_sheet, world.publicity_sheet):
        change_record(sheet, {"state": SheetState.FINALISED.value}, authorship=on_day(world, -1))
    target = world.industry_kpi.targets.get()
    change_record(target, {"value": Decimal(300)}, authorship=on_day(world, -1))
    finalise_round(collection=world.round, authorship=on_day(world, 0))
    change_record(target, {"value": Decimal(227)}, authorship=on_day(world, 1))

    standings.keep_up(wanted=[], at=ENDED)

    counts = StandingCount.objects.get(scope="plan", audience="finished").counts
    assert counts.get("grade:順調", 0) == 0
    assert standings.differences(plan=world.plan) == []


def test_the_end_of_a_round_that_appears_behind_a_later_change_is_read(settled):
    """PostgreSQL: a change of a target is read first, the end of the round, of a smaller number, later."""
    world = settled
    end = Revision.objects.get(record_type="evaluations.round", field="state")
    type(world.round).objects.filter(pk=world.round.pk).update(state=RoundState.CLOSED.value)
    change_record(world.industry_kpi.targets.get(), {"value": Decimal(9999)}, authorship=on_day(world, 1))
    standings.keep_up(wanted=[(world.plan, PERIODS[0])], at=ENDED)
    row = KpiStanding.objects.get(kpi=world.industry_kpi, for_all=True)
    last = Revision.objects.order_by("-pk").values_list("pk", flat=True)[0]
    StandingsRead.objects.update(last_revision=last, gaps=[[end.pk, end.pk]])
    type(world.round).objects.filter(pk=world.round.pk).update(state=RoundState.FINALISED.value)

    standings.keep_up(wanted=[], at=ENDED)

    then = KpiStanding.objects.get(kpi=world.industry_kpi, for_all=True)
    assert (row.grade, then.grade) == ("遅れている", "順調")
    assert standings.differences(plan=world.plan) == []


def test_a_round_published_without_an_end_of_its_own_is_settled_then(world, as_user):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=SETTLED, value=227)
    change_record(world.round, {"state": RoundState.PUBLISHED.value}, authorship=on_day(world, 0))
    before = kpi_sheet_page(world.planning, world.industry_sheet).verdict.explanation

    change_record(world.industry_kpi.targets.get(), {"value": Decimal(9999)}, authorship=on_day(world, 1))

    assert kpi_sheet_page(world.planning, world.industry_sheet).verdict.explanation == before
    page = as_user(world.planning).get(world.industry_kpi.get_absolute_url(), {"fiscal_year": SETTLED})
    assert page.context["page"].chosen.verdict.explanation == before


def test_a_kpi_taken_out_of_the_plan_stays_in_its_settled_years(settled, as_user):
    world = settled
    before = told(world, as_user, SETTLED)

    delete_record(Placement.objects.get(kpi=world.industry_kpi), authorship=on_day(world, 30))

    client, asked = as_user(world.planning), {"fiscal_year": SETTLED}
    csv = client.get(reverse("reports:kpi_list_file", args=["trial", "csv"]), asked)
    board = client.get(reverse("reports:plan_detail", args=["trial"]), asked).context["board"]
    now = client.get(reverse("reports:plan_detail", args=["trial"]), {"fiscal_year": NEW}).context["board"]
    assert csv.content.decode("utf-8-sig") == before["csv"]
    assert (board.tally.total, now.tally.total) == (2, 1)
    assert standings.differences(plan=world.plan) == []


def test_the_page_of_a_node_stands_in_every_year_whenever_the_node_came_or_went(settled, as_user):
    world, client = settled, as_user(settled.planning)
    asked, now = {"fiscal_year": SETTLED}, {"fiscal_year": NEW}
    new = create_record(PlanNode(plan=world.plan, level="goal", name="新目標"), authorship=on_day(world, 30))
    change_record(world.goal, {"name": "新しい名前"}, authorship=on_day(world, 30))
    for model in (Placement, Responsibility):
        for record in model.objects.all():
            delete_record(record, authorship=on_day(world, 31))
    gone = world.measure.get_absolute_url()
    delete_record(world.measure, authorship=on_day(world, 32))

    pages = [client.get(gone, asked), client.get(world.goal.get_absolute_url(), asked)]
    empty = client.get(new.get_absolute_url(), asked)
    years = client.get(reverse("reports:plan_years", args=["trial"]))

    assert [page.context["tally"].total for page in pages] == [2, 2]
    assert str(pages[1].context["node"]) == "Ⅰ 活力のあるまち"
    assert str(client.get(world.goal.get_absolute_url(), now).context["node"]) == "Ⅰ 新しい名前"
    assert [page.status_code for page in (*pages, empty, years)] == [200] * 4
    assert empty.context["tally"].total == 0
    assert client.get(reverse("reports:node_detail", args=[10**6])).status_code == 404


def test_a_part_taken_away_still_counts_in_the_settled_year(world):
    part = KpiFactory(name="部分")
    TargetFactory(kpi=part)
    link = KpiPartFactory(whole=world.industry_kpi, part=part)
    actual = ActualFactory(kpi=part, fiscal_year=SETTLED, value=227)
    for sheet in (world.industry_sheet, world.publicity_sheet):
        change_record(sheet, {"state": SheetState.FINALISED.value}, authorship=on_day(world, -1))
    finalise_round(collection=world.round, authorship=on_day(world, 0))
    delete_record(link, authorship=on_day(world, 1))
    standings.keep_up(wanted=[(world.plan, PERIODS[0])], at=ENDED)

    change_record(actual, {"value": Decimal(100)}, authorship=on_day(world, 40, "訂正"))
    standings.keep_up(wanted=[], at=ENDED)

    assert KpiStanding.objects.get(kpi=world.industry_kpi, for_all=True).grade == "遅れている"
    assert standings.differences(plan=world.plan) == []


def test_an_open_round_with_a_scheme_of_its_own_grades_by_it_everywhere(world, as_user):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=SETTLED, value=227)
    scheme = scheme_of(world.plan.rating_scheme)
    bands = tuple(replace(band, label=f"別{band.label}") for band in scheme.bands)
    own = store_new_version(
        replace(scheme, bands=bands, met_label="", not_met_label=""), authorship=on_day(world, 0)
    )

    change_record(world.round, {"rating_scheme": own}, authorship=on_day(world, 0))

    sheet = kpi_sheet_page(world.planning, type(world.industry_sheet).objects.get(pk=world.industry_sheet.pk))
    found = told(world, as_user, SETTLED)
    assert sheet.verdict.grade.label.startswith("別")
    assert found["kpi page"][1] == sheet.verdict.grade
    assert [count.label for count in found["dashboard"][0].grades if count.number] == [
        sheet.verdict.grade.label
    ]


def test_settled_years_cost_as_many_queries_however_many_there_are(settled, as_user, assert_queries):
    world = settled
    client, asked = as_user(world.planning), {"fiscal_year": SETTLED}
    addresses = [
        (reverse("reports:plan_detail", args=["trial"]), 18),
        (reverse("reports:plan_years", args=["trial"]), 18),
        (reverse("reports:kpi_list", args=["trial"]), 38),
        (world.industry_kpi.get_absolute_url(), 36),
    ]
    for more in (2018, 2017):
        for address, queries in addresses:
            client.get(address, asked)
            with assert_queries(queries):
                client.get(address, asked)
        collection = RoundFactory(fiscal_year=more, asks_programs=False)
        collection.plans.add(world.plan)
        change_record(
            collection, {"state": RoundState.FINALISED.value}, authorship=on_day(world, more - 2000)
        )
        create_record(Target(kpi=world.industry_kpi, fiscal_year=more, value=1), authorship=on_day(world, 90))
