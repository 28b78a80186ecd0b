"""The import and export commands as scripts use them."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from importers.models import ImportRun
from programs.models import Program
from tests.importers.pipeline.documents import FIXTURES, imported, program, programs, strategy, truth

pytestmark = pytest.mark.django_db

PROGRAMS = str(FIXTURES / "midoridai" / "programs_r6.txt")


def run(*args, **options):
    """Call a command; return what it prints."""
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def squeezed(records):
    """Take white space out of all texts, as the truth is written."""
    return [
        {key: "".join(v.split()) if isinstance(v, str) else v for key, v in record.items()}
        for record in records
    ]


def test_import_programs_preview_prints_the_interface_object_and_writes_nothing():
    printed = json.loads(run("import_programs", PROGRAMS, "--fiscal-year", "R6", "--json"))

    assert list(printed) == ["file", "kind", "sha256", "counts", "rows", "errors"]
    assert (printed["file"], printed["kind"]) == ("programs_r6.txt", "programs")
    assert list(printed["counts"]) == ["new", "changed", "same", "review", "refused"]
    assert sum(printed["counts"].values()) == len(printed["rows"]) == 32
    first = printed["rows"][0]
    assert list(first) == ["location", "outcome", "confidence", "fields", "warnings"]
    assert list(first["fields"]) == [
        "order", "number", "name", "bureau", "section", "purpose", "summary", "results",
    ]  # fmt: skip
    assert Program.objects.count() == 0


def test_import_programs_apply_twice_then_export_gives_the_truth_back():
    run("import_programs", PROGRAMS, "--fiscal-year", "R6", "--apply")

    again = json.loads(run("import_programs", PROGRAMS, "--fiscal-year", "令和6年度", "--apply", "--json"))
    exported = json.loads(run("export", "programs", "--fiscal-year", "2024"))

    assert again["counts"]["same"] == 32
    assert squeezed(exported) == truth("programs.json")
    assert ImportRun.objects.count() == 1


def test_import_programs_report_is_in_japanese_and_adds_up():
    report = run("import_programs", PROGRAMS, "--fiscal-year", "R6")

    assert "読み取った行 32 ＝ 新規" in report
    assert "（計 32）" in report
    assert "何も書き込んでいません" in report


def test_import_programs_wrong_year_is_wrong_usage():
    with pytest.raises(CommandError, match="年度「来年」を読めません") as refusal:
        run("import_programs", PROGRAMS, "--fiscal-year", "来年")

    assert refusal.value.returncode == 2


def test_import_programs_missing_file_is_refused():
    with pytest.raises(CommandError, match="ファイルがありません") as refusal:
        run("import_programs", "no/such/file.txt", "--fiscal-year", "R6", "--apply")

    assert refusal.value.returncode == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00broken", b"PK\x03\x04", "りんご\n".encode()])
def test_import_programs_bad_file_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)

    with pytest.raises(CommandError) as refusal:
        run("import_programs", str(path), "--fiscal-year", "R6", "--apply")

    message = str(refusal.value)
    assert "bad.txt" in message
    assert "\n" not in message
    assert refusal.value.returncode == 1
    assert ImportRun.objects.count() == 0


def test_import_programs_refused_with_json_prints_the_errors(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"")
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("import_programs", str(path), "--fiscal-year", "R6", "--json", stdout=out)

    printed = json.loads(out.getvalue())
    assert printed["rows"] == []
    assert len(printed["errors"]) == 1


def as_process(data, *args):
    """Run a command as a script does, on an installation of its own whose database is still empty."""
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=Path(__file__).parents[3],
        env={"DATA_DIR": str(data), "PATH": "/usr/bin", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "args", [("import_programs", PROGRAMS, "--fiscal-year", "R6"), ("export", "actuals")]
)
def test_command_without_a_prepared_database_says_what_to_do(tmp_path, args):
    done = as_process(tmp_path, *args)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "データベースの準備ができていません。先に「python manage.py migrate」を実行してください。\n"
    )


def test_import_programs_as_a_process_tells_one_sentence_and_exits_with_1(tmp_path):
    done = as_process(tmp_path, "import_programs", str(tmp_path / "ない.txt"), "--fiscal-year", "R6")

    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "ない.txt" in done.stderr
    assert "Error" not in done.stderr


# --- export -----------------------------------------------------------------------------------------------


def test_export_strategy_is_what_went_in():
    imported(strategy(*truth("strategy.json")))

    assert json.loads(run("export", "strategy")) == truth("strategy.json")


def test_export_strategy_of_several_plans_asks_which():
    imported(strategy(*truth("strategy.json")), plan_name="第１期")
    imported(strategy(*truth("strategy.json")), plan_name="第２期")

    with pytest.raises(CommandError, match="「第１期」、「第２期」") as refusal:
        run("export", "strategy")

    assert refusal.value.returncode == 2
    assert len(json.loads(run("export", "strategy", "--plan", "第２期"))) == 46


def test_export_programs_of_several_years_asks_which():
    imported(programs(program(1)), fiscal_year=2023)
    imported(programs(program(1)), fiscal_year=2024)

    with pytest.raises(CommandError, match="令和5年度、令和6年度"):
        run("export", "programs")

    assert len(json.loads(run("export", "programs", "--fiscal-year", "R5"))) == 1


def test_export_csv_never_carries_a_formula(tmp_path):
    imported(programs(program(1, name="=1+1", purpose="-5", summary="－", results="@SUM(A1)")))
    path = tmp_path / "out.csv"

    run("export", "programs", "--format", "csv", "--out", str(path))

    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    (record,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (record["事務事業名"], record["事業の目的"], record["成果"]) == ("'=1+1", "-5", "'@SUM(A1)")


def test_export_xlsx_never_carries_a_formula(tmp_path):
    imported(programs(program(1, name="=1+1")))
    path = tmp_path / "out.xlsx"

    run("export", "programs", "--format", "xlsx", "--out", str(path))

    (sheet,) = openpyxl.load_workbook(path).worksheets
    assert [cell.value for cell in sheet[1]][:3] == ["順番", "事業番号", "事務事業名"]
    cell = sheet["C2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    assert sheet["B2"].value == 1


def test_export_cp932_tells_what_it_loses(tmp_path):
    imported(programs(program(1, name="𠮷田事業 ～Ⅰ")))
    path = tmp_path / "out.csv"
    err = io.StringIO()

    call_command(
        "export", "programs", "--format", "csv", "--encoding", "cp932", "--out", str(path), stderr=err
    )

    assert "𠮷" in err.getvalue()
    assert "〓田事業 ～Ⅰ" in path.read_bytes().decode("cp932")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_import_programs_of_a_pipe_is_refused_without_waiting(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)

    with pytest.raises(CommandError, match=r"「pipe.csv」は通常のファイルではない"):
        run("import_programs", str(path), "--fiscal-year", "R6")
