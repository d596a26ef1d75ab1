"""``manage.py create_api_key NAME --database NAME…``: makes an API key and prints it alone."""

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
    """Return the moment (UTC) in which the day ``YYYY-MM-DD`` is over. Raises ArgumentTypeError."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
        return datetime.combine(day + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"'{text}' is not a date (YYYY-MM-DD).") from None


class Command(ExactCommand):
    help = (
        "Make an API key and print it, and nothing else, on standard output. "
        "It is shown this once: only its digest is stored. Exit code 2 when no key was made."
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
            help=f"target database the key may open, or several; there are {_quoted(databases.names())}",
        )
        parser.add_argument(
            "--expires", metavar="YYYY-MM-DD", type=end_of_day, help="last day (UTC) on which the key works"
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Make the key and print it. Raises CommandError with what is wrong and exit code 2."""
        wanted = dict.fromkeys(options["databases"])
        if unknown := [name for name in wanted if name not in databases.names()]:
            raise CommandError(
                f"There is no target database {_quoted(unknown)}; there are: {_quoted(databases.names())}.",
                returncode=2,
            )
        expires = options["expires"]
        if expires and expires <= timezone.now():
            raise CommandError("The day of --expires is over already.", returncode=2)
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
