"""Reads of the history: the revisions that stand beside fields."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from history.enums import RevisionAct, Through
from history.models import Revision

Key = tuple[str, int, str]


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
