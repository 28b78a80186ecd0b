"""The table of all definitions: saving in place, all or nothing, and pasting from Excel."""

import pytest
from django.urls import reverse

from history.models import Revision
from strategy.models import Kpi
from tests.factories.strategy import KpiFactory, PlacementFactory

pytestmark = pytest.mark.django_db
GRID = "strategy:kpi_definition_grid"
PROPOSED = {"confidence": "0.70", "reason": "名前からの推定です。", "alternatives": []}


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


@pytest.fixture
def blanks(world) -> list[Kpi]:
    """Return two KPIs of which only the name is known, first in the plan."""
    kpis = [KpiFactory(undefined=True, name=name) for name in ("待機児童数", "医療費")]
    for kpi in kpis:
        PlacementFactory(kpi=kpi, node=world.goal, position=0)
    return kpis


def sent(client, typed: dict[str, str], **more: str) -> dict[str, str]:
    """Return what a browser sends: the whole table with some cells typed over."""
    rows = client.get(reverse(GRID)).context["sheet"].rows
    shown = {cell.name: cell.text for row in rows for cell in row.cells}
    assert set(typed) <= set(shown)
    return shown | typed | {row.base_name: row.base for row in rows} | more


def test_kpi_definition_grid_saves_the_cells_of_several_kpis(client, blanks):
    first, second = blanks
    typed = {
        f"c.{first.pk}.unit": "人",
        f"c.{first.pk}.direction": "下向き",
        f"c.{first.pk}.t2019": "０人",
        f"c.{second.pk}.unit": "千円",
        f"c.{second.pk}.baseline_value": "1,200万円",
    }

    response = client.post(reverse(GRID), sent(client, typed))

    first.refresh_from_db()
    second.refresh_from_db()
    assert response.status_code == 302
    assert (first.unit, first.direction, first.targets.get().value) == ("人", "down", 0)
    assert (second.unit, second.baseline_value, second.targets.count()) == ("千円", 12000, 0)
    assert set(Revision.objects.values_list("record_id", flat=True).filter(record_type="strategy.kpi")) == {
        first.pk,
        second.pk,
    }


def test_kpi_definition_grid_saves_nothing_while_one_cell_is_refused(client, blanks):
    first, second = blanks
    typed = {f"c.{first.pk}.unit": "人", f"c.{second.pk}.direction": "良い方"}

    response = client.post(reverse(GRID), sent(client, typed))

    assert response.status_code == 422
    assert "医療費の方向" in response.content.decode()
    assert 'value="良い方"' in response.content.decode()
    assert Revision.objects.count() == 0


def test_kpi_definition_grid_shows_a_clash_and_keeps_other_peoples_cells(client, blanks):
    first, second = blanks
    mine = sent(client, {f"c.{first.pk}.unit": "名", f"c.{second.pk}.unit": "円"})
    client.post(reverse(GRID), sent(client, {f"c.{first.pk}.unit": "人", f"c.{first.pk}.decimals": "0"}))

    response = client.post(reverse(GRID), mine)

    states = {cell.name: cell.state for row in response.context["sheet"].rows for cell in row.cells}
    assert response.status_code == 409
    assert states[f"c.{first.pk}.unit"] == "clash"
    assert states[f"c.{first.pk}.decimals"] == "theirs"
    assert Kpi.objects.get(pk=second.pk).unit == ""


def test_kpi_definition_grid_asks_for_a_reason_once_a_round_has_opened(client, world):
    data = sent(client, {f"c.{world.industry_kpi.pk}.t2019": "300"})

    assert client.post(reverse(GRID), data).status_code == 422
    assert client.post(reverse(GRID), data | {"reason": "見直し"}).status_code == 302


def test_kpi_definition_grid_confirms_what_is_ticked_and_leaves_the_rest(client, blanks):
    first, second = blanks[:2]
    for kpi in (first, second):
        Kpi.objects.filter(pk=kpi.pk).update(
            direction="up", unconfirmed={"direction": PROPOSED, "responsibilities": PROPOSED}
        )
    ticks = {"confirm": [f"c.{first.pk}.direction", f"m.{second.pk}.responsibilities"]}

    response = client.post(reverse(GRID), {**sent(client, {}), **ticks})

    left = {kpi.pk: set(kpi.unconfirmed) for kpi in Kpi.objects.filter(pk__in=[first.pk, second.pk])}
    assert response.status_code == 302
    assert left == {first.pk: {"responsibilities"}, second.pk: {"direction"}}


def test_kpi_definition_grid_confirms_a_whole_page_at_once(client, blanks):
    Kpi.objects.filter(pk__in=[kpi.pk for kpi in blanks]).update(
        direction="up", unconfirmed={"direction": PROPOSED, "responsibilities": PROPOSED}
    )

    response = client.post(reverse(GRID), sent(client, {}, do="confirm"))

    assert response.status_code == 302
    assert [kpi.unconfirmed for kpi in Kpi.objects.filter(pk__in=[kpi.pk for kpi in blanks])] == [{}] * len(
        blanks
    )


def test_kpi_definition_grid_costs_the_same_for_two_and_four_kpis(client, world, assert_queries):
    for _ in range(2):
        # session, user, roles, posts, plans, placements, parts, targets, responsibilities, parts
        with assert_queries(11):
            client.get(reverse(GRID))
        for _ in range(2):
            PlacementFactory(node=world.measure)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_planning_pastes_a_block_from_excel(world, blanks, open_as, assert_accessible):
    first, second = blanks
    page = open_as(world.planning, reverse(GRID))
    assert_accessible(page)
    cell = page.locator(f"#c-{first.pk}-unit")
    cell.focus()
    block = '人\t0\t下向き\t累計\r\n千円\t1\t良い方\t"年度末"\r\n'
    page.evaluate(
        """([id, text]) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
            document.getElementById(id).dispatchEvent(event);
        }""",
        [f"c-{first.pk}-unit", block],
    )

    page.get_by_text("8個のセルに貼り付けました").wait_for()
    page.get_by_text("→ 計画期間の累計").wait_for()
    page.get_by_text("方向は 上向き、下向き、維持、参考値 のどれかで").wait_for()
    assert page.locator(f"#c-{second.pk}-aggregation").input_value() == "年度末"
    page.locator(f"#c-{second.pk}-direction").fill("下向き")
    page.locator(f"#c-{second.pk}-direction").press("Enter")  # moves down instead of sending the form
    page.keyboard.press("Control+s")
    page.get_by_text("保存しました").wait_for()

    found = list(
        Kpi.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk").values_list("unit", "aggregation")
    )
    assert found == [("人", "cumulative"), ("千円", "year_end")]
