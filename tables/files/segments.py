"""What readers hand over: records in segments of the same columns, and single records to explain."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tables.schema.column import Column
from tables.schema.problems import Problem

# A batch has about so many characters: however long the lines are, the same is in memory.
_BATCH_CHARACTERS = 100_000
_MOST_REFUSED = 10_000
# What a record takes in memory beside its text.
_OVERHEAD = 150

Columns = tuple[Column | None, ...]
R = TypeVar("R", bound=tuple[int, *tuple[object, ...]])


class Batch(NamedTuple):
    """Some records: the numbers of those that could be read, their lines of COPY's text format as one text,
    and the numbers of those that could not."""

    numbers: list[int]
    lines: str
    refused: list[int]


@dataclass(frozen=True)
class Segment:
    """Records of the same columns, as lines of COPY's text format; None is a column to be ignored.

    With ``checking``, COPY is to leave out what PostgreSQL does not accept. With ``sparse`` each record
    may leave columns out: after its number comes a text of a 1 for each column that it has, and a 0
    for each other.
    """

    columns: Columns
    batches: Iterator[Batch]
    checking: bool = False
    sparse: bool = False


@dataclass(frozen=True)
class FileRecord:
    """A record as it stands in the file: number, text, values by column; and how to find what reading
    finds wrong with it."""

    number: int
    text: str
    values: Mapping[Column, object]
    wrong: Callable[[], list[Problem]]


def in_batches(lines: Iterable[tuple[int, str | None]]) -> Iterator[Batch]:
    """Gather numbered lines into batches; None stands for a record that cannot be read."""
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
    """Yield the records, which begin with their number, of these numbers; both ascend."""
    wanted = next(numbers, None)
    for record in records:
        if record[0] == wanted:
            yield record
            wanted = next(numbers, None)
            if wanted is None:
                return
