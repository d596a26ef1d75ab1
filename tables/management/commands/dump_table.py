"""``manage.py dump_table``: write a table into a file that ``load_table`` can load again unchanged."""

import getpass
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error

from tables.context import databases
from tables.context.actor import acting_as
from tables.files import dumping
from tables.files.csv.lines import read_delimiter
from tables.files.file_problem import FileProblem
from tables.files.guessing import format_by_name
from tables.files.source import Format
from tables.files.target import STANDARD_OUTPUT
from tables.history.recording import RecordedExport, begin_export
from tables.management.operating import OperatorCommand, database_failure
from tables.schema import sensitive
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.schema.registry import UnknownTable, table_name, table_named

FAILED, STOPPED = 2, 130


class DumpCommand(OperatorCommand):
    """What the dump commands share."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", required=True, metavar="NAME", help="the target database")
        parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
        parser.add_argument(
            "--sorted", action="store_true", help="sort rows by key, for comparing dumps (slower)"
        )

    def begin(
        self, model: type[Table], path: str, format: Format, key: Mapping[str, object]
    ) -> RecordedExport:
        """Record which rows are dumped, by whom and where to."""
        columns = by_any_name(model)
        chosen = {str(columns[name].field.verbose_name): value for name, value in key.items()}
        with acting_as(getpass.getuser()):
            rows = model._default_manager.filter(**key)
            sensitive.record_queryset(rows, sensitive.sensitive_columns(model))
            return begin_export(model, {**chosen, "Format": format.value, "File": path})

    def dump(self, model: type[Table], path: str, format: Format, **options: Any) -> int:
        """Dump one table, report it on standard error, and return the number of rows.

        Raises FileProblem and django.db.Error.
        """
        started = time.monotonic()
        rows = dumping.dump(model, path, format, **options)
        line = f"{table_name(model)}: {rows:,} rows in {time.monotonic() - started:.1f} s"
        if os.path.isfile(path):
            line += f", {os.path.getsize(path):,} bytes in {path}"
        self.stderr.write(line, str)
        return rows


@contextmanager
def failures_in_words() -> Iterator[None]:
    """Turn errors into a sentence for the operator and exit code 2."""
    try:
        yield
    except (UnknownTable, databases.UnknownDatabase, dumping.WrongKey, FileProblem) as error:
        raise CommandError(str(error), returncode=FAILED) from None
    except Error as error:
        raise CommandError(database_failure(error, "nothing was written"), returncode=FAILED) from error
    except KeyboardInterrupt:
        raise CommandError("Stopped: nothing was written.", returncode=STOPPED) from None


def choose_format(path: str, stated: str | None) -> tuple[Format, bool]:
    """Return the format of a dump, and whether to compress it: as stated, else by the file's name.

    Raises FileProblem if the name has no format, or asks to compress a workbook, which is already
    compressed.
    """
    packed = path.lower().endswith(".gz")
    format = Format(stated) if stated else format_by_name(path)
    if format is None and path == STANDARD_OUTPUT:
        format = Format.CSV
    if format is None:
        known = ", ".join(f".{each.value}" for each in Format)
        raise FileProblem(
            f"The file name shows no format ({known}, also with .gz). State it with --format.", path
        )
    if packed and format is Format.XLSX:
        raise FileProblem("A workbook is already compressed. Remove .gz from the name.", path)
    return format, packed


class Command(DumpCommand):
    help = (
        "Write a table into a file that load_table can load again unchanged: all rows and columns, as of "
        "one moment. The file appears only when it is complete, and only its owner can read it. "
        "Exit code: 0 written, 2 nothing written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", help="groups, divisions, plan-years, …")
        parser.add_argument(
            "file", help="csv, tsv, json, ndjson or xlsx, also with .gz; - is standard output"
        )
        super().add_arguments(parser)
        parser.add_argument(
            "--format", choices=[each.value for each in Format], help="default: by the file's name; csv for -"
        )
        parser.add_argument("--delimiter", help="the character between csv values (default: a comma)")
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="COLUMN=VALUE",
            help="write only rows with this key value, for example group_ID=G1 (repeatable)",
        )

    def handle(self, *args: object, table: str, file: str, database: str, **options: Any) -> None:
        with failures_in_words():
            model = table_named(table)
            format, packed = choose_format(file, options["format"])
            if options["delimiter"] is not None and format is not Format.CSV:
                raise FileProblem("--delimiter works only with csv.", file)
            delimiter = read_delimiter(options["delimiter"]) if options["delimiter"] is not None else None
            key = dumping.read_key(model, options["key"])
            overwrite = options["overwrite"]
            with databases.using(database):
                export = self.begin(model, file, format, key)
                with dumping.snapshot():
                    rows = self.dump(
                        model,
                        file,
                        format,
                        key=key,
                        delimiter=delimiter,
                        packed=packed,
                        overwrite=overwrite,
                        in_order=options["sorted"],
                    )
                export.end(rows)
