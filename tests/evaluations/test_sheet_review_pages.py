"""The sheets' pages for chief and planning: approving, returning, correcting, remarks and history."""

import json

from evaluations.enums import Act, SheetState
from evaluations.models import FieldComment, KpiSheet
from evaluations.selectors.sheets import actual_of
from tests.evaluations.acts import fresh, perform, save
from tests.evaluations.sheet_pages import act_address, address, text_of, versions
from tests.factories.evaluations import (
    ActualFactory,
    FieldCommentFactory,
)

# --- chief and planning -----------------------------------------------------------------------------


def test_sheet_act_approves_and_a_late_second_press_says_so(world, sheet, as_user):
    save(fresh(sheet), world.of_industry.clerk, problems="なし")
    perform(Act.SUBMIT, fresh(sheet), world.of_industry.clerk)
    chief = as_user(world.of_industry.chief)
    press = {**versions(sheet), "act": "approve"}

    first = chief.post(act_address("sheet_act", sheet), press, follow=True)
    second = chief.post(act_address("sheet_act", sheet), press, follow=True)

    assert "承認しました。" in text_of(first)
    assert "すでに済んでいます。" in text_of(second)
    assert fresh(sheet).approved_by == world.of_industry.chief


def test_sheet_act_does_nothing_on_a_sheet_changed_since(world, sheet, as_user):
    save(fresh(sheet), world.of_industry.clerk, problems="なし")
    perform(Act.SUBMIT, fresh(sheet), world.of_industry.clerk)
    old = versions(sheet)
    perform(Act.WITHDRAW, fresh(sheet), world.of_industry.clerk)
    perform(Act.SUBMIT, fresh(sheet), world.of_industry.clerk)

    shown = as_user(world.of_industry.chief).post(
        act_address("sheet_act", sheet), {**old, "act": "approve"}, follow=True
    )

    assert "ほかの人がこのシートを変えました" in text_of(shown)
    assert fresh(sheet).state == SheetState.AWAITING_APPROVAL


def test_own_entries_are_refused_with_the_way_out(world, sheet, as_user):
    save(fresh(sheet), world.of_industry.chief, problems="なし")
    perform(Act.SUBMIT, fresh(sheet), world.of_industry.clerk)

    response = as_user(world.of_industry.chief).post(
        act_address("sheet_act", sheet), {**versions(sheet), "act": "approve"}
    )

    assert response.status_code == 403
    assert "ほかの所属長・代決者に承認を依頼してください" in text_of(response)


def test_sheet_return_sends_reason_and_remarks_which_the_clerk_sees(world, sheet, as_user, clerk):
    save(fresh(sheet), world.of_industry.clerk, problems="なし")
    perform(Act.SUBMIT, fresh(sheet), world.of_industry.clerk)
    chief = as_user(world.of_industry.chief)
    shown = text_of(chief.get(act_address("sheet_return", sheet)))
    assert "191人（確定）" in shown

    chief.post(
        act_address("sheet_return", sheet),
        {**versions(sheet), "reason": "根拠を書いてください", "remark.answers.problems": "本当にない？"},
    )

    page = text_of(clerk.get(address(sheet)))
    assert "根拠を書いてください" in page
    assert "本当にない？" in page
    assert FieldComment.objects.get().field == "answers.problems"


def test_a_remark_on_no_field_of_the_sheet_is_left_out(world, sheet, as_user):
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.SUBMITTED.value)
    sent = {**versions(fresh(sheet)), "reason": "確認", f"remark.{'x' * 200}": "どこにもない欄"}

    response = as_user(world.planning).post(act_address("sheet_return", sheet), sent)

    assert response.status_code == 302
    assert FieldComment.objects.count() == 0


def test_sheet_return_without_reason_keeps_the_remarks_typed(world, sheet, as_user):
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.SUBMITTED.value)

    response = as_user(world.planning).post(
        act_address("sheet_return", sheet), {**versions(sheet), "reason": " ", "remark.figure": "出典は？"}
    )

    assert response.status_code == 422
    assert "出典は？" in text_of(response)
    assert fresh(sheet).state == SheetState.SUBMITTED


def test_sheet_assess_tells_of_somebody_elses_words_and_keeps_the_typed(world, sheet, as_user):
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.SUBMITTED.value)
    old = versions(sheet)
    perform(Act.ASSESS, fresh(sheet), world.planning)

    response = as_user(world.planning).post(
        act_address("sheet_assess", sheet), {**old, "planning_comment": "別の所見"}
    )

    assert response.status_code == 409
    assert "別の所見" in text_of(response)
    assert fresh(sheet).planning_comment == "妥当である"


def test_sheet_correct_changes_a_locked_sheet_with_its_reason_in_sight(world, sheet, as_user):
    ActualFactory(kpi=world.industry_kpi)
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.FINALISED.value)
    planning = as_user(world.planning)
    form = planning.get(act_address("sheet_correct", sheet)).context["form"]
    entry = {**form.initial, "figure": "205", "expected_on": "", "as_of": ""}

    without = planning.post(act_address("sheet_correct", sheet), {**entry, "reason": ""})
    done = planning.post(act_address("sheet_correct", sheet), {**entry, "reason": "集計の誤り"})

    assert without.status_code == 422
    assert done.status_code == 302
    assert actual_of(sheet).value == 205
    seen_by_reader = text_of(as_user(world.reader).get(address(sheet)))
    assert "集計の誤り" in seen_by_reader
    assert "実績値 191" in seen_by_reader


def test_two_corrections_meet_on_the_page_of_the_conflict(world, sheet, as_user):
    ActualFactory(kpi=world.industry_kpi)
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.FINALISED.value)
    planning = as_user(world.planning)
    form = planning.get(act_address("sheet_correct", sheet)).context["form"]
    perform(Act.CORRECT, fresh(sheet), world.planning)

    response = planning.post(
        act_address("sheet_correct", sheet),
        {**form.initial, "expected_on": "", "as_of": "", "figure": "300", "reason": "別の訂正"},
    )

    assert response.status_code == 409
    assert {"205", "300"} <= {each.theirs for each in response.context["clashes"]} | {
        each.mine for each in response.context["clashes"]
    }
    assert actual_of(sheet).value == 205


# --- remarks and history ----------------------------------------------------------------------------


def test_comments_and_ordinary_history_are_not_for_outsiders(world, sheet, as_user):
    save(fresh(sheet), world.of_industry.clerk, problems="なし")
    save(fresh(sheet), world.of_industry.clerk, problems="書き直した課題")
    FieldCommentFactory(kpi_sheet=sheet, field="figure", text="内輪の話")
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.FINALISED.value, return_reason="差戻しの話")

    inside = text_of(as_user(world.of_industry.chief).get(address(sheet)))
    outside = text_of(as_user(world.reader).get(address(sheet)))

    assert "内輪の話" in inside
    assert "履歴" in inside
    for secret in ("内輪の話", "差戻しの話", "履歴"):
        assert secret not in outside


def test_a_foreign_thread_is_not_answered_here(world, sheet, clerk):
    elsewhere = FieldCommentFactory(kpi_sheet=world.publicity_sheet)

    response = clerk.post(act_address("sheet_comment", sheet), {"parent": elsewhere.pk, "text": "横から"})

    assert response.status_code == 404
    assert FieldComment.objects.count() == 1


def test_the_page_asks_the_same_number_of_queries_with_much_history(world, sheet, clerk, assert_queries):
    save(fresh(sheet), world.of_industry.clerk, problems="0")
    FieldCommentFactory(kpi_sheet=sheet, by=world.planning)
    clerk.get(address(sheet))
    with assert_queries(26):
        clerk.get(address(sheet))
    for number in range(3):
        save(fresh(sheet), world.of_industry.clerk, problems=str(number + 1))
        FieldCommentFactory(kpi_sheet=sheet, by=world.planning)
        ActualFactory(kpi=world.industry_kpi, fiscal_year=2015 + number)
    with assert_queries(26):
        clerk.get(address(sheet))


def test_what_the_page_had_shown_is_sent_back_readable(sheet, clerk):
    base = clerk.get(address(sheet)).context["form"].initial["base"]

    assert json.loads(base)["answers.problems"] == ""
