"""Planning adds KPIs in the browser: several rows at once, all or none, with their history."""

from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from history.models import Revision
from strategy.models import Kpi, Plan
from tests.factories.strategy import KpiFactory, PlanNodeFactory

PAGE = "strategy:plan_kpis_add"


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


def send(client, plan, *rows, version=None, **more):
    data = {f"n.{n}.{key}": text for n, row in enumerate(rows, 1) for key, text in row.items()}
    version = Plan.objects.get(pk=plan.pk).version if version is None else version
    return client.post(reverse(PAGE, args=[plan.code]), {"version": version, "do": "save", **data, **more})


def text_of(response) -> str:
    return unescape(response.content.decode())


def test_plan_kpis_add_stores_what_people_type_with_its_history(world, client):
    row = {
        "name": "起業家の数",
        "place": "Ⅰ-１-（１）",
        "sections": "産業振興課、広報戦略課",
        "unit": "人",
        "decimals": "0",
        "direction": "↑",
        "aggregation": "累計",
        "baseline_value": "1,200人",
        "baseline_years": "H22～26",
        "t2018": "２，０００",
        "t2019": "80以上",
    }

    response = send(client, world.plan, row, {}, {"name": "店の数", "place": "創業の支援"}, why="計画の改定")

    assert response.status_code == 302
    kpi = Kpi.objects.get(name="起業家の数")
    assert (kpi.code, kpi.direction, kpi.aggregation, kpi.baseline_value) == (
        "KPI-0001",
        "up",
        "cumulative",
        Decimal(1200),
    )
    assert (kpi.baseline_first_fiscal_year, kpi.baseline_fiscal_year) == (2010, 2014)
    assert [place.node for place in kpi.placements.all()] == [world.measure]
    assert [(r.section, r.role) for r in kpi.responsibilities.order_by("position")] == [
        (world.industry, "lead"),
        (world.publicity, "co"),
    ]
    targets = [(t.fiscal_year, t.value, t.qualifier) for t in kpi.targets.order_by("fiscal_year")]
    assert targets == [(2018, 2000, "exact"), (2019, 80, "at_least")]
    assert Kpi.objects.get(name="店の数").code == "KPI-0002"
    made = Revision.objects.filter(act="created", why="計画の改定").values_list("record_type", flat=True)
    assert sorted(set(made)) == [
        "strategy.kpi",
        "strategy.placement",
        "strategy.responsibility",
        "strategy.target",
    ]


REFUSED = [
    ({"name": "", "unit": "人", "place": "Ⅰ-１-（１）"}, "指標名を入力してください"),
    ({"name": "数", "place": ""}, "位置（施策の番号か名称）を入力してください"),
    ({"name": "数", "place": "Ⅸ-９-（９）"}, "この計画にこの番号・名称の項目はありません"),
    ({"name": "数", "place": "Ⅰ-１-（１）", "sections": "ない課"}, "課室「ない課」が組織にありません"),
    ({"name": "数", "place": "Ⅰ-１-（１）", "code": "番号１"}, "半角の英数字"),
    ({"name": "数", "place": "Ⅰ-１-（１）", "code": "TAKEN"}, "番号「TAKEN」は「先の指標」が使っています"),
    ({"name": "数", "place": "Ⅰ-１-（１）", "direction": "斜め"}, "方向は"),
    ({"name": "数", "place": "Ⅰ-１-（１）", "unit": "人", "t2019": "12件"}, "R1目標"),
    ({"name": "数", "place": "Ⅰ-１-（１）", "baseline_value": "=1+1"}, "基準値"),
]


@pytest.mark.parametrize(("row", "told"), REFUSED)
def test_plan_kpis_add_refuses_all_and_keeps_what_was_typed(world, client, row, told):
    KpiFactory(code="TAKEN", name="先の指標")
    before = Kpi.objects.count()

    response = send(client, world.plan, {"name": "良い指標", "place": "1-1-1"}, row)

    page = text_of(response)
    assert response.status_code == 422
    assert "2行目の" in page
    assert told in page
    assert 'value="良い指標"' in page
    assert Kpi.objects.count() == before


def test_plan_kpis_add_refuses_one_number_twice(world, client):
    row = {"name": "数", "place": "1-1-1", "code": "A-1"}

    response = send(client, world.plan, row, {**row, "name": "別の数"})

    assert response.status_code == 422
    assert "同じ番号が表の中に二つあります" in text_of(response)


def test_plan_kpis_add_sent_twice_adds_once(world, client):
    row = {"name": "数", "place": "1-1-1"}
    send(client, world.plan, row, version=1)

    response = send(client, world.plan, row, version=1)

    assert response.status_code == 409
    assert "同じ名前の指標（KPI-0001）があります" in text_of(response)
    assert Kpi.objects.filter(name="数").count() == 1


def test_plan_kpis_add_checks_without_writing(world, client):
    before = Revision.objects.count()

    response = send(
        client, world.plan, {"name": "数", "place": "1-1-1", "unit": "人", "t2019": "2千"}, do="check"
    )

    assert response.status_code == 200
    assert "→ 2,000人" in text_of(response)
    assert Revision.objects.count() == before


def test_plan_kpis_add_skips_a_free_number_that_a_row_states(world, client):
    place = {"place": "1-1-1"}

    send(client, world.plan, {"name": "甲", **place}, {"name": "乙", "code": "KPI-0001", **place})

    assert dict(Kpi.objects.filter(name__in="甲乙").values_list("name", "code")) == {
        "甲": "KPI-0002",
        "乙": "KPI-0001",
    }


def test_plan_kpis_add_says_nothing_typed(world, client):
    assert "指標名を入力してください" in text_of(send(client, world.plan))


def test_plan_kpis_add_takes_the_place_it_was_asked_for_at(world, client):
    response = client.get(reverse(PAGE, args=["trial"]), {"node": world.measure.pk})

    assert response.context["table"].rows[0].cells[2].text == str(world.measure)


@pytest.mark.parametrize("count", [1, 3])
def test_plan_kpis_add_asks_the_same_number_of_queries(world, client, assert_queries, count):
    PlanNodeFactory.create_batch(count, plan=world.plan)
    KpiFactory.create_batch(count)

    with assert_queries(10):
        client.get(reverse(PAGE, args=["trial"]))
