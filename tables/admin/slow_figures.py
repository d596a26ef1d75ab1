"""Figures that take a while to count. Slow counts are stopped, and results are cached for a few minutes."""

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
# A count that was not ready in time is tried again sooner, but not by every request at once.
GIVEN_UP_SECONDS = 60


# Limit statements for the rest of the transaction, and give them memory for large hashes.
_LIMITS = """
    SELECT set_config('statement_timeout', %(milliseconds)s, true), set_config('work_mem', '64MB', true)"""


class TooSlow(Exception):
    """A statement took longer than allowed."""


@dataclass(frozen=True)
class Figures:
    """The counted figures, and when they were counted."""

    value: Any
    at: datetime.datetime


def deadline(seconds: float) -> float:
    """Return the moment after this many seconds, for ``within``."""
    return time.monotonic() + seconds


@contextmanager
def within(until: float) -> Iterator[None]:
    """Run the block's statement in the chosen target database, and stop it at the moment ``until``.

    Use one block for each statement. The block is its own transaction. Raises TooSlow, at once if no
    time is left.
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
    """Return what ``work`` returns for the chosen target database, cached in this process for minutes.

    ``anew`` ignores the cache. Returns None while another request counts the same figures, for up to
    ``longest`` seconds. A result that is not whole (None) could not be counted in time and is cached for less
    time.
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
