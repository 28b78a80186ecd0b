"""A plan's roll-up by a scheme, and its score where planning has set points and weights."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.selectors.scores import plan_scores
from history.services import Authorship, change_record
from reports.services.standings import differences
from strategy.models import RatingBand
from strategy.selectors.schemes import scheme_of
from tests.evaluations.test_scheme_pages import sent
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import KpiFactory, PlacementFactory, PlanNodeFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme(world):
    """The world's three bands with 2, 1 and 0 points."""
    for position, points in ((1, 2), (2, 1), (3, 0)):
        RatingBand.objects.filter(scheme=world.plan.rating_scheme, position=position).update(points=points)
    return scheme_of(world.plan.rating_scheme)


def scored(world, scheme):
    found = plan_scores(world.plan, scheme, fiscal_year=2019, viewer=world.planning)
    return {str(line.node or "計画"): (line.words, line.rolled.total) for line in found.lines}, found


def test_plan_scores_weigh_each_kpi_once_in_every_node(world, scheme):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)  # 順調: 2 points
    late = KpiFactory(name="遅れた指標")
    TargetFactory(kpi=late)
    ActualFactory(kpi=late, fiscal_year=2019, value=10)  # 遅れている: 0 points
    PlacementFactory(kpi=late, node=world.measure, weight=Decimal(3))
    PlacementFactory(kpi=late, node=world.goal)

    words, found = scored(world, scheme)

    # 2×1 + 0×3 over 4; the KPI without a figure is left out, not counted as 0
    assert words == {
        "計画": ("0.5", 3),
        "Ⅰ 活力のあるまち": ("0.5", 3),
        "Ⅰ-１": ("0.5", 3),
        "Ⅰ-１-（１） 創業の支援": ("0.5", 3),
    }
    assert found.lines[0].score.left_out == 1
    assert {each.kpi.name: (each.points_words, each.weight_words) for each in found.kpis} == {
        "創業者数": ("2", "1"),
        "ホームページ閲覧数": ("－", "1"),
        "遅れた指標": ("0", "3"),
    }


def test_plan_scores_propose_the_effect_of_a_grant_program(world, scheme):
    grant = PlanNodeFactory(plan=world.plan, level="grant", name="交付金")
    for value in (227, 190):
        kpi = KpiFactory()
        TargetFactory(kpi=kpi)
        ActualFactory(kpi=kpi, fiscal_year=2019, value=value)
        PlacementFactory(kpi=kpi, node=grant)

    _, found = scored(world, scheme)

    effects = {str(line.node): line.effect.band.label for line in found.lines if line.effect}
    assert effects == {"交付金": "相当程度効果があった"}


def test_plan_scores_without_points_are_counts_only(world):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)

    words, found = scored(world, scheme_of(world.plan.rating_scheme))

    assert not found.has_points
    assert set(words.values()) == {("－", 2)}


def test_plan_scores_ask_the_same_number_of_queries(world, scheme, assert_queries):
    for _ in range(2):
        PlacementFactory(kpi=KpiFactory(), node=world.measure)
        # placements, parts, nodes, parts again, targets, breaks, actuals
        with assert_queries(7):
            plan_scores(world.plan, scheme, fiscal_year=2019, viewer=None)


def test_rating_scheme_edit_keeps_points_and_refuses_some_only(world, as_user, scheme):
    client = as_user(world.planning)
    pk = world.plan.rating_scheme_id
    address = reverse("strategy:rating_scheme_edit", args=[pk])

    some = client.post(address, sent(client, pk, **{"bands-1-points": ""}, do="save"))
    whole = client.post(address, sent(client, pk, **{"bands-0-points": "１０"}, do="save"))

    assert (some.status_code, whole.status_code) == (422, 302)
    assert "点数のない区分があります（「概ね順調」）" in some.content.decode()
    new = RatingBand.objects.filter(scheme__version=2).order_by("position")
    assert [int(band.points) for band in new] == [10, 1, 0]


def test_rating_scheme_detail_shows_score_points_and_weights(world, as_user, scheme):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)

    text = (
        as_user(world.planning)
        .get(reverse("strategy:rating_scheme_detail", args=[world.plan.rating_scheme_id]))
        .content.decode()
    )

    assert "順調＝2点、概ね順調＝1点、遅れている＝0点" in text
    assert "指標ごとの点と重み" in text


# --- on the dashboards: from the kept counts ----------------------------------------------------------------


@pytest.fixture
def weighed(world, scheme):
    """順調 with weight 1, 遅れている with weight 3, and one without weight that counts for nothing."""
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)
    for name, value, weight in (("遅れた指標", 10, Decimal(3)), ("数えない指標", 227, Decimal(0))):
        kpi = KpiFactory(name=name)
        TargetFactory(kpi=kpi)
        ActualFactory(kpi=kpi, fiscal_year=2019, value=value)
        PlacementFactory(kpi=kpi, node=world.measure, weight=weight)
    return world


def test_dashboards_show_the_score_of_the_kept_counts_with_points_and_weights(weighed, scheme, as_user):
    client, asked = as_user(weighed.planning), {"fiscal_year": 2019}
    of_page = plan_scores(weighed.plan, scheme, fiscal_year=2019, viewer=weighed.planning)

    board = client.get(weighed.plan.get_absolute_url(), asked)
    goal = client.get(weighed.goal.get_absolute_url(), asked)
    measure = client.get(weighed.measure.get_absolute_url(), asked)

    lines = {line.node: line.score for line in of_page.lines}
    assert board.context["board"].tally.score == lines[None]
    assert [line.tally.score for line in board.context["board"].lines] == [
        lines[line.node] for line in board.context["board"].lines
    ]
    for page, node in ((goal, weighed.goal), (measure, weighed.measure)):
        assert page.context["tally"].score == lines[node]
    for page in (board, goal, measure):
        text = page.content.decode()
        assert "重み付きの点数 <strong>0.5</strong>点" in text
        assert "順調＝2点、概ね順調＝1点、遅れている＝0点" in text
        assert "重みの合計：順調 1、遅れている 3" in text
    assert {row.kpi.name: row.weight_words for row in measure.context["rows"]} == {
        "創業者数": "1",
        "ホームページ閲覧数": "1",
        "遅れた指標": "3",
        "数えない指標": "0",
    }


def test_dashboards_without_points_show_no_score(world, as_user):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=227)

    page = as_user(world.planning).get(world.plan.get_absolute_url(), {"fiscal_year": 2019})

    assert page.context["board"].tally.score is None
    assert "点数" not in page.content.decode()


def test_kept_scores_follow_a_weight(weighed, as_user):
    client, asked = as_user(weighed.planning), {"fiscal_year": 2019}
    client.get(weighed.plan.get_absolute_url(), asked)
    by = Authorship(by=weighed.planning, at=datetime(2026, 4, 1, tzinfo=UTC))

    change_record(weighed.industry_kpi.placements.get(), {"weight": Decimal("1.5")}, authorship=by)

    tally = client.get(weighed.plan.get_absolute_url(), asked).context["board"].tally
    assert round(tally.score.value, 6) == Decimal("0.666667")  # (2×1.5 + 0×3) over 4.5
    assert differences(plan=weighed.plan) == []
