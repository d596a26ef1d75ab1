"""The heart of a running process: renews its lease, tells its progress, and stops it when it must."""

import contextlib
import logging
import threading
import time
from typing import Any

import psycopg
from django.conf import settings

from processes import sql
from processes.kinds import Cancelled
from processes.side_connection import Beside

_log = logging.getLogger(__name__)


class LostLease(Exception):
    """Another worker has taken the process, since we could not say in time that we live."""


class Heart:
    """Beats in a thread of its own while the business transaction runs on ``connection``."""

    def __init__(
        self, beside: Beside, run_id: int, attempt: int, connection: psycopg.Connection[Any]
    ) -> None:
        self._beside = beside
        self._run_id, self._attempt = run_id, attempt
        self._connection: psycopg.Connection[Any] | None = connection
        self._progress: tuple[int, int, str] = (0, 0, "")
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._reason: Exception | None = None
        self._alive_until = time.monotonic() + settings.PROCESS_LEASE_SECONDS
        self._thread = threading.Thread(target=self._live, name="process heart", daemon=True)
        self._thread.start()

    def progress(self, done: int, total: int, text: str) -> None:
        """Note the progress; the next beat tells it. Raises Cancelled or LostLease where work must end."""
        self._progress = done, total, text[:200]
        if self._reason is not None:
            raise self._reason

    def told(self) -> dict[str, Any]:
        """Return the progress as the statements have it."""
        done, total, text = self._progress
        return {"done": done, "total": total, "text": text}

    def reason(self) -> Exception | None:
        """Return why the work had to stop, or None."""
        return self._reason

    def stop(self) -> None:
        """Beat no more, and leave the business connection alone from now on."""
        self._stop.set()
        with self._guard:
            self._connection = None
        self._thread.join()

    def _live(self) -> None:
        while not self._stop.wait(settings.PROCESS_BEAT_SECONDS):
            if self._reason is None:
                self._reason = self._beat()
            if self._reason is not None:
                self._cancel_statement()

    def _beat(self) -> Exception | None:
        lease = settings.PROCESS_LEASE_SECONDS
        asked = time.monotonic()
        values = {"lease": lease, **self.told()}
        try:
            rows = self._beside.execute(sql.BEAT, {**values, "id": self._run_id, "attempt": self._attempt})
        except psycopg.Error as error:
            _log.warning("The lease of a process could not be renewed: %s", type(error).__name__)
            return LostLease() if time.monotonic() > self._alive_until else None
        if not rows:
            return LostLease()
        self._alive_until = asked + lease
        return Cancelled() if rows[0][0] else None

    def _cancel_statement(self) -> None:
        """End the statement that runs; between two statements this does nothing, so it is done again."""
        with self._guard:
            if self._connection is None or self._connection.closed:
                return
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=5)
