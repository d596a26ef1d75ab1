"""Opens a file to load: a path or standard input, compressed or not, in any encoding, as often as needed."""

import errno
import io
import os
import stat
import sys
import tempfile
from types import TracebackType
from typing import BinaryIO, Self

from django.conf import settings

from tables.files import guessing
from tables.files.file_problem import MAX_RECORD_BYTES, FileProblem
from tables.files.guessing import Format
from tables.files.streams import BUFFER, GZIP_MAGIC, Transcoded, Unzipped, Window

__all__ = ["MAX_RECORD_BYTES", "FileProblem", "Format", "Source", "open_source"]

STANDARD_INPUT = "-"
_HEAD = 1 << 20


class Source:
    """A file to load. It can be read several times, decompressed and in UTF-8.

    Pipes and terminals are first copied to a temporary file, so that they can be read twice. The copy has no
    name, so that nothing is left behind whatever happens.
    """

    def __init__(self, path: str, content: BinaryIO | None = None) -> None:
        """Open ``path``, or use ``content`` and call it ``path``. Raises FileProblem."""
        self.name = "standard input" if path == STANDARD_INPUT else path
        self.format = Format.CSV
        self.encoding = "utf-8"
        self.size: int | None = None
        self._path = path
        self._files: list[BinaryIO] = []
        self._window: Window | None = None
        self._zipped = False
        self._skip = 0
        try:
            self._take_in(content or _open(path), is_spooled=content is not None)
        except OSError as error:
            self.close()
            raise FileProblem(_why_not_opened(error), self.name) from None
        except BaseException:
            self.close()
            raise

    def _take_in(self, file: BinaryIO, *, is_spooled: bool) -> None:
        self._files = [file]
        self._content, self._start, self._opened = file, 0, os.fstat(file.fileno())
        self._is_spooled = is_spooled or not stat.S_ISREG(self._opened.st_mode)
        if not stat.S_ISREG(self._opened.st_mode):
            self._spool(file)
        elif self._path == STANDARD_INPUT and not is_spooled:
            self._start = file.tell()
        self.size = os.fstat(self._content.fileno()).st_size - self._start

    def _spool(self, content: BinaryIO | io.RawIOBase) -> None:
        """Continue with a temporary copy of ``content`` that no one else can open and that ends with this
        process."""
        copy = tempfile.TemporaryFile(prefix="vbaadmin-")  # noqa: SIM115 - closed by close()
        self._files.append(copy)
        limit = settings.FILE_MAX_UNPACKED_BYTES
        try:
            while block := content.read(BUFFER):
                copy.write(block)
                if copy.tell() > limit:
                    raise FileProblem(
                        f"The file has more than {limit:,} bytes. To load it, raise VBA_MAX_UNPACKED_BYTES.",
                        self.name,
                    )
            copy.flush()
        except OSError as error:
            raise FileProblem(
                f"A copy cannot be kept in {tempfile.gettempdir()}: {error.strerror}."
                " Set TMPDIR to another folder.",
                self.name,
            ) from None
        self._content, self._start = copy, 0

    # --- what it is ---

    def recognize(self, stated: Format | None, encoding: str | None) -> None:
        """Detect compression, format and encoding if they are not stated. Raises FileProblem."""
        self._zipped = self._read_head().startswith(GZIP_MAGIC)
        head = self._read_head()
        if guessing.is_workbook(head, stated):
            self.format = Format.XLSX
            if self._zipped:  # Reading a workbook needs random access.
                self._spool(self._raw())
                self._zipped = False
            self.size = None
            return
        self.encoding = guessing.guess_encoding(head, encoding)
        self._skip = 3 if self.encoding == "utf-8" and head.startswith(b"\xef\xbb\xbf") else 0
        named = guessing.format_by_name(self._path)
        self.format = guessing.guess_text_format(self._first_text(), named, stated)

    def _read_head(self) -> bytes:
        return io.BufferedReader(self._raw(), BUFFER).read(_HEAD)

    def _first_text(self) -> bytes:
        """Return the first block that is not blank, else the last one."""
        block = b""
        with self.open() as stream:
            while not block.strip() and (more := stream.read(_HEAD)):
                block = more
        if not block:
            raise FileProblem("The file is empty.", self.name)
        return block

    # --- reading ---

    def _raw(self) -> io.RawIOBase:
        self._window = Window(self._content, self._start, self.name)
        if self._zipped:
            return Unzipped(self._window, settings.FILE_MAX_UNPACKED_BYTES, self.name)
        return self._window

    def open(self) -> BinaryIO:
        """Return the content from its start: unpacked, in UTF-8, without byte order mark. Workbooks stay as
        they are.

        If the file should be UTF-8, invalid bytes pass through. Reading raises FileProblem if the file cannot
        be read, unpacked or transcoded any further.
        """
        raw = self._raw()
        if self.format is not Format.XLSX and self.encoding != "utf-8":
            raw = Transcoded(raw, self.encoding, self.name)
        stream = io.BufferedReader(raw, BUFFER)
        stream.read(self._skip)
        return stream

    def position(self) -> int:
        """Return how many bytes of the file the last opened stream has consumed (including buffers)."""
        return self._window.position if self._window else 0

    def check_unchanged(self) -> None:
        """Raise FileProblem if the file was written to, replaced or removed since it was opened."""
        if self._is_spooled:
            return
        now = [os.fstat(self._files[0].fileno())]
        try:
            if self._path != STANDARD_INPUT:
                now.append(os.stat(self._path))
        except OSError:
            raise FileProblem("The file was removed while it was being read.", self.name) from None
        if any(_identity(each) != _identity(self._opened) for each in now):
            raise FileProblem(
                "The file changed while it was being read. Load it again when it is complete.", self.name
            )

    def is_at(self, path: str) -> bool:
        """Return whether ``path`` is the file that is read here, even under another name."""
        try:
            found = os.stat(path)
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and os.path.samestat(found, self._opened)

    def close(self) -> None:
        """Close the file, and drop its temporary copy."""
        while self._files:
            self._files.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, FileProblem) and not error.file:
            error.file = self.name
        self.close()


def open_source(
    path: str,
    *,
    format: Format | None = None,
    encoding: str | None = None,
    content: BinaryIO | None = None,
) -> Source:
    """Open a file to load. ``-`` is standard input. ``format`` and ``encoding`` are guessed if they are None.

    ``content`` is an open temporary file, for instance an upload. Then ``path`` is only its name. The source
    closes it. Raises FileProblem if the file cannot be opened, is empty, or is in no format that can be read.
    """
    source = Source(path, content)
    try:
        source.recognize(format, encoding)
    except BaseException as error:
        source.__exit__(type(error), error, None)
        raise
    return source


def _open(path: str) -> BinaryIO:
    try:
        return open(path if path != STANDARD_INPUT else os.dup(sys.stdin.fileno()), "rb", buffering=0)
    except (AttributeError, ValueError):  # Standard input is not a file, or the name has a NUL.
        raise OSError(errno.EBADF, "not a file") from None


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _why_not_opened(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file."
    if isinstance(error, PermissionError):
        return "No permission to read the file."
    if isinstance(error, IsADirectoryError):
        return "This is a folder, not a file."
    return f"The file cannot be opened: {error.strerror}."
