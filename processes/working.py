"""The worker: takes jobs until it is told to stop, and waits while the control database is unreachable."""

import asyncio
import logging
import signal
from typing import cast

import psycopg
from django.conf import settings
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ProcrastinateException

from processes.queueing import QUEUE

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 2.0


async def work(concurrency: int) -> None:
    """Take jobs until SIGTERM or SIGINT, then finish what is running."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    while not stop.is_set():
        try:
            await _work_once(concurrency, stop)
        except (ProcrastinateException, psycopg.Error, OSError) as error:
            _log.warning("Cannot reach the queue (%s). Waiting for it.", type(error).__name__)
            await _wait(stop, _PAUSE_SECONDS)


async def _work_once(concurrency: int, stop: asyncio.Event) -> None:
    """Take jobs until ``stop``. Raises an error if the control database is unreachable."""
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    worker_app: App = app.with_connector(connector)
    async with worker_app.open_async():
        _log.info("The worker is ready.")
        lease = settings.PROCESS_LEASE_SECONDS
        working = asyncio.ensure_future(
            worker_app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                install_signal_handlers=False,
                delete_jobs="always",
                update_heartbeat_interval=lease / 3,
                stalled_worker_timeout=2 * lease,
            )
        )
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            _log.info("The worker finishes what it is running, and takes nothing new.")
            working.cancel()
        stopping.cancel()
        await _ended(working)


async def _ended(working: "asyncio.Future[None]") -> None:
    """Wait until the worker has ended."""
    try:
        await working
    except asyncio.CancelledError:
        _log.info("The worker has ended.")


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
