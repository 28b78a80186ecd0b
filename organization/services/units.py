"""Every write to sections and bureaus, with its revision."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction

from history.services import Authorship, create_record
from organization.models import Bureau, Section
from organization.services.checked import change_checked, fresh

Unit = TypeVar("Unit", bound=Section | Bureau)


def create_unit(unit: Unit, *, authorship: Authorship) -> Unit:
    """Create a section or bureau.

    :raises ValidationError: if there is one of the same name since the same year.
    """
    unit.full_clean()
    return create_record(unit, authorship=authorship)


def change_unit(unit: Unit, changes: Mapping[str, Any], *, authorship: Authorship) -> bool:
    """Correct a section or bureau; return whether anything changed. A real renaming is a reorganisation.

    :raises ValidationError: if there is one of the same name since the same year.
    """
    with transaction.atomic():
        return change_checked(fresh(unit), changes, authorship)
