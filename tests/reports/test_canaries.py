"""Every text that nobody decided to publish carries a canary; none sings anywhere the public can go."""

import io
import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from evaluations.models import KpiSheet, ProgramEvaluation
from reports import urls as reports_urls
from reports.services import publish_round
from tests.factories.evaluations import ActualFactory, FieldCommentFactory, RoundQuestionFactory
from tests.factories.programs import ProgramCostFactory, ProgramLinkFactory
from tests.reports.published_pages import authorship, end_round, finalise, public_pages

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


def test_no_canary_sings_where_the_public_goes(filled, client, tmp_path):
    planted = plant()
    for collection in (filled.round, filled.program_round):
        publish_round(collection=collection, authorship=authorship(filled))

    text = public_pages(client)
    call_command("publish_static", tmp_path / "site", stdout=io.StringIO())
    files = [file for file in (tmp_path / "site").rglob("*") if file.suffix in {".html", ".csv", ".json"}]
    static = "\n".join(file.read_bytes().decode("utf-8", errors="replace") for file in files)

    answers = api_answers(client, filled)

    assert set(SONG.findall(text)) | set(SONG.findall(static)) | set(SONG.findall(answers)) == set()
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
