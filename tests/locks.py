"""Sessions that hold rows, and helpers that wait until a session waits for a lock.

Only sessions of the tests' own database count: others on the same server have locks of their own.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connections

from tests.waiting import PATIENCE, wait_until

DATABASE = "VBA_Demo"

# Who waits in this database: a session that waits has a lock in its database besides, or waits for one there.
# pg_stat_activity knows the database, too, but within a transaction it shows what it has shown at first.
_WAITING = """
    SELECT DISTINCT waiting.pid FROM pg_locks AS waiting
    WHERE NOT waiting.granted
        AND EXISTS (
            SELECT FROM pg_locks AS own JOIN pg_database ON pg_database.oid = own.database
            WHERE own.pid = waiting.pid AND pg_database.datname = current_database()
        )
        AND (%(kinds)s::text[] = '{}' OR waiting.locktype = ANY(%(kinds)s::text[]))
        AND (%(holder)s::int IS NULL OR %(holder)s::int = ANY(pg_blocking_pids(waiting.pid)))"""
# For failures: what each session does, without personal data.
_SESSIONS = """
    SELECT pid, state, wait_event_type, wait_event, pg_blocking_pids(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def session(**options: Any) -> psycopg.Connection[Any]:
    """Open a session of its own in VBA_Demo."""
    parameters = connections[DATABASE].get_connection_params()
    # psycopg's own reading of values, not Django's.
    own = ("context", "cursor_factory")
    server = {name: value for name, value in parameters.items() if name not in own}
    return psycopg.connect(**server, **options)


class Other:
    """Another session, in a transaction that holds the locks of its statements."""

    def __init__(self) -> None:
        self.connection = session()

    @property
    def pid(self) -> int:
        return self.connection.info.backend_pid

    def hold(self, statement: str) -> "Other":
        self.connection.execute(statement)
        return self

    def let_go(self) -> None:
        self.connection.commit()

    def __enter__(self) -> "Other":
        return self

    def __exit__(self, *problem: Any) -> None:
        self.connection.close()


def waiting(*, holder: int | None = None, kinds: Sequence[str] = ()) -> list[int]:
    """Return the sessions that wait for a lock just now: for one of the session ``holder``, or of these kinds
    (``pg_locks.locktype``)."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_WAITING, {"holder": holder, "kinds": list(kinds)})
        return [pid for (pid,) in cursor.fetchall()]


def somebody_waits() -> bool:
    """Return whether any session waits for a lock."""
    return bool(waiting())


def wait_for_waiting(
    number: int = 1, *, holder: int | None = None, kinds: Sequence[str] = (), seconds: float = PATIENCE
) -> list[int]:
    """Wait until this many sessions wait for a lock, and return them."""

    def found() -> list[int]:
        pids = waiting(holder=holder, kinds=kinds)
        return pids if len(pids) >= number else []

    return wait_until(found, seconds, lambda: f"a wait for a lock (sessions: {_sessions()})")


def waits_for(other: Other, seconds: float = PATIENCE) -> int:
    """Wait until a session waits for a lock that ``other`` holds, and return that session."""
    (pid,) = wait_for_waiting(holder=other.pid, seconds=seconds)
    return pid


def _sessions() -> list[Any]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_SESSIONS)
        return cursor.fetchall()
