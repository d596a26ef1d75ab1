"""Rows that many tests begin with: made once in each database, later copied, in a tenth of the time."""

from collections.abc import Callable
from typing import Any

from django.db import connections

from tables.context import databases
from tables.schema.models import Table
from tables.schema.registry import all_tables
from tests.filled import with_rows

_STAMPS = ("entry_date", "update_date")


def store(name: str, make: Callable[[], None]) -> None:
    """Let the chosen database have the rows that ``make`` stores: by ``make`` itself the first time, later by
    a copy from the schema ``name``. Where other rows are there already it is always made."""
    alias, tables = databases.chosen(), [_table(model) for model in all_tables()]
    with connections[alias].cursor() as cursor:
        if with_rows(alias, tables):
            make()
            return
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [name])
        if kept := {table for (table,) in cursor.fetchall()}:
            copies = [_copy(name, model) for model in all_tables() if _table(model) in kept]
            cursor.execute("; ".join(copies))
            return
        make()
        kept_now = [f'CREATE TABLE {name}."{table}" AS TABLE "{table}"' for table in with_rows(alias, tables)]
        cursor.execute("; ".join([f"CREATE SCHEMA {name}", *kept_now]))


def _table(model: type[Table]) -> str:
    return str(model._meta.db_table)


def _copy(name: str, model: type[Table]) -> str:
    """Copy the rows of a table; those that were stored by now were stored now."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ", ".join(_value(column) for column in columns)
    into = ", ".join(f'"{column}"' for column in columns)
    table = _table(model)
    return f'INSERT INTO "{table}" ({into}) SELECT {values} FROM {name}."{table}" ORDER BY 1'


def _value(column: str) -> Any:
    if column in _STAMPS:
        return f"CASE WHEN {column} < '2025-01-01' THEN {column} ELSE statement_timestamp() END"
    return f'"{column}"'
