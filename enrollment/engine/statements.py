"""Running the engine's statements in the chosen target database, step by step."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import connections

from enrollment.engine.outcome import Progress
from tables.context import databases

# Up to this many rows, a scan is as fast as an index.
_FEW_ROWS = 100


# What a statement's parameter may be.
Parameter = str | int | datetime.date | list[str] | list[str | None] | list[int] | None
# A row of a query: PostgreSQL gives the types.
Row = tuple[Any, ...]


class ChangedMeanwhile(Exception):
    """Others changed rows that the process had read; it may start again."""


class Statements:
    """A cursor with one set of parameters for all statements of a run, and a count of the steps done."""

    def __init__(self, params: dict[str, Any], progress: Progress, steps: int) -> None:
        self._cursor = connections[databases.chosen()].cursor()
        self.params, self._progress, self._steps, self._done = params, progress, steps, 0

    def step(self, text: str) -> None:
        """Report that the next step begins."""
        self._progress(self._done, self._steps, text)
        self._done += 1

    def run(self, statement: str, **more: Parameter) -> int:
        """Run a statement; return how many rows it touched."""
        self._cursor.execute(statement, {**self.params, **more})
        return max(int(self._cursor.rowcount), 0)

    def rows(self, statement: str, **more: Parameter) -> Sequence[Row]:
        """Run a statement and return its rows."""
        self._cursor.execute(statement, {**self.params, **more})
        return list(self._cursor.fetchall())

    def row(self, statement: str, **more: Parameter) -> Row:
        """Run a statement and return its one row."""
        (found,) = self.rows(statement, **more)
        return found

    def take(self, table: str, statement: str, *columns: str, index: str = "") -> None:
        """Create a temporary table, and analyze the ``columns`` that it is joined by. If it has many rows,
        index the column ``index``.

        The planner may believe that a group that was just loaded has one row. It then searches this table
        again for each row of the group, and without the index it would read the whole table each time.
        """
        self.run(f"DROP TABLE IF EXISTS pg_temp.{table}")
        if self.run(statement) > _FEW_ROWS and index:
            self.run(f"CREATE INDEX ON pg_temp.{table} ({index})")
        self.analyze(table, *columns)

    def analyze(self, table: str, *columns: str) -> None:
        """Give the planner current statistics for columns of a temporary table."""
        self.run(f"ANALYZE pg_temp.{table} ({', '.join(columns)})")

    def must_touch(self, expected: int, statement: str) -> None:
        """Run a statement. Raises ChangedMeanwhile unless it touches exactly ``expected`` rows."""
        if self.run(statement) != expected:
            raise ChangedMeanwhile
