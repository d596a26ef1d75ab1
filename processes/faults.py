"""Which errors of a database pass: what met them is worth running again."""

import psycopg
from psycopg import errors

_PASSING = (
    errors.TransactionRollback,  # deadlocks and serialization failures
    errors.LockNotAvailable,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
    errors.ConnectionException,
)


def is_passing(error: BaseException | None) -> bool:
    """Tell whether an error, or what led to it, came from others' work or from a lost connection."""
    while error is not None:
        if isinstance(error, _PASSING):
            return True
        # psycopg's own errors of a connection that broke carry no code of the server.
        if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            return True
        error = error.__cause__
    return False
