"""Every file that is given away keeps the rules, whatever texts stand in it."""

import io
import json
from decimal import Decimal

import pypdf
import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluations.models import Actual
from programs.models import ProgramSheet
from reports.calculations.published import from_json
from reports.paper.words import kpi_data
from reports.services import publish_round
from tests.factories.evaluations import ActualFactory
from tests.reports.open_data_rules import csv_rows, faults_of_csv, faults_of_workbook
from tests.reports.published_pages import authorship, crawl, end_round, finalise

pytestmark = pytest.mark.django_db
HOSTILE = ("=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "＝１＋１", "＋１", "－１人", "＠a")
UNWRITABLE = "①髙﨑㎡😀𠮷〜葛\U000e0100"


@pytest.fixture
def published(world):
    """Publish both rounds with texts that spreadsheets and old encodings stumble over."""
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=Decimal("0.00000001"), note=HOSTILE[0])
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=Decimal("-191.50"), note="\n=1")
    kpi = world.industry_kpi
    kpi.name, kpi.unit, kpi.rationale, kpi.method = f"=名称{UNWRITABLE}", "=人", "\n".join(HOSTILE), "\t=1"
    kpi.save()
    texts = {"purpose": "＝目的", "summary": "-概要", "results": "あ" * 40_000}
    ProgramSheet.objects.filter(pk=world.industry_program.pk).update(name="@事業", **texts)
    for sheet in (world.industry_sheet, world.industry_evaluation):
        finalise(sheet)
    for collection in (world.round, world.program_round):
        end_round(collection)
        publish_round(collection=collection, authorship=authorship(world))
    return world


def faults_of_file(address: str, content: bytes) -> list[str]:
    ascii_names = "/data/" in address
    if address.endswith(".cp932.csv"):
        found = faults_of_csv(content, "cp932", ascii_names=ascii_names)
    elif address.endswith(".csv"):
        found = faults_of_csv(content, ascii_names=ascii_names)
    elif address.endswith(".xlsx"):
        found = faults_of_workbook(content, ascii_names=ascii_names)
    else:
        return []
    return [f"{address}: {fault}" for fault in found]


def test_every_public_file_keeps_the_rules(published, client):
    files = {
        address: response.content
        for address, response in crawl(client).items()
        if address.endswith((".csv", ".xlsx"))
    }

    assert len(files) > 40
    assert [fault for address, content in files.items() for fault in faults_of_file(address, content)] == []


def test_every_file_of_the_static_folder_keeps_the_rules(published, tmp_path):
    call_command("publish_static", tmp_path / "site", stdout=io.StringIO())

    files = [file for file in (tmp_path / "site").rglob("*") if file.suffix in {".csv", ".xlsx"}]
    assert len(files) > 40
    assert [fault for file in files for fault in faults_of_file(str(file), file.read_bytes())] == []


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("kpi_list_file", ("trial",)),
        ("plan_values_file", ("trial",)),
        ("program_list_file", ()),
    ],
)
@pytest.mark.parametrize("form", ["csv", "cp932.csv", "xlsx"])
def test_lists_taken_away_keep_the_rules(published, as_user, name, args, form):
    address = reverse(f"reports:{name}", args=[*args, form])

    response = as_user(published.planning).get(address)

    assert response.status_code == 200
    assert faults_of_file(address, response.content) == []


def test_csv_cp932_json_and_workbook_hold_the_same(published, client):
    made = published.round.publications.get()

    def table(form: str) -> bytes:
        return client.get(reverse("reports:public_data_file", args=[made.pk, "kpis", form])).content

    utf, old = csv_rows(table("csv"), "utf-8-sig"), csv_rows(table("cp932.csv"), "cp932")
    found = json.loads(table("json"))
    assert old == [[_as_old(cell) for cell in row] for row in utf]
    assert [[_as_csv(row[name]) for name in utf[0]] for row in found["rows"]] == utf[1:]
    assert found["rows"][0]["kpi_name"] == f"=名称{UNWRITABLE}"


def _as_old(text: str) -> str:
    for piece in ("葛\U000e0100", "😀", "𠮷", "〜"):
        text = text.replace(piece, "〓")
    return text


def _as_csv(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return (
        f"'{text}"
        if text.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"))
        else text
    )


def test_small_numbers_never_stand_as_powers_of_ten(published, client):
    made = published.round.publications.get()

    for form in ("csv", "json"):
        text = client.get(
            reverse("reports:public_data_file", args=[made.pk, "kpi_values", form])
        ).content.decode()
        assert "0.00000001" in text
        assert "E-" not in text


def test_metadata_say_licence_date_encoding_and_every_column(published, client):
    made = published.round.publications.get()

    def rows(key: str) -> list[dict[str, str]]:
        address = reverse("reports:public_data_file", args=[made.pk, key, "json"])
        return client.get(address).json()["rows"]

    about = {row["key"]: row["value"] for row in rows("metadata")}
    assert (about["licence"], about["fiscal_year"], about["edition_code"]) == ("CC BY 4.0", 2019, "final")
    assert about["published_at"].startswith("2026-09-01")
    columns = {(row["dataset"], row["column"]) for row in rows("columns")}
    header = csv_rows(
        client.get(reverse("reports:public_data_file", args=[made.pk, "kpi_values", "csv"])).content,
        "utf-8-sig",
    )[0]
    assert {("kpi_values", name) for name in header} <= columns


def test_every_paper_is_tagged_titled_and_says_the_figures(published, client):
    Actual.objects.filter(kpi=published.industry_kpi).update(note="")
    papers = {
        address: pypdf.PdfReader(io.BytesIO(response.content))
        for address, response in crawl(client).items()
        if address.endswith(".pdf")
    }

    assert len(papers) >= 7
    for address, paper in papers.items():
        root = paper.trailer["/Root"]
        marks = (root["/Lang"], bool(root["/MarkInfo"]["/Marked"]), "/StructTreeRoot" in root)
        assert marks == ("ja", True, True), address
        assert paper.metadata.title, address
    made = published.round.publications.get()
    kpi = from_json(made.content).plans[0].kpi(published.industry_kpi.code)
    paper = papers[reverse("reports:public_kpi_paper", args=[made.pk, kpi.code])]
    text = "".join(page.extract_text() for page in paper.pages).replace("\n", "").replace(" ", "")
    said = [
        year[name]
        for year in kpi_data(kpi, 2019)["years"]
        for name in ("label", "target", "actual", "progress", "achievement")
    ]
    assert [words for words in said if words.replace(" ", "") not in text] == []
