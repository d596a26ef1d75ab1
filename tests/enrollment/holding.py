"""Somebody else who holds rows: what makes a process, an editor or a load wait at a known place."""

import psycopg
from django.db import connections

from tests.enrollment.cutting import rows
from tests.work.workers import PATIENCE, wait_until


class Other:
    """Somebody else's connection to VBA_Demo, in a transaction that holds what its statements lock."""

    def __init__(self):
        parameters = connections["VBA_Demo"].get_connection_params()
        own = ("context", "cursor_factory")
        self.connection = psycopg.connect(**{k: v for k, v in parameters.items() if k not in own})

    def hold(self, statement):
        self.connection.execute(statement)
        return self

    def let_go(self):
        self.connection.commit()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.connection.close()


def waits_for(other, seconds=PATIENCE):
    """Wait until somebody waits for what ``other`` holds."""
    pid = other.connection.info.backend_pid
    waiting = "SELECT pid FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
    ((waiting_pid,),) = wait_until(lambda: rows(waiting, [pid]), seconds, what="somebody who waits")
    return waiting_pid


def somebody_waits():
    """Tell whether anybody waits for a lock."""
    return rows("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0] > 0
