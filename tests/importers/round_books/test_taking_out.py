"""A section's round as a workbook: what it holds, what may be filled in, and who may have it."""

import io
import zipfile
from datetime import date

import pytest
from django.urls import reverse

from evaluations.enums import QuestionKind, SheetState
from evaluations.models import KpiSheet
from importers.calculations.round_book import CELL_UNITS, Column, pieces_of, shown_in_cell, units_of
from importers.selectors.book_identity import read_identity
from importers.workbooks.page_breaks import plan_pages
from tests.factories.evaluations import ActualFactory, KpiSheetFactory, RoundFactory, RoundQuestionFactory
from tests.factories.programs import ProgramSheetFactory
from tests.factories.strategy import KpiFactory
from tests.importers.round_books.files import opened

NAME = "創業者数"


@pytest.fixture
def asked(world):
    """Ask a text and a choice; answer both a year ago."""
    RoundQuestionFactory(round=world.round, key="problems", label="課題", limit=800, is_required=True)
    RoundQuestionFactory(
        round=world.round, key="overall", label="総合評価", kind=QuestionKind.CHOICE.value, choices=["A", "B"]
    )
    before = RoundFactory(fiscal_year=2018)
    answers = {"problems": "=人手が足りない", "overall": "B"}
    KpiSheetFactory(round=before, kpi=world.industry_kpi, section=world.industry, answers=answers)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=180)
    return world


def taken(as_user, user, collection):
    response = as_user(user).get(reverse("importers:round_book_file", args=[collection.pk]))
    assert response.status_code == 200
    return opened(response.content)


def test_round_book_holds_what_is_known_and_last_years_answers(as_user, asked):
    book = taken(as_user, asked.of_industry.clerk, asked.round)

    assert book.workbook.sheetnames == ["KPI", "選択肢", "使い方"]
    assert list(book.rows()) == [NAME]
    shown = {
        key: book.cell(NAME, key).value for key in ("code", "unit", "year.2018", "target", "last.overall")
    }
    assert shown == {
        "code": asked.industry_kpi.code,
        "unit": "人",
        "year.2018": "180人",
        "target": "227人",
        "last.overall": "B",
    }
    assert book.cell(NAME, "last.problems").value == "=人手が足りない"
    assert book.cell(NAME, "last.problems").data_type == "s"
    assert book.cell(NAME, "last.problems").quotePrefix


def test_round_book_unlocks_the_boxes_alone(as_user, asked):
    book = taken(as_user, asked.of_industry.clerk, asked.round)

    open_keys = {key for key in book.columns() if not book.cell(NAME, key).protection.locked}

    assert book.sheet().protection.sheet
    assert open_keys == {
        *("figure", "status", "expected_on", "as_of", "note"),
        *("self_grade", "grade_reason", "answers.problems", "answers.overall"),
    }
    assert {book.cell(NAME, key).number_format for key in open_keys} == {"@"}


def test_round_book_offers_the_choices_of_each_box(as_user, asked):
    book = taken(as_user, asked.of_industry.clerk, asked.round)
    lists = {}
    for validation in book.sheet().data_validations.dataValidation:
        if validation.type == "list":
            cells = book.workbook["選択肢"][validation.formula1.split("!")[1].replace("$", "")]
            lists[str(validation.sqref)] = [cell.value for (cell,) in cells]

    assert lists[book.cell(NAME, "answers.overall").coordinate] == ["A", "B"]
    assert lists[book.cell(NAME, "status").coordinate] == [
        *("確定", "速報", "見込", "集計中", "調査未実施", "未把握", "該当なし")
    ]
    assert lists[book.cell(NAME, "self_grade").coordinate] == ["順調", "概ね順調", "遅れている"]
    assert book.workbook["選択肢"].sheet_state == "veryHidden"


def test_round_book_hides_a_signed_identity_with_versions_and_values(as_user, asked):
    ActualFactory(kpi=asked.industry_kpi, value=191, note="速い")
    book = taken(as_user, asked.of_industry.clerk, asked.round)
    text = book.identity(NAME).value

    identity = read_identity(text)

    assert book.sheet().column_dimensions["A"].hidden
    assert book.sheet().row_dimensions[1].hidden
    assert (identity.round_id, identity.section_id) == (asked.round.pk, asked.industry.pk)
    assert (identity.kind, identity.pk) == ("kpi", asked.industry_sheet.pk)
    assert (identity.sheet_version, identity.figure_version) == (1, 1)
    assert identity.base["figure"] == "191"
    assert identity.base["note"] == "速い"
    assert read_identity(f"x{text}") is None
    assert read_identity(text[:-1] + ("a" if text[-1] != "a" else "b")) is None


def test_round_book_locks_what_is_no_longer_with_the_section(as_user, asked):
    KpiSheet.objects.filter(pk=asked.industry_sheet.pk).update(state=SheetState.SUBMITTED.value)
    book = taken(as_user, asked.of_industry.clerk, asked.round)

    assert {key for key in book.columns() if not book.cell(NAME, key).protection.locked} == set()
    assert book.cell(NAME, "state").value == "提出済"


def test_round_book_asks_a_program_only_what_is_for_its_kind(as_user, world):
    soft = ProgramSheetFactory(section=world.industry, program__kind="subsidy", name="補助金")
    world.industry_program.name = "施設の事業"
    world.industry_program.save()
    collection = world.program_round
    type(world.industry_evaluation).objects.create(
        round=collection, program_sheet=soft, section=world.industry
    )
    RoundQuestionFactory(round=collection, target="program", key="effect", program_kind="subsidy")
    RoundQuestionFactory(round=collection, target="program", key="all")
    book = taken(as_user, world.of_industry.clerk, collection)
    key = "answers.effect"

    assert book.workbook.sheetnames == ["事務事業", "使い方"]
    assert book.cell("施設の事業", key, "事務事業").value == "（対象外）"
    assert book.cell("施設の事業", key, "事務事業").protection.locked
    assert not book.cell("補助金", key, "事務事業").protection.locked
    assert not book.cell("施設の事業", "results", "事務事業").protection.locked


def test_round_book_keeps_a_text_that_no_cell_holds_out_of_the_way(as_user, world):
    world.industry_program.summary = "𠮷" * (CELL_UNITS // 2 + 1)
    world.industry_program.name = "長い事業"
    world.industry_program.save()
    book = taken(as_user, world.of_industry.clerk, world.program_round)
    cell = book.cell("長い事業", "summary", "事務事業")
    identity = read_identity(book.identity("長い事業", "事務事業").value)

    assert units_of(cell.value) <= CELL_UNITS
    assert cell.value.endswith("画面で直してください）")
    assert cell.protection.locked
    assert identity.unread == ("summary",)
    assert "summary" not in identity.base


def test_shown_in_cell_cuts_no_character_in_two():
    text = "a" + "𠮷" * CELL_UNITS

    shown = shown_in_cell(text)

    assert shown.isprintable() is False  # it has a line end, and no half of a character
    assert shown.encode("utf-8")
    assert units_of(shown) <= CELL_UNITS
    assert shown_in_cell("短い") == "短い"


def test_identity_longer_than_a_cell_is_cut_into_pieces():
    text = "abc" * 25_000

    pieces = pieces_of(text)

    assert "".join(pieces) == text
    assert [len(piece) for piece in pieces] == [30_000, 30_000, 15_000]


def test_pages_begin_only_where_a_column_allows_it():
    columns = [Column(key="name", heading="", width=20)]
    columns += [
        Column(key=str(number), heading="", width=30, opens_page=number % 2 == 0) for number in range(30)
    ]

    plan = plan_pages(columns, 1)

    assert plan.breaks
    assert all(columns[position].opens_page for position in plan.breaks)
    assert 60 <= plan.scale <= 100


def test_round_books_of_all_sections_come_in_one_zip(as_user, world):
    response = as_user(world.planning).get(reverse("importers:round_book_archive", args=[world.round.pk]))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    response.close()
    names = archive.namelist()

    assert sorted(names) == ["2019_広報戦略課.xlsx", "2019_産業振興課.xlsx"]
    book = opened(archive.read("2019_産業振興課.xlsx"))
    assert list(book.rows()) == [NAME]
    assert not book.cell(NAME, "figure").protection.locked


@pytest.mark.parametrize("count", [1, 3])
def test_round_book_archive_asks_the_same_number_of_queries(as_user, world, assert_queries, count):
    for number in range(count - 1):
        KpiSheetFactory(round=world.round, kpi=KpiFactory(name=f"指標{number}"))
    client = as_user(world.planning)

    with assert_queries(18):
        response = client.get(reverse("importers:round_book_archive", args=[world.round.pk]))
    response.close()


def test_round_book_names_its_due_day(as_user, world):
    world.round.due_on = date(2020, 5, 29)
    world.round.save()
    book = taken(as_user, world.of_industry.clerk, world.round)

    facts = {row[0].value: row[1].value for row in book.workbook["使い方"].iter_rows(min_row=3, max_row=6)}

    assert facts["提出期限"] == "2020年5月29日"
