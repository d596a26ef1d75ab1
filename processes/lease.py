"""The lease of a running process. A thread renews it, stores the progress, and stops work that must end."""

import contextlib
import logging
import threading
import time

import psycopg
from django.conf import settings
from psycopg.rows import TupleRow

from processes import sql
from processes.kinds import Cancelled
from processes.side_connection import SideConnection

_log = logging.getLogger(__name__)


class LostLease(Exception):
    """Another worker has taken the process, because we could not renew the lease in time."""


class Lease:
    """A lease that its own thread renews while the business transaction runs on ``connection``."""

    def __init__(
        self,
        side_connection: SideConnection,
        run_id: int,
        attempt: int,
        connection: psycopg.Connection[TupleRow],
    ) -> None:
        self._side_connection = side_connection
        self._run_id, self._attempt = run_id, attempt
        self._connection: psycopg.Connection[TupleRow] | None = connection
        self._progress: tuple[int, int, str] = (0, 0, "")
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._reason: Exception | None = None
        self._ends_at = time.monotonic() + settings.PROCESS_LEASE_SECONDS
        self._thread = threading.Thread(target=self._renew_until_stopped, name="process lease", daemon=True)
        self._thread.start()

    def progress(self, done: int, total: int, text: str) -> None:
        """Note the progress, which the next renewal of the lease stores. Raises ``Cancelled`` or LostLease if
        the work must end."""
        self._progress = done, total, text[:200]
        if self._reason is not None:
            raise self._reason

    def progress_values(self) -> dict[str, int | str]:
        """Return the progress as parameters of the statements."""
        done, total, text = self._progress
        return {"done": done, "total": total, "text": text}

    def reason(self) -> Exception | None:
        """Return why the work had to stop, or None."""
        return self._reason

    def stop(self) -> None:
        """Stop renewing, and leave the business connection alone from now on."""
        self._stop.set()
        with self._guard:
            self._connection = None
        self._thread.join()

    def _renew_until_stopped(self) -> None:
        while not self._stop.wait(settings.PROCESS_BEAT_SECONDS):
            if self._reason is None:
                self._reason = self._renew()
            if self._reason is not None:
                self._cancel_statement()

    def _renew(self) -> Exception | None:
        """Renew the lease once. Return why the work must end, or None."""
        seconds = settings.PROCESS_LEASE_SECONDS
        now = time.monotonic()
        run = {"id": self._run_id, "attempt": self._attempt, "lease": seconds}
        try:
            rows = self._side_connection.execute(sql.RENEW_LEASE, {**run, **self.progress_values()})
        except psycopg.Error as error:
            _log.warning("Could not renew the lease of a process: %s", type(error).__name__)
            return LostLease() if time.monotonic() > self._ends_at else None
        if not rows:
            return LostLease()
        self._ends_at = now + seconds
        return Cancelled() if rows[0][0] else None

    def _cancel_statement(self) -> None:
        """Cancel the running statement. Between two statements this does nothing, so it is repeated."""
        with self._guard:
            if self._connection is None or self._connection.closed:
                return
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=5)
