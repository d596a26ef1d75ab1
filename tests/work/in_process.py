"""Run queued processes inside the test, with the function that a worker calls for each job."""

import contextvars
import json

from django.db import connections

from processes.queueing import QUEUE, TASK, run_process


def run_queued() -> None:
    """Run every job of the queue to its end, the oldest first. Fails if the queue is empty."""
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
        # A worker has nothing of the request that queued the job: no chosen database and no acting user.
        contextvars.Context().run(run_process, **json.loads(arguments))
