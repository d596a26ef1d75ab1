"""What happens to refused records: a report of their errors, and a file of them to correct and load again."""

import csv
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from tables.files.csv.formulas import defused
from tables.files.file_problem import FileProblem
from tables.files.segments import FileRecord
from tables.files.source import Format, Source
from tables.schema.column import Column, masked
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.schema.problems import Problem

ERRORS_HEADER = ("line", "key", "column", "value", "reason")
_NUMBER = re.compile(r"[-+][0-9][0-9.,]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Reasons quote only keys.
_QUOTED = re.compile("'.*'", re.DOTALL)
_UNDECODED = re.compile("[\udc80-\udcff]")

Write = Callable[[FileRecord, Sequence[Problem]], None]


def key_of(model: type[Table], record: FileRecord) -> str:
    """Return a record's key as text: ``G1 / A``."""
    by_name = {column.db: value for column, value in record.values.items()}
    key = " / ".join(str(by_name.get(name) or "") for name in model.key)
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", printable(key))


def _value(column: Column | None, record: FileRecord) -> str:
    value = record.values.get(column) if column else None
    if column is None or value is None or value == "":
        return ""
    return masked(value) if column.sensitive else str(value)


def without_values(line: Sequence[str]) -> list[str]:
    """Return a line of the report without the record's values. A wrong value may be a sensitive value that
    belongs to another column."""
    number, key, column, value, reason = line
    return [number, masked(key), column, masked(value), without_quoted(reason)]


def without_quoted(text: str) -> str:
    """Return a reason or a note without the value between quotes."""
    return _QUOTED.sub(f"'{masked(text)}'", text)


@contextmanager
def report_to(path: str | None, model: type[Table], source: Source) -> Iterator[Write]:
    """Write a csv with a line for each problem of each refused record. A path of None writes nothing.

    Raises FileProblem if the file cannot be written, also at the end.
    """
    if path is None:
        yield lambda record, found: None
        return
    with _private_file(path, source) as file:
        writer = csv.writer(file)
        writer.writerow(ERRORS_HEADER)

        def write(record: FileRecord, found: Sequence[Problem]) -> None:
            for problem in found:
                column = by_any_name(model).get((problem.column or "").lower())
                shown = (key_of(model, record), problem.column or "", _value(column, record), problem.text)
                writer.writerow([record.number, *map(_harmless, shown)])

        yield write


@contextmanager
def rejects_to(path: str | None, source: Source, header: str | None) -> Iterator[Write]:
    """Write the refused records as they were read, in the format of their file. A path of None writes
    nothing.

    Raises FileProblem if the file cannot be written, also at the end.
    """
    if path is None:
        yield lambda record, found: None
        return
    before, between, after = ("[\n", ",\n", "\n]\n") if source.format is Format.JSON else ("", "\n", "\n")
    with _private_file(path, source) as file:
        if source.encoding != "utf-8":
            file.write("\ufeff")  # Marks it as UTF-8, whatever encoding is stated.
        file.write(before if header is None else f"{header}\n")
        count = 0

        def write(record: FileRecord, found: Sequence[Problem]) -> None:
            nonlocal count
            file.write(between + record.text if count else record.text)
            count += 1

        yield write
        file.write(after if count or header is None else "")


@contextmanager
def _private_file(path: str, source: Source) -> Iterator[TextIO]:
    """Open a file that only its owner can read, because it may hold personal data.

    Bytes that are not UTF-8 are written as they were read. Raises FileProblem if the file cannot be written.
    """
    if source.is_at(path):
        raise FileProblem("This is the file being loaded. Choose another file for the rejected rows.", path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                with suppress(PermissionError):  # The file existed and belongs to someone else.
                    os.fchmod(descriptor, 0o600)
            yield file
    except OSError as error:
        raise FileProblem(f"The file cannot be written: {error.strerror}.", path) from None


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula. Numbers stay as they are."""
    shown = printable(text)
    return shown if _NUMBER.fullmatch(shown) else defused(shown)


def printable(text: object) -> str:
    """Return a text with escapes for what files and pages cannot hold: NULs, undecoded bytes, surrogates."""
    shown = _UNDECODED.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", str(text).replace("\0", r"\0"))
    return shown.encode("utf-8", "backslashreplace").decode()
