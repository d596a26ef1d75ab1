"""Keeps spreadsheets from running formulas in csv files.

Writing puts a single quote before a text that starts like a formula, after any number of single quotes.
Loading removes it. So ``=1+1`` is written as ``'=1+1``, and ``'=1+1`` as ``''=1+1``. Both load as they were.
JSON and workbooks need none of this: spreadsheets never run their texts.

Other programs write ``="02115"`` into csv files so that spreadsheets treat the value as text. Loading reads
it as 02115. A stored text of this form is written with a quote before it and loads unchanged.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tables.files.csv.quotes import Quotes
from tables.schema.column import Column, Kind

# The characters that start a formula in Excel and LibreOffice, and blanks that these programs skip before it.
# The wide forms come from East Asian keyboards.
_BEGIN = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_defused = re.compile(f"'+[{_BEGIN}]").match
_formula = re.compile(f"'*[{_BEGIN}]").match
_protected = re.compile(r'="((?:[^"]|"")*)"').fullmatch
# For a line of tab-separated values.
holds_defused = re.compile(f"(?:^|\t)'+[{_BEGIN}]").search
holds_protected = re.compile('(?:^|\t)="').search


def as_it_was(text: str) -> str:
    """Return a value of a csv file without what protects it from spreadsheets: the quote before a formula, or
    ``="…"``."""
    sign = text[:1]
    if sign == "'" and _defused(text):
        return text[1:]
    if sign == "=" and (match := _protected(text)):
        return match[1].replace('""', '"')
    return text


def defused(text: str) -> str:
    """Return a text as csv writes it: with a single quote before a formula."""
    return f"'{text}" if _formula(text) else text


class _Echo:
    """A target for csv.writer that returns each line."""

    def write(self, line: str) -> str:
        return line


def csv_lines(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    end: Callable[[int], None] = lambda rows: None,
) -> Iterator[str]:
    """Yield a header and rows as lines of csv, without formulas. None becomes an empty value.

    After the last row, ``end`` gets the number of rows.
    """
    writer = csv.writer(_Echo())
    yield str(writer.writerow(header))
    count = 0
    for row in rows:
        yield str(writer.writerow([defused(each) if isinstance(each, str) else each for each in row]))
        count += 1
    end(count)


Line = bytes | bytearray | memoryview

# Classes of bytes: a value may start after _BEFORE, and is perhaps a formula if it starts with _SIGN. The
# last byte of _BEGINS starts the wide forms of the signs, and many other characters.
_BEFORE, _SIGN = 1, 2
_BEGINS = b"=+-@\t\r'\xef"
# After an opening quote, these characters start the value. After a closing quote, they end it or the line.
_QUOTED = (b'"\t', b'"\n', b'"\r')


class Defuser:
    """Puts quotes before the formulas in lines of csv. Only text columns can hold them."""

    def __init__(self, columns: Sequence[Column], delimiter: str) -> None:
        self._texts = [place for place, column in enumerate(columns) if column.kind is Kind.TEXT]
        self._delimiter = delimiter
        self._quotes = Quotes(delimiter)
        # If the delimiter itself can start a formula, check every line.
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
        """Check all bytes at once: translating them is as fast as copying them."""
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
        # With CR and LF as line ends, csv.writer quotes values that have either.
        csv.writer(out, delimiter=self._delimiter, lineterminator="\r\n").writerow(changed)
        return f"{out.getvalue()[:-2]}\n".encode()
