"""The read API: published things for everybody, one's own view inside, described, paged, with ETags."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.enums import SheetState
from reports.calculations.api_description import ADDRESSES, openapi
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import KpiFactory, PlacementFactory
from tests.rights_table import issue

pytestmark = pytest.mark.django_db

CANARY = "ひみつの下書き"


def get(client, name, *arguments, **query):
    return client.get(reverse(f"reports:{name}", args=arguments), query)


def read(client, name, *arguments, **query):
    response = get(client, name, *arguments, **query)
    assert response.status_code == 200
    return response.json()


def unpublished(world):
    """Fill everything that is not published with canaries: a plan, a KPI, figures, texts of programs."""
    ActualFactory(kpi=world.publicity_kpi, value=31415, note=CANARY)
    hidden = KpiFactory(name=CANARY, code="HIDDEN", rationale=CANARY, method=CANARY)
    PlacementFactory(kpi=hidden)
    plan = hidden.placements.get().node.plan
    type(plan).objects.filter(pk=plan.pk).update(name=CANARY, summary=CANARY)
    for sheet in (world.industry_program, world.publicity_program):
        type(sheet).objects.filter(pk=sheet.pk).update(purpose=CANARY, summary=CANARY, results=CANARY)
    return plan


# --- for everybody ------------------------------------------------------------------------------------------


def test_the_public_reads_what_is_published(world):
    ActualFactory(kpi=world.industry_kpi, value=227)
    issue(world)
    client = Client()

    plans = read(client, "api_plan_list")
    series = read(client, "api_series", world.industry_kpi.code)

    assert [plan["code"] for plan in plans["results"]] == ["trial"]
    (year,) = series["results"]
    assert (year["fiscal_year"], year["value"], year["progress_rate"], year["grade"]) == (
        2019,
        "227",
        "1",
        "順調",
    )
    nodes = read(client, "api_node_list", "trial")["results"]
    assert [node["parent"] for node in nodes if node["ascii_code"] == "1-1-1"] == ["1-1"]
    assert read(client, "api_publication_list")["count"] == 1


def test_nothing_is_there_before_a_publication(world):
    ActualFactory(kpi=world.industry_kpi)
    client = Client()

    assert [
        read(client, name)["count"] for name in ("api_plan_list", "api_kpi_list", "api_program_list")
    ] == [
        0,
        0,
        0,
    ]
    for name, argument in (("api_plan", "trial"), ("api_kpi", world.industry_kpi.code)):
        response = get(client, name, argument)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def addresses(world, plan):
    """Return every address of the API that could lead to the canaries."""
    for code in (plan.code, "trial"):
        yield reverse("reports:api_plan", args=[code])
        yield reverse("reports:api_node_list", args=[code])
    for code in ("HIDDEN", world.industry_kpi.code, world.publicity_kpi.code):
        yield reverse("reports:api_kpi", args=[code])
        yield reverse("reports:api_series", args=[code])
    for sheet in (world.industry_program, world.publicity_program):
        yield reverse("reports:api_program", args=[sheet.fiscal_year, sheet.program.number])
    for address in ADDRESSES:
        if "{" not in address.path:
            yield reverse(f"reports:{address.name}")


def test_no_address_shows_anything_unpublished(world):
    issue(world)
    plan = unpublished(world)
    client = Client()

    for address in addresses(world, plan):
        text = client.get(address).content.decode()
        assert CANARY not in text, address
        assert "31415" not in text, address


def test_a_correction_is_read_only_once_it_is_published(world):
    ActualFactory(kpi=world.industry_kpi, value=227)
    issue(world)
    type(world.industry_kpi).objects.filter(pk=world.industry_kpi.pk).update(name=CANARY)

    assert CANARY not in get(Client(), "api_kpi", world.industry_kpi.code).content.decode()


# --- inside -------------------------------------------------------------------------------------------------


def test_people_inside_read_what_their_pages_show(world, as_user):
    ActualFactory(kpi=world.industry_kpi, value=31415)
    own, other = as_user(world.of_industry.clerk), as_user(world.of_publicity.clerk)

    assert "31415" in get(own, "api_series", world.industry_kpi.code).content.decode()
    assert "31415" not in get(other, "api_series", world.industry_kpi.code).content.decode()
    assert read(other, "api_kpi_list", plan="trial")["count"] == 2
    type(world.industry_sheet).objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.FINALISED)
    assert "31415" in get(other, "api_series", world.industry_kpi.code).content.decode()


def test_texts_of_a_program_at_work_are_null_for_others(world, as_user):
    sheet = world.industry_program
    type(sheet).objects.filter(pk=sheet.pk).update(results=CANARY)
    key = str(sheet.program.number)

    assert read(as_user(world.of_industry.clerk), "api_program", 2024, key)["results"] == CANARY
    assert read(as_user(world.of_publicity.clerk), "api_program", 2024, key)["results"] is None


@pytest.mark.parametrize(
    ("name", "queries"),
    [("api_kpi_list", 6), ("api_node_list", 6), ("api_program_list", 7)],
)
def test_lists_ask_the_same_number_of_queries(world, as_user, assert_queries, name, queries):
    client = as_user(world.planning)
    arguments = ["trial"] if name == "api_node_list" else []
    get(client, name, *arguments)

    for _ in range(2):
        with assert_queries(queries):
            get(client, name, *arguments)
        PlacementFactory.create_batch(3, node=world.measure)


# --- the protocol -------------------------------------------------------------------------------------------


def test_an_unchanged_answer_is_not_sent_again(world, as_user):
    client = as_user(world.planning)
    first = get(client, "api_plan_list")

    again = client.get(reverse("reports:api_plan_list"), headers={"If-None-Match": first["ETag"]})
    world.plan.name = "改めた計画"
    world.plan.save()
    changed = client.get(reverse("reports:api_plan_list"), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert changed.status_code == 200


def test_browsers_of_signed_in_people_lend_their_rights_to_nobody(world, as_user):
    outside, inside = get(Client(), "api_plan_list"), get(as_user(world.planning), "api_plan_list")

    assert outside["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in inside
    assert "private" in inside["Cache-Control"]
    assert "Cookie" in inside["Vary"]


def test_lists_are_cut_into_pages_that_lead_on(world, as_user):
    client = as_user(world.planning)
    seen, address = [], reverse("reports:api_code_list") + "?limit=20"
    while address:
        page = client.get(address).json()
        seen += [(row["table"], row["code"]) for row in page["results"]]
        address = page["next"]

    assert len(seen) == len(set(seen)) == page["count"] > 40


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "-1"},
        {"offset": "１"},
        {"offset": "9" * 10},
        {"limit": "x"},
    ],
)
def test_wrong_parameters_are_told(world, query):
    response = get(Client(), "api_plan_list", **query)

    assert response.status_code == 400
    assert re.search("整数で指定", response.json()["message"])


# --- described ----------------------------------------------------------------------------------------------


def kind_of(value):
    kinds = {bool: "boolean", int: "integer", str: "string", list: "array", type(None): "null"}
    return kinds[type(value)]


def test_every_address_is_described_and_answers_as_described(world, as_user):
    ActualFactory(kpi=world.industry_kpi, value=227)
    issue(world)
    described = read(Client(), "api_openapi")
    schemas = described["components"]["schemas"]
    program = world.industry_program
    values = {"code": "trial", "fiscal_year": program.fiscal_year, "key": program.program.number}

    for path, operations in described["paths"].items():
        values["code"] = world.industry_kpi.code if path.startswith("/kpis") else "trial"
        answer = as_user(world.planning).get("/api/v1" + path.format(**values))
        assert answer.status_code == 200, path
        name = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].split(
            "/"
        )[-1]
        data = answer.json()
        record = schemas[name.removesuffix("List")]
        for row in data["results"] if name.endswith("List") else [data]:
            assert set(row) == set(record["required"]), path
            for key, value in row.items():
                kinds = record["properties"][key]["type"]
                assert kind_of(value) in ([kinds] if isinstance(kinds, str) else kinds), (path, key)


def test_the_description_names_every_address_of_the_urlconf():
    from reports.urls import urlpatterns

    served = {pattern.name for pattern in urlpatterns if (pattern.name or "").startswith("api_")}

    assert served == {address.name for address in ADDRESSES} | {"api_docs", "api_openapi"}
    assert json.dumps(openapi("/api/v1/"))


def test_the_page_that_describes_it_names_every_address_and_field(world):
    page = get(Client(), "api_docs").content.decode()

    for address in ADDRESSES:
        assert f"<code>{address.path}</code>" in page
        assert f'id="{address.record_name}"' in page
