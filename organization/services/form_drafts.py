"""What a person has typed into a form and not sent yet, kept on the server; no record of the city.

A form may stand open in several windows: each has a draft of its own, and says with every keeping how often
something was typed in it (its turn). What arrives late, or twice, is told apart by that number.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from organization.models import FormDraft, User

MAX_FIELDS = 2_000  # a block pasted into a table of definitions is many
MAX_TEXT = 20_000  # characters of one box
MAX_TEXTS = 200_000  # characters of one draft, with what the boxes had shown
MAX_DRAFTS = 100  # of one person
MAX_PARTS = 20
KEPT_FOR = timedelta(days=90)
DONE_FOR = timedelta(days=30)
_PLACE = re.compile(r"[\w.-]{1,120}")
_WINDOW = re.compile(r"[0-9a-f]{8,32}")
_MAX_TURN = 2**53


class NoDraft(Exception):
    """What was sent names no form, or no window."""


class DraftTooLarge(Exception):
    """More was sent than a form has room for; the text says what to do."""


@dataclass(frozen=True)
class TypedText:
    """A box's text, and what the box had shown before."""

    text: str
    shown: str


@dataclass(frozen=True)
class Part:
    """One window's draft as far as somebody knows it."""

    window: str
    turn: int


def keep_form_draft(
    *,
    user: User,
    place: str,
    part: Part,
    typed: Mapping[str, TypedText],
    at: datetime,
    over: Collection[Part] = (),
) -> bool:
    """Keep all that was typed into a form in one window; `over` are the drafts it goes on from.

    Return False if it is no news: the form was taken with this, or the person did not want it.

    :raises NoDraft: if the place or the window cannot be one
    :raises DraftTooLarge: if it cannot be the text of a form, or the person has too many drafts
    """
    _check(place, [part, *over])
    kept = {name: [_clean(each.text), _clean(each.shown)[:MAX_TEXT]] for name, each in typed.items()}
    _refuse_too_much(kept)
    differing = {name: pair for name, pair in kept.items() if pair[0] != pair[1]}
    values = {"turn": part.turn, "typed": differing, "at": at, "done_at": None if differing else at}
    with transaction.atomic():
        row, is_new = FormDraft.objects.get_or_create(
            user=user, place=place, window=part.window, defaults=values
        )
        if is_new:
            forget_stale(at=at, user=user)
            if FormDraft.objects.filter(user=user, done_at=None).count() > MAX_DRAFTS:
                raise DraftTooLarge(
                    "保存していない下書きが多すぎます。ほかの画面の入力を保存するか捨ててください。"
                )
        elif not FormDraft.objects.filter(pk=row.pk, turn__lt=part.turn).update(**values):
            return row.done_at is None
        settle_form_drafts(user=user, place=place, parts=over, at=at)
    return True


def settle_form_drafts(*, user: User, place: str, parts: Collection[Part], at: datetime) -> None:
    """Empty drafts whose form was taken, or which are not wanted. What was typed after them stays.

    :raises NoDraft: if the place or a window cannot be one
    """
    _check(place, parts)
    with transaction.atomic():
        for part in parts:
            row, is_new = FormDraft.objects.get_or_create(
                user=user,
                place=place,
                window=part.window,
                defaults={"turn": part.turn, "at": at, "done_at": at},
            )
            if not is_new:
                still = FormDraft.objects.filter(pk=row.pk, turn__lte=part.turn)
                still.update(turn=part.turn, typed={}, done_at=at)


def forget_stale(*, at: datetime, user: User | None = None) -> int:
    """Delete what nobody has come back to; of one person, or of all. Return the number of drafts."""
    own = FormDraft.objects.all() if user is None else FormDraft.objects.filter(user=user)
    deleted, _ = own.filter(Q(at__lt=at - KEPT_FOR) | Q(done_at__lt=at - DONE_FOR)).delete()
    return deleted


def _check(place: str, parts: Collection[Part]) -> None:
    if not _PLACE.fullmatch(place) or len(parts) > MAX_PARTS:
        raise NoDraft
    if any(not _WINDOW.fullmatch(part.window) or not 0 <= part.turn <= _MAX_TURN for part in parts):
        raise NoDraft


def _clean(text: str) -> str:
    # A browser sends each line break as two characters; a database takes no NUL.
    return text.replace("\r\n", "\n").replace("\x00", "")


def _refuse_too_much(kept: Mapping[str, list[str]]) -> None:
    too_long = any(len(text) > MAX_TEXT for text, _ in kept.values())
    too_long = too_long or sum(len(text) + len(shown) for text, shown in kept.values()) > MAX_TEXTS
    if too_long or len(kept) > MAX_FIELDS or any(len(name) > 120 for name in kept):
        raise DraftTooLarge("入力が長すぎて下書きを保管できません。")
    if any("password" in name.lower() for name in kept):
        raise NoDraft
