"""The kept counts follow every write, for every audience, and can be compared with what is."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from evaluations.enums import Edition, SheetState, ValueStatus
from evaluations.models import Actual
from history.enums import Through
from history.models import Revision
from history.services import Authorship, change_record, create_record, delete_record
from reports.calculations.standings import ReadSoFar, movement_of, rank_of
from reports.enums import Audience
from reports.models import KpiStanding, KpiWords, StandingCount, StandingsRead
from reports.services import standings
from strategy.models import Kpi, Placement, Target
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import KpiFactory, KpiPartFactory, PlacementFactory, ResponsibilityFactory

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
FINAL_2019 = (2019, Edition.FINAL)


def by(user) -> Authorship:
    return Authorship(by=user, at=NOW, through=Through.BROWSER)


def keep(world, *periods):
    wanted = [(world.plan, period) for period in periods or (FINAL_2019,)]
    return standings.keep_up(wanted=wanted, at=NOW)


def counts(world, audience=Audience.ALL, scope="plan", scope_id=0, year=2019):
    row = StandingCount.objects.filter(
        plan=world.plan, fiscal_year=year, audience=audience.value, scope=scope, scope_id=scope_id
    ).first()
    return row.counts if row else {}


def is_right(world):
    return standings.differences(plan=world.plan) == []


# --- pure ---------------------------------------------------------------------------------------------------


def test_numbers_that_appear_late_are_read_later():
    read = ReadSoFar(10, ()).after([11, 14, 15])

    assert read == ReadSoFar(15, ((12, 13),))
    assert read.after([13]) == ReadSoFar(15, ((12, 12),))
    assert read.after([12, 13, 16]) == ReadSoFar(16, ())


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (1, 2, "better"),
        (3, 2, "worse"),
        (2, 2, "same"),
        (1, None, "new"),
        (None, 1, "lost"),
        (None, None, ""),
    ],
)
def test_movement_compares_places_in_the_scheme(now, before, said):
    assert movement_of(now, before, is_comparable=True) == said
    assert movement_of(now, before, is_comparable=False) == ""


def test_a_rate_beyond_all_measure_still_sorts():
    assert rank_of(Decimal("1e30")) == 10**15
    assert rank_of(Decimal("-1.555")) == -15550
    assert rank_of(None) is None


# --- kept ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_period_is_counted_when_it_is_first_asked_for(world):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(227))

    fresh = keep(world)

    assert fresh.is_fresh
    assert counts(world) == {
        "actual": 1,
        "direction:up": 2,
        "grade:順調": 1,
        "movement:new": 1,
        "reason:no_actual": 1,
        "state:not_started": 2,
        "total": 2,
        "waiting": 2,
    }
    assert counts(world, scope="node", scope_id=world.goal.pk) == counts(world)
    assert counts(world, scope="section", scope_id=world.industry.pk)["total"] == 1
    assert counts(world, scope="bureau", scope_id=world.industry.bureau_id)["grade:順調"] == 1
    assert is_right(world)


@pytest.mark.django_db
def test_a_figure_under_way_is_not_counted_for_those_who_do_not_see_it(world):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(227))

    keep(world)

    finished = {"total": 2, "reason:no_actual": 2, "direction:up": 2}
    assert counts(world, Audience.FINISHED) == finished
    assert counts(world, Audience.COMMITTEE) == finished


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "committee", "finished"),
    [(SheetState.EXTERNAL, 1, 0), (SheetState.FINALISED, 1, 1), (SheetState.SUBMITTED, 0, 0)],
)
def test_counts_follow_a_sheet_on_its_way(world, state, committee, finished):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(227))
    keep(world)
    change_record(world.industry_sheet, {"state": state.value}, authorship=by(world.planning))

    keep(world)

    assert counts(world)[f"state:{state.value}"] == 1
    assert counts(world, Audience.COMMITTEE).get("grade:順調", 0) == committee
    assert counts(world, Audience.FINISHED).get("grade:順調", 0) == finished
    assert is_right(world)


def enter_figure(world):
    actual = Actual(
        kpi=world.industry_kpi, fiscal_year=2019, value=Decimal(227), status=ValueStatus.FINAL.value
    )
    create_record(actual, authorship=by(world.planning))


def change_target(world):
    target = Target.objects.get(kpi=world.industry_kpi)
    change_record(target, {"value": Decimal(500)}, authorship=by(world.planning))


def take_placement_away(world):
    delete_record(Placement.objects.get(kpi=world.industry_kpi), authorship=by(world.planning))


def add_kpi(world):
    kpi = create_record(Kpi(code="NEU", name="新しい指標"), authorship=by(world.planning))
    create_record(Placement(kpi=kpi, node=world.measure, position=90), authorship=by(world.planning))


def move_measure(world):
    change_record(world.measure, {"parent": world.goal}, authorship=by(world.planning))


def rename(world):
    change_record(world.industry_kpi, {"name": "起業した人の数"}, authorship=by(world.planning))


def shorten_plan(world):
    change_record(world.plan, {"last_fiscal_year": 2018}, authorship=by(world.planning))


def change_band(world):
    band = world.plan.rating_scheme.bands.get(label="順調")
    change_record(band, {"minimum": Decimal("9")}, authorship=by(world.planning))


def rename_section(world):
    change_record(world.industry, {"name": "産業課"}, authorship=by(world.planning))


def undefine(world):
    change_record(world.industry_kpi, {"direction": ""}, authorship=by(world.planning))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "write",
    [
        enter_figure,
        change_target,
        take_placement_away,
        add_kpi,
        move_measure,
        rename,
        shorten_plan,
        change_band,
        rename_section,
        undefine,
    ],
)
def test_counts_follow_every_write_through_history(world, write):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=Decimal(220))
    keep(world, (2018, Edition.FINAL), FINAL_2019)
    before = set(KpiStanding.objects.values_list("pk", flat=True)) | set(
        KpiWords.objects.values_list("words", flat=True)
    )
    write(world)

    assert not is_right(world)
    keep(world)

    assert is_right(world)
    assert before != set(KpiStanding.objects.values_list("pk", flat=True)) | set(
        KpiWords.objects.values_list("words", flat=True)
    )


@pytest.mark.django_db
def test_a_part_counts_under_its_whole(world):
    part = KpiFactory(name="部分")
    KpiPartFactory(whole=world.industry_kpi, part=part)
    keep(world)
    create_record(
        Actual(kpi=part, fiscal_year=2019, value=Decimal(227), status=ValueStatus.FINAL.value),
        authorship=by(world.planning),
    )

    keep(world)

    assert is_right(world)
    assert counts(world)["grade:順調"] == 1


@pytest.mark.django_db
def test_falling_back_is_counted_against_the_year_before(world):
    for year, value in ((2018, 220), (2019, 200)):
        ActualFactory(kpi=world.industry_kpi, fiscal_year=year, value=Decimal(value))
    keep(world)

    assert counts(world)["fallen"] == 1
    assert counts(world)["movement:worse"] == 1


@pytest.mark.django_db
def test_a_deleted_kpi_leaves_the_counts(world):
    kpi = KpiFactory()
    placement = PlacementFactory(kpi=kpi, node=world.measure)
    ResponsibilityFactory(kpi=kpi, section=world.industry)
    keep(world)
    delete_record(placement, authorship=by(world.planning))
    delete_record(kpi, authorship=by(world.planning))

    keep(world)

    assert counts(world)["total"] == 2
    assert not KpiStanding.objects.filter(kpi_id=kpi.pk).exists()


@pytest.mark.django_db
def test_too_much_for_a_page_is_told_and_left_to_the_command(world, monkeypatch):
    keep(world)
    monkeypatch.setattr(standings, "WORTH_WAITING_FOR", 0)
    enter_figure(world)

    fresh = keep(world)

    assert not fresh.is_fresh
    assert "actual" not in counts(world)
    assert standings.catch_up(at=NOW).is_fresh
    assert counts(world)["actual"] == 1


@pytest.mark.django_db
def test_the_worker_is_asked_once_for_what_a_page_cannot_wait_for(world, as_user, monkeypatch):
    keep(world)
    monkeypatch.setattr(standings, "WORTH_WAITING_FOR", 0)
    enter_figure(world)
    client = as_user(world.planning)

    page = client.get("/plans/trial/", {"fiscal_year": 2019})

    assert "集計が追いついていません" in page.content.decode()
    assert counts(world)["actual"] == 1
    assert StandingsRead.objects.get().asked_at is None
    again = client.get("/plans/trial/", {"fiscal_year": 2019})
    assert "集計が追いついていません" not in again.content.decode()
    assert standings.claim_asking(at=NOW)
    assert not standings.claim_asking(at=NOW)


@pytest.mark.django_db
def test_a_revision_that_appears_behind_a_newer_one_is_still_read(world):
    keep(world)
    enter_figure(world)
    newest = Revision.objects.order_by("-id").first()
    StandingsRead.objects.update(last_revision=newest.pk + 1, gaps=[[newest.pk, newest.pk]])

    keep(world)

    assert counts(world)["actual"] == 1
    assert StandingsRead.objects.get().gaps == []


@pytest.mark.django_db
def test_nothing_written_costs_three_queries(world, assert_queries):
    keep(world)

    with assert_queries(3):
        keep(world)


@pytest.mark.django_db
def test_check_tells_of_a_count_that_is_wrong_and_the_command_mends_it(world, capsys):
    keep(world)
    StandingCount.objects.filter(scope="plan", audience="all").update(counts={"total": 3})
    KpiStanding.objects.filter(kpi=world.industry_kpi).update(grade="順調")

    with pytest.raises(CommandError, match="2か所"):
        call_command("rebuild_rollups", "--check")
    call_command("rebuild_rollups")
    call_command("rebuild_rollups", "--check", "--plan", "trial")

    assert "件数が違います" in capsys.readouterr().out
    assert counts(world)["total"] == 2
