"""Pages of definitions: the list with what is missing, parts, sections."""

import pytest
from django.urls import reverse

from strategy.models import Kpi
from tests.factories.organization import SectionFactory
from tests.factories.strategy import (
    KpiFactory,
    KpiPartFactory,
    PlacementFactory,
    PlanFactory,
    PlanNodeFactory,
    ResponsibilityFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db
LIST = "strategy:kpi_definition_list"
PROPOSED = {"confidence": "0.70", "reason": "名前からの推定です。", "alternatives": []}


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


def add_kpi(node, **fields) -> Kpi:
    kpi = KpiFactory(**fields)
    PlacementFactory(kpi=kpi, node=node)
    ResponsibilityFactory(kpi=kpi)
    TargetFactory(kpi=kpi)
    return kpi


def shown(response) -> list[str]:
    return [row.kpi.name for row in response.context["page"]]


def test_kpi_definition_list_costs_the_same_for_two_and_five_kpis(client, world, assert_queries):
    for more in (0, 3):
        for _ in range(more):
            kpi = add_kpi(world.measure)
            KpiPartFactory(whole=kpi)
        # session, user, roles, memberships, plans, placements, parts, targets, responsibilities, parts, nodes
        with assert_queries(11):
            response = client.get(reverse(LIST))
    assert len(response.context["page"].object_list) == 2 + 3 * 2


def test_kpi_definition_list_shows_each_kpi_once_in_the_documents_order_with_its_parts(client, world):
    first = add_kpi(world.goal, name="二つの場所の指標")
    PlacementFactory(kpi=first, node=world.measure)
    KpiPartFactory(whole=first, part__name="内訳の指標")

    response = client.get(reverse(LIST))

    assert shown(response) == ["創業者数", "ホームページ閲覧数", "二つの場所の指標", "内訳の指標"]


def test_kpi_definition_list_counts_what_is_missing(client, world):
    add_kpi(world.goal, undefined=True, unconfirmed={"direction": PROPOSED})

    counts = client.get(reverse(LIST)).context["counts"]

    assert (counts.total, counts.complete, counts.not_judgeable, counts.to_review) == (3, 0, 1, 1)
    assert {gap.value: number for gap, number in counts.gaps} == {
        "unit": 1,
        "direction": 1,
        "aggregation": 1,
        "baseline": 1,
        "decimals": 1,
        "rationale": 3,
        "method": 3,
        "final_note": 3,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"gap": "unit"}, ["無定義"]),
        ({"gap": "judge"}, ["無定義"]),
        ({"gap": "none"}, ["完全"]),
        ({"review": "on"}, ["無定義"]),
        ({"q": "ホームページ　閲覧"}, ["ホームページ閲覧数"]),
        ({"q": "ﾎｰﾑﾍﾟｰｼﾞ"}, ["ホームページ閲覧数"]),
        ({"node": "goal"}, ["創業者数", "ホームページ閲覧数", "無定義"]),
        ({"node": "other"}, ["完全"]),
        ({"section": "publicity"}, ["ホームページ閲覧数"]),
        (
            {"gap": "emperor", "node": "x", "section": "-1"},
            ["創業者数", "ホームページ閲覧数", "無定義", "完全"],
        ),
        ({"q": "どこにもない"}, []),
    ],
)
def test_kpi_definition_list_finds(client, world, query, expected):
    other = PlanNodeFactory(plan=world.plan)
    add_kpi(world.goal, name="無定義", undefined=True, unconfirmed={"direction": PROPOSED})
    add_kpi(other, name="完全", rationale="計画", method="集計", final_note="8月")
    ids = {"goal": world.goal.pk, "other": other.pk, "publicity": world.publicity.pk}

    response = client.get(reverse(LIST), {name: ids.get(value, value) for name, value in query.items()})

    assert shown(response) == expected


def test_kpi_definition_list_chooses_the_plan_asked_for(client):
    other = PlanFactory(code="other")
    add_kpi(PlanNodeFactory(plan=other), name="別の計画の指標")

    assert shown(client.get(reverse(LIST), {"plan": "other"})) == ["別の計画の指標"]


def test_administrator_reads_and_does_not_write(world, as_user):
    client = as_user(world.administrator)
    edit = reverse("strategy:kpi_parts_edit", args=[world.industry_kpi.code])

    assert "保存" not in client.get(edit).content.decode().split("<main")[1]
    assert client.post(edit, {}).status_code == 403


# --- parts and sections -------------------------------------------------------------------------------


def formset(prefix: str, rows: list[dict], initial: int = 0) -> dict[str, str]:
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(initial)}
    return data | {f"{prefix}-{n}-{name}": str(v) for n, row in enumerate(rows) for name, v in row.items()}


def test_kpi_parts_edit_saves_what_people_type(client, world):
    kpi, part = world.industry_kpi, world.publicity_kpi
    address = reverse("strategy:kpi_parts_edit", args=[kpi.code])
    data = (
        formset(
            "parts",
            [{"part": f"{part.code} {part.name}", "kind": "addend", "weight": "２"}, {"kind": "addend"}],
        )
        | formset(
            "breaks", [{"fiscal_year": "平成29年度", "reason": "調査の変更", "baseline_value": "1,200人"}]
        )
        | {"predecessor": "", "predecessor_reason": "", "version": "1", "why": "合計の内訳"}
    )

    response = client.post(address, data)

    assert response.status_code == 302
    assert [(p.part_id, p.weight) for p in kpi.parts.all()] == [(part.pk, 2)]
    assert [(b.fiscal_year, b.baseline_value) for b in kpi.breaks.all()] == [(2017, 1200)]


def test_kpi_parts_edit_keeps_what_was_typed_when_it_is_refused(client, world):
    address = reverse("strategy:kpi_parts_edit", args=[world.industry_kpi.code])
    data = (
        formset("parts", [{"part": "ない指標", "kind": "addend"}])
        | formset("breaks", [{"fiscal_year": "いつか", "reason": "調査の変更"}])
        | {"predecessor": "", "predecessor_reason": "", "version": "1"}
    )

    response = client.post(address, data)

    page = response.content.decode()
    assert response.status_code == 422
    assert "この番号・名前の指標はありません" in page
    assert 'value="ない指標"' in page
    assert 'value="いつか"' in page
    assert world.industry_kpi.parts.count() == 0


def test_kpi_parts_edit_on_an_old_version_shows_both(client, world):
    kpi, part = world.industry_kpi, world.publicity_kpi
    KpiPartFactory(whole=kpi, part__name="先に保存された内訳")
    Kpi.objects.filter(pk=kpi.pk).update(version=2)
    data = (
        formset("parts", [{"part": part.code, "kind": "addend"}])
        | formset("breaks", [])
        | {"predecessor": "", "predecessor_reason": "", "version": "1"}
    )

    response = client.post(reverse("strategy:kpi_parts_edit", args=[kpi.code]), data)

    page = response.content.decode()
    assert response.status_code == 409
    assert "先に保存された内訳" in page
    assert f'value="{part.code}"' in page
    assert kpi.parts.count() == 1


def test_kpi_responsibilities_edit_saves_sections_with_years(client, world):
    kpi = world.industry_kpi
    held = kpi.responsibilities.get()
    section = SectionFactory(name="新しい課")
    rows = [
        {"pk": held.pk, "section": held.section_id, "role": "lead", "years": "H29まで"},
        {"section": section.pk, "role": "lead", "years": "H30から"},
        {"role": "lead"},
    ]

    response = client.post(
        reverse("strategy:kpi_responsibilities_edit", args=[kpi.code]),
        formset("rows", rows, initial=1) | {"version": "1", "why": "機構改革"},
    )

    stored = [(r.section.name, r.first_fiscal_year, r.last_fiscal_year) for r in kpi.responsibilities.all()]
    assert response.status_code == 302
    assert stored == [("産業振興課", None, 2017), ("新しい課", 2018, None)]


def test_kpi_responsibilities_edit_takes_a_section_away_only_when_ticked(client, world):
    kpi = world.industry_kpi
    held = kpi.responsibilities.get()
    address = reverse("strategy:kpi_responsibilities_edit", args=[kpi.code])
    row = {"pk": held.pk, "section": "", "role": "lead"}

    emptied = client.post(address, formset("rows", [row], initial=1) | {"version": "1"})
    ticked = client.post(
        address, formset("rows", [row | {"remove": "on"}], initial=1) | {"version": "1", "why": "廃止"}
    )

    assert (emptied.status_code, ticked.status_code) == (422, 302)
    assert kpi.responsibilities.count() == 0
