"""Lists as csv, a line at a time: what pages send that is no dump of a table."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tables.files.formulas import defused


class _Echo:
    """What csv.writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    end: Callable[[int], None] = lambda rows: None,
) -> Iterator[str]:
    """Yield a header and rows as lines of csv: None is empty, no text is run by a spreadsheet. ``end`` is
    called with the number of rows when the last one is out."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(header))
    count = 0
    for row in rows:
        yield str(writer.writerow([defused(each) if isinstance(each, str) else each for each in row]))
        count += 1
    end(count)
