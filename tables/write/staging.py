"""Staging: stores records where one statement can check and another can merge them.

Only ``staged`` and ``staged_copy`` create a ``Staged``. It has all of its records, and exists until the end
of their block. Checking and merging take a ``Staged``, so they cannot start too early.
"""

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec
from django.db import connections
from django.db.backends.utils import CursorWrapper
from psycopg import Copy

from tables.context import databases
from tables.context.actor import acting_user
from tables.schema.column import Column, Value
from tables.schema.columns import assigned_column
from tables.schema.models import Table
from tables.write.records import Records, Values
from tables.write.sql import assigning as assigning_sql
from tables.write.sql import staging as sql
from tables.write.sql.names import STAGING

# Up to this many records go as one JSON parameter, which is cheaper than a staging table with its catalog
# rows.
FEW = 100

# A parameter of a statement.
Parameter: TypeAlias = Value | list[Any]
# Writes records into an open COPY, and returns their ascending numbers.
Fill = Callable[[Copy], Sequence[int]]


class Staged(ABC):
    """Staged records with the same columns, by number, inside the caller's transaction.

    ``rows`` is their source in SQL, with ``params``. ``count`` is how many of ``numbers`` are left.
    """

    # Whether the records are in the staging table, not in a parameter.
    is_table: bool
    # Whether the records may leave columns out. These were filled from the existing rows.
    is_sparse = False

    def __init__(
        self,
        model: type[Table],
        columns: Sequence[Column],
        cursor: CursorWrapper,
        rows: str,
        numbers: Sequence[int],
    ) -> None:
        self.model, self.columns, self.cursor, self.rows = model, columns, cursor, rows
        self.numbers, self.count = numbers, len(numbers)
        self.params: dict[str, Parameter] = {"user": acting_user()}

    def execute(self, statement: str, **params: Parameter) -> CursorWrapper:
        """Execute a statement on ``rows``, and return the cursor with its result."""
        self.cursor.execute(statement, {**self.params, **params})
        return self.cursor

    def find(self, statement: str, **params: Parameter) -> list[int]:
        """Return the numbers of the records that a statement on ``rows`` finds."""
        return [n for (n,) in self.execute(statement, **params).fetchall()]

    def drop(self, gone: Collection[int]) -> None:
        """Remove records that are refused or stored."""
        self.count -= len(gone)
        if self.count and gone:
            self._drop(gone)

    @abstractmethod
    def _drop(self, gone: Collection[int]) -> None: ...

    @abstractmethod
    def set_keys(self, column: Column, keys: Mapping[int, Value]) -> None:
        """Write the values that the server assigned to a key column into the records, by number."""


class _StagedFew(Staged):
    """A few records, which each statement gets as one JSON parameter."""

    is_table = False

    def __init__(
        self, model: type[Table], columns: Sequence[Column], cursor: CursorWrapper, records: dict[int, Values]
    ) -> None:
        rows = f"(SELECT * FROM {sql.json_rows(columns)})"
        super().__init__(model, columns, cursor, rows, tuple(records))
        self._records = records
        self._encode()

    def _encode(self) -> None:
        names = ["n", *(column.db for column in self.columns)]
        rows = [dict(zip(names, (n, *values), strict=True)) for n, values in self._records.items()]
        self.params["records"] = msgspec.json.Encoder(decimal_format="number").encode(rows).decode()

    def _drop(self, gone: Collection[int]) -> None:
        for n in gone:
            del self._records[n]
        self._encode()

    def set_keys(self, column: Column, keys: Mapping[int, Value]) -> None:
        place = self.columns.index(column)
        for n, key in keys.items():
            values = self._records[n]
            self._records[n] = (*values[:place], key, *values[place + 1 :])
        self._encode()


class StagedTable(Staged):
    """Records in the staging table. ``left_out`` are those with a value that COPY refused. They are not in
    the table, but count among ``numbers``."""

    is_table = True

    def __init__(
        self,
        model: type[Table],
        columns: Sequence[Column],
        cursor: CursorWrapper,
        numbers: Sequence[int],
        *,
        is_sparse: bool,
        left_out: Sequence[int],
    ) -> None:
        super().__init__(model, columns, cursor, STAGING, numbers)
        self.is_sparse, self.left_out = is_sparse, left_out

    def _drop(self, gone: Collection[int]) -> None:
        self.cursor.execute(sql.drop_from_staging(), {"gone": list(gone)})

    def set_keys(self, column: Column, keys: Mapping[int, Value]) -> None:
        statement = assigning_sql.fill(column, self.rows)
        self.cursor.execute(statement, {"numbers": list(keys), "keys": list(keys.values())})


@contextmanager
def staged(
    model: type[Table], columns: Sequence[Column], records: Records | Sequence[tuple[int, Values]]
) -> Iterator[Staged]:
    """Stage records for the block: a few as a parameter, many by COPY."""
    expected = records.expected if isinstance(records, Records) else len(records)
    if expected <= FEW:
        few = dict(records)
        with connections[databases.chosen()].cursor() as cursor:
            yield _StagedFew(model, _with_assigned(model, columns), cursor, few)
        return

    def fill(copy: Copy) -> Sequence[int]:
        numbers = array("q")
        for n, values in records:
            copy.write_row((n, *values))
            numbers.append(n)
        return numbers

    with staged_copy(model, columns, fill, null=r"\N") as many:  # This is how write_row writes null.
        yield many


@contextmanager
def staged_copy(
    model: type[Table],
    columns: Sequence[Column | None],
    fill: Fill,
    *,
    checking: bool = False,
    sparse: bool = False,
    null: str = "",
) -> Iterator[StagedTable]:
    """Stage what ``fill`` writes, for the block: lines in COPY's text format with these columns.

    A column of None is ignored. With ``checking``, COPY leaves out records with a value that it does not
    accept. With ``sparse``, each record has a text of 1 and 0 that says which columns it has, and each key
    occurs once.
    """
    written = _with_assigned(model, [column for column in columns if column])
    ignored = sum(column is None for column in columns)
    connection = connections[databases.chosen()]
    with connection.cursor() as cursor:
        cursor.execute(sql.create_staging(written, ignored=ignored, sparse=sparse))
        statement = sql.copy_to_staging(columns, checking=checking, sparse=sparse, null=null)
        with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            numbers = fill(copy)
        cursor.execute(sql.analyze_staging(model))
        if sparse:
            cursor.execute(sql.fill_absent(model, written))
        left_out = _left_out(cursor, numbers) if checking else ()
        yield StagedTable(model, written, cursor, numbers, is_sparse=sparse, left_out=left_out)
        # The same transaction may stage again.
        cursor.execute(sql.drop_staging())


def _with_assigned(model: type[Table], columns: Sequence[Column]) -> Sequence[Column]:
    """Return the columns, including the one that the server assigns, which a file need not have."""
    given = assigned_column(model)
    return [*columns, given] if given and given not in columns else list(columns)


def _left_out(cursor: CursorWrapper, numbers: Sequence[int]) -> list[int]:
    """Return the records that are not in the staging table."""
    cursor.execute(sql.count_staged())
    if cursor.fetchone()[0] == len(numbers):
        return []
    cursor.execute(sql.staged_numbers())
    there = {n for (n,) in cursor.fetchall()}
    return [n for n in numbers if n not in there]
