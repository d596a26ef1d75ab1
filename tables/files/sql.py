"""The SQL of dumps and exports: one snapshot, and each column in the form that the file format needs."""

from collections.abc import Callable, Collection, Sequence

from tables.schema.column import Column, Kind
from tables.schema.columns import columns, key_columns
from tables.schema.models import Table
from tables.write.sql.names import quote
from tables.write.sql.rows_as_json import moment

BEGIN_SNAPSHOT = (
    # See the database as it is at this moment, and write nothing.
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    # A dump has no time limit.
    "SET LOCAL statement_timeout = 0",
    # Write days as 2024-01-31, whatever format the server uses.
    "SET LOCAL DateStyle = 'ISO, YMD'",
)

# Set the time limit of this transaction's statements to that of an export.
EXPORT_TIMEOUT = "SELECT set_config('statement_timeout', %s, true)"


def count(model: type[Table], key: Collection[str]) -> str:
    """Count the rows whose key columns have the given values."""
    return f"SELECT count(*) FROM {_table(model)} {_where(key)}"


def copy_out(
    model: type[Table],
    key: Collection[str],
    value: Callable[[Column], str],
    options: str,
    *,
    in_order: bool = False,
) -> str:
    """Stream the rows whose key columns have the given values. ``value`` writes each column.

    Rows come in storage order. The order of keys (``in_order``) takes up to twice as long.
    """
    values = ", ".join(value(column) for column in columns(model))
    order = _order_by_key(model) if in_order else ""
    return f"COPY (SELECT {values} FROM {_table(model)} {_where(key)} {order}) TO STDOUT ({options})"


def copy_rows(rows: str, columns: Sequence[Column], value: Callable[[Column], str], options: str) -> str:
    """Stream the rows of another SELECT with these columns, in its order. ``value`` writes each column.

    An outer SELECT that neither joins nor sorts keeps the order of the inner one.
    """
    names = ", ".join(quote(column.db) for column in columns)
    values = ", ".join(value(column) for column in columns)
    return f"COPY (SELECT {values} FROM ({rows}) AS listed ({names})) TO STDOUT ({options})"


def _table(model: type[Table]) -> str:
    return quote(model._meta.db_table)


def _where(key: Collection[str]) -> str:
    """``WHERE "group_id" = %(group_id)s``, or nothing without a key column."""
    conditions = " AND ".join(f"{quote(name)} = %({name})s" for name in key)
    return f"WHERE {conditions}" if conditions else ""


def _order_by_key(model: type[Table]) -> str:
    """``ORDER BY "groups"."group_id"``, with the table, because an output value may have the column's
    name."""
    names = ", ".join(f"{_table(model)}.{quote(column.db)}" for column in key_columns(model))
    return f"ORDER BY {names}"


def literal(character: str) -> str:
    """Write an ASCII character by its number, which needs no quoting. COPY takes no parameters here."""
    return f"E'\\x{ord(character):02x}'"


def as_csv(column: Column) -> str:
    """A column in csv: moments as RFC 3339 in UTC, the rest in PostgreSQL's own form.

    Flags are t and f: writing true and false would be a tenth slower.
    """
    name = quote(column.db)
    return moment(name) if column.kind is Kind.MOMENT else name


def as_cell(column: Column) -> str:
    """A column as a workbook's cell holds it: flags as 1 and 0."""
    name = quote(column.db)
    if column.kind is Kind.FLAG:
        return f"{name}::integer"
    return moment(name) if column.kind is Kind.MOMENT else name
