"""Dumping tables: COPY streams rows into a file that loads again unchanged."""

import datetime
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import BinaryIO, TextIO

from django.db import connections, transaction
from psycopg import ClientCursor

from tables.context import databases
from tables.files import sql
from tables.files.file_problem import FileProblem
from tables.files.progress import Progress
from tables.files.source import Format
from tables.files.target import open_target
from tables.files.writers import JsonWriter, NdjsonWriter, Writer
from tables.files.xlsx.writer import XlsxWriter
from tables.schema.columns import UnknownColumn, find_column, key_columns
from tables.schema.models import Table
from tables.schema.registry import table_name
from tables.write.records import WrongValue, parse_text

# Values of key columns, by database column.
Key = Mapping[str, str | int | Decimal | datetime.date | None]


class WrongKey(ValueError):
    """The key given to choose rows is not valid. The text says why."""


def read_key(model: type[Table], parts: Sequence[str]) -> Key:
    """Return key parts like ``["group_ID=G1"]`` as values by database column. Raises WrongKey."""
    key: dict[str, str | int | Decimal | datetime.date | None] = {}
    names = ", ".join(column.api for column in key_columns(model))
    for part in parts:
        name, equals, value = part.partition("=")
        try:
            column = find_column(model, name)
        except UnknownColumn:
            column = None
        if column is None or not column.is_key or not equals:
            raise WrongKey(
                f"'{part}' must be COLUMN=VALUE with a key column of {table_name(model)}: {names}."
            )
        try:
            key[column.db] = parse_text(column, value)
            value.encode()
        except (WrongValue, UnicodeEncodeError):
            raise WrongKey(f"'{value}' is not a valid value of {column.api}.") from None
    return key


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all dumps in the block see the chosen target database at the same moment.

    The block is its own read-only transaction. It cannot open inside another one.
    """
    using = databases.chosen()
    with transaction.atomic(using=using, durable=True):
        with connections[using].cursor() as cursor:
            for statement in sql.BEGIN_SNAPSHOT:
                cursor.execute(statement)
        yield


def dump(
    model: type[Table],
    path: str,
    format: Format,
    *,
    key: Key | None = None,
    delimiter: str | None = None,
    packed: bool = False,
    overwrite: bool = False,
    in_order: bool = False,
    stream: TextIO | None = None,
) -> int:
    """Write a table's rows to ``path``, in storage order or in the order of their keys. Return their number.

    Call this inside ``snapshot``. ``path`` and ``overwrite`` are those of ``open_target``. ``packed``
    compresses with gzip. ``key`` chooses the rows that have these values, by database column. ``delimiter``
    is for csv. Progress goes to ``stream`` (default: standard error). Raises DatabaseError, and FileProblem,
    which leaves ``path`` unchanged.
    """
    writer = _writer(model, format, delimiter)
    with open_target(path, overwrite=overwrite, packed=packed) as out:
        stream = stream or sys.stderr
        # Counting takes a while, and only a progress bar needs the total.
        total = _count(writer, key or {}) if writer.most_rows or stream.isatty() else None
        progress = Progress(table_name(model), total, "rows", stream)
        try:
            return _stream(writer, key or {}, out, progress, in_order=in_order)
        finally:
            progress.finish()


def _writer(model: type[Table], format: Format, delimiter: str | None) -> Writer:
    if format in (Format.CSV, Format.TSV):
        return Writer(model, delimiter or ("," if format is Format.CSV else "\t"))
    return {Format.JSON: JsonWriter, Format.NDJSON: NdjsonWriter, Format.XLSX: XlsxWriter}[format](model)


def _count(writer: Writer, key: Key) -> int:
    """Count the rows. Raises FileProblem if the format cannot hold so many."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.count(writer.model, key), dict(key))
        count = int(cursor.fetchone()[0])
    if writer.most_rows and count > writer.most_rows:
        raise FileProblem(
            f"There are {count:,} rows, but a workbook holds at most {writer.most_rows:,}."
            " Dump to csv or json instead, or only some rows (--key)."
        )
    return count


def _stream(writer: Writer, key: Key, out: BinaryIO, progress: Progress, *, in_order: bool) -> int:
    connection = connections[databases.chosen()]
    statement = sql.copy_out(writer.model, key, writer.value, writer.options, in_order=in_order)
    # COPY takes no parameters, so a client-side cursor writes them into the statement, quoted.
    with (
        connection.wrap_database_errors,
        ClientCursor(connection.connection) as cursor,
        cursor.copy(statement, dict(key)) as copy,
    ):
        return writer.write(copy, out, progress.update)
