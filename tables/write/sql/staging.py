"""The SQL of staging: storing records where one statement can check and another can merge them."""

from collections.abc import Sequence

from tables.schema.column import Column, Kind
from tables.schema.columns import key_columns
from tables.schema.models import Table
from tables.write.sql.names import GIVEN, STAGING, equal, listed, quote


def _typed(column: Column) -> str:
    """Declare a column of the records. Keys sort byte by byte, like the table's own."""
    collation = ' COLLATE "C"' if column.is_key and column.kind is Kind.TEXT else ""
    return f"{quote(column.db)} {column.db_type}{collation}"


def json_rows(columns: Sequence[Column]) -> str:
    """The rows of a few records from one JSON parameter."""
    typed = ", ".join(map(_typed, columns))
    return f"json_to_recordset(%(records)s::json) AS few(n bigint, {typed})"


def create_staging(columns: Sequence[Column], *, ignored: int = 0, sparse: bool = False) -> str:
    """Create the staging table. It lives until the transaction ends.

    It has additional columns for the ``ignored`` columns of a file, and, if ``sparse``, for the list of
    columns that each record has.
    """
    typed = [f"{GIVEN} text"] if sparse else []
    typed += [_typed(column) for column in columns]
    typed += [f"vba_ignored_{place} text" for place in range(ignored)]
    return f"CREATE TEMP TABLE {STAGING} (n bigint NOT NULL, {', '.join(typed)}) ON COMMIT DROP"


def copy_to_staging(
    columns: Sequence[Column | None], *, checking: bool = False, sparse: bool = False, null: str = ""
) -> str:
    """Stream records into the staging table. None stands for an ignored column of a file.

    The format is text. The text ``null`` means null. By default that is the empty text, because an empty text
    is never stored. With ``checking``, PostgreSQL leaves out records with values that are too long or of
    another type.
    """
    ignored = iter(range(len(columns)))
    names = ["n", GIVEN] if sparse else ["n"]
    names += [quote(column.db) if column else f"vba_ignored_{next(ignored)}" for column in columns]
    options = f"NULL '{null}'" + (", ON_ERROR ignore" if checking else "")
    return f"COPY {STAGING} ({', '.join(names)}) FROM STDIN ({options})"


def analyze_staging(model: type[Table]) -> str:
    """Collect statistics on the staged keys. All columns would cost more than the load."""
    return f"ANALYZE {STAGING} ({listed(key_columns(model))})"


def fill_absent(model: type[Table], columns: Sequence[Column]) -> str:
    """Fill the columns that sparse records leave out with the existing rows' values.

    The rows are locked, so that the values still apply during the merge.
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
    """Find the numbers of the staged records."""
    return f"SELECT n FROM {STAGING}"


def count_staged() -> str:
    """Count the staged records."""
    return f"SELECT count(*) FROM {STAGING}"


def drop_from_staging() -> str:
    """Delete the records %(gone)s from the staging table."""
    return f"DELETE FROM {STAGING} AS s USING unnest(%(gone)s::bigint[]) AS gone (n) WHERE s.n = gone.n"


def drop_staging() -> str:
    """Drop the staging table before the transaction ends."""
    return f"DROP TABLE {STAGING}"
