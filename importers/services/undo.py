"""Undo a whole run: row by row reversed, kept because something was built on it since, or failed.

What the run wrote stands in its revisions. Changed fields get their old values back, created records
go, deleted ones return; all in one transaction, each step a revision of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from history.enums import RevisionAct, Through
from history.models import Revision
from history.services import (
    Authorship,
    as_text,
    change_records,
    delete_records,
    from_text,
    restore_record,
)
from importers.enums import RunState, UndoResult
from importers.models import ImportRow, ImportRun
from importers.selectors.undo_obstacles import (
    Key,
    edited_since,
    held_by_others,
    held_by_sheets,
    held_from,
)

BATCH = 500


class CannotUndo(Exception):
    """The run is not one that stands applied; nothing was written."""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """How many rows were reversed, kept and failed."""

    counts: Mapping[UndoResult, int]


@dataclass(slots=True)
class _Touched:
    """What the run did to the database, and what has become of it in this undo."""

    changed: dict[Key, dict[str, tuple[str | None, str | None]]] = field(default_factory=dict)
    created: dict[str, list[int]] = field(default_factory=dict)
    deleted: list[tuple[Key, str]] = field(default_factory=list)
    last_revision: int = 0
    results: dict[Key, tuple[UndoResult, str]] = field(default_factory=dict)

    def keep(self, key: Key, reason: str) -> None:
        self.results.setdefault(key, (UndoResult.KEPT, reason))

    def fail(self, key: Key, reason: str) -> None:
        self.results[key] = (UndoResult.FAILED, reason)


def undo_run(run: ImportRun, *, authorship: Authorship) -> UndoReport:
    """Undo everything a run wrote, as far as nobody has built on it since.

    :raises CannotUndo: the run is not applied, or somebody has undone it already
    """
    authorship = replace(authorship, through=Through.UNDO, import_run_id=run.pk)
    with transaction.atomic():
        _claim(run, authorship)
        touched = _read(run)
        _hold_back(touched)
        _hold_entries(run, touched, authorship)
        _revert_fields(touched, authorship)
        _delete_created(touched, authorship)
        _restore_deleted(touched, authorship)
        counts = _record_results(run, touched)
    run.refresh_from_db()
    return UndoReport(counts)


def _claim(run: ImportRun, authorship: Authorship) -> None:
    """Take the run from applied to undone; of two people only one does."""
    claimed = ImportRun.objects.filter(pk=run.pk, state=RunState.APPLIED.value).update(
        state=RunState.UNDONE.value,
        undone_by=authorship.by.pk if authorship.by else None,
        undone_at=authorship.at,
    )
    if claimed != 1:
        raise CannotUndo("反映済みの取込ではないため、取り消せません。")


def _read(run: ImportRun) -> _Touched:
    touched = _Touched()
    for pk, record_type, record_id, act, name, old, new in (
        Revision.objects.filter(import_run_id=run.pk)
        .exclude(through=Through.UNDO.value)
        .order_by("id")
        .values_list("id", "record_type", "record_id", "act", "field", "old", "new")
    ):
        key = (record_type, record_id)
        touched.last_revision = pk
        if act == RevisionAct.CREATED.value:
            touched.created.setdefault(record_type, []).append(record_id)
        elif act == RevisionAct.DELETED.value:
            touched.deleted.append((key, old or "{}"))
        else:
            fields = touched.changed.setdefault(key, {})
            first_old = fields[name][0] if name in fields else old
            fields[name] = (first_old, new)
    made = {(record_type, pk) for record_type, ids in touched.created.items() for pk in ids}
    # What the run created and then changed goes as a whole.
    touched.changed = {key: fields for key, fields in touched.changed.items() if key not in made}
    return touched


def _hold_back(touched: _Touched) -> None:
    """Keep what a person or another import has changed since, and what a sheet under way stands on."""
    keys = [*touched.changed, *((t, pk) for t, ids in touched.created.items() for pk in ids)]
    for key in edited_since(keys, after=touched.last_revision):
        touched.keep(key, "取込の後に変更されているため、残しました。")
    for key, reason in held_by_sheets(keys).items():
        touched.keep(key, reason)


def _hold_entries(run: ImportRun, touched: _Touched, authorship: Authorship) -> None:
    """Keep what was entered on sheets that the person may not enter now: undoing is no way around it.

    A sheet stays together with its figure: the records of a row are kept as one.
    """
    groups = list(ImportRow.objects.filter(run=run).exclude(records=[]).values_list("records", flat=True))
    held = held_from(authorship.by, ((kind, pk) for records in groups for kind, pk in records))
    if not held:
        return
    for records in groups:
        reason = next((held[kind, pk] for kind, pk in records if (kind, pk) in held), "")
        for kind, pk in records if reason else ():
            touched.keep((kind, pk), reason)


def _revert_fields(touched: _Touched, authorship: Authorship) -> None:
    by_type: dict[str, dict[int, dict[str, tuple[str | None, str | None]]]] = {}
    for (record_type, pk), fields in touched.changed.items():
        if (record_type, pk) not in touched.results:
            by_type.setdefault(record_type, {})[pk] = fields
    for record_type, records in by_type.items():
        model = apps.get_model(record_type)
        pairs = []
        for pk, record in model._default_manager.in_bulk(list(records)).items():
            key = (record_type, pk)
            values = _old_values(record, records[pk])
            if values is None:
                touched.keep(key, "取込の後に変更されているため、残しました。")
            else:
                pairs.append((record, values))
                touched.results[key] = (UndoResult.REVERSED, "")
        _write_old(record_type, pairs, touched, authorship)


def _old_values(
    record: models.Model, fields: Mapping[str, tuple[str | None, str | None]]
) -> dict[str, Any] | None:
    """Return the values from before the run, None where the record no longer has the run's values."""
    values: dict[str, Any] = {}
    for name, (old, new) in fields.items():
        model_field = record._meta.get_field(name)
        if as_text(record, name, getattr(record, model_field.attname)) != new:  # type: ignore[union-attr]
            return None
        value = from_text(record, name, old)
        if isinstance(model_field, models.ForeignKey) and value is not None:
            value = model_field.related_model(pk=value)
        values[name] = value
    return values


def _write_old(
    record_type: str,
    pairs: list[tuple[models.Model, dict[str, Any]]],
    touched: _Touched,
    authorship: Authorship,
) -> None:
    try:
        with transaction.atomic():
            change_records(pairs, authorship=authorship)
        return
    except IntegrityError:
        pass
    model = apps.get_model(record_type)
    for record, values in pairs:
        try:
            with transaction.atomic():
                change_records([(model._default_manager.get(pk=record.pk), values)], authorship=authorship)
        except IntegrityError:
            touched.fail((record_type, record.pk), "元の値が、ほかの記録と重なるため戻せません。")


def _delete_created(touched: _Touched, authorship: Authorship) -> None:
    """Delete what the run created, children before parents, until nothing more can go."""
    waiting = {
        record_type: {pk for pk in ids if (record_type, pk) not in touched.results}
        for record_type, ids in reversed(touched.created.items())
    }
    progress = True
    while progress and any(waiting.values()):
        progress = False
        for record_type, ids in waiting.items():
            if not ids:
                continue
            free = ids - held_by_others(record_type, ids).keys()
            if free:
                _delete(record_type, free, touched, authorship)
                ids -= free
                progress = True
    for record_type, ids in waiting.items():
        for pk, reason in held_by_others(record_type, ids).items():
            touched.keep((record_type, pk), reason)


def _delete(record_type: str, ids: Iterable[int], touched: _Touched, authorship: Authorship) -> None:
    found = apps.get_model(record_type)._default_manager.in_bulk(list(ids))
    for pk in ids:
        touched.results[record_type, pk] = (UndoResult.REVERSED, "")
    try:
        with transaction.atomic():
            delete_records(list(found.values()), authorship=authorship)
    except (ProtectedError, IntegrityError):
        for pk in found:
            touched.fail((record_type, pk), "ほかの記録が使っているため削除できません。")


def _restore_deleted(touched: _Touched, authorship: Authorship) -> None:
    for (record_type, pk), content in touched.deleted:
        key = (record_type, pk)
        try:
            with transaction.atomic():
                restore_record(apps.get_model(record_type), content, authorship=authorship)
            touched.results[key] = (UndoResult.REVERSED, "")
        except IntegrityError:
            touched.fail(key, "取込で消えた記録は、別の記録と重なるため戻せません。")


def _record_results(run: ImportRun, touched: _Touched) -> dict[UndoResult, int]:
    """Write what became of each row of the run."""
    by_result: dict[tuple[UndoResult, str], list[int]] = {}
    for pk, records in ImportRow.objects.filter(run=run).exclude(records=[]).values_list("pk", "records"):
        by_result.setdefault(_of_row(records, touched), []).append(pk)
    counts = dict.fromkeys(UndoResult, 0)
    for (result, note), rows in by_result.items():
        counts[result] += len(rows)
        for start in range(0, len(rows), BATCH):
            ImportRow.objects.filter(pk__in=rows[start : start + BATCH]).update(
                undo_result=result.value, undo_note=note
            )
    return counts


def _of_row(records: Iterable[Any], touched: _Touched) -> tuple[UndoResult, str]:
    """Return a row's result: the worst of its records, with the reasons."""
    found = [touched.results.get((record_type, pk)) for record_type, pk in records]
    for worst in (UndoResult.FAILED, UndoResult.KEPT):
        notes = dict.fromkeys(result[1] for result in found if result is not None and result[0] is worst)
        if notes:
            return worst, " ".join(notes)
    return UndoResult.REVERSED, ""
