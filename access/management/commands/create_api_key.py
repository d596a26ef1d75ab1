"""``manage.py create_api_key NAME --database NAME…``: create an API key and print only the key."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from access.models import ApiKey
from tables.context import databases
from tables.management.operating import ExactCommand


def end_of_day(text: str) -> datetime:
    """Return the end of the day ``YYYY-MM-DD`` in UTC. Raises ArgumentTypeError."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
        return datetime.combine(day + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"'{text}' is not a date (YYYY-MM-DD).") from None


class Command(ExactCommand):
    help = (
        "Create an API key and print only the key on standard output. The key cannot be shown again: only "
        "its digest is stored. Exit code 2 if no key was created."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="name of the program that will hold the key")
        parser.add_argument(
            "--database",
            metavar="NAME",
            dest="databases",
            nargs="+",
            action="extend",
            required=True,
            help=f"one or more databases that the key may open: {_quoted(databases.names())}",
        )
        parser.add_argument(
            "--expires", metavar="YYYY-MM-DD", type=end_of_day, help="last day (UTC) on which the key works"
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Create the key and print it. Raises CommandError, which says what is wrong, with exit code 2."""
        wanted = dict.fromkeys(options["databases"])
        if unknown := [name for name in wanted if name not in databases.names()]:
            raise CommandError(
                f"There is no target database {_quoted(unknown)}."
                f" Choose one of: {_quoted(databases.names())}.",
                returncode=2,
            )
        expires = options["expires"]
        if expires and expires <= timezone.now():
            raise CommandError("--expires must be today (UTC) or later.", returncode=2)
        try:
            _, secret = ApiKey.objects.create_key(
                name=options["name"].strip(), databases=wanted, expires_at=expires
            )
        except ValidationError as error:
            problems = [f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()]
            raise CommandError(" ".join(problems), returncode=2) from None
        self.stdout.write(secret)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
