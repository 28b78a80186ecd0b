"""What a person has typed and not saved yet, kept on the server field by field.

A draft is no record of the city: it has no revisions, belongs to one person, and is gone with the save.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from evaluations.models import SheetDraft
from evaluations.permissions import AnySheet
from evaluations.selectors.sheets import as_owner
from organization.models import User

MAX_FIELDS = 60
MAX_TEXT = 20_000


class DraftTooLarge(Exception):
    """More was sent than a sheet has room for."""


def keep(*, sheet: AnySheet, user: User, typed: Mapping[str, str], version: int, at: datetime) -> int:
    """Keep what is being typed; a field typed again replaces its draft. Return the number of fields.

    :raises DraftTooLarge: if it cannot be the text of a sheet
    """
    if len(typed) > MAX_FIELDS or any(len(text) > MAX_TEXT or len(name) > 80 for name, text in typed.items()):
        raise DraftTooLarge
    owner: Mapping[str, Any] = as_owner(sheet)
    with transaction.atomic():
        for name, text in typed.items():
            SheetDraft.objects.update_or_create(
                user=user,
                field=name,
                **owner,
                defaults={"text": text.replace("\x00", ""), "sheet_version": version, "at": at},
            )
    return len(typed)


def forget(*, sheet: AnySheet, user: User, fields: Collection[str] | None = None) -> int:
    """Throw away drafts of a sheet, or of some of its fields: they were saved, or are not wanted."""
    found = SheetDraft.objects.filter(user=user, **as_owner(sheet))
    deleted, _ = (found if fields is None else found.filter(field__in=list(fields))).delete()
    return deleted
