"""By when a sheet is due: the most specific of a round's dates for groups that takes the sheet in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, kw_only=True)
class GroupDue:
    """A date for a group. Every condition given must hold; one left empty takes in everything.

    `position` decides between two groups that are described equally closely: the later one counts.
    """

    due_on: date
    target: str = ""
    bureau_id: int | None = None
    section_id: int | None = None
    program_kind: str = ""
    position: int = 0

    @property
    def closeness(self) -> tuple[bool, bool, bool, bool, int]:
        """Return how closely the group is described: section before bureau before kind before target."""
        return (
            self.section_id is not None,
            self.bureau_id is not None,
            bool(self.program_kind),
            bool(self.target),
            self.position,
        )


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a sheet is, as groups see it. A KPI's sheet has no kind of program."""

    target: str
    section_id: int | None = None
    bureau_id: int | None = None
    program_kind: str = ""


def takes_in(group: GroupDue, subject: Subject) -> bool:
    """Return whether a group holds a sheet."""
    return (
        group.target in {"", subject.target}
        and group.program_kind in {"", subject.program_kind}
        and group.bureau_id in {None, subject.bureau_id}
        and group.section_id in {None, subject.section_id}
    )


def due_of(groups: Iterable[GroupDue], subject: Subject) -> date | None:
    """Return the date of the most closely described group that holds the sheet, None when none does."""
    found = [group for group in groups if takes_in(group, subject)]
    return max(found, key=lambda group: group.closeness).due_on if found else None


def moved_due(due_on: date, *, round_due: date | None, new_round_due: date | None, years: int) -> date:
    """Return a group's day in the next round: as far from the round's own day as it was last time.

    Without a day of one of the rounds it is the same day so many `years` later (29 February: the 28th). A
    weekend gives way to the Friday before.
    """
    if round_due is not None and new_round_due is not None:
        moved = new_round_due + (due_on - round_due)
    else:
        is_leap_day = (due_on.month, due_on.day) == (2, 29)
        moved = due_on.replace(year=due_on.year + years, day=28 if is_leap_day else due_on.day)
    return moved - timedelta(days=max(moved.weekday() - 4, 0))
