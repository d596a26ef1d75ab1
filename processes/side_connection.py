"""A second connection to a target database, beside the one that holds the business transaction."""

import threading
from collections.abc import Mapping

import psycopg
from django.db import connections
from psycopg.rows import TupleRow

from tables.history.sql import TELL

_STATEMENT_SECONDS = 10
_SOURCE = "process"


class SideConnection:
    """Statements that commit at once, however the business transaction ends. Several threads may use it.

    The history names the process as the source, and the user of ``acts_for``.
    """

    def __init__(self, database: str) -> None:
        parameters = connections[database].get_connection_params()
        # psycopg converts values in its own way here, not in Django's.
        own = ("context", "cursor_factory")
        self._parameters = {name: value for name, value in parameters.items() if name not in own}
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[TupleRow] | None = None
        self._user = ""

    def acts_for(self, user: str) -> None:
        """Set the user for whom later statements run."""
        with self._lock:
            self._user = user
            if self._connection is not None and not self._connection.closed:
                self._set_actor(self._connection)

    def execute(self, statement: str, values: Mapping[str, object]) -> list[TupleRow]:
        """Run one statement and return its rows. Raises psycopg.Error."""
        return self.execute_together([(statement, values)])[-1]

    def execute_together(self, statements: list[tuple[str, Mapping[str, object]]]) -> list[list[TupleRow]]:
        """Run statements in one transaction and return the rows of each. Stop after the first that hits no
        row. If the connection is lost, reconnect once."""
        with self._lock:
            try:
                return self._execute(statements)
            except psycopg.OperationalError:
                if self._connection is not None and not self._connection.broken:
                    raise
                return self._execute(statements)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _execute(self, statements: list[tuple[str, Mapping[str, object]]]) -> list[list[TupleRow]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._parameters, autocommit=True)
            self._connection.execute(f"SET statement_timeout = '{_STATEMENT_SECONDS}s'")
            self._set_actor(self._connection)
        found: list[list[TupleRow]] = []
        with self._connection.transaction():
            for statement, values in statements:
                cursor = self._connection.execute(statement, values)
                found.append(cursor.fetchall() if cursor.description else [])
                if cursor.rowcount == 0:
                    break
        return found

    def _set_actor(self, connection: psycopg.Connection[TupleRow]) -> None:
        """Tell the history who acts, for as long as the connection lasts."""
        connection.execute(TELL.format(local="false"), (self._user, _SOURCE, ""))
