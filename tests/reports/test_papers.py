"""Papers say what is published, each set once, with the demo's mark on every page."""

import io
from decimal import Decimal

import openpyxl
import pypdf
import pytest
from django.urls import reverse

from programs.models import ProgramSheet
from reports.paper import typeset
from reports.paper.typeset import Template, kept_file, kept_pdf
from reports.selectors import papers
from reports.selectors.papers import papers_folder
from reports.services import publish_round
from reports.tasks import keep_report
from strategy.models import Plan
from tests.factories.evaluations import ActualFactory
from tests.reports.published_pages import authorship, end_round, finalise

pytestmark = pytest.mark.django_db
A3_LANDSCAPE = (1191, 842)


@pytest.fixture
def made(world):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191), note="=1+1")
    finalise(world.industry_sheet)
    end_round(world.round)
    return publish_round(collection=world.round, authorship=authorship(world))


@pytest.fixture
def made_of_programs(world):
    ProgramSheet.objects.filter(pk=world.industry_program.pk).update(results="成果は1,234件であった。")
    finalise(world.industry_evaluation)
    end_round(world.program_round)
    return publish_round(collection=world.program_round, authorship=authorship(world))


def read(client, name, *args) -> pypdf.PdfReader:
    response = client.get(reverse(f"reports:{name}", args=args))
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return pypdf.PdfReader(io.BytesIO(response.content))


def text_of(reader: pypdf.PdfReader) -> str:
    return "".join(page.extract_text() for page in reader.pages).replace("\n", "").replace(" ", "")


def test_measure_summary_holds_the_figures_of_its_kpis(made, world, client):
    text = text_of(read(client, "public_node_paper", made.pk, "trial", world.goal.ascii_code))

    assert world.industry_kpi.name in text
    assert "191人" in text
    assert "23.4％" in text


def test_list_stands_on_a3_across(made, world, client):
    reader = read(client, "public_list_paper", made.pk, "trial")

    size = reader.pages[0].mediabox
    assert (round(size.width), round(size.height)) == A3_LANDSCAPE
    assert "191人" in text_of(reader)


def test_program_sheet_holds_its_texts(made_of_programs, world, client):
    key = str(world.industry_program.program.number)

    text = text_of(read(client, "public_program_paper", made_of_programs.pk, key))

    assert world.industry_program.name.replace(" ", "") in text
    assert "成果は1,234件であった。" in text


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("public_report", (999_999,)),
        ("public_report_book", (999_999,)),
        ("public_list_paper", (999_999, "trial")),
        ("public_program_paper", (999_999, "5")),
        ("public_node_paper", (999_999, "trial", "1")),
    ],
)
def test_paper_of_what_is_not_published_is_absent(made, client, name, args):
    assert client.get(reverse(f"reports:{name}", args=args)).status_code == 404


def test_report_book_holds_figures_as_numbers_and_no_formula(made, world, client):
    response = client.get(reverse("reports:public_report_book", args=[made.pk]))

    book = openpyxl.load_workbook(io.BytesIO(response.content))
    rows = [list(row) for row in book["指標の年度値"].iter_rows(values_only=True)]
    found = {row[rows[0].index("年度（西暦）")]: row for row in rows[1:]}[2019]
    assert found[rows[0].index("実績値")] == 191
    assert found[rows[0].index("進捗率")] == 0.234043
    assert found[rows[0].index("注記")] == "=1+1"
    assert [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ] == []
    assert [sheet.title for sheet in book] == [
        "概要",
        "目標ごと",
        "指標の年度値",
        "指標の定義と評価",
        "公表と訂正",
    ]


EMPTY_LIST = {"title": "一覧", "city": "", "period": "", "demo": False, "goals": []}


def test_a_paper_is_set_once_and_again_when_its_words_change(tmp_path):
    first = kept_pdf(Template.LIST, EMPTY_LIST, tmp_path)
    kept_file(Template.LIST, EMPTY_LIST, tmp_path).write_bytes(b"kept")

    again = kept_pdf(Template.LIST, EMPTY_LIST, tmp_path)
    other = kept_pdf(Template.LIST, {**EMPTY_LIST, "title": "別の一覧"}, tmp_path)

    assert first[:5] == other[:5] == b"%PDF-"
    assert again == b"kept"


def test_only_so_many_papers_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(typeset, "MOST_KEPT", 2)

    for number in range(4):
        kept_pdf(Template.LIST, {**EMPTY_LIST, "title": str(number)}, tmp_path)

    assert len(list(tmp_path.glob("*.pdf"))) == 2
    assert list(tmp_path.glob("*.part")) == []


def test_a_long_report_is_set_behind_a_page(made, client, monkeypatch):
    monkeypatch.setattr(papers, "MOST_AT_ONCE", 0)
    address = reverse("reports:public_report", args=[made.pk])

    waiting = client.get(address)
    keep_report.func(made.pk)
    sent = client.get(address)

    assert (waiting.status_code, waiting["Refresh"]) == (202, "5")
    assert "報告書を作っています" in waiting.content.decode()
    assert (sent.status_code, sent.content[:5]) == (200, b"%PDF-")


def test_publishing_sets_the_report_before_anybody_asks(world, as_user, django_capture_on_commit_callbacks):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191))
    finalise(world.industry_sheet)
    end_round(world.round)

    with django_capture_on_commit_callbacks(execute=True):
        as_user(world.planning).post(reverse("reports:publication_create", args=[world.round.pk]))

    made = world.round.publications.get()
    assert kept_file(Template.REPORT, papers.report_words(made), papers_folder()).exists()


def test_every_page_of_a_demo_report_says_so(world, client):
    Plan.objects.filter(pk=world.plan.pk).update(is_demo=True)
    finalise(world.industry_sheet)
    end_round(world.round)
    made = publish_round(collection=world.round, authorship=authorship(world))

    reader = read(client, "public_report", made.pk)

    assert len(reader.pages) >= 4
    assert all("デモデータ（架空の値）" in page.extract_text() for page in reader.pages)


def test_every_paper_keeps_the_standard_for_readers_who_listen(made, made_of_programs, world, client):
    key = str(world.industry_program.program.number)
    papers = (
        ("public_report", made.pk),
        ("public_report", made_of_programs.pk),
        ("public_kpi_paper", made.pk, world.industry_kpi.code),
        ("public_program_paper", made_of_programs.pk, key),
        ("public_node_paper", made.pk, "trial", world.goal.ascii_code),
        ("public_list_paper", made.pk, "trial"),
    )

    roots = [read(client, *paper).trailer["/Root"] for paper in papers]

    # Only a paper after PDF/UA-1 says that a window shows its title and not its file's name.
    assert [bool(root["/ViewerPreferences"].get("/DisplayDocTitle")) for root in roots] == [True] * 6


def test_no_paper_shows_grades_of_a_proposed_scheme_as_settled(made, world, client):
    type(world.plan.rating_scheme).objects.update(is_proposal=True)
    again = publish_round(collection=world.round, amendment="区分の案", authorship=authorship(world))
    papers = (
        ("public_report", again.pk),
        ("public_kpi_paper", again.pk, world.industry_kpi.code),
        ("public_node_paper", again.pk, "trial", world.goal.ascii_code),
        ("public_list_paper", again.pk, "trial"),
    )

    texts = [text_of(read(client, *paper)) for paper in papers]

    assert ["しきい値は案であり" in text for text in texts] == [True] * 4


def test_words_that_the_standard_forbids_are_set_all_the_same():
    made = typeset.pdf(Template.LIST, {**EMPTY_LIST, "title": "\ue000\U0010ffff😀", "demo": True})

    assert made[:5] == b"%PDF-"


def test_report_tells_its_corrections(made, world, client):
    again = publish_round(
        collection=world.round, amendment="基準値の誤りを直した", authorship=authorship(world)
    )

    text = text_of(read(client, "public_report", again.pk))

    assert "公表と訂正の記録" in text
    assert text.count("基準値の誤りを直した") == 2
    assert "はじめての公表" in text


def test_the_sheet_of_a_kpi_warns_of_rates_that_mislead(world, client):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(-5))
    finalise(world.industry_sheet)
    end_round(world.round)
    made = publish_round(collection=world.round, authorship=authorship(world))

    text = text_of(read(client, "public_kpi_paper", made.pk, world.industry_kpi.code))

    assert "負の値があるため、達成率（実績値÷目標値）は良し悪しを表しません。" in text
