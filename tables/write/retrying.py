"""Runs a transaction again if the database ended it because of a deadlock."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connections
from psycopg.errors import DeadlockDetected, SerializationFailure

TRIES = 3

T = TypeVar("T")


def tried_again(act: Callable[[], T], *, using: str) -> T:
    """Run ``act``, which is one transaction of the database ``using``, and return what it returns.

    Two transactions that lock the same rows in different orders deadlock. PostgreSQL ends one of them, and we
    run it again, up to ``TRIES`` times in total. If the caller has its own transaction around this one,
    the caller's is lost as a whole and not run again. Raises OperationalError if the last try deadlocks too,
    and what ``act`` raises.
    """
    nested = connections[using].in_atomic_block
    for _ in range(TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            if nested or not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
    return act()
