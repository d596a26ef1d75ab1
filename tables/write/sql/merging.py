"""The SQL of merging: staged records are inserted, or update the rows that have their keys."""

from collections.abc import Sequence
from typing import Literal

from tables.schema.column import Column, Kind
from tables.schema.columns import key_columns, stamps
from tables.schema.models import Table
from tables.write.sql.names import STAGING, equal, listed, quote

# Which of the records with the same key to take: the only one, the first, or the last.
Which = Literal["only", "first", "last"]

# The start of the writing statement, not of the transaction, which may have waited for others that wrote
# first.
_NOW = "statement_timestamp()"


def has_repeated_keys(model: type[Table], rows: str) -> str:
    """Return whether any natural key occurs more than once."""
    return f"SELECT EXISTS (SELECT FROM {rows} GROUP BY {listed(key_columns(model))} HAVING count(*) > 1)"


def compare_repeated(
    model: type[Table], rows: str, columns: Sequence[Column], kept: Sequence[Column] = ()
) -> str:
    """For repeated keys, find n of each later record, and whether it differs from the one before it in
    columns other than ``kept``."""
    rest = listed([column for column in columns if not column.is_key and column not in kept])
    return f"""
        SELECT n, differs FROM (
            SELECT n, ROW({rest}) IS DISTINCT FROM lag(ROW({rest})) OVER same_key AS differs,
                   row_number() OVER same_key AS turn
            FROM {rows} AS r WINDOW same_key AS (PARTITION BY {listed(key_columns(model))} ORDER BY n)
        ) AS compared
        WHERE turn > 1"""


def prepare_merge(model: type[Table]) -> str:
    """Return whether any staged key already exists, and set how PostgreSQL joins the staging table.

    If the table is not much larger than the staged records, nested loops are off. Statistics may say that the
    table is empty, and a nested loop would then read the rows that the merge adds over and over.
    """
    table = quote(model._meta.db_table)
    return f"""
        SELECT EXISTS (SELECT FROM {STAGING} AS s JOIN {table} AS t ON {equal(model.key, "t", "s")}),
            set_config('work_mem', '64MB', true),
            set_config('enable_nestloop', CASE
                WHEN pg_relation_size('{table}') < 20 * pg_relation_size('{STAGING}')
                THEN 'off' ELSE 'on' END, true)"""


def _chosen(some: bool) -> str:
    """Condition: the record is one of %(numbers)s. Without ``some``, all records are."""
    # Not = ANY: a prepared statement would search the array for each row.
    return "n IN (SELECT unnest(%(numbers)s::bigint[]))" if some else "true"


def in_key_order(model: type[Table], rows: str) -> str:
    """Find the numbers of the records, in the order of their keys."""
    return f"SELECT n FROM {rows} AS r ORDER BY {listed(key_columns(model))}, n"


def existing(model: type[Table], rows: str) -> str:
    """Find the records among %(numbers)s whose keys are in the table."""
    return f"""
        SELECT s.n FROM {rows} AS s
        JOIN {quote(model._meta.db_table)} AS t ON {equal(model.key, "t", "s")}
        WHERE s.{_chosen(True)}"""


def missing(model: type[Table], rows: str, *, some: bool) -> str:
    """Find the records whose keys are not in the table, only the first of each key."""
    key = listed(key_columns(model))
    return f"""
        SELECT DISTINCT ON ({key}) n FROM {rows} AS s
        WHERE {_chosen(some)}
            AND NOT EXISTS (SELECT FROM {quote(model._meta.db_table)} AS t WHERE {equal(model.key, "t", "s")})
        ORDER BY {key}, n"""


def lock_changing(
    model: type[Table], rows: str, columns: Sequence[Column], *, some: bool, kept: Sequence[Column] = ()
) -> str | None:
    """Lock the rows that records will change, in the order of their keys. None if they cannot change
    anything."""
    changed = [column for column in columns if not column.is_key and column not in kept]
    if not changed:
        return None
    return f"""
        SELECT count(*) FROM (
            SELECT 1 FROM {quote(model._meta.db_table)} AS t JOIN {rows} AS s ON {equal(model.key, "t", "s")}
            WHERE {_chosen(some)} AND ({listed(changed, "t.")}) IS DISTINCT FROM ({listed(changed, "s.")})
            ORDER BY {listed(key_columns(model), "t.")} FOR NO KEY UPDATE OF t
        ) AS held"""


def _stamps(model: type[Table]) -> tuple[str, str]:
    """Return the stamps of a new row, to append to its other columns and values."""
    values = {column.db: _NOW if column.kind is Kind.MOMENT else "%(user)s" for column in stamps(model)}
    return "".join(f", {quote(name)}" for name in values), "".join(f", {value}" for value in values.values())


def insert(model: type[Table], rows: str, columns: Sequence[Column], *, some: bool = False) -> str:
    """Insert records with new keys, in the order of their keys: all, or the %(numbers)s.

    This is a third faster than a merge.
    """
    stamp_names, stamp_values = _stamps(model)
    return f"""
        INSERT INTO {quote(model._meta.db_table)} ({listed(columns)}{stamp_names})
        SELECT {listed(columns)}{stamp_values} FROM {rows} AS s
        WHERE {_chosen(some)} ORDER BY {listed(key_columns(model))}"""


def _one_of_each_key(model: type[Table], rows: str, which: Which, *, some: bool) -> str:
    """Choose the records to merge. Of records with the same key, ``which`` says which one."""
    key = listed(key_columns(model))
    if which == "only":
        return f"SELECT * FROM {rows} AS r WHERE {_chosen(some)}"
    return f"""
        SELECT DISTINCT ON ({key}) * FROM {rows} AS r
        WHERE {_chosen(some)} ORDER BY {key}, n{" DESC" if which == "last" else ""}"""


def _update_row(model: type[Table], columns: Sequence[Column], kept: Sequence[Column]) -> str:
    """Update a row that differs. It keeps its values in the ``kept`` columns. If a record has a different
    value there, the whole row stays unchanged."""
    changed = [column.db for column in columns if not column.is_key and column not in kept]
    if not changed:
        return ""
    values = ", ".join(f"{quote(name)} = s.{quote(name)}" for name in changed)
    if stamps(model):
        values += f", update_date = {_NOW}, update_user = %(user)s"
    kept_is_same = "".join(
        f" AND (s.{name} IS NULL OR s.{name} IS NOT DISTINCT FROM t.{name})"
        for name in (quote(column.db) for column in columns if column in kept)
    )
    return f"""
        WHEN MATCHED AND ({listed(changed, "t.")}) IS DISTINCT FROM ({listed(changed, "s.")}){kept_is_same}
        THEN UPDATE SET {values}"""


def _insert_row(model: type[Table], columns: Sequence[Column]) -> str:
    """Insert a row under a new key, stamped."""
    every = [*key_columns(model), *(column for column in columns if not column.is_key)]
    stamp_names, stamp_values = _stamps(model)
    return f"""
        WHEN NOT MATCHED THEN
            INSERT ({listed(every)}{stamp_names})
            VALUES ({listed(every, "s.")}{stamp_values})"""


def merge(
    model: type[Table],
    rows: str,
    columns: Sequence[Column],
    *,
    which: Which,
    insert: bool,
    update: bool,
    some: bool = False,
    kept: Sequence[Column] = (),
) -> str:
    """Merge the records into the table: insert new keys, update rows that differ, skip equal ones.

    All records, or with ``some`` the %(numbers)s. Existing rows keep their values in the ``kept`` columns,
    and stay unchanged if a record has a different value there. Returns n and INSERT or UPDATE for each
    written row.
    """
    return f"""
        MERGE INTO {quote(model._meta.db_table)} AS t
        USING ({_one_of_each_key(model, rows, which, some=some)}) AS s
        ON {equal(model.key, "t", "s")}
        {_update_row(model, columns, kept) if update else ""}
        {_insert_row(model, columns) if insert else ""}
        RETURNING s.n, merge_action()"""


def counted(merge: str) -> str:
    """Wrap a merge so that it returns only how many rows were inserted and updated."""
    return f"WITH merged AS ({merge}) SELECT count(*), action FROM merged AS m (n, action) GROUP BY action"
