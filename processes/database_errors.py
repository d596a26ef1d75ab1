"""Errors of a database: which of them pass, so that a process is run again, and how others are reported."""

import psycopg

# Codes of PostgreSQL, or the class of codes: psycopg's own classes do not tell which belong together.
_PASSING = (
    "08",  # a connection that failed
    "40",  # deadlocks, serialization failures
    "25P03",  # a connection that was closed for being idle
    "55P03",  # a lock that could not be had
    "57P01",  # the server was shut down, has crashed, or starts just now
    "57P02",
    "57P03",
)


def is_passing(error: BaseException | None) -> bool:
    """Tell whether an error, or what led to it, came from others' work or from a lost connection."""
    while error is not None:
        if isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(_PASSING):
            return True
        # psycopg's own errors of a connection that broke carry no code of the server.
        if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            return True
        error = error.__cause__
    return False


_UNKNOWN = "It failed for an inner reason, which the server's log tells."
# What there is to see to, by the code of PostgreSQL, or the class of codes.
_MESSAGES = {
    "53100": "The database has no room left on its disk.",
    "53": "The database has run short of memory, or has met another limit of its server.",
    "25006": "The database takes no changes just now.",
    "57014": "A statement was stopped: it took too long, or an operator stopped it.",
}


def public_message(error: BaseException | None) -> str:
    """Return what the log of a process says of an error: what to see to, or where the reason is found. What
    the error says itself may hold people's data, and stays out of it."""
    text = _UNKNOWN
    while error is not None:
        if isinstance(error, psycopg.Error) and (code := error.sqlstate):
            text = _MESSAGES.get(code) or _MESSAGES.get(code[:2]) or text
        error = error.__cause__
    return f"{text} Nothing was changed."
