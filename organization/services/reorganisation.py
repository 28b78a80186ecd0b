"""Many units at once, as a list of sections brings them: opened, corrected, closed, joined."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from history.services import Authorship, change_records, create_records
from organization.models import Section, SectionSuccession


def open_sections(sections: Sequence[Section], *, authorship: Authorship) -> Sequence[Section]:
    """Create sections."""
    return create_records(sections, authorship=authorship)


def change_sections(changes: Mapping[int, Mapping[str, Any]], *, authorship: Authorship) -> None:
    """Correct sections, or close them with their last fiscal year, by their ids."""
    known = Section.objects.in_bulk(list(changes))
    change_records([(section, changes[pk]) for pk, section in known.items()], authorship=authorship)


def record_successions(
    successions: Sequence[SectionSuccession], *, authorship: Authorship
) -> Sequence[SectionSuccession]:
    """Record what became of sections on 1 April."""
    with transaction.atomic():
        return create_records(successions, authorship=authorship)
