"""Every table that is given away keeps the state's rules for machine-readable data."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from evaluations.enums import RoundState, SheetState
from evaluations.models import Round
from history.services import Authorship
from reports.calculations.open_data import data_sets
from reports.models import Publication
from reports.selectors.publications import content_of
from reports.services import publish_round
from tests.factories.evaluations import ActualFactory

pytestmark = pytest.mark.django_db
KEYS = [
    "kpi_values",
    "kpi_grades",
    "kpis",
    "kpi_sections",
    "plan_nodes",
    "plan_placements",
    "plan_opinions",
    "programs",
    "codes",
    "columns",
    "metadata",
]


@pytest.fixture
def published(world) -> Publication:
    ActualFactory(kpi=world.industry_kpi, value=Decimal("1234.5"), fiscal_year=2018)
    ActualFactory(kpi=world.industry_kpi, value=None, status="pending", fiscal_year=2019, note="=1+1")
    type(world.industry_sheet).objects.filter(pk=world.industry_sheet.pk).update(state=SheetState.FINALISED)
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.FINALISED)
    world.round.refresh_from_db()
    return publish_round(
        collection=world.round, authorship=Authorship(by=world.planning, at=datetime(2026, 9, 1, tzinfo=UTC))
    )


def fetch(client, publication, key, form) -> bytes:
    response = client.get(reverse("reports:public_data_file", args=[publication.pk, key, form]))
    assert response.status_code == 200
    return response.content


def table(content: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


@pytest.mark.parametrize("key", KEYS)
def test_every_table_has_one_header_row_with_unique_ascii_names_and_even_rows(client, published, key):
    header, *rows = table(fetch(client, published, key, "csv"))

    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in header)
    assert len(set(header)) == len(header)
    assert {len(row) for row in rows} <= {len(header)}
    assert rows or key in {"programs", "plan_opinions"}


def test_values_are_plain_numbers_with_status_and_unit_apart(client, published):
    header, *rows = table(fetch(client, published, "kpi_values", "csv"))
    lines = [dict(zip(header, row, strict=True)) for row in rows]

    assert all(re.fullmatch(r"-?\d+(\.\d+)?|", line["value"]) for line in lines)
    actuals = {
        line["fiscal_year"]: (line["value"], line["status_code"], line["unit"], line["fiscal_year_era"])
        for line in lines
        if line["item_code"] == "actual"
    }
    assert actuals == {
        "2018": ("1234.5", "final", "人", "平成30年度"),
        "2019": ("", "pending", "人", "令和元年度"),
    }


def test_every_code_used_stands_in_the_code_table(client, published):
    codes = {(row[0], row[1]) for row in table(fetch(client, published, "codes", "csv"))[1:]}
    header, *rows = table(fetch(client, published, "kpi_values", "csv"))

    for row in rows:
        line = dict(zip(header, row, strict=True))
        assert ("item", line["item_code"]) in codes
        assert not line["status_code"] or ("value_status", line["status_code"]) in codes
        assert ("edition", line["edition_code"]) in codes


def test_formulas_are_inert_in_csv_and_workbook(client, published):
    text = fetch(client, published, "kpi_values", "csv").decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(fetch(client, published, "all", "xlsx")))

    assert ",=1+1" not in text
    assert "'=1+1" in text
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert [sheet.merged_cells.ranges for sheet in book] == [set()] * len(KEYS)


def test_json_holds_the_same_as_csv(client, published):
    header, *rows = table(fetch(client, published, "kpi_values", "csv"))
    found = json.loads(fetch(client, published, "kpi_values", "json"))

    assert [column["key"] for column in found["columns"]] == header
    as_json = [
        ["" if row[name] is None else str(row[name]).replace("=1+1", "'=1+1") for name in header]
        for row in found["rows"]
    ]
    assert as_json == rows


def test_cp932_on_request(client, published):
    content = fetch(client, published, "kpis", "cp932.csv")

    assert table(content, "cp932")[1][2] == "創業者数"


@pytest.mark.parametrize(("key", "form"), [("nothing", "csv"), ("all", "csv"), ("kpis", "xlsx")])
def test_unknown_table_is_not_found(client, published, key, form):
    address = reverse("reports:public_data_file", args=[published.pk, key, form])

    assert client.get(address).status_code == 404


def test_dictionary_explains_every_column(world, published, client):
    page = client.get(reverse("reports:public_data")).content.decode()

    for found in data_sets(content_of(world.round)):
        for column in found.columns:
            assert f">{column.key}</th>" in page
