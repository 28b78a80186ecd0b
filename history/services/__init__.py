"""Every write of the product ends here: the change and its revision rows in one transaction.

The functions take records and values and know no rules; the rules stand in the services above.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models import F

from history.enums import RevisionAct, Through
from history.models import Revision, Versioned
from history.selectors import from_text
from history.services.columns import (
    columns_of,
    insert_columns,
    insert_records,
    parts_of,
    reserve_ids,
    update_columns,
)
from history.services.texts import as_text, snapshot, snapshots

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

__all__ = [
    "Authorship",
    "VersionConflict",
    "as_text",
    "change_record",
    "change_records",
    "create_columns",
    "create_record",
    "create_records",
    "delete_record",
    "delete_records",
    "from_text",
    "insert_columns",
    "restore_record",
    "snapshot",
    "update_columns",
]

Record = TypeVar("Record", bound=models.Model)
BATCH = 500


class VersionConflict(Exception):
    """Somebody else saved the record since it was read. Nothing was written."""

    def __init__(self, record: models.Model) -> None:
        super().__init__("ほかの人が先に保存しました。")
        self.record = record


@dataclass(frozen=True, kw_only=True)
class Authorship:
    """Who changes something, when, why and through what: handed to every service."""

    by: "AbstractBaseUser | None"
    at: datetime
    through: Through = Through.BROWSER
    why: str = ""
    import_run_id: int | None = None
    change: uuid.UUID = field(default_factory=uuid.uuid4)


def create_record(record: Record, *, authorship: Authorship) -> Record:
    """Insert one record and its revision."""
    with transaction.atomic():
        record.save(force_insert=True)
        _revision(record, RevisionAct.CREATED, authorship, new=snapshot(record)).save(force_insert=True)
    return record


def create_records(records: Sequence[Record], *, authorship: Authorship) -> Sequence[Record]:
    """Insert many records of one model and their revisions in bulk; they get their ids."""
    if records:
        attnames = [f.attname for f in records[0]._meta.concrete_fields if not f.primary_key]
        columns = columns_of(records, attnames)
        ids = create_columns(type(records[0]), columns, authorship=authorship)
        for record, pk in zip(records, ids, strict=True):
            record.pk = pk
            record._state.adding = False
            record._state.db = DEFAULT_DB_ALIAS
    return records


def create_columns(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    same: Mapping[str, Any] | None = None,
    *,
    authorship: Authorship,
) -> Sequence[int]:
    """Insert many records of one model and their revisions, given column by column; return their ids.

    `columns` has, by the field's attname (`section_id`), the values in the order of the records, `same` the
    values that all of them share; other fields get their defaults.
    """
    count = len(next(iter(columns.values())))
    if count == 0:
        return ()
    key = model._meta.pk.attname
    rest = {f.attname: f.get_default() for f in model._meta.concrete_fields if f.attname not in columns}
    shared = {**rest, **(same or {})}
    with transaction.atomic():
        ids = reserve_ids(model, count)
        for part in parts_of({**columns, key: ids}):
            insert_columns(model, part, shared)
            revisions = {"record_id": part[key], "new": list(snapshots(model, part, shared))}
            insert_columns(Revision, revisions, _shared(model, RevisionAct.CREATED, authorship))
    return ids


def change_record(
    record: Record,
    changes: Mapping[str, Any],
    *,
    authorship: Authorship,
    expected_version: int | None = None,
    only_if: Mapping[str, Any] | None = None,
    raise_version: bool = False,
) -> bool:
    """Write the fields that really differ, with one revision each; return whether anything did.

    `only_if` names further values the row must still have (a sheet's state): part of the UPDATE's condition.
    `raise_version` gives the record a new version though none of its own fields differs: something that
    belongs to it (a sheet's figure) changes in the same transaction.

    :raises VersionConflict: if the record is Versioned and its version is no longer `expected_version`
        (when None: the version of the record in hand), or if `only_if` no longer holds.
    """
    differing = {name: value for name, value in changes.items() if _differs(record, name, value)}
    versioned = isinstance(record, Versioned)
    stale = versioned and expected_version is not None and expected_version != record.version  # type: ignore[attr-defined]
    if stale:
        raise VersionConflict(record)
    if not differing and not (versioned and raise_version):
        return False
    with transaction.atomic():
        revisions = _change_revisions(record, differing, authorship)
        rows = type(record)._default_manager.filter(pk=record.pk, **(only_if or {}))
        values: dict[str, Any] = {**differing}
        if versioned:
            rows = rows.filter(version=record.version)  # type: ignore[attr-defined]
            values["version"] = F("version") + 1
        if rows.update(**values) != 1:
            raise VersionConflict(record)
        insert_records(revisions)
    for name, value in differing.items():
        setattr(record, name, value)
    if versioned:
        record.version += 1  # type: ignore[attr-defined]
    return True


def change_records(changes: Sequence[tuple[Record, Mapping[str, Any]]], *, authorship: Authorship) -> int:
    """Write the differing fields of many records of one model in bulk; return how many records changed.

    For imports, which compare first and write everything at once. Versions rise by one.

    :raises VersionConflict: if somebody saved one of the records since it was read; nothing was written
    """
    revisions: list[Revision] = []
    by_fields: dict[tuple[str, ...], list[Record]] = {}
    versions: dict[int, tuple[Record, int]] = {}
    for record, values in changes:
        differing = {name: value for name, value in values.items() if _differs(record, name, value)}
        if not differing:
            continue
        revisions += _change_revisions(record, differing, authorship)
        for name, value in differing.items():
            setattr(record, name, value)
        if isinstance(record, Versioned):
            versions[record.pk] = (record, record.version)
            record.version += 1
            differing["version"] = record.version
        by_fields.setdefault(tuple(sorted(differing)), []).append(record)
    with transaction.atomic():
        _hold_versions(versions)
        for names, records in by_fields.items():
            model = type(records[0])
            attnames = [model._meta.get_field(name).attname for name in names]  # type: ignore[union-attr]
            ids = [record.pk for record in records]
            update_columns(model, ids, columns_of(records, attnames))
        insert_records(revisions)
    return sum(len(records) for records in by_fields.values())


def _hold_versions(versions: Mapping[int, tuple[models.Model, int]]) -> None:
    """Keep others from saving these records until the transaction ends; say no if one has changed.

    A bulk UPDATE cannot name each row's version, so the rows are held first (SQLite holds all of them).
    """
    ids = sorted(versions)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = type(versions[batch[0]][0])._default_manager.filter(pk__in=batch).order_by("pk")
        found = dict(rows.select_for_update().values_list("pk", "version"))
        for pk in batch:
            record, version = versions[pk]
            if found.get(pk) != version:
                raise VersionConflict(record)


def delete_records(records: Sequence[models.Model], *, authorship: Authorship) -> None:
    """Delete many records of one model in bulk; their whole content stays in the revisions.

    :raises ProtectedError: if another record needs one of them; nothing was deleted
    """
    if not records:
        return
    rows = type(records[0])._default_manager
    with transaction.atomic():
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            insert_records([_revision(r, RevisionAct.DELETED, authorship, old=snapshot(r)) for r in batch])
            rows.filter(pk__in=[record.pk for record in batch]).delete()


def restore_record(model: type[Record], content: str, *, authorship: Authorship) -> Record:
    """Insert a deleted record again, with its id, from what its revision kept.

    :raises IntegrityError: if something else has taken its place
    """
    texts = json.loads(content)
    record = model()
    for model_field in model._meta.concrete_fields:
        if model_field.attname in texts:
            value = from_text(record, model_field.name, texts[model_field.attname])
            setattr(record, model_field.attname, value)
    with transaction.atomic():
        record.save(force_insert=True)
        _revision(record, RevisionAct.CREATED, authorship, new=snapshot(record)).save(force_insert=True)
    return record


def delete_record(record: models.Model, *, authorship: Authorship) -> None:
    """Delete one record; its whole content stays in the revision."""
    with transaction.atomic():
        _revision(record, RevisionAct.DELETED, authorship, old=snapshot(record)).save(force_insert=True)
        record.delete()


def _differs(record: models.Model, name: str, value: Any) -> bool:
    model_field = record._meta.get_field(name)
    current = getattr(record, model_field.attname)  # type: ignore[union-attr]
    if isinstance(model_field, models.ForeignKey):
        return bool(current != (value.pk if isinstance(value, models.Model) else value))
    return bool(current != value)


def _change_revisions(
    record: models.Model, values: Mapping[str, Any], authorship: Authorship
) -> list[Revision]:
    return [
        _revision(
            record,
            RevisionAct.CHANGED,
            authorship,
            name=name,
            old=as_text(record, name, getattr(record, record._meta.get_field(name).attname)),  # type: ignore[union-attr]
            new=as_text(record, name, value),
        )
        for name, value in values.items()
    ]


def _revision(
    record: models.Model,
    act: RevisionAct,
    authorship: Authorship,
    *,
    name: str = "",
    old: str | None = None,
    new: str | None = None,
) -> Revision:
    return Revision(
        record_id=record.pk, field=name, old=old, new=new, **_shared(type(record), act, authorship)
    )


def _shared(model: type[models.Model], act: RevisionAct, authorship: Authorship) -> dict[str, Any]:
    """Return what the revisions of one act on one model have in common."""
    return {
        "record_type": model._meta.label_lower,
        "act": act.value,
        "change": authorship.change,
        "by_id": authorship.by.pk if authorship.by else None,
        "at": authorship.at,
        "why": authorship.why,
        "through": authorship.through.value,
        "import_run_id": authorship.import_run_id,
    }
