"""The SQL of keys that the server assigns (``tables.write.assigning``)."""

from tables.schema.column import Column, Kind
from tables.schema.columns import key_columns, parents
from tables.schema.models import Table
from tables.write.sql.names import listed, quote

_LARGEST = 2_147_483_647  # The largest PostgreSQL integer.
# A client's number this far beyond the sequence does not move it, because it would use the sequence up.
_FARTHEST = 1_000_000


def _is_missing(column: Column, prefix: str = "") -> str:
    """Condition: the record has no key."""
    name = prefix + quote(column.db)
    return f"({name} IS NULL OR {name} = 0)" if column.kind is Kind.INTEGER else f"{name} IS NULL"


def without_key(column: Column, rows: str) -> str:
    """Find the numbers of the records without a key, in their order."""
    return f"SELECT n FROM {rows} AS r WHERE {_is_missing(column)} ORDER BY n"


def _sequence(column: Column) -> str:
    return str(column.field.db_default.sequence)


def advance(column: Column, rows: str) -> str:
    """Move the sequence past the highest number that the records have themselves, unless that is far away.

    Advance it number by number. setval could move it backward while others use it.
    """
    sequence = _sequence(column)
    return f"""
        SELECT count(nextval('{sequence}')) FROM generate_series(1, (
            SELECT CASE WHEN gap < {_FARTHEST} THEN gap END
            FROM (SELECT (SELECT max({quote(column.db)})::bigint FROM {rows} AS r) - last_value AS gap
                  FROM {quote(sequence)}) AS behind))"""


def candidates(model: type[Table], column: Column, rows: str | None) -> str:
    """Draw the next %(count)s numbers of the sequence, and skip those that rows or records have."""
    name, table = quote(column.db), quote(model._meta.db_table)
    not_brought = f" AND NOT EXISTS (SELECT FROM {rows} AS r WHERE r.{name} = c.key)" if rows else ""
    cast = "::text" if column.kind is Kind.TEXT else "::integer"
    return f"""
        SELECT c.key FROM (
            SELECT nextval('{_sequence(column)}'){cast} AS key FROM generate_series(1, %(count)s)
        ) AS c
        WHERE NOT EXISTS (SELECT FROM {table} AS t WHERE t.{name} = c.key){not_brought}"""


def lock_parents(model: type[Table], column: Column, rows: str) -> str | None:
    """Lock the parents of the records without a key, in the order of their keys. None if there is no
    parent."""
    names = [each.db for each in key_columns(model) if each.db != column.db]
    parent = next((each for each in parents(model) if list(each.columns) == names), None)
    if parent is None:
        return None
    theirs = listed(parent.parent_columns)
    return f"""
        SELECT 1 FROM {quote(parent.parent_model(model)._meta.db_table)}
        WHERE ({theirs}) IN (SELECT {listed(names)} FROM {rows} AS r WHERE {_is_missing(column)})
        ORDER BY {theirs} FOR NO KEY UPDATE"""


def _as_key(column: Column) -> str:
    """A counted number as a key. Text keys are padded with zeros to the column's length. Null if too long."""
    if column.kind is not Kind.TEXT:
        return f"CASE WHEN number <= {_LARGEST} THEN number::integer END"
    width = column.max_length
    return f"CASE WHEN number < {10 ** (width or 1)} THEN lpad(number::text, {width}, '0') END"


def count_on(model: type[Table], column: Column, rows: str) -> str:
    """Find the next number within the rest of its key for each record without a key: n and the key.

    The key is null if none is left.
    """
    rest = listed([each for each in key_columns(model) if each.db != column.db])
    name = quote(column.db)
    numeric = f"AND {name} ~ '^[0-9]+$'" if column.kind is Kind.TEXT else ""
    return f"""
        WITH given AS MATERIALIZED (SELECT n, {rest}, {name} FROM {rows} AS r),
        highest AS (
            SELECT {rest}, max({name}::integer) AS top FROM (
                SELECT {rest}, {name} FROM {quote(model._meta.db_table)}
                WHERE ({rest}) IN (SELECT {rest} FROM given WHERE {_is_missing(column)})
                UNION ALL SELECT {rest}, {name} FROM given
            ) AS every WHERE {name} IS NOT NULL {numeric} GROUP BY {rest}
        )
        SELECT n, {_as_key(column)} FROM (
            SELECT n, coalesce(top, 0) + row_number() OVER (PARTITION BY {rest} ORDER BY n) AS number
            FROM given LEFT JOIN highest USING ({rest}) WHERE {_is_missing(column, "given.")}
        ) AS numbered"""


def one_row(model: type[Table], column: Column) -> str:
    """One record without a key. Its other key columns are parameters."""
    others = ", ".join(
        f"%({each.db})s::{each.db_type} AS {quote(each.db)}"
        for each in key_columns(model)
        if each.db != column.db
    )
    return f"(SELECT 1 AS n, NULL::{column.db_type} AS {quote(column.db)}, {others})"


def fill(column: Column, staging: str) -> str:
    """Write the %(keys)s into the staged records %(numbers)s."""
    return f"""
        UPDATE {staging} AS s SET {quote(column.db)} = a.key
        FROM unnest(%(numbers)s::bigint[], %(keys)s::{column.db_type}[]) AS a (n, key) WHERE s.n = a.n"""
