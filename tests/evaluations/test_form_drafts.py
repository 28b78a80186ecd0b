"""Reviewers' drafts on their pages: handed out with the form only, kept by a refusal, gone with the save."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from evaluations.enums import Act, SheetState
from evaluations.models import KpiSheet, Round
from evaluations.services.opinions import opine_on_measure
from organization.models import FormDraft, RoleGrant
from tests.evaluations.acts import by, fresh, perform
from tests.evaluations.sheet_pages import act_address, address, text_of, versions
from tests.factories.evaluations import FieldCommentFactory

ONE, TWO = "0123456789abcdef", "fedcba9876543210"
MINE = "集計の時点が違います"


@pytest.fixture
def submitted(sheet):
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.SUBMITTED.value)
    return fresh(sheet)


def keep(client: Client, place: str, turn: int = 1, window: str = ONE, **typed: str) -> int:
    """Send what static/js/form_drafts.js sends; return the status."""
    sent = {"turn": str(turn), **{f"draft.{name}": text for name, text in typed.items()}}
    shown = {f"shown.{name}": "" for name in typed}
    return client.post(
        reverse("organization:form_draft_keep", args=[place, window]), sent | shown
    ).status_code


def live(user) -> list[dict[str, list[str]]]:
    return list(FormDraft.objects.filter(user=user, done_at=None).values_list("typed", flat=True))


def draft_of(place: str, *parts: str) -> dict[str, str]:
    """Return what the form's hidden box carries."""
    return {"draft_of": " ".join([place, *parts])}


def place_of(sheet, form: str) -> str:
    return f"{form}.kpi.{sheet.pk}"


# --- handing out ------------------------------------------------------------------------------------


def test_a_draft_is_handed_out_with_its_form_to_its_writer_only(world, submitted, as_user):
    planning, chief = as_user(world.planning), as_user(world.of_industry.chief)
    place = place_of(submitted, "sheet_return")
    assert keep(planning, place, reason=MINE) == 204

    page = planning.get(act_address("sheet_return", submitted))

    assert MINE in text_of(page)
    assert f'value="{place} {ONE}:1"' in text_of(page)
    assert page["Cache-Control"] == "private, no-store"
    KpiSheet.objects.filter(pk=submitted.pk).update(state=SheetState.AWAITING_APPROVAL.value)
    other = chief.get(act_address("sheet_return", submitted))
    assert (other.status_code, MINE in text_of(other)) == (200, False)
    assert "no-store" not in other.get("Cache-Control", "")
    for elsewhere in (address(submitted), reverse("evaluations:task_list")):
        assert MINE not in text_of(planning.get(elsewhere))


def test_a_draft_is_not_handed_out_to_who_may_not_open_the_form_any_more(world, submitted, as_user):
    planning = as_user(world.planning)
    keep(planning, place_of(submitted, "sheet_return"), reason=MINE)
    keep(planning, place_of(submitted, "sheet_assess"), planning_comment=MINE)
    assert MINE in text_of(planning.get(address(submitted)))

    RoleGrant.objects.filter(user=world.planning).delete()
    pages = [planning.get(act_address("sheet_return", submitted)), planning.get(address(submitted))]

    assert [page.status_code for page in pages] == [404, 404]
    assert [MINE in text_of(page) for page in pages] == [False, False]


def test_a_draft_waits_while_its_form_cannot_be_opened(world, submitted, as_user):
    planning = as_user(world.planning)
    keep(planning, place_of(submitted, "sheet_return"), reason=MINE)
    KpiSheet.objects.filter(pk=submitted.pk).update(state=SheetState.PUBLISHED.value)
    assert MINE not in text_of(planning.get(act_address("sheet_return", submitted), follow=True))

    KpiSheet.objects.filter(pk=submitted.pk).update(state=SheetState.SUBMITTED.value)

    assert MINE in text_of(planning.get(act_address("sheet_return", submitted)))


def test_a_browser_without_scripts_is_shown_the_text_to_copy(world, submitted, as_user):
    planning = as_user(world.planning)
    keep(planning, place_of(submitted, "sheet_return"), reason="<b>太字</b>")

    page = planning.get(act_address("sheet_return", submitted)).content.decode()

    [noscript] = re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL)
    assert "&lt;b&gt;太字&lt;/b&gt;" in noscript
    assert "<b>太字</b>" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_drafts_cost_a_page_of_many_forms_one_query(world, sheet, as_user, assert_queries, count):
    planning = as_user(world.planning)
    for number in range(count):
        FieldCommentFactory(kpi_sheet=sheet, by=world.planning)
        keep(planning, f"sheet_remark.kpi.{sheet.pk}.figure", window=f"{number}" * 16, text=MINE)
    planning.get(address(sheet))

    with assert_queries(24):
        planning.get(address(sheet))


# --- keeping ----------------------------------------------------------------------------------------


def test_what_is_no_draft_is_refused_and_what_is_too_long_says_so(world, as_user):
    planning = as_user(world.planning)

    assert keep(planning, "sheet_return.kpi.1", window="no-window", reason=MINE) == 404
    assert keep(planning, "sheet_return.kpi.1", turn=-1, reason=MINE) == 404
    assert keep(planning, "sheet_return.kpi.1", reason="あ" * 20_001) == 413
    assert keep(planning, "organization.password_change", old_password="geheim") == 404
    assert FormDraft.objects.count() == 0


def test_an_ended_session_or_another_person_keeps_nothing(world, as_user):
    place = "sheet_return.kpi.1"
    as_another = {"turn": "1", "draft.reason": MINE, "opened_by": str(world.committee.pk)}
    target = reverse("organization:form_draft_keep", args=[place, ONE])

    assert keep(Client(), place, reason=MINE) == 302
    assert as_user(world.planning).post(target, as_another).status_code == 409
    assert FormDraft.objects.count() == 0


def test_a_draft_thrown_away_is_gone_for_its_writer_only(world, submitted, as_user):
    place = place_of(submitted, "sheet_return")
    planning, chief = as_user(world.planning), as_user(world.of_industry.chief)
    for client in (planning, chief):
        keep(client, place, reason=MINE)
        keep(client, place, window=TWO, reason="もう一つ")

    thrown = planning.post(
        reverse("organization:form_draft_discard", args=[place]), {"parts": f"{ONE}:1 {TWO}:1"}
    )

    assert thrown.status_code == 204
    assert MINE not in text_of(planning.get(act_address("sheet_return", submitted)))
    assert (len(live(world.planning)), len(live(world.of_industry.chief))) == (0, 2)


# --- sending ----------------------------------------------------------------------------------------


def test_a_return_that_was_made_leaves_nothing(world, submitted, as_user):
    planning, place = as_user(world.planning), place_of(submitted, "sheet_return")
    keep(planning, place, reason=MINE)
    keep(planning, place_of(submitted, "sheet_assess"), planning_comment="所見は別の物")

    made = planning.post(
        act_address("sheet_return", submitted),
        {**versions(submitted), "reason": MINE, **draft_of(place, f"{ONE}:1", f"{TWO}:4")},
    )

    assert made.status_code == 302
    assert live(world.planning) == [{"planning_comment": ["所見は別の物", ""]}]
    assert keep(planning, place, turn=4, window=TWO, reason=MINE) == 200, "it was on its way with the form"


def test_a_refused_return_keeps_the_draft_and_hands_out_what_was_sent(world, submitted, as_user):
    planning, place = as_user(world.planning), place_of(submitted, "sheet_return")
    keep(planning, place, **{"remark.figure": "出典", "reason": "理由"})

    refused = planning.post(
        act_address("sheet_return", submitted),
        {
            **versions(submitted),
            "reason": " ",
            "remark.figure": "出典は？",
            **draft_of(place, f"{ONE}:2"),
        },
    )

    assert refused.status_code == 422
    handed_out = unescape(re.search(r'data-kept="([^"]*)"', refused.content.decode())[1])
    assert '"remark.figure": ["出典は？", ""]' in handed_out
    assert "data-was-sent" in refused.content.decode()
    assert live(world.planning) == [{"reason": ["理由", ""], "remark.figure": ["出典", ""]}]


def test_a_return_that_came_too_late_keeps_the_draft(world, submitted, as_user):
    planning, place = as_user(world.planning), place_of(submitted, "sheet_return")
    keep(planning, place, reason=MINE)
    old = versions(submitted)
    KpiSheet.objects.filter(pk=submitted.pk).update(state=SheetState.PUBLISHED.value)

    late = planning.post(
        act_address("sheet_return", submitted), {**old, "reason": MINE, **draft_of(place, f"{ONE}:1")}
    )

    assert late.status_code == 302, "the sheet's page says why"
    assert live(world.planning) == [{"reason": [MINE, ""]}]


def test_a_refused_token_keeps_the_draft_and_sending_again_lets_it_go(world, submitted, as_user):
    client, place = Client(enforce_csrf_checks=True), place_of(submitted, "sheet_return")
    client.force_login(world.planning, backend="django.contrib.auth.backends.ModelBackend")
    keep(as_user(world.planning), place, reason=MINE)
    form = {**versions(submitted), "reason": MINE, **draft_of(place, f"{ONE}:1")}

    refused = client.post(act_address("sheet_return", submitted), form, HTTP_ORIGIN="http://testserver")

    assert refused.status_code == 403
    assert f'<input type="hidden" name="draft_of" value="{place} {ONE}:1">' in text_of(refused)
    assert len(live(world.planning)) == 1
    as_user(world.planning).post(act_address("sheet_return", submitted), form)
    assert live(world.planning) == []


def test_a_comment_refused_by_a_message_keeps_the_draft(world, sheet, clerk):
    place = f"sheet_remark.kpi.{sheet.pk}.figure"
    keep(clerk, place, text="あ" * 4_001)
    send = {"field": "figure", **draft_of(place, f"{ONE}:1")}

    clerk.post(act_address("sheet_comment", sheet), {**send, "text": "あ" * 4_001})
    assert len(live(world.of_industry.clerk)) == 1
    assert "コメントは4,000文字までです。" in text_of(clerk.get(address(sheet))), "the message is still told"

    clerk.post(act_address("sheet_comment", sheet), {**send, "text": "短くした"})
    assert live(world.of_industry.clerk) == []


def test_opinions_of_one_page_are_let_go_one_by_one_and_not_by_a_conflict(world, as_user):
    committee = as_user(world.committee)
    opinion = f"measure_opinion.{world.round.pk}.{world.measure.pk}"
    reply = f"measure_reply.{world.round.pk}.{world.measure.pk}"
    keep(committee, opinion, text=MINE)
    keep(committee, reply, text="別の欄")
    opine_on_measure(
        collection=Round.objects.get(pk=world.round.pk),
        node=world.measure,
        text="企画が先に書いた",
        seen_version=0,
        authorship=by(world.planning),
    )
    page = reverse("evaluations:round_opinions", args=[world.round.pk])
    sent = {"node": str(world.measure.pk), "kind": "opinion", "text": MINE, **draft_of(opinion, f"{ONE}:1")}

    assert committee.post(page, {**sent, "version": "0"}).status_code == 409
    assert len(live(world.committee)) == 2

    assert committee.post(page, {**sent, "version": "1"}).status_code == 302
    assert live(world.committee) == [{"text": ["別の欄", ""]}]


def test_the_page_of_a_correction_in_conflict_carries_the_corrections_draft_on(world, sheet, as_user):
    planning, place = as_user(world.planning), place_of(sheet, "sheet_correct")
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.FINALISED.value)
    keep(planning, place, note="訂正の注記", reason="集計の誤り")
    form = {"reason": "集計の誤り", "figure": "200", "status": "final", "note": "訂正の注記"}
    form |= {**versions(sheet), **draft_of(place, f"{ONE}:1")}
    perform(Act.CORRECT, fresh(sheet), world.planning)

    conflict = planning.post(act_address("sheet_correct", sheet), form)

    assert conflict.status_code == 409
    assert f'name="draft_of" value="{place} {ONE}:1"' in text_of(conflict)
    assert len(live(world.planning)) == 1
    boxes = re.findall(r'name="draft_of" value="([^"]*)"', text_of(conflict))
    assert boxes == [place_of(sheet, "sheet_conflict"), f"{place} {ONE}:1"]
    done = planning.post(
        act_address("sheet_correct", sheet),
        {**form, **versions(sheet), "base": "", "effect": "", "draft_of": boxes, **choices(conflict)},
    )
    assert (done.status_code, live(world.planning)) == (302, [])


def choices(conflict) -> dict[str, str]:
    """Keep one's own text in every box that clashes."""
    page = text_of(conflict)
    mine = dict(re.findall(r'name="mine\.([^"]+)" value="([^"]*)"', page))
    own = {f"choose.{name}": "mine" for name in mine} | {f"mine.{name}": text for name, text in mine.items()}
    return {"merge": "1", "answers.problems": "", "answers.effect": "", **own}


# --- every form -------------------------------------------------------------------------------------

KEEPS_OTHERWISE = {
    "_unsent_form.html",  # the form it shows has its draft
    "evaluations/round_grid.html",  # its cells are the sheets' drafts
    "gallery/gallery.html",  # sends nothing
    "importers/import_run_create.html",  # files are never kept
    "importers/round_book_upload.html",
}


def test_every_guarded_form_keeps_what_is_typed():
    folder = settings.BASE_DIR / "templates"
    found = set()
    for file in folder.rglob("*.html"):
        for form in re.findall(r"<form\b[^\n]*\bdata-guard(?s:.*?)</form>", file.read_text(encoding="utf-8")):
            if "keep_drafts" not in form:
                found.add(file.relative_to(folder).as_posix())

    assert found == KEEPS_OTHERWISE
