"""``manage.py load_folder``: load a folder of files, parents before their children."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, transaction

from tables.acting import acting_as
from tables.files.source import FileProblem
from tables.loading import Loaded
from tables.management.commands.load_table import (
    OK,
    SOME_REFUSED,
    UNREADABLE,
    FileLoad,
    add_file_arguments,
    database_failure,
    summary,
)
from tables.models import Table
from tables.registry import UnknownTable, all_tables, table_name, table_named
from vbaadmin import databases


class Command(BaseCommand):
    help = (
        "Load every file of a folder into the table it is named after (groups.csv, divisions.json.gz, "
        "plan_years.xlsx), parents before their children. Each file is stored as a whole before the next; "
        "a file that cannot be read stops the run. A dry run undoes all of it at the end. "
        "Exit code: 0 all rows are in, 1 some were refused, 2 a file could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        add_file_arguments(parser)
        parser.add_argument("--errors", type=Path, metavar="FOLDER", help="a report of refused rows a file")
        parser.add_argument("--rejects", type=Path, metavar="FOLDER", help="the refused rows a file")

    def handle(self, *args: Any, folder: Path, database: str, **options: Any) -> None:
        done: list[tuple[str, Loaded]] = []
        try:
            files = files_of(folder)
            user = options["user"] or getpass.getuser()
            undone = _undone if options["dry_run"] else nullcontext
            with databases.using(database), acting_as(user), undone():
                for model, path in files:
                    done.append((path.name, self._load(model, path, options)))
        except (UnknownTable, databases.UnknownDatabase, FileProblem) as error:
            self._stop(str(error), done)
        except DatabaseError as error:
            self._stop(database_failure(error), done)
        except KeyboardInterrupt:
            self._stop("Stopped; nothing of the file at hand was stored.", done, code=130)
        self._summarize(done, dry_run=options["dry_run"])
        sys.exit(SOME_REFUSED if any(loaded.refused for _, loaded in done) else OK)

    def _load(self, model: type[Table], path: Path, options: dict[str, Any]) -> Loaded:
        own: dict[str, Any] = {"errors": None, "rejects": None, "dry_run": False}
        for option, ending in (("errors", ".csv"), ("rejects", "".join(path.suffixes).removesuffix(".gz"))):
            if target := options[option]:
                target.mkdir(parents=True, exist_ok=True)
                own[option] = str(target / f"{table_name(model)}.{option}{ending.replace('.xlsx', '.csv')}")
        return FileLoad(model, str(path), options | own, self.stderr).run()

    def _stop(self, reason: str, done: list[tuple[str, Loaded]], *, code: int = UNREADABLE) -> None:
        self.stderr.write(self.style.ERROR(reason))
        self._summarize(done, dry_run=False)
        sys.exit(code)

    def _summarize(self, done: list[tuple[str, Loaded]], *, dry_run: bool) -> None:
        for name, loaded in done:
            self.stdout.write(f"{name}: {summary(loaded, dry_run=dry_run)}")


@contextmanager
def _undone() -> Iterator[None]:
    """Undo at the end what the block does in the chosen database: children need their parents till then."""
    with transaction.atomic(using=databases.chosen()):
        yield
        transaction.set_rollback(True, using=databases.chosen())


def files_of(folder: Path) -> list[tuple[type[Table], Path]]:
    """Return a folder's files with their tables, parents first. Raises FileProblem, UnknownTable."""
    if not folder.is_dir():
        raise FileProblem("It is not a folder.", str(folder))
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    tables = {path: table_named(path.name.split(".")[0].replace("_", "-")) for path in paths}
    if not tables:
        raise FileProblem("There is no file in it.", str(folder))
    order = all_tables()
    return sorted(
        ((model, path) for path, model in tables.items()),
        key=lambda pair: (order.index(pair[0]), pair[1].name),
    )
