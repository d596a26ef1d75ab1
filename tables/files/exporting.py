"""Exporting a list: the rows of any queryset, streamed by COPY, in a form that loads again unchanged."""

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

# Handed on so many bytes at a time.
_PIECE = 1 << 16
TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
}


@contextmanager
def _export_transaction(database: str) -> Iterator[None]:
    """Open a transaction for rows that go out as fast as a browser takes them: its statements may run for
    EXPORT_SECONDS instead of the usual limit."""
    with transaction.atomic(using=database):
        with connections[database].cursor() as cursor:
            cursor.execute(sql.EXPORT_TIMEOUT, [f"{settings.EXPORT_SECONDS}s"])
        yield


@contextmanager
def streaming_cursor(database: str) -> Iterator[CursorWrapper]:
    """Yield a cursor that fetches rows only as they are asked for, in a transaction of its own that may run
    for EXPORT_SECONDS."""
    with _export_transaction(database), connections[database].chunked_cursor() as rows:
        yield rows


class _Pieces:
    """What writers write to: it keeps bytes until they are worth handing on."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def write(self, data: bytes) -> int:
        self._kept += data
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def ready(self) -> bool:
        return len(self._kept) >= _PIECE

    def take(self) -> bytes:
        taken, self._kept = bytes(self._kept), bytearray()
        return taken


@dataclass(frozen=True)
class ExportStream:
    """The rows of a list, on their way into a file.

    ``queryset`` has its database, filters and order; ``columns`` are those that go out; ``end`` is called
    with the number of rows when the last one is out.
    """

    queryset: "QuerySet[Table]"
    columns: Sequence[Column]
    format: Format
    end: Callable[[int], None] = lambda rows: None

    def pieces(self) -> Iterator[bytes]:
        """Yield the file. Rows are those of one moment; memory does not grow with them.

        Raises FileProblem for what a workbook cannot hold, and DatabaseError; both break the download off,
        so that nobody takes half a file for a whole one.
        """
        writer, out = self._writer(), _Pieces()
        rows = 0
        # A reader who goes away ends the copy before the transaction is rolled back.
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
        # COPY takes no parameters from outside; a client-side cursor puts them into the statement, quoted.
        with (
            connection.wrap_database_errors,
            ClientCursor(connection.connection) as cursor,
            cursor.copy(statement, values) as copy,
        ):
            yield from copy
