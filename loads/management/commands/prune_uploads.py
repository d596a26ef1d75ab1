"""``manage.py prune_uploads``: delete old uploaded files with their reports."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from loads.storing import forget_old
from tables.context import databases
from tables.management.operating import ExactCommand, databases_named, days_kept


class Command(ExactCommand):
    help = (
        "Delete uploaded files older than VBA_UPLOAD_DAYS, with their reports. "
        "The record of who loaded what, when, and with which result stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", default="all", metavar="NAME", help="a target database (default: all)"
        )
        parser.add_argument("--days", type=int, help="overrides VBA_UPLOAD_DAYS")

    def handle(self, *args: object, **options: Any) -> None:
        names = databases_named(options["database"])
        days = days_kept(options["days"], settings.UPLOAD_DAYS, least=0)
        for name in names:
            files = 0
            with databases.using(name):
                while some := forget_old(days):
                    files += some
            self.stdout.write(f"{name}: {files:,} files deleted")
