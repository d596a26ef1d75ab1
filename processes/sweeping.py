"""The sweeper: queues processes that no worker runs, and ends the jobs of dead workers."""

import logging
import threading

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from processes import queueing, sql
from tables.context import databases

_log = logging.getLogger(__name__)


def sweep() -> None:
    """Sweep all target databases once. Skip a database that cannot be reached until the next time. Raises
    DatabaseError if the control database cannot be reached."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        seconds = 2 * settings.PROCESS_LEASE_SECONDS
        cursor.execute(sql.END_STALLED_JOBS, {"queue": queueing.QUEUE, "seconds": seconds})
        for name, _ in cursor.fetchall():
            _log.warning("The worker of process %s is gone. The sweeper ended its job.", name)
        cursor.execute(sql.LIVE_JOBS, {"queue": queueing.QUEUE})
        queued = {name for (name,) in cursor.fetchall()}
    for database in databases.names():
        try:
            _sweep_database(database, queued)
        except DatabaseError as error:
            _log.warning("Could not sweep database %s: %s", database, type(error).__name__)
            connections[database].close()


def _sweep_database(database: str, queued: set[str]) -> None:
    with connections[database].cursor() as cursor:
        cursor.execute(sql.UNFINISHED_AND_IDLE)
        idle = cursor.fetchall()
    for process_key, process_type in idle:
        if queueing.job_name(database, process_key, process_type) not in queued:
            queueing.queue(database, process_key, process_type)


class Sweeper:
    """Sweeps in its own thread until it is stopped."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="process sweeper", daemon=True)

    def __enter__(self) -> "Sweeper":
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _live(self) -> None:
        while not self._stop.is_set():
            try:
                sweep()
            except DatabaseError as error:
                _log.warning("Could not sweep the control database: %s", type(error).__name__)
                connections[DEFAULT_DB_ALIAS].close()
            except Exception:
                _log.exception("The sweeper hit an error and continues.")
                connections.close_all()
            self._stop.wait(settings.PROCESS_SWEEP_SECONDS)
        connections.close_all()
