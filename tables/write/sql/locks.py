"""The SQL of locks: file loads take turns, and writers lock the owners of rows (``tables.write.owners``)."""

from tables.schema.columns import key_columns
from tables.schema.models import Table
from tables.write.sql.names import listed, quote


def wait_for_other_loads(model: type[Table]) -> str:
    """Wait until no other file is being loaded into this table, and make others wait until the transaction
    ends. Two loads that change the same rows in different orders would deadlock."""
    return f"SELECT pg_advisory_xact_lock(hashtextextended('load {model._meta.db_table}', 0))"


def _key_of(owner: type[Table]) -> str:
    return quote(str(owner._meta.pk.column))


def hold(owner: type[Table], keys: str, *, which: bool = False) -> str:
    """Lock the owners whose keys a query finds, in the order of their keys. Return how many, or ``which``."""
    key = _key_of(owner)
    return f"""
        SELECT {f"array_agg({key})" if which else "count(*)"} FROM (
            SELECT {key} FROM {quote(owner._meta.db_table)}
            WHERE {key} IN ({keys}) ORDER BY {key} FOR NO KEY UPDATE
        ) AS held"""


def named(owner: type[Table], rows: str) -> str:
    """Find the keys of the owners that the records name."""
    return f"SELECT {_key_of(owner)} FROM {rows} AS r"


def stored(model: type[Table], owner: type[Table], rows: str) -> str:
    """Find the keys of the owners of the stored rows that have the records' keys."""
    key = listed(key_columns(model))
    return f"""
        SELECT {_key_of(owner)} FROM {quote(model._meta.db_table)}
        WHERE ({key}) IN (SELECT {key} FROM {rows} AS r)"""
