"""A city's own form comes back filled: named cells only, texts as texts, nothing dangerous let in."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl.workbook.defined_name import DefinedName

from evaluations.models import KpiSheet
from importers.selectors.form_values import form_values
from importers.services.fill_form import fill_form
from importers.sources.refusals import RefusedFile
from importers.workbooks.filled_form import MOST_NAMES, RESULT_SHEET
from tests.factories.evaluations import ActualFactory


def form_with(names: dict[str, str], **cells: object) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "様式"
    for place, value in cells.items():
        sheet[place] = value
    for name, area in names.items():
        book.defined_names[name] = DefinedName(name, attr_text=f"'様式'!{area}")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))["様式"]


def test_named_cells_are_filled_and_the_rest_stays():
    form = form_with(
        {"指標名": "$B$2", "実績値": "$C$3", "知らない名前": "$D$4"}, A1="様式第１号", D4="元のまま"
    )

    made = fill_form(form, "様式.xlsx", {"指標名": "つくバス利用者数", "実績値": Decimal("888032.5")})

    sheet = opened(made.content)
    assert (sheet["B2"].value, sheet["C3"].value) == ("つくバス利用者数", 888032.5)
    assert (sheet["A1"].value, sheet["D4"].value) == ("様式第１号", "元のまま")
    assert made.filled == ("指標名", "実績値")
    assert [(each.name, each.place) for each in made.unfilled] == [("知らない名前", "様式!D4")]
    told = openpyxl.load_workbook(io.BytesIO(made.content))[RESULT_SHEET]
    assert [cell.value for cell in told[2]][:2] == ["知らない名前", "様式!D4"]


def test_names_match_regardless_of_width_and_signs():
    made = fill_form(
        form_with({"目標値_R6": "$A$1", "ＫＰＩ": "$A$2"}), "a.xlsx", {"目標値R6": 5, "kpi": "甲"}
    )

    assert made.filled == ("目標値_R6", "ＫＰＩ")


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "+81", "@SUM(A1)", "＝１＋１"])
def test_text_never_becomes_a_formula(text):
    sheet = opened(fill_form(form_with({"注記": "$A$1"}), "a.xlsx", {"注記": text}).content)

    assert (sheet["A1"].value, sheet["A1"].data_type, sheet["A1"].quotePrefix) == (text, "s", True)


def test_own_formulas_of_the_form_stay():
    form = form_with({"実績値": "$A$1"}, B1="=A1*2")

    assert opened(fill_form(form, "a.xlsx", {"実績値": 3}).content)["B1"].value == "=A1*2"


def test_merged_range_is_filled_at_its_first_cell():
    book = openpyxl.load_workbook(io.BytesIO(form_with({"課題": "$B$2:$D$4"})))
    book["様式"].merge_cells("B2:D4")
    buffer = io.BytesIO()
    book.save(buffer)

    assert opened(fill_form(buffer.getvalue(), "a.xlsx", {"課題": "人手"}).content)["B2"].value == "人手"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04broken",
        "指標名,実績値".encode(),
        b"<html><body>x</body></html>",
        form_with({}),
        form_with({"実績値": "$ZZZ$1048577"}),
    ],
)
def test_what_is_no_form_is_refused_with_a_sentence(content):
    with pytest.raises(RefusedFile, match=r"「a\.xlsx」"):
        fill_form(content, "a.xlsx", {"実績値": 1})


def reasons(made) -> dict[str, str]:
    return {each.name: each.reason for each in made.unfilled}


def changed(form: bytes, change) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(form))
    change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(form: bytes, name: str) -> bytes:
    buffer = io.BytesIO(form)
    with zipfile.ZipFile(buffer, "a") as parts:
        parts.writestr(name, "x")
    return buffer.getvalue()


def test_a_formula_of_the_form_is_not_overwritten_and_that_is_told():
    form = form_with({"進捗率": "$B$1", "指標名": "$A$1"}, B1="=1/2")

    made = fill_form(form, "a.xlsx", {"進捗率": Decimal("0.5"), "指標名": "甲"})

    assert opened(made.content)["B1"].value == "=1/2"
    assert "計算式" in reasons(made)["進捗率"]


def test_names_of_no_single_cell_and_of_a_taken_one_are_told():
    form = form_with(
        {"指標名": "$A$1", "課題": "$A$1", "注記": "$A$2,'様式'!$B$2", "単位": "$A:$A", "方向": "#REF!"}
    )

    made = fill_form(form, "a.xlsx", dict.fromkeys(("指標名", "課題", "注記", "単位", "方向"), "甲"))

    assert made.filled == ("指標名",)
    assert "「指標名」" in reasons(made)["課題"]
    assert {name for name, reason in reasons(made).items() if "一つのセル" in reason} == {
        "注記",
        "単位",
        "方向",
    }


def test_a_name_inside_a_merged_range_fills_the_range():
    form = changed(form_with({"課題": "$C$3"}), lambda book: book["様式"].merge_cells("B2:D4"))

    assert opened(fill_form(form, "a.xlsx", {"課題": "人手"}).content)["B2"].value == "人手"


def test_a_protected_sheet_is_filled_and_stays_protected():
    def protect(book):
        book["様式"].protection.set_password("秘密")
        book["様式"].protection.enable()

    sheet = opened(fill_form(changed(form_with({"課題": "$A$1"}), protect), "a.xlsx", {"課題": "甲"}).content)

    assert (sheet["A1"].value, sheet.protection.sheet) == ("甲", True)


@pytest.mark.parametrize(
    ("part", "words"),
    [("xl/vbaProject.bin", "マクロ付き"), ("xl/externalLinks/externalLink1.xml", "ほかのブックを参照")],
)
def test_forms_with_macros_or_links_to_other_books_are_refused(part, words):
    with pytest.raises(RefusedFile, match=words):
        fill_form(with_part(form_with({"課題": "$A$1"}), part), "a.xlsx", {"課題": "甲"})


def test_what_the_writing_does_not_carry_over_is_told():
    form = with_part(form_with({"課題": "$A$1"}), "xl/ctrlProps/ctrlProp1.xml")

    made = fill_form(form, "a.xlsx", {"課題": "甲"})

    assert [each.place for each in made.unfilled] == ["フォームのボタンやチェックボックス"]


def test_a_text_longer_than_a_cell_is_cut_and_told():
    made = fill_form(form_with({"課題": "$A$1"}), "a.xlsx", {"課題": "𠮷" * 20_000})

    assert len(opened(made.content)["A1"].value) < 17_000
    assert "途中まで" in reasons(made)["課題"]


def test_a_number_that_no_cell_holds_exactly_becomes_a_text():
    made = fill_form(form_with({"実績値": "$A$1"}), "a.xlsx", {"実績値": Decimal("12345678901234567.5")})

    assert opened(made.content)["A1"].value == "12345678901234567.5"


def test_a_book_of_too_many_names_is_refused():
    form = form_with({f"名前{number}": "$A$1" for number in range(MOST_NAMES + 1)})

    with pytest.raises(RefusedFile, match="2,001個"):
        fill_form(form, "a.xlsx", {"名前1": "甲"})


@pytest.mark.django_db
def test_form_values_of_a_kpi_hold_its_years_and_answers(world):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191))
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(planning_comment="企画の所見")
    world.industry_sheet.refresh_from_db()

    values = form_values(world.planning, world.industry_sheet)

    assert values["指標名"] == world.industry_kpi.name
    assert values["実績値"] == 191
    assert values["実績値_2019"] == values["実績値_R1"] == 191
    assert values["企画部門の所見"] == "企画の所見"


@pytest.mark.django_db
def test_form_page_sends_the_filled_workbook(world, as_user):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191))
    client = as_user(world.of_industry.clerk)
    address = reverse("importers:kpi_sheet_form", args=[world.industry_sheet.pk])
    form = SimpleUploadedFile("様式.xlsx", form_with({"実績値": "$B$2"}))

    assert "実績値" in client.get(address).content.decode()
    response = client.post(address, {"file": form})

    assert response.status_code == 200
    assert opened(response.content)["B2"].value == 191


@pytest.mark.django_db
def test_form_page_of_a_program_refuses_a_file_without_names(world, as_user):
    client = as_user(world.of_industry.clerk)
    address = reverse("importers:program_evaluation_form", args=[world.industry_evaluation.pk])

    response = client.post(address, {"file": SimpleUploadedFile("空.xlsx", form_with({}))})

    assert response.status_code == 422
    assert "名前の付いたセルがありません" in response.content.decode()


@pytest.mark.django_db
def test_the_example_form_of_the_manual_knows_only_names_that_can_be_filled(world):
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191))
    example = (Path(settings.BASE_DIR) / "docs/examples/form_kpi.xlsx").read_bytes()
    values = form_values(world.planning, world.industry_sheet) | {"目標値の表記_R6": "227人"}

    made = fill_form(
        example, "form_kpi.xlsx", dict.fromkeys(("効果発現要因", "課題", "今後の取組"), "") | values
    )

    assert made.unfilled == ()
    assert RESULT_SHEET not in openpyxl.load_workbook(io.BytesIO(made.content)).sheetnames
    sheet = openpyxl.load_workbook(io.BytesIO(made.content))["評価シート"]
    assert sheet["B5"].value == world.industry_kpi.name
    assert sheet["B8"].value == "191人"
