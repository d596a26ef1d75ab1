"""The readers of csv files and workbooks, and the choice of the reader for a file.

In a first pass a reader prepares a file's records for COPY, and only notes the numbers of bad ones. If there
are any, a second pass reads the file again and explains each of them.
"""

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain

from tables.files.csv.formulas import defused
from tables.files.csv.lines import (
    LineChecker,
    PlainLines,
    copy_line_of,
    is_blank,
    read_delimiter,
    read_lines,
)
from tables.files.csv.rows import (
    are_blank,
    as_they_were,
    delimiter_of,
    first_line,
    read_rows,
    stated_delimiter,
)
from tables.files.file_reader import FileReader
from tables.files.header import named_part, read_header
from tables.files.json.reader import JsonFileReader
from tables.files.notes import Notes, Suspicious
from tables.files.prefetch import prefetched
from tables.files.segments import Batch, Columns, FileRecord, Segment, in_batches, only
from tables.files.source import FileProblem, Format, Source
from tables.files.xlsx.cells import MOST_COLUMNS, Day, Number, as_seen
from tables.files.xlsx.rows import BadRow, Cells
from tables.files.xlsx.rows import read_rows as read_sheet
from tables.schema.column import Kind
from tables.schema.models import Table
from tables.schema.problems import Problem, unnamed_column

# How many batches to read ahead while the database works.
_AHEAD = 80

# A row of a csv file or a sheet: its number, its text, its values.
_Row = tuple[int, str, Sequence[str | None]]


def open_reader(
    model: type[Table], source: Source, *, delimiter: str | None = None, sheet: str | None = None
) -> FileReader:
    """Return the reader for a file. Raises FileProblem if its format or header cannot be used."""
    if source.format in (Format.CSV, Format.TSV):
        if delimiter is not None:
            delimiter = read_delimiter(delimiter)
        return CsvReader(model, source, delimiter or delimiter_of(source))
    if source.format is Format.XLSX:
        return WorkbookReader(model, source, sheet)
    return JsonFileReader(model, source)


def _up_to(limit: int, batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield batches until they hold ``limit`` records."""
    while limit > 0 and (batch := next(batches, None)):
        limit -= len(batch.numbers)
        yield batch


class _RowReader:
    """What csv files and workbooks share: a header, and one row of values per record."""

    checking: bool
    notes: Notes

    def __init__(self, model: type[Table], name: str, first: _Row | None) -> None:
        if first is None:
            raise FileProblem(f"{name} is empty. The first row must have the column names.")
        self._header_number = first[0]
        self.header: str | None = first[1]
        names = [str(value or "") for value in first[2]]
        self.columns: Columns = read_header(model, named_part(names)).columns
        # How many unnamed columns may follow.
        self._spare = len(names) - len(self.columns)
        self._checker = LineChecker(self.columns, self._spare)

    def _read(self) -> Iterator[_Row]:
        """Yield the rows from the start: number, text, values."""
        raise NotImplementedError

    def _copy_lines(self) -> Iterator[tuple[int, str | None]]:
        """Yield the numbers of the rows below the header, and their lines, or None for rows that cannot be
        read."""
        raise NotImplementedError

    def segments(self, limit: int) -> Generator[Segment]:
        with closing(prefetched(self._noted_batches(), _AHEAD)) as batches:
            while first := next(batches, None):
                yield Segment(self.columns, _up_to(limit, chain([first], batches)), checking=self.checking)

    def _noted_batches(self) -> Iterator[Batch]:
        for batch in in_batches(self._copy_lines()):
            self.notes.add_suspicious_texts(self.columns, batch)
            yield batch

    def records(self, numbers: Iterator[int]) -> Iterator[FileRecord]:
        for number, text, values in only(self._read(), numbers):
            named = {c: value for c, value in zip(self.columns, values, strict=False) if c}
            yield FileRecord(number, text, named, partial(self._wrong, values))

    def _wrong(self, values: Sequence[str | None]) -> list[Problem]:
        return self._check(values)[1]

    def _check(self, values: Sequence[str | None]) -> tuple[list[object], list[Problem]]:
        """Return a row's typed values and problems."""
        return self._checker.read(values)


class CsvReader(_RowReader):
    """Reads csv and tsv."""

    checking = True

    def __init__(self, model: type[Table], source: Source, delimiter: str) -> None:
        self._source, self._delimiter = source, delimiter
        self.notes = Notes("line")
        super().__init__(model, source.name, next(self._read(), None))
        if stated_delimiter(first_line(source)):
            # Write it above the rejected rows too, so that they are read with the same delimiter.
            self.header = f"sep={delimiter}\n{self.header}"

    def _read(self) -> Iterator[_Row]:
        return read_rows(self._source.open(), self._delimiter)

    def _copy_lines(self) -> Iterator[tuple[int, str | None]]:
        self.notes = Notes("line")
        plain_lines = PlainLines(self.columns, self._delimiter, self._spare)
        lines = read_lines(self._source.open(), self._delimiter, plain_lines)
        for number, text, values, plain in lines:
            if number <= self._header_number:
                continue
            if plain := plain or plain_lines.of_values(values):
                yield number, f"{number}\t{plain}\n"
            elif are_blank(values := as_they_were(values)):
                # A blank line without a delimiter is not a record.
                self.notes.blank += len(values) > 1 or not is_blank(text)
            else:
                typed, wrong = self._check(values)
                yield number, None if wrong else copy_line_of(number, typed)


class WorkbookReader(_RowReader):
    """Reads a sheet of a workbook. Its record numbers are the spreadsheet's row numbers."""

    checking = False

    def __init__(self, model: type[Table], source: Source, sheet: str | None) -> None:
        self._source, self._sheet = source, sheet
        self._rows: Iterator[tuple[int, Cells]] | None = self._begin()
        number, header = next(self._rows)
        super().__init__(model, source.name, (number, _as_csv(header), list(header)))
        self._checker = LineChecker(self.columns, MOST_COLUMNS)
        # The text columns, and those of them for which numbers and dates are suspicious: lost zeros change a
        # key.
        self._texts = [
            (place, column, column.is_key or column.sensitive)
            for place, column in enumerate(self.columns)
            if column and column.kind is Kind.TEXT
        ]

    def _begin(self) -> Iterator[tuple[int, Cells]]:
        self.notes = Notes("row")
        return read_sheet(self._source.open(), sheet=self._sheet, facts=self.notes.sheet)

    def _read(self) -> Iterator[_Row]:
        notes = Notes("row")  # The first pass has already noted everything.
        for number, cells in read_sheet(self._source.open(), sheet=self._sheet):
            if number > self._header_number:
                self._take_as_seen(number, cells, notes)
                yield number, _as_csv(cells), cells

    def _copy_lines(self) -> Iterator[tuple[int, str | None]]:
        rows, self._rows = self._rows, None
        if rows is None:  # A second load, for instance after a deadlock.
            next(rows := self._begin())
        before = self._header_number
        for number, cells in rows:
            self.notes.blank += max(0, number - before - 1)
            before = number
            self._take_as_seen(number, cells, self.notes)
            typed, wrong = self._check(cells)
            yield number, None if wrong else copy_line_of(number, typed)

    def _take_as_seen(self, number: int, cells: Cells, notes: Notes) -> None:
        """Replace numbers that a cell format shows as codes with the text that people see."""
        for place, column, is_told in self._texts:
            cells[place] = value = as_seen(cells[place])
            if is_told and isinstance(value, Number | Day):
                kind = Suspicious.NUMBER if isinstance(value, Number) else Suspicious.DAY
                notes.add_suspicious(column, kind, number, value)

    def _check(self, values: Sequence[str | None]) -> tuple[list[object], list[Problem]]:
        typed, wrong = super()._check(values)
        for place, reason in values.reasons.items() if isinstance(values, BadRow) else ():
            if place >= len(self.columns):
                wrong = wrong or [unnamed_column(place)]
            elif column := self.columns[place]:
                wrong = [problem for problem in wrong if problem.column != column.api]
                wrong.append(Problem(column.api, f"{column.api} {reason}."))
        return typed, wrong


def _as_csv(values: Sequence[str | None]) -> str:
    line = io.StringIO()
    # In csv, because rejected rows are loaded again as csv.
    csv.writer(line, lineterminator="").writerow([value and defused(value) for value in values])
    return line.getvalue()
