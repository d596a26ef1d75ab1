"""What the operators' commands share: stopping, databases, days to keep, and texts about failures."""

import signal
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from tables.context import databases

_NOT_MIGRATED = ("42P01", "42703")  # SQLSTATE: no such table, no such column.
_GONE = ("57P01", "57P02", "57P03")  # SQLSTATE: shut down, crashed, starting up.


class ExactCommand(BaseCommand):
    """A command that accepts no abbreviated options: ``--group G1`` must not mean --group-disenroll."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, allow_abbrev=False, **kwargs)


class OperatorCommand(ExactCommand):
    """A command that stops on SIGTERM as it does on Ctrl-C."""

    def run_from_argv(self, argv: list[str]) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        super().run_from_argv(argv)


def databases_named(wanted: str) -> Sequence[str]:
    """Return the target database of that name, or all of them for ``all``. Raises CommandError."""
    if wanted == "all":
        return databases.names()
    if wanted not in databases.names():
        there = ", ".join(databases.names())
        raise CommandError(f"There is no database '{wanted}'. Choose one of: {there}.", returncode=2)
    return (wanted,)


def days_kept(given: int | None, default: int, *, least: int) -> int:
    """Return how many days to keep: those given, or the default. Raises CommandError for too few."""
    days = default if given is None else given
    if days < least:
        raise CommandError(f"--days must be {least} or more.", returncode=2)
    return days


def database_failure(error: Error, outcome: str) -> str:
    """Return how the database failed, and the outcome. PostgreSQL's own message may quote values, so leave it
    out."""
    if why := settings.WHY_NO_DATABASE():
        return str(why)
    state = getattr(getattr(error.__cause__, "diag", None), "sqlstate", None)
    if state in _NOT_MIGRATED:
        return "The database lacks this table or some of its columns. Migrate it first."
    if state is None or state in _GONE or state.startswith("08"):
        return f"The database connection failed: {outcome}."
    return f"The database failed (SQLSTATE {state}): {outcome}."
