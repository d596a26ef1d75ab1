"""Names in SQL: quoting and listing them, and the names that the engine's statements share."""

from collections.abc import Sequence

from tables.schema.column import Column

# The temporary table of the records to write.
STAGING = "vba_staging"
# In the staging table: which columns a sparse record has, as a text of 1 and 0.
GIVEN = "vba_given"
# In the conditions of checks: whether the record's row exists.
EXISTS = "vba_exists"
# In the conditions of checks: the prefix of the existing row's values in sensitive columns.
STORED = "vba_stored_"


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(columns: Sequence[Column] | Sequence[str], prefix: str = "") -> str:
    """List columns: ``t."group_id", t."division_id"`` with the prefix ``t.``"""
    names = (column if isinstance(column, str) else column.db for column in columns)
    return ", ".join(prefix + quote(name) for name in names)


def equal(columns: Sequence[str], left: str, right: str) -> str:
    """Condition: the columns have the same values in two rows."""
    return " AND ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in columns)
