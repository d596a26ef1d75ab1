"""Splits a JSON array or NDJSON into records of raw JSON, one by one, however large the file is.

msgspec splits most of an array, one block at a time. If it finds an error, a scanner that knows only strings
and brackets looks for the ends of the elements, so that one broken record is refused on its own.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from tables.files.file_problem import MAX_RECORD_BYTES, FileProblem

_BLOCK = 1 << 18
_BLANK = b" \t\n\r"
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Match up to the next bracket outside of strings, or up to the end of an element without brackets.
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL)
_TO_END = re.compile(rb'[^",\[\]{}]*+(?:' + _STRING + rb'[^",\[\]{}]*+)*+(?=[,\[\]{}])', re.DOTALL)
_NOT_BLANK = re.compile(rb"[^ \t\n\r]")
_OPENED_BY = {b"}": b"{", b"]": b"["}


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank, with its number from 1. Raises FileProblem if a line is too long."""
    number, rest = 0, b""
    while block := stream.read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            number += 1
            if record := line.strip(_BLANK):
                yield number, record
        if len(rest) > MAX_RECORD_BYTES:
            raise FileProblem(f"Line {number + 1} has more than {MAX_RECORD_BYTES:,} bytes.")
    if record := rest.strip(_BLANK):
        yield number + 1, record


def read_array(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes of each element of the array, with its number from 1.

    The bytes need not be valid JSON. Raises FileProblem if the file is not an array, or the ends of its
    elements cannot be found.
    """
    return _ArrayScanner(stream).elements()


class _ArrayScanner:
    """Reads an array. ``_buffer`` holds the stream from byte ``_offset`` on, and ``_at`` is the position in
    it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer, self._at, self._offset = b"", 0, 0
        self._number = 0
        self._careful_until = 0

    def elements(self) -> Iterator[tuple[int, bytes]]:
        """Yield all elements, and check that nothing follows the array."""
        self._open_array()
        if self._next_byte() == b"]":
            self._at += 1
        else:
            yield from self._some_elements()
        if self._next_byte():
            raise FileProblem(
                f"There is more text after the end of the array, at byte offset {self._place()}."
            )

    def _open_array(self) -> None:
        first = self._next_byte()
        if first == b"{":
            raise FileProblem(
                "The file has a JSON object instead of an array of records. Put the records into [ ]."
            )
        if first != b"[":
            raise FileProblem("The file is not a JSON array of records: it does not start with [.")
        self._at += 1

    def _some_elements(self) -> Iterator[tuple[int, bytes]]:
        ended = False
        while not ended:
            for element in self._right_elements():
                self._number += 1
                yield self._number, bytes(element)
            self._number += 1
            yield self._number, self._any_element()
            ended = self._separator() == b"]"

    def _right_elements(self) -> list[msgspec.Raw]:
        """Return the elements up to the buffer's last comma, or none if one of them is not valid."""
        end = self._buffer.rfind(b"},") + 1
        if end <= self._at or self._offset + end <= self._careful_until:
            return []
        try:
            found = _elements_of(b"[" + self._buffer[self._at : end] + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._careful_until = self._offset + end
            return []
        self._at = end + 1
        return found

    def _any_element(self) -> bytes:
        """Return the next element. Only its brackets and strings show where it ends."""
        first = self._next_byte()
        if not first:
            raise self._breaks_off()
        if first in b",]}":
            raise self._problem(f"A record is missing before the {first.decode()}.")
        return self._bracketed() if first in b"{[" else self._bare()

    def _bracketed(self) -> bytes:
        opened: list[bytes] = []
        place = self._at
        while True:
            match = _TO_BRACKET.match(self._buffer, place)
            if not match:
                place -= self._fill()
                continue
            place, bracket = match.end(), match[1]
            if bracket in b"{[":
                opened.append(bracket)
            elif opened.pop() != _OPENED_BY[bracket]:
                offset = self._offset + place - 1
                raise self._problem(f"The {bracket.decode()} at byte offset {offset} has no opening bracket.")
            if not opened:
                return self._take(place)

    def _bare(self) -> bytes:
        """Return an element that is neither an object nor an array. It is not a record, but the next ones can
        be read."""
        while not (match := _TO_END.match(self._buffer, self._at)):
            self._fill()
        return self._take(match.end())

    def _separator(self) -> bytes:
        found = self._next_byte()
        if not found:
            raise FileProblem(f"The file is truncated: there is no ] after record {self._number}.")
        if found not in b",]":
            raise FileProblem(
                f"Record {self._number} is followed by neither a comma nor ], at byte offset {self._place()}."
            )
        self._at += 1
        return found

    # --- the buffer ---

    def _place(self) -> int:
        return self._offset + self._at

    def _take(self, end: int) -> bytes:
        element = self._buffer[self._at : end]
        self._at = end
        return element.rstrip(_BLANK)

    def _next_byte(self) -> bytes:
        """Go to the next byte that is not blank and return it, or nothing at the end of the stream."""
        while not (match := _NOT_BLANK.search(self._buffer, self._at)):
            self._offset += len(self._buffer)
            self._buffer, self._at = self._stream.read(_BLOCK), 0
            if not self._buffer:
                return b""
        self._at = match.start()
        return match[0]

    def _fill(self) -> int:
        """Read more of an element, and return by how many bytes its position in the buffer has moved."""
        begun = self._buffer[self._at :]
        if len(begun) > MAX_RECORD_BYTES:
            raise self._problem(
                f"The record has more than {MAX_RECORD_BYTES:,} bytes. Is a quotation mark missing?"
            )
        more = self._stream.read(max(_BLOCK, len(begun)))
        if not more:
            raise self._breaks_off()
        moved = self._at
        self._buffer, self._at, self._offset = begun + more, 0, self._offset + moved
        return moved

    def _breaks_off(self) -> FileProblem:
        return self._problem("The file is truncated, or a quotation mark or bracket is not closed.")

    def _problem(self, text: str) -> FileProblem:
        return FileProblem(f"Record {self._number}, at byte offset {self._place()}: {text}")
