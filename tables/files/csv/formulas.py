"""Keeps spreadsheets from running formulas in csv files: one gets a quote when it is written, and loses it
again when the file is loaded.

A text that begins a formula, after any number of single quotes, is written with one
single quote more. So ``=1+1`` goes out as ``'=1+1``, ``'=1+1`` as ``''=1+1``; both come back as they were.
JSON and workbooks need none of this: what their texts hold is never run.

``="02115"`` is how other programs write csv so that a spreadsheet takes a value for a text; it means 02115.
The same as a stored text goes out with a quote before it, and comes back as a text.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tables.files.csv.quotes import Quotes
from tables.schema.column import Column, Kind

# What Excel and LibreOffice take for the beginning of a formula, also behind blanks that they pass over; the
# wide forms are those of East Asian keyboards.
_BEGIN = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_defused = re.compile(f"'+[{_BEGIN}]").match
_formula = re.compile(f"'*[{_BEGIN}]").match
_protected = re.compile(r'="((?:[^"]|"")*)"').fullmatch
# In a line of values with tabs between them.
holds_defused = re.compile(f"(?:^|\t)'+[{_BEGIN}]").search
holds_protected = re.compile('(?:^|\t)="').search


def as_it_was(text: str) -> str:
    """Return a value of a csv file without the quote that keeps a formula from being run, or the ``="…"``
    that keeps a spreadsheet from changing it."""
    sign = text[:1]
    if sign == "'" and _defused(text):
        return text[1:]
    if sign == "=" and (match := _protected(text)):
        return match[1].replace('""', '"')
    return text


def defused(text: str) -> str:
    """Return a text as csv writes it: with a quote before what a spreadsheet would run."""
    return f"'{text}" if _formula(text) else text


class _Echo:
    """What csv.writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    end: Callable[[int], None] = lambda rows: None,
) -> Iterator[str]:
    """Yield a header and rows as lines of csv: None is empty, no text is run by a spreadsheet. ``end`` is
    called with the number of rows when the last one is out."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(header))
    count = 0
    for row in rows:
        yield str(writer.writerow([defused(each) if isinstance(each, str) else each for each in row]))
        count += 1
    end(count)


Line = bytes | bytearray | memoryview

# A value may begin behind the one, and be a formula if it begins with the other. The last byte begins the
# wide forms of the signs, and much that is none.
_BEFORE, _SIGN = 1, 2
_BEGINS = b"=+-@\t\r'\xef"
# Behind a quote that opens a value these are its beginning; behind one that closes it they are the line's.
_QUOTED = (b'"\t', b'"\n', b'"\r')


class Defuser:
    """Defuses the texts among the values of lines of these columns."""

    def __init__(self, columns: Sequence[Column], delimiter: str) -> None:
        self._texts = [place for place, column in enumerate(columns) if column.kind is Kind.TEXT]
        self._delimiter = delimiter
        self._quotes = Quotes(delimiter)
        # Where values are parted by what may begin a formula, each line is looked at.
        self._always = delimiter in "=+-@'"
        kinds = bytearray(256)
        for byte in _BEGINS:
            kinds[byte] = _SIGN
        for byte in b'\n"' + delimiter.encode():
            kinds[byte] = _BEFORE
        self._kinds = bytes(kinds)

    def joined(self, lines: Sequence[Line]) -> bytes:
        """Return the lines as one text, without formulas."""
        block = b"".join(lines)
        if not self._may_hold_one(block):
            return block
        return b"".join([self._line(line) for line in map(bytes, lines)])

    def _may_hold_one(self, block: bytes) -> bool:
        """Look at all bytes at once: by translating them, which is as fast as copying them."""
        if self._always or bytes((_BEFORE, _SIGN)) in (b"\n" + block).translate(self._kinds):
            return True
        return b'"' in block and any(each in block for each in _QUOTED)

    def _line(self, line: bytes) -> bytes:
        if not self._may_hold_one(line):
            return line
        values = self._quotes.split(line.decode().removesuffix("\n"))
        changed = list(values or ())
        for place in self._texts:
            changed[place] = defused(changed[place])
        if changed == values:
            return line
        out = io.StringIO()
        # Both characters of the end of lines make a value be quoted.
        csv.writer(out, delimiter=self._delimiter, lineterminator="\r\n").writerow(changed)
        return f"{out.getvalue()[:-2]}\n".encode()
