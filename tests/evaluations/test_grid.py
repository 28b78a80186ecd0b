"""The grid: what lies where after a paste, what is saved, refused, kept, handed in."""

from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from evaluations.enums import SheetState
from evaluations.models import KpiSheet, SheetDraft
from evaluations.selectors.grid import grid_of, spread
from evaluations.selectors.sheets import actual_of
from tests.evaluations.acts import figure, fresh, save
from tests.factories.evaluations import (
    ActualFactory,
    FieldCommentFactory,
    KpiSheetFactory,
    RoundFactory,
    RoundQuestionFactory,
)
from tests.factories.strategy import KpiFactory


@pytest.fixture
def sheets(world):
    """Three sheets of 産業振興課 in the order of their codes."""
    more = [
        KpiSheetFactory(round=world.round, section=world.industry, kpi=KpiFactory(name=name))
        for name in ("待機児童数", "つくバス利用者数")
    ]
    return [world.industry_sheet, *more]


@pytest.fixture
def address(world) -> str:
    return reverse("evaluations:round_grid", args=[world.round.pk])


@pytest.fixture
def clerk(world, as_user):
    return as_user(world.of_industry.clerk)


def entry(response, **typed) -> dict:
    """Return what the page would send, with some boxes typed into: sheet → figure, or (figure, note)."""
    data = {}
    for line in response.context["lines"]:
        pk = line.row.sheet.pk
        data[f"seen.{pk}"] = f"{line.typed.seen.sheet}.{line.typed.seen.figure}"
        data[f"figure.{pk}"], data[f"note.{pk}"] = line.typed.figure, line.typed.note
    return data


def typing(response, sheets, *figures) -> dict:
    data = entry(response)
    for sheet, typed in zip(sheets, figures, strict=False):
        data[f"figure.{sheet.pk}"] = typed
    return data


def text_of(response) -> str:
    return unescape(response.content.decode())


# --- a pasted block ---------------------------------------------------------------------------------


def rows_of(world, sheets):
    return grid_of(world.of_industry.clerk, world.round, own_only=True).rows


@pytest.mark.parametrize(
    ("block", "figures", "left_over"),
    [
        ("1\n2\n3\n", ["1", "2", "3"], 0),
        ("1\r\n\r\n3", ["1", None, "3"], 0),
        ("1\n2\n3\n4\n5", ["1", "2", "3"], 2),
        ("つくバス利用者数\t9\n創業者数\t１２人", ["１２人", None, "9"], 0),
        ("2\t待機児童数\t人\t", [None, None, None], 0),
        ("指標\t値\n創業者数\t7", ["7", None, None], 1),
        ("創業者数\t7\n創業者数\t8", ["7", None, None], 1),
        ("", [None, None, None], 0),
    ],
)
def test_a_pasted_block_lies_on_the_rows_it_names_or_in_their_order(world, sheets, block, figures, left_over):
    laid = spread(block, rows_of(world, sheets))

    if block.startswith("2\t"):
        assert laid.texts == {sheets[1].pk: "人"}  # read back as no figure, and refused there
        return
    expected = {sheet.pk: text for sheet, text in zip(sheets, figures, strict=True) if text is not None}
    assert (dict(laid.texts), len(laid.left_over), laid.problem) == (expected, left_over, "")


def test_two_columns_of_figures_are_not_guessed_between(world, sheets):
    laid = spread("創業者数\t185\t191\n待機児童数\t5\t", rows_of(world, sheets))

    assert laid.texts == {}
    assert "値の列が二つ以上" in laid.problem


def test_a_name_two_rows_share_leads_nowhere(world, sheets):
    KpiSheetFactory(round=world.round, section=world.industry, kpi=KpiFactory(name="待機児童数"))

    laid = spread("待機児童数\t5", rows_of(world, sheets))

    assert (laid.texts, laid.left_over) == ({}, ("待機児童数　5",))


def test_rows_one_may_not_write_are_passed_over(world, sheets):
    KpiSheet.objects.filter(pk=sheets[0].pk).update(state=SheetState.SUBMITTED.value)

    laid = spread("1\n2", rows_of(world, sheets))

    assert laid.texts == {sheets[1].pk: "1", sheets[2].pk: "2"}


# --- reading back, saving, refusing -----------------------------------------------------------------


def test_checking_reads_back_and_writes_nothing(sheets, clerk, address):
    shown = clerk.post(address, {**typing(clerk.get(address), sheets, "１２０万人", "▲5"), "do": "check"})

    page = text_of(shown)
    assert "1,200,000人（確定）" in page
    assert "-5人（確定）" in page
    assert "未保存 2件" in page
    assert actual_of(sheets[0]) is None


def test_a_pasted_block_is_shown_before_it_is_saved(sheets, clerk, address):
    block = "待機児童数\t５人\nどこかの指標\t9"
    shown = clerk.post(address, {**entry(clerk.get(address)), "do": "paste", "block": block})

    page = text_of(shown)
    assert "5人（確定）" in page
    assert "使いませんでした：どこかの指標" in page
    assert actual_of(sheets[1]) is None
    clerk.post(address, {**entry(shown), "do": "save"})
    assert actual_of(sheets[1]).value == 5
    assert fresh(sheets[1]).state == SheetState.DRAFTING


def test_saving_keeps_what_is_right_and_tells_what_is_not(sheets, clerk, address):
    data = typing(clerk.get(address), sheets, "191", "12x4", "調査未実施")
    response = clerk.post(address, {**data, "do": "save"})

    assert response.status_code == 422
    assert actual_of(sheets[0]).value == 191
    assert actual_of(sheets[1]) is None
    assert actual_of(sheets[2]).status == "not_surveyed"
    again = {line.row.sheet.pk: line for line in response.context["lines"]}
    assert again[sheets[1].pk].typed.figure == "12x4"
    assert again[sheets[1].pk].tone == "bad"
    corrected = {**entry(response), f"figure.{sheets[1].pk}": "124"}
    assert clerk.post(address, {**corrected, "do": "save"}).status_code == 302
    assert actual_of(sheets[1]).value == 124


def test_a_row_somebody_else_changed_is_refused_with_their_figure(world, sheets, clerk, address):
    opened = clerk.get(address)
    save(fresh(sheets[0]), world.of_industry.deputy, figure(500))

    response = clerk.post(address, {**typing(opened, sheets, "191", "5"), "do": "save"})

    page = text_of(response)
    assert "いまの値：500" in page
    assert actual_of(sheets[0]).value == 500
    assert actual_of(sheets[1]).value == 5
    line = next(each for each in response.context["lines"] if each.row.sheet.pk == sheets[0].pk)
    assert (line.typed.figure, line.row.figure) == ("191", "500")


def test_an_emptied_cell_takes_the_figure_away_and_an_untouched_one_stays(world, sheets, clerk, address):
    save(fresh(sheets[0]), world.of_industry.clerk, figure(191))
    save(fresh(sheets[1]), world.of_industry.clerk, figure("0.5", note="速報"))

    clerk.post(address, {**typing(clerk.get(address), sheets, ""), "do": "save"})

    assert actual_of(sheets[0]) is None
    assert (actual_of(sheets[1]).value, actual_of(sheets[1]).version) == (figure("0.5").value, 1)


def test_a_changed_figure_keeps_its_kind_of_status(world, sheets, clerk, address):
    ActualFactory(kpi=sheets[0].kpi, value=180, status="estimated")

    clerk.post(address, {**typing(clerk.get(address), sheets, "190"), "do": "save"})

    assert (actual_of(sheets[0]).value, actual_of(sheets[0]).status) == (190, "estimated")


def test_the_other_entries_of_a_sheet_stay(world, sheets, clerk, address):
    RoundQuestionFactory(round=world.round, key="problems")
    save(fresh(sheets[0]), world.of_industry.clerk, figure(1), problems="人手の不足")
    KpiSheet.objects.filter(pk=sheets[0].pk).update(self_grade="順調", grade_reason="理由")

    clerk.post(address, {**typing(clerk.get(address), sheets, "2"), "do": "save"})

    sheet = fresh(sheets[0])
    assert (sheet.answers, sheet.self_grade, sheet.grade_reason) == (
        {"problems": "人手の不足"},
        "順調",
        "理由",
    )


def test_foreign_locked_and_tampered_rows_are_not_written(world, sheets, clerk, address):
    KpiSheet.objects.filter(pk=sheets[1].pk).update(state=SheetState.FINALISED.value)
    data = entry(clerk.get(address))
    foreign = world.publicity_sheet.pk

    clerk.post(
        address,
        {
            **data,
            f"figure.{sheets[0].pk}": "1",
            f"seen.{sheets[0].pk}": "x.y",
            f"figure.{sheets[1].pk}": "2",
            f"seen.{sheets[1].pk}": "1.0",
            f"figure.{foreign}": "3",
            f"seen.{foreign}": "1.0",
            "do": "save",
        },
    )

    assert [actual_of(fresh(s)) for s in (*sheets, world.publicity_sheet)] == [None] * 4


def test_saving_and_handing_in_tells_what_is_still_missing(world, sheets, clerk, address):
    RoundQuestionFactory(round=world.round, key="problems", label="課題", is_required=True)
    KpiSheet.objects.filter(pk=sheets[0].pk).update(answers={"problems": "なし"})

    response = clerk.post(
        address, {**typing(clerk.get(address), sheets, "1", "2"), "do": "submit"}, follow=True
    )

    assert fresh(sheets[0]).state == SheetState.AWAITING_APPROVAL
    assert fresh(sheets[1]).state == SheetState.DRAFTING
    page = text_of(response)
    assert "1件を承認へ回しました。" in page
    assert "1件は承認へ回していません。「課題」を入力してください。（「待機児童数」）" in page


def test_what_several_sheets_lack_alike_is_told_once(world, sheets, clerk, address):
    RoundQuestionFactory(round=world.round, key="problems", label="課題", is_required=True)
    clerk.post(address, {**typing(clerk.get(address), sheets, *("1" for _ in sheets)), "do": "save"})

    response = clerk.post(address, {**entry(clerk.get(address)), "do": "submit"}, follow=True)

    told = [str(message) for message in response.context["messages"]]
    names = "、".join(f"「{sheet.kpi}」" for sheet in sheets)
    assert told == [f"{len(sheets)}件は承認へ回していません。「課題」を入力してください。（{names}）"]


def test_empty_answers_are_taken_over_for_the_whole_section(world, sheets, clerk, address):
    RoundQuestionFactory(round=world.round, key="problems", label="課題")
    before = RoundFactory(fiscal_year=2018)
    for sheet in sheets[:2]:
        KpiSheetFactory(round=before, kpi=sheet.kpi, answers={"problems": "去年の課題", "gone": "x"})
    KpiSheet.objects.filter(pk=sheets[1].pk).update(answers={"problems": "今年の課題"})

    clerk.post(address, {**entry(clerk.get(address)), "do": "take_over"})

    assert (fresh(sheets[0]).answers, fresh(sheets[0]).carried_over) == (
        {"problems": "去年の課題"},
        ["problems"],
    )
    assert (fresh(sheets[1]).answers, fresh(sheets[1]).carried_over) == ({"problems": "今年の課題"}, [])


def test_the_box_for_pasting_is_closed_and_empty_until_something_is_pasted(sheets, clerk, address):
    shown = clerk.get(address)
    pasted = clerk.post(address, {**entry(shown), "do": "paste", "block": "創業者数\t191"})

    assert '<details class="paste no-print"><summary>' in text_of(shown)
    assert 'aria-label="貼り付ける表"></textarea>' in text_of(shown)
    assert 'aria-label="貼り付ける表">創業者数\t191</textarea>' in text_of(pasted)


def test_the_grid_tells_by_when_and_what_is_late(sheets, clerk, address):
    KpiSheet.objects.filter(pk=sheets[0].pk).update(own_due_on=date(2020, 5, 8))
    KpiSheet.objects.filter(pk=sheets[1].pk).update(own_due_on=date(2099, 6, 12))

    shown = text_of(clerk.get(address))

    assert "提出期限 <strong>5月8日・6月12日</strong>" in shown
    assert "1件" in shown


def test_a_draft_of_a_cell_comes_back(sheets, clerk, address):
    draft = reverse("evaluations:sheet_draft", args=["kpi", sheets[0].pk])
    clerk.post(draft, {"sheet_version": 1, "draft.figure": "19"})

    shown = clerk.get(address)

    line = next(each for each in shown.context["lines"] if each.row.sheet.pk == sheets[0].pk)
    assert (line.typed.figure, line.told) == ("19", "保存していない入力を戻しました。")


def test_a_cells_draft_meets_what_was_saved_since(world, sheets, clerk, as_user, address):
    """Somebody else's figure is told before a draft from before it is put over it."""
    draft = reverse("evaluations:sheet_draft", args=["kpi", sheets[0].pk])
    clerk.post(draft, {"sheet_version": 1, "draft.figure": "19"})
    save(fresh(sheets[0]), world.of_industry.deputy, figure(25))

    first = clerk.post(address, entry(clerk.get(address)))

    assert first.status_code == 422
    line = next(each for each in first.context["lines"] if each.row.sheet.pk == sheets[0].pk)
    assert line.told == "ほかの人が先に変えました（いまの値：25）。確かめて、もう一度保存してください。"
    assert line.typed.figure == "19"
    assert actual_of(sheets[0]).value == 25

    assert clerk.post(address, entry(first)).status_code == 302
    assert actual_of(sheets[0]).value == 19


def test_a_save_of_the_grid_leaves_the_words_typed_on_the_sheet(world, sheets, clerk, address):
    RoundQuestionFactory(round=world.round, key="problems")
    draft = reverse("evaluations:sheet_draft", args=["kpi", sheets[0].pk])
    typed = {"draft.figure": "19", "draft.answers.problems": "三千字の文", "draft.grade_reason": "理由の文"}
    clerk.post(draft, {"sheet_version": 1, **typed})

    clerk.post(address, typing(clerk.get(address), sheets, "20"))
    clerk.post(address, {**entry(clerk.get(address)), "do": "take_over"})

    assert actual_of(sheets[0]).value == 20
    kept = dict(SheetDraft.objects.values_list("field", "text"))
    assert kept == {"answers.problems": "三千字の文", "grade_reason": "理由の文"}


def test_what_was_saved_already_is_no_draft_any_more(world, sheets, clerk):
    """The browser hands over what was under way in a save: it is kept only when that save never came."""
    draft = reverse("evaluations:sheet_draft", args=["kpi", sheets[0].pk])
    sent = {"sheet_version": 1, "draft.figure": "19", "submitted": "1"}
    assert clerk.post(draft, sent).status_code == 204, "no save has come"
    SheetDraft.objects.all().delete()

    save(fresh(sheets[0]), world.of_industry.deputy, figure(25))
    assert clerk.post(draft, sent).status_code == 204, "somebody else's save is not this one"
    SheetDraft.objects.all().delete()

    save(fresh(sheets[0]), world.of_industry.clerk, figure(19))
    assert clerk.post(draft, sent).status_code == 200
    assert SheetDraft.objects.count() == 0
    assert clerk.post(draft, {**sent, "sheet_version": "²"}).status_code == 404


def test_whoever_does_not_enter_reads_the_grid(world, sheets, as_user, address):
    KpiSheet.objects.filter(pk=sheets[0].pk).update(state=SheetState.FINALISED.value)

    planning = as_user(world.planning).get(address)
    reader = as_user(world.reader).get(address)

    assert len(planning.context["lines"]) == 4
    assert [line.row.sheet.pk for line in reader.context["lines"]] == [sheets[0].pk]
    assert not planning.context["grid"].may_edit


@pytest.mark.parametrize("count", [1, 3])
def test_grid_asks_the_same_number_of_queries(world, as_user, assert_queries, address, count):
    for number in range(count):
        sheet = KpiSheetFactory(round=world.round, section=world.industry)
        FieldCommentFactory(kpi_sheet=sheet)
        for year in range(2016, 2020):
            ActualFactory(kpi=sheet.kpi, fiscal_year=year, value=number)
    client = as_user(world.of_industry.clerk)
    client.get(address)

    # seven of them for the questions about the figures, one for the sheets of the years before
    with assert_queries(18):
        client.get(address)


def test_grid_asks_about_a_surprising_figure_typed_or_stored_and_stops_nobody(world, clerk, sheets, address):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    ActualFactory(kpi=sheets[1].kpi, fiscal_year=2018, value=40)

    page = clerk.get(address)
    checked = clerk.post(address, {**typing(page, sheets, "2000", "41"), "do": "check"})
    saved = clerk.post(address, {**typing(page, sheets, "2000", "41"), "do": "save"}, follow=True)

    for response in (checked, saved):
        asked = [[question.code for question in line.questions] for line in response.context["lines"]]
        assert asked[:2] == [["ten_times"], []]
    assert "10倍以上ですが、桁や単位は合っていますか" in text_of(checked)
    assert actual_of(sheets[0]).value == 2000
