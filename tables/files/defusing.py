"""Taking the formulas out of csv lines on their way from PostgreSQL: nearly all lines pass by as they are."""

import csv
import io
from collections.abc import Sequence

from tables.columns import Column, Kind
from tables.files.csv_lines import Quotes
from tables.files.formulas import defused

Line = bytes | bytearray | memoryview

# A value may begin behind the one, and be a formula if it begins with the other. The last byte begins the
# wide forms of the signs, and much that is none.
_BEFORE, _BEGIN = 1, 2
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
            kinds[byte] = _BEGIN
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
        if self._always or bytes((_BEFORE, _BEGIN)) in (b"\n" + block).translate(self._kinds):
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
