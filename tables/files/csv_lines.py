"""Reading csv at speed: lines are split, looked over by set operations, and go on as COPY's own text lines.

A line whose values are all of plain form needs no more; any other is read again value by value, which
either finds out what it means or tells everything that is wrong with it.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, BinaryIO

from tables import problems
from tables.columns import Column, Kind
from tables.files.source import FileProblem
from tables.problems import Problem
from tables.records import check_value, parse_text

_BLOCK = 1 << 20
# A quoted value may span lines; so many without its end are a quote that was never closed.
_LONGEST_RECORD = 16 << 20
_REMEMBERED = 50_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Record = tuple[int, str, list[str]]


def read_records(stream: BinaryIO, delimiter: str) -> Iterator[Record]:
    """Yield each record of a csv file: the number of its first line, its text as read, its values.

    Blank lines are passed over. Bytes that are not UTF-8 become half surrogates, which no check lets
    pass. Raises FileProblem for a quote that is never closed.
    """
    number, pending, opened = 0, "", 0
    for lines in _blocks(stream):
        for line in lines:
            number += 1
            if pending or '"' in line:
                pending = f"{pending}\n{line}" if opened else line
                opened = opened or number
                if _is_open(pending, delimiter):
                    if len(pending) > _LONGEST_RECORD:
                        raise _unclosed(opened)
                    continue
                line, first, pending, opened = pending, opened, "", 0
                yield first, line, _split_quoted(line, delimiter)
            elif line and line != "\r":
                line = line.removesuffix("\r")
                yield number, line, line.split(delimiter)
    if opened:
        raise _unclosed(opened)


def _blocks(stream: BinaryIO) -> Iterator[list[str]]:
    """Yield the stream's lines, a block of about a megabyte at a time."""
    rest = b""
    while block := stream.read(_BLOCK):
        end = block.rfind(b"\n")
        if end < 0:
            rest += block
            if len(rest) > _LONGEST_RECORD:
                raise FileProblem(f"A line is longer than {_LONGEST_RECORD:,} bytes. Is it a csv file?")
            continue
        yield (rest + block[:end]).decode("utf-8", "surrogateescape").split("\n")
        rest = block[end + 1 :]
    if rest:
        yield [rest.decode("utf-8", "surrogateescape")]


def _is_open(text: str, delimiter: str) -> bool:
    """Tell whether a quoted value goes on after the end of the text."""
    if text.count('"') % 2 == 0:
        return False
    # An odd quote inside of an unquoted value (5" pipe) opens nothing.
    quote = re.escape(delimiter)
    closed = re.sub(rf'(?:^|(?<={quote}))"(?:[^"]|"")*"(?={quote}|\r?$)', "", text)
    return re.search(rf'(?:^|{quote})"', closed) is not None


def _split_quoted(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text.removesuffix("\r")], delimiter=delimiter), [])


def _unclosed(line: int) -> FileProblem:
    return FileProblem(f"Line {line}: a quoted value begins and is never closed.")


def find_delimiter(header: str) -> str:
    """Guess the delimiter from a file's first line: the one of ``, ; tab |`` that it has most of."""
    return max(",;\t|", key=header.count)


class LineChecker:
    """Checks the values of csv records against their columns; None stands for a column to be ignored.

    PostgreSQL itself checks whole numbers, flags and lengths as it copies (ON_ERROR ignore leaves bad
    records out). What it would take otherwise than we do is looked at here: days, which it reads in
    many forms, numbers, where it knows NaN, and blanks at the end of a text, which it may cut off.
    """

    def __init__(self, columns: Sequence[Column | None]) -> None:
        self.columns = columns
        self.width = len(columns)
        typed = [(place, column) for place, column in enumerate(columns) if column]
        self.required = _getter([place for place, column in typed if column.required])
        self.seen = []
        for kind in (Kind.DAY, Kind.NUMBER):
            if chosen := [(place, column) for place, column in typed if column.kind is kind]:
                seen = _Seen(chosen[0][1])
                self.seen.append((_getter([place for place, _ in chosen]), seen, seen.issuperset))

    def is_plain(self, text: str, values: list[str]) -> bool:
        """Tell whether the values of a record, read from ``text``, may go to PostgreSQL as they are."""
        if len(values) != self.width or not all(self.required(values)) or "\0" in text:
            return False
        if not text.isascii() and _is_undecoded(text):
            return False
        for get, seen, has_all in self.seen:
            chosen = get(values)
            if not has_all(chosen) and not seen.learn(chosen):
                return False
        return True

    def read(self, values: list[str]) -> tuple[list[Any], list[Problem]]:
        """Read a record value by value; return the typed values, and everything that is wrong."""
        if len(values) != self.width:
            return [], [Problem(None, f"The record has {len(values)} values; the header names {self.width}.")]
        typed: list[Any] = []
        wrong: list[Problem] = []
        for column, text in zip(self.columns, values, strict=True):
            if column is None:
                typed.append(None)
                continue
            value, problem = check_value(column, text, parse_text)
            if problem and text and _is_undecoded(text):
                problem = problems.not_utf8(column)
            typed.append(value)
            if problem:
                wrong.append(problem)
        return typed, wrong


def _is_undecoded(text: str) -> bool:
    """Tell whether the text holds bytes that are not UTF-8, which reading has made half surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _getter(places: list[int]) -> Any:
    """Return what picks these places of a record as a tuple, also where there is but one, or none."""
    if not places:
        return lambda values: ()
    return itemgetter(*places, *places[: 1 if len(places) == 1 else 0])


class _Seen(set[str]):
    """The texts found to be plain values of days, or numbers; a file has few different ones, mostly."""

    def __init__(self, column: Column) -> None:
        super().__init__([""])
        self._check = partial(check_value, column, parse=parse_text)
        self._is_day = column.kind is Kind.DAY

    def learn(self, texts: tuple[str, ...]) -> bool:
        """Remember those that are plain values; tell whether all of them are."""
        if len(self) > _REMEMBERED:
            self.intersection_update([""])
        return all(text in self or self._learn(text) for text in texts)

    def _learn(self, text: str) -> bool:
        # PostgreSQL reads dates of other forms in its own way: those are written anew from what we read.
        if self._is_day and not _PLAIN_DAY.fullmatch(text):
            return False
        if not text.strip() or self._check(value=text)[1]:
            return False
        self.add(text)
        return True


def copy_line(number: int, values: list[str]) -> str | None:
    """Return a record of plain values as a line of COPY's text format; None where a value ends in blanks,
    of which PostgreSQL would cut off those that are too many."""
    line = "\t".join(values)
    if " \t" in line or line.endswith(" "):
        return None
    if "\\" in line or "\r" in line or "\n" in line or line.count("\t") >= len(values):
        line = "\t".join([value.translate(_ESCAPES) for value in values])
    return f"{number}\t{line}\n"


def copy_line_of(number: int, values: Sequence[Any]) -> str:
    """Return a record of typed values as a line of COPY's text format; None is null."""
    line = "\t".join(["" if value is None else str(value).translate(_ESCAPES) for value in values])
    return f"{number}\t{line}\n"
