"""Figures that take a while to count: stopped when they take too long, kept for minutes with their time."""

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connections, transaction
from django.utils import timezone
from psycopg.errors import QueryCanceled

from tables.context import databases

KEPT_SECONDS = 300
# What was not ready in time is tried again sooner, but not by everybody at once.
GIVEN_UP_SECONDS = 60


# For the rest of the transaction: how long a statement may take, and memory for large hashes.
_LIMITS = """
    SELECT set_config('statement_timeout', %(milliseconds)s, true), set_config('work_mem', '64MB', true)"""


class TooSlow(Exception):
    """A statement took longer than it may."""


@dataclass(frozen=True)
class Figures:
    """What was counted, and when."""

    value: Any
    at: datetime.datetime


def deadline(seconds: float) -> float:
    """Return the moment in so many seconds, for ``within``."""
    return time.monotonic() + seconds


@contextmanager
def within(until: float) -> Iterator[None]:
    """Let a statement of the chosen target database in the block take the time that is left until a moment:
    what has several statements has a block for each. Raises TooSlow, at once where no time is left.

    It is a transaction of its own, with memory for large hashes.
    """
    using = databases.chosen()
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TooSlow
    try:
        with transaction.atomic(using=using):
            with connections[using].cursor() as cursor:
                longest = min(seconds, settings.STATEMENT_SECONDS)
                cursor.execute(_LIMITS, {"milliseconds": str(max(1, int(longest * 1000)))})
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


def keep(
    name: str,
    work: Callable[[], Any],
    *,
    longest: float,
    is_whole: Callable[[Any], bool] = lambda value: value is not None,
    anew: bool = False,
) -> Figures | None:
    """Return what ``work`` returns for the chosen target database, kept for minutes in this process; ``anew``
    does not take what is kept. Return None while somebody else is at it, who has ``longest`` seconds for it.

    What is not whole (None) could not be counted in time; it is kept for a shorter while.
    """
    place, busy = f"figures:{databases.chosen()}:{name}", f"counting:{databases.chosen()}:{name}"
    kept: Figures | None = None if anew else cache.get(place)
    if kept is not None:
        return kept
    if not cache.add(busy, True, longest):
        return None
    try:
        figures = Figures(work(), timezone.now())
        cache.set(place, figures, KEPT_SECONDS if is_whole(figures.value) else GIVEN_UP_SECONDS)
        return figures
    finally:
        cache.delete(busy)
