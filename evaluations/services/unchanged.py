"""今年度は変更なし: last time's words stand again, in one press, marked as such and taken back as easily."""

from typing import Any

from django.db import transaction

from evaluations.enums import Act
from evaluations.models import KpiSheet
from evaluations.permissions import AnySheet
from evaluations.selectors import sheets
from evaluations.selectors.unchanged import TEXTS, taken_over_by
from evaluations.services import drafts
from evaluations.services.workflow import Seen, move, permitted, person_of
from history.services import Authorship, change_record


def declare_unchanged(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> int:
    """Fill every empty box with last time's words, marked as taken over; return how many were filled.

    The figure and the year's results stay as they are: they have to be entered.

    :raises VersionConflict: if somebody else has saved the sheet or what it stands on since
    :raises WrongState: if the sheet is with somebody else by now
    """
    taken = taken_over_by(sheet)
    if not taken:
        return 0
    answers = {t.field.removeprefix("answers."): t.text for t in taken if t.field.startswith("answers.")}
    texts = {t.field: t.text for t in taken if t.field in TEXTS}
    changes: dict[str, Any] = {
        "answers": {**sheet.answers, **answers},
        "carried_over": sorted({*sheet.carried_over, *answers}),
        "unchanged": sorted({*sheet.unchanged, *(t.field for t in taken)}),
    }
    _write(sheet, changes, texts, seen, authorship)
    return len(taken)


def take_back_unchanged(*, sheet: AnySheet, seen: Seen, authorship: Authorship) -> int:
    """Empty again what was taken over and still reads as last time; return how many boxes were emptied.

    What somebody has written there since stays. Raises as above.
    """
    if not sheet.unchanged:
        return 0
    answers = dict(sheet.answers)
    keys = [n.removeprefix("answers.") for n in sheet.unchanged if n.startswith("answers.")]
    emptied = [key for key in keys if key in sheet.carried_over and answers.pop(key, None) is not None]
    texts: dict[str, str] = {}
    if not isinstance(sheet, KpiSheet):
        before = sheets.yearly_before(sheet.program_sheet)
        texts = {
            name: ""
            for name in sheet.unchanged
            if name in TEXTS and before and getattr(sheet.program_sheet, name) == getattr(before, name)
        }
    changes: dict[str, Any] = {
        "answers": answers,
        "carried_over": [key for key in sheet.carried_over if key not in emptied],
        "unchanged": [],
    }
    _write(sheet, changes, texts, seen, authorship)
    return len(emptied) + len(texts)


def _write(
    sheet: AnySheet, changes: dict[str, Any], texts: dict[str, str], seen: Seen, authorship: Authorship
) -> None:
    transition = permitted(sheet, Act.EDIT, authorship)
    assert transition is not None  # saving ends in a state from which one may save: it is never "done"
    person = person_of(authorship)
    with transaction.atomic():
        move(
            sheet,
            transition,
            seen=seen,
            authorship=authorship,
            changes={**changes, "edited_by": person, "edited_at": authorship.at},
        )
        if texts and not isinstance(sheet, KpiSheet):
            change_record(sheet.program_sheet, texts, authorship=authorship)
        drafts.forget(sheet=sheet, user=person)
