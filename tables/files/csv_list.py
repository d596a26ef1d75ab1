"""Lists as csv, a line at a time: what pages send that is no dump of a table."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tables.files.formulas import defused


class _Echo:
    """What csv.writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a header and rows as lines of csv. None is empty; no text is run by a spreadsheet."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(header))
    for row in rows:
        yield str(writer.writerow([defused(each) if isinstance(each, str) else each for each in row]))
