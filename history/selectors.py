"""Reads of the history: the revisions that stand beside fields, and records as they once stood."""

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from history.enums import RevisionAct, Through
from history.models import Revision

Key = tuple[str, int, str]
Record = TypeVar("Record", bound=models.Model)
# So many ids a query may name: databases take only so many parameters.
MOST_IDS = 20_000


@dataclass(frozen=True)
class Change:
    """One revision as a page shows it: words instead of codes, names instead of keys."""

    at: datetime
    by: str
    act: RevisionAct
    field: str
    label: str
    through: Through
    old: str | None
    new: str | None
    why: str


def revisions_for(records: Iterable[models.Model]) -> dict[Key, list[Change]]:
    """Return the changes of some records by (model label, id, field), newest first.

    One query for the revisions, and one for each model that changed foreign keys point to. Creation
    and deletion have the field "".
    """
    wanted: dict[str, tuple[type[models.Model], set[int]]] = {}
    for record in records:
        if record.pk is not None:
            wanted.setdefault(record._meta.label_lower, (record._meta.model, set()))[1].add(record.pk)
    if not wanted:
        return {}
    condition = Q()
    for label, (_, ids) in wanted.items():
        condition |= Q(record_type=label, record_id__in=ids)
    revisions = list(Revision.objects.filter(condition).select_related("by"))
    names = _names_of_related(revisions, {label: model for label, (model, _) in wanted.items()})
    changes: dict[Key, list[Change]] = {}
    for revision in revisions:
        model = wanted[revision.record_type][0]
        changes.setdefault((revision.record_type, revision.record_id, revision.field), []).append(
            Change(
                at=revision.at,
                by=str(revision.by) if revision.by else "管理コマンド",
                act=RevisionAct(revision.act),
                field=revision.field,
                label=_label(model, revision.field),
                through=Through(revision.through),
                old=_in_words(model, revision.field, revision.old, names),
                new=_in_words(model, revision.field, revision.new, names),
                why=revision.why,
            )
        )
    return changes


def changes_of(record: models.Model) -> list[Change]:
    """Return all changes of one record, newest first."""
    found = [change for changes in revisions_for([record]).values() for change in changes]
    return sorted(found, key=lambda change: change.at, reverse=True)


# --- records as they once stood ---------------------------------------------------------------------------


def as_they_stood(
    model: type[Record],
    records: Iterable[Record],
    at: datetime,
    *,
    gone: Callable[[Record], bool] | None = None,
    kept: Collection[str] = (),
) -> list[Record]:
    """Return records of a model as they stood at a time (one query, two where some have gone since).

    Fields are rewound on copies, what was made later is left out, and of what has been deleted since comes
    back what `gone` accepts (None: nothing). A correction is made to be seen: it is not rewound, nor are
    the fields named in `kept` (those of addresses). What did not change since is the very record given.
    """
    return stood_at_each(model, records, [at], gone=gone, kept=kept)[at]


def stood_at_each(
    model: type[Record],
    records: Iterable[Record],
    times: Collection[datetime],
    *,
    gone: Callable[[Record], bool] | None = None,
    kept: Collection[str] = (),
) -> dict[datetime, list[Record]]:
    """Return records as they stood at each of some times, in the queries of one (see `as_they_stood`)."""
    if not times:
        return {}
    first, today = min(times), {record.pk: record for record in records}
    later = _later(model, list(today), first, kept)
    missing: list[int] = []
    if gone is not None:
        deleted = _rows(model, Q(act=RevisionAct.DELETED.value, new__isnull=True), first)
        missing = sorted(set(deleted.order_by().values_list("record_id", flat=True)) - set(today))
        later |= _later(model, missing, first, kept)
    return {at: _stood(model, today, missing, later, at, gone) for at in times}


def _stood(
    model: type[Record],
    today: Mapping[int, Record],
    missing: Iterable[int],
    later: Mapping[int, list[Revision]],
    at: datetime,
    gone: Callable[[Record], bool] | None,
) -> list[Record]:
    stood = [
        _rewound(model, today.get(pk), [each for each in later.get(pk, ()) if each.at > at])
        for pk in (*today, *missing)
    ]
    return [
        record
        for record in stood
        if record is not None and (record.pk in today or (gone is not None and gone(record)))
    ]


def _rows(model: type[models.Model], wanted: Q, at: datetime) -> "models.QuerySet[Revision]":
    return Revision.objects.filter(wanted, record_type=model._meta.label_lower, at__gt=at)


def _later(
    model: type[models.Model], ids: Sequence[int], at: datetime, kept: Collection[str]
) -> dict[int, list[Revision]]:
    """Return the revisions of some records after a time, oldest first."""
    found: dict[int, list[Revision]] = defaultdict(list)
    for start in range(0, len(ids), MOST_IDS):
        wanted = Q(record_id__in=ids[start : start + MOST_IDS])
        for revision in _rows(model, wanted, at).order_by("at", "id"):
            if revision.field not in kept:
                found[revision.record_id].append(revision)
    return found


def _rewound(model: type[Record], today: Record | None, later: list[Revision]) -> Record | None:
    """Return one record before its later revisions, oldest first; None where it did not exist."""
    before: dict[str, str | None] = {}
    base = today
    for number, revision in enumerate(later):
        if revision.act == RevisionAct.CREATED:
            if number == 0:
                return None
            break
        if revision.act == RevisionAct.DELETED:
            base = _from_snapshot(model, revision.old or "{}")
            break
        if revision.through != Through.CORRECTION:
            before.setdefault(revision.field, revision.old)
    if base is None or not before:
        return base
    stood = copy.copy(base)
    for name, text in before.items():
        field = _field(model, name)
        if field is not None:
            setattr(stood, field.attname, from_text(stood, name, text))
    return stood


def _from_snapshot(model: type[Record], content: str) -> Record:
    texts = json.loads(content)
    record = model()
    for field in model._meta.concrete_fields:
        if field.attname in texts:
            setattr(record, field.attname, from_text(record, field.name, texts[field.attname]))
    return record


def from_text(record: models.Model, name: str, text: str | None) -> Any:
    """Return the value that `as_text` turned into text; for a foreign key its primary key."""
    if text is None:
        return None
    model_field = record._meta.get_field(name)
    if isinstance(model_field, models.JSONField):
        return json.loads(text)
    if isinstance(model_field, models.ForeignKey):
        return model_field.target_field.to_python(text)
    return model_field.to_python(text)  # type: ignore[union-attr]


# --- words --------------------------------------------------------------------------------------------------


def _label(model: type[models.Model], name: str) -> str:
    field = _field(model, name)
    return name if field is None else str(field.verbose_name)


Names = dict[type[models.Model], dict[str, str]]


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any] | None":
    return next((field for field in model._meta.concrete_fields if field.name == name), None)


def _names_of_related(revisions: list[Revision], models_by_label: dict[str, type[models.Model]]) -> Names:
    keys: dict[type[models.Model], set[str]] = {}
    for revision in revisions:
        field = _field(models_by_label[revision.record_type], revision.field)
        if isinstance(field, models.ForeignKey):
            keys.setdefault(field.related_model, set()).update(filter(None, (revision.old, revision.new)))
    return {
        model: {str(pk): str(record) for pk, record in model._default_manager.in_bulk(found).items()}
        for model, found in keys.items()
    }


def _in_words(model: type[models.Model], name: str, text: str | None, names: Names) -> str | None:
    """Return a revision's text as people read it; a deleted record keeps its number."""
    field = _field(model, name)
    if text is None or field is None:
        return text
    if isinstance(field, models.ForeignKey):
        return names[field.related_model].get(text, f"番号{text}（削除済）")
    if isinstance(field, models.BooleanField):
        return {"True": "はい", "False": "いいえ"}.get(text, text)
    labels = {str(value): str(label) for value, label in field.flatchoices}
    return labels.get(text, text)
