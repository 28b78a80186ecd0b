"""Changes of one record after its model's own checks."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from django.db import models

from history.services import Authorship, change_record

Row = TypeVar("Row", bound=models.Model)


def fresh(record: Row) -> Row:
    """Return the record as it is stored: a form may already have written into the one in hand."""
    # `_meta.model`, because request.user is a lazy wrapper of another type.
    rows = record._meta.model._default_manager.select_for_update()
    return cast(Row, rows.get(pk=record.pk))


def change_checked(record: models.Model, changes: Mapping[str, Any], authorship: Authorship) -> bool:
    """Write changes after the model's own checks of what the record would become."""
    trial = type(record)._default_manager.get(pk=record.pk)
    for name, value in changes.items():
        setattr(trial, name, value)
    trial.full_clean()
    return change_record(record, changes, authorship=authorship)
