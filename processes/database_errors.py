"""Database errors: which are temporary, so the process runs again, and how the others are reported."""

import psycopg

# PostgreSQL's error codes, or classes of codes. psycopg's exception classes do not group them this way.
_PASSING = (
    "08",  # a connection that failed
    "40",  # deadlocks, serialization failures
    "25P03",  # a connection that was closed because it was idle
    "55P03",  # a lock that was not available
    "57P01",  # the server was shut down, crashed, or is starting
    "57P02",
    "57P03",
)


def is_passing(error: BaseException | None) -> bool:
    """Return whether an error, or its cause, came from other transactions or from a lost connection."""
    while error is not None:
        if isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(_PASSING):
            return True
        # psycopg's own errors about a broken connection carry no code of the server.
        if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            return True
        error = error.__cause__
    return False


_UNKNOWN = "An internal error occurred; the server's log has the details."
# What to fix, by PostgreSQL's error code or class of codes.
_MESSAGES = {
    "53100": "The disk of the database is full.",
    "53": "The database is out of memory, or has reached another limit of its server.",
    "25006": "The database is read-only at the moment.",
    "57014": "A statement took too long, or an operator stopped it.",
}


def public_message(error: BaseException | None) -> str:
    """Return what the log of a process says about an error: what to fix, or where to find the reason. The
    error's own text may contain people's data, and stays out of the log."""
    text = _UNKNOWN
    while error is not None:
        if isinstance(error, psycopg.Error) and (code := error.sqlstate):
            text = _MESSAGES.get(code) or _MESSAGES.get(code[:2]) or text
        error = error.__cause__
    return f"{text} Nothing was changed."
