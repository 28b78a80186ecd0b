"""Every text that nobody decided to publish carries a canary; none sings anywhere the public can go."""

import io
import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from evaluations.models import Actual, KpiSheet, MeasureOpinion, ProgramEvaluation
from reports import urls as reports_urls
from reports.enums import Choice
from reports.services import choose_publication, publish_round
from tests.factories.evaluations import ActualFactory, FieldCommentFactory, RoundQuestionFactory
from tests.factories.programs import ProgramCostFactory, ProgramLinkFactory
from tests.reports.published_pages import (
    authorship,
    crawl,
    end_round,
    finalise,
    public_pages,
    words_in,
    words_of,
)

pytestmark = pytest.mark.django_db

APPS = ("organization", "strategy", "programs", "evaluations", "importers")
# What a publication is made of. Everything else is nobody's business.
PUBLIC = {
    "organization.bureau": {"name"},
    "organization.section": {"name"},
    "strategy.plan": {"name", "code", "summary"},
    "strategy.plannode": {"name", "code", "ascii_code", "description"},
    "strategy.kpi": {"name", "code", "unit", "baseline_text", "rationale", "method", "statistic_source"},
    "strategy.target": {"word"},
    "strategy.ratingscheme": {"name", "code"},
    "strategy.ratingband": {"label", "symbol", "colour", "pattern", "sentence"},
    "strategy.nojudgementlabel": {"label"},
    "programs.program": set(),
    "programs.programsheet": {"name", "former_name", "purpose", "summary", "results"},
    "evaluations.round": {"name"},
    "evaluations.roundquestion": {"label", "key"},
    "evaluations.actual": {"note"},
    "evaluations.kpisheet": {"answers"},
    "evaluations.programevaluation": {"answers"},
}
SONG = re.compile(r"カナリア[\w.]*")


@pytest.fixture
def filled(world):
    """Have one row at least of everything that could sing, and two finished rounds."""
    ActualFactory(kpi=world.industry_kpi, value=191)
    ActualFactory(kpi=world.publicity_kpi, value=27182)
    FieldCommentFactory(kpi_sheet=world.industry_sheet)
    ProgramCostFactory(sheet=world.industry_program)
    ProgramLinkFactory(program=world.industry_program.program, kpi=world.industry_kpi, node=None)
    for collection in (world.round, world.program_round):
        RoundQuestionFactory(round=collection, key="inner", is_public=False)
    for sheet in (world.industry_sheet, world.industry_evaluation):
        finalise(sheet, answers={"inner": "カナリア.内部の回答"})
    KpiSheet.objects.filter(pk=world.publicity_sheet.pk).update(answers={"factors": "カナリア.未確定の回答"})
    end_round(world.round)
    end_round(world.program_round)
    return world


def plant() -> set[str]:
    """Write a canary into every text that is not published; return where."""
    planted = set()
    for model in (model for name in APPS for model in apps.get_app_config(name).get_models()):
        label = model._meta.label_lower
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            if not is_text or field.primary_key or field.name in PUBLIC.get(label, set()):
                continue
            if _write(model, field, f"カナリア.{label}.{field.name}"):
                planted.add(f"{label}.{field.name}")
    return planted


def _write(model, field, song: str) -> bool:
    rows = model._default_manager.order_by().values_list("pk", flat=True)
    written = False
    for number, pk in enumerate(rows):
        text = song[: (field.max_length or 200) - 3] + f"{number}"
        try:
            with transaction.atomic():
                written |= model._default_manager.filter(pk=pk).update(**{field.name: text}) == 1
        except IntegrityError:
            continue
    return written


def api_answers(client, world) -> str:
    """Return what every address of the read API says to anybody."""
    arguments = {
        "api_plan": [world.plan.code],
        "api_node_list": [world.plan.code],
        "api_kpi": [world.industry_kpi.code],
        "api_series": [world.industry_kpi.code],
        "api_program": [world.program_round.fiscal_year, str(world.industry_program.program.number)],
    }
    names = [route.name for route in reports_urls.urlpatterns if (route.name or "").startswith("api_")]
    answers = {}
    for name in names:
        response = client.get(reverse(f"reports:{name}", args=arguments.get(name, [])))
        assert response.status_code == 200, name
        answers[name] = response.content.decode()
    assert len(answers) >= 8
    return "\n".join(answers.values())


KINDS = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".cp932.csv": "text/csv; charset=Shift_JIS",
}


def words_of_files(folder) -> str:
    """Return what every file of a folder says, and how it is called."""
    texts = []
    for file in (file for file in folder.rglob("*") if file.is_file()):
        kind = next((KINDS[end] for end in KINDS if file.name.endswith(end)), "text")
        is_font = file.suffix in {".ttf", ".woff2"}
        texts.append(f"{file}\n{'' if is_font else words_in(file.read_bytes(), kind)}")
    assert len(texts) > 20
    return "\n".join(texts)


def answers_to_wrong_questions(client, world) -> str:
    """Return what pages say that refuse, find nothing, or are not for the public."""
    code, kpi = world.plan.code, world.industry_kpi.code
    addresses = [
        "/public/search/?q=回答",
        "/public/search/?q=%00%22%3E&page=9999",
        "/public/search/?q=内部",
        f"/public/plans/{code}/1999/",
        f"/public/plans/{code}/2019/nodes/none/",
        f"/public/plans/{code}/2019/kpis/none/",
        "/public/programs/1999/1/",
        "/public/papers/999999/none.pdf",
        "/public/data/999999/kpis.csv",
        f"/api/v1/kpis/{kpi}/series/?limit=0",
        f"/api/v1/kpis/{kpi}/series/?plan=none",
        "/api/v1/programs/?fiscal_year=x",
        "/robots.txt",
        "/sitemap.xml",
        *(
            reverse(f"reports:{name}", args=args)
            for name, args in (
                ("kpi_detail", [kpi]),
                ("plan_detail", [code]),
                ("node_detail", [world.measure.pk]),
                ("program_detail", [world.industry_program.pk]),
                ("publication_create", [world.round.pk]),
                ("publication_preview", [world.round.pk]),
                ("publication_report", [world.round.pk]),
                ("publication_kpi", [world.round.pk, kpi]),
                ("publication_node", [world.round.pk, code, world.measure.ascii_code]),
            )
        ),
    ]
    responses = [client.get(address, follow=True) for address in addresses]
    assert {response.status_code for response in responses} <= {200, 400, 404}
    return "\n".join(words_of(response) for response in responses)


def test_no_canary_sings_where_the_public_goes(filled, client, tmp_path):
    planted = plant()
    for collection in (filled.round, filled.program_round):
        publish_round(collection=collection, authorship=authorship(filled))

    text = public_pages(client)
    call_command("publish_static", tmp_path / "site", stdout=io.StringIO())
    static = words_of_files(tmp_path / "site")

    answers = api_answers(client, filled)

    wrong = answers_to_wrong_questions(client, filled)

    assert {song for words in (text, static, answers, wrong) for song in SONG.findall(words)} == set()
    assert "27,182" not in answers
    assert "27182" not in answers
    assert {
        "evaluations.kpisheet.planning_comment",
        "evaluations.kpisheet.return_reason",
        "evaluations.kpisheet.decision_note",
        "evaluations.programevaluation.committee_opinion",
        "evaluations.fieldcomment.text",
        "organization.user.display_name",
        "programs.programlink.reason",
        "programs.programcost.budget_code",
        "strategy.kpi.note",
    } <= planted
    assert "27,182" not in text
    assert "191" in text


def test_the_songs_are_heard_where_they_are_let_out(filled, client):
    finalise(filled.industry_sheet, answers={"inner": "カナリア.聞こえる"})
    filled.round.questions.filter(key="inner").update(is_public=True)
    publish_round(collection=filled.round, authorship=authorship(filled))

    assert SONG.findall(public_pages(client)) != []
    assert ProgramEvaluation.objects.exists()


CHOSEN = ("factors", "notes", "rationale", "method")


def choose_all(world, choice: Choice, summary: str = "") -> None:
    """Keep back or shorten every text of the KPI, the program and the measure."""
    for record, fields in (
        ({"kpi": world.industry_kpi}, CHOSEN),
        ({"program": world.industry_program.program}, ("purpose", "summary", "results", "factors")),
        ({"node": world.measure}, ("description", "opinion", "reply")),
    ):
        choose_publication(
            collection=world.program_round if "program" in record else world.round,
            chosen=dict.fromkeys(fields, (choice, summary)),
            authorship=authorship(world),
            **record,
        )


@pytest.fixture
def singing(filled):
    """Have a canary in every text that may be kept back, so that only the choices keep it from the public."""
    kpi, sheet, node = filled.industry_kpi, filled.industry_program, filled.measure
    kpi.rationale, kpi.method = "カナリア.根拠", "カナリア.方法"
    kpi.save()
    Actual.objects.filter(kpi=kpi).update(note="カナリア.注記")
    sheet.purpose, sheet.summary, sheet.results = "カナリア.目的", "カナリア.概要", "カナリア.成果"
    sheet.save()
    node.description = "カナリア.説明"
    node.save()
    MeasureOpinion.objects.create(
        round=filled.round, node=node, opinion="カナリア.意見", reply="カナリア.返事", version=1
    )
    for collection, target in ((filled.round, "kpi"), (filled.program_round, "program")):
        RoundQuestionFactory(round=collection, key="factors", target=target, is_public=True)
    for sheet in (filled.industry_sheet, filled.industry_evaluation):
        finalise(sheet, answers={"factors": "カナリア.要因"})
    return filled


@pytest.mark.parametrize(("choice", "summary"), [(Choice.HIDDEN, ""), (Choice.SUMMARY, "短い文")])
def test_what_is_kept_back_or_shortened_sings_nowhere(singing, client, tmp_path, choice, summary):
    choose_all(singing, choice, summary)

    for collection in (singing.round, singing.program_round):
        publish_round(collection=collection, authorship=authorship(singing))

    call_command("publish_static", tmp_path / "site", stdout=io.StringIO())
    everything = [public_pages(client), api_answers(client, singing), words_of_files(tmp_path / "site")]
    assert {song for words in everything for song in SONG.findall(words)} == set()
    assert ("（要約）短い文" in everything[0]) is (choice is Choice.SUMMARY)


def test_what_was_public_is_gone_from_every_address_when_it_is_kept_back(singing, client):
    made = [
        publish_round(collection=each, authorship=authorship(singing))
        for each in (singing.round, singing.program_round)
    ]
    before = crawl(client)
    assert len({song for page in before.values() for song in SONG.findall(words_of(page))}) >= 9
    choose_all(singing, Choice.HIDDEN)

    for publication in made:
        publish_round(collection=publication.round, amendment="一部を非公開", authorship=authorship(singing))

    still = {address: client.get(address) for address in before}
    assert {song for page in still.values() for song in SONG.findall(words_of(page))} == set()
    numbers = "|".join(str(each.pk) for each in made)
    old = [
        address for address in before if re.match(rf"/public/(papers|reports|data)/({numbers})[./]", address)
    ]
    assert len(old) > 20
    assert {still[address].status_code for address in old} == {404}
    assert set(SONG.findall(public_pages(client) + api_answers(client, singing))) == set()
