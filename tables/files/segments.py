"""What readers return: segments of records with the same columns, and single records to report."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tables.schema.column import Column
from tables.schema.problems import Problem

# The approximate size of a batch in characters. It limits memory however long the lines are.
_BATCH_CHARACTERS = 100_000
_MOST_REFUSED = 10_000
# The memory that a record takes in addition to its text.
_OVERHEAD = 150

Columns = tuple[Column | None, ...]
R = TypeVar("R", bound=tuple[int, *tuple[object, ...]])


class Batch(NamedTuple):
    """Some records: the numbers of the readable ones, their lines in COPY's text format as one text, and the
    numbers of the unreadable ones."""

    numbers: list[int]
    lines: str
    refused: list[int]


@dataclass(frozen=True)
class Segment:
    """Records with the same columns, as lines in COPY's text format. A column of None is ignored.

    With ``checking``, COPY leaves out what PostgreSQL does not accept. With ``sparse``, each record may leave
    columns out: after its number comes a text with 1 for each column that it has, and 0 for each other.
    """

    columns: Columns
    batches: Iterator[Batch]
    checking: bool = False
    sparse: bool = False


@dataclass(frozen=True)
class FileRecord:
    """A record as it is in the file: number, text, values by column, and a function that finds its
    problems."""

    number: int
    text: str
    values: Mapping[Column, object]
    wrong: Callable[[], list[Problem]]


def in_batches(lines: Iterable[tuple[int, str | None]]) -> Iterator[Batch]:
    """Collect numbered lines into batches. None stands for a record that cannot be read."""
    numbers, texts, refused = list[int](), list[str](), list[int]()
    size = 0
    for number, line in lines:
        if line is None:
            refused.append(number)
            size += _BATCH_CHARACTERS // _MOST_REFUSED
        else:
            numbers.append(number)
            texts.append(line)
            size += len(line) + _OVERHEAD
        if size > _BATCH_CHARACTERS:
            yield Batch(numbers, "".join(texts), refused)
            numbers, texts, refused, size = [], [], [], 0
    if numbers or refused:
        yield Batch(numbers, "".join(texts), refused)


def only(records: Iterator[R], numbers: Iterator[int]) -> Iterator[R]:
    """Yield the records with these numbers. A record starts with its number. Records and numbers ascend."""
    wanted = next(numbers, None)
    for record in records:
        if record[0] == wanted:
            yield record
            wanted = next(numbers, None)
            if wanted is None:
                return
