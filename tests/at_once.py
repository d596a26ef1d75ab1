"""Run tasks at the same time, each in a thread with its own connections."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

from tests.waiting import PATIENCE

T = TypeVar("T")


def together(*tasks: Callable[[], T]) -> list[T]:
    """Start the tasks at the same moment and return their results. Raises the error of a task."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        try:
            start.wait(PATIENCE)
            return task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
