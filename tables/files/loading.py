"""Loading a file into a table: read record by record, staged and merged a segment at a time, all in one
transaction; what is refused is told by its line, column and reason."""

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

# So many records are staged before they are merged: enough for the statements to be cheap a record, few
# enough for the reader to run ahead with the next ones meanwhile.
SEGMENT = 50_000

Tell = Callable[[FileRecord, list[Problem]], None]


@dataclass
class Loaded:
    """What has become of a file's records so far."""

    read: int = 0
    refused: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    # What is remarkable about the file, in sentences.
    notes: list[str] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        """How many records stand in the table just as the file has them."""
        return self.read - self.refused - self.counts["created"] - self.counts["updated"]


class _Refused:
    """The numbers of refused records, small: a million take some megabytes.

    ``bits`` are the failed checks of the engine; 0 stands for records that reading itself refuses.
    What was wrong is found again when the file is read for a second time.
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

    ``reader`` is the source's, by ``tables.files.readers.open_reader``. Good records are stored, also
    beside bad ones; ``tell`` is called with each bad one and what is wrong with it, in the file's
    order, and ``finish`` when all are told. One call is one transaction, which ends after that;
    ``dry_run`` rolls it back. It begins when other loads of the table have ended, and once more from the
    file's first line where a deadlock has ended it. ``progress`` is called now and then.
    Raises FileProblem when the file as a whole cannot be read, a subclass of django.db.Error when
    the database goes away, and what ``tell`` and ``finish`` raise; then nothing is stored.
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
        # JSON records may each have other columns.
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
        """Read the file once more and tell what each refused record was, and what is wrong with it."""
        numbers, bits = tee(self.refused.in_order())
        records = self.reader.records(number for number, _ in numbers)
        told = 0
        for record, (_, failed) in zip(records, bits, strict=False):
            tell(record, self._problems(record, failed))
            told += 1
        if told < self.loaded.refused:
            raise FileProblem("It was changed while it was read.")

    def _problems(self, record: FileRecord, bits: int) -> list[Problem]:
        if pinned := self.refused.pinned.get(record.number):
            return [pinned]
        if bits:
            by_name = {column.db: value for column, value in record.values.items()}
            return explain(self._checks(tuple(record.values)), bits, by_name)
        return record.wrong() or [Problem(None, "PostgreSQL does not accept a value of the record.")]
