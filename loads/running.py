"""Validates and loads uploaded files: small files at once, others by a process of the worker."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import IO, BinaryIO, cast

from django.db import OperationalError, connections, transaction
from django.utils import timezone

from access.roles import may
from loads import sql
from loads.models import (
    CANCELLED,
    CHECKED,
    CHECKING,
    ERRORS,
    FAILED,
    LOADED,
    LOADING,
    REJECTS,
    SENT,
    FileLoad,
)
from loads.storing import fetched, forget_findings, keep
from processes import kinds
from processes.starting import start as start_process
from tables.context import databases
from tables.context.actor import acting_as
from tables.files.csv.formulas import as_it_was
from tables.files.csv.lines import read_records
from tables.files.file_problem import FileProblem
from tables.files.loading import Loaded, load
from tables.files.readers import open_reader
from tables.files.refusals import ERRORS_HEADER, rejects_to, report_to, without_quoted
from tables.files.segments import FileRecord
from tables.files.source import Format, Source, open_source
from tables.schema.models import Table
from tables.schema.problems import Problem
from tables.schema.registry import table_named

KIND = "LOADFILE"
# The request itself handles files up to this size: a few thousand rows of uncompressed text. The limit for
# workbooks is a tenth of this.
AT_ONCE_BYTES = 2_000_000
_PACKED = 10
MOST_SHOWN = 100
_LONGEST_SHOWN = 200
_MAY_CHECK = (SENT, CHECKED, FAILED, CANCELLED)

Tell = Callable[[int, int, str], None]


class NotReady(Exception):
    """The file is in progress, is already loaded, has not been validated, or is deleted."""


def register() -> None:
    """Register the runner with the worker."""
    kinds.RUNNERS.add((KIND, run))


def begin(pk: int, *, dry_run: bool, user: str) -> FileLoad:
    """Validate (``dry_run``) or load a file of the chosen database, at once or by a process, and return it.

    Its ``problem`` says what is wrong with the file as a whole. Raises NotReady, and
    ``processes.starting.Unfinished`` if a process works on another file of the same table.
    """
    with transaction.atomic(using=databases.chosen()):
        file = FileLoad.objects.select_for_update().get(pk=pk)
        if file.forgotten or file.state not in (_MAY_CHECK if dry_run else (CHECKED,)):
            raise NotReady
        file.asked_by, file.problem, file.process_key = user, "", None
        # However this run ends, earlier results say nothing about it.
        forget_findings(file)
        if not (_is_small(file) and _at_once(file, dry_run=dry_run)):
            _in_the_background(file, dry_run=dry_run)
    return file


def _is_small(file: FileLoad) -> bool:
    """Return whether the request itself handles a file, by its content, whatever its name."""
    if file.file_bytes > AT_ONCE_BYTES:
        return False
    try:
        with open_file(file) as source:
            if source.format is Format.XLSX:
                return file.file_bytes <= AT_ONCE_BYTES // _PACKED
            return len(source.open().read(AT_ONCE_BYTES + 1)) <= AT_ONCE_BYTES
    except FileProblem:  # The caller reports it at once.
        return True


def _at_once(file: FileLoad, *, dry_run: bool) -> bool:
    """Validate or load the file now. Return False and change nothing if others lock the rows for too long."""
    try:
        with transaction.atomic(using=databases.chosen()):
            _work(file, dry_run=dry_run, tell=lambda done, total, text: None)
    except FileProblem as problem:
        file.state, file.problem, file.ended_at = FAILED, problem.text, timezone.now()
        file.save()
    except OperationalError:
        return False
    return True


def _in_the_background(file: FileLoad, *, dry_run: bool) -> None:
    model = table_named(file.table_name)
    process = start_process(
        kind=KIND,
        # A table has at most one unfinished load, so its files do not occupy several workers.
        group_id=f"#{model._meta.db_table}",
        user=file.asked_by,
        description=f"{'Validate' if dry_run else 'Load'} file {file.pk} for {file.table_name}",
        arguments={"load": file.pk, "dry_run": dry_run},
        parameters=[
            ("table", "string", file.table_name, None),
            ("file", "int32", str(file.pk), None),
            ("dry_run", "boolean", str(dry_run).lower(), None),
        ],
    )
    file.state, file.ended_at = CHECKING if dry_run else LOADING, None
    file.process_key = process.vbaprocess_key
    file.save()


def run(process: kinds.Run) -> kinds.RunResult:
    """Validate or load the file of a process. Raises kinds.Failed if the file cannot be read."""
    dry_run = bool(process.arguments["dry_run"])
    file = FileLoad.objects.get(pk=process.arguments["load"])
    process.log("START", f"{'Validate' if dry_run else 'Load'} file {file.pk} for {file.table_name}.")
    try:
        loaded = _work(file, dry_run=dry_run, tell=process.progress)
    except FileProblem as problem:
        raise kinds.Failed(problem.text) from None
    # Everyone may read the log. Only the file's page shows values, to users who may see them.
    lines = [kinds.LogLine("WARNING", without_quoted(note)) for note in loaded.notes]
    return kinds.RunResult(bool(loaded.refused), [*lines, kinds.LogLine("END", summary(loaded))])


def summary(loaded: Loaded) -> str:
    """Return the counts of a load as a sentence."""
    return (
        f"{loaded.read:,} rows: {loaded.counts['created']:,} created, {loaded.counts['updated']:,} updated,"
        f" {loaded.unchanged:,} unchanged, {loaded.refused:,} rejected."
    )


def settle() -> None:
    """Update files whose process failed or was canceled."""
    with connections[databases.chosen()].cursor() as cursor:
        cursor.execute(sql.SETTLE, {"kind": KIND})


def open_file(file: FileLoad, most: int | None = None) -> Source:
    """Open a file with its import options. ``most`` limits it to its first bytes.

    Raises FileProblem.
    """
    return open_source(
        file.file_name,
        format=Format(file.format) if file.format else None,
        encoding=file.encoding or None,
        content=fetched(file, most),
    )


def _work(file: FileLoad, *, dry_run: bool, tell: Tell) -> Loaded:
    """Validate or load the file, and store its counts and reports. Raises FileProblem."""
    model = table_named(file.table_name)
    with (
        acting_as(file.asked_by, source="file", may=partial(_may, file.asked_by, databases.chosen())),
        open_file(file) as source,
        tempfile.TemporaryFile() as errors,
        tempfile.TemporaryFile() as rejects,
    ):
        loaded = _load(model, file, source, (_path(errors), _path(rejects)), dry_run=dry_run, tell=tell)
        _note(file, loaded, LOADED if not dry_run else CHECKED)
        file.shown = _first_lines(errors)
        file.save()
        keep(file, ERRORS, errors)
        keep(file, REJECTS, rejects)
    return loaded


def _may(user: str, database: str, permission: str) -> bool:
    """Return whether the user who started the load has a right, also when a worker runs it later."""
    return may(user, permission, database)


def _load(
    model: type[Table], file: FileLoad, source: Source, reports: tuple[str, str], *, dry_run: bool, tell: Tell
) -> Loaded:
    reader = open_reader(model, source, delimiter=file.delimiter or None, sheet=file.sheet or None)

    def progress(loaded: Loaded) -> None:
        tell(source.position(), source.size or 0, f"{loaded.read:,} rows, {loaded.refused:,} rejected")

    with ExitStack() as open_reports:
        report = open_reports.enter_context(report_to(reports[0], model, source))
        reject = open_reports.enter_context(rejects_to(reports[1], source, reader.header))

        def refuse(record: FileRecord, found: list[Problem]) -> None:
            report(record, found)
            reject(record, found)

        return load(
            model, source, reader, dry_run=dry_run, tell=refuse, finish=open_reports.close, progress=progress
        )


def _path(file: IO[bytes]) -> str:
    """Return a path to an open file without a name, because reports are written to paths."""
    return f"/dev/fd/{file.fileno()}"


def _note(file: FileLoad, loaded: Loaded, state: str) -> None:
    file.state, file.ended_at = state, timezone.now()
    file.rows_read, file.rows_refused = loaded.read, loaded.refused
    file.rows_created, file.rows_updated = loaded.counts["created"], loaded.counts["updated"]
    file.rows_unchanged, file.notes = loaded.unchanged, loaded.notes


def _first_lines(errors: IO[bytes]) -> list[dict[str, str]]:
    """Return the first lines of an errors file as dicts, with long values cut."""
    errors.seek(0)
    lines = islice(read_records(cast(BinaryIO, errors), ","), 1, MOST_SHOWN + 1)
    return [
        {name: as_it_was(value)[:_LONGEST_SHOWN] for name, value in zip(ERRORS_HEADER, values, strict=False)}
        for _, _, values in lines
    ]
