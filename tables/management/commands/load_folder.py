"""``manage.py load_folder``: load a folder of files, parents before their children."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import Error, transaction

from tables.context import databases
from tables.context.actor import acting_as
from tables.files.guessing import format_by_name
from tables.files.loading import Loaded
from tables.files.source import FileProblem, Format
from tables.management.commands.load_table import (
    OK,
    SOME_REFUSED,
    STOPPED,
    UNREADABLE,
    LoadOfOneFile,
    add_file_arguments,
    summary,
)
from tables.management.operating import OperatorCommand, database_failure
from tables.schema.models import Table
from tables.schema.registry import UnknownTable, all_tables, table_named

_OUTCOME = "no rows of the current file were stored"


class Command(OperatorCommand):
    help = (
        "Load every file in a folder into the table that it is named after (groups.csv, divisions.json.gz, "
        "plan_years.xlsx), parents before their children. Each file is saved before the next one starts. "
        "A file that cannot be read stops the run. A dry run undoes everything at the end. "
        "Exit code: 0 all rows loaded, 1 some rows refused, 2 a file could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder of the files")
        add_file_arguments(parser)
        parser.add_argument("--errors", type=Path, metavar="FOLDER", help="write a report for each file")
        parser.add_argument(
            "--rejects", type=Path, metavar="FOLDER", help="write the refused rows of each file"
        )

    def handle(self, *args: object, folder: Path, database: str, **options: Any) -> None:
        done: list[tuple[str, Loaded]] = []
        dry_run = options["dry_run"]
        code = UNREADABLE
        try:
            files = files_of(folder)
            for each in filter(None, (options["errors"], options["rejects"])):
                _make_folder(each, beside=folder)
            user = options["user"] or getpass.getuser()
            acting = acting_as(user, source="file")
            with databases.using(database), acting, _undone() if dry_run else nullcontext():
                for model, path in files:
                    done.append((path.name, self._load(model, path, options)))
            code = SOME_REFUSED if any(loaded.refused for _, loaded in done) else OK
        except (databases.UnknownDatabase, FileProblem) as error:
            self.stderr.write(self.style.ERROR(str(error)))
        except Error as error:
            self.stderr.write(self.style.ERROR(database_failure(error, _OUTCOME)))
        except KeyboardInterrupt:
            self.stderr.write(f"Stopped: {_OUTCOME}.")
            code = STOPPED
        for name, loaded in done:
            self.stdout.write(f"{name}: {summary(loaded, dry_run=dry_run)}")
        sys.exit(code)

    def _load(self, model: type[Table], path: Path, options: dict[str, Any]) -> Loaded:
        """Load a file. Its reports use its full name, because a table may have several files."""
        own: dict[str, Any] = {"errors": None, "rejects": None, "dry_run": False}
        if options["errors"]:
            own["errors"] = str(options["errors"] / f"{path.name}.errors.csv")
        if options["rejects"]:
            # The refused rows of workbooks are csv.
            ending = ".csv" if format_by_name(path.name) is Format.XLSX else ""
            own["rejects"] = str(options["rejects"] / (path.name.removesuffix(".gz") + ending))
        return LoadOfOneFile(model, str(path), options | own, self.stderr).run()


def _make_folder(folder: Path, *, beside: Path) -> None:
    """Create a folder for reports. Raises FileProblem, also if it is the folder being loaded."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.samefile(beside):
            raise FileProblem("This is the folder being loaded. Choose another for the reports.", str(folder))
    except OSError as error:
        raise FileProblem(f"The folder cannot be created: {error.strerror}.", str(folder)) from None


@contextmanager
def _undone() -> Iterator[None]:
    """Undo the block's changes at its end, not earlier, because children need their parents."""
    with transaction.atomic(using=databases.chosen()):
        yield
        transaction.set_rollback(True, using=databases.chosen())


def files_of(folder: Path) -> list[tuple[type[Table], Path]]:
    """Return a folder's files with their tables, parents first. Raises FileProblem."""
    if not folder.is_dir():
        raise FileProblem("This is not a folder.", str(folder))
    try:
        paths = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    except OSError as error:
        raise FileProblem(f"The folder cannot be read: {error.strerror}.", str(folder)) from None
    tables = {path: _table_of(path) for path in sorted(paths)}
    if not tables:
        raise FileProblem("The folder has no files.", str(folder))
    order = all_tables()
    return sorted(
        ((model, path) for path, model in tables.items()),
        key=lambda pair: (order.index(pair[0]), pair[1].name),
    )


def _table_of(path: Path) -> type[Table]:
    try:
        return table_named(path.name.split(".")[0].replace("_", "-"))
    except UnknownTable as error:
        raise FileProblem(str(error), str(path)) from None
