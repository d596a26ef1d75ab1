"""Jobs for the worker, in the control database: what a job does. Each process has at most one waiting job."""

import logging

from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from processes import running

QUEUE = "processes"
TASK = "processes.run"

_log = logging.getLogger(__name__)


def job_name(database: str, process_key: int, process_type: str) -> str:
    """Return the name under which a process waits in the queue."""
    return f"{database}/{process_type}/{process_key}"


def queue(database: str, process_key: int, process_type: str) -> None:
    """Let a worker run the process. If the queue cannot be reached, the sweeper does it later."""
    name = job_name(database, process_key, process_type)
    try:
        with transaction.atomic(using=DEFAULT_DB_ALIAS):
            app.configure_task(TASK, queue=QUEUE, queueing_lock=name).defer(
                database=database, process_key=process_key, process_type=process_type
            )
    except AlreadyEnqueued:
        return
    except (ConnectorException, DatabaseError) as error:
        _log.warning(
            "Could not queue process %s: %s. The sweeper will queue it later.", name, type(error).__name__
        )


@app.task(name=TASK, queue=QUEUE)
def run_process(*, database: str, process_key: int, process_type: str) -> None:
    """Run the process, unless it has ended or another worker runs it."""
    running.run(database, process_key, process_type)
