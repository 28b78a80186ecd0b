"""Reminders go out by mail: one digest a person and day, noted before it is sent and marked as sent after.

The note keeps two runs at the same time from sending the same digest. A mail that could not be handed to the
mail server is taken off the list again, so that the next run tries it once more. A process that dies in
between leaves a note that is not marked: a run of the same day takes it up again once it is too old to be
under way, and a run of another day tells everything anew, since nobody counts as told by such a note. So no
digest is lost, and each person gets one a day; only a process that dies in the moment between the mail
server's answer and the mark can double one mail, at worst.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, transaction

from evaluations.enums import Occasion
from evaluations.models import ReminderItem, ReminderMail, ReminderText
from evaluations.selectors.reminders import PLACES, Digest, Wording, unknown_places
from history.services import Authorship, change_record, create_record

logger = logging.getLogger(__name__)
MAX_BODY = 4_000
UNDER_WAY = timedelta(minutes=10)  # handing one mail over takes far less (EMAIL_TIMEOUT)


@dataclass(frozen=True)
class SendingReport:
    """What became of the digests: sent, without an address, already told today, refused by the server."""

    sent: int = 0
    without_address: tuple[str, ...] = ()
    already: int = 0
    failed: tuple[str, ...] = ()


class WordingRefused(Exception):
    """The words cannot be used like this: a message for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("文面を確かめてください。")
        self.errors = dict(errors)


def send_digests(*, digests: Sequence[Digest], today: date, now: Callable[[], datetime]) -> SendingReport:
    """Send each person's digest, once a day at most. Nothing is sent inside a transaction.

    `now` tells the time at which each mail is noted.
    """
    sent, already = 0, 0
    failed: list[str] = []
    connection = get_connection()
    for digest in (each for each in digests if each.address):
        mail = _note(digest, today, now())
        if mail is None:
            already += 1
            continue
        try:
            EmailMessage(mail.subject, mail.body, to=[mail.address], connection=connection).send()
        except (OSError, ValueError) as error:  # the server or the way to it; an address that is none
            logger.warning("reminder to user %s was not sent: %s", digest.user.pk, error)
            mail.delete()
            failed.append(str(digest.user))
        else:
            ReminderMail.objects.filter(pk=mail.pk).update(is_sent=True)
            sent += 1
    without = tuple(str(digest.user) for digest in digests if not digest.address)
    return SendingReport(sent, without, already, tuple(failed))


def _note(digest: Digest, today: date, at: datetime) -> ReminderMail | None:
    """Write down that a person is being told, None when another run has told or is telling them."""
    mail = ReminderMail(
        user=digest.user,
        day=today,
        address=digest.address,
        subject=digest.subject,
        body=digest.body,
        noted_at=at,
    )
    broken_off = ReminderMail.objects.filter(
        user=digest.user, day=today, is_sent=False, noted_at__lt=at - UNDER_WAY
    )
    try:
        with transaction.atomic():
            broken_off.delete()
            mail.save(force_insert=True)
            ReminderItem.objects.bulk_create(
                ReminderItem(
                    mail=mail,
                    round=line.owed.collection,
                    section=line.owed.section,
                    occasion=line.occasion.value,
                    due_on=line.owed.due_on,
                )
                for line in digest.lines
            )
    except IntegrityError:
        return None
    return mail


def set_wording(*, occasion: Occasion, wording: Wording, authorship: Authorship) -> bool:
    """Change the words of an occasion; return whether anything differed.

    :raises WordingRefused: if there is no text, too much of it, or a place that cannot be filled in
    """
    errors = {}
    for name, label, limit in (("subject", "件名", 120), ("body", "本文", MAX_BODY)):
        text = getattr(wording, name)
        unknown = unknown_places(text)
        if not text.strip():
            errors[name] = f"{label}を入力してください。"
        elif len(text) > limit:
            errors[name] = f"{label}は{limit:,}文字までです。"
        elif unknown:
            known = "".join(f"{{{place}}}" for place in PLACES)
            errors[name] = f"{{{unknown[0]}}}は使えません。使えるのは {known} です。"
    if errors:
        raise WordingRefused(errors)
    stored = ReminderText.objects.filter(occasion=occasion.value).first()
    if stored is None:
        text = ReminderText(occasion=occasion.value, subject=wording.subject, body=wording.body)
        create_record(text, authorship=authorship)
        return True
    changes = {"subject": wording.subject, "body": wording.body}
    return change_record(stored, changes, authorship=authorship)
