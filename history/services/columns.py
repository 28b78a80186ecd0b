"""Many rows of one model at once, column by column.

Django makes an object of every row and an expression of every cell; a city's list has half a million cells,
and almost all of them are texts and whole numbers that the database takes as they are.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from operator import attrgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models, transaction

# Rows in one statement: from here on more gain nothing. SQLite may allow no more than 999 parameters.
_ROWS = 50
_PARAMETERS = 999
_TEXTS = (models.CharField, models.TextField)
_NUMBERS = (models.IntegerField, models.ForeignKey)
# So many rows are made ready together: a long list would otherwise lie in memory several times over.
_PART = 2_000
# What most cells of JSON hold.
_EMPTY = {dict: "{}", list: "[]", type(None): None}
# A sign for private use between values of JSON.
_BETWEEN = "\ue000"


def insert_columns(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any]
) -> None:
    """Insert rows of a model: `columns` has, by a field's attname, the values in the order of the rows.

    `same` are the values that all rows share; fields that are not named have their defaults.

    :raises ValueError: the columns differ in length
    :raises FieldDoesNotExist: a name is none of the model's
    """
    unknown = {*columns, *same} - {field.attname for field in model._meta.concrete_fields}
    if unknown:
        raise FieldDoesNotExist(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    with transaction.atomic():
        for part in parts_of(columns):
            _insert_part(model, part, same)


def parts_of(columns: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Sequence[Any]]]:
    """Yield long columns in parts that are handled one after the other.

    :raises ValueError: the columns differ in length
    """
    (count,) = set(map(len, columns.values()))
    for start in range(0, count, _PART):
        yield {name: values[start : start + _PART] for name, values in columns.items()}


def _insert_part(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any]
) -> None:
    count = len(next(iter(columns.values())))
    fields = [f for f in model._meta.concrete_fields if not f.primary_key or f.attname in columns]
    cells: list[Iterable[Any]] = []
    for field in fields:
        if field.attname in columns:
            cells.append(_prepared(field, columns[field.attname]))
        else:
            value = same[field.attname] if field.attname in same else field.get_default()
            cells.append(repeat(_prepared(field, (value,))[0], count))
    _insert(model, [str(field.column) for field in fields], zip(*cells, strict=True), count)


def update_columns(
    model: type[models.Model], ids: Sequence[int], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Give rows of a model other values: `columns` has, by a field's attname, those of the rows with `ids`.

    `bulk_update` builds an expression for every cell, which takes longer than all else about it.
    """
    if not ids:
        return
    quote = connection.ops.quote_name
    fields = {found.attname: found for found in model._meta.concrete_fields}
    written = ", ".join(f"{quote(str(fields[name].column))} = %s" for name in columns)
    key = quote(str(model._meta.pk.column))
    words = f"UPDATE {quote(model._meta.db_table)} SET {written} WHERE {key} = %s"  # noqa: S608
    cells = [_prepared(fields[name], values) for name, values in columns.items()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(words, list(zip(*cells, ids, strict=True)))


def insert_records(records: Sequence[models.Model]) -> None:
    """Insert records of one model that nobody needs any more: they get no ids."""
    if records:
        attnames = [f.attname for f in records[0]._meta.concrete_fields if not f.primary_key]
        insert_columns(type(records[0]), columns_of(records, attnames), {})


def columns_of(records: Sequence[Any], names: Iterable[str]) -> dict[str, Sequence[Any]]:
    """Return the values of some attributes of records, column by column."""
    return {name: list(map(attrgetter(name), records)) for name in names}


def _insert(
    model: type[models.Model], names: Sequence[str], rows: Iterable[tuple[Any, ...]], count: int
) -> None:
    quote = connection.ops.quote_name
    table = f"{quote(model._meta.db_table)} ({', '.join(map(quote, names))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        size = min(_ROWS, _PARAMETERS // len(names))
        row_words = f"({', '.join(['%s'] * len(names))})"
        words = f"INSERT INTO {table} VALUES "  # noqa: S608
        cells = chain.from_iterable(rows)
        if count >= size:
            whole = [tuple(islice(cells, size * len(names))) for _ in range(count // size)]
            cursor.executemany(words + ", ".join([row_words] * size), whole)
        if count % size:
            cursor.execute(words + ", ".join([row_words] * (count % size)), tuple(cells))


def reserve_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Return ids that nobody else will get. Call it in a transaction, in which SQLite has a single writer."""
    table, column = model._meta.db_table, str(model._meta.pk.column)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            words = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            cursor.execute(words, [quote(table), column, count])
            return [pk for (pk,) in cursor.fetchall()]
        # What AUTOINCREMENT would give: after the last id ever given, and after the highest one there is.
        highest = f"SELECT coalesce(max({quote(column)}), 0) FROM {quote(table)}"  # noqa: S608
        given = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s"
        cursor.execute(f"SELECT max(({given}), ({highest}))", [table])
        last: int = cursor.fetchone()[0]
        return range(last + 1, last + 1 + count)


def _prepared(field: Any, values: Sequence[Any]) -> Sequence[Any]:
    """Return values as the database takes them; texts and whole numbers are so already."""
    kinds = set(map(type, values))
    if (kinds <= {str, type(None)} and isinstance(field, _TEXTS)) or (
        kinds <= {int, type(None)} and isinstance(field, _NUMBERS)
    ):
        return values
    if isinstance(field, models.JSONField):
        return _json_texts((field.encoder or json.JSONEncoder)(ensure_ascii=False), values)
    if isinstance(field, models.DecimalField):  # a confidence is the same in most rows
        prepared = {value: field.get_db_prep_save(value, connection) for value in set(values)}
        return [prepared[value] for value in values]
    return [field.get_db_prep_save(value, connection) for value in values]


def _json_texts(encoder: json.JSONEncoder, values: Sequence[Any]) -> list[str | None]:
    """Return each value as JSON, nothing as NULL.

    To start the encoder takes longer than a small value, so all are written at once with a sign between
    them; should the sign stand in a value by itself, each is written alone.
    """
    told = [value for value in values if value or type(value) not in _EMPTY]
    parts = [part for value in told for part in (_BETWEEN, value)][1:]
    texts = encoder.encode(parts)[1:-1].split(f', "{_BETWEEN}", ') if told else []
    if len(texts) != len(told):
        texts = [encoder.encode(value) for value in told]
    written = iter(texts)
    return [next(written) if value or type(value) not in _EMPTY else _EMPTY[type(value)] for value in values]
