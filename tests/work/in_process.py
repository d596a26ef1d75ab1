"""Queued processes are run in the test's own process, by the function that a worker calls for each job."""

import contextvars
import json

from django.db import connections

from processes.queueing import QUEUE, TASK, run_process


def run_queued() -> None:
    """Take every job off the queue and run it to its end, the oldest first. Fails where none waits."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo'"
            " RETURNING id, task_name, args::text",
            [QUEUE],
        )
        jobs = sorted(cursor.fetchall())
    assert jobs, "no process is queued"
    for _, task, arguments in jobs:
        assert task == TASK
        # A worker knows nothing of the request that queued the job: no database is chosen, nobody acts.
        contextvars.Context().run(run_process, **json.loads(arguments))
