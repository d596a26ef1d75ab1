"""The writers of csv and JSON files: what each asks of PostgreSQL, and what it makes of the rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from tables.files import sql
from tables.files.csv.formulas import Defuser, Line
from tables.schema.column import Column
from tables.schema.columns import columns
from tables.schema.models import Table
from tables.write.sql.rows_as_json import json_value

# Lines are handed on so many at a time: few enough for the memory of one batch to serve the next.
_BATCH_LINES = 100

Tell = Callable[[int], None]


class Sink(Protocol):
    """Where a file's bytes go: anything that takes them one after the other, also a download."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes; return how many."""

    def flush(self) -> None:
        """Hand on what is kept, if anything is."""

    def close(self) -> None:
        """Nothing more comes."""


class Writer:
    """Writes rows as csv: the lines are PostgreSQL's own, passed on as they are but for formulas.

    The other formats state what is different: ``value`` is a column's SQL and ``options`` those of
    COPY; ``head`` and ``foot`` stand around what ``formatted`` makes of the lines, or around ``if_empty``.
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
        """Write the rows that ``copy`` streams and return how many; ``tell`` is told now and then."""
        rows = 0
        for rows in self.write_in_steps(copy, out):
            tell(rows)
        return rows

    def write_in_steps(self, copy: Iterable[Line], out: Sink) -> Iterator[int]:
        """Write the rows that ``copy`` streams, and yield now and then how many are written."""
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
    """Writes each row as a JSON object on a line of its own, as the API answers it.

    PostgreSQL makes the values and we put the names to them, which takes half as long as row_to_json.
    """

    value = staticmethod(json_value)
    separator, end = b"\n", b"\n"
    if_empty = b"\n"  # A file without a single byte would be taken for a transfer that failed.

    def __init__(self, model: type[Table], only: Sequence[Column] | None = None) -> None:
        super().__init__(model, only=only)
        self.options = "NULL 'null'"
        self.head = b""
        names = ",".join(f'"{column.api}":%b' for column in self.columns)
        self._template = f"{{{names}}}".encode()

    def formatted(self, lines: list[Line]) -> bytes:
        # JSON has no raw control characters, so that the only thing COPY escapes are backslashes.
        rows = b"".join(lines).replace(b"\\\\", b"\\").split(b"\n")[:-1]
        return self.separator.join([self._template % tuple(row.split(b"\t")) for row in rows]) + self.end


class JsonWriter(NdjsonWriter):
    """Writes an array of such objects, each on a line of its own."""

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
