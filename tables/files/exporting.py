"""Exporting a list: COPY streams the rows of any queryset into a file that loads again unchanged."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from psycopg import ClientCursor

from tables.files import sql
from tables.files.csv.formulas import Line
from tables.files.source import Format
from tables.files.writers import JsonWriter, Writer
from tables.files.xlsx.writer import XlsxWriter
from tables.schema.column import Column
from tables.schema.models import Table

# The least bytes to hand on at a time.
_PIECE = 1 << 16
TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
}


@contextmanager
def _export_transaction(database: str) -> Iterator[None]:
    """Open a transaction for rows that a browser downloads at its own speed. Its statements may run for
    EXPORT_SECONDS instead of the usual limit."""
    with transaction.atomic(using=database):
        with connections[database].cursor() as cursor:
            cursor.execute(sql.EXPORT_TIMEOUT, [f"{settings.EXPORT_SECONDS}s"])
        yield


@contextmanager
def streaming_cursor(database: str) -> Iterator[CursorWrapper]:
    """Yield a cursor that fetches rows on demand, in its own transaction, which may run for
    EXPORT_SECONDS."""
    with _export_transaction(database), connections[database].chunked_cursor() as rows:
        yield rows


class _Pieces:
    """A target for writers that keeps bytes until there are enough to hand on."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def write(self, data: bytes) -> int:
        self._kept += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is no file to flush."""

    def close(self) -> None:
        """Do nothing: there is no file to close."""

    def ready(self) -> bool:
        return len(self._kept) >= _PIECE

    def take(self) -> bytes:
        taken, self._kept = bytes(self._kept), bytearray()
        return taken


@dataclass(frozen=True)
class ExportStream:
    """The rows of a list, streamed into a file.

    ``queryset`` has its database, filters and order. ``columns`` are the columns to export. After the last
    row, ``end`` gets the number of rows.
    """

    queryset: "QuerySet[Table]"
    columns: Sequence[Column]
    format: Format
    end: Callable[[int], None] = lambda rows: None

    def pieces(self) -> Iterator[bytes]:
        """Yield the file in pieces. All rows are from the same moment, and memory does not grow with them.

        Raises FileProblem for what a workbook cannot hold, and DatabaseError. Both abort the download, so
        that no one mistakes half a file for a whole one.
        """
        writer, out = self._writer(), _Pieces()
        rows = 0
        # If the reader goes away, end the copy before the transaction is rolled back.
        with _export_transaction(self.queryset.db), closing(self._copy(writer)) as copy:
            for count in writer.write_in_steps(copy, out):
                rows = count
                if out.ready():
                    yield out.take()
        yield out.take()
        self.end(rows)

    def _writer(self) -> Writer:
        model = self.queryset.model
        if self.format is Format.CSV:
            return Writer(model, only=self.columns)
        return {Format.XLSX: XlsxWriter, Format.JSON: JsonWriter}[self.format](model, self.columns)

    def _copy(self, writer: Writer) -> Generator[Line, None, None]:
        connection = connections[self.queryset.db]
        wanted = self.queryset.values_list(*(column.field.attname for column in self.columns))
        try:
            rows, values = wanted.query.get_compiler(using=self.queryset.db).as_sql()
        except EmptyResultSet:
            return
        statement = sql.copy_rows(rows, self.columns, writer.value, writer.options)
        # COPY takes no parameters, so a client-side cursor writes them into the statement, quoted.
        with (
            connection.wrap_database_errors,
            ClientCursor(connection.connection) as cursor,
            cursor.copy(statement, values) as copy,
        ):
            yield from copy
