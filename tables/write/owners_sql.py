"""The SQL of holding owners (``tables.write.owners``); ``rows`` as in ``tables.write.sql``."""

from typing import Any

from tables.schema.columns import key_columns
from tables.schema.models import Table
from tables.write.sql import quote


def _key_of(owner: Any) -> str:
    return quote(owner._meta.pk.column)


def hold(owner: type[Table], keys: str, *, which: bool = False) -> str:
    """Hold the owners whose keys a query finds, in the order of their keys; tell how many, or ``which``."""
    key = _key_of(owner)
    return f"""
        SELECT {f"array_agg({key})" if which else "count(*)"} FROM (
            SELECT {key} FROM {quote(owner._meta.db_table)}
            WHERE {key} IN ({keys}) ORDER BY {key} FOR NO KEY UPDATE
        ) AS held"""


def named(owner: type[Table], rows: str) -> str:
    """The owners that the records name."""
    return f"SELECT {_key_of(owner)} FROM {rows} AS r"


def stored(model: type[Table], owner: type[Table], rows: str) -> str:
    """The owners of the stored rows that the records have the keys of."""
    key = ", ".join(quote(column.db) for column in key_columns(model))
    return f"""
        SELECT {_key_of(owner)} FROM {quote(model._meta.db_table)}
        WHERE ({key}) IN (SELECT {key} FROM {rows} AS r)"""
