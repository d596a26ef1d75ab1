"""Reading csv at speed: lines are split, looked over by set operations, and go on as COPY's own text lines.

A line whose values are all of plain form needs no more; any other is read again value by value, which
either finds out what it means or tells everything that is wrong with it.
"""

import csv
import re
import string
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, BinaryIO

from tables import problems
from tables.columns import Column, Kind
from tables.files.file_problem import MAX_RECORD_BYTES, FileProblem
from tables.problems import Problem
from tables.records import check_value, parse_text

_BLOCK = 1 << 20
_REMEMBERED = 50_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Record = tuple[int, str, list[str]]


class Misquoted(list[str]):
    """What a record holds between its delimiters, where its quotes do not let its values be told."""


def read_records(stream: BinaryIO, delimiter: str) -> Iterator[Record]:
    """Yield each record of a csv file: the number of its first line, its text as read, its values.

    Blank lines are passed over. Bytes that are not UTF-8 become half surrogates, which no check lets
    pass. Raises FileProblem for a quote that is never closed.
    """
    quotes = _Quotes(delimiter)
    number, opened, pending, size = 0, 0, [""], 0
    for lines in _blocks(stream):
        for line in lines:
            number += 1
            if opened:
                pending.append(line)
                size += len(line)
                if '"' in line and quotes.close(line):
                    text, first, opened = "\n".join(pending), opened, 0
                    yield first, text, quotes.split(text) or []
                elif size > MAX_RECORD_BYTES:
                    raise _unclosed(opened)
            elif '"' in line:
                if values := quotes.split(line):
                    yield number, line, values
                else:
                    opened, pending, size = number, [line], len(line)
            elif line and not line.isspace():
                line = line.removesuffix("\r")
                yield number, line, line.split(delimiter)
    if opened:
        raise _unclosed(opened)


def _blocks(stream: BinaryIO) -> Iterator[list[str]]:
    """Yield the stream's lines, a block of about a megabyte at a time.

    Lines end in LF or CR LF; where the first megabyte has no LF, in CR alone, as on old Macs.
    """
    rest, of_mac = b"", None
    while block := stream.read(_BLOCK):
        if of_mac is None:
            of_mac = b"\n" not in block
        if of_mac:
            block = block.replace(b"\r", b"\n")
        end = block.rfind(b"\n")
        if end < 0:
            rest += block
            if len(rest) > MAX_RECORD_BYTES:
                raise FileProblem(f"A line is longer than {MAX_RECORD_BYTES:,} bytes. Is it a csv file?")
            continue
        yield (rest + block[:end]).decode("utf-8", "surrogateescape").split("\n")
        rest = block[end + 1 :]
    if rest:
        yield [rest.decode("utf-8", "surrogateescape")]


class _Quotes:
    """What quotes mean between these delimiters. One inside of an unquoted value (5" pipe) is itself."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        other = f"[^{re.escape(delimiter)}]"
        unquoted = rf'(?:(?!"){other}++|)'
        to_end = r'[^"]*+(?:""[^"]*+)*+"'
        # Whatever follows a closing quote does not open another one; ``split`` looks at it.
        value = rf'(?:"{to_end}{other}*+|{unquoted})'
        more = rf"(?:{re.escape(delimiter)}{value})*+"
        self.close = re.compile(rf"{to_end}{other}*+{more}").fullmatch
        self._are_closed = re.compile(value + more).fullmatch
        self._value = re.compile(rf'(?:"({to_end})|({unquoted}))({re.escape(delimiter)}|\Z)').match

    def split(self, text: str) -> list[str] | None:
        """Return the values of a record, or None where a quoted one goes on after the end of the text."""
        text = text.removesuffix("\r")
        try:
            return next(csv.reader([text], delimiter=self._delimiter, strict=True))
        except csv.Error:  # Also where a value is very long, or has a CR without quotes.
            return self._split_carefully(text) if self._are_closed(text) else None

    def _split_carefully(self, text: str) -> list[str]:
        values, place, delimiter = [], 0, self._delimiter
        while delimiter:
            if not (match := self._value(text, place)):
                return Misquoted(text.split(self._delimiter))
            quoted, unquoted, delimiter = match.groups()
            values.append(unquoted if quoted is None else quoted[:-1].replace('""', '"'))
            place = match.end()
        return values


def _unclosed(line: int) -> FileProblem:
    return FileProblem(f"Line {line}: a quoted value begins and is never closed.")


def read_delimiter(text: str) -> str:
    """Return the delimiter an option means. Raises FileProblem where it would also stand in names."""
    if text in ("\t", "\\t", "tab"):
        return "\t"
    if len(text) != 1 or text not in string.punctuation or text in '"_\\':
        raise FileProblem("--delimiter is one punctuation mark, or tab.")
    return text


def find_delimiter(header: str) -> str:
    """Guess the delimiter from a file's first line: the one of ``, ; tab |`` that it has most of."""
    return max(",;\t|", key=header.count)


class LineChecker:
    """Checks the values of csv records against their columns; None stands for a column to be ignored.

    PostgreSQL itself checks the lengths of texts as it copies (ON_ERROR ignore leaves bad records
    out). What it would take otherwise than we do is looked at here: days, which it reads in many
    forms, numbers, where it knows NaN and 0x1F, flags, where it knows "on" and "tru", and blanks at the
    end of a text, which it may cut off.
    """

    def __init__(self, columns: Sequence[Column | None]) -> None:
        self.columns = columns
        self.width = len(columns)
        texts, others = [], defaultdict(list)
        for place, column in enumerate(columns):
            if column and column.kind is not Kind.TEXT:
                others[column.kind, column.required].append((place, column))
            elif column and column.required:
                texts.append(place)
        self.required = _getter(texts)
        self.seen = []
        for alike in others.values():
            seen = _Seen(alike[0][1])
            self.seen.append((_getter([place for place, _ in alike]), seen, seen.issuperset))

    def is_plain(self, text: str, values: list[str]) -> bool:
        """Tell whether the values of a record, read from ``text``, may go to PostgreSQL as they are."""
        if len(values) != self.width or values.__class__ is Misquoted:
            return False
        if not all(self.required(values)) or "\0" in text:
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
        if isinstance(values, Misquoted):
            return [], [Problem(None, "A quote in it is not doubled, or not at the end of its value.")]
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
    """The texts found to be plain values of one kind; a file has few different ones, mostly."""

    def __init__(self, column: Column) -> None:
        super().__init__([] if column.required else [""])
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
        if not text or text != text.strip() or self._check(value=text)[1]:
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
