"""Running a transaction again that the database has ended because of a deadlock."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connections
from psycopg.errors import DeadlockDetected, SerializationFailure

TRIES = 3

T = TypeVar("T")


def tried_again(act: Callable[[], T], *, using: str) -> T:
    """Run ``act``, which is one transaction of the database ``using``, and return what it returns.

    Two transactions that lock the same rows in different orders would wait for each other for ever, so the
    database ends one of them. That one is run again, up to ``TRIES`` times in all, unless the caller has
    a transaction of its own around it, which is lost as a whole.
    Raises OperationalError if the last try ends in a deadlock as well, and what ``act`` raises.
    """
    nested = connections[using].in_atomic_block
    for _ in range(TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            if nested or not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
    return act()
