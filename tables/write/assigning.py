"""Keys that the server assigns: from a sequence, or by counting within the rest of the key.

A writer that counts locks the parent's row, so that no two writers get the same number. A sequence returns
each number once. Numbers that clients chose themselves are skipped.
"""

from collections.abc import Iterable, Mapping

from django.db.backends.utils import CursorWrapper

from tables.schema.column import Column, Kind, Value
from tables.schema.columns import assigned_column, key_columns
from tables.schema.fields import NextVal
from tables.schema.models import Table
from tables.write.sql import assigning as sql
from tables.write.staging import Parameter, Staged

_MOST_CANDIDATES = 100_000


def assign(staged: Staged) -> dict[int, Value]:
    """Return keys for the staged records without one, by record number.

    None means that no number is left.
    """
    model, rows = staged.model, staged.rows
    column = assigned_column(model)
    if column is None:
        return {}
    if not isinstance(column.field.db_default, NextVal):
        if not staged.find(sql.without_key(column, rows)):
            return {}
        if lock := sql.lock_parents(model, column, rows):
            staged.execute(lock)
        return dict(staged.execute(sql.count_on(model, column, rows)).fetchall())
    if column.kind is Kind.INTEGER:
        staged.execute(sql.advance(column, rows))
    numbers = staged.find(sql.without_key(column, rows))
    keys = next_keys(model, staged.cursor, len(numbers), rows, staged.params)
    return dict(zip(numbers, keys, strict=True))


def next_keys(
    model: type[Table],
    cursor: CursorWrapper,
    count: int,
    rows: str | None = None,
    params: Mapping[str, Parameter] = {},
) -> list[Value]:
    """Take ``count`` free keys from the sequence of a table's assigned column.

    Keys that rows of the table or the records in ``rows`` have are skipped.
    """
    column = assigned_column(model)
    assert column is not None  # noqa: S101 - only called for tables with an assigned key
    found: list[Value] = []
    ask = count
    while len(found) < count:
        cursor.execute(sql.candidates(model, column, rows), {**params, "count": ask})
        found += [key for (key,) in cursor.fetchall()]
        # If many numbers are taken, try more of them at a time.
        ask = min(2 * ask, _MOST_CANDIDATES)
    return found[:count]


def assign_one(record: Table, cursor: CursorWrapper) -> bool:
    """Assign a key to a record without one, inside the caller's transaction. Return whether it had none."""
    model = type(record)
    column = assigned_column(model)
    if column is None or not _is_missing(getattr(record, column.db)):
        return False
    if isinstance(column.field.db_default, NextVal):
        setattr(record, column.db, next_keys(model, cursor, 1)[0])
        return True
    cursor.execute(*_one_row(record, column, lock=True))
    setattr(record, column.db, _counted(record, column, cursor))
    return True


def column_without_numbers(record: Table, cursor: CursorWrapper) -> Column | None:
    """Return the missing key column of a new record that the server cannot assign because all numbers are
    taken, or None."""
    column = assigned_column(type(record))
    if column is None or not _is_missing(getattr(record, column.db)):
        return None
    if isinstance(column.field.db_default, NextVal) or _counted(record, column, cursor) is not None:
        return None
    return column


def _counted(record: Table, column: Column, cursor: CursorWrapper) -> Value:
    """Return the next key within the rest of the record's key, or None if none is left."""
    cursor.execute(*_one_row(record, column, lock=False))
    key: Value = cursor.fetchone()[1]
    return key


def _one_row(record: Table, column: Column, *, lock: bool) -> tuple[str, dict[str, Value]]:
    model = type(record)
    values = {name: getattr(record, name) for name in model.key if name != column.db}
    rows = sql.one_row(model, column)
    statement = sql.lock_parents(model, column, rows) if lock else sql.count_on(model, column, rows)
    return statement or "SELECT", values


def _is_missing(value: object) -> bool:
    from django.db.models.expressions import DatabaseDefault

    return value in (None, "", 0) or isinstance(value, DatabaseDefault)


def absent_keys(model: type[Table], given: Iterable[str]) -> list[Column]:
    """Return the required key columns that are not in ``given``."""
    names = set(given)
    return [column for column in key_columns(model) if column.db not in names and not column.is_assigned]
