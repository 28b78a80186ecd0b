"""Every write of the product ends here: the change and its revision rows in one transaction.

The functions take records and values and know no rules; the rules stand in the services above.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F

from history.enums import RevisionAct, Through
from history.models import Revision, Versioned
from tsukuba_kpi.lib.decimals import to_plain

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

Record = TypeVar("Record", bound=models.Model)
BATCH = 500
# Never copied into a revision, which many may read and nobody can erase.
SECRET_FIELDS = frozenset({"password"})
HIDDEN = "（非表示）"


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


def as_text(record: models.Model, name: str, value: Any) -> str | None:
    """Return a field's value as the canonical text kept in revisions (None stays None)."""
    if value is None:
        return None
    if name in SECRET_FIELDS:
        return HIDDEN
    model_field = record._meta.get_field(name)
    if isinstance(model_field, models.JSONField):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, cls=DjangoJSONEncoder)
    if isinstance(model_field, models.ForeignKey):
        return str(value.pk if isinstance(value, models.Model) else value)
    if isinstance(model_field, models.DecimalField):
        return to_plain(model_field.to_python(value))
    return str(model_field.get_prep_value(value))  # type: ignore[union-attr]


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


def snapshot(record: models.Model) -> str:
    """Return all concrete fields of a record as JSON, each in its canonical text."""
    values = {
        f.attname: as_text(record, f.name, getattr(record, f.attname)) for f in record._meta.concrete_fields
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def create_record(record: Record, *, authorship: Authorship) -> Record:
    """Insert one record and its revision."""
    with transaction.atomic():
        record.save(force_insert=True)
        _revision(record, RevisionAct.CREATED, authorship, new=snapshot(record)).save(force_insert=True)
    return record


def create_records(records: Sequence[Record], *, authorship: Authorship) -> Sequence[Record]:
    """Insert many records of one model and their revisions in bulk."""
    if not records:
        return records
    with transaction.atomic():
        created = type(records[0])._default_manager.bulk_create(records, batch_size=BATCH)
        Revision.objects.bulk_create(
            (_revision(r, RevisionAct.CREATED, authorship, new=snapshot(r)) for r in created),
            batch_size=BATCH,
        )
    return created


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
        Revision.objects.bulk_create(revisions)
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
            type(records[0])._default_manager.bulk_update(records, names, batch_size=BATCH)
        Revision.objects.bulk_create(revisions, batch_size=BATCH)
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
            Revision.objects.bulk_create(
                [_revision(r, RevisionAct.DELETED, authorship, old=snapshot(r)) for r in batch]
            )
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
        record_type=record._meta.label_lower,
        record_id=record.pk,
        act=act.value,
        field=name,
        old=old,
        new=new,
        change=authorship.change,
        by_id=authorship.by.pk if authorship.by else None,
        at=authorship.at,
        why=authorship.why,
        through=authorship.through.value,
        import_run_id=authorship.import_run_id,
    )
