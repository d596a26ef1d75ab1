"""``manage.py worker``: run processes until told to stop."""

import asyncio

from django.conf import settings
from django.core.management import CommandParser
from django.db import connections

from processes.sweeping import Sweeper
from processes.working import work
from tables.management.operating import ExactCommand


class Command(ExactCommand):
    help = (
        "Runs the processes (disenrollments, reenrollments, file loads) of all target databases. Any number"
        " of workers may run, on any machines. On SIGTERM or Ctrl-C, the worker takes nothing new, finishes"
        " what it is running, then exits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency",
            type=int,
            default=settings.PROCESS_CONCURRENCY,
            help="how many processes run at the same time (VBA_PROCESS_CONCURRENCY)",
        )

    def handle(self, *args: object, concurrency: int, **options: object) -> None:
        with Sweeper():
            asyncio.run(work(concurrency))
        connections.close_all()
