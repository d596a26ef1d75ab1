"""The interface of file readers: yield all records, and read some of them again."""

from collections.abc import Generator, Iterator
from typing import Protocol

from tables.files.notes import Notes
from tables.files.segments import FileRecord, Segment


class FileReader(Protocol):
    """Reads one file of one table. ``notes`` are complete after the last segment."""

    header: str | None
    notes: Notes

    def segments(self, limit: int) -> Generator[Segment]:
        """Yield all records in segments of up to ``limit``. Use up each segment before the next. Close the
        generator before a second call."""

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        """Read the file again, and yield the records with these numbers, in ascending order."""
