"""What was imported comes out as a workbook or a CSV, goes in again and comes out the same."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importers.pipeline.documents import FIXTURES, imported, program, programs, strategy, truth

pytestmark = pytest.mark.django_db


def run(*args):
    """Call a command; return what it prints."""
    out = io.StringIO()
    call_command(*map(str, args), stdout=out)
    return out.getvalue()


def records(kind):
    """Return what the export gives."""
    return json.loads(run("export", kind))


def through_a_file(kind, form, path, *options):
    """Export records into a file, take back their import, import the file; return what comes out now."""
    file = path / f"{kind}.{form}"
    with transaction.atomic():
        yield
        before = records(kind)
        run("export", kind, "--format", form, "--out", file)
        transaction.set_rollback(True)
    with transaction.atomic():
        counts = json.loads(run(f"import_{kind}", file, *options, "--apply", "--json"))["counts"]
        after = records(kind)
        transaction.set_rollback(True)
    assert counts["refused"] == 0
    assert after == before


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_strategy_of_the_sample_survives_a_file(tmp_path, form):
    for _ in through_a_file("strategy", form, tmp_path):
        imported(strategy(*truth("strategy.json")))


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_strategy_of_the_city_survives_a_file(tmp_path, form):
    for _ in through_a_file("strategy", form, tmp_path):
        run("import_strategy", FIXTURES / "tsukuba" / "tsukuba_strategy_kpi.txt", "--apply")


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_programs_of_the_sample_survive_a_file(tmp_path, form):
    for _ in through_a_file("programs", form, tmp_path, "--fiscal-year", "R6"):
        imported(programs(*truth("programs.json")))


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_actuals_of_the_sample_survive_a_file(tmp_path, form):
    run("import_strategy", FIXTURES / "midoridai" / "strategy.xlsx", "--apply")

    for _ in through_a_file("actuals", form, tmp_path):
        run("import_actuals", FIXTURES / "midoridai" / "actuals.xlsx", "--apply")


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_bounds_and_ranges_of_targets_survive_a_file(tmp_path, form):
    source, file = tmp_path / "source.csv", tmp_path / f"actuals.{form}"
    source.write_text(
        "指標,単位,R6目標,R6実績\n満足度,％,80以上,79\n犯罪,件,480以下,495\n人口,人,10～20,15\n評価,,現状維持,－\n",
        "utf-8",
    )
    run("import_actuals", source, "--apply")
    run("export", "actuals", "--format", form, "--out", file)

    counts = json.loads(run("import_actuals", file, "--json"))["counts"]

    assert counts == {"new": 0, "changed": 0, "same": 4, "review": 0, "refused": 0}


# Whole sentences: a text of dashes alone is a document's way to say that there is none.
SENTENCE = st.text(
    st.sampled_from("市民の会議を開く１2ABｱ㈱（）、・～Ⅰ=+@'\"<&,\n"), min_size=1, max_size=20
).map(lambda text: f"{text.strip()}を行う。")
ROW = st.tuples(SENTENCE, st.none() | SENTENCE, st.none() | SENTENCE)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROW, min_size=1, max_size=6))
def test_programs_of_any_text_survive_a_workbook(tmp_path_factory, rows):
    made = [
        program(number, purpose=purpose, summary=summary, results=results)
        for number, (purpose, summary, results) in enumerate(rows, start=1)
    ]

    for _ in through_a_file("programs", "xlsx", tmp_path_factory.mktemp("trip"), "--fiscal-year", "R6"):
        imported(programs(*made))
