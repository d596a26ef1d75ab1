"""The streams that read a file: a window on an open file, decompression, conversion to UTF-8."""

import codecs
import io
import os
import zlib
from typing import TYPE_CHECKING, BinaryIO

from tables.files.file_problem import FileProblem

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP_MAGIC = b"\x1f\x8b"
BUFFER = 1 << 20
_COMPRESSED_BLOCK = 1 << 16
_TEXT_BLOCK = 1 << 18
_GZIP = 31  # zlib's number for the gzip format, with header and trailer checks.


class Window(io.RawIOBase):
    """An open regular file from byte ``start`` on. It has its own position, so several windows can read one
    file.

    Raises FileProblem if the operating system fails to read.
    """

    def __init__(self, file: BinaryIO, start: int, name: str) -> None:
        self.position = 0
        self._file, self._start, self._name = file, start, name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        try:
            count = os.preadv(self._file.fileno(), [buffer], self._start + self.position)
        except OSError as error:
            raise FileProblem(f"The file cannot be read further: {error.strerror}.", self._name) from error
        self.position += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self.position}.get(whence)
        if origin is None:
            origin = os.fstat(self._file.fileno()).st_size - self._start
        if origin + offset < 0:
            raise ValueError("There is nothing before the start of the file.")
        self.position = origin + offset
        return self.position


class Unzipped(io.RawIOBase):
    """The content of a gzip file of one or more members, up to ``limit`` bytes.

    Raises FileProblem if it is truncated, damaged, too large, or followed by other data.
    """

    def __init__(self, window: Window, limit: int, name: str) -> None:
        self._window, self._limit, self._name = window, limit, name
        self._member = zlib.decompressobj(_GZIP)
        self._waiting = b""
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        while self._next_member():
            self._waiting = self._waiting or self._window.read(_COMPRESSED_BLOCK) or b""
            if not self._waiting:
                raise self._problem("The file is truncated: the gzip data ends early")
            try:
                content = self._member.decompress(self._waiting, len(view))
            except zlib.error:
                raise self._problem("The gzip data is damaged") from None
            self._waiting = self._member.unconsumed_tail
            if content:
                return self._hand_over(content, view)
        return 0

    def _next_member(self) -> bool:
        """Go to the next member if one has ended. Return whether anything is left to unpack."""
        if not self._member.eof:
            return True
        rest = self._member.unused_data.lstrip(b"\0")  # Tapes and block devices pad with zeros.
        while not rest:
            block = self._window.read(_COMPRESSED_BLOCK)
            if not block:
                return False
            rest = block.lstrip(b"\0")
        if not GZIP_MAGIC.startswith(rest[:2]):
            raise self._problem("Data that is not gzip follows the gzip data")
        self._member = zlib.decompressobj(_GZIP)
        self._waiting = rest
        return True

    def _hand_over(self, content: bytes, view: memoryview) -> int:
        self._total += len(content)
        if self._total > self._limit:
            raise FileProblem(
                f"The file unpacks to more than {self._limit:,} bytes. To load it,"
                " raise VBA_MAX_UNPACKED_BYTES.",
                self._name,
            )
        view[: len(content)] = content
        return len(content)

    def _problem(self, text: str) -> FileProblem:
        return FileProblem(
            f"{text} near byte {self._window.position}. Download or compress the file again.", self._name
        )


class Transcoded(io.RawIOBase):
    """A text of another encoding as UTF-8, without byte order mark. Raises FileProblem for invalid bytes."""

    def __init__(self, source: io.RawIOBase, encoding: str, name: str) -> None:
        self._source, self._encoding, self._name = source, encoding, name
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._taken = 0
        self._at_start = True
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        while not self._ready:
            block = self._source.read(_TEXT_BLOCK) or b""
            self._taken += len(block)
            self._ready = memoryview(self._transcode(block))
            if not block and not self._ready:
                return 0
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _transcode(self, block: bytes) -> bytes:
        try:
            text = self._decoder.decode(block, final=not block)
            if text and self._at_start:
                self._at_start = False
                text = text.removeprefix("\ufeff")
            return text.encode()
        except UnicodeDecodeError as error:
            # The error's bytes end at the current position: the decoder puts its pending bytes before the
            # block.
            raise self._problem(self._taken - len(error.object) + error.start) from None
        except UnicodeError:
            raise self._problem(self._taken - len(block)) from None

    def _problem(self, offset: int) -> FileProblem:
        return FileProblem(
            f"The file is not {self._encoding}: the byte at offset {offset} is not valid."
            " Specify the encoding of the file.",
            self._name,
        )
