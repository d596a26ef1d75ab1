"""``manage.py prune_history``: forget what is older than the history is to be kept."""

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
        "Deletes history older than VBA_HISTORY_DAYS (or --days): months that are wholly older are dropped,"
        " which takes no time whatever they hold; of the month in between the older entries are deleted."
        " Also makes the partitions of the months to come. To be run by cron, say once a week."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", required=True, help="a target database, or 'all' for each of them")
        parser.add_argument("--days", type=int, help=f"keep so many days (default {settings.HISTORY_DAYS})")

    def handle(self, *args: object, **options: Any) -> None:
        names = databases_named(options["database"])
        days = days_kept(options["days"], settings.HISTORY_DAYS, least=1)
        before = timezone.now() - datetime.timedelta(days=days)
        for name in names:
            self.stdout.write(f"{name}: {prune(name, before)}")


def prune(database: str, before: datetime.datetime) -> str:
    """Delete a database's history before a moment, and say what was deleted."""
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
