"""The writers of csv and JSON files: what each requests from PostgreSQL, and how it writes the rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from tables.files import sql
from tables.files.csv.formulas import Defuser, Line
from tables.schema.column import Column
from tables.schema.columns import columns
from tables.schema.models import Table
from tables.write.sql.rows_as_json import json_value

# How many lines to write at a time: few enough for the next batch to reuse the memory.
_BATCH_LINES = 100

Tell = Callable[[int], None]


class Sink(Protocol):
    """Where a file's bytes go: anything that takes them in order, for instance a download."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes; return how many."""

    def flush(self) -> None:
        """Pass on buffered bytes."""

    def close(self) -> None:
        """End the file."""


class Writer:
    """Writes rows as csv. The lines come from PostgreSQL and stay as they are, except formulas.

    Other formats override what differs. ``value`` is a column's SQL, and ``options`` are those of COPY.
    ``head`` and ``foot`` enclose what ``formatted`` returns for the lines, or ``if_empty``.
    """

    value: Callable[[Column], str] = staticmethod(sql.as_csv)
    most_rows: int | None = None
    foot = if_empty = b""

    def __init__(
        self, model: type[Table], delimiter: str = ",", only: Sequence[Column] | None = None
    ) -> None:
        self.model = model
        self.columns = tuple(only or columns(model))
        self._defuser = Defuser(self.columns, delimiter)
        self.options = f"FORMAT csv, DELIMITER {sql.literal(delimiter)}"
        self.head = (delimiter.join(column.published for column in self.columns) + "\n").encode()

    def formatted(self, lines: list[Line]) -> bytes:
        """Return the lines of some rows in this format."""
        return self._defuser.joined(lines)

    def write(self, copy: Iterable[Line], out: Sink, tell: Tell) -> int:
        """Write the rows that ``copy`` streams, and return their number. ``tell`` gets the count now and
        then."""
        rows = 0
        for rows in self.write_in_steps(copy, out):
            tell(rows)
        return rows

    def write_in_steps(self, copy: Iterable[Line], out: Sink) -> Iterator[int]:
        """Write the rows that ``copy`` streams, and yield the count of written rows now and then."""
        rows = 0
        out.write(self.head)
        for lines in _batches(copy):
            out.write(self.formatted(lines))
            rows += len(lines)
            yield rows
        out.write(self.foot if rows else self.if_empty + self.foot)


def _batches(copy: Iterable[Line]) -> Iterator[list[Line]]:
    lines = iter(copy)
    while batch := list(islice(lines, _BATCH_LINES)):
        yield batch


class NdjsonWriter(Writer):
    """Writes each row as a JSON object on its own line, in the API's form.

    PostgreSQL writes the values and we add the names, which takes half as long as row_to_json.
    """

    value = staticmethod(json_value)
    separator, end = b"\n", b"\n"
    if_empty = b"\n"  # A file of 0 bytes would look like a failed transfer.

    def __init__(self, model: type[Table], only: Sequence[Column] | None = None) -> None:
        super().__init__(model, only=only)
        self.options = "NULL 'null'"
        self.head = b""
        names = ",".join(f'"{column.api}":%b' for column in self.columns)
        self._template = f"{{{names}}}".encode()

    def formatted(self, lines: list[Line]) -> bytes:
        # JSON has no raw control characters, so COPY escapes only backslashes.
        rows = b"".join(lines).replace(b"\\\\", b"\\").split(b"\n")[:-1]
        return self.separator.join([self._template % tuple(row.split(b"\t")) for row in rows]) + self.end


class JsonWriter(NdjsonWriter):
    """Writes an array of such objects, each on its own line."""

    separator, end = b",\n", b""
    foot = b"\n]\n"
    if_empty = b""

    def __init__(self, model: type[Table], only: Sequence[Column] | None = None) -> None:
        super().__init__(model, only)
        self.head = b"["
        self._before = b"\n"

    def formatted(self, lines: list[Line]) -> bytes:
        before, self._before = self._before, self.separator
        return before + super().formatted(lines)
