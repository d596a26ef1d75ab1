"""``manage.py dump_folder``: write all tables into a folder, as of the same moment."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from tables.context import databases
from tables.files import dumping
from tables.files.file_problem import FileProblem
from tables.files.source import Format
from tables.files.target import refuse_taken
from tables.management.commands.dump_table import DumpCommand, failures_in_words
from tables.schema.registry import all_tables, table_name


class Command(DumpCommand):
    help = (
        "Write every table into a folder that load_folder can load again unchanged. Each table gets a file "
        "with its name. All files show the same moment. Exit code: 0 all written, 2 not all written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="created if it does not exist")
        super().add_arguments(parser)
        parser.add_argument(
            "--format",
            choices=[each.value for each in Format],
            default=Format.CSV.value,
            help="default: csv",
        )
        parser.add_argument("--gzip", action="store_true", help="compress the files (not workbooks)")

    def handle(self, *args: object, folder: str, database: str, overwrite: bool, **options: Any) -> None:
        with failures_in_words():
            format = Format(options["format"])
            packed = options["gzip"] and format is not Format.XLSX
            ending = format.value + (".gz" if packed else "")
            paths = {model: str(Path(folder) / f"{table_name(model)}.{ending}") for model in all_tables()}
            _make_folder(folder)
            for path in paths.values():
                refuse_taken(path, overwrite=overwrite)
            with databases.using(database):
                exports = {model: self.begin(model, path, format, {}) for model, path in paths.items()}
                rows = {}
                with dumping.snapshot():
                    for model, path in paths.items():
                        rows[model] = self.dump(
                            model,
                            path,
                            format,
                            packed=packed,
                            overwrite=overwrite,
                            in_order=options["sorted"],
                        )
                for model, export in exports.items():
                    export.end(rows[model])


def _make_folder(folder: str) -> None:
    try:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FileProblem(f"The folder cannot be created: {error.strerror}.", folder) from None
