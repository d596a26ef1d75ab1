"""The SQL of staging: how records come to stand where one statement can check and another can merge them."""

from collections.abc import Sequence

from tables.schema.column import Column, Kind
from tables.schema.columns import key_columns
from tables.schema.models import Table
from tables.write.sql.names import GIVEN, STAGING, equal, listed, quote


def _typed(column: Column) -> str:
    """Declare a column of the records; keys sort byte by byte, as the table's own do."""
    collation = ' COLLATE "C"' if column.is_key and column.kind is Kind.TEXT else ""
    return f"{quote(column.db)} {column.db_type}{collation}"


def json_rows(columns: Sequence[Column]) -> str:
    """The rows of a few records that come as one JSON parameter."""
    typed = ", ".join(map(_typed, columns))
    return f"json_to_recordset(%(records)s::json) AS few(n bigint, {typed})"


def create_staging(columns: Sequence[Column], *, ignored: int = 0, sparse: bool = False) -> str:
    """Make the staging table. It lives until the transaction ends.

    It has room for ``ignored`` columns of a file that are not merged, and for the list of the columns
    that each of ``sparse`` records brings.
    """
    typed = [f"{GIVEN} text"] if sparse else []
    typed += [_typed(column) for column in columns]
    typed += [f"vba_ignored_{place} text" for place in range(ignored)]
    return f"CREATE TEMP TABLE {STAGING} (n bigint NOT NULL, {', '.join(typed)}) ON COMMIT DROP"


def copy_to_staging(
    columns: Sequence[Column | None], *, checking: bool = False, sparse: bool = False, null: str = ""
) -> str:
    """Stream records into the staging table; None stands for an ignored column of a file.

    In text format, where the text ``null`` means null. By default that is an empty one, as an empty text
    is never stored. With ``checking``, PostgreSQL leaves out each record that has a value of another
    type than its column's, or one that is too long.
    """
    ignored = iter(range(len(columns)))
    names = ["n", GIVEN] if sparse else ["n"]
    names += [quote(column.db) if column else f"vba_ignored_{next(ignored)}" for column in columns]
    options = f"NULL '{null}'" + (", ON_ERROR ignore" if checking else "")
    return f"COPY {STAGING} ({', '.join(names)}) FROM STDIN ({options})"


def analyze_staging(model: type[Table]) -> str:
    """Let the planner know the staged keys (only these: all columns would cost more than the load)."""
    return f"ANALYZE {STAGING} ({listed(key_columns(model))})"


def fill_absent(model: type[Table], columns: Sequence[Column]) -> str:
    """Give staged sparse records what the existing rows have in the columns that they leave out.

    The rows are locked, so that this is still true when they are merged.
    """
    key = listed(key_columns(model))
    values = ", ".join(
        f"{name} = CASE substr(s.{GIVEN}, {place}, 1) WHEN '1' THEN s.{name} ELSE t.{name} END"
        for place, column in enumerate(columns, 1)
        if (name := quote(column.db)) and not column.is_key
    )
    return f"""
        UPDATE {STAGING} AS s SET {values}
        FROM (SELECT * FROM {quote(model._meta.db_table)}
              WHERE ({key}) IN (SELECT {key} FROM {STAGING}) FOR NO KEY UPDATE) AS t
        WHERE {equal(model.key, "t", "s")}"""


def staged_numbers() -> str:
    """Find the numbers of the records that are staged."""
    return f"SELECT n FROM {STAGING}"


def count_staged() -> str:
    """Count the records that are staged."""
    return f"SELECT count(*) FROM {STAGING}"


def drop_from_staging() -> str:
    """Take the records %(gone)s out of the staging table."""
    return f"DELETE FROM {STAGING} AS s USING unnest(%(gone)s::bigint[]) AS gone (n) WHERE s.n = gone.n"


def drop_staging() -> str:
    """Take the staging table away before the transaction ends."""
    return f"DROP TABLE {STAGING}"
