"""``manage.py load_table``: load a file into a table."""

import getpass
import os
import sys
import time
from contextlib import ExitStack
from typing import Any

from django.core.management.base import CommandParser, OutputWrapper
from django.db import Error

from tables.context import databases
from tables.context.actor import acting_as
from tables.files.loading import Loaded, load
from tables.files.progress import Progress
from tables.files.readers import open_reader
from tables.files.refusals import key_of, rejects_to, report_to
from tables.files.segments import FileRecord
from tables.files.source import FileProblem, Format, Source, open_source
from tables.management.operating import OperatorCommand, database_failure
from tables.schema.models import Table
from tables.schema.problems import Problem, join
from tables.schema.registry import UnknownTable, table_named

# How many refused records the terminal shows. --errors reports all of them.
SHOWN = 20

OK, SOME_REFUSED, UNREADABLE, STOPPED = 0, 1, 2, 130


def add_file_arguments(parser: CommandParser) -> None:
    """Add the options that all load commands share."""
    parser.add_argument("--database", required=True, metavar="NAME", help="the target database")
    parser.add_argument("--dry-run", action="store_true", help="do everything, then undo it")
    parser.add_argument("--encoding", help="the encoding of text files, for example cp1252 (default: UTF-8)")
    parser.add_argument("--delimiter", help="the character between csv values (default: guessed)")
    parser.add_argument("--user", default=None, help="the user to name in stamps and history (default: you)")


class Command(OperatorCommand):
    help = (
        "Load a file into a table. Rows with new keys are created. Rows that differ are updated, but only "
        "in the columns that the file has. Good rows are stored, and bad rows are reported with reasons. "
        "Exit code: 0 all rows loaded, 1 some rows refused, 2 nothing stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", help="groups, divisions, plan-years, …")
        parser.add_argument("file", help="csv, tsv, json, ndjson or xlsx, also with .gz; - is standard input")
        add_file_arguments(parser)
        parser.add_argument(
            "--format", choices=[each.value for each in Format], help="default: by the file's name"
        )
        parser.add_argument("--sheet", help="the sheet of a workbook to load, if there are several")
        parser.add_argument(
            "--errors", metavar="FILE", help="write the errors to a csv: line, key, column, value, reason"
        )
        parser.add_argument(
            "--rejects", metavar="FILE", help="write the refused rows, to correct and load again"
        )

    def handle(self, *args: object, table: str, file: str, database: str, **options: Any) -> None:
        try:
            model = table_named(table)
            with databases.using(database), acting_as(options["user"] or getpass.getuser(), source="file"):
                loaded = LoadOfOneFile(model, file, options, self.stderr).run()
        except (UnknownTable, databases.UnknownDatabase, FileProblem) as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(UNREADABLE)
        except Error as error:
            self.stderr.write(self.style.ERROR(database_failure(error, "nothing was stored")))
            sys.exit(UNREADABLE)
        except KeyboardInterrupt:
            self.stderr.write("Stopped: nothing was stored.")
            sys.exit(STOPPED)
        self.stdout.write(summary(loaded, dry_run=options["dry_run"]))
        sys.exit(SOME_REFUSED if loaded.refused else OK)


def summary(loaded: Loaded, *, dry_run: bool) -> str:
    """Return the closing line of a load."""
    line = (
        f"{loaded.read:,} rows: {loaded.counts['created']:,} created, {loaded.counts['updated']:,} updated, "
        f"{loaded.unchanged:,} unchanged, {loaded.refused:,} refused"
    )
    return f"{line} (dry run: nothing was stored)" if dry_run else line


class LoadOfOneFile:
    """The load of one file into a table, with its progress and its reports."""

    def __init__(self, model: type[Table], path: str, options: dict[str, Any], stderr: OutputWrapper) -> None:
        self.model, self.path, self.options, self.stderr = model, path, options, stderr
        self.shown = 0

    def run(self) -> Loaded:
        """Load the file. If it raises FileProblem or django.db.Error, nothing is stored."""
        chosen = self.options.get("format")
        with open_source(
            self.path, format=Format(chosen) if chosen else None, encoding=self.options["encoding"]
        ) as source:
            return self._load(source)

    def _load(self, source: Source) -> Loaded:
        progress = Progress(source.name, source.size, "B")
        started = time.monotonic()

        def show(loaded: Loaded) -> None:
            rate = loaded.read / max(time.monotonic() - started, 0.001)
            progress.update(
                source.position(), f"{loaded.read:,} rows, {rate:,.0f}/s, {loaded.refused:,} refused"
            )

        reader = open_reader(
            self.model, source, delimiter=self.options["delimiter"], sheet=self.options.get("sheet")
        )
        errors, rejects = self.options.get("errors"), self.options.get("rejects")
        if errors and rejects and os.path.realpath(errors) == os.path.realpath(rejects):
            raise FileProblem("--errors and --rejects must be different files.", errors)
        with ExitStack() as reports:
            report = reports.enter_context(report_to(errors, self.model, source))
            reject = reports.enter_context(rejects_to(rejects, source, reader.header))

            def report_refused(record: FileRecord, found: list[Problem]) -> None:
                report(record, found)
                reject(record, found)
                self._show(record, found)

            try:
                dry_run = self.options["dry_run"]
                # If the reports cannot be completed, store nothing.
                finish = reports.close
                loaded = load(
                    self.model,
                    source,
                    reader,
                    dry_run=dry_run,
                    tell=report_refused,
                    finish=finish,
                    progress=show,
                )
            finally:
                progress.finish()
        for note in loaded.notes:
            self.stderr.write(f"{source.name}: {note}")
        return loaded

    def _show(self, record: FileRecord, found: list[Problem]) -> None:
        self.shown += 1
        if self.shown <= SHOWN:
            self.stderr.write(f"line {record.number} ({key_of(self.model, record)}): {join(found)}")
        elif self.shown == SHOWN + 1:
            self.stderr.write("… and more. --errors FILE reports all of them.")
