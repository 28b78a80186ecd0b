"""The sheets' pages: saving, handing in, two editors, drafts, taking over."""

import pytest
from django.urls import reverse

from evaluations.enums import Act, SheetState
from evaluations.models import SheetDraft
from evaluations.selectors.sheets import actual_of
from tests.evaluations.acts import fresh, perform, save
from tests.evaluations.sheet_pages import act_address, address, text_of, versions
from tests.factories.evaluations import (
    ActualFactory,
    KpiSheetFactory,
    RoundFactory,
)

# --- saving and handing in --------------------------------------------------------------------------


def test_kpi_sheet_detail_shows_definition_targets_and_last_time(world, sheet, clerk):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    KpiSheetFactory(
        round=RoundFactory(fiscal_year=2018),
        kpi=world.industry_kpi,
        section=world.industry,
        state=SheetState.FINALISED.value,
        answers={"problems": "人手の不足"},
        planning_comment="就職率も示すこと",
    )

    page = text_of(clerk.get(address(sheet)))

    for expected in ("創業者数", "180人（H26）", "227人", "185", "人手の不足", "就職率も示すこと", "上向き"):
        assert expected in page


def test_kpi_sheet_detail_saves_a_figure_as_people_write_it(world, sheet, clerk):
    response = clerk.post(
        address(sheet),
        {**versions(sheet), "figure": "１，２３４人", "answers.problems": "なし", "do": "save"},
        follow=True,
    )

    actual = actual_of(sheet)
    assert (actual.value, actual.status, actual.published_text) == (1234, "final", "１，２３４人")
    assert fresh(sheet).answers == {"problems": "なし"}
    assert "保存しました。" in text_of(response)
    assert "前年度" not in text_of(response).split("保存しました。")[0]


def test_kpi_sheet_detail_takes_a_reason_for_a_missing_figure_from_the_words(sheet, clerk):
    clerk.post(address(sheet), {**versions(sheet), "figure": "集計中（令和8年12月公表予定）"})

    actual = actual_of(sheet)
    assert (actual.value, actual.status, str(actual.expected_on)) == (None, "pending", "2026-12-31")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"figure": "12a4"}, "実績値"),
        ({"figure": "約120", "status": "final"}, "「確定」にできません"),
        ({"figure": "100～120"}, "一つの数値で入力してください"),
        ({"figure": "12円"}, "単位"),
        ({"figure": "5", "status": "pending"}, "「集計中」にできません"),
        ({"figure": "", "status": "final"}, "実績値が必要です"),
        ({"note": "注記だけ"}, "実績値か値の状態を入れると"),
        ({"expected_on": "2026-13-01"}, "日付"),
        ({"answers.effect": "最高"}, "最高"),
    ],
)
def test_kpi_sheet_detail_refuses_what_cannot_be_kept_and_shows_it_again(sheet, clerk, entry, message):
    response = clerk.post(address(sheet), {**versions(sheet), "answers.problems": "打ちかけの文", **entry})

    assert response.status_code == 422
    assert message in text_of(response)
    assert "打ちかけの文" in text_of(response)
    assert actual_of(sheet) is None
    assert fresh(sheet).version == 1


def test_kpi_sheet_detail_hands_in_and_goes_on_to_the_next_task(world, sheet, clerk):
    other = KpiSheetFactory(round=world.round, section=world.industry)

    response = clerk.post(
        address(sheet),
        {**versions(sheet), "figure": "191", "answers.problems": "なし", "do": "submit"},
        follow=True,
    )

    assert fresh(sheet).state == SheetState.AWAITING_APPROVAL
    assert response.redirect_chain[-1][0] == address(other)
    assert "承認へ回しました。" in text_of(response)


def test_kpi_sheet_detail_keeps_an_incomplete_sheet_and_says_what_lacks(sheet, clerk):
    response = clerk.post(address(sheet), {**versions(sheet), "figure": "191", "do": "submit"})

    assert response.status_code == 422
    assert "「課題」を入力してください。" in text_of(response)
    assert fresh(sheet).state == SheetState.DRAFTING
    assert actual_of(sheet).value == 191
    again = clerk.post(
        address(sheet),
        {
            **response.context["versions"],
            "figure": "191",
            "answers.problems": "なし",
            "do": "submit",
        },
    )
    assert again.status_code == 302
    assert fresh(sheet).state == SheetState.AWAITING_APPROVAL


def test_kpi_sheet_detail_posted_twice_hands_in_once(sheet, clerk):
    entry = {**versions(sheet), "figure": "191", "answers.problems": "なし", "do": "submit"}

    clerk.post(address(sheet), entry)
    version = fresh(sheet).version
    second = clerk.post(address(sheet), entry, follow=True)

    assert "すでに承認へ回されています。" in text_of(second)
    assert fresh(sheet).version == version


def test_kpi_sheet_preview_tells_how_a_figure_is_read_and_judged(world, sheet, clerk):
    ask = reverse("evaluations:kpi_sheet_preview", args=[sheet.pk])

    shown = text_of(clerk.get(ask, {"figure": "２２７人", "status": ""}))
    refused = text_of(clerk.get(ask, {"figure": "二百人くらい？"}))

    assert "227人（確定）" in shown
    assert "順調" in shown
    assert "field__error" in refused
    assert actual_of(sheet) is None


# --- two editors ------------------------------------------------------------------------------------


def conflict(sheet, clerk, other, **mine):
    """Let another person save between the opening and the save; return the answer."""
    opened = clerk.get(address(sheet)).context["form"].initial
    save(fresh(sheet), other, problems="先に保存した文")
    return clerk.post(
        address(sheet),
        {
            "sheet_version": opened["sheet_version"],
            "figure_version": opened["figure_version"],
            "base": opened["base"],
            "figure": "",
            **mine,
        },
    )


def test_the_second_editor_sees_both_texts_and_loses_neither(world, sheet, clerk):
    response = conflict(sheet, clerk, world.of_industry.deputy, **{"answers.problems": "後から保存した文"})

    assert response.status_code == 409
    assert "先に保存した文" in text_of(response)
    assert "後から保存した文" in text_of(response)
    assert fresh(sheet).answers == {"problems": "先に保存した文"}


def test_what_only_one_of_them_changed_needs_no_choice(world, sheet, clerk):
    response = conflict(sheet, clerk, world.of_industry.deputy, **{"answers.effect": "高"})

    clashes = {each.name for each in response.context["clashes"]}
    settled = {each.name: each.merged for each in response.context["settled"]}
    assert clashes == set()
    assert settled == {
        "figure": "191",
        "status": "final",
        "answers.problems": "先に保存した文",
        "answers.effect": "高",
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("mine", "後の文"), ("theirs", "先に保存した文"), ("edit", "先に保存した文\n後の文")],
)
def test_the_person_chooses_field_by_field_and_saves_on_the_new_version(
    world, sheet, clerk, choice, expected
):
    shown = conflict(sheet, clerk, world.of_industry.deputy, **{"answers.problems": "後の文"}).context
    (clash,) = shown["clashes"]
    chosen = {
        **shown["versions"],
        "merge": "1",
        "base": shown["base"],
        **shown["same"],
        **{each.name: each.merged for each in shown["settled"]},
        f"mine.{clash.name}": clash.mine,
        f"theirs.{clash.name}": clash.theirs,
        f"edit.{clash.name}": clash.both,
    }

    unchosen = clerk.post(address(sheet), chosen)
    done = clerk.post(address(sheet), {**chosen, f"choose.{clash.name}": choice})

    assert unchosen.status_code == 409
    assert "後の文" in text_of(unchosen)
    assert done.status_code == 302
    assert fresh(sheet).answers["problems"] == expected
    assert actual_of(sheet).value == 191


def test_what_is_typed_on_a_sheet_that_went_on_is_kept_as_a_draft(world, sheet, clerk):
    opened = versions(sheet)
    save(fresh(sheet), world.of_industry.deputy, problems="なし")
    perform(Act.SUBMIT, fresh(sheet), world.of_industry.deputy)

    response = clerk.post(address(sheet), {**opened, "figure": "200", "answers.problems": "別の文"})

    assert response.status_code == 409
    assert "このシートはいま入力できません" in text_of(response)
    assert fresh(sheet).answers == {"problems": "なし"}
    perform(Act.RETURN, fresh(sheet), world.of_industry.chief)
    shown = clerk.get(address(sheet))
    assert shown.context["form"]["answers.problems"].value() == "別の文"
    assert "保存していない入力を戻しました" in text_of(shown)
    saved = clerk.post(
        address(sheet),
        {**shown.context["form"].initial, "answers.problems": "別の文", "figure": "200"},
    )
    assert saved.status_code == 409, "a draft begun on an older version still meets what came in between"


# --- drafts -----------------------------------------------------------------------------------------


def test_a_draft_comes_back_into_the_boxes_and_is_thrown_away_on_wish(world, sheet, clerk):
    kept = clerk.post(
        act_address("sheet_draft", sheet), {"sheet_version": 1, "draft.answers.problems": "途中の文"}
    )
    assert kept.status_code == 204
    assert clerk.get(address(sheet)).context["form"]["answers.problems"].value() == "途中の文"
    assert fresh(sheet).answers == {}

    clerk.post(act_address("sheet_draft_discard", sheet))

    assert clerk.get(address(sheet)).context["form"]["answers.problems"].value() == ""


def test_a_draft_is_the_persons_own(world, sheet, clerk, as_user):
    clerk.post(act_address("sheet_draft", sheet), {"sheet_version": 1, "draft.note": "途中"})

    other = as_user(world.of_industry.deputy).get(address(sheet))

    assert other.context["form"]["note"].value() == ""


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"sheet_version": "x", "draft.note": "a"}, 404),
        ({"sheet_version": "2", "draft.note": "a"}, 404),
        ({"sheet_version": "1", "draft.note": "あ" * 20_001}, 413),
        ({"sheet_version": "1", **{f"draft.f{n}": "a" for n in range(61)}}, 413),
    ],
)
def test_a_draft_that_cannot_be_a_sheets_is_refused(sheet, clerk, data, status):
    assert clerk.post(act_address("sheet_draft", sheet), data).status_code == status
    assert SheetDraft.objects.count() == 0


# --- taking over ------------------------------------------------------------------------------------


@pytest.fixture
def last_year(world):
    return KpiSheetFactory(
        round=RoundFactory(fiscal_year=2018),
        kpi=world.industry_kpi,
        section=world.industry,
        answers={"problems": "人手の不足", "effect": "高"},
    )


def test_last_times_answer_is_put_into_the_box_and_marked_when_saved(sheet, last_year, clerk):
    taken = clerk.post(address(sheet), {**versions(sheet), "figure": "191", "take": "problems"})
    form = taken.context["form"]
    assert (form["answers.problems"].value(), form["figure"].value()) == ("人手の不足", "191")
    assert fresh(sheet).version == 1

    clerk.post(
        address(sheet),
        {
            **versions(sheet),
            "figure": "191",
            "answers.problems": "人手の不足",
            "taken_over": form["taken_over"].value(),
        },
    )

    assert fresh(sheet).carried_over == ["problems"]
    assert "前回と同じ" in text_of(clerk.get(address(sheet)))


def test_all_of_last_times_answers_fill_empty_boxes_only(sheet, last_year, clerk):
    taken = clerk.post(address(sheet), {**versions(sheet), "answers.problems": "新しい文", "take_all": "1"})

    form = taken.context["form"]
    assert (form["answers.problems"].value(), form["answers.effect"].value()) == ("新しい文", "高")
