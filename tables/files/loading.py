"""Loading a file into a table in one transaction. Records are staged and merged one segment at a time, and
refused records are reported with line, column and reason."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import tee

from django.db import connections, transaction
from psycopg import Copy

from tables.context import databases
from tables.files.file_problem import FileProblem
from tables.files.file_reader import FileReader
from tables.files.segments import FileRecord, Segment
from tables.files.source import Source
from tables.schema.models import Table
from tables.schema.problems import Problem
from tables.write.checks import Mode, checks_for, explain
from tables.write.merging import merge
from tables.write.retrying import tried_again
from tables.write.sql.locks import wait_for_other_loads
from tables.write.staging import staged_copy

# How many records to stage before merging them: enough to keep the statements cheap per record, and few
# enough for the reader to prepare the next ones at the same time.
SEGMENT = 50_000

Tell = Callable[[FileRecord, list[Problem]], None]


@dataclass
class Loaded:
    """The counts of a file's records so far."""

    read: int = 0
    refused: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    # Sentences about unusual things in the file.
    notes: list[str] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        """How many records are in the table exactly as the file has them."""
        return self.read - self.refused - self.counts["created"] - self.counts["updated"]


class _Refused:
    """The numbers of refused records. A million numbers take only a few megabytes.

    ``bits`` are the engine's failed checks. 0 stands for records that could not be read. The reasons are
    found again by reading the file a second time.
    """

    def __init__(self) -> None:
        self.numbers, self.bits = array("q"), array("q")
        self.pinned: dict[int, Problem] = {}

    def add(self, number: int, bits: int = 0) -> None:
        self.numbers.append(number)
        self.bits.append(bits)

    def in_order(self) -> Iterator[tuple[int, int]]:
        for place in sorted(range(len(self.numbers)), key=self.numbers.__getitem__):
            yield self.numbers[place], self.bits[place]


def load(
    model: type[Table],
    source: Source,
    reader: FileReader,
    *,
    dry_run: bool = False,
    tell: Tell | None = None,
    finish: Callable[[], None] = lambda: None,
    progress: Callable[[Loaded], None] = lambda loaded: None,
) -> Loaded:
    """Load a file into a table of the chosen target database, stamped with the acting user.

    ``reader`` comes from ``tables.files.readers.open_reader`` for this source. Good records are stored even
    if others are bad. ``tell`` gets each bad record and its problems, in the file's order. Then ``finish`` is
    called. Each call is one transaction, which ends after that. ``dry_run`` rolls it back. The call waits for
    other loads of the same table. After a deadlock it starts again at the file's first line. ``progress`` is
    called now and then.

    Raises FileProblem if the file as a whole cannot be read, a subclass of django.db.Error if the connection
    fails, and what ``tell`` and ``finish`` raise. Then nothing is stored.
    """
    using = databases.chosen()

    def once() -> Loaded:
        with transaction.atomic(using=using):
            with connections[using].cursor() as cursor:
                cursor.execute(wait_for_other_loads(model))
            loading = _Loading(model, reader, progress)
            loading.run()
            source.check_unchanged()
            if tell and loading.loaded.refused:
                loading.explain(tell)
                source.check_unchanged()
            finish()
            if dry_run:
                transaction.set_rollback(True, using=using)
        return loading.loaded

    return tried_again(once, using=using)


class _Loading:
    """One call of ``load``."""

    def __init__(self, model: type[Table], reader: FileReader, progress: Callable[[Loaded], None]) -> None:
        self.model, self.reader, self.progress = model, reader, progress
        self.loaded = Loaded()
        self.refused = _Refused()
        # JSON records may have different columns.
        self._checks = lru_cache(256)(
            lambda columns: checks_for(model, columns, Mode.UPSERT, connections[databases.chosen()])
        )

    def run(self) -> None:
        """Stage and merge the whole file, segment by segment."""
        with closing(self.reader.segments(SEGMENT)) as segments:
            for segment in segments:
                self._store(segment)
        self.loaded.notes = self.reader.notes.sentences()
        self.progress(self.loaded)

    def _refuse(self, number: int, bits: int = 0) -> None:
        self.refused.add(number, bits)
        self.loaded.refused += 1

    def _store(self, segment: Segment) -> None:
        def fill(copy: Copy) -> Sequence[int]:
            numbers = array("q")
            for batch in segment.batches:
                copy.write(batch.lines)
                numbers.extend(batch.numbers)
                for number in batch.refused:
                    self._refuse(number)
                self.loaded.read += len(batch.numbers) + len(batch.refused)
                self.progress(self.loaded)
            return numbers

        columns, checking, sparse = segment.columns, segment.checking, segment.sparse
        with staged_copy(self.model, columns, fill, checking=checking, sparse=sparse) as staged:
            for number in staged.left_out:
                self._refuse(number)
            merged = merge(staged, is_load=True)
        for number, bits in merged.refused.items():
            self._refuse(number, bits)
        for number, problem in merged.pinned.items():
            self.refused.pinned[number] = problem
            self._refuse(number)
        self.loaded.counts.update(merged.counts)

    def explain(self, tell: Tell) -> None:
        """Read the file again, and report each refused record and its problems."""
        numbers, bits = tee(self.refused.in_order())
        records = self.reader.records(number for number, _ in numbers)
        told = 0
        for record, (_, failed) in zip(records, bits, strict=False):
            tell(record, self._problems(record, failed))
            told += 1
        if told < self.loaded.refused:
            raise FileProblem("The file changed while it was being read.")

    def _problems(self, record: FileRecord, bits: int) -> list[Problem]:
        if pinned := self.refused.pinned.get(record.number):
            return [pinned]
        if bits:
            by_name = {column.db: value for column, value in record.values.items()}
            return explain(self._checks(tuple(record.values)), bits, by_name)
        return record.wrong() or [Problem(None, "PostgreSQL does not accept a value of the record.")]
