"""Where refused records go: a report of what is wrong with each, and a file of them to be loaded again."""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from tables.columns import Column, by_any_name
from tables.files.readers import FileRecord
from tables.files.source import FileProblem, Format
from tables.models import Table
from tables.problems import Problem

ERRORS_HEADER = ("line", "key", "column", "value", "reason")
_MASKED = {"ssn"}

Write = Callable[[FileRecord, Sequence[Problem]], None]


def key_of(model: type[Table], record: FileRecord) -> str:
    """Return a record's key as the report shows it: ``G1 / A``."""
    by_name = {column.db: value for column, value in record.values.items()}
    return " / ".join(str(by_name.get(name) or "") for name in model.key)


def _value(column: Column | None, record: FileRecord) -> str:
    value = record.values.get(column) if column else None
    if value is None or column is None:
        return ""
    text = str(value)
    return f"***{text[-4:]}" if column.db in _MASKED else text


@contextmanager
def report_to(model: type[Table], path: str | None) -> Iterator[Write]:
    """Write a csv of what is wrong: a line for each problem of each refused record. None: nowhere."""
    if path is None:
        yield lambda record, found: None
        return
    with _private_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(ERRORS_HEADER)

        def write(record: FileRecord, found: Sequence[Problem]) -> None:
            for problem in found:
                column = by_any_name(model).get((problem.column or "").lower())
                shown = (problem.column or "", _value(column, record), problem.text)
                writer.writerow([record.number, key_of(model, record), *map(_printable, shown)])

        yield write


@contextmanager
def rejects_to(path: str | None, format: Format, header: str | None) -> Iterator[Write]:
    """Write the refused records as they were read, in the form of the file they come from. None: nowhere."""
    if path is None:
        yield lambda record, found: None
        return
    with _private_file(path) as file:
        if format is Format.JSON:
            file.write("[")
        elif header is not None:
            file.write(f"{header}\n")
        count = 0

        def write(record: FileRecord, found: Sequence[Problem]) -> None:
            nonlocal count
            separator = ("\n" if count == 0 else ",\n") if format is Format.JSON else ""
            end = "" if format is Format.JSON else "\n"
            file.write(f"{separator}{record.text}{end}")
            count += 1

        yield write
        if format is Format.JSON:
            file.write("\n]\n")


@contextmanager
def _private_file(path: str) -> Iterator[TextIO]:
    """Open a file that only its owner reads: it may hold personal data.

    Bytes that are not UTF-8 go out as they came in. Raises FileProblem where it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise FileProblem(f"It cannot be written: {error.strerror}.", path) from None
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        yield file


def _printable(text: Any) -> str:
    return str(text).replace("\0", "\\0")
