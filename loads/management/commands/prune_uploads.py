"""``manage.py prune_uploads``: delete files that were sent some days ago, with their reports."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loads.storing import forget_old
from vbaadmin import databases


class Command(BaseCommand):
    help = (
        "Delete the files that were sent by the back office to be loaded, with what was wrong with them, "
        "once they are older than VBA_UPLOAD_DAYS. Who loaded what and when, and with which result, stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", default="all", metavar="NAME", help="a target database (default: all)"
        )
        parser.add_argument("--days", type=int, help="instead of VBA_UPLOAD_DAYS")

    def handle(self, *args: Any, database: str, days: int | None, **options: Any) -> None:
        try:
            for name in databases.names() if database == "all" else (database,):
                with databases.using(name):
                    pieces = forget_old(days)
                self.stdout.write(f"{name}: {pieces:,} pieces of files deleted")
        except databases.UnknownDatabase as error:
            raise CommandError(str(error)) from None
