"""The samples in every form they come in, through the commands and out again."""

import io
import json
import unicodedata

import pytest
from django.core.management import CommandError, call_command

from programs.models import ProgramSheet
from tests.importers.pipeline.documents import FIXTURES, truth

pytestmark = pytest.mark.django_db

SAMPLES = FIXTURES / "midoridai"
BROKEN = FIXTURES / "broken"


def run(*args):
    """Call a command; return the JSON it prints."""
    out = io.StringIO()
    call_command(*map(str, args), stdout=out)
    return json.loads(out.getvalue())


def loosely(value):
    """Return a value as the samples' README compares: after NFKC and without white space."""
    if isinstance(value, str):
        return "".join(unicodedata.normalize("NFKC", value).split())
    if isinstance(value, list):
        return [loosely(item) for item in value]
    if isinstance(value, dict):
        return {name: loosely(item) for name, item in value.items()}
    return value


@pytest.mark.parametrize("form", ["txt", "csv", "xlsx", "pdf"])
def test_programs_come_out_like_the_truth(form):
    run("import_programs", SAMPLES / f"programs_r6.{form}", "--fiscal-year", "R6", "--apply", "--json")

    assert loosely(run("export", "programs")) == loosely(truth("programs.json"))


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_strategy_comes_out_like_the_truth(form):
    run("import_strategy", SAMPLES / f"strategy.{form}", "--apply", "--json")

    assert loosely(run("export", "strategy")) == loosely(truth("strategy.json"))


def test_programs_in_another_form_change_no_more_than_spelling():
    run("import_programs", SAMPLES / "programs_r6.csv", "--fiscal-year", "R6", "--apply", "--json")

    for form in ("txt", "xlsx", "pdf"):
        printed = run("import_programs", SAMPLES / f"programs_r6.{form}", "--fiscal-year", "R6", "--json")
        told = [w["code"] for row in printed["rows"] for w in row["warnings"] if row["outcome"] != "same"]
        assert printed["counts"]["new"] == 0
        assert set(told) <= {"spelling", "changed"}


def test_actuals_come_out_like_the_truth_twice():
    run("import_strategy", SAMPLES / "strategy.xlsx", "--apply", "--json")
    first = run("import_actuals", SAMPLES / "actuals.xlsx", "--apply", "--json")
    again = run("import_actuals", SAMPLES / "actuals.xlsx", "--apply", "--json")

    stored = {(r["kpi"], r["fiscal_year"]): r for r in run("export", "actuals")}
    expected = {
        (row["kpi"], int(year)): (figures["target"], figures["actual"])
        for row in truth("actuals.json")["rows"]
        for year, figures in row["years"].items()
        if figures["target"] is not None or figures["status"] != "missing" or figures.get("raw_actual")
    }
    assert {key: (r["target"], r["actual"]) for key, r in stored.items()} == expected
    assert first["counts"]["refused"] == 0
    assert set(again["counts"]) - {"same"} == {name for name, n in again["counts"].items() if n == 0}


@pytest.mark.parametrize(
    "case", json.loads((BROKEN / "manifest.json").read_text(encoding="utf-8")), ids=lambda case: case["file"]
)
def test_broken_samples_are_refused_in_one_sentence_or_told(case):
    run("import_programs", SAMPLES / "programs_r6.csv", "--fiscal-year", "R6", "--apply", "--json")
    before = ProgramSheet.objects.count()
    command = (
        ["import_actuals"] if case["looks_like"] == "actuals" else ["import_programs", "--fiscal-year=R5"]
    )

    if case["expect"] == "reject":
        with pytest.raises(CommandError) as refusal:
            run(*command, BROKEN / case["file"], "--apply")
        assert case["file"] in str(refusal.value)
        assert str(refusal.value).count("。") == 1
        assert ProgramSheet.objects.count() == before
        return
    printed = run(*command, BROKEN / case["file"], "--apply", "--json")
    assert len(printed["rows"]) == case["rows"]
    assert sum(printed["counts"].values()) == case["rows"]


def test_broken_duplicate_numbers_names_both_rows_and_writes_neither():
    printed = run(
        "import_programs", BROKEN / "duplicate_numbers.csv", "--fiscal-year", "R6", "--apply", "--json"
    )

    told = [w["message"] for row in printed["rows"] for w in row["warnings"]]
    assert sum("事業番号12" in text and "4行目" in text and "10行目" in text for text in told) == 2
    assert sum("事業番号20" in text and "8行目" in text and "11行目" in text for text in told) == 2
    assert not ProgramSheet.objects.filter(program__number__in=[12, 20]).exists()
    assert printed["counts"]["refused"] == 4


def test_broken_unknown_section_is_named():
    run("import_programs", SAMPLES / "programs_r6.csv", "--fiscal-year", "R6", "--apply", "--json")

    printed = run("import_programs", BROKEN / "unknown_section.csv", "--fiscal-year", "R7", "--json")

    unknown, empty = printed["rows"][2], printed["rows"][6]
    assert [w["code"] for w in unknown["warnings"] if w["field"] == "section"] == ["section_unknown"]
    assert "空飛ぶクルマ準備室" in json.dumps(unknown["warnings"], ensure_ascii=False)
    assert (unknown["outcome"], empty["outcome"]) == ("review", "review")
    assert any("空" in w["message"] and w["field"] == "section" for w in empty["warnings"])
