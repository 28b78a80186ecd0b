"""The canonical texts of values, as revisions keep them: one value, or a whole column at once."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from json.encoder import encode_basestring as quoted
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from tsukuba_kpi.lib.decimals import to_plain

# Never copied into a revision, which many may read and nobody can erase.
SECRET_FIELDS = frozenset({"password"})
HIDDEN = "（非表示）"


def as_text(record: models.Model, name: str, value: Any) -> str | None:
    """Return a field's value as the canonical text kept in revisions (None stays None)."""
    return field_text(record._meta.get_field(name), value)


def field_text(model_field: Any, value: Any) -> str | None:
    """Return the same, for a field in hand."""
    if value is None:
        return None
    if model_field.name in SECRET_FIELDS:
        return HIDDEN
    if isinstance(model_field, models.JSONField):
        if value == {}:
            return "{}"
        return json.dumps(value, ensure_ascii=False, sort_keys=True, cls=DjangoJSONEncoder)
    if isinstance(model_field, models.ForeignKey):
        return str(value.pk if isinstance(value, models.Model) else value)
    if isinstance(model_field, models.DecimalField):
        return to_plain(model_field.to_python(value))
    return str(model_field.get_prep_value(value))


def snapshot(record: models.Model) -> str:
    """Return all concrete fields of a record as JSON, each in its canonical text."""
    fields = record._meta.concrete_fields
    columns = {model_field.attname: (getattr(record, model_field.attname),) for model_field in fields}
    return next(snapshots(type(record), columns, {}))


def snapshots(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the snapshots of many records of one model.

    `columns` has, by the field's attname, the values of all records in their order, `same` the value of the
    fields that have the same in all of them; at least one field stands in `columns`.
    """
    pieces: list[Iterable[str]] = []
    words = "{"
    for model_field in sorted(model._meta.concrete_fields, key=lambda found: found.attname):
        words += f"{quoted(model_field.attname)}: "
        if model_field.attname in columns:
            pieces += repeat(words), _quoted_texts(model_field, columns[model_field.attname])
            words = ", "
        else:
            words += f"{_quoted_text(model_field, same[model_field.attname])}, "
    return map("".join, zip(*pieces, repeat(words.removesuffix(", ") + "}")))


def _quoted_texts(model_field: Any, values: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, values))
    is_text = isinstance(model_field, models.CharField | models.TextField)
    if kinds <= {str} and is_text and model_field.name not in SECRET_FIELDS:
        return map(quoted, values)
    if kinds <= {int} and isinstance(model_field, models.IntegerField | models.ForeignKey):
        return (f'"{value}"' for value in values)
    return (_quoted_text(model_field, value) for value in values)


def _quoted_text(model_field: Any, value: Any) -> str:
    text = field_text(model_field, value)
    return "null" if text is None else quoted(text)
