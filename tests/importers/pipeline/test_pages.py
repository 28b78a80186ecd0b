"""The pages of imports: uploading, reviewing, correcting, applying, undoing."""

import datetime
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evaluations.models import Actual
from importers.forms import FigureField
from importers.models import ColumnMapping, ImportRow, ImportRun
from importers.services.previews import read_run, refuse_run
from programs.models import Program, ProgramSheet
from strategy.models import Placement
from tests.factories.importers import ImportRunFactory
from tests.factories.organization import BureauFactory, SectionFactory
from tests.importers.pipeline.documents import FIXTURES, imported, program, programs

HEADINGS = ["順番", "事業番号", "事務事業名", "部局", "課室", "事業の目的", "事業の概要", "成果"]


def workbook(*rows, headings=HEADINGS):
    """Return a workbook as a browser sends it."""
    book = openpyxl.Workbook()
    book.active.append(headings)
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile("一覧.xlsx", content.getvalue())


def line(number, /, **fields):
    """Return one program as a row of cells."""
    return list(program(number, **fields).values())


def upload(client, file, **data):
    """Send a file; return its run."""
    given = {"kind": "programs", "fiscal_year": "R6", "file": file} | data
    response = client.post(reverse("importers:import_run_create"), given)
    assert response.status_code == 302, response.content.decode()
    return ImportRun.objects.latest("pk")


def page(client, name, *args, **query):
    """Return the text of a page."""
    response = client.get(reverse(f"importers:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def send(client, name, /, *args, **data):
    """Press a button; return where it leads."""
    response = client.post(reverse(f"importers:{name}", args=args), data)
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


@pytest.fixture
def planning(world, as_user, django_capture_on_commit_callbacks):
    """Return the client of the planning division; what is queued runs at once."""
    SectionFactory(name="秘書課", bureau=BureauFactory(name="総合政策部"))
    client = as_user(world.planning)
    sent = client.post

    def post(*args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return sent(*args, **kwargs)

    client.post = post
    return client


def test_import_run_create_reads_in_the_background_and_shows_the_preview(planning):
    run = upload(planning, workbook(line(4), line(9)))

    run.refresh_from_db()
    assert (run.state, run.progress, run.row_count) == ("previewed", 100, 2)
    text = page(planning, "import_run_detail", run.pk)
    assert "読み取った行 2 ＝ 新規 2 ＋" in text
    assert "事業その4" in text
    assert not Program.objects.filter(number__in=[4, 9]).exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"fiscal_year": ""}, "対象年度を入力してください"),
        ({"fiscal_year": "来年"}, "年度「来年」を読めません"),
        ({"kind": "staff"}, "選択"),
        ({"file": SimpleUploadedFile("空.xlsx", b"")}, "ファイルの中身がありません"),
    ],
)
def test_import_run_create_says_what_is_missing(planning, data, sentence):
    given = {"kind": "programs", "fiscal_year": "R6", "file": workbook(line(4))} | data

    response = planning.post(reverse("importers:import_run_create"), given)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert ImportRun.objects.count() == 0


def test_import_run_of_a_broken_file_is_refused_with_its_reason(planning):
    run = upload(planning, SimpleUploadedFile("壊れた.xlsx", b"PK\x03\x04 nothing"))

    run.refresh_from_db()
    assert run.state == "refused"
    text = page(planning, "import_run_detail", run.pk)
    assert "壊れた.xlsx" in text
    assert "何も書き込んでいません" in text


def test_import_run_detail_filters_by_outcome(planning):
    run = upload(planning, workbook(line(4), line(9, section=None), line(5, number=None)))

    assert "事業その4" in page(planning, "import_run_detail", run.pk, outcome="new")
    assert "事業その4" not in page(planning, "import_run_detail", run.pk, outcome="review")
    assert "事業番号" in page(planning, "import_run_detail", run.pk, outcome="refused")


@pytest.mark.parametrize("count", [1, 3])
def test_import_run_detail_takes_the_same_queries_for_any_number_of_rows(
    planning, django_assert_num_queries, count
):
    run = upload(planning, workbook(*(line(number, section=None) for number in range(1, count + 1))))
    page(planning, "import_run_detail", run.pk)

    with django_assert_num_queries(11):
        page(planning, "import_run_detail", run.pk)


@pytest.mark.parametrize("count", [1, 3])
def test_import_run_list_takes_the_same_queries_for_any_number_of_runs(
    planning, django_assert_num_queries, count
):
    ImportRunFactory.create_batch(count)
    page(planning, "import_run_list")

    with django_assert_num_queries(6):
        page(planning, "import_run_list")


def test_import_run_apply_writes_once(planning):
    run = upload(planning, workbook(line(4), line(9)))

    send(planning, "import_run_apply", run.pk)
    send(planning, "import_run_apply", run.pk)

    run.refresh_from_db()
    assert run.state == "applied"
    assert ProgramSheet.objects.filter(fiscal_year=2024, program__number__in=[4, 9]).count() == 2
    assert "この取込を取り消す" in page(planning, "import_run_detail", run.pk)
    assert ImportRow.objects.filter(run=run).exclude(records=[]).count() == 2


def test_import_run_left_out_rows_are_not_written_and_confirmed_rows_are_not_marked(planning):
    run = upload(
        planning, workbook(line(4, section=None), line(9, section=None), line(11, section=None), line(12))
    )

    send(
        planning,
        "import_run_decide",
        run.pk,
        **{"decision-1": "take", "decision-2": "leave", "decision-3": ""},
    )
    send(planning, "import_run_apply", run.pk)

    marks = dict(
        ProgramSheet.objects.filter(program__number__gte=4).values_list("program__number", "unconfirmed")
    )
    assert marks[4] == {}
    assert 9 not in marks
    assert list(marks[11]) == ["section"]
    assert marks[12] == {}


def test_import_row_edit_corrects_a_refused_row_so_that_it_can_be_written(planning):
    run = upload(planning, workbook(line(4), line(9, number=None)))
    assert run.rows.get(position=2).outcome == "refused"
    fields = {"bureau": "総合政策部", "section": "秘書課", "purpose": "", "summary": "", "results": ""}

    send(planning, "import_row_edit", run.pk, 2, order="２", number="１０", name="直した事業", **fields)

    row = run.rows.get(position=2)
    assert (row.outcome, row.corrected["number"]) == ("new", 10)
    send(planning, "import_run_apply", run.pk)
    assert ProgramSheet.objects.get(program__number=10).name == "直した事業"


def test_import_row_edit_keeps_what_was_typed_when_it_cannot_be_read(planning):
    run = upload(planning, workbook(line(4)))

    response = planning.post(
        reverse("importers:import_row_edit", args=[run.pk, 1]), {"number": "四番", "name": "書きかけ"}
    )

    assert response.status_code == 422
    assert "書きかけ" in response.content.decode()
    assert run.rows.get().corrected == {}


def test_import_row_edit_moves_the_boundary_between_texts(planning):
    run = upload(planning, workbook(line(4, summary="概要の文。実は成果の文。", results=None)))
    assert "成果をここから" in page(planning, "import_row_edit", run.pk, 1)

    send(planning, "import_row_edit", run.pk, 1, boundary="results:2")

    assert run.rows.get().corrected == {"summary": "概要の文。", "results": "実は成果の文。"}
    send(planning, "import_row_edit", run.pk, 1, reset="1")
    assert run.rows.get().corrected == {}


@pytest.mark.parametrize("data", [{"boundary": "name:1"}, {"boundary": "results:x"}, {"alternative": "9:9"}])
def test_import_row_edit_refuses_impossible_buttons(planning, data):
    run = upload(planning, workbook(line(4)))

    assert planning.post(reverse("importers:import_row_edit", args=[run.pk, 1]), data).status_code == 404


def test_import_row_edit_takes_another_reading_of_a_text_document(planning):
    with (FIXTURES / "tsukuba" / "tsukuba_programs_r6.txt").open("rb") as stream:
        run = upload(planning, SimpleUploadedFile("r6.txt", stream.read()))
    row = next(r for r in run.rows.filter(outcome="review") if any("alternatives" in d for d in r.doubts))
    number = next(n for n, doubt in enumerate(row.doubts) if "alternatives" in doubt)
    wanted = row.doubts[number]["alternatives"][0]

    text = page(planning, "import_row_edit", run.pk, row.position)
    send(planning, "import_row_edit", run.pk, row.position, alternative=f"{number}:0")

    assert "<mark>" in text
    row.refresh_from_db()
    assert {name: {**row.fields, **row.corrected}[name] for name in wanted} == wanted


def test_import_run_changed_meanwhile_is_shown_anew_and_writes_nothing(planning):
    run = upload(planning, workbook(line(4)))
    imported(programs(program(4, name="別の取込の名称")))

    send(planning, "import_run_apply", run.pk)

    run.refresh_from_db()
    assert run.state == "previewed"
    assert run.rows.get().outcome == "review"
    assert ProgramSheet.objects.get(program__number=4).name == "別の取込の名称"


def test_import_run_of_the_same_file_says_so(planning):
    file = workbook(line(4))
    first = upload(planning, file)
    send(planning, "import_run_apply", first.pk)
    file.seek(0)

    second = upload(planning, file)

    text = page(planning, "import_run_detail", second.pk)
    assert "同じファイルが取り込まれています" in text
    assert "同じ 1" in text


def test_import_run_discard_takes_the_file_away(planning):
    run = upload(planning, workbook(line(4)))
    stored = run.stored_file

    send(planning, "import_run_discard", run.pk)

    run.refresh_from_db()
    assert run.state == "discarded"
    assert not stored.storage.exists(stored.name)
    assert planning.get(reverse("importers:import_run_file", args=[run.pk])).status_code == 404


def test_import_run_refused_as_a_whole_keeps_no_file(planning):
    run = upload(planning, SimpleUploadedFile("一覧.xlsx", b"\x89PNG no workbook"))

    folder = Path(run._meta.get_field("stored_file").storage.location)
    assert run.state == "refused"
    assert [each for each in folder.rglob("*") if each.is_file()] == []
    assert "一覧.xlsx" in page(planning, "import_run_detail", run.pk)


def test_import_run_file_gives_back_what_was_sent(planning):
    file = workbook(line(4))
    run = upload(planning, file)
    file.seek(0)

    response = planning.get(reverse("importers:import_run_file", args=[run.pk]))

    assert b"".join(response.streaming_content) == file.read()


@pytest.mark.parametrize("name", ["𠮷" * 80 + ".xlsx", "あ" * 200, "★★★", "..xlsx"])
def test_import_run_keeps_a_file_whatever_it_is_called(planning, name):
    file = workbook(line(4))
    file.name = name

    run = upload(planning, file)

    response = planning.get(reverse("importers:import_run_file", args=[run.pk]))
    assert (run.state, run.file_name) == ("previewed", name[:255])
    assert b"".join(response.streaming_content).startswith(b"PK")


@pytest.mark.parametrize("number", ["9" * 30, "²", "-1"])
def test_import_run_decide_leaves_rows_alone_that_there_are_not(planning, number):
    run = upload(planning, workbook(line(4)))

    send(planning, "import_run_decide", run.pk, **{f"decision-{number}": "leave"})

    assert "変更はありませんでした" in page(planning, "import_run_detail", run.pk)
    assert run.rows.get().decision == ""


def test_import_run_undo_shows_the_result_of_each_row(planning):
    run = upload(planning, workbook(line(4), line(9)))
    send(planning, "import_run_apply", run.pk)

    send(planning, "import_run_undo", run.pk)

    assert not Program.objects.filter(number__in=[4, 9]).exists()
    text = page(planning, "import_run_detail", run.pk, outcome="undo-reversed")
    assert text.count("元に戻した") >= 2


def test_import_run_columns_remembers_the_answer_for_the_layout(planning):
    strange = ["順", "コード番号", "とりくみ", "部局", "課室", "ねらい", "なかみ", "できたこと"]
    run = upload(planning, workbook(line(4), headings=strange))
    run.refresh_from_db()
    assert run.state == "refused"
    text = page(planning, "import_run_columns", run.pk)
    assert "とりくみ" in text
    table = run.tables[0]
    fields = ["order", "number", "name", "bureau", "section", "purpose", "summary", "results"]
    prefix = table["fingerprint"][:12]
    letters = [column["letters"] for column in table["columns"]]

    send(
        planning,
        "import_run_columns",
        run.pk,
        **{f"{prefix}-{letter}": field for letter, field in zip(letters, fields, strict=True)},
    )

    run.refresh_from_db()
    assert run.state == "previewed"
    assert run.rows.get().fields["name"] == "事業その4"
    assert ColumnMapping.objects.get().fingerprint == table["fingerprint"]
    assert upload(planning, workbook(line(5), headings=strange)).rows.get().fields["number"] == 5


def test_import_run_given_up_while_it_is_read_stays_given_up(world, as_user):
    client = as_user(world.planning)
    run = upload(client, workbook(line(4)))  # nobody works off the queue: it waits
    ImportRun.objects.filter(pk=run.pk).update(created_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    stored = run.stored_file
    assert "db_worker" in page(client, "import_run_detail", run.pk)

    run = ImportRun.objects.get(pk=run.pk)  # as the worker has it in hand
    document = Path(stored.path).read_bytes()
    stored.close()
    send(client, "import_run_discard", run.pk)
    Path(stored.path).write_bytes(document)  # its reading ends after all
    read_run(run)
    refuse_run(run, "読めませんでした。")

    run.refresh_from_db()
    assert (run.state, run.rows.count(), run.errors) == ("discarded", 0, [])


def test_import_run_progress_asks_again_until_the_reading_has_ended(world, as_user):
    run = ImportRunFactory(state="reading", progress=40)
    client = as_user(world.administrator)
    address = reverse("importers:import_run_progress", args=[run.pk])

    assert "40 / 100" in client.get(address).content.decode()
    assert "40 / 100" in page(client, "import_run_detail", run.pk)
    ImportRun.objects.update(state="previewed")
    assert client.get(address)["HX-Refresh"] == "true"


# --- sections and their own figures -------------------------------------------------------------------------


def section_upload(world, as_user, capture, *rows):
    """Send figures as a clerk of 産業振興課; return the client and the run."""
    client = as_user(world.of_industry.clerk)
    file = workbook(*rows, headings=["指標名", "年度", "目標値", "実績値"])
    with capture(execute=True):
        return client, upload(client, file, kind="actuals", fiscal_year="")


def test_import_run_of_a_section_enters_its_own_figures_on_its_sheets(
    world, as_user, django_capture_on_commit_callbacks
):
    names = [world.industry_kpi.name, world.publicity_kpi.name]

    client, run = section_upload(
        world, as_user, django_capture_on_commit_callbacks, *([name, "R1", 12345, 90] for name in names)
    )

    assert list(run.rows.values_list("outcome", flat=True)) == ["changed", "refused"]
    assert "target_not_taken" in [doubt["code"] for doubt in run.rows.get(position=1).doubts]
    send(client, "import_run_apply", run.pk)
    actual = Actual.objects.get(kpi=world.industry_kpi, fiscal_year=2019)
    world.industry_sheet.refresh_from_db()
    assert (actual.value, world.industry_sheet.state) == (90, "drafting")
    assert world.industry_sheet.edited_by == world.of_industry.clerk
    assert not world.industry_kpi.targets.filter(value=12345).exists()
    send(client, "import_run_undo", run.pk)
    world.industry_sheet.refresh_from_db()
    assert world.industry_sheet.state == "not_started"
    assert not Actual.objects.filter(kpi=world.industry_kpi, fiscal_year=2019).exists()


@pytest.mark.parametrize("since", ["closed", "expired", "moved", "planning"])
def test_import_run_of_a_section_is_undone_only_while_its_sheet_takes_entry(
    world, as_user, django_capture_on_commit_callbacks, since
):
    name, clerk = world.industry_kpi.name, world.of_industry.clerk
    client, run = section_upload(world, as_user, django_capture_on_commit_callbacks, [name, "R1", None, 90])
    send(client, "import_run_apply", run.pk)
    if since == "closed":
        type(world.round).objects.filter(pk=world.round.pk).update(state="closed")
    elif since == "expired":
        sheets = type(world.industry_sheet).objects.filter(pk=world.industry_sheet.pk)
        sheets.update(state="returned", return_reason="直す", reopened_until=datetime.date(2020, 1, 1))
    elif since == "moved":
        clerk.memberships.update(section=world.publicity)
    else:
        client = as_user(world.planning)

    send(client, "import_run_undo", run.pk)

    row = run.rows.get()
    assert (row.undo_result, "いまは取り消せません" in row.undo_note) == ("kept", True)
    assert Actual.objects.get(kpi=world.industry_kpi, fiscal_year=2019).value == 90


@pytest.mark.parametrize(
    ("state", "year", "reason"),
    [
        ("submitted", "R1", "「提出済」のため"),
        ("awaiting_approval", "R1", "「課内承認待ち」のため"),
        ("finalised", "R1", "確定済み"),
        ("drafting", "R3", "シートがありません"),
    ],
)
def test_import_run_of_a_section_is_refused_where_its_sheet_is_not_its_own_to_edit(
    world, as_user, django_capture_on_commit_callbacks, state, year, reason
):
    type(world.industry_sheet).objects.filter(pk=world.industry_sheet.pk).update(state=state)

    _, run = section_upload(
        world, as_user, django_capture_on_commit_callbacks, [world.industry_kpi.name, year, None, 90]
    )

    row = run.rows.get()
    assert row.outcome == "refused"
    assert reason in row.doubts[0]["message"]


def test_import_run_of_a_section_is_absent_for_others(world, as_user):
    run = ImportRunFactory(kind="actuals", created_by=world.of_industry.clerk)

    assert page(as_user(world.of_industry.clerk), "import_run_detail", run.pk)
    other = as_user(world.of_publicity.clerk)
    assert other.get(reverse("importers:import_run_detail", args=[run.pk])).status_code == 404


def test_strategy_text_through_the_browser_keeps_marks_until_confirmed(planning):
    with (FIXTURES / "tsukuba" / "tsukuba_strategy_kpi.txt").open("rb") as stream:
        file = SimpleUploadedFile("kpi.txt", stream.read())
    run = upload(planning, file, kind="strategy", fiscal_year="", plan_name="総合戦略（平成27～31年度）")

    send(planning, "import_run_apply", run.pk)

    run.refresh_from_db()
    assert (run.row_count, run.plan.name) == (79, "総合戦略（平成27～31年度）")
    marked = Placement.objects.filter(node__plan=run.plan).exclude(unconfirmed={}).count()
    assert marked > 0


@pytest.mark.parametrize(
    ("typed", "found"),
    [("８１", 81), ("△1,234.5人", Decimal("-1234.5")), ("63.4％", Decimal("63.4")), ("", None)],
)
def test_import_row_figure_is_read_as_documents_write_it(typed, found):
    assert FigureField(required=False).clean(typed) == found


@pytest.mark.parametrize("typed", ["81以上", "約120", "120（速報）", "1.2万人", "3億円", "10～20"])
def test_import_row_figure_that_would_lose_its_meaning_is_refused(typed):
    with pytest.raises(ValidationError):
        FigureField(required=False).clean(typed)
