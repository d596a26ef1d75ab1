"""Things that are done at the same time, each by a thread with connections of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

from tests.waiting import PATIENCE

T = TypeVar("T")


def together(*tasks: Callable[[], T]) -> list[T]:
    """Begin the tasks at the same moment and return what they return. Raises what one of them raises."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        try:
            start.wait(PATIENCE)
            return task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
