"""A database that refuses writes to a table, always or the first few times."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

_FAULT = """
    CREATE SEQUENCE fault_count;
    CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('fault_count') <= {times} THEN RAISE EXCEPTION '{said}' USING ERRCODE = '{code}'; END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER fault AFTER {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION fault()"""
_NO_FAULT = """
    DROP TRIGGER IF EXISTS fault ON {table};
    DROP FUNCTION IF EXISTS fault;
    DROP SEQUENCE IF EXISTS fault_count"""


class DatabaseFault:
    """Statements of one kind (``INSERT``) on a table of VBA_Demo that fail."""

    def __init__(self, table: str, event: str, said: str) -> None:
        self.table, self.event, self.said = table, event, said

    def come(self, code: str, times: int = 1_000) -> None:
        """Make the statements fail with a PostgreSQL error code, a number of times."""
        self.go()
        values = {"times": times, "code": code, "said": self.said, "event": self.event}
        _run(_FAULT.format(table=self.table, **values))

    def tried(self) -> int:
        """Return how many statements there were, failed or not."""
        return int(_run("SELECT last_value FROM fault_count")[0])

    def go(self) -> None:
        """Stop making the statements fail."""
        _run(_NO_FAULT.format(table=self.table))


@contextmanager
def database_fault(table: str, event: str, said: str) -> Iterator[DatabaseFault]:
    """A fault that can start inside the block, and ends with it."""
    fault = DatabaseFault(table, event, said)
    try:
        yield fault
    finally:
        fault.go()


def _run(statement: str) -> Any:
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None
