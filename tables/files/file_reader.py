"""What every reader of files can do: hand over all records, and read some of them again."""

from collections.abc import Generator, Iterator
from typing import Protocol

from tables.files.notes import Notes
from tables.files.segments import FileRecord, Segment


class FileReader(Protocol):
    """Reads one file of one table. ``notes`` are complete when all segments are used up."""

    header: str | None
    notes: Notes

    def segments(self, limit: int) -> Generator[Segment]:
        """Yield the records from the first one on, up to ``limit`` a segment, each to be used up before
        the next. To be closed before it is called again."""

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        """Read the file again; yield the records of these numbers, which ascend."""
