"""What is typed and not sent: kept by person, form and window, told apart from what arrives late, bounded."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from organization.models import FormDraft, User
from organization.selectors import form_drafts_of
from organization.services.form_drafts import (
    DONE_FOR,
    KEPT_FOR,
    MAX_DRAFTS,
    MAX_FIELDS,
    MAX_TEXT,
    DraftTooLarge,
    NoDraft,
    Part,
    TypedText,
    forget_stale,
    keep_form_draft,
    settle_form_drafts,
)
from tests.factories.organization import UserFactory
from tsukuba_kpi import clock

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 20, 1, tzinfo=UTC)
ONE, TWO = "0123456789abcdef", "fedcba9876543210"
PLACE = "sheet_return.kpi.12"


@pytest.fixture
def user() -> User:
    return UserFactory()


def keep(user: User, text: str, turn: int = 1, window: str = ONE, **given) -> bool:
    typed = given.pop("typed", {"reason": TypedText(text, "")})
    given = {"place": PLACE, "at": AT, **given}
    return keep_form_draft(user=user, part=Part(window, turn), typed=typed, **given)


def settle(user: User, *parts: Part, at: datetime = AT) -> None:
    settle_form_drafts(user=user, place=PLACE, parts=parts, at=at)


def kept(user: User) -> list[dict[str, list[str]]]:
    """Return what a page of this form would be handed out, the newest first."""
    return [draft.typed for draft in form_drafts_of(user, since=AT - KEPT_FOR).get(PLACE, [])]


def test_a_draft_belongs_to_its_person_its_form_and_its_window(user):
    other = UserFactory()

    keep(user, "根拠が\r\n不足\x00")
    keep(user, "もう一つの画面", window=TWO, at=AT + timedelta(minutes=1))
    keep(user, "別のシート", place="sheet_return.kpi.13")
    keep(other, "別の人")

    assert kept(user) == [{"reason": ["もう一つの画面", ""]}, {"reason": ["根拠が\n不足", ""]}]
    assert kept(other) == [{"reason": ["別の人", ""]}]


def test_what_is_typed_on_replaces_and_what_arrives_late_does_not(user):
    keep(user, "根拠", turn=1)
    keep(user, "根拠が不足", turn=3)

    assert keep(user, "根拠が", turn=2) is True

    assert kept(user) == [{"reason": ["根拠が不足", ""]}]


def test_a_box_that_shows_again_what_it_had_shown_is_no_draft(user):
    keep(user, "", typed={"reason": TypedText("新", "旧"), "note": TypedText("同じ", "同じ")})
    assert kept(user) == [{"reason": ["新", "旧"]}]

    keep(user, "", turn=2, typed={"reason": TypedText("旧", "旧")})

    assert kept(user) == []


def test_a_window_that_goes_on_from_a_draft_takes_its_place_unless_it_went_on_itself(user):
    keep(user, "一つ目", turn=4)

    keep(user, "一つ目の続き", window=TWO, over=[Part(ONE, 4)])
    assert kept(user) == [{"reason": ["一つ目の続き", ""]}]

    keep(user, "一つ目はまだ開いていた", turn=5, at=AT + timedelta(minutes=1))
    keep(user, "一つ目の続き。", turn=2, window=TWO, over=[Part(ONE, 4)], at=AT + timedelta(minutes=2))
    assert kept(user) == [{"reason": ["一つ目の続き。", ""]}, {"reason": ["一つ目はまだ開いていた", ""]}]


def test_a_taken_form_leaves_nothing_and_knows_what_arrives_late(user):
    keep(user, "理由", turn=2)

    settle(user, Part(ONE, 3), Part(TWO, 1))

    assert (kept(user), [draft.typed for draft in FormDraft.objects.all()]) == ([], [{}, {}])
    assert keep(user, "理由。", turn=3) is False, "it was on its way when the form was taken"
    assert keep(user, "送っただけ", window=TWO) is False, "it waited in the browser"
    assert kept(user) == []
    assert keep(user, "戻って書き足した", turn=4) is True
    assert kept(user) == [{"reason": ["戻って書き足した", ""]}]


def test_what_was_typed_after_the_page_came_survives_the_other_windows_save(user):
    keep(user, "もう一つの画面で続けた", turn=7)

    settle(user, Part(ONE, 5), Part(TWO, 1))

    assert kept(user) == [{"reason": ["もう一つの画面で続けた", ""]}]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"typed": {"reason": TypedText("あ" * (MAX_TEXT + 1), "")}}, DraftTooLarge),
        (
            {"typed": {f"remark.{n}": TypedText("あ" * 19_000, "い" * 19_000) for n in range(6)}},
            DraftTooLarge,
        ),
        ({"typed": {f"remark.{n}": TypedText("あ", "") for n in range(MAX_FIELDS + 1)}}, DraftTooLarge),
        ({"typed": {"あ" * 121: TypedText("あ", "")}}, DraftTooLarge),
        ({"typed": {"new_Password1": TypedText("geheim", "")}}, NoDraft),
        ({"place": ""}, NoDraft),
        ({"place": "a/b"}, NoDraft),
        ({"place": "a" * 121}, NoDraft),
        ({"window": "../../etc"}, NoDraft),
        ({"turn": 2**60}, NoDraft),
        ({"over": [Part("x", 1)]}, NoDraft),
        ({"over": [Part(ONE, 1)] * 21}, NoDraft),
    ],
)
def test_what_can_be_no_draft_is_refused_and_the_last_one_stays(user, given, refusal):
    keep(user, "前の文", turn=1)

    with pytest.raises(refusal):
        keep(user, "あ", **{"turn": 2, **given})

    assert kept(user) == [{"reason": ["前の文", ""]}]


def test_the_drafts_of_one_person_are_counted(user):
    FormDraft.objects.bulk_create(
        FormDraft(user=user, place=f"a.{number}", window=ONE, turn=1, typed={"a": ["1", ""]}, at=AT)
        for number in range(MAX_DRAFTS)
    )

    with pytest.raises(DraftTooLarge, match="多すぎます"):
        keep(user, "もう一つ")

    assert keep(UserFactory(), "ほかの人は書ける") is True
    assert keep(user, "書き続けるのはよい", turn=2, place="a.1") is True
    assert FormDraft.objects.filter(user=user).count() == MAX_DRAFTS


def test_old_drafts_go_with_the_next_one_or_by_the_command(user, monkeypatch):
    other = UserFactory()
    keep(user, "古い", at=AT - KEPT_FOR - timedelta(days=1))
    keep(other, "古い", at=AT - KEPT_FOR - timedelta(days=1))
    keep(other, "済んだ", window=TWO, at=AT - DONE_FOR)
    settle(other, Part(TWO, 1), at=AT - DONE_FOR - timedelta(minutes=1))
    assert kept(user) == [], "nobody is handed out what is too old"

    keep(user, "新しい", window=TWO)
    assert list(FormDraft.objects.filter(user=user).values_list("window", flat=True)) == [TWO]
    assert FormDraft.objects.filter(user=other).count() == 2

    monkeypatch.setattr(clock, "now", lambda: AT)
    call_command("clear_drafts")

    assert list(FormDraft.objects.values_list("user", "window")) == [(user.pk, TWO)]
    assert forget_stale(at=AT) == 0
