"""Runs a process: claims it, runs and ends it in one transaction, or notes why it failed."""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from psycopg.rows import TupleRow

from processes import database_errors, kinds, sql
from processes.lease import Lease, LostLease
from processes.process_run import CANCELLED, COMPLETED, COMPLETED_WITH_WARNINGS, FAILED
from processes.side_connection import SideConnection
from tables.context import databases
from tables.context.actor import acting_as

_log = logging.getLogger(__name__)
_REFERENCES = 5
_TOO_OFTEN = "The worker was lost in every attempt. Nothing was changed."


@dataclass
class RunningProcess:
    """A claimed process: what its runner sees (``kinds.Run``), and what the worker needs."""

    process_key: int
    process_type: str
    group_id: str
    user: str
    arguments: Mapping[str, Any]
    attempt: int
    run_id: int
    side_connection: SideConnection
    lease: Lease | None = None

    @property
    def name(self) -> dict[str, int | str]:
        """The process's key as parameters of the statements."""
        return {"key": self.process_key, "type": self.process_type}

    def log(self, log_type: str, message: str, references: Sequence[tuple[str, str]] = ()) -> None:
        """Write a line of the process's log, at once."""
        line = self.log_line(log_type, message, references)
        while not self.side_connection.execute(sql.LOG, line):
            pass  # A client has just added a line with this number; take the next one.

    def log_line(
        self, log_type: str, message: str, references: Sequence[tuple[str, str]] = ()
    ) -> dict[str, int | str | None]:
        """Return the values of a line of the log."""
        values: dict[str, int | str | None] = {
            **self.name,
            "log_type": log_type,
            "message": message,
            "user": self.user,
        }
        for number in range(_REFERENCES):
            column, value = references[number] if number < len(references) else (None, None)
            values |= {f"column{number + 1}": column, f"value{number + 1}": value}
        return values

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Report how far it is. Raises if the work must end."""
        if self.lease is not None:
            self.lease.progress(done, total, text)


def run(database: str, process_key: int, process_type: str) -> None:
    """Run a process of a target database until it completes, fails or is canceled.

    Do nothing if it has already ended or if another worker runs it. Raises psycopg.Error if the database
    cannot be reached at all.
    """
    with databases.using(database):
        side_connection = SideConnection(database)
        try:
            process = _claim(side_connection, process_key, process_type)
            if process is not None:
                with acting_as(process.user, source="process"):
                    _run_claimed(process)
        finally:
            side_connection.close()


def _claim(side_connection: SideConnection, process_key: int, process_type: str) -> RunningProcess | None:
    """Take the process and note its start. Return None if there is nothing to do."""
    name = {"key": process_key, "type": process_type}
    claim = {**name, "lease": settings.PROCESS_LEASE_SECONDS}
    found = side_connection.execute_together([(sql.CLAIM, claim), (sql.SET_ACTOR, name), (sql.BEGIN, name)])
    if not found[0]:
        return None
    run_id, group_id, user_name, arguments, attempt, cancel_requested = found[0][0]
    user = user_name or found[2][0][0] or ""
    side_connection.acts_for(user)
    process = RunningProcess(
        process_key, process_type, group_id, user, arguments, attempt, run_id, side_connection
    )
    if cancel_requested:
        _give_up(process, CANCELLED, None)
        return None
    if attempt > settings.PROCESS_ATTEMPTS:
        _give_up(process, FAILED, _TOO_OFTEN)
        return None
    if attempt > 1:
        process.log(
            "RETRY", "The worker or its database connection was lost. The process starts from the beginning."
        )
    return process


def _run_claimed(process: RunningProcess) -> None:
    """Run the process until it has ended. Run it again after a temporary error."""
    while True:
        try:
            _run_once(process)
            return
        except LostLease:
            _log.warning("Another worker has taken over process %s.", process.process_key)
            return
        except kinds.Cancelled:
            _give_up(process, CANCELLED, None)
            return
        except kinds.Failed as failure:
            _give_up(process, FAILED, str(failure))
            return
        except Exception as error:
            if not (isinstance(error, kinds.Again) or database_errors.is_passing(error)):
                _log.exception("Process %s failed.", process.process_key)
                _give_up(process, FAILED, database_errors.public_message(error))
                return
            if process.attempt >= settings.PROCESS_ATTEMPTS:
                _log.exception("Process %s failed %s times.", process.process_key, process.attempt)
                _give_up(
                    process,
                    FAILED,
                    "Other work interrupted every attempt. Nothing was changed. Try again later.",
                )
                return
            if not _once_more(process):
                return


def _run_once(process: RunningProcess) -> None:
    """Run it in one transaction that also ends it. If this raises, what it wrote is rolled back."""
    database = databases.chosen()
    connection = connections[database]
    connection.ensure_connection()
    raw = cast("psycopg.Connection[TupleRow]", connection.connection)
    process.lease = lease = Lease(process.side_connection, process.run_id, process.attempt, raw)
    try:
        with transaction.atomic(using=database, durable=True):
            with connection.cursor() as cursor:
                # So the server notices at once when its client dies, and unlocks the rows.
                cursor.execute("SET LOCAL client_connection_check_interval = '1s'")
            result = kinds.runner_of(process.process_type)(process)
            lease.stop()
            if (reason := lease.reason()) is not None:
                raise reason
            _complete(process, lease, result)
    except DatabaseError:
        # A statement that the lease canceled only says that it was canceled.
        if (reason := lease.reason()) is not None:
            raise reason from None
        raise
    finally:
        lease.stop()
        if raw.closed or raw.broken:
            connection.close()


def _complete(process: RunningProcess, lease: Lease, done: kinds.RunResult) -> None:
    """End the process, in the transaction of its work. Raises ``Cancelled`` or LostLease if it must not."""
    result = COMPLETED_WITH_WARNINGS if done.warnings else COMPLETED
    values: dict[str, int | str] = {"id": process.run_id, "attempt": process.attempt, "result": result}
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.COMPLETE_RUN, {**values, **lease.progress_values()})
        if cursor.rowcount != 1:
            cursor.execute(sql.IS_OURS, values)
            raise kinds.Cancelled if cursor.fetchone() else LostLease
        # This comes before the lines. A client who adds a line locks this row first, and the two would
        # deadlock.
        cursor.execute(sql.END_PROCESS, {**process.name, "result": result})
        lines = [process.log_line(line.log_type, line.message, line.references) for line in done.lines]
        for line in lines:
            cursor.execute(sql.LOG, line)
            while not cursor.rowcount:  # See RunningProcess.log.
                cursor.execute(sql.LOG, line)


def _once_more(process: RunningProcess) -> bool:
    """Wait a little and prepare another attempt. Return False if another worker was faster."""
    time.sleep(random.uniform(0.05, 0.3))  # noqa: S311 - so that two that collided do not collide again
    values = {"id": process.run_id, "attempt": process.attempt, "lease": settings.PROCESS_LEASE_SECONDS}
    rows = process.side_connection.execute(sql.BEGIN_AGAIN, values)
    if not rows:
        return False
    process.attempt = rows[0][0]
    process.log("RETRY", "Other work interrupted the process. It starts from the beginning.")
    return True


def _give_up(process: RunningProcess, result: str, message: str | None) -> None:
    """End the process without its work, in its own transaction; ``message`` becomes an ERROR line."""
    values = {"id": process.run_id, "attempt": process.attempt, "result": result}
    statements: list[tuple[str, Mapping[str, object]]] = [
        (sql.GIVE_UP_RUN, values),
        (sql.END_PROCESS, {**process.name, "result": result}),
    ]
    if message is not None:
        statements.append((sql.LOG, process.log_line("ERROR", message)))
    found = process.side_connection.execute_together(statements)
    if message is not None and len(found) == len(statements) and not found[-1]:
        process.log("ERROR", message)
