"""When somebody is reminded: at the start, some days before the due date, and again while it is past."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from evaluations.enums import Occasion

AGAIN_AFTER = 3  # days between two reminders of the same late sheets, or of sheets that wait for approval

Told = Mapping[Occasion, date]


def occasion_to_enter(
    *, today: date, opens_on: date | None, due_on: date | None, days_before: Collection[int], told: Told
) -> Occasion | None:
    """Return of what a person who still has to enter is reminded today, None when of nothing.

    `told` says when each occasion was last told. A day on which nothing ran is made up for on the next.
    """
    if opens_on is not None and today < opens_on:
        return None
    if due_on is not None and today > due_on:
        return Occasion.OVERDUE if _again(Occasion.OVERDUE, told, today) else None
    if not told:
        return Occasion.KICKOFF
    if due_on is None:
        return None
    reached = [day for n in days_before if (day := due_on - timedelta(days=n)) <= today]
    last = max(told.values())
    return Occasion.DUE_SOON if reached and last < max(reached) else None


def occasion_to_answer_for(
    *, today: date, due_on: date | None, enters: int, approves: int, told: Told
) -> Occasion | None:
    """Return of what a section's chief is reminded: sheets that wait for approval, or the section is late."""
    if due_on is not None and today > due_on and enters + approves:
        return Occasion.ESCALATION if _again(Occasion.ESCALATION, told, today) else None
    if approves:
        return Occasion.APPROVAL if _again(Occasion.APPROVAL, told, today) else None
    return None


def _again(occasion: Occasion, told: Told, today: date) -> bool:
    last = told.get(occasion)
    return last is None or (today - last).days >= AGAIN_AFTER
