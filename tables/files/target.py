"""Opens the target of a dump: standard output, or a file that appears only when it is complete."""

import gzip
import io
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from tables.files.file_problem import FileProblem

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STANDARD_OUTPUT = "-"
# The compression level of gzip and workbooks. Higher levels make files a sixth smaller and take three times
# as long.
COMPRESSION = 1
_BUFFER = 1 << 20
_WRITTEN_BACK = 8 << 20


def refuse_taken(path: str, *, overwrite: bool = False) -> None:
    """Raise FileProblem if ``path`` is a folder, or a file that must not be overwritten. A pipe is
    neither."""
    if os.path.isdir(path):
        raise FileProblem("This is a folder.", path)
    if os.path.isfile(path) and not overwrite:
        raise FileProblem("The file already exists. Replace it with --overwrite.", path)


@contextmanager
def open_target(path: str, *, overwrite: bool = False, packed: bool = False) -> Iterator[BinaryIO]:
    """Open ``path`` (``-`` is standard output) for writing, and compress it with gzip if ``packed``.

    The data goes to a temporary file beside ``path``, which takes its place when the block succeeds and is
    removed if it fails. Only its owner can read it, because it holds personal data. Pipes and devices are
    written directly. Raises FileProblem if the file cannot be written, or exists and must not be overwritten.
    """
    try:
        with _opened(path, overwrite) as out:
            if packed:
                with gzip.GzipFile("", "wb", COMPRESSION, out, mtime=0) as stream:
                    yield stream  # type: ignore[misc]
            else:
                yield out
    except OSError as error:
        name = "standard output" if path == STANDARD_OUTPUT else path
        raise FileProblem(f"The file cannot be written: {error.strerror}.", name) from None


@contextmanager
def _opened(path: str, overwrite: bool) -> Iterator[BinaryIO]:
    if path == STANDARD_OUTPUT:
        # Use our own stream, so that none of Python's buffers fails when the process ends.
        with open(1, "wb", _BUFFER, closefd=False) as out:
            yield out
    elif _is_pipe_or_device(path):
        with open(path, "wb", _BUFFER) as out:
            yield out
    else:
        refuse_taken(path, overwrite=overwrite)
        with _file(os.path.realpath(path)) as out:
            yield out
            refuse_taken(path, overwrite=overwrite)


def _is_pipe_or_device(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


class _EarlyWritten(io.FileIO):
    """A file that the system writes to disk while it grows, so that fsync at the end is quick."""

    _grown = 0

    def write(self, data: "ReadableBuffer") -> int:
        count = super().write(data)
        self._grown += count
        if self._grown >= _WRITTEN_BACK and hasattr(os, "posix_fadvise"):
            # "Not needed in memory": Linux starts to write without making us wait.
            os.posix_fadvise(self.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            self._grown = 0
        return count


@contextmanager
def _file(path: str) -> Iterator[BinaryIO]:
    """Open a temporary file beside ``path``, which replaces ``path`` when the block succeeds."""
    # mkstemp: no one else can open it, and two dumps to one path do not mix.
    descriptor, part = tempfile.mkstemp(
        prefix=f"{os.path.basename(path)}.", suffix=".part", dir=os.path.dirname(path)
    )
    try:
        with io.BufferedWriter(_EarlyWritten(descriptor, "wb"), _BUFFER) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
