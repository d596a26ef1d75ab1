"""``manage.py prune_history``: delete history older than the time it is kept."""

import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connections
from django.utils import timezone

from tables.history import sql
from tables.history.triggers import make_partitions
from tables.management.operating import ExactCommand, databases_named, days_kept


class Command(ExactCommand):
    help = (
        "Delete history older than VBA_HISTORY_DAYS (or --days). Older months are dropped as a whole, which"
        " is fast at any size. In the month that is only partly older, single entries are deleted."
        " Also create the partitions of the coming months. Run this command regularly, for example weekly by"
        " cron."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", required=True, help="a target database, or 'all'")
        parser.add_argument(
            "--days", type=int, help=f"how many days to keep (default {settings.HISTORY_DAYS})"
        )

    def handle(self, *args: object, **options: Any) -> None:
        names = databases_named(options["database"])
        days = days_kept(options["days"], settings.HISTORY_DAYS, least=1)
        before = timezone.now() - datetime.timedelta(days=days)
        for name in names:
            self.stdout.write(f"{name}: {prune(name, before)}")


def prune(database: str, before: datetime.datetime) -> str:
    """Delete a database's history before a moment, and return a text about what was deleted."""
    dropped = 0
    with connections[database].cursor() as cursor:
        cursor.execute(sql.OLD_PARTITIONS, {"before": before})
        for (partition,) in cursor.fetchall():
            cursor.execute(sql.drop_partition(partition))
            dropped += 1
        cursor.execute(sql.DELETE_OLDER, {"before": before})
        deleted = cursor.rowcount
    make_partitions(database)
    return f"{dropped} months dropped, {deleted:,} entries deleted (before {before:%Y-%m-%d})"
