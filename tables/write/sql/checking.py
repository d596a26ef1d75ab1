"""The SQL of checks: the conditions that refuse a record, and the statement that evaluates them."""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from tables.schema.column import Column
from tables.schema.columns import columns as all_columns
from tables.schema.columns import key_columns
from tables.schema.django_private import check_condition
from tables.schema.models import ParentKey, Rule, Table
from tables.write.sql.names import EXISTS, STORED, equal, listed, quote


def any_is_null(columns: Sequence[Column]) -> str:
    """Condition: the record has no value in one of these columns."""
    return " OR ".join(f"{quote(column.db)} IS NULL" for column in columns)


def rule_condition(rule: Rule, model: type[Table], connection: BaseDatabaseWrapper) -> str:
    """Return a rule's condition as SQL with plain column names, exactly as in its database constraint."""
    return check_condition(rule, model, connection.schema_editor()).replace("%", "%%")


def parent_is_missing(model: type[Table], parent: ParentKey) -> str:
    """Condition on staged records ``r``: the parent that their columns name does not exist."""
    same = " AND ".join(
        f"parent.{quote(theirs)} = r.{quote(ours)}"
        for ours, theirs in zip(parent.columns, parent.parent_columns, strict=True)
    )
    table = quote(parent.parent_model(model)._meta.db_table)
    return f"NOT EXISTS (SELECT FROM {table} AS parent WHERE {same})"


def differs_from_stored(column: Column) -> str:
    """Condition: the record has a different value in a sensitive column from the existing row."""
    name = quote(column.db)
    return f"{EXISTS} AND {name} IS NOT NULL AND {name} IS DISTINCT FROM {quote(STORED + column.db)}"


def find_refusals(model: type[Table], rows: str, columns: Sequence[Column], conditions: Sequence[str]) -> str:
    """Find the records for which any condition is true: n, and the true conditions as bits, the first one
    lowest.

    Conditions can use the staged columns, the existing row's values of columns that are not staged, and
    ``vba_exists``. For sensitive columns they can also use the existing row's values.
    """
    staged = {column.db for column in columns}
    rest = [column for column in all_columns(model) if column.db not in staged and not column.is_stamp]
    others = "".join(f", t.{quote(column.db)}" for column in rest)
    sensitive = [column for column in columns if column.sensitive]
    others += "".join(f", t.{quote(column.db)} AS {quote(STORED + column.db)}" for column in sensitive)
    bits = " | ".join(f"(({condition})::int::bigint << {n})" for n, condition in enumerate(conditions))
    return f"""
        SELECT n, failed FROM (
            SELECT n, {bits} AS failed
            FROM (SELECT s.*{others}, t.{quote(model.key[0])} IS NOT NULL AS {EXISTS}
                  FROM {rows} AS s LEFT JOIN {quote(model._meta.db_table)} AS t
                  ON {equal(model.key, "t", "s")}) AS r
        ) AS checked
        WHERE failed <> 0
        ORDER BY n"""


def key_of(model: type[Table], rows: str) -> str:
    """Find the key of the record %(n)s."""
    return f"SELECT {listed(key_columns(model))} FROM {rows} AS r WHERE n = %(n)s"
