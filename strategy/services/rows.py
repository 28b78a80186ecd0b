"""Make the stored rows of a table of inputs what the person wants them to be."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model

from history.services import Authorship, change_record, create_record, delete_record
from strategy.models import KpiPart, Responsibility, SeriesBreak

Row = TypeVar("Row", KpiPart, SeriesBreak, Responsibility)


def replace_rows(
    model: type[Row],
    stored: Sequence[Row],
    wanted: Sequence[tuple[int | None, dict[str, Any]]],
    owner: Mapping[str, Any],
    authorship: Authorship,
) -> bool:
    """Make the stored rows what is wanted. Deletes first: a new row may take a deleted one's place."""
    by_pk = {row.pk: row for row in stored}
    kept = {pk for pk, _ in wanted if pk is not None}
    changed = False
    for pk, row in by_pk.items():
        if pk not in kept:
            delete_record(row, authorship=authorship)
            changed = True
    for asked_pk, values in wanted:
        held = by_pk.get(asked_pk) if asked_pk is not None else None
        if held is not None:
            marks: dict[str, Any] = {"unconfirmed": {}} if isinstance(held, KpiPart) else {}
            changed |= change_record(held, values | marks, authorship=authorship)
        else:
            new: Model = model(**owner, **values)
            create_record(new, authorship=authorship)
            changed = True
    return changed
