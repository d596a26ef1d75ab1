"""Reads the lines of csv files fast: a line of plain values goes to COPY as it is, with tabs between them.

One regular expression tells whether all values of a line are plain. Each other line is read value by value,
which finds out what it means, or everything that is wrong with it.
"""

import re
import string
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from tables.files.csv.formulas import holds_defused, holds_protected
from tables.files.csv.quotes import Misquoted, Quotes
from tables.files.file_problem import MAX_RECORD_BYTES, FileProblem
from tables.schema import problems
from tables.schema.column import Column, Kind
from tables.schema.problems import Problem
from tables.write.records import check_value, parse_text

_BLOCK = 1 << 20
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TAB_OR_EMPTY = ("\t", "")
_ESCAPED = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"))
_NO_VALUES: list[str] = []
# What values of each kind look like that PostgreSQL reads just as ``tables.write.records`` does.
_PLAIN = {
    Kind.DAY: "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    Kind.FLAG: "(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[01])",
    Kind.INTEGER: "-?+[0-9]{1,10}+",
    Kind.NUMBER: r"-?+[0-9]{1,20}+(?:\.[0-9]{1,20}+)?+",
    Kind.MOMENT: "[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}(?:\\.[0-9]{1,6})?Z",
}

Record = tuple[int, str, list[str]]
# Returns a line of plain values as COPY has it, and None for any other.
AsPlain = Callable[[str], str | None]


def read_records(stream: BinaryIO, delimiter: str) -> Iterator[Record]:
    """Yield each record of a csv file: the number of its first line, its text as read, its values.

    Blank lines are passed over. Bytes that are not UTF-8 become half surrogates, which no check lets
    pass. Raises FileProblem for a quote that is never closed.
    """
    for number, text, values, _ in read_lines(stream, delimiter, lambda line: None):
        if text and not text.isspace():
            yield number, text, values


def read_lines(
    stream: BinaryIO, delimiter: str, as_plain: AsPlain
) -> Iterator[tuple[int, str, list[str], str | None]]:
    """Yield what ``read_records`` does, and blank lines too; where ``as_plain`` knows a line, its answer
    instead of values."""
    quotes = Quotes(delimiter)
    number, opened, pending, size = 0, 0, [""], 0
    for lines in _blocks(stream):
        for line in lines:
            number += 1
            if opened:
                pending.append(line)
                size += len(line)
                if '"' in line and quotes.close(line):
                    text, first, opened = "\n".join(pending), opened, 0
                    yield first, text, quotes.split(text) or [], None
                elif size > MAX_RECORD_BYTES:
                    raise _unclosed(opened)
            elif plain := as_plain(line):
                yield number, line, _NO_VALUES, plain
            elif '"' in line:
                if values := quotes.split(line):
                    yield number, line, values, None
                else:
                    opened, pending, size = number, [line], len(line)
            else:
                line = line.removesuffix("\r")
                yield number, line, line.split(delimiter), None
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


def _unclosed(line: int) -> FileProblem:
    return FileProblem(f"Line {line}: a quoted value begins and is never closed.")


def read_delimiter(text: str) -> str:
    """Return the delimiter an option means. Raises FileProblem where it would also stand in names."""
    if text in ("\t", "\\t", "tab"):
        return "\t"
    if len(text) != 1 or text not in string.punctuation or text in '"_\\':
        raise FileProblem("--delimiter is one punctuation mark, or tab.")
    return text


class PlainLines:
    """Knows the lines of a csv file that may go on to COPY as they are, with tabs for delimiters.

    PostgreSQL itself checks the lengths of texts as it copies (ON_ERROR ignore leaves bad records
    out). What it would take otherwise than we do is not plain: days of other forms than 2024-01-31,
    numbers like NaN and 0x1F, flags like "on" and "tru", and blanks at the end of a value, which it may
    cut off; nor is what stands for something else in COPY's format, nor a line without any value.

    ``spare``: how many columns without a name follow the others, to be left out where they are empty.
    """

    def __init__(self, columns: Sequence[Column | None], delimiter: str, spare: int = 0) -> None:
        self._delimiter, self._spare = delimiter, "\t" * spare
        values = "\t".join(_plain_pattern(column) for column in columns)
        # What must be there in other columns than texts is no blank anyway.
        sure = any(column and column.required and column.kind is not Kind.TEXT for column in columns)
        self._match = re.compile(values if sure else rf"(?!\s*\Z){values}").fullmatch

    def __call__(self, line: str) -> str | None:
        """Return a line as COPY has it, without a number; None where it is not plain, or not only a line."""
        line = line.removesuffix("\r")
        tabbed = self._unquoted(line) if '"' in line else line.replace(self._delimiter, "\t")
        return tabbed and self._escaped(tabbed)

    def of_values(self, values: list[str]) -> str | None:
        """Return a record's values as COPY has them; None where they are not plain."""
        tabbed = "\t".join(values)
        if values.__class__ is Misquoted or tabbed.count("\t") >= len(values):
            return None
        if '="' in tabbed and holds_protected(tabbed):
            return None
        return self._escaped(tabbed)

    def _escaped(self, tabbed: str) -> str | None:
        if self._spare:
            tabbed = tabbed.removesuffix(self._spare)
        if " \t" in tabbed or "\0" in tabbed or tabbed[-1:] == " ":
            return None
        if not tabbed.isascii() and _is_undecoded(tabbed):
            return None
        if "'" in tabbed and holds_defused(tabbed):
            return None
        if not self._match(tabbed):
            return None
        for sign, escaped in _ESCAPED:
            if sign in tabbed:
                tabbed = tabbed.replace(sign, escaped)
        return tabbed

    def _unquoted(self, line: str) -> str | None:
        """Return a line with quoted values as tabbed ones; None where a quote is doubled, in the middle of a
        value, or not closed."""
        parts = line.split('"')
        outside = [part.replace(self._delimiter, "\t") for part in parts[::2]]
        if not len(parts) % 2 or outside[0][-1:] not in _TAB_OR_EMPTY or outside[-1][:1] not in _TAB_OR_EMPTY:
            return None
        if not all(part[:1] == part[-1:] == "\t" for part in outside[1:-1]):
            return None
        if "\t" in "".join(parts[1::2]):
            return None
        parts[::2] = outside
        return "".join(parts)


def _plain_pattern(column: Column | None) -> str:
    if column is None or column.kind is Kind.TEXT:
        return "[^\t]++" if column and column.required else "[^\t]*+"
    pattern = _PLAIN[column.kind]
    return pattern if column.required else f"(?:{pattern})?+"


class LineChecker:
    """Checks the values of records against their columns; None stands for a column to be ignored.

    ``spare``: how many columns without a name may follow the others, as long as they hold nothing.
    """

    def __init__(self, columns: Sequence[Column | None], spare: int = 0) -> None:
        self.columns = columns
        self.width, self._spare = len(columns), spare

    def read(self, values: Sequence[str | None]) -> tuple[list[object], list[Problem]]:
        """Read a record value by value; return the typed values, and everything that is wrong."""
        if isinstance(values, Misquoted):
            return [], [Problem(None, "A quote in it is not doubled, or not at the end of its value.")]
        if len(values) != self.width:
            if not self.width < len(values) <= self.width + self._spare:
                text = f"The record has {len(values)} values; the header names {self.width}."
                return [], [Problem(None, text)]
            if unnamed := [place for place in range(self.width, len(values)) if not is_blank(values[place])]:
                return [], [problems.unnamed_column(unnamed[0])]
            values = values[: self.width]
        typed: list[object] = []
        wrong: list[Problem] = []
        for column, given in zip(self.columns, values, strict=True):
            if column is None:
                typed.append(None)
                continue
            value, problem = check_value(column, given, parse_text)
            if problem and given and _is_undecoded(given):
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


def is_blank(value: str | None) -> bool:
    """Tell whether there is nothing in a value but blanks."""
    return not value or value.isspace()


def copy_line_of(number: int, values: Sequence[object]) -> str:
    """Return a record of typed values as a line of COPY's text format; None is null."""
    line = "\t".join(["" if value is None else str(value).translate(_ESCAPES) for value in values])
    return f"{number}\t{line}\n"
