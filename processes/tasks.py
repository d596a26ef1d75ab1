"""The task of the queue: run one process."""

from procrastinate.contrib.django import app

from processes import queueing, running


@app.task(name=queueing.TASK, queue=queueing.QUEUE)
def run_process(*, database: str, process_key: int, process_type: str) -> None:
    """Run the process, unless it has ended or another worker is at it."""
    running.run(database, process_key, process_type)
