"""Wait for a condition, as long as a busy machine needs, then fail with what was seen."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Seconds.
PATIENCE = 60


def wait_until(
    condition: Callable[[], T], seconds: float = PATIENCE, what: str | Callable[[], str] = "it"
) -> T:
    """Wait until ``condition()`` is true and return its value. Else fail: by ``what`` was waited for, which
    may also be called, to say what was seen instead."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > until:
            told = what() if callable(what) else what
            raise AssertionError(f"{told} did not happen within {seconds} seconds; last seen: {value!r}")
        time.sleep(0.03)
    return value
