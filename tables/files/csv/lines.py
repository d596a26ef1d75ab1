"""Reads the lines of csv files fast: a line of plain values goes to COPY as it is, with tabs as delimiters.

One regular expression tells whether all values of a line are plain. All other lines are read value by value,
which finds their meaning, or all of their errors.
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
# The form of plain values, by kind: PostgreSQL reads them exactly as ``tables.write.records`` does.
_PLAIN = {
    Kind.DAY: "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    Kind.FLAG: "(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[01])",
    Kind.INTEGER: "-?+[0-9]{1,10}+",
    Kind.NUMBER: r"-?+[0-9]{1,20}+(?:\.[0-9]{1,20}+)?+",
    Kind.MOMENT: "[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}(?:\\.[0-9]{1,6})?Z",
}

Record = tuple[int, str, list[str]]
# Returns a line of plain values in COPY's format, or None for other lines.
AsPlain = Callable[[str], str | None]


def read_records(stream: BinaryIO, delimiter: str) -> Iterator[Record]:
    """Yield each record of a csv file: the number of its first line, its text as read, its values.

    Blank lines are skipped. Bytes that are not UTF-8 become surrogates, which every check refuses. Raises
    FileProblem for a quote that is never closed.
    """
    for number, text, values, _ in read_lines(stream, delimiter, lambda line: None):
        if text and not text.isspace():
            yield number, text, values


def read_lines(
    stream: BinaryIO, delimiter: str, as_plain: AsPlain
) -> Iterator[tuple[int, str, list[str], str | None]]:
    """Yield the same as ``read_records``, and blank lines too. If ``as_plain`` accepts a line, yield its
    result instead of values."""
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
    """Yield the stream's lines, in blocks of about a megabyte.

    Lines end in LF or CR LF. If the first megabyte has no LF, they end in CR alone, as on old Macs.
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
    return FileProblem(f"Line {line}: the quotation mark of a value is never closed.")


def read_delimiter(text: str) -> str:
    """Return the delimiter that an option states. Raises FileProblem if it could be part of a name."""
    if text in ("\t", "\\t", "tab"):
        return "\t"
    if len(text) != 1 or text not in string.punctuation or text in '"_\\':
        raise FileProblem("The delimiter must be one punctuation mark, or tab.")
    return text


class PlainLines:
    """Recognizes the plain lines of a csv file, which may go to COPY as they are, with tabs as delimiters.

    PostgreSQL checks the lengths of texts as it copies (ON_ERROR ignore leaves bad records out). A value is
    not plain if PostgreSQL reads it differently from us: dates of other forms than 2024-01-31, numbers like
    NaN and 0x1F, flags like "on" and "tru", and blanks at the end of a value, which it may remove. Characters
    with a meaning in COPY's format, and lines without any value, are not plain either.

    ``spare`` is how many unnamed columns follow the others. They are dropped if they are empty.
    """

    def __init__(self, columns: Sequence[Column | None], delimiter: str, spare: int = 0) -> None:
        self._delimiter, self._spare = delimiter, "\t" * spare
        values = "\t".join(_plain_pattern(column) for column in columns)
        # A required column that is not a text cannot be blank.
        sure = any(column and column.required and column.kind is not Kind.TEXT for column in columns)
        self._match = re.compile(values if sure else rf"(?!\s*\Z){values}").fullmatch

    def __call__(self, line: str) -> str | None:
        """Return a line in COPY's format, without its number, or None if it is not plain or continues on the
        next line."""
        line = line.removesuffix("\r")
        tabbed = self._unquoted(line) if '"' in line else line.replace(self._delimiter, "\t")
        return tabbed and self._escaped(tabbed)

    def of_values(self, values: list[str]) -> str | None:
        """Return a record's values in COPY's format, or None if they are not plain."""
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
        """Return a line of quoted values with tabs instead of quotes and delimiters. Return None if a quote
        is doubled, inside a value, or not closed."""
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
    """Checks the values of records against their columns. None stands for a column to ignore.

    ``spare`` is how many unnamed columns may follow the others, as long as they are empty.
    """

    def __init__(self, columns: Sequence[Column | None], spare: int = 0) -> None:
        self.columns = columns
        self.width, self._spare = len(columns), spare

    def read(self, values: Sequence[str | None]) -> tuple[list[object], list[Problem]]:
        """Read a record value by value. Return the typed values and all problems."""
        if isinstance(values, Misquoted):
            return [], [Problem(None, 'Unmatched quotation mark. Inside quotes, write " as "".')]
        if len(values) != self.width:
            if not self.width < len(values) <= self.width + self._spare:
                text = f"The record has {len(values)} values, but the header has {self.width} names."
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
    """Return whether the text has bytes that are not UTF-8. Reading turns them into surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def is_blank(value: str | None) -> bool:
    """Return whether a value is empty or all blanks."""
    return not value or value.isspace()


def copy_line_of(number: int, values: Sequence[object]) -> str:
    """Return a record of typed values as a line in COPY's text format. None is null."""
    line = "\t".join(["" if value is None else str(value).translate(_ESCAPES) for value in values])
    return f"{number}\t{line}\n"
