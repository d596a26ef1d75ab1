"""The rows of a csv file, without blank rows and without what only spreadsheets need."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from tables.files.csv.formulas import as_it_was
from tables.files.csv.lines import Record, read_delimiter, read_records
from tables.files.csv.quotes import Misquoted
from tables.files.file_problem import FileProblem
from tables.files.guessing import Format
from tables.files.source import Source

# The first line by which Excel learns the delimiter. A program that saved the file again may have added
# quotes around it and delimiters after it.
_STATED = re.compile(r'(")?sep=(\t|\\t|[^\w\s])(?(1)")[,;\t|]*', re.IGNORECASE | re.ASCII).fullmatch


def read_rows(stream: BinaryIO, delimiter: str) -> Iterator[Record]:
    """Yield the header and the records of a csv file: the number of the first line, its text, its values.

    Blank rows, and a first row that states the delimiter, are left out.
    """
    is_first = True
    for number, text, values in read_records(stream, delimiter):
        if is_first and stated_delimiter(text):
            is_first = False
            continue
        values = as_they_were(values)
        if not are_blank(values):
            is_first = False
            yield number, text, values


def as_they_were(values: list[str]) -> list[str]:
    """Return a record's values without their protection from spreadsheets."""
    return values if isinstance(values, Misquoted) else [as_it_was(value) for value in values]


def are_blank(values: list[str]) -> bool:
    """Return whether all values are blank. Spreadsheets leave such lines below their last row."""
    return not (values[0].strip() or any(map(str.strip, values)))


def delimiter_of(source: Source) -> str:
    """Return the delimiter of a csv file: from its first line, from its format, or guessed."""
    line = first_line(source)
    if stated := stated_delimiter(line):
        return stated
    return "\t" if source.format is Format.TSV else max(",;\t|", key=line.count)


def first_line(source: Source) -> str:
    """Return a csv file's first line that is not blank."""
    line = next(line for line in source.open() if line.strip())
    return line.decode("utf-8", "replace").lstrip("\r\n")


def stated_delimiter(line: str) -> str | None:
    """Return the delimiter that a line states in Excel's way (``sep=;``), or None."""
    if "sep=" not in line[:5].lower():
        return None
    match = _STATED(line.splitlines()[0].rstrip(" "))
    try:
        return read_delimiter(match[2]) if match else None
    except FileProblem:  # Not an allowed delimiter.
        return None
